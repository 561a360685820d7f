"""A Pod's status from the states of its containers, as the kubelet makes it. No I/O here.

Source: kubelet `kubelet_pods.go` (getPhase, convertStatusToAPIStatus) and `status/generate.go`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pullsecret.core.objects import Object


@dataclass(frozen=True, slots=True)
class ContainerState:
    """What one container does.

    Attributes:
        doing: ``waiting``, ``running`` or ``terminated``.
        details: the fields of that state: `reason`, `message`, `startedAt`.
        image_id: the image by digest, once it is there.
        container_id: the container's ID, once it was made.
    """

    doing: str = "waiting"
    details: Mapping[str, Any] = field(default_factory=dict)
    image_id: str = ""
    container_id: str = ""

    @classmethod
    def waiting(cls, reason: str, message: str = "") -> Self:
        """Give the state of a container that does not run yet."""
        return cls("waiting", {"reason": reason} | ({"message": message} if message else {}))

    @classmethod
    def running(cls, since: str, image_id: str, container_id: str) -> Self:
        """Give the state of a container that runs."""
        return cls("running", {"startedAt": since}, image_id, container_id)

    def completed(self, at: str) -> Self:
        """Give the state of this running container after it has done its work."""
        details = {
            "exitCode": 0,
            "reason": "Completed",
            "startedAt": self.details["startedAt"],
            "finishedAt": at,
            "containerID": self.container_id,
        }
        return replace(self, doing="terminated", details=details)


States = Mapping[str, ContainerState]
"""The states of a Pod's containers by name; those that were not touched yet are missing."""


def containers_of(pod: Object, role: str) -> Sequence[dict[str, Any]]:
    """Give the Pod's ``containers`` or ``initContainers``."""
    containers: Sequence[dict[str, Any]] = pod["spec"].get(role, ())
    return containers


def is_initialized(pod: Object, states: States) -> bool:
    """Say whether every init container has done its work."""
    return all(_did(states, one, "terminated") for one in containers_of(pod, "initContainers"))


def is_running(pod: Object, states: States) -> bool:
    """Say whether every container runs."""
    return all(_did(states, one, "running") for one in containers_of(pod, "containers"))


def pod_status(pod: Object, states: States, *, now: str, host_ip: str, pod_ip: str) -> Object:
    """Make the status of a Pod on a node.

    Args:
        pod: the Pod with its status so far.
        states: what its containers do.
        now: the time, for conditions that change.
        host_ip: the node's address.
        pod_ip: the Pod's address; empty before it has one.
    """
    status = dict(pod.get("status") or {})
    default = "PodInitializing" if containers_of(pod, "initContainers") else "ContainerCreating"
    initialized = is_initialized(pod, states)
    status["phase"] = "Running" if initialized and is_running(pod, states) else "Pending"
    status["conditions"] = list(_conditions(pod, states, now))
    status["hostIP"] = host_ip
    status.setdefault("startTime", now)
    if pod_ip:
        status |= {"podIP": pod_ip, "podIPs": [{"ip": pod_ip}]}
    for role, name in (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")):
        if containers := containers_of(pod, role):
            status[name] = [
                _container_status(one, states.get(one["name"], ContainerState.waiting(default)), role)
                for one in containers
            ]
    return status


def _container_status(container: dict[str, Any], state: ContainerState, role: str) -> dict[str, Any]:
    running, is_init = state.doing == "running", role == "initContainers"
    status = {
        "name": container["name"],
        "state": {state.doing: dict(state.details)},
        "lastState": {},
        "ready": state.doing == "terminated" if is_init else running,
        "restartCount": 0,
        "image": container["image"],
        "imageID": state.image_id,
    }
    if state.container_id:
        status["containerID"] = state.container_id
    return status if is_init else status | {"started": running}


def _conditions(pod: Object, states: States, now: str) -> Iterator[dict[str, Any]]:
    before = {one["type"]: one for one in pod.get("status", {}).get("conditions", ())}
    unfinished = _not(states, containers_of(pod, "initContainers"), "terminated")
    unready = _not(states, containers_of(pod, "containers"), "running")
    wanted = {
        "Initialized": ("ContainersNotInitialized", "incomplete", unfinished),
        "Ready": ("ContainersNotReady", "unready", unready),
        "ContainersReady": ("ContainersNotReady", "unready", unready),
    }
    for kind, (reason, what, lacking) in wanted.items():
        yield _condition(before.get(kind), kind, now, reason, f"containers with {what} status: ", lacking)
    if scheduled := before.get("PodScheduled"):
        yield scheduled


def _condition(
    before: dict[str, Any] | None, kind: str, now: str, reason: str, message: str, lacking: list[str]
) -> dict[str, Any]:
    value = "False" if lacking else "True"
    since = before["lastTransitionTime"] if before and before["status"] == value else now
    condition = {"type": kind, "status": value, "lastProbeTime": None, "lastTransitionTime": since}
    if lacking:
        condition |= {"reason": reason, "message": f"{message}[{' '.join(lacking)}]"}
    return condition


def _not(states: States, containers: Sequence[dict[str, Any]], doing: str) -> list[str]:
    return [one["name"] for one in containers if not _did(states, one, doing)]


def _did(states: States, container: dict[str, Any], doing: str) -> bool:
    state = states.get(container["name"])
    return state is not None and state.doing == doing
