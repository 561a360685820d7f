"""Deployments that roll without stop, and the registry's user as whom their Pods pull."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from pullsecret.core.objects import DEPLOYMENT, POD, Object, name_of, namespace_of
from pullsecret.kube.client import ClusterClient
from support.realcluster import FAILED_PULL, deployment, runs

MERGE_PATCH = "application/merge-patch+json"
Name = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True)
class Account:
    """A user of the plain registry, whose password can be changed there."""

    file: str
    name: str

    def set(self, password: str) -> None:
        self._change("-iB", "-C", "5", password=password)

    def remove(self) -> None:
        self._change("-D")

    def _change(self, *options: str, password: str = "") -> None:
        """Change the file in one step: htpasswd writes in place, and the registry may read half of it."""
        copy = shutil.copy2(self.file, f"{self.file}.{self.name}")
        argv = ["htpasswd", *options, copy, self.name]
        subprocess.run(argv, input=password, text=True, check=True, capture_output=True)
        Path(copy).replace(self.file)


@dataclass
class Rolling:
    """Deployments that are rolled out again as soon as their newest Pod runs, and what was seen of all Pods.

    Attributes:
        failed: when each Pod's pull was first seen to fail, in seconds of the monotonic clock.
        ran: likewise, when it ran; or went, if it never did.
        before: Pods that failed before all Deployments had run once; they are left out.
        messages: what the kubelet said of the failures.
        rolled: which Deployment ran in which roll-out.
    """

    cluster: ClusterClient
    deployments: Sequence[Name]
    failed: dict[Name, float] = field(default_factory=dict)
    ran: dict[Name, float] = field(default_factory=dict)
    before: set[Name] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)
    rolled: set[tuple[Name, str]] = field(default_factory=set)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    rolls: list[asyncio.Task[None]] = field(default_factory=list)

    async def watch(self, namespace: str) -> None:
        version = (await self.cluster.listing(POD, namespace=namespace)).resource_version
        following = self.cluster.watch(POD, namespace=namespace, resource_version=version)
        async with aclosing(following) as events:
            async for event, pod in events:
                if event != "BOOKMARK":
                    await self._note(event, pod)

    async def _note(self, event: str, pod: Object) -> None:
        name = namespace_of(pod), name_of(pod)
        if FAILED_PULL(pod) and name not in self.before:
            self.failed.setdefault(name, time.monotonic())
            waits = pod["status"]["containerStatuses"][0]["state"]["waiting"]
            self.messages.append(f"{name} {waits['reason']}: {waits.get('message')}")
        if runs(pod):
            metadata = pod["metadata"]
            owner = namespace_of(pod), metadata["labels"].get("app")
            self.rolled.add((owner, metadata.get("annotations", {}).get("roll")))
        if runs(pod) or (event == "DELETED" and name in self.failed):
            self.ran.setdefault(name, time.monotonic())
        async with self.changed:
            self.changed.notify_all()

    async def roll(self, name: Name) -> None:
        for number in count():
            mark = {"annotations": {"roll": str(number)}}
            await self.cluster.patch(
                DEPLOYMENT, name[1], {"spec": {"template": {"metadata": mark}}}, patch_type=MERGE_PATCH,
                namespace=name[0],
            )  # fmt: skip
            await self.seen(lambda wanted=(name, str(number)): wanted in self.rolled)

    async def begun(self) -> None:
        """Wait until each has run, and forget what failed until then.

        That may be: the API server's node authorizer learns by a watch that a node's Pod names a Secret, and
        until then refuses it to the kubelet, which pulls without it.
        """
        await self.seen(lambda: {owner for owner, _ in self.rolled} == set(self.deployments))
        self.before = set(self.failed)
        self.failed.clear()
        self.messages.clear()

    def stop(self) -> None:
        """Begin no roll-out any more."""
        for task in self.rolls:
            task.cancel()

    async def more(self, pods: int) -> None:
        """Wait until so many more Pods run than now."""
        wanted = len(self.ran) + pods
        await self.seen(lambda: len(self.ran) >= wanted)

    async def seen(self, holds: Callable[[], bool], patience: float = 200.0) -> None:
        async with asyncio.timeout(patience), self.changed:
            await self.changed.wait_for(holds)  # a Condition's, which minds being cancelled


@asynccontextmanager
async def rolling(
    cluster: ClusterClient, namespaces: Sequence[str], image: str, *, each: int
) -> AsyncIterator[Rolling]:
    """Let some Deployments in each namespace roll; gives them when all have run once, and removes them."""
    made = Rolling(cluster, [(namespace, f"web-{n}") for namespace in namespaces for n in range(each)])
    try:
        for namespace, name in made.deployments:
            await cluster.create(DEPLOYMENT, deployment(name, image), namespace=namespace)
        async with asyncio.TaskGroup() as tasks:
            watches = [tasks.create_task(made.watch(namespace)) for namespace in namespaces]
            made.rolls = [tasks.create_task(made.roll(name)) for name in made.deployments]
            try:
                await made.begun()
                yield made
            finally:
                for task in (*watches, *made.rolls):
                    task.cancel()
    finally:
        for namespace, name in made.deployments:
            await cluster.delete(DEPLOYMENT, name, namespace=namespace)
