"""When all is well nothing is asked of the API server, neither read nor written, but for the Lease."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pullsecret.core.objects import LEASE, MUTATING_WEBHOOK_CONFIGURATION, SECRET
from pullsecret.kube.client import ClusterClient
from pullsecret.operator import recovery, webhookserver
from pullsecret.operator.election import Election, Leadership
from pullsecret.operator.lease import Timing
from pullsecret.operator.settings import WebhookSettings
from pullsecret.operator.webhook import webhook_app
from pullsecret.operator.webhookconfig import ENTRY
from pullsecret.operator.webhookserver import WebhookServer
from support.contract import client_of
from support.faultproxies import Asked, FaultProxy
from support.operating import SOON, Stage, stays
from support.realcluster import until

QUIET = {"sandbox": 5.0, "real": 30.0}
SETTLED = 2.0
"""Seconds without a request after which a replica has done what there was to do."""
URL = "https://127.0.0.1:1/serviceaccounts"
RENEWED = 1.0


@asynccontextmanager
async def elected(cluster: ClusterClient, stage: Stage) -> AsyncIterator[None]:
    """Hold a Lease, and renew it."""
    leading = asyncio.Event()

    async def lead(_: Leadership) -> None:
        leading.set()
        await asyncio.Event().wait()

    timing = Timing(lease_duration=10, renew_deadline=8, retry_period=RENEWED)
    election = Election(
        cluster.impatient(), namespace=stage.platform, name="lease", identity="only", timing=timing
    )
    async with _beside(election.run(lead)):
        await asyncio.wait_for(leading.wait(), SOON)
        yield


@asynccontextmanager
async def webhook(cluster: ClusterClient, stage: Stage) -> AsyncIterator[WebhookServer]:
    """Look after a webhook that no request is for."""

    async def names_for(_namespace: str, _account: str) -> tuple[str, ...]:
        return ()

    head = {"apiVersion": MUTATING_WEBHOOK_CONFIGURATION.api_version, "kind": "MutatingWebhookConfiguration"}
    entry = {
        "name": ENTRY, "clientConfig": {"url": URL}, "sideEffects": "None", "failurePolicy": "Ignore",
        "admissionReviewVersions": ["v1"],
    }  # fmt: skip
    await stage.cluster.create(
        MUTATING_WEBHOOK_CONFIGURATION, {**head, "metadata": {"name": stage.run}, "webhooks": [entry]}
    )
    settings = WebhookSettings(port=0, url=URL, configuration=stage.run, secret="ca")
    app = webhook_app(names_for, lambda _: None)
    server = WebhookServer(
        cluster, cluster, app, settings=settings, namespace=stage.platform, host="127.0.0.1"
    )
    try:
        async with _beside(server.run()):
            yield server
    finally:
        await stage.cluster.delete(MUTATING_WEBHOOK_CONFIGURATION, stage.run)


@asynccontextmanager
async def _beside(running: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(running)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def settled(proxy: FaultProxy) -> None:
    """Wait until nothing but the Lease was asked about for a while."""
    async with asyncio.timeout(SOON):
        while others(proxy, time.monotonic() - SETTLED):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def others(proxy: FaultProxy, since: float) -> list[Asked]:
    """Give the requests that neither renew the Lease nor open a watch."""
    return [asked for asked in proxy.since(since) if not asked.is_watch and not _is_renewal(asked)]


def _is_renewal(asked: Asked) -> bool:
    return asked.method == "PATCH" and "/leases/" in asked.path


async def test_nothing_is_asked_when_all_is_well(
    stage: Stage, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every feature: logins verified, stuck Pods looked for, the webhook served, a leader elected."""
    monkeypatch.setattr(recovery, "LOOKS", (0.1, 0.2))
    monkeypatch.setattr(webhookserver, "_LONGEST", timedelta(seconds=0.2))
    quiet = QUIET[request.config.getoption("--cluster")]
    team, other = await stage.new_namespace(), await stage.new_namespace()
    name = await stage.cluster_policy(team, other, verify={}, recoverPods=True)
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(FaultProxy(stage.kubeconfig).serve())
        through = proxy.kubeconfig(tmp_path)
        replica = await stack.enter_async_context(stage.operator(kubeconfig=through))
        cluster = await stack.enter_async_context(client_of(through))
        await stack.enter_async_context(elected(cluster, stage))
        server = await stack.enter_async_context(webhook(cluster, stage))
        await stage.ready(name)
        await until(stage.cluster, SECRET, stage.platform, lambda secret: secret["metadata"]["name"] == "ca")
        await replica.recorder.flush()
        await settled(proxy)
        assert server.serving
        assert any(asked.path.endswith("/pods") for asked in proxy.asked), "stuck Pods were looked for"
        lease = await stage.cluster.get(LEASE, "lease", namespace=stage.platform)
        copy = await stage.cluster.get(SECRET, name, namespace=team)

        began = time.monotonic()
        await stays(stage.cluster, SECRET, copy, quiet)
        assert [asked.label for asked in others(proxy, began)] == []
        asked = proxy.since(began)
        assert len(asked) <= 1.5 * quiet / RENEWED
        renewed = await stage.cluster.get(LEASE, "lease", namespace=stage.platform)
        assert renewed["spec"]["renewTime"] != lease["spec"]["renewTime"]
        assert len(stage.registries.asked) == 1
