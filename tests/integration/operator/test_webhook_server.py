"""The webhook looks after itself: certificates, the shared authority, our CA in the configuration."""

import asyncio
import base64
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import MUTATING_WEBHOOK_CONFIGURATION, SECRET, Object
from pullsecret.kube.client import ClusterClient
from pullsecret.operator.authority import shared_authority
from pullsecret.operator.certificates import split_bundle
from pullsecret.operator.settings import WebhookSettings
from pullsecret.operator.webhook import webhook_app
from pullsecret.operator.webhookconfig import ENTRY
from pullsecret.operator.webhookserver import WebhookServer
from support.apiservers import served_sandbox
from support.contract import client_of

CONFIGURATION, CA, NAMESPACE = "pullsecret", "pullsecret-webhook-ca", "default"
URL = "https://127.0.0.1:1/serviceaccounts"
DAY = timedelta(days=1)
SECONDS = 20


class World:
    """A cluster, and replicas of the webhook."""

    def __init__(self, cluster: ClusterClient) -> None:
        self.cluster = cluster

    async def configure(self, **client: Any) -> None:
        await self.cluster.create(
            MUTATING_WEBHOOK_CONFIGURATION,
            {
                "apiVersion": MUTATING_WEBHOOK_CONFIGURATION.api_version,
                "kind": "MutatingWebhookConfiguration",
                "metadata": {"name": CONFIGURATION},
                "webhooks": [{"name": ENTRY, "clientConfig": {"url": URL, **client}}],
            },
        )

    @asynccontextmanager
    async def replica(self, now: Callable[[], datetime] | None = None) -> AsyncIterator[WebhookServer]:
        async def names_for(namespace: str, account: str) -> tuple[str, ...]:
            return ("harbor",)

        server = WebhookServer(
            self.cluster,
            self.cluster,
            webhook_app(names_for, lambda _: None),
            settings=WebhookSettings(port=0, url=URL, configuration=CONFIGURATION, secret=CA),
            namespace=NAMESPACE,
            host="127.0.0.1",
            now=now or (lambda: datetime.now(UTC)),
        )
        running = asyncio.create_task(server.run())
        try:
            yield server
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def configuration(self) -> Object:
        return await self.cluster.get(MUTATING_WEBHOOK_CONFIGURATION, CONFIGURATION)

    async def bundle(self) -> str:
        client = (await self.configuration())["webhooks"][0]["clientConfig"]
        return base64.b64decode(client.get("caBundle", "")).decode()

    async def secret(self) -> Object | None:
        try:
            return await self.cluster.get(SECRET, CA, namespace=NAMESPACE)
        except NotFound:
            return None

    async def patched(self, server: WebhookServer) -> bool:
        """Ask as the API server does, which trusts what the configuration holds; tell whether it answered."""
        bundle = await self.bundle()
        if not server.serving or "BEGIN" not in bundle:
            return False
        trust = ssl.create_default_context(cadata=bundle)
        async with aiohttp.ClientSession() as session:
            try:
                answer = await session.post(
                    f"https://127.0.0.1:{server.port}/serviceaccounts", data=json.dumps(REVIEW), ssl=trust
                )
            except aiohttp.ClientConnectorCertificateError:
                return False
            return "patch" in (await answer.json())["response"]


REVIEW = {
    "request": {
        "uid": "u", "operation": "CREATE", "namespace": "web", "name": "default",
        "resource": {"group": "", "resource": "serviceaccounts"}, "object": {"metadata": {"name": "default"}},
    }
}  # fmt: skip


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with served_sandbox(tmp_path / "kubeconfig") as path, client_of(str(path)) as cluster:
        yield World(cluster)


async def until(wanted: Callable[[], Any]) -> None:
    """Wait for what a replica does by itself, of which nobody tells."""
    async with asyncio.timeout(SECONDS):
        while not await wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_it_serves_what_the_api_server_trusts(world):
    await world.configure()
    async with world.replica() as server:
        await until(lambda: world.patched(server))
        assert server.trouble == ""


