"""How the operator grows with the namespaces: 1,000, 3,000 and 10,000 on the sandbox's API server.

The operator is a process of its own; the API server runs in this one, in Python, and bounds the time. The
rival is plain aiohttp, which sends the bare requests and nothing else. `python -m tests.bench.growth` also
draws `docs/growth.svg`.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pullsecret.core.objects import NAMESPACE, SECRET
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.policy.schema import DEFINITION, custom_resource_definitions
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from pullsecret.sandbox.api import Api, Request, Response
from pullsecret.sandbox.server import ApiServer
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.upkeep import Upkeep
from tests.bench.fanout import BARE, COPY, DATA, HOME, PREFIX, RIVAL, SOURCE, operator, peak, policy, program

COUNTS = (1_000, 3_000, 10_000)
MEGABYTES = 150.0
"""The aim with 10,000 namespaces."""


@dataclass(frozen=True)
class Grown:
    """What one size took."""

    namespaces: int
    seconds: float
    bare: float
    megabytes: float
    requests: int


def run() -> Iterator[str]:
    """Give a line for each size."""
    for count in COUNTS:
        yield told(asyncio.run(measure(count)))


def told(grown: Grown) -> str:
    """Put one size into words."""
    aim = f" (aim {MEGABYTES:.0f})" if grown.namespaces == COUNTS[-1] else ""
    ratio, each = grown.seconds / grown.bare, grown.requests / grown.namespaces
    return (
        f"{grown.namespaces:>6,} namespaces: {grown.seconds:5.1f} s, {ratio:.2f} times the bare requests; "
        f"peak {grown.megabytes:.0f} MB{aim}; {each:.3f} requests each"
    )


async def measure(count: int) -> Grown:
    """Let the rival and the operator fan out to so many namespaces."""
    async with (
        world(count) as (api, kubeconfig),
        ClusterClient(load({"KUBECONFIG": str(kubeconfig)})) as cluster,
    ):
        names = [f"{PREFIX}{number:05d}" for number in range(count)]
        job = kubeconfig.with_name("job")
        job.write_text(json.dumps({
            "server": cluster.config.server, "namespaces": names, "name": BARE, "data": DATA}))  # fmt: skip
        bare = float(await program(sys.executable, "-c", RIVAL, str(job)))
        before = os.environ.get("KUBECONFIG")
        os.environ["KUBECONFIG"] = str(kubeconfig)
        try:
            async with operator("--no-webhook") as process:
                began, asked = time.monotonic(), api.answered
                await cluster.create(CLUSTER_PULL_SECRET, policy())
                while not synced(api, count):
                    await asyncio.sleep(0.05)
                seconds = time.monotonic() - began
                if api.copies() != count:
                    raise RuntimeError(f"the status is ahead: {api.copies()} copies")
                return Grown(count, seconds, bare, peak(process.pid), api.answered - asked)
        finally:
            os.environ.pop("KUBECONFIG")
            os.environ |= {"KUBECONFIG": before} if before else {}


class CountingApi(Api):
    """Counts the requests that it answers."""

    answered = 0
    store: Store

    def handle(self, request: Request) -> Response:
        """Answer one more."""
        self.answered += 1
        return super().handle(request)

    def copies(self) -> int:
        """Count the copies that there are."""
        return sum(1 for obj in self.store.list(SECRET) if obj["metadata"]["name"] == COPY)


def synced(api: CountingApi, count: int) -> bool:
    """Whether the policy's status tells that all is done."""
    (obj,) = api.store.list(CLUSTER_PULL_SECRET)
    return bool(obj.get("status", {}).get("namespaces", {}).get("synced") == count)


@asynccontextmanager
async def world(count: int) -> AsyncIterator[tuple[CountingApi, Path]]:
    """Give an API server with so many namespaces."""
    store = Store(clock=lambda: datetime.now(UTC), new_uid=lambda: str(uuid4()))
    api = CountingApi(store, clock=lambda: datetime.now(UTC))
    api.store = store
    Upkeep(store)
    for definition in custom_resource_definitions():
        store.create(DEFINITION, definition)
    for name in (HOME, *(f"{PREFIX}{number:05d}" for number in range(count))):
        store.create(NAMESPACE, {"metadata": {"name": name}})
    store.create(NAMESPACE, {"metadata": {"name": "default"}})  # Events of what has no namespace go there
    source = {"metadata": {"name": SOURCE}, "type": "kubernetes.io/dockerconfigjson", "data": DATA}
    store.create(SECRET, source, HOME)
    async with ApiServer(api) as server:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "config")
            path.write_text(json.dumps({
                "apiVersion": "v1", "kind": "Config", "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": server.url}}],
                "users": [{"name": "c", "user": {}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
            }))  # fmt: skip
            yield api, path
