"""Many requests at once to a server that asks for patience: they give it together, and all come through."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.errors import ApiError, ClusterError
from pullsecret.core.objects import NAMESPACE, SECRET
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.settings import ClusterConfig
from support.httpserver import Server, json_reply, serving

FASTER = 10
"""So many seconds pass in one."""


def clock() -> float:
    return time.monotonic() * FASTER


async def sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / FASTER)


def client_at(server: Server) -> ClusterClient:
    return ClusterClient(ClusterConfig(f"http://127.0.0.1:{server.port}"), clock=clock, sleep=sleep)


@dataclass
class Busy:
    """A server that refuses all for some seconds after its first request, and then a name for ever.

    Attributes:
        times: when it was asked, in seconds of the clock.
    """

    status: int
    seconds: float
    unwanted: str = ""
    times: list[float] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.times.append(clock())
        refused = self.times[-1] < self.times[0] + self.seconds or request.path.endswith(f"/{self.unwanted}")
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
    status: int, call: Callable[[ClusterClient, int], Awaitable[Any]]
) -> None:
    busy = Busy(status, 9.0)
    async with serving(busy) as server, client_at(server) as cluster:
        await asyncio.gather(*(call(cluster, number) for number in range(64)))
    assert busy.until(1.0) == 32
    assert busy.until(9.0) <= 32 + 16 + 8 + 4 + 2
    assert len(busy.times) <= busy.until(9.0) + 64


async def test_who_waits_for_a_turn_and_is_cancelled_keeps_nobody_else_waiting() -> None:
    busy = Busy(429, 3.0)
    async with serving(busy) as server, client_at(server) as cluster:
        tasks = [asyncio.create_task(read(cluster, number)) for number in range(40)]
        while len(busy.times) < 32:  # noqa: ASYNC110
            await asyncio.sleep(0)
        for task in tasks[:36]:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks[36:]), 5)
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(read(cluster, 0), 5)


async def test_a_queue_s_client_hears_of_it_at_once() -> None:
    busy = Busy(429, 1e9)
    async with serving(busy) as server, client_at(server) as cluster:
        hasty = cluster.impatient()
        for call in (read, write):
            with pytest.raises(ApiError, match="busy"):
                await call(hasty, 1)
        assert len(busy.times) == 2
        waiting = asyncio.create_task(read(cluster, 1))
        while len(busy.times) < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        with pytest.raises(ApiError, match="busy"):
            await asyncio.wait_for(read(hasty, 1), 0.1)
        waiting.cancel()
        with suppress(asyncio.CancelledError, ClusterError):
            await waiting
