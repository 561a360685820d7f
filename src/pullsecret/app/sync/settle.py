"""One namespace is put right: its plan is made and written, anew whenever somebody else was quicker."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pullsecret.app.finding import find
from pullsecret.app.ports import Cluster, PatchType
from pullsecret.app.secrets import TRIES, busy
from pullsecret.core.errors import AlreadyExists, Conflict, NotFound
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Kind, Object, name_of
from pullsecret.core.plan import (
    Claim,
    CreateSecret,
    DeleteSecret,
    NamespacePlan,
    NamespaceView,
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


async def settle(cluster: Cluster, claim: Claim, view: NamespaceView, written: Written = ignore) -> Settled:
    """Make a namespace as a policy says.

    Args:
        cluster: where.
        claim: what the policy wants.
        view: what was seen there; from a cache, it may be old. Then the first write fails, and everything is
            read again.
        written: told of each write.

    Raises:
        ClusterError: the cluster refused a write, or others kept changing the same objects.
    """
    done: list[Step] = []
    for _ in range(TRIES):
        plan = plan_namespace(claim, view)
        try:
            for step in plan.steps:
                await write(cluster, plan.namespace, step, written)
                done.append(step)
        except (AlreadyExists, Conflict, NotFound) as error:
            if isinstance(error, NotFound) and not error.reason:
                raise
            fresh = await look_again(cluster, claim, view)
            if fresh is None:
                gone = NamespacePlan(plan.namespace, Verdict.TERMINATING, "the namespace is gone")
                return Settled(gone, tuple(done))
            view = fresh
            continue
        return Settled(plan, tuple(done))
    raise busy(f"namespace {view.name!r}")


async def write(cluster: Cluster, namespace: str, step: Step, written: Written) -> None:
    """Carry out one step; every one is conditional on what the plan was made from."""
    if isinstance(step, CreateSecret):
        written(SECRET, await cluster.create(SECRET, step.manifest, namespace=namespace))
    elif isinstance(step, DeleteSecret):
        await cluster.delete(
            SECRET, step.name, namespace=namespace, uid=step.uid, resource_version=step.resource_version
        )
    else:
        written(
            step.kind,
            await cluster.patch(
                step.kind, step.name, step.patch, patch_type=PatchType.MERGE, namespace=namespace
            ),
        )


async def look_again(cluster: Cluster, claim: Claim, view: NamespaceView) -> NamespaceView | None:
    """Read anew what a view shows; None when the namespace is gone."""
    namespace = await find(cluster, NAMESPACE, view.name)
    if namespace is None:
        return None
    secret = await find(cluster, SECRET, claim.policy.secret_name, view.name)
    accounts = [await find(cluster, SERVICE_ACCOUNT, name_of(a), view.name) for a in view.accounts]
    return replace(
        view, namespace=namespace, secret=secret, accounts=[account for account in accounts if account]
    )
