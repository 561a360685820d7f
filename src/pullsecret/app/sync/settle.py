"""One namespace is put right: its plan is made and written, anew whenever somebody else was quicker."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pullsecret.app.finding import find
from pullsecret.app.ports import Cluster, PatchType
from pullsecret.app.secrets import TRIES
from pullsecret.core.attachment import secret_names
from pullsecret.core.errors import AlreadyExists, ClusterError, Conflict, Forbidden, NotFound
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
        overruled: whether admission put a name in again that was taken out, or took one out.
    """

    plan: NamespacePlan
    done: tuple[Step, ...] = ()
    overruled: bool = False


def ignore(kind: Kind, obj: Object) -> None:
    """Take note of a write by doing nothing."""


async def settle(
    cluster: Cluster,
    claim: Claim,
    view: NamespaceView,
    written: Written = ignore,
    done: list[Step] | None = None,
    *,
    patient: bool = False,
) -> Settled:
    """Make a namespace as a policy says.

    Args:
        cluster: where.
        claim: what the policy wants.
        view: what was seen there; from a cache, it may be old. Then the first write fails, and everything is
            read again.
        written: told of each write.
        done: where each step is put down as soon as it is written, for who must know them where this fails.
        patient: leave the Secret while admission puts its name in again. A replica of ours that has not seen
            yet what we have does so, and nobody would look any more at what changed by our own write.

    Raises:
        ClusterError: the cluster refused a write, or others kept changing the same objects.
    """
    done = [] if done is None else done
    for _ in range(TRIES):
        plan, overruled = plan_namespace(claim, view), False
        try:
            for step in plan.steps:
                if patient and overruled and isinstance(step, DeleteSecret):
                    break
                answer = await write(cluster, plan.namespace, step, written)
                done.append(step)
                overruled |= _is_overruled(answer, step)
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
        return Settled(plan, tuple(done), overruled)
    raise ClusterError(
        f"others kept changing the same objects of namespace {view.name!r}: {TRIES} times in a row",
        hint="find out who does, and run it again",
    )


def _is_overruled(account: Object | None, step: Step) -> bool:
    """Tell whether a ServiceAccount is not as it was written: webhooks change objects within the write."""
    if not isinstance(step, PatchAccount):
        return False
    return (account is not None and step.secret in secret_names(account)) != step.attached


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
