"""Clients of API servers that a test plays on loopback."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from pullsecret.kube.client import ClusterClient
from pullsecret.kube.settings import ClusterConfig
from support.httpserver import Server


@dataclass
class Waits:
    """Stands for the clock, which only waits move: remembers how long was slept, and does not."""

    slept: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now(self) -> float:
        return sum(self.slept)


MakeClient = Callable[..., ClusterClient]


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def client_of(waits: Waits) -> MakeClient:
    """Make a client of a server under way; further words go into its `ClusterConfig`."""

    def make(server: Server, *, scheme: str = "http", path: str = "", **settings: Any) -> ClusterClient:
        config = ClusterConfig(f"{scheme}://127.0.0.1:{server.port}{path}", **settings)
        return ClusterClient(config, sleep=waits, jitter=lambda: 1.0, clock=waits.now)

    return make
