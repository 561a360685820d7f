"""The scheduler: binds every Pod to the one node there is."""

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
        node = name_of(nodes[0])
        self._recorder.tell_scheduled(obj, node)
        obj["spec"]["nodeName"] = node
        self._store.update(POD, obj, subresource="binding")
        bound = self._store.get(POD, name_of(obj), namespace_of(obj))
        condition = {
            "type": "PodScheduled",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": timestamp(self._pace.now()),
        }
        bound["status"]["conditions"] = [*bound["status"].get("conditions", ()), condition]
        self._store.update_status(POD, bound)
