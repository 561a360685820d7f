"""Keeps the status of PodDisruptionBudgets, as the disruption controller does."""

import math
from typing import Any

from pullsecret.core.objects import POD, Object, namespace_of
from pullsecret.sandbox.kinds import POD_DISRUPTION_BUDGET
from pullsecret.sandbox.selectors import selector_match
from pullsecret.sandbox.store import Change, Store


class Disruptions:
    """Counts, from now on, how many Pods each budget of one store allows to be disrupted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.follow(self._react)

    def _react(self, change: Change) -> None:
        if change.kind == POD or (change.kind == POD_DISRUPTION_BUDGET and change.event != "DELETED"):
            for budget in self._store.list(POD_DISRUPTION_BUDGET, namespace_of(change.obj)):
                self._count(budget)

    def _count(self, budget: Object) -> None:
        chosen = selector_match(budget["spec"].get("selector") or {})
        pods = [
            pod
            for pod in self._store.snapshot(POD, namespace_of(budget))
            if chosen(pod["metadata"].get("labels") or {}) and "deletionTimestamp" not in pod["metadata"]
        ]
        healthy, wanted = sum(map(_is_ready, pods)), _wanted(budget["spec"], len(pods))
        status = {
            "currentHealthy": healthy,
            "desiredHealthy": wanted,
            "disruptionsAllowed": max(healthy - wanted, 0),
            "expectedPods": len(pods),
            "observedGeneration": budget["metadata"]["generation"],
        }
        self._store.update_status(POD_DISRUPTION_BUDGET, {**budget, "status": status})


def _wanted(spec: dict[str, Any], expected: int) -> int:
    if spec.get("maxUnavailable") is not None:
        return expected - _of(spec["maxUnavailable"], expected)
    return _of(spec.get("minAvailable", 1), expected)


def _of(value: int | str, whole: int) -> int:
    """Read a number or a percentage, rounded up as the controller does."""
    return value if isinstance(value, int) else math.ceil(int(value.rstrip("%")) * whole / 100)


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions)
