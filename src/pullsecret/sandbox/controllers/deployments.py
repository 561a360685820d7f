"""Deployments: one ReplicaSet for each template, the new one up and the old ones down.

Source: kube-controller-manager `deployment/{rolling,recreate,progress}.go`. Left out: the progress deadline,
rollback of its own, and throwing old ReplicaSets away.
"""

from dataclasses import dataclass
from typing import Any

from pullsecret.core.objects import DEPLOYMENT, POD, REPLICA_SET, Object, name_of, namespace_of
from pullsecret.sandbox.controllers.deploymentstatus import deployment_status
from pullsecret.sandbox.controllers.owned import (
    owned_by,
    owner_reference,
    template_hash,
    write_status,
)
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.values import copied, timestamp

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"


@dataclass(frozen=True, slots=True)
class Rollout:
    """How many Pods there may and must be while templates change.

    Attributes:
        replicas: how many are wanted.
        surge: how many more there may be.
        unavailable: how many fewer there may run.
    """

    replicas: int
    surge: int
    unavailable: int

    @classmethod
    def of(cls, deployment: Object) -> "Rollout":
        """Read a Deployment's strategy; percentages are of the wanted replicas."""
        replicas = deployment["spec"]["replicas"]
        strategy = deployment["spec"].get("strategy", {})
        if strategy.get("type") == "Recreate":
            return cls(replicas, 0, replicas)
        rolling = strategy.get("rollingUpdate") or {}
        surge = _share(rolling.get("maxSurge", "25%"), replicas, up=True)
        unavailable = _share(rolling.get("maxUnavailable", "25%"), replicas, up=False)
        return cls(replicas, surge, unavailable if surge or unavailable else 1)


class Deployments:
    """Rolls templates out."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store, self._pace = store, pace
        self._recorder = Recorder(store, pace, "deployment-controller")

    def reconcile(self, obj: Object) -> None:
        """Bring one Deployment nearer to what it wants."""
        new, old = self._replica_sets(obj)
        if new is None and not obj["spec"].get("paused"):
            new = self._make(obj, old)
        if new is not None and not obj["spec"].get("paused"):
            self._roll(obj, new, old)
        new, old = self._replica_sets(obj)
        now = timestamp(self._pace.now())
        status = deployment_status(obj, new, old, Rollout.of(obj).unavailable, now)
        write_status(self._store, DEPLOYMENT, obj, status)

    def _replica_sets(self, obj: Object) -> tuple[Object | None, list[Object]]:
        """Give the ReplicaSet of the present template, and the others from the oldest on."""
        owned = owned_by(self._store, REPLICA_SET, obj)
        present = template_hash(obj["spec"]["template"])
        new = next((one for one in owned if one["metadata"]["labels"].get(HASH) == present), None)
        old = sorted((one for one in owned if one is not new), key=_revision)
        return new, old

    def _make(self, obj: Object, old: list[Object]) -> Object:
        present = template_hash(obj["spec"]["template"])
        template = copied(obj["spec"]["template"])
        template["metadata"]["labels"] = template["metadata"].get("labels", {}) | {HASH: present}
        selector = copied(obj["spec"]["selector"])
        selector["matchLabels"] = selector.get("matchLabels", {}) | {HASH: present}
        made = {
            "metadata": {
                "name": f"{name_of(obj)}-{present}",
                "labels": template["metadata"]["labels"],
                "annotations": {REVISION: str(max(map(_revision, old), default=0) + 1)},
                "ownerReferences": [owner_reference(DEPLOYMENT, obj)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": template},
        }
        return self._store.create(REPLICA_SET, made, namespace_of(obj))

    def _roll(self, obj: Object, new: Object, old: list[Object]) -> None:
        self._number(obj, new, old)
        rollout = Rollout.of(obj)
        recreate = obj["spec"].get("strategy", {}).get("type") == "Recreate"
        if recreate and self._are_there(old):
            for one in old:
                self._scale(obj, one, 0)
            return
        total = sum(map(_replicas, [new, *old]))
        room = max(rollout.replicas + rollout.surge - total, 0)
        wanted = min(rollout.replicas, _replicas(new) + room)
        if wanted != _replicas(new):
            self._scale(obj, new, wanted)
        elif old:
            self._scale_down(obj, rollout, new, old)

    def _number(self, obj: Object, new: Object, old: list[Object]) -> None:
        """Give the newest revision to the present ReplicaSet, and to the Deployment."""
        newest = max(map(_revision, old), default=0)
        if _revision(new) <= newest:
            new["metadata"]["annotations"][REVISION] = str(newest + 1)
            new |= self._store.update(REPLICA_SET, new)
        annotations = obj["metadata"].setdefault("annotations", {})
        annotations[REVISION] = new["metadata"]["annotations"][REVISION]
        obj |= self._store.update(DEPLOYMENT, obj)

    def _scale_down(self, obj: Object, rollout: Rollout, new: Object, old: list[Object]) -> None:
        """Take old Pods away: first those that do not run, then as many as the running ones allow."""
        least = rollout.replicas - rollout.unavailable
        total = sum(map(_replicas, [new, *old]))
        spare = total - least - (_replicas(new) - _available(new))
        if spare <= 0:
            return
        left = {name_of(one): _replicas(one) for one in old}
        for one in old:
            gone = min(max(spare, 0), max(left[name_of(one)] - _available(one), 0))
            left[name_of(one)] -= gone
            spare -= gone
        running = _available(new) + sum(min(_available(one), left[name_of(one)]) for one in old)
        for one in old:
            gone = min(max(running - least, 0), left[name_of(one)])
            running -= gone
            self._scale(obj, one, left[name_of(one)] - gone)

    def _scale(self, obj: Object, replica_set: Object, replicas: int) -> None:
        before = _replicas(replica_set)
        if replicas == before:
            return
        replica_set["spec"]["replicas"] = replicas
        self._store.update(REPLICA_SET, replica_set)
        direction = "up" if replicas > before else "down"
        message = f"Scaled {direction} replica set {name_of(replica_set)} to {replicas}"
        self._recorder.tell(DEPLOYMENT, obj, "ScalingReplicaSet", message)

    def _are_there(self, replica_sets: list[Object]) -> bool:
        """Say whether old ReplicaSets still have Pods, be they going."""
        return any(_replicas(one) or owned_by(self._store, POD, one) for one in replica_sets)


def _share(value: Any, replicas: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    percent = int(value.removesuffix("%")) * replicas
    return -(-percent // 100) if up else percent // 100


def _replicas(replica_set: Object) -> int:
    return int(replica_set["spec"]["replicas"])


def _available(replica_set: Object) -> int:
    return int(replica_set["status"].get("availableReplicas", 0))


def _revision(replica_set: Object) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get(REVISION, "0"))
