"""Answers that are JSON with a happy status, and not what an API server says: one line, exit code 3."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.errors import ClusterUnreachable
from pullsecret.core.objects import POD, SECRET
from pullsecret.kube.client import ClusterClient
from support.httpserver import Handler, serving, serving_bytes

from .conftest import MakeClient

Call = Callable[[ClusterClient], Awaitable[Any]]


def replying(body: Any) -> Handler:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=json.dumps(body).encode() + b"\n", content_type="application/json")

    return answer


async def listed(cluster: ClusterClient) -> Any:
    return await cluster.list(SECRET)


async def got(cluster: ClusterClient) -> Any:
    return await cluster.get(SECRET, "a", namespace="web")


async def created(cluster: ClusterClient) -> Any:
    return await cluster.create(SECRET, {"metadata": {"name": "a"}}, namespace="web")


async def patched(cluster: ClusterClient) -> Any:
    return await cluster.patch(
        SECRET, "a", {}, patch_type="application/merge-patch+json", namespace="web", dry_run=True
    )


async def versions(cluster: ClusterClient) -> Any:
    return await cluster.discovery.versions()


async def kinds(cluster: ClusterClient) -> Any:
    return await cluster.discovery.kinds("apps/v1")


async def evicted(cluster: ClusterClient) -> Any:
    await cluster.evict("a", namespace="web")


async def watched(cluster: ClusterClient) -> Any:
    return await anext(cluster.watch(POD))


@pytest.mark.parametrize(
    ("call", "body", "words"),
    [
        pytest.param(listed, {}, "an object without 'items', where a list of secrets", id="list-empty"),
        pytest.param(listed, {"items": "x"}, "'items' that is text", id="list-text"),
        pytest.param(listed, {"items": {}}, "'items' that is an object", id="list-object"),
        pytest.param(listed, {"items": [1]}, "'items' that holds a number", id="list-number"),
        pytest.param(listed, {"items": [None]}, "'items' that holds null", id="list-null"),
        pytest.param(listed, {"items": [{"metadata": 3}]}, "'metadata' that is a number", id="list-metadata"),
        pytest.param(listed, {"items": [], "metadata": []}, "'metadata' that is a list", id="list-own"),
        pytest.param(listed, [], "a list that is not the Kubernetes API's JSON", id="list-list"),
        pytest.param(listed, "x", "text that is not the Kubernetes", id="list-string"),
        pytest.param(got, {}, "an object without 'metadata', where one of secrets", id="get-empty"),
        pytest.param(got, {"metadata": 3}, "'metadata' that is a number", id="get-number"),
        pytest.param(got, {"metadata": None}, "'metadata' that is null", id="get-null"),
        pytest.param(got, {"metadata": {}, "kind": "Status"}, "a Status", id="get-status"),
        pytest.param(got, [{"metadata": {}}], "a list that is not the", id="get-list"),
        pytest.param(got, "x", "text that is not the", id="get-string"),
        pytest.param(got, True, "true or false that is not the", id="get-boolean"),
        pytest.param(created, {"metadata": "x"}, "'metadata' that is text", id="create"),
        pytest.param(patched, {"ok": True}, "without 'metadata'", id="patch"),
        pytest.param(versions, {}, "without 'groups'", id="groups-none"),
        pytest.param(versions, {"groups": 1}, "'groups' that is a number", id="groups-number"),
        pytest.param(versions, {"groups": ["x"]}, "'groups' that holds text", id="groups-text"),
        pytest.param(
            versions, {"groups": [{"versions": 1}]}, "'versions' that is a number", id="group-versions"
        ),
        pytest.param(
            versions, {"groups": [{"preferredVersion": 1}]}, "'preferredVersion' that is", id="preferred"
        ),
        pytest.param(kinds, {}, "without 'resources'", id="resources-none"),
        pytest.param(kinds, {"resources": "x"}, "'resources' that is text", id="resources-text"),
        pytest.param(
            kinds, {"resources": [{"name": "x", "shortNames": 1}]}, "'shortNames' that is", id="short-names"
        ),
        pytest.param(evicted, {"resources": [0]}, "'resources' that holds a number", id="evict"),
        pytest.param(watched, {"type": "ADDED", "object": {}}, "without 'metadata'", id="watch"),
        pytest.param(watched, {"type": "ADDED", "object": {"metadata": 1}}, "'metadata' that", id="watch-1"),
    ],
)
async def test_json_of_another_shape(client_of: MakeClient, call: Call, body: Any, words: str) -> None:
    async with serving(replying(body)) as server, client_of(server) as cluster:
        with pytest.raises(ClusterUnreachable) as caught:
            await call(cluster)
        assert caught.value.message.startswith(f"http://127.0.0.1:{server.port} answered with ")
    assert words in caught.value.message
    assert "Kubernetes API server" in caught.value.hint
    assert "proxy" in caught.value.hint
    assert caught.value.exit_code == 3


async def test_a_list_that_go_leaves_null_is_empty(client_of: MakeClient) -> None:
    async with serving(replying({"items": None})) as server, client_of(server) as cluster:
        assert await cluster.list(SECRET) == []


async def test_a_large_body_is_sent_whole_and_without_a_warning(client_of: MakeClient) -> None:
    received: list[bytes] = []

    async def raw(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)\r\n", head)
        assert length is not None
        received.append(await reader.readexactly(int(length[1])))
        writer.write(b'HTTP/1.1 201 Created\r\nContent-Length: 15\r\n\r\n{"metadata":{}}')
        await writer.drain()

    obj = {"data": {"x": "y" * 1_500_000}}
    async with serving_bytes(raw) as server, client_of(server) as cluster:
        assert await cluster.create(SECRET, obj, namespace="web") == {"metadata": {}}
    assert json.loads(received[0]) == obj
