"""The scheduler: binds Pods to the one node there is, unless their `nodeSelector` wants another."""

from typing import Any

from pullsecret.core.objects import NODE, POD, Object, name_of, namespace_of
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.values import timestamp

NAME = "default-scheduler"


class Scheduler:
    """Binds Pods; those that name another scheduler wait for it, as they would elsewhere."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store, self._pace = store, pace
        self._recorder = Recorder(store, pace, NAME)

    def reconcile(self, obj: Object) -> None:
        """Bind one Pod, if it is not bound yet."""
        nodes = self._store.list(NODE)
        if obj["spec"].get("nodeName") or obj["spec"].get("schedulerName") != NAME or not nodes:
            return
        fitting = [node for node in nodes if _fits(obj, node)]
        if fitting:
            self._bind(obj, name_of(fitting[0]))
        else:
            left = f"{len(nodes)} node(s) didn't match Pod's node affinity"
            self._refuse(obj, f"0/{len(nodes)} nodes are available: {left}.")

    def _bind(self, pod: Object, node: str) -> None:
        self._recorder.tell_scheduling(
            pod, "Scheduled", f"Successfully assigned {namespace_of(pod)}/{name_of(pod)} to {node}", "Binding"
        )
        pod["spec"]["nodeName"] = node
        self._store.update(POD, pod, subresource="binding")
        self._write_condition(pod, {"status": "True"})

    def _refuse(self, pod: Object, why: str) -> None:
        if _scheduled(pod).get("message") != why:
            self._recorder.tell_scheduling(pod, "FailedScheduling", why, "Scheduling", warning=True)
            self._write_condition(pod, {"status": "False", "reason": "Unschedulable", "message": why})

    def _write_condition(self, pod: Object, said: dict[str, Any]) -> None:
        current = self._store.get(POD, name_of(pod), namespace_of(pod))
        now = timestamp(self._pace.now())
        condition = {"type": "PodScheduled", "lastProbeTime": None, "lastTransitionTime": now} | said
        others = [c for c in current["status"].get("conditions", ()) if c["type"] != "PodScheduled"]
        current["status"]["conditions"] = [*others, condition]
        self._store.update_status(POD, current)


def _fits(pod: Object, node: Object) -> bool:
    wanted = pod["spec"].get("nodeSelector") or {}
    return wanted.items() <= (node["metadata"].get("labels") or {}).items()


def _scheduled(pod: Object) -> dict[str, Any]:
    conditions = pod["status"].get("conditions", ())
    return next((one for one in conditions if one["type"] == "PodScheduled"), {})
