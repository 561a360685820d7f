"""A Deployment's status from its ReplicaSets. No I/O here. Source: `deployment/{sync,progress}.go`."""

from typing import Any

from pullsecret.core.objects import Object, name_of
from pullsecret.sandbox.controllers.owned import without_zeros


def deployment_status(
    deployment: Object, new: Object | None, old: list[Object], unavailable: int, now: str
) -> dict[str, Any]:
    """Make the status of a Deployment.

    Args:
        deployment: with its status so far.
        new: the ReplicaSet of its present template, if there is one.
        old: its other ReplicaSets.
        unavailable: how many Pods may be missing.
        now: the time, for conditions that change.
    """
    replica_sets = ([new] if new else []) + old
    available = _sum(replica_sets, "availableReplicas")
    replicas = _sum(replica_sets, "replicas")
    updated = _sum([new] if new else [], "replicas")
    wanted = deployment["spec"]["replicas"]
    counts = {
        "replicas": replicas,
        "updatedReplicas": updated,
        "readyReplicas": _sum(replica_sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(max(replicas, wanted) - available, 0),
    }
    done = updated == replicas == wanted and available >= wanted
    conditions = [
        _available(deployment, enough=available >= wanted - unavailable, now=now),
        _progressing(deployment, new, done=done, stale=updated != replicas, now=now),
    ]
    return without_zeros(counts) | {
        "observedGeneration": deployment["metadata"]["generation"],
        "conditions": conditions,
    }


def _available(deployment: Object, *, enough: bool, now: str) -> dict[str, Any]:
    status, reason, message = (
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        if enough
        else ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    )
    return _condition(deployment, "Available", status, reason, message, now)


def _progressing(
    deployment: Object, new: Object | None, *, done: bool, stale: bool, now: str
) -> dict[str, Any]:
    name = name_of(new) if new else ""
    before = _before(deployment, "Progressing")
    message = f'ReplicaSet "{name}" has successfully progressed.'
    # A rollout that was finished stays so, whatever becomes of its Pods later.
    if done or (before.get("message") == message and not stale):
        return _condition(deployment, "Progressing", "True", "NewReplicaSetAvailable", message, now)
    message = f'ReplicaSet "{name}" is progressing.'
    return _condition(deployment, "Progressing", "True", "ReplicaSetUpdated", message, now)


def _condition(
    deployment: Object, kind: str, status: str, reason: str, message: str, now: str
) -> dict[str, Any]:
    before = _before(deployment, kind)
    same = (before.get("status"), before.get("reason"), before.get("message")) == (status, reason, message)
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastUpdateTime": before["lastUpdateTime"] if same else now,
        "lastTransitionTime": before["lastTransitionTime"] if before.get("status") == status else now,
    }


def _before(deployment: Object, kind: str) -> dict[str, Any]:
    conditions = deployment.get("status", {}).get("conditions", ())
    return next((one for one in conditions if one["type"] == kind), {})


def _sum(replica_sets: list[Object], count: str) -> int:
    return sum(int(one["status"].get(count, 0)) for one in replica_sets)
