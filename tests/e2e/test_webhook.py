"""The webhook and the real API server: names at creation while it answers, no harm while it does not."""

import asyncio
import base64
import json
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pullsecret.core.objects import MUTATING_WEBHOOK_CONFIGURATION, NAMESPACE, SECRET, SERVICE_ACCOUNT, Object
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.policy.names import EXCLUDE
from pullsecret.kube.client import ClusterClient
from pullsecret.operator.authority import shared_authority
from pullsecret.operator.certificates import split_bundle
from pullsecret.operator.settings import WebhookSettings
from pullsecret.operator.webhook import webhook_app
from pullsecret.operator.webhookconfig import ENTRY
from pullsecret.operator.webhookserver import WebhookServer
from support.contract import Kubectl
from support.httpserver import serving_bytes
from support.realcluster import WEBHOOK_HOST, until

Figure = Callable[[str], None]
MERGE = "application/merge-patch+json"
MOST = 2.0
"""Seconds that a namespace may take to come up whatever state the webhook is in."""


@dataclass
class Stage:
    """Namespaces that only our configuration is about, made by kubectl as a person would."""

    cluster: ClusterClient
    kubectl: Kubectl
    mark: str = field(default_factory=lambda: f"e2e-{secrets.token_hex(4)}")
    made: list[str] = field(default_factory=list)

    @property
    def settings(self) -> WebhookSettings:
        return WebhookSettings(
            port=0, url=f"https://{WEBHOOK_HOST}:1/x", configuration=self.mark, secret=self.mark
        )

    async def configure(self, port: int, **client: Any) -> None:
        """Have the API server ask a port of this machine about the namespaces of this test."""
        url = f"https://{WEBHOOK_HOST}:{port}/serviceaccounts"
        accounts = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                    "resources": ["serviceaccounts"]}  # fmt: skip
        webhook = {
            "name": ENTRY, "admissionReviewVersions": ["v1"], "clientConfig": {"url": url, **client},
            "rules": [accounts], "failurePolicy": "Ignore", "sideEffects": "None", "timeoutSeconds": 1,
            "namespaceSelector": {"matchLabels": {"e2e": self.mark}},
        }  # fmt: skip
        await self.cluster.create(
            MUTATING_WEBHOOK_CONFIGURATION,
            {
                "apiVersion": MUTATING_WEBHOOK_CONFIGURATION.api_version,
                "kind": "MutatingWebhookConfiguration",
                "metadata": {"name": self.mark},
                "webhooks": [webhook],
            },
        )

    async def redirect(self, port: int) -> None:
        """Lead the API server to another port; our CA goes with it, as by a careless upgrade."""
        found = await self.cluster.get(MUTATING_WEBHOOK_CONFIGURATION, self.mark)
        found["webhooks"][0]["clientConfig"] = {"url": f"https://{WEBHOOK_HOST}:{port}/serviceaccounts"}
        patch = {"webhooks": found["webhooks"]}
        await self.cluster.patch(MUTATING_WEBHOOK_CONFIGURATION, self.mark, patch, patch_type=MERGE)

    async def bundle(self) -> str:
        found = await self.cluster.get(MUTATING_WEBHOOK_CONFIGURATION, self.mark)
        return base64.b64decode(found["webhooks"][0]["clientConfig"].get("caBundle", "")).decode()

    async def namespace(self) -> tuple[Object, float]:
        """Make a namespace; give its `default` as first seen, and the seconds from kubectl's answer on."""
        name = f"{self.mark}-{len(self.made)}"
        self.made.append(name)
        labels = {"e2e": self.mark}
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        await self.kubectl("create", "-f", "-", stdin=json.dumps(manifest))
        began = time.monotonic()
        account = await until(
            self.cluster, SERVICE_ACCOUNT, name, lambda sa: sa["metadata"]["name"] == "default"
        )
        return account, time.monotonic() - began

    async def until_mended(self) -> None:
        """Wait until a namespace has the name at creation: the API server hears of changes a moment later."""
        async with asyncio.timeout(20):
            while not names(await self.namespace()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)


def names(made: tuple[Object, float]) -> list[str]:
    return [entry["name"] for entry in made[0].get("imagePullSecrets") or []]


@pytest.fixture
def figure(capsys: pytest.CaptureFixture[str]) -> Figure:
    """Print what was measured, also where all is well."""

    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")  # noqa: T201

    return show


@pytest.fixture
async def stage(cluster: ClusterClient, real: dict[str, str], tmp_path: Path) -> AsyncIterator[Stage]:
    path = shutil.which("kubectl")
    if path is None:
        pytest.skip("kubectl is not installed")
    made = Stage(cluster, Kubectl(path, real["KUBECONFIG"], "default", str(tmp_path)))
    yield made
    await cluster.delete(MUTATING_WEBHOOK_CONFIGURATION, made.mark)
    for name in made.made:
        await cluster.delete(NAMESPACE, name)


