"""An API server that answers 410, 429 and 500, is silent and breaks off at random, while others write."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.objects import NAMESPACE, SECRET
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.pace import Pace
from pullsecret.kube.settings import ClusterConfig
from pullsecret.sandbox.api import Api, Request
from pullsecret.sandbox.api.messages import encoded
from pullsecret.sandbox.api.watches import Watch
from pullsecret.sandbox.store import Store
from support.apiservers import new_store, utc_now
from support.following import Clock, Seen, closing, error_event, refusal, seen_by
from support.httpserver import serving

NAMESPACES = ("one", "two")


@dataclass
class Chaotic:
    """An API server over the imitation's store that fails four requests out of five, until it is healed."""

    store: Store
    chance: random.Random
    clock: Clock
    healed: bool = False
    times: list[float] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.times.append(self.clock.now)
        fault = "" if self.healed else self.chance.choice(["410", "429", "500", "close", "", "", "", ""])
        if fault:
            return await (closing if fault == "close" else refusal(int(fault)))(request)
        asked = Request(request.method, request.path, dict(request.query), {})
        response = Api(self.store, clock=utc_now).handle(asked)
        if response.watch is None:
            return web.Response(status=response.status, body=response.body, content_type="application/json")
        return await self._stream(request, response.watch)

    async def _stream(self, request: web.BaseRequest, watch: Watch) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        events: asyncio.Queue[Any] = asyncio.Queue()
        watch.start(events.put_nowait)
        left = 10**6 if self.healed else self.chance.randrange(8)
        try:
            for _ in range(left):
                await stream.write(encoded(await events.get()) + b"\n")
        finally:
            watch.stop()
        return await self._end(request, stream)

    async def _end(self, request: web.BaseRequest, stream: web.StreamResponse) -> web.StreamResponse:
        match self.chance.choice(["end", "break", "silent", "410", "500"]):
            case "break":
                assert request.transport is not None
                request.transport.abort()
            case "silent":
                await asyncio.Event().wait()
            case "410" | "500" as code:
                await stream.write(error_event(int(code)))
        return stream


async def write(store: Store, chance: random.Random) -> None:
    """Change Secrets at random, with a turn for everybody else after each change."""
    for number in range(300):
        namespace, name = chance.choice(NAMESPACES), f"s{chance.randrange(12)}"
        there = {obj["metadata"]["name"]: obj for obj in store.snapshot(SECRET, namespace)}
        match name in there, chance.random() < 0.3:
            case False, _:
                store.create(
                    SECRET, {"metadata": {"name": name}, "stringData": {"n": str(number)}}, namespace
                )
            case True, True:
                store.delete(SECRET, name, namespace)
            case True, False:
                obj = there[name]
                store.update(SECRET, {**obj, "stringData": {"n": str(number)}})
        await asyncio.sleep(0)


def versions(store: Store) -> dict[tuple[str, str], str]:
    found = [obj["metadata"] for obj in store.snapshot(SECRET, "")]
    return {(meta["namespace"], meta["name"]): meta["resourceVersion"] for meta in found}


@pytest.mark.parametrize("seed", range(12))
async def test_in_the_end_what_is_known_is_what_is_there(seed: int) -> None:
    chance, clock, store = random.Random(seed), Clock(), new_store(history=40)
    for namespace in NAMESPACES:
        store.create(NAMESPACE, {"metadata": {"name": namespace}})
    server = Chaotic(store, chance, clock)
    async with serving(server) as served:
        config = ClusterConfig(f"http://127.0.0.1:{served.port}")
        client = ClusterClient(
            config, sleep=clock.sleep, jitter=chance.random, clock=clock, pace=Pace(silence=0.2)
        )
        async with client as cluster, seen_by(cluster.follow(SECRET)) as seen:
            await seen.until(lambda: seen.snapshots)
            for _ in range(4):
                await write(store, chance)
                before = seen.batches
                await seen.until(lambda before=before: seen.batches > before)
            server.healed = True
            await seen.until(lambda: _known(seen) == versions(store))
    assert seen.snapshots > 1
    busiest = max(sum(start <= time < start + 1 for time in server.times) for start in server.times)
    assert busiest <= 10


def _known(seen: Seen) -> dict[tuple[str, str], str]:
    return {key: obj["metadata"]["resourceVersion"] for key, obj in seen.objects.items()}
