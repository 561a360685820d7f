"""Pods that came too early for an attachment: find them, have them made again, and look at the new ones."""

from collections.abc import Sequence

from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.secrets import TRIES
from pullsecret.core.attachment import secret_names
from pullsecret.core.errors import ApiError, Conflict, NotFound
from pullsecret.core.objects import (
    DAEMON_SET,
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
from pullsecret.core.stuckpods import StuckPod, container_states, stuck_pods
from pullsecret.core.workloads import workload_of

EVICTIONS = 3
"""How often a Pod is made again when admission still read the old list from its cache (design §5.3)."""

LOOKS, PAUSE = 60, 0.25
"""How often, and every how many seconds, it is looked whether the new Pod is there: 15 seconds at most."""


async def find_stuck(cluster: Cluster, name: str, namespace: str, accounts: Sequence[str]) -> list[StuckPod]:
    """Find the Pods of these ServiceAccounts that lack the name and wait for an image."""
    pods = await cluster.list(POD, namespace=namespace)
    if not stuck_of(pods, name, accounts, {}, frozenset()):
        return []
    lists = {
        account: secret_names(await cluster.get(SERVICE_ACCOUNT, account, namespace=namespace))
        for account in accounts
    }
    return stuck_of(pods, name, accounts, lists, await _with_own_lists(cluster, namespace))


def stuck_of(
    pods: Sequence[Object],
    name: str,
    accounts: Sequence[str],
    lists: dict[str, tuple[str, ...]],
    own_lists: frozenset[str],
) -> list[StuckPod]:
    """Pick the stuck Pods of several ServiceAccounts; without their lists, every Pod that might be one."""
    found = []
    for account in accounts:
        inherited = lists.get(account) if lists else None
        if inherited is None:
            inherited = tuple(n for pod in pods if (view := workload_of(pod)) for n in view.secret_names)
        found += stuck_pods(pods, [name], service_account=account, inherited=inherited, own_lists=own_lists)
    return found


async def _with_own_lists(cluster: Cluster, namespace: str) -> frozenset[str]:
    """Give the UIDs of controllers whose Pods name Secrets of their own, and so inherit nothing."""
    found = set()
    for kind in (REPLICA_SET, STATEFUL_SET, DAEMON_SET):
        for obj in await cluster.list(kind, namespace=namespace):
            view = workload_of(obj)
            if view is not None and view.own_list:
                found.add(uid_of(obj))
    return frozenset(found)


async def restart(cluster: Cluster, stuck: StuckPod, name: str, sleep: Sleep) -> Change:
    """Have a stuck Pod made again by its controller, and look whether the new one has the name.

    A new Pod that missed the name too is evicted again, a few times: admission reads a cache.
    """
    resource, namespace = f"pod/{stuck.name}", stuck.namespace
    if not stuck.evictable:
        return Change(resource, namespace, Action.STUCK, f"not evicted: {stuck.why_not}")
    name_now, uid = stuck.name, stuck.uid
    for _ in range(EVICTIONS):
        before = {uid_of(pod) for pod in await _owned(cluster, stuck)}
        try:
            why_not = await _evict(cluster, name_now, namespace, uid)
        except ApiError as error:  # a disruption budget, or RBAC
            return Change(resource, namespace, Action.FAILED, f"not evicted: {error.message}")
        if why_not:
            return Change(resource, namespace, Action.UNCHANGED, why_not)
        new = await _successor(cluster, stuck, before, sleep)
        if new is None:
            return Change(resource, namespace, Action.EVICTED, "no new Pod was seen yet")
        if _names(new, name):
            return Change(resource, namespace, Action.EVICTED, f"the new pod/{name_of(new)} has {name}")
        name_now, uid = name_of(new), uid_of(new)
    return Change(
        resource, namespace, Action.FAILED, f"made again {EVICTIONS} times, each time without {name}"
    )


async def _evict(cluster: Cluster, name: str, namespace: str, uid: str) -> str:
    """Evict a Pod if it still is that one and nothing in it runs; else tell why it was left.

    The precondition is the version that was looked at: the kubelet may start it at any moment.
    """
    for _ in range(TRIES):
        try:
            pod = await cluster.get(POD, name, namespace=namespace)
            if uid_of(pod) != uid:
                return "it is gone already"
            if any(state.running for state in container_states(pod)):
                return "a container of it runs by now"
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
