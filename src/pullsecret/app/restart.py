"""Pods that came too early for an attachment: find them, have them made again, and look at the new ones."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from pullsecret.app.observe import list_kinds
from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.secrets import TRIES
from pullsecret.core.attachment import secret_names
from pullsecret.core.errors import ApiError, ClusterError, Conflict, InvalidImageReference, NotFound
from pullsecret.core.images import ImageReference
from pullsecret.core.keyring import Keyring
from pullsecret.core.objects import (
    DAEMON_SET,
    JOB,
    POD,
    REPLICA_SET,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    Object,
    controller_of,
    name_of,
    resource_version_of,
    uid_of,
)
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.stuckpods import PULL_FAILURES, StuckPod, container_states, stuck_pods, stuck_pods_of
from pullsecret.core.workloads import workload_of

EVICTIONS = 3
"""How often a Pod is made again when admission still read the old list from its cache (design §5.3)."""

LOOKS, PAUSE = 60, 0.25
"""How often, and every how many seconds, it is looked whether the new Pod is there: 15 seconds at most."""


async def stuck_of_accounts(cluster: Cluster, secret: Secret, accounts: Sequence[str]) -> list[StuckPod]:
    """Find the Pods of ServiceAccounts that lack the Secret, wait for an image and would pull with it."""
    pods = await _staying_pods(cluster, secret.namespace)
    if not any(state.reason in PULL_FAILURES for pod in pods for state in container_states(pod)):
        return []
    templates = await _templates(cluster, secret.namespace)
    found = []
    for account in accounts:
        obj = await cluster.get(SERVICE_ACCOUNT, account, namespace=secret.namespace)
        found += stuck_pods(
            pods, [secret.name], service_account=account, inherited=secret_names(obj), templates=templates
        )
    return _helped(found, secret)


async def stuck_of_workload(cluster: Cluster, secret: Secret, workload: Object) -> list[StuckPod]:
    """Find the Pods of a workload that its own roll-out would wait for without end (StatefulSets do)."""
    pods = await _staying_pods(cluster, secret.namespace)
    return _helped(stuck_pods_of(pods, [secret.name], controller_uid=uid_of(workload)), secret)


async def _staying_pods(cluster: Cluster, namespace: str) -> list[Object]:
    """Read the Pods of a namespace, but for those that are being deleted: they need no mend."""
    pods = await cluster.list(POD, namespace=namespace)
    return [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]


def _helped(stuck: Sequence[StuckPod], secret: Secret) -> list[StuckPod]:
    """Keep the Pods that wait for an image which the Secret covers: others are stuck for other reasons."""
    keyring = Keyring.from_secrets([secret])

    def covers(image: str) -> bool:
        try:
            return bool(keyring.lookup(ImageReference.parse(image).repository))
        except InvalidImageReference:
            return False

    return [pod for pod in stuck if any(map(covers, pod.images))]


async def _templates(cluster: Cluster, namespace: str) -> dict[str, bool]:
    """Tell by UID of controllers whether their Pods name Secrets of their own, and so inherit nothing."""
    objects, _ = await list_kinds(cluster, (REPLICA_SET, STATEFUL_SET, DAEMON_SET, JOB), namespace)
    every = (obj for found in objects.values() for obj in found)
    return {uid_of(obj): view.own_list for obj in every if (view := workload_of(obj))}


@dataclass(frozen=True, slots=True)
class Remade:
    """What came of one eviction.

    Attributes:
        change: the same for people.
        new: the Pod that was made in its place; None where none was seen, or nothing was evicted.
        lacking: whether that has not got the name either.
    """

    change: Change
    new: Object | None = field(default=None, repr=False)
    lacking: bool = False

    @property
    def in_vain(self) -> bool:
        """Whether one was evicted, and no new one with the name was seen."""
        return self.change.action is Action.EVICTED and (self.new is None or self.lacking)


WhyNot = Callable[[Object], Awaitable[str]]
"""Says why a Pod must not be evicted after all; empty when it may be."""


async def restart(
    cluster: Cluster, stuck: StuckPod, name: str, sleep: Sleep, why_not: WhyNot | None = None
) -> Change:
    """Have a stuck Pod made again by its controller, and look whether the new one has the name.

    A new Pod that missed the name too is evicted again, a few times: admission reads a cache.
    """
    resource, now, before = f"pod/{stuck.name}", stuck, ""
    for _ in range(EVICTIONS):
        made = await remake(cluster, now, name, sleep, why_not)
        if before and made.change.action is Action.UNCHANGED:
            return Change(resource, stuck.namespace, Action.EVICTED, f"{before}; {made.change.detail}")
        if made.new is None or not made.lacking:
            return replace(made.change, resource=resource)
        now = successor(stuck, made.new)
        before = made.change.detail
    return Change(
        resource, stuck.namespace, Action.FAILED, f"made again {EVICTIONS} times, each time without {name}"
    )


async def remake(
    cluster: Cluster, stuck: StuckPod, name: str, sleep: Sleep, why_not: WhyNot | None = None
) -> Remade:
    """Evict a stuck Pod once, and look at the one that its controller makes in its place."""
    resource, namespace = f"pod/{stuck.name}", stuck.namespace
    if not stuck.evictable:
        return Remade(Change(resource, namespace, Action.FAILED, f"not evicted: {stuck.why_not}"))
    before = {uid_of(pod) for pod in await _owned(cluster, stuck)}
    try:
        reason = await _evict(cluster, stuck, why_not)
    except ApiError as error:  # a disruption budget, or RBAC
        return Remade(Change(resource, namespace, Action.FAILED, f"not evicted: {error.message}"))
    if reason:
        return Remade(Change(resource, namespace, Action.UNCHANGED, reason))
    try:
        new = await _successor(cluster, stuck, before, sleep)
    except ClusterError as error:  # it was evicted all the same: that must not be forgotten
        told = f"the new Pod could not be looked at: {error.message}"
        return Remade(Change(resource, namespace, Action.EVICTED, told))
    if new is None:
        return Remade(Change(resource, namespace, Action.EVICTED, "no new Pod was seen yet"))
    lacking = bool(name) and not _names(new, name)
    told = f"has {name}" if name and not lacking else f"lacks {name}"
    made = f"the new pod/{name_of(new)} {told}" if name else f"pod/{name_of(new)} is made in its place"
    return Remade(Change(resource, namespace, Action.EVICTED, made), new, lacking)


def successor(stuck: StuckPod, new: Object) -> StuckPod:
    """Give the Pod that was made in place of a stuck one, as stuck as that was."""
    return replace(stuck, name=name_of(new), uid=uid_of(new), resource_version=resource_version_of(new))


async def _evict(cluster: Cluster, stuck: StuckPod, why_not: WhyNot | None) -> str:
    """Evict a Pod if it still is that one and nothing in it runs; else tell why it was left.

    The precondition is the version that was looked at: the kubelet may start it at any moment.
    """
    name, namespace, uid = stuck.name, stuck.namespace, stuck.uid
    for _ in range(TRIES):
        try:
            pod = await cluster.get(POD, name, namespace=namespace)
            if uid_of(pod) != uid:
                return "it is gone already"
            if any(state.running for state in container_states(pod)):
                return "a container of it runs by now"
            if why_not is not None and (reason := await why_not(pod)):
                return reason
            await cluster.evict(name, namespace=namespace, uid=uid, resource_version=resource_version_of(pod))
        except NotFound:
            return "it is gone already"
        except Conflict:
            continue
        return ""
    return "it changed again and again while it was looked at"


async def _owned(cluster: Cluster, stuck: StuckPod) -> list[Object]:
    def owned(pod: Object) -> bool:
        owner = controller_of(pod)
        return bool(owner and (owner.kind, owner.name) == (stuck.owner_kind, stuck.owner_name))

    return [pod for pod in await cluster.list(POD, namespace=stuck.namespace) if owned(pod)]


async def _successor(cluster: Cluster, stuck: StuckPod, before: set[str], sleep: Sleep) -> Object | None:
    """Wait for the Pod that the controller makes in place of the evicted one."""
    for _ in range(LOOKS):
        for pod in await _owned(cluster, stuck):
            if uid_of(pod) not in before:
                return pod
        await sleep(PAUSE)
    return None


def _names(pod: Object, name: str) -> bool:
    view = workload_of(pod)
    return view is not None and name in view.secret_names
