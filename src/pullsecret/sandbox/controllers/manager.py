"""Runs the controllers: what changes is queued by name, and looked at again in its turn."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import (
    DAEMON_SET,
    DEPLOYMENT,
    NODE,
    POD,
    REPLICA_SET,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    Kind,
    Object,
    name_of,
    namespace_of,
)
from pullsecret.sandbox.controllers.daemonsets import DaemonSets
from pullsecret.sandbox.controllers.deployments import Deployments
from pullsecret.sandbox.controllers.owned import controller_of
from pullsecret.sandbox.controllers.replicasets import ReplicaSets
from pullsecret.sandbox.controllers.scheduler import Scheduler
from pullsecret.sandbox.controllers.statefulsets import StatefulSets
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.tasks import Tasks

Key = tuple[Kind, str, str]


class Controller(Protocol):
    """Brings one object nearer to what it wants."""

    def reconcile(self, obj: Object) -> None:
        """Look at the object and what belongs to it, and write what differs."""


class ControllerManager:
    """All controllers over one store."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._controllers: dict[Kind, Controller] = {
            DEPLOYMENT: Deployments(store, pace),
            REPLICA_SET: ReplicaSets(store, pace),
            STATEFUL_SET: StatefulSets(store, pace),
            DAEMON_SET: DaemonSets(store, pace),
            POD: Scheduler(store, pace),
        }
        self._kinds = {kind.kind: kind for kind in self._controllers}
        self._queue: dict[Key, None] = {}
        self._wake = asyncio.Event()
        self._tasks = Tasks()
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Look at everything now, and at what changes from now on."""
        self._unsubscribe = self._store.subscribe(self._react)
        for kind in self._controllers:
            self._look_at_all(kind)
        self._tasks.spawn(self._run(), name="controllers")

    async def close(self) -> None:
        """Leave everything as it is."""
        self._unsubscribe()
        await self._tasks.close()

    def _react(self, event: str, kind: Kind, obj: Object) -> None:
        if kind in self._controllers and event != "DELETED":
            self._look_at(kind, namespace_of(obj), name_of(obj))
        owner = controller_of(obj)
        if owner and owner["kind"] in self._kinds:
            self._look_at(self._kinds[owner["kind"]], namespace_of(obj), owner["name"])
        if kind == NODE:
            self._look_at_all(POD)
            self._look_at_all(DAEMON_SET)
        elif kind == SERVICE_ACCOUNT and event == "ADDED":
            # Pods of an account that was missing could not be made until now.
            for waiting in (REPLICA_SET, STATEFUL_SET, DAEMON_SET):
                self._look_at_all(waiting, namespace_of(obj))

    def _look_at_all(self, kind: Kind, namespace: str = "") -> None:
        for obj in self._store.list(kind, namespace):
            self._look_at(kind, namespace_of(obj), name_of(obj))

    def _look_at(self, kind: Kind, namespace: str, name: str) -> None:
        self._queue[kind, namespace, name] = None
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                self._reconcile(next(iter(self._queue)))
                await asyncio.sleep(0)  # others may have a word in between

    def _reconcile(self, key: Key) -> None:
        del self._queue[key]
        kind, namespace, name = key
        try:
            obj = self._store.get(kind, name, namespace)
        except NotFound:
            return
        if "deletionTimestamp" not in obj["metadata"]:
            self._controllers[kind].reconcile(obj)
