"""A Pod's row in a table: what people read as its state (printPod of the server's printers)."""

from datetime import datetime
from typing import Any

from pullsecret.core.objects import Object, name_of

NONE = "<none>"


def pod_cells(pod: Object, now: datetime) -> list[Any]:
    """Give a Pod's cells, all but its age."""
    del now
    status, spec = pod.get("status", {}), pod["spec"]
    containers = status.get("containerStatuses") or []
    starting = _initializing(status.get("initContainerStatuses") or [], len(spec.get("initContainers") or ()))
    reason = starting or _running(containers, status)
    if "deletionTimestamp" in pod["metadata"]:
        reason = "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    counted = (status.get("initContainerStatuses") or []) if starting else containers
    restarts = sum(container.get("restartCount", 0) for container in counted)
    ready = sum(bool(c.get("ready")) and "running" in c.get("state", {}) for c in containers)
    return [
        name_of(pod), f"{ready}/{len(spec.get('containers') or ())}", reason, restarts,
        status.get("podIP") or NONE, spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE, NONE,
    ]  # fmt: skip


def _initializing(statuses: list[dict[str, Any]], count: int) -> str:
    """Tell what an init container does that is not done; empty when all are."""
    for index, container in enumerate(statuses):
        state = container.get("state", {})
        terminated, waiting = state.get("terminated"), state.get("waiting") or {}
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if terminated is not None:
            return f"Init:{_end(terminated)}"
        if waiting.get("reason") not in {None, "", "PodInitializing"}:
            return f"Init:{waiting['reason']}"
        return f"Init:{index}/{count}"
    return ""


def _running(containers: list[dict[str, Any]], status: dict[str, Any]) -> str:
    reason = str(status.get("reason") or status.get("phase", ""))
    running = False
    for container in reversed(containers):
        state = container.get("state", {})
        if waiting := (state.get("waiting") or {}).get("reason"):
            reason = waiting
        elif state.get("terminated") is not None:
            reason = _end(state["terminated"])
        elif container.get("ready") and "running" in state:
            running = True
    if reason == "Completed" and running:
        conditions = {entry.get("type"): entry.get("status") for entry in status.get("conditions") or ()}
        return "Running" if conditions.get("Ready") == "True" else "NotReady"
    return reason


def _end(terminated: dict[str, Any]) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"
