"""StatefulSets: Pods with numbers, made and replaced one after the other.

Source: kube-controller-manager `statefulset/stateful_set_control.go`. Left out: volumes and partitions.
"""

from pullsecret.core.objects import POD, STATEFUL_SET, Object, name_of
from pullsecret.sandbox.controllers.owned import (
    Pods,
    is_active,
    is_ready,
    owned_by,
    pod_from_template,
    template_hash,
    without_zeros,
    write_status,
)
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store

REVISION = "controller-revision-hash"


class StatefulSets:
    """Keeps Pods ``NAME-0`` to ``NAME-n``."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pods = Pods(store, Recorder(store, pace, "statefulset-controller"), STATEFUL_SET)

    def reconcile(self, obj: Object) -> None:
        """Bring one StatefulSet nearer to what it wants."""
        pods = {name_of(pod): pod for pod in owned_by(self._store, POD, obj)}
        self._step(obj, pods)
        self._write_status(obj)

    def _step(self, obj: Object, pods: dict[str, Object]) -> None:
        """Do the one next thing: make a missing Pod, delete a surplus one, replace an outdated one."""
        ordered = obj["spec"].get("podManagementPolicy") != "Parallel"
        wanted = [f"{name_of(obj)}-{number}" for number in range(obj["spec"]["replicas"])]
        for name in wanted:
            pod = pods.get(name)
            if pod is None:
                self._make(obj, name)
            if ordered and (pod is None or not is_active(pod) or not is_ready(pod)):
                return
        surplus = [pod for name, pod in pods.items() if name not in wanted]
        outdated = [pods[name] for name in wanted if name in pods and _revision(pods[name]) != _present(obj)]
        for pod in (surplus or outdated)[::-1]:
            if is_active(pod):
                self._pods.delete(obj, pod, _told("delete", name_of(pod), obj))
            if ordered:
                return

    def _make(self, obj: Object, name: str) -> None:
        labels = {REVISION: _present(obj), "statefulset.kubernetes.io/pod-name": name}
        pod = pod_from_template(STATEFUL_SET, obj, labels)
        pod["metadata"]["name"] = name
        pod["spec"] |= {"hostname": name, "subdomain": obj["spec"].get("serviceName", "")}
        self._pods.make(obj, pod, _told("create", name, obj))

    def _write_status(self, obj: Object) -> None:
        pods = self._pods.active(obj)
        updated = [pod for pod in pods if _revision(pod) == _present(obj)]
        before = obj.get("status", {}).get("currentRevision") or _present(obj)
        done = len(updated) == len(pods) == obj["spec"]["replicas"] and all(map(is_ready, pods))
        current = _present(obj) if done else before
        counts = {
            "readyReplicas": sum(map(is_ready, pods)),
            "currentReplicas": sum(_revision(pod) == current for pod in pods),
            "updatedReplicas": len(updated),
        }
        write_status(self._store, STATEFUL_SET, obj, without_zeros(counts) | {
            "replicas": len(pods),
            "observedGeneration": obj["metadata"]["generation"],
            "collisionCount": 0,
            "currentRevision": current,
            "updateRevision": _present(obj),
        })  # fmt: skip


def _present(obj: Object) -> str:
    return f"{name_of(obj)}-{template_hash(obj['spec']['template'])}"


def _revision(pod: Object) -> str:
    return str(pod["metadata"].get("labels", {}).get(REVISION, ""))


def _told(verb: str, pod: str, obj: Object) -> str:
    return f"{verb} Pod {pod} in StatefulSet {name_of(obj)} successful"
