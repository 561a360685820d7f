"""DaemonSets: one Pod on each node. Source: kube-controller-manager `daemon/daemon_controller.go`."""

from pullsecret.core.objects import DAEMON_SET, NODE, Object, name_of
from pullsecret.sandbox.controllers.owned import (
    Pods,
    is_ready,
    pod_from_template,
    template_hash,
    without_zeros,
    write_status,
)
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store

REVISION = "controller-revision-hash"


class DaemonSets:
    """Keeps a Pod on the node, of the present template."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pods = Pods(store, Recorder(store, pace, "daemonset-controller"), DAEMON_SET)

    def reconcile(self, obj: Object) -> None:
        """Bring one DaemonSet nearer to what it wants."""
        nodes = [name_of(node) for node in self._store.list(NODE)]
        pods = self._pods.active(obj)
        present = template_hash(obj["spec"]["template"])
        for pod in pods:
            if pod["metadata"]["labels"].get(REVISION) != present:
                self._pods.delete(obj, pod)
        served = {_node(pod) for pod in pods}
        for node in nodes:
            if node not in served:
                self._pods.make(obj, _pod_for(obj, node, present))
        self._write_status(obj, nodes, present)

    def _write_status(self, obj: Object, nodes: list[str], present: str) -> None:
        pods = self._pods.active(obj)
        ready = sum(map(is_ready, pods))
        updated = sum(pod["metadata"]["labels"].get(REVISION) == present for pod in pods)
        optional = {
            "updatedNumberScheduled": updated,
            "numberAvailable": ready,
            "numberUnavailable": len(nodes) - ready,
        }
        write_status(self._store, DAEMON_SET, obj, without_zeros(optional) | {
            "currentNumberScheduled": len(pods),
            "desiredNumberScheduled": len(nodes),
            "numberMisscheduled": 0,
            "numberReady": ready,
            "observedGeneration": obj["metadata"]["generation"],
        })  # fmt: skip


def _pod_for(obj: Object, node: str, present: str) -> Object:
    labels = {REVISION: present, "pod-template-generation": str(obj["metadata"]["generation"])}
    pod = pod_from_template(DAEMON_SET, obj, labels)
    here = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [here]}}
    pod["spec"]["affinity"] = {"nodeAffinity": required}
    return pod


def _node(pod: Object) -> str:
    required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(required["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])