async def test_without_a_configuration_nothing_is_made_and_with_one_it_serves(world):
    async with world.replica() as server:
        async with asyncio.timeout(SECONDS):
            while not server._unwanted:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert (server.serving, server.trouble, await world.secret()) == (False, "", None)
        await world.configure()
        await until(lambda: world.patched(server))


async def test_a_reset_configuration_is_mended(world):
    await world.configure(caBundle="Cg==")
    async with world.replica() as server:
        await until(lambda: world.patched(server))
        for reset in ("Cg==", ""):
            configuration = await world.configuration()
            configuration["webhooks"][0]["clientConfig"]["caBundle"] = reset
            patch = {"webhooks": configuration["webhooks"]}
            await world.cluster.patch(
                MUTATING_WEBHOOK_CONFIGURATION,
                CONFIGURATION,
                patch,
                patch_type="application/merge-patch+json",
            )
            await until(lambda: world.patched(server))


async def test_all_replicas_serve_under_one_authority(world):
    await world.configure()
    async with world.replica() as one, world.replica() as two, world.replica() as three:
        for server in (one, two, three):
            await until(lambda server=server: world.patched(server))
        assert len(split_bundle(await world.bundle())) == 1
        assert len({one.port, two.port, three.port}) == 3


async def test_a_lost_authority_is_followed_by_another_and_all_replicas_take_it(world):
    await world.configure()
    async with world.replica() as one, world.replica() as two:
        for server in (one, two):
            await until(lambda server=server: world.patched(server))
        before = await world.bundle()
        await world.cluster.delete(SECRET, CA, namespace=NAMESPACE)

        async def renewed() -> bool:
            return await world.bundle() != before and await world.patched(one) and await world.patched(two)

        await until(renewed)


async def test_while_an_authority_is_rotated_every_replica_stays_trusted(world):
    await world.configure()
    now = datetime.now(UTC)
    await shared_authority(world.cluster, namespace=NAMESPACE, name=CA, now=now - 240 * DAY)
    async with world.replica() as old:
        await until(lambda: world.patched(old))
        async with world.replica(lambda: now + 10 * DAY) as new:

            async def rotated() -> bool:
                return len(split_bundle(await world.bundle())) == 2

            await until(rotated)
            assert await world.patched(old)
            assert new.serving


async def test_its_own_certificate_is_renewed_without_a_restart(world):
    await world.configure()
    times = [datetime.now(UTC)]
    async with world.replica(lambda: times[0]) as server:
        await until(lambda: world.patched(server))
        port, first = server.port, server._pair
        times[0] += timedelta(hours=15)
        server.look()
        await until(lambda: world.patched(server))
        assert server._pair == first
        times[0] += timedelta(hours=2)
        server.look()
        async with asyncio.timeout(SECONDS):
            while server._pair == first:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert server.port == port
        assert first is not None
        presented = await asyncio.to_thread(_presented, port)
        assert presented != ssl.PEM_cert_to_DER_cert(first.pem)


def _presented(port: int) -> bytes:
    """Give the certificate that a server shows, whoever signed it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw) as wrapped:
        shown = wrapped.getpeercert(binary_form=True)
    assert shown is not None
    return shown


async def test_a_secret_of_somebody_else_is_left_alone_and_said(world, caplog):
    await world.configure()
    foreign = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": CA}, "data": {"k": "dg=="}}
    await world.cluster.create(SECRET, foreign, namespace=NAMESPACE)
    async with world.replica() as server:
        async with asyncio.timeout(SECONDS):
            while "left as it is" not in server.trouble:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert not server.serving
    assert (await world.secret() or {})["data"] == {"k": "dg=="}


async def test_a_port_that_is_taken_is_waited_for(world):
    await world.configure()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = WebhookServer(
            world.cluster, world.cluster, aiohttp.web.Application(),
            settings=WebhookSettings(port=port, url=URL), namespace=NAMESPACE, host="127.0.0.1",
        )  # fmt: skip
        running = asyncio.create_task(server.run())
        async with asyncio.timeout(SECONDS):
            while "cannot be listened at" not in server.trouble:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    async with asyncio.timeout(SECONDS):
        while not server.serving:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
