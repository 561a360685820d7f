"""Pods that came too early for an attachment: find them, have them made again, and look at the new ones."""

from collections.abc import Sequence

from pullsecret.app.observe import list_kinds
from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.secrets import TRIES
from pullsecret.core.attachment import secret_names
from pullsecret.core.errors import ApiError, Conflict, InvalidImageReference, NotFound
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


async def restart(cluster: Cluster, stuck: StuckPod, name: str, sleep: Sleep) -> Change:
    """Have a stuck Pod made again by its controller, and look whether the new one has the name.

    A new Pod that missed the name too is evicted again, a few times: admission reads a cache.
    """
    resource, namespace = f"pod/{stuck.name}", stuck.namespace
    if not stuck.evictable:
        return Change(resource, namespace, Action.FAILED, f"not evicted: {stuck.why_not}")
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
        if not name:
            return Change(resource, namespace, Action.EVICTED, f"pod/{name_of(new)} is made in its place")
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