@pytest.fixture
async def hook(cluster: ClusterClient, stage: Stage) -> AsyncIterator[WebhookServer]:
    """A webhook that wants one name everywhere, before the API server knows of it."""

    async def names_for(namespace: str, account: str) -> tuple[str, ...]:
        return ("harbor",)

    app = webhook_app(names_for, lambda _: None)
    server = WebhookServer(
        cluster, cluster, app, settings=stage.settings, namespace="default", host=WEBHOOK_HOST
    )
    await stage.configure(1)
    running = asyncio.create_task(server.run())
    async with asyncio.timeout(20):
        while not server.serving:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await stage.redirect(server.port)
    yield server
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await cluster.delete(SECRET, stage.mark, namespace="default")


async def test_every_namespace_has_the_name_from_its_creation_on(
    stage: Stage, hook: WebhookServer, figure: Figure
) -> None:
    await stage.until_mended()
    made = [await stage.namespace() for _ in range(10)]
    assert [names(one) for one in made] == [["harbor"]] * 10
    assert all(attached_by_us(account) == ("harbor",) for account, _ in made)
    figure(f"namespaces with the webhook: slowest of 10 {max(seconds for _, seconds in made):.2f} s")


async def test_names_that_somebody_takes_off_come_back_and_those_of_others_stay(
    stage: Stage, hook: WebhookServer, cluster: ClusterClient
) -> None:
    await stage.until_mended()
    account, _ = await stage.namespace()
    name, namespace = account["metadata"]["name"], account["metadata"]["namespace"]
    for entries in ([], [{"name": "theirs"}], [{"name": "harbor"}, {"name": "theirs"}]):
        patch = {"imagePullSecrets": entries}
        after = await cluster.patch(SERVICE_ACCOUNT, name, patch, patch_type=MERGE, namespace=namespace)
        given = [entry["name"] for entry in entries]
        assert names((after, 0)) == [*given, *(["harbor"] if "harbor" not in given else [])]
        assert attached_by_us(after) == ("harbor",)


async def test_an_account_that_opts_out_is_left_alone_and_a_dry_run_leaves_nothing(
    stage: Stage, hook: WebhookServer, cluster: ClusterClient
) -> None:
    await stage.until_mended()
    account, _ = await stage.namespace()
    namespace = account["metadata"]["namespace"]

    async def made(name: str, *, dry_run: bool = False, **metadata: Any) -> list[str]:
        obj = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, **metadata}}
        return names((await cluster.create(SERVICE_ACCOUNT, obj, namespace=namespace, dry_run=dry_run), 0))

    assert await made("out", annotations={EXCLUDE: "true"}) == []
    assert await made("labelled", labels={EXCLUDE: "true"}) == []
    assert await made("dry", dry_run=True) == ["harbor"]
    assert await made("in") == ["harbor"]
    there = {found["metadata"]["name"] for found in await cluster.list(SERVICE_ACCOUNT, namespace=namespace)}
    assert there == {"default", "out", "labelled", "in"}


async def test_a_configuration_that_lost_our_ca_is_mended(stage: Stage, hook: WebhookServer) -> None:
    await stage.until_mended()
    await stage.redirect(hook.port)
    await stage.until_mended()


async def test_a_lost_authority_is_followed_by_another(
    stage: Stage, hook: WebhookServer, cluster: ClusterClient
) -> None:
    await stage.until_mended()
    pair = hook._pair
    await cluster.delete(SECRET, stage.mark, namespace="default")
    async with asyncio.timeout(20):
        while hook._pair == pair:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await stage.until_mended()


async def test_while_the_authority_is_rotated_what_the_old_one_signed_is_trusted(
    stage: Stage, hook: WebhookServer, cluster: ClusterClient
) -> None:
    await stage.until_mended()
    pair, later = hook._pair, datetime.now(UTC) + timedelta(days=250)
    await shared_authority(cluster, namespace="default", name=stage.mark, now=later)
    async with asyncio.timeout(20):
        while len(split_bundle(await stage.bundle())) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await asyncio.sleep(1)  # until the API server has heard of it, of which it tells nobody
    assert [names(await stage.namespace()) for _ in range(3)] == [["harbor"]] * 3
    assert hook._pair == pair


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a connection and never say a word."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("state", ["down", "black-holed"])
async def test_without_an_answer_namespaces_come_up_all_the_same(
    stage: Stage, state: str, figure: Figure
) -> None:
    async with serving_bytes(silence, WEBHOOK_HOST) as server:
        await stage.configure(1 if state == "down" else server.port)
        await asyncio.sleep(1)  # until the API server has heard of it, of which it tells nobody
        made = [await stage.namespace() for _ in range(5)]
    slowest = max(seconds for _, seconds in made)
    figure(f"namespaces with the webhook {state}: slowest of 5 {slowest:.2f} s")
    assert slowest < MOST
    assert [names(one) for one in made] == [[]] * 5
    if state == "black-holed":  # else nobody was asked, and the test shows nothing
        assert slowest > 0.9
