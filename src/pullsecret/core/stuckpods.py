"""Pods that were made before their ServiceAccount, or workload, named a Secret, and cannot pull for that.

A Pod gets its ServiceAccount's list at admission, once. One that was admitted before the change, or so
shortly after it that admission still read the old list from its cache, never recovers: it has to be made
again. Which Pods may be evicted for that is told here; doing it is for others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pullsecret.core.listorigin import ListOrigin, list_origin
from pullsecret.core.objects import (
    Object,
    Owner,
    annotations_of,
    controller_of,
    name_of,
    namespace_of,
    resource_version_of,
    uid_of,
)  # fmt: skip
from pullsecret.core.reading import Node
from pullsecret.core.workloads import Role, Workload, workload_of

PULL_FAILURES = frozenset({"ErrImagePull", "ImagePullBackOff"})
"""The reasons of a waiting container that tell that its image cannot be pulled, and is tried again."""

_STATUSES: tuple[tuple[str, Role], ...] = (
    ("initContainerStatuses", "init"), ("containerStatuses", "container"),
    ("ephemeralContainerStatuses", "ephemeral"),
)  # fmt: skip
_RECREATED_BY = ("ReplicaSet", "StatefulSet", "DaemonSet")
_UNTOLD = "whether its list of Secrets is its own cannot be told"
_MIRROR = "kubernetes.io/config.mirror"


@dataclass(frozen=True, slots=True)
class StuckPod:
    """One Pod that waits for an image and will never have the new name.

    Attributes:
        namespace: of the Pod; with `name`, `uid` and `resource_version` it says which one was judged, and
            is the precondition of an eviction.
        owner_kind: of the controller that made it; empty, as `owner_name`, when nobody makes it again.
        images: what its containers wait for.
        evictable: whether evicting it is safe and brings a new one.
        why_not: why it is not, for people; empty if it is.
        untold: its list may as well be its own, and then making it again would not help; never evictable.
    """

    namespace: str
    name: str
    uid: str
    resource_version: str
    owner_kind: str
    owner_name: str
    images: tuple[str, ...]
    evictable: bool
    why_not: str
    untold: bool = False


@dataclass(frozen=True, slots=True)
class ContainerState:
    """What the kubelet last said of one container: `reason` is that of a waiting one."""

    name: str
    role: Role
    image: str
    running: bool
    reason: str


def container_states(pod: Object) -> tuple[ContainerState, ...]:
    """Read the states of all containers of a Pod; what it cannot make out counts as not waiting.

    `image` is what the spec says: the status may name the image by what the node resolved it to.
    """
    return tuple(_states(pod))


def _states(pod: Object) -> Iterator[ContainerState]:
    view, status = workload_of(pod), Node(pod, lenient=True).at("status")
    asked = {(part.role, part.name): part.image for part in view.containers} if view else {}
    for key, role in _STATUSES:
        for item in status.at(key).items():
            name, state = item.at("name").text(), item.at("state")
            image = asked.get((role, name), item.at("image").text())
            running = isinstance(state.mapping().get("running"), dict)
            yield ContainerState(name, role, image, running, state.at("waiting", "reason").text())


def stuck_pods(
    pods: Iterable[Object],
    names: Sequence[str],
    *,
    service_account: str,
    inherited: Sequence[str] = (),
    templates: Mapping[str, bool] = MappingProxyType({}),
) -> list[StuckPod]:
    """Tell which Pods of a ServiceAccount lack a name that it lists, and wait for an image.

    Those that inherited their list, or may have (`list_origin`); one with a list of its own would be no
    better when it is made again.

    Args:
        pods: of one namespace.
        names: the Secrets that were attached.
        service_account: its name.
        inherited: what it listed before the change, or lists now.
        templates: by UID of controllers, whether their template has a list of its own.
    """
    found = []
    for pod, view in _waiting(pods, names):
        if view.service_account == service_account:
            owner = controller_of(pod)
            template_own = templates.get(owner.uid) if owner else None
            origin = list_origin(pod, {*inherited, *names}, template_own=template_own)
            if origin is not ListOrigin.OWN:
                found.append(stuck_pod(pod, untold=origin is ListOrigin.UNTOLD))
    return found


def stuck_pods_of(pods: Iterable[Object], names: Sequence[str], *, controller_uid: str) -> list[StuckPod]:
    """Tell which Pods of a controller lack a name that its template now has, and wait for an image.

    A StatefulSet waits for them before it goes on with its roll-out; a ReplicaSet, and a controller told
    to replace Pods only when they are deleted, never touches them.
    """
    return [
        stuck_pod(pod)
        for pod, _ in _waiting(pods, names)
        if (owner := controller_of(pod)) and owner.uid == controller_uid
    ]


def _waiting(pods: Iterable[Object], names: Sequence[str]) -> Iterator[tuple[Object, Workload]]:
    for pod in pods:
        view = workload_of(pod)
        # A mirror Pod shows what a node runs from a file of its own: no ServiceAccount had a part in it.
        if view is None or _MIRROR in annotations_of(pod) or set(view.secret_names).issuperset(names):
            continue
        if any(state.reason in PULL_FAILURES for state in container_states(pod)):
            yield pod, view


def stuck_pod(pod: Object, *, untold: bool = False) -> StuckPod:
    """Judge one Pod that is known to be stuck: whether evicting it is safe and brings a new one."""
    states, owner = container_states(pod), controller_of(pod)
    waiting = [state.image for state in states if state.reason in PULL_FAILURES]
    why_not = _why_not(pod, states, owner) or (_UNTOLD if untold else "")
    return StuckPod(
        namespace=namespace_of(pod),
        name=name_of(pod),
        uid=uid_of(pod),
        resource_version=resource_version_of(pod),
        owner_kind=owner.kind if owner else "",
        owner_name=owner.name if owner else "",
        images=tuple(dict.fromkeys(waiting)),
        evictable=not why_not,
        why_not=why_not,
        untold=untold,
    )


def _why_not(pod: Object, states: Sequence[ContainerState], owner: Owner | None) -> str:
    if Node(pod).at("metadata", "deletionTimestamp").value:
        return "it is being deleted already"
    if running := [state.name for state in states if state.running]:
        return f"a container of it runs: {', '.join(running)}"
    if owner is None:
        return "no controller makes it again"
    if owner.kind not in _RECREATED_BY or owner.group not in ("apps", "extensions"):
        return f"{owner} may not make it again"
    return ""
