"""ReplicaSets: so many Pods of one template. Source: kube-controller-manager `replicaset/replica_set.go`."""

from pullsecret.core.objects import REPLICA_SET, Object
from pullsecret.sandbox.controllers.owned import (
    Pods,
    is_ready,
    pod_from_template,
    without_zeros,
    write_status,
)
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store


class ReplicaSets:
    """Makes and deletes Pods until there are as many as wanted."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pods = Pods(store, Recorder(store, pace, "replicaset-controller"), REPLICA_SET)

    def reconcile(self, obj: Object) -> None:
        """Bring one ReplicaSet nearer to what it wants."""
        pods = self._pods.active(obj)
        lacking = obj["spec"]["replicas"] - len(pods)
        for _ in range(lacking):
            if not self._pods.make(obj, pod_from_template(REPLICA_SET, obj)):
                break
        if lacking < 0:
            for pod in sorted(pods, key=_worth)[:-lacking]:
                self._pods.delete(obj, pod)
        self._write_status(obj)

    def _write_status(self, obj: Object) -> None:
        pods = self._pods.active(obj)
        ready = sum(map(is_ready, pods))
        counts = {"fullyLabeledReplicas": len(pods), "readyReplicas": ready, "availableReplicas": ready}
        observed = {"replicas": len(pods), "observedGeneration": obj["metadata"]["generation"]}
        write_status(self._store, REPLICA_SET, obj, observed | without_zeros(counts))


def _worth(pod: Object) -> tuple[bool, bool, int]:
    """Order Pods by what it costs to lose them: unbound first, then those that do not run, then new ones."""
    age = -int(pod["metadata"]["resourceVersion"])
    return bool(pod["spec"].get("nodeName")), is_ready(pod), age
