"""Writes Events as Kubernetes' recorders do: the same thing told again raises the count of the first.

Source: client-go `tools/record/events_cache.go` and the scheduler's newer recorder (`events.k8s.io`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pullsecret.core.errors import AlreadyExists, ApiError
from pullsecret.core.objects import (
    EVENT,
    POD,
    Kind,
    Object,
    name_of,
    namespace_of,
    resource_version_of,
    uid_of,
)
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.values import timestamp


@dataclass(slots=True)
class Recorder:
    """Writes the Events of one component.

    Attributes:
        store: where they go.
        pace: tells the time.
        component: who tells: ``kubelet``.
        host: the node it runs on; empty for a component that runs on none.
    """

    store: Store
    pace: Pace
    component: str
    host: str = ""
    _known: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)

    def tell(
        self, kind: Kind, obj: Object, reason: str, message: str, *, warning: bool = False, place: str = ""
    ) -> None:
        """Tell something of an object.

        Args:
            kind: the object's kind.
            obj: what it is about.
            reason: in one CamelCase word.
            message: in words.
            warning: whether it is a ``Warning``.
            place: the part it is about: ``spec.containers{app}``.
        """
        severity = "Warning" if warning else "Normal"
        about = involved(kind, obj) | ({"fieldPath": place} if place else {})
        key = (uid_of(obj), place, severity, reason, message)
        now = self.pace.now()
        try:
            if not self._count_up(key, now):
                made = self._create(self._event(about, severity, reason, message, now), now)
                self._known[key] = (namespace_of(made), name_of(made))
        except ApiError:
            return  # the namespace is going: a real recorder drops what it cannot write, too

    def _count_up(self, key: tuple[str, ...], now: datetime) -> bool:
        if key not in self._known:
            return False
        namespace, name = self._known[key]
        try:
            event = self.store.get(EVENT, name, namespace)
        except ApiError:
            return False
        event["count"] += 1
        event["lastTimestamp"] = timestamp(now)
        self.store.update(EVENT, event)
        return True

    def tell_scheduling(
        self, pod: Object, reason: str, message: str, action: str, *, warning: bool = False
    ) -> None:
        """Tell of a Pod's scheduling, in the scheduler's own, newer form."""
        now = self.pace.now()
        event = self._skeleton(involved(POD, pod)) | {
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "action": action,
            "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "reportingComponent": self.component,
            "reportingInstance": f"{self.component}-sandbox",
        }
        self._create(event, now)

    def _create(self, event: Object, now: datetime) -> Object:
        """Create an Event, named by the nanoseconds of its time, or the next that are free."""
        metadata, stamp = event["metadata"], int(now.timestamp() * 1_000_000) * 1000
        while True:
            metadata["name"] = f"{event['involvedObject']['name']}.{stamp:x}"
            try:
                return self.store.create(EVENT, event, metadata["namespace"])
            except AlreadyExists:
                stamp += 1

    def _event(
        self, about: dict[str, Any], severity: str, reason: str, message: str, now: datetime
    ) -> dict[str, Any]:
        host = {"host": self.host} if self.host else {}
        return self._skeleton(about) | {
            "reason": reason,
            "message": message,
            "source": {"component": self.component} | host,
            "firstTimestamp": timestamp(now),
            "lastTimestamp": timestamp(now),
            "count": 1,
            "type": severity,
        }

    @staticmethod
    def _skeleton(about: dict[str, Any]) -> dict[str, Any]:
        return {
            "metadata": {"namespace": about["namespace"] or "default"},
            "involvedObject": about,
            "source": {},
            "firstTimestamp": None,
            "lastTimestamp": None,
            "eventTime": None,
            "reportingComponent": "",
            "reportingInstance": "",
        }


def involved(kind: Kind, obj: Object) -> dict[str, Any]:
    """Give an Event's reference to an object."""
    return {
        "kind": kind.kind,
        "namespace": namespace_of(obj),
        "name": name_of(obj),
        "uid": uid_of(obj),
        "apiVersion": kind.api_version,
        "resourceVersion": resource_version_of(obj),
    }
