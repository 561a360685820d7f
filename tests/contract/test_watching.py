"""Watches: from a version on, from what is there, through selectors, and from too long ago."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pullsecret.core.errors import Gone
from pullsecret.core.objects import SECRET, Object
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, pull_secret, secret

Told = tuple[str, str]


async def told(events: AsyncIterator[tuple[str, Object]], count: int) -> list[Told]:
    """Give so many events, bookmarks left out, as their types and the names of their objects."""
    found: list[Told] = []

    async def collect() -> None:
        async for kind, obj in events:
            if kind != "BOOKMARK":
                found.append((kind, obj["metadata"]["name"]))
            if len(found) == count:
                return

    await asyncio.wait_for(collect(), 10)
    return found


@pytest.fixture
def label(cluster: ClusterClient, namespace: str) -> Callable[[str, str | None], Any]:
    async def change(name: str, value: str | None) -> Object:
        patch = {"metadata": {"labels": {"x": value}}}
        return await cluster.patch(SECRET, name, patch, patch_type=MERGE_PATCH, namespace=namespace)

    return change


async def test_from_a_version_on(cluster: ClusterClient, namespace: str, label: Any) -> None:
    await cluster.create(SECRET, secret("before"), namespace=namespace)
    listing = await cluster.listing(SECRET, namespace=namespace)
    await cluster.create(SECRET, secret("missed"), namespace=namespace)
    events = cluster.watch(SECRET, namespace=namespace, resource_version=listing.resource_version)
    assert await told(events, 1) == [("ADDED", "missed")]
    await label("missed", "y")
    await cluster.delete(SECRET, "before", namespace=namespace)
    await cluster.delete(SECRET, "missed", namespace=namespace)
    assert await told(events, 3) == [("MODIFIED", "missed"), ("DELETED", "before"), ("DELETED", "missed")]


async def test_from_what_is_there(cluster: ClusterClient, namespace: str) -> None:
    for name in "ab":
        await cluster.create(SECRET, pull_secret(name), namespace=namespace)
    only = "type=kubernetes.io/dockerconfigjson"
    events = cluster.watch(SECRET, namespace=namespace, field_selector=only)
    assert sorted(await told(events, 2)) == [("ADDED", "a"), ("ADDED", "b")]
    await cluster.create(SECRET, pull_secret("c"), namespace=namespace)
    assert await told(events, 1) == [("ADDED", "c")]


async def test_one_name_in_all_namespaces(cluster: ClusterClient, new_namespace: Callable[[], Any]) -> None:
    one, other = await new_namespace(), await new_namespace()
    listing = await cluster.listing(SECRET, field_selector=f"metadata.name={one}")
    selector = f"metadata.name={one}"
    events = cluster.watch(SECRET, field_selector=selector, resource_version=listing.resource_version)
    await cluster.create(SECRET, secret("another"), namespace=one)
    await cluster.create(SECRET, secret(one), namespace=other)
    await cluster.create(SECRET, secret(one), namespace=one)
    assert await told(events, 2) == [("ADDED", one), ("ADDED", one)]


async def test_what_comes_and_goes_by_its_labels(cluster: ClusterClient, namespace: str, label: Any) -> None:
    await cluster.create(SECRET, secret("a"), namespace=namespace)
    listing = await cluster.listing(SECRET, namespace=namespace, label_selector="x=y")
    assert listing.items == []
    events = cluster.watch(
        SECRET, namespace=namespace, label_selector="x=y", resource_version=listing.resource_version
    )
    for value in ("n", "y", "y", "n", "y"):
        await label("a", value)
    await cluster.patch(SECRET, "a", {"stringData": {"p": "q"}}, patch_type=MERGE_PATCH, namespace=namespace)
    await label("a", None)
    await cluster.delete(SECRET, "a", namespace=namespace)
    expected = ["ADDED", "DELETED", "ADDED", "MODIFIED", "DELETED"]
    assert await told(events, 5) == [(kind, "a") for kind in expected]


async def test_metadata_alone(cluster: ClusterClient, namespace: str) -> None:
    listing = await cluster.listing(SECRET, namespace=namespace, metadata_only=True)
    events = cluster.watch(
        SECRET, namespace=namespace, resource_version=listing.resource_version, metadata_only=True
    )
    await cluster.create(SECRET, pull_secret("a"), namespace=namespace)
    async for kind, obj in events:
        assert kind == "ADDED"
        assert set(obj) == {"kind", "apiVersion", "metadata"}
        break


async def test_a_version_of_long_ago_is_gone(cluster: ClusterClient) -> None:
    events = cluster.watch(SECRET, resource_version="1")
    with pytest.raises(Gone) as caught:
        await told(events, 1)
    assert caught.value.message.startswith("too old resource version: 1 (")


async def test_a_watch_ends_when_its_time_is_over(cluster: ClusterClient, namespace: str) -> None:
    listing = await cluster.listing(SECRET, namespace=namespace)
    events = cluster.watch(SECRET, namespace=namespace, resource_version=listing.resource_version, timeout=1)
    assert [kind async for kind, _ in events if kind != "BOOKMARK"] == []


async def test_a_deletion_has_a_version_of_its_own(cluster: ClusterClient, namespace: str) -> None:
    made = await cluster.create(SECRET, secret("a"), namespace=namespace)
    version = made["metadata"]["resourceVersion"]
    events = cluster.watch(SECRET, namespace=namespace, resource_version=version)
    await cluster.delete(SECRET, "a", namespace=namespace)
    async for kind, obj in events:
        assert kind == "DELETED"
        assert int(obj["metadata"]["resourceVersion"]) > int(version)
        break
