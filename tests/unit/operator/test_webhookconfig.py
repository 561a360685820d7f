"""Our CA in the configuration of webhooks, and nothing else of it."""

import base64
from typing import Any

import pytest

from pullsecret.core.errors import Finding, Invalid, NotFound
from pullsecret.core.objects import MUTATING_WEBHOOK_CONFIGURATION
from pullsecret.operator.webhookconfig import ENTRY, put_bundle
from support.clusters import TestCluster


def webhook(name: str, bundle: str = "") -> dict[str, Any]:
    client = {"service": {"name": "s", "namespace": "ops"}} | ({"caBundle": bundle} if bundle else {})
    return {"name": name, "clientConfig": client, "sideEffects": "None", "admissionReviewVersions": ["v1"]}


def configuration(*webhooks: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": MUTATING_WEBHOOK_CONFIGURATION.api_version,
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "pullsecret"},
        "webhooks": list(webhooks),
    }


@pytest.fixture
def cluster() -> TestCluster:
    return TestCluster()


def put(cluster: TestCluster, *webhooks: dict[str, Any]) -> None:
    cluster.store.create(MUTATING_WEBHOOK_CONFIGURATION, configuration(*webhooks))


async def bundles(cluster: TestCluster) -> dict[str, str]:
    found = await cluster.get(MUTATING_WEBHOOK_CONFIGURATION, "pullsecret")
    return {
        hook["name"]: base64.b64decode(hook["clientConfig"].get("caBundle", "")).decode()
        for hook in found["webhooks"]
    }


async def test_only_our_own_webhook_gets_it_and_only_once(cluster):
    put(cluster, webhook("other.example.com", "QUJD"), webhook(ENTRY), webhook("third.example.com"))
    assert await put_bundle(cluster, "pullsecret", "PEM")
    assert not await put_bundle(cluster, "pullsecret", "PEM")
    assert await bundles(cluster) == {"other.example.com": "ABC", ENTRY: "PEM", "third.example.com": ""}
    assert len(cluster.writes) == 1


async def test_what_somebody_reset_is_put_back(cluster):
    put(cluster, webhook(ENTRY, "Cg=="))
    assert await put_bundle(cluster, "pullsecret", "PEM")
    assert await bundles(cluster) == {ENTRY: "PEM"}


async def test_a_configuration_that_changes_meanwhile_is_read_again(cluster):
    put(cluster, webhook(ENTRY))

    def reorder() -> None:
        found = cluster.store.get(MUTATING_WEBHOOK_CONFIGURATION, "pullsecret")
        found["webhooks"].insert(0, webhook("other.example.com"))
        cluster.store.update(MUTATING_WEBHOOK_CONFIGURATION, found)

    cluster.meddle("patch", reorder)
    assert await put_bundle(cluster, "pullsecret", "PEM")
    assert await bundles(cluster) == {"other.example.com": "", ENTRY: "PEM"}


async def test_one_that_changes_all_the_time_is_given_up(cluster):
    put(cluster, webhook(ENTRY))
    cluster.refuse("patch", Invalid("test failed", status=422), times=5)
    with pytest.raises(Invalid):
        await put_bundle(cluster, "pullsecret", "PEM")


@pytest.mark.parametrize("webhooks", [(), (webhook("other.example.com"),)])
async def test_one_without_our_webhook_is_left_alone(cluster, webhooks):
    put(cluster, *webhooks)
    with pytest.raises(Finding, match="holds no webhook"):
        await put_bundle(cluster, "pullsecret", "PEM")
    assert cluster.writes == []


async def test_none_is_made(cluster):
    with pytest.raises(NotFound):
        await put_bundle(cluster, "pullsecret", "PEM")
    assert cluster.writes == []
