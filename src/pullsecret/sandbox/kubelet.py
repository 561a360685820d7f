"""The kubelet of the sandbox's one node: makes the Pods that are bound to it run, or tells why they do not.

As in the real one a sync writes a Pod's status first, from what the sync before found out, and then works; so
`ErrImagePull` shows a moment after its Event. Source: kubelet `kubelet.go` (syncPod) and `pod_workers.go`.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pullsecret.core.errors import ApiError, NotFound
from pullsecret.core.objects import POD, Kind, Object, name_of, namespace_of, uid_of
from pullsecret.sandbox.node import HOST_IP
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.podstatus import (
    ContainerState,
    containers_of,
    is_initialized,
    is_running,
    pod_status,
)
from pullsecret.sandbox.pulls import ImageManager, PullError
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.tasks import Tasks
from pullsecret.sandbox.values import timestamp

AFTER_START = 1.0
"""Seconds until the kubelet notices that something started: its relist period."""
AFTER_FAILURE = 12.5
"""Seconds until it looks again at a Pod that failed: 10 with a jitter of up to half of it; here its mean."""


@dataclass(slots=True)
class Kubelet:
    """One node's kubelet.

    Attributes:
        store: the cluster.
        pace: tells and passes the time.
        images: gets images.
        recorder: tells what happens as Events.
        node: the name of its node.
    """

    store: Store
    pace: Pace
    images: ImageManager
    recorder: Recorder
    node: str
    _tasks: Tasks = field(default_factory=Tasks)
    _workers: dict[str, "_Worker"] = field(default_factory=dict)
    _unsubscribe: Callable[[], None] = lambda: None
    _addresses: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self) -> None:
        """Take care of this node's Pods from now on."""
        self._unsubscribe = self.store.subscribe(self._react)
        for pod in self.store.list(POD):
            self._react("ADDED", POD, pod)

    async def close(self) -> None:
        """Let every Pod go."""
        self._unsubscribe()
        await self._tasks.close()

    def _react(self, event: str, kind: Kind, pod: Object) -> None:
        if kind != POD or pod["spec"].get("nodeName") != self.node:
            return
        worker = self._workers.get(uid_of(pod))
        if event == "DELETED":
            self._workers.pop(uid_of(pod), None)
            self._stop(pod, worker)
        elif "deletionTimestamp" in pod["metadata"]:
            self._stop(pod, worker)
            with suppress(ApiError):  # gone already, or made anew under its name
                self.store.delete(POD, name_of(pod), namespace_of(pod), uid=uid_of(pod), grace_period=0)
        elif worker is None:
            number = next(self._addresses)
            worker = _Worker(self, pod, f"10.244.{number // 254}.{number % 254 + 1}")
            self._workers[uid_of(pod)] = worker
            worker.task = self._tasks.spawn(worker.run(), name=f"pod {name_of(pod)}")
        else:
            worker.notice(pod)

    def _stop(self, pod: Object, worker: "_Worker | None") -> None:
        """Stop a Pod that is going; its containers obey at once, whatever grace they have."""
        if worker is None or worker.ended:
            return
        worker.end()
        for name in worker.running:
            place = f"spec.containers{{{name}}}"
            self.recorder.tell(POD, pod, "Killing", f"Stopping container {name}", place=place)


@dataclass(slots=True)
class _Worker:
    """Runs one Pod."""

    kubelet: Kubelet
    pod: Object
    pod_ip: str
    task: "asyncio.Task[None] | None" = None
    ended: bool = False
    _states: dict[str, ContainerState] = field(default_factory=dict)
    _synced: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def running(self) -> list[str]:
        """The containers that run."""
        return [name for name, state in self._states.items() if state.doing == "running"]

    def end(self) -> None:
        """Stop caring for the Pod."""
        self.ended = True
        if self.task:
            self.task.cancel()

    def notice(self, pod: Object) -> None:
        """Look at the Pod at once if what it should run has changed, as when somebody mends its image."""
        if pod["spec"] != self.pod["spec"]:
            self._wake.set()

    async def run(self) -> None:
        """Sync until every container runs."""
        while (wait := await self._sync()) > 0:
            self._wake.clear()
            sleeping = asyncio.ensure_future(self.kubelet.pace.sleep(wait))
            waking = asyncio.ensure_future(self._wake.wait())
            try:
                await asyncio.wait((sleeping, waking), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
                waking.cancel()

    async def _sync(self) -> float:
        """Write the status, then start what can start; gives the seconds until the next sync, 0 for none."""
        try:
            self._write_status()
        except NotFound:
            return 0
        if is_initialized(self.pod, self._states) and is_running(self.pod, self._states):
            return 0
        before = dict(self._states)
        failed = False
        for role, container in self._to_start():
            failed |= not await self._start(role, container)
        started = not self._synced or any(
            state.doing != "waiting" and before.get(name) != state for name, state in self._states.items()
        )
        self._synced = True
        return AFTER_START if started or not failed else AFTER_FAILURE

    def _to_start(self) -> list[tuple[str, dict[str, Any]]]:
        """Give what this sync is to start: the next init container, or every container that does not run."""
        for one in containers_of(self.pod, "initContainers"):
            if self._doing(one) != "terminated":
                return [("initContainers", one)]
        waiting = [one for one in containers_of(self.pod, "containers") if self._doing(one) != "running"]
        return [("containers", one) for one in waiting]

    def _doing(self, container: dict[str, Any]) -> str:
        return self._states.get(container["name"], ContainerState()).doing

    async def _start(self, role: str, container: dict[str, Any]) -> bool:
        name, place = container["name"], f"spec.{role}{{{container['name']}}}"
        tell = self.kubelet.recorder.tell
        try:
            image_id = await self.kubelet.images.ensure(self.pod, container, place)
        except PullError as error:
            tell(POD, self.pod, "Failed", f"Error: {error.reason}", warning=True, place=place)
            self._states[name] = ContainerState.waiting(error.reason, error.message)
            return False
        tell(POD, self.pod, "Created", f"Created container {name}", place=place)
        tell(POD, self.pod, "Started", f"Started container {name}", place=place)
        now = timestamp(self.kubelet.pace.now())
        container_id = f"containerd://{uid_of(self.pod).replace('-', '')}{name.encode().hex():0>32.32}"
        state = ContainerState.running(now, image_id, container_id)
        self._states[name] = state.completed(now) if role == "initContainers" else state
        return True

    def _write_status(self) -> None:
        store = self.kubelet.store
        pod = store.get(POD, name_of(self.pod), namespace_of(self.pod))
        pod["status"] = pod_status(
            pod,
            self._states,
            now=timestamp(self.kubelet.pace.now()),
            host_ip=HOST_IP,
            pod_ip=self.pod_ip if self._synced else "",
        )
        self.pod = store.update_status(POD, pod)
