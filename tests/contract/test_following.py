"""Following objects: a snapshot first, then each change, through streams that end."""

import asyncio
from collections.abc import Callable
from typing import Any

from pullsecret.core.calls import Call
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from pullsecret.kube.pace import Pace
from support.contract import MERGE_PATCH, pull_secret, secret
from support.following import Seen, seen_by


def labelled(seen: Seen, namespace: str, name: str, value: str) -> bool:
    found = seen.objects.get((namespace, name), {"metadata": {}})
    return found["metadata"].get("labels", {}).get("x") == value


async def test_what_is_there_and_what_happens(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, pull_secret("a"), namespace=namespace)
    only = "type=kubernetes.io/dockerconfigjson"
    followed = cluster.follow(SECRET, namespace=namespace, field_selector=only)
    async with seen_by(followed) as seen:
        await seen.until(lambda: (namespace, "a") in seen.objects)
        await cluster.create(SECRET, pull_secret("b"), namespace=namespace)
        await cluster.create(SECRET, secret("other"), namespace=namespace)
        patch = {"metadata": {"labels": {"x": "y"}}}
        await cluster.patch(SECRET, "a", patch, patch_type=MERGE_PATCH, namespace=namespace)
        await seen.until(lambda: labelled(seen, namespace, "a", "y") and len(seen.objects) == 2)
        await cluster.delete(SECRET, "a", namespace=namespace)
        await seen.until(lambda: set(seen.objects) == {(namespace, "b")})
        assert seen.snapshots == 1
        assert followed.failure is None
        assert followed.age < 20


async def test_one_name_in_all_namespaces(cluster: ClusterClient, new_namespace: Callable[[], Any]) -> None:
    one, other = await new_namespace(), await new_namespace()
    async with seen_by(cluster.follow(SECRET, field_selector=f"metadata.name={one}")) as seen:
        await seen.until(lambda: seen.snapshots)
        for namespace in (other, one):
            await cluster.create(SECRET, secret(one), namespace=namespace)
        await cluster.create(SECRET, secret("another"), namespace=one)
        await seen.until(lambda: set(seen.objects) == {(one, one), (other, one)})


async def test_metadata_alone(cluster: ClusterClient, new_namespace: Callable[[], Any]) -> None:
    before = await new_namespace()
    async with seen_by(cluster.follow(NAMESPACE, metadata_only=True)) as seen:
        await seen.until(lambda: ("", before) in seen.objects)
        after = await new_namespace()
        await seen.until(lambda: ("", after) in seen.objects)
        for name in (before, after):
            assert set(seen.objects["", name]) == {"apiVersion", "kind", "metadata"}
            assert seen.objects["", name]["kind"] == "Namespace"


async def test_one_namespace_alone(
    cluster: ClusterClient, new_namespace: Callable[[], Any], kubeconfig: str
) -> None:
    """By its own path, for which a Role in it suffices; it may go, and come again, while nobody looks."""
    name, other = await new_namespace(), await new_namespace()
    only = f"metadata.name={name}"
    calls: list[Call] = []
    config = load({"KUBECONFIG": kubeconfig})
    pace = Pace(lasting=1, between=0.2)
    async with ClusterClient(config, pace=pace, jitter=lambda: 0.0, observe=calls.append) as client:
        followed = client.follow(NAMESPACE, field_selector=only, metadata_only=True)
        async with seen_by(followed) as seen:
            await seen.until(lambda: set(seen.objects) == {("", name)})
            for value in "abc":
                patch = {"metadata": {"labels": {"x": value}}}
                await cluster.patch(NAMESPACE, name, patch, patch_type=MERGE_PATCH)
                await cluster.patch(NAMESPACE, other, patch, patch_type=MERGE_PATCH)
                await seen.until(lambda value=value: labelled(seen, "", name, value))
                await asyncio.sleep(0.5)  # streams end meanwhile
            await cluster.delete(NAMESPACE, name)
            await seen.until(lambda: not seen.objects)
            await asyncio.sleep(1.5)
            await cluster.create(NAMESPACE, {"metadata": {"name": name}})
            await seen.until(lambda: set(seen.objects) == {("", name)})
            assert set(seen.objects["", name]) == {"apiVersion", "kind", "metadata"}
            assert seen.objects["", name]["kind"] == "Namespace"
            assert followed.failure is None
    paths = {call.address.partition("/api/v1/")[2] for call in calls}
    assert paths == {f"namespaces/{name}", f"watch/namespaces/{name}"}


async def test_a_namespace_that_is_not_there_yet(
    cluster: ClusterClient, new_namespace: Callable[[], Any]
) -> None:
    name = f"{await new_namespace()}-late"
    async with seen_by(cluster.follow(NAMESPACE, field_selector=f"metadata.name={name}")) as seen:
        await seen.until(lambda: seen.snapshots)
        assert seen.objects == {}
        await cluster.create(NAMESPACE, {"metadata": {"name": name}})
        await seen.until(lambda: seen.objects)
        await cluster.delete(NAMESPACE, name)
        await seen.until(lambda: not seen.objects)


async def test_more_than_a_page(cluster: ClusterClient, namespace: str) -> None:
    async def make(name: str) -> None:
        await cluster.create(SERVICE_ACCOUNT, {"metadata": {"name": name}}, namespace=namespace)

    names = [f"a{number}" for number in range(520)]
    for start in range(0, len(names), 40):
        await asyncio.gather(*(make(name) for name in names[start : start + 40]))
    async with seen_by(cluster.follow(SERVICE_ACCOUNT, namespace=namespace)) as seen:
        await seen.until(lambda: {(namespace, name) for name in names} <= set(seen.objects))
        assert seen.snapshots == 1


async def test_it_goes_on_when_the_server_ends_the_stream(kubeconfig: str, namespace: str) -> None:
    config = load({"KUBECONFIG": kubeconfig})
    async with ClusterClient(config, pace=Pace(lasting=1, between=0.5), jitter=lambda: 0.0) as cluster:
        followed = cluster.follow(SECRET, namespace=namespace, label_selector="followed=yes")
        async with seen_by(followed) as seen:
            for number in range(6):
                obj = secret(f"s{number}")
                obj["metadata"]["labels"] = {"followed": "yes"}
                await cluster.create(SECRET, obj, namespace=namespace)
                await seen.until(lambda number=number: (namespace, f"s{number}") in seen.objects)
                await asyncio.sleep(0.7)  # streams end meanwhile
            assert seen.snapshots == 1
            assert followed.failure is None


async def test_a_silent_stream_is_opened_again(kubeconfig: str, namespace: str) -> None:
    """Nothing happens, and bookmarks come too seldom for so short a limit."""
    async with ClusterClient(load({"KUBECONFIG": kubeconfig}), pace=Pace(silence=1)) as cluster:
        followed = cluster.follow(SECRET, namespace=namespace, label_selector="followed=yes")
        async with seen_by(followed) as seen:
            await seen.until(lambda: seen.snapshots == 2)
            obj = secret("late")
            obj["metadata"]["labels"] = {"followed": "yes"}
            await cluster.create(SECRET, obj, namespace=namespace)
            await seen.until(lambda: (namespace, "late") in seen.objects)
