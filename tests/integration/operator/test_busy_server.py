"""An API server that asks for patience is given it: ever fewer writes, and no namespace fails."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import generate_latest

from pullsecret.core.objects import EVENT
from support.apiservers import served_sandbox
from support.contract import client_of, make_namespace
from support.faultproxies import Asked, FaultProxy
from support.operating import SOON, Stage
from support.policies import define
from support.programs import BIN


class BusyServer(FaultProxy):
    """Before an API server that refuses every write for a while, as its flow control does.

    Attributes:
        status: with what it refuses; 0 while it does not.
    """

    status = 0

    def writes(self, since: float) -> list[str]:
        """Give what was written in the time of a test from a moment on, however late the test looks."""
        return [one.label for one in self.since(since) if one.is_write and one.at < since + BUSY]

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if not self.status or request.method == "GET":
            return await super()._pass_on(request)
        self.asked.append(Asked(request))
        body = {"kind": "Status", "code": self.status, "message": "too much"}
        return web.json_response(body, status=self.status, headers={"Retry-After": "1"})


NAMESPACES = [f"team-{number}" for number in range(40)]
BUSY = 3.6
MOST = 32 + 16 + 8 + 4
"""Writes in that time where each `Retry-After: 1` halves how many are sent at once."""
ASIDE = 8
"""Writes of statuses meanwhile: one at once at first, and again each second."""


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[BusyServer]:
    async with served_sandbox(tmp_path / "kubeconfig") as path, BusyServer(str(path)).serve() as made:
        yield made


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_ever_less_and_no_namespace_fails(
    proxy: BusyServer, tmp_path: Path, status: int
) -> None:
    direct = str(tmp_path / "kubeconfig")
    async with client_of(direct) as cluster:
        await define(cluster)
        for name in ("platform", *NAMESPACES):
            await make_namespace(cluster, name)
        stage = Stage(cluster, direct, "platform", lambda: asyncio.sleep(0, ""))
        await stage.source()
        name = await stage.cluster_policy(*NAMESPACES)
        async with stage.operator(kubeconfig=proxy.kubeconfig(tmp_path)) as replica:
            await stage.ready(name)
            await replica.recorder.flush()
            proxy.status, began = status, time.monotonic()
            await stage.source(password="another-word")
            await asyncio.sleep(BUSY)
            writes = proxy.writes(began)
            proxy.status = 0
            for namespace in NAMESPACES:
                await stage.copy(namespace, name, password="another-word")
            await stage.ready(name)
            await replica.recorder.flush()
            metrics = generate_latest(replica.metrics.registry).decode()
        told = {event["reason"] for event in await cluster.list(EVENT)}
    assert 32 <= len(writes) <= MOST + ASIDE, writes
    assert 'result="failed"' not in metrics
    assert "SyncFailed" not in told


@pytest.mark.parametrize("status", [429, 503])
async def test_sync_slows_down_as_one_and_leaves_nothing_out(
    proxy: BusyServer, tmp_path: Path, status: int
) -> None:
    direct = str(tmp_path / "kubeconfig")
    async with client_of(direct) as cluster:
        for name in ("platform", *NAMESPACES):
            await make_namespace(cluster, name)
        stage = Stage(cluster, direct, "platform", lambda: asyncio.sleep(0, ""))
        await stage.source()
        proxy.status = status
        running = await asyncio.create_subprocess_exec(
            BIN / "pullsecret", "sync", "--from", "platform/login", "--name", "harbor",
            "--namespaces", "team-*",
            env={"HOME": str(tmp_path), "KUBECONFIG": proxy.kubeconfig(tmp_path)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(SOON):
            while not any(one.is_write for one in proxy.asked):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.sleep(BUSY)
        writes = proxy.writes(next(one.at for one in proxy.asked if one.is_write))
        proxy.status = 0
        out, err = await asyncio.wait_for(running.communicate(), SOON)
        assert running.returncode == 0, (out, err)
        for namespace in NAMESPACES:
            await stage.attached(namespace, "harbor")
    assert 32 <= len(writes) <= MOST, writes
