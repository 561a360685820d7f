"""One namespace is put right: its plan is made and written, anew whenever somebody else was quicker."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pullsecret.app.finding import find
from pullsecret.app.ports import Cluster, PatchType
from pullsecret.app.secrets import TRIES
from pullsecret.core.attachment import secret_names
from pullsecret.core.errors import AlreadyExists, ClusterError, Conflict, Forbidden, NotFound, Overruled
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Kind, Object, name_of
from pullsecret.core.plan import (
    Claim,
    CreateSecret,
    DeleteSecret,
    NamespacePlan,
    NamespaceView,
    PatchAccount,
    Step,
    Verdict,
    plan_namespace,
)

Written = Callable[[Kind, Object], None]
"""Told of each object as the server has it after our write, before anybody's watch brings it back."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a namespace.

    Attributes:
        plan: the last plan, which nothing contradicted; with a dry run, the one that would be carried out.
        done: all steps that were written, those of earlier plans too.
    """

    plan: NamespacePlan
    done: tuple[Step, ...] = ()


def ignore(kind: Kind, obj: Object) -> None:
    """Take note of a write by doing nothing."""


async def settle(
    cluster: Cluster,
    claim: Claim,
    view: NamespaceView,
    written: Written = ignore,
    done: list[Step] | None = None,
) -> Settled:
    """Make a namespace as a policy says.

    Args:
        cluster: where.
        claim: what the policy wants.
        view: what was seen there; from a cache, it may be old. Then the first write fails, and everything is
            read again.
        written: told of each write.
        done: where each step is put down as soon as it is written, for who must know them where this fails.

    Raises:
        ClusterError: the cluster refused a write, or others kept changing the same objects.
        Overruled: a name was not put into a ServiceAccount's list, or not taken out; the Secret stays.
    """
    done = [] if done is None else done
    for _ in range(TRIES):
        plan = plan_namespace(claim, view)
        try:
            for step in plan.steps:
                answer = await write(cluster, plan.namespace, step, written)
                done.append(step)
                if isinstance(step, PatchAccount):
                    _look_at(answer, step)
        except (AlreadyExists, Conflict, NotFound) as error:
            if isinstance(error, NotFound) and not error.reason:  # no word of the API server's
                raise
            fresh = await look_again(cluster, claim, view)
            if fresh is None or (isinstance(error, NotFound) and isinstance(step, CreateSecret)):
                return _left(view, "there is no such namespace any more", done)
            view = fresh
            continue
        except Forbidden as error:
            if "is being terminated" not in error.message:
                raise
            return _left(view, "the namespace is being deleted", done)
        return Settled(plan, tuple(done))
    raise ClusterError(
        f"others kept changing the same objects of namespace {view.name!r}: {TRIES} times in a row",
        hint="find out who does, and run it again",
    )


def _look_at(account: Object | None, step: PatchAccount) -> None:
    """See that a ServiceAccount is as it was written: webhooks change objects within the write.

    A replica of ours that has not seen yet what we have puts the name in again; then nobody would look at it
    any more, since it changed by our own write.
    """
    lists = account is not None and step.secret in secret_names(account)
    if lists != step.attached:
        how = "does not list {} after it was put in" if step.attached else "lists {} after it was taken out"
        raise Overruled(
            f"ServiceAccount {step.name!r} {how.format(repr(step.secret))}: an admission webhook changes it",
            hint="another replica that is behind does so for a moment; if it lasts, look which webhooks "
            "there are: kubectl get mutatingwebhookconfigurations",
        )


def _left(view: NamespaceView, reason: str, done: list[Step]) -> Settled:
    return Settled(NamespacePlan(view.name, Verdict.TERMINATING, reason), tuple(done))


async def write(
    cluster: Cluster, namespace: str, step: Step, written: Written = ignore, *, dry_run: bool = False
) -> Object | None:
    """Carry out one step; every one is conditional on what the plan was made from.

    Args:
        cluster: where.
        namespace: likewise.
        step: what to write.
        written: told of it.
        dry_run: have the server check it, and keep nothing.

    Returns:
        The object as the server has it now; None where it was deleted.
    """
    how: Any = {"namespace": namespace, "dry_run": dry_run}
    if isinstance(step, DeleteSecret):
        await cluster.delete(SECRET, step.name, uid=step.uid, resource_version=step.resource_version, **how)
        return None
    if isinstance(step, CreateSecret):
        kind, answer = SECRET, await cluster.create(SECRET, step.manifest, **how)
    else:
        kind = step.kind
        answer = await cluster.patch(kind, step.name, step.patch, patch_type=PatchType.MERGE, **how)
    written(kind, answer)
    return answer


async def look_again(cluster: Cluster, claim: Claim, view: NamespaceView) -> NamespaceView | None:
    """Read anew what a view shows; None when the namespace is gone."""
    try:
        namespace = await find(cluster, NAMESPACE, view.name)
    except Forbidden:  # as when it was first looked at
        namespace = view.namespace
    if namespace is None:
        return None
    secret = await find(cluster, SECRET, claim.policy.secret_name, view.name)
    accounts = [await find(cluster, SERVICE_ACCOUNT, name_of(a), view.name) for a in view.accounts]
    return replace(
        view, namespace=namespace, secret=secret, accounts=[account for account in accounts if account]
    )
