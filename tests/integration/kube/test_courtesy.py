"""Many requests at once to a server that asks for patience: they give it together, and all come through."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.errors import ApiError, ClusterError
from pullsecret.core.objects import NAMESPACE, SECRET
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.settings import ClusterConfig
from support.httpserver import Server, json_reply, serving

PATIENCE = 20
"""Seconds of a busy machine's."""


@dataclass
class Clock:
    """Seconds that pass only while nothing else happens: a busy machine is late for nothing.

    Attributes:
        waits: those under way, each with its end.
        begun: how many waits there were.
    """

    now: float = 0.0
    waits: dict[asyncio.Event, float] = field(default_factory=dict)
    begun: int = 0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        over = asyncio.Event()
        self.waits[over] = self.now + seconds
        self.begun += 1
        try:
            await over.wait()
        finally:
            del self.waits[over]

    @asynccontextmanager
    async def passing(self, times: list[float]) -> AsyncIterator[None]:
        """Go on to the end of the next wait whenever nobody asked, or began to wait, in many turns of all."""
        going = asyncio.create_task(self._go(times))
        try:
            yield
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)

    async def _go(self, times: list[float]) -> None:
        while True:
            seen = -1
            while seen != (seen := len(times) + self.begun):
                for _ in range(20):
                    await asyncio.sleep(0.001)
            self.now = min(self.waits.values(), default=self.now)
            for over, until in self.waits.items():
                if until <= self.now:
                    over.set()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client_at(server: Server, clock: Clock) -> ClusterClient:
    config = ClusterConfig(f"http://127.0.0.1:{server.port}")
    return ClusterClient(config, clock=clock, sleep=clock.sleep)


@dataclass
class Busy:
    """A server that refuses all for some seconds after its first request, and then a name for ever.

    Attributes:
        takes: seconds for an answer, in which others ask.
        times: when it was asked, in seconds of the clock.
    """

    clock: Clock
    status: int
    seconds: float
    unwanted: str = ""
    takes: float = 0.0
    times: list[float] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.times.append(self.clock.now)
        asked = self.times[-1]
        if self.takes:
            await self.clock.sleep(self.takes)
        refused = asked < self.times[0] + self.seconds or request.path.endswith(f"/{self.unwanted}")
        if not refused:
            return json_reply({"metadata": {"name": "x"}})
        body = {"kind": "Status", "code": self.status, "message": "busy"}
        return json_reply(body, status=self.status, Retry_After="2")

    def until(self, seconds: float) -> int:
        """Count the requests of the first so many seconds."""
        return sum(at < self.times[0] + seconds for at in self.times)


async def read(cluster: ClusterClient, number: int) -> Any:
    return await cluster.get(NAMESPACE, f"n{number}")


async def write(cluster: ClusterClient, number: int) -> Any:
    return await cluster.create(SECRET, {"metadata": {"name": "x"}}, namespace=f"n{number}")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("call", [read, write])
async def test_all_wait_as_told_and_ever_fewer_ask(
    clock: Clock, status: int, call: Callable[[ClusterClient, int], Awaitable[Any]]
) -> None:
    busy = Busy(clock, status, 9.0, takes=0.1)
    async with serving(busy) as server, client_at(server, clock) as cluster, clock.passing(busy.times):
        await asyncio.gather(*(call(cluster, number) for number in range(64)))
    assert busy.until(1.0) == 32
    assert busy.until(9.0) <= 32 + 16 + 8 + 4 + 2
    assert len(busy.times) <= busy.until(9.0) + 64


async def test_who_waits_for_a_turn_and_is_cancelled_keeps_nobody_else_waiting(clock: Clock) -> None:
    busy = Busy(clock, 429, 3.0)
    async with serving(busy) as server, client_at(server, clock) as cluster, clock.passing(busy.times):
        tasks = [asyncio.create_task(read(cluster, number)) for number in range(40)]
        while len(busy.times) < 32:  # noqa: ASYNC110
            await asyncio.sleep(0)
        for task in tasks[:36]:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks[36:]), PATIENCE)
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(read(cluster, 0), PATIENCE)


async def test_a_queue_s_client_hears_of_it_at_once(clock: Clock) -> None:
    busy = Busy(clock, 429, 1e9)
    async with serving(busy) as server, client_at(server, clock) as cluster:
        hasty = cluster.impatient()
        for call in (read, write):
            with pytest.raises(ApiError, match="busy"):
                await call(hasty, 1)
        assert len(busy.times) == 2
        waiting = asyncio.create_task(read(cluster, 1))
        async with clock.passing(busy.times):
            while len(busy.times) < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        with pytest.raises(ApiError, match="busy"):  # no second passes meanwhile
            await asyncio.wait_for(read(hasty, 1), PATIENCE)
        waiting.cancel()
        with suppress(asyncio.CancelledError, ClusterError):
            await waiting
