"""The event stream of a watch, in whatever pieces it comes."""

import asyncio
import json
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from pullsecret.core.errors import ApiError, ClusterUnreachable, Forbidden, Gone
from pullsecret.core.objects import POD, SECRET
from pullsecret.kube import watch
from support.httpserver import Handler, json_reply, serving, serving_bytes

from .conftest import MakeClient, Waits


def event(kind: str, name: str = "web", **more: Any) -> bytes:
    return json.dumps({"type": kind, "object": {"metadata": {"name": name}, **more}}).encode() + b"\n"


def streaming(*pieces: bytes | None) -> Handler:
    """Send these pieces; None breaks the connection off."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in pieces:
            if piece is None:
                assert request.transport is not None
                request.transport.abort()
                return response
            await response.write(piece)
            await asyncio.sleep(0)
        return response

    return answer


async def names(events: Any) -> list[str]:
    return [f"{kind} {obj['metadata']['name']}" async for kind, obj in events]


WHOLE = event("ADDED", "a") + event("MODIFIED", "b") + event("BOOKMARK", "c") + event("DELETED", "d")


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
async def test_events_in_any_pieces(client_of: MakeClient, size: int) -> None:
    pieces = [WHOLE[start : start + size] for start in range(0, len(WHOLE), size)]
    async with serving(streaming(*pieces)) as server, client_of(server) as cluster:
        assert await names(cluster.watch(POD, namespace="web")) == [
            "ADDED a",
            "MODIFIED b",
            "BOOKMARK c",
            "DELETED d",
        ]


async def test_an_event_may_be_larger_than_a_line_of_aiohttp_s(client_of: MakeClient) -> None:
    big = event("ADDED", "big", data={"x": "y" * 3_000_000})
    async with serving(streaming(big)) as server, client_of(server) as cluster:
        assert await names(cluster.watch(SECRET)) == ["ADDED big"]


async def test_what_is_asked_for(client_of: MakeClient) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["Accept"] == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
        obj = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "web"}}
        return web.Response(body=json.dumps({"type": "ADDED", "object": obj}).encode() + b"\n")

    async with serving(answer) as server, client_of(server) as cluster:
        events = cluster.watch(
            SECRET, namespace="web", resource_version="7", field_selector="metadata.name=a",
            label_selector="b=c", metadata_only=True, timeout=42,
        )  # fmt: skip
        assert [obj async for _, obj in events] == [
            {"metadata": {"name": "web"}, "kind": "Secret", "apiVersion": "v1"}
        ]
        address = urlsplit(server.seen[0].path)
        assert address.path == "/api/v1/namespaces/web/secrets"
        assert parse_qs(address.query) == {
            "watch": ["true"], "allowWatchBookmarks": ["true"], "resourceVersion": ["7"],
            "labelSelector": ["b=c"], "fieldSelector": ["metadata.name=a"], "timeoutSeconds": ["42"],
        }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param({"code": 410, "reason": "Expired", "message": "too old"}, Gone, id="410"),
        pytest.param({"code": 410, "reason": "Gone", "message": "too old"}, Gone, id="gone"),
        pytest.param({"code": 500, "message": "no"}, ApiError, id="500"),
    ],
)
async def test_an_error_event_is_raised(
    client_of: MakeClient, status: dict[str, Any], kind: type[ApiError]
) -> None:
    data = json.dumps({"type": "ERROR", "object": {"kind": "Status", **status}}).encode() + b"\n"
    async with serving(streaming(event("ADDED"), data)) as server, client_of(server) as cluster:
        events = cluster.watch(POD)
        assert (await anext(events))[0] == "ADDED"
        with pytest.raises(kind):
            await anext(events)


@pytest.mark.parametrize(("status", "kind"), [(410, Gone), (403, Forbidden)])
async def test_an_answer_that_is_an_error_is_raised(
    client_of: MakeClient, status: int, kind: type[ApiError]
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return json_reply({"kind": "Status", "code": status}, status=status)

    async with serving(answer) as server, client_of(server) as cluster:
        with pytest.raises(kind):
            await anext(cluster.watch(POD))


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        pytest.param([None], "broke off in the middle", id="broken off between events"),
        pytest.param([b'{"type": "ADD', None], "broke off in the middle", id="broken off in an event"),
        pytest.param([b'{"type": "ADD'], "broke off in the middle of an event", id="ended in an event"),
        pytest.param([b"<html>\n"], "something that is no event", id="HTML"),
        pytest.param([b'{"type": 1, "object": {}}\n'], "something that is no event", id="odd type"),
        pytest.param([b'{"type": "ADDED"}\n'], "something that is no event", id="no object"),
        pytest.param([b"[]\n"], "something that is no event", id="a list"),
        pytest.param([b"x" * 2_000_000], "an event that does not end", id="endless"),
    ],
)
async def test_a_broken_stream_is_told(
    client_of: MakeClient, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes | None], message: str
) -> None:
    monkeypatch.setattr(watch, "MAX_EVENT", 1_000_000)
    async with serving(streaming(event("ADDED"), *pieces)) as server, client_of(server) as cluster:
        events = cluster.watch(POD)
        assert (await anext(events))[0] == "ADDED"
        with pytest.raises(ClusterUnreachable, match=message):
            await anext(events)


async def test_a_silent_server_is_noticed(client_of: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(event("ADDED"))
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(answer) as server, client_of(server) as cluster:
        events = cluster.watch(POD, timeout=40)
        assert (await anext(events))[0] == "ADDED"
        silence, loop = 40 + watch.GRACE, asyncio.get_running_loop()
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + silence)  # so long, in which nothing came
        with pytest.raises(
            ClusterUnreachable, match=f"sent nothing on a watch of pods for {silence:g} seconds"
        ):
            await anext(events)


async def test_a_server_that_is_away_for_a_moment(client_of: MakeClient, waits: Waits) -> None:
    away = [503, 503]

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return json_reply({}, status=away.pop()) if away else web.Response(body=WHOLE)

    async with serving(answer) as server, client_of(server) as cluster:
        assert len(await names(cluster.watch(POD))) == 4
    assert waits.slept == [0.25, 0.5]


async def test_leaving_early_closes_the_stream(client_of: MakeClient) -> None:
    closed = asyncio.Event()

    async def raw(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + event("ADDED"))
        assert await reader.read() == b""
        closed.set()

    async with serving_bytes(raw) as server, client_of(server) as cluster:
        async with aclosing(cluster.watch(POD)) as events:
            async for kind, _ in events:
                assert kind == "ADDED"
                break
        async with asyncio.timeout(5):
            await closed.wait()
