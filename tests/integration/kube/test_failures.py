"""Servers that misbehave: one line that says what and where, and repeats only where that is safe."""

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.errors import (
    ApiError,
    ClusterError,
    ClusterUnreachable,
    Forbidden,
    InvalidInput,
    TooManyRequests,
)
from pullsecret.core.objects import NAMESPACE, SECRET
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube import transport
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.settings import ClusterConfig, Identity, Impersonation
from support.httpserver import Server, json_reply, serving, serving_bytes
from support.showing import all_shown

from .conftest import MakeClient, Waits

Call = Callable[[ClusterClient], Awaitable[Any]]
WITH_TOKEN = Identity(token=Sensitive("hunter2"))
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


async def read(cluster: ClusterClient) -> Any:
    return await cluster.get(NAMESPACE, "web")


async def write(cluster: ClusterClient) -> Any:
    return await cluster.create(SECRET, {"data": {"x": "aHVudGVyMg=="}}, namespace="web")


def answering(data: bytes, *, then: Callable[[], Awaitable[Any]] | None = None) -> Any:
    async def raw(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        if then is not None:
            await then()

    return raw


async def forever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "closed the connection without an answer", id="nothing"),
        pytest.param(
            OK + b"Content-Length: 100\r\n\r\n{", "broke off in the middle of its answer", id="truncated"
        ),
        pytest.param(
            OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", "broke off in the middle", id="chunks"
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "answered something that is not HTTP", id="SSH"),
        pytest.param(
            OK + b"Content-Length: 1\r\n\r\n{", "not the Kubernetes API's JSON", id="half of the JSON"
        ),
        pytest.param(OK + b"Content-Length: 2\r\n\r\n[]", "not the Kubernetes API's JSON", id="a list"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>",
            "not the Kubernetes API's JSON",
            id="HTML",
        ),
        pytest.param(
            b"HTTP/1.1 302 Found\r\nLocation: https://me:hunter2@login.example.com/?token=x\r\n\r\n",
            "redirects to https://login.example.com",
            id="redirect",
        ),
        pytest.param(
            OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx",
            "broke off in the middle",
            id="bad gzip",
        ),
    ],
)
@pytest.mark.parametrize("call", [read, write])
async def test_an_answer_that_is_none(client_of: MakeClient, data: bytes, message: str, call: Call) -> None:
    async with serving_bytes(answering(data)) as server, client_of(server) as cluster:
        with pytest.raises(ClusterUnreachable, match=message) as caught:
            await call(cluster)
    assert caught.value.message.startswith(f"http://127.0.0.1:{server.port}")
    assert caught.value.exit_code == 3
    assert caught.value.hint
    assert "hunter2" not in caught.value.message


async def test_after_a_broken_write_one_should_look(client_of: MakeClient, waits: Waits) -> None:
    async with serving_bytes(answering(b"")) as server, client_of(server) as cluster:
        with pytest.raises(ClusterUnreachable, match="whether the change was made is not known"):
            await write(cluster)
    assert waits.slept == []


async def test_a_broken_read_is_repeated(client_of: MakeClient, waits: Waits) -> None:
    async with serving_bytes(answering(b"")) as server, client_of(server) as cluster:
        with pytest.raises(ClusterUnreachable, match=r"closed the connection without an answer$"):
            await read(cluster)
    assert waits.slept == [0.25, 0.5, 1.0, 2.0]


@pytest.mark.parametrize("compressed", [False, True])
async def test_an_endless_answer(
    client_of: MakeClient, monkeypatch: pytest.MonkeyPatch, compressed: bool
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER", 1_000_000)
    kind = b"Content-Encoding: gzip\r\n" if compressed else b""
    data = gzip.compress(b"x" * 50_000_000) if compressed else b"x" * 2_000_000
    handler = answering(OK + kind + b"Connection: close\r\n\r\n" + data, then=forever)
    async with serving_bytes(handler) as server, client_of(server) as cluster:
        with pytest.raises(ClusterUnreachable, match="the answer does not end") as caught:
            await read(cluster)
    assert caught.value.hint


async def test_an_endless_error(client_of: MakeClient) -> None:
    handler = answering(b"HTTP/1.1 403 No\r\nConnection: close\r\n\r\n" + b"x" * 2_000_000, then=forever)
    async with serving_bytes(handler) as server, client_of(server) as cluster:
        with pytest.raises(Forbidden, match="answered 403 and said: nothing"):
            await read(cluster)


@pytest.mark.parametrize("call", [read, write])
async def test_silence_ends_with_the_time_limit(client_of: MakeClient, call: Call) -> None:
    handler = answering(b"", then=forever)
    async with serving_bytes(handler) as server, client_of(server, request_timeout=0.05) as cluster:
        with pytest.raises(
            ClusterUnreachable, match=f"http://127.0.0.1:{server.port} did not answer in time"
        ):
            await call(cluster)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("call", [read, write])
async def test_nothing_listens(client_of: MakeClient, waits: Waits, call: Call) -> None:
    async with client_of(Server(free_port())) as cluster:
        with pytest.raises(ClusterUnreachable, match=r"nothing listens there$") as caught:
            await call(cluster)
    assert "is the cluster running" in caught.value.hint
    assert waits.slept == [0.25, 0.5]


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
async def test_a_host_that_is_none(host: str, waits: Waits) -> None:
    config = ClusterConfig(f"https://{host}:6443", request_timeout=10)
    async with ClusterClient(config, sleep=waits) as cluster:
        with pytest.raises(ClusterUnreachable, match=host):
            await read(cluster)


def failing(times: int, *, status: int = 503, **headers: str) -> Any:
    left = [times]

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if left[0]:
            left[0] -= 1
            return json_reply({"kind": "Status", "code": status, "message": "busy"}, status=status, **headers)
        return json_reply({"metadata": {"name": "web"}})

    return answer


async def test_a_read_waits_for_a_server_that_is_away(client_of: MakeClient, waits: Waits) -> None:
    async with serving(failing(3)) as server, client_of(server) as cluster:
        assert (await read(cluster))["metadata"]["name"] == "web"
    assert waits.slept == [0.25, 0.5, 1.0]


async def test_a_write_does_not(client_of: MakeClient, waits: Waits) -> None:
    async with serving(failing(1)) as server, client_of(server) as cluster:
        with pytest.raises(ApiError, match="busy"):
            await write(cluster)
        assert len(server.seen) == 1


async def test_a_dry_run_does_as_it_changes_nothing(client_of: MakeClient, waits: Waits) -> None:
    async with serving(failing(1)) as server, client_of(server) as cluster:
        await cluster.create(SECRET, {}, namespace="web", dry_run=True)
        assert len(server.seen) == 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("call", [read, write])
async def test_the_server_s_wish_to_wait_is_honoured(
    client_of: MakeClient, waits: Waits, status: int, call: Call
) -> None:
    async with serving(failing(2, status=status, Retry_After="3")) as server, client_of(server) as cluster:
        await call(cluster)
    assert waits.slept == [3.0, 3.0]


async def test_but_not_for_hours(client_of: MakeClient, waits: Waits) -> None:
    async with serving(failing(9, status=429, Retry_After="3600")) as server, client_of(server) as cluster:
        with pytest.raises(TooManyRequests) as caught:
            await read(cluster)
    assert (caught.value.retry_after, waits.slept) == (3600.0, [])


async def test_no_header_is_smuggled_in_by_a_name(client_of: MakeClient) -> None:
    async with serving(failing(0)) as server:
        async with client_of(server, impersonation=Impersonation("a\r\nX-Evil: 1")) as cluster:
            with pytest.raises(InvalidInput, match="cannot be sent"):
                await read(cluster)
        assert server.seen == []


@pytest.mark.parametrize(
    "data", [b"", b"SSH-2.0\r\n", OK + b"\r\n[]", b"HTTP/1.1 500 x\r\n\r\n", OK + b"\r\n{"]
)
async def test_nothing_that_an_error_shows_holds_the_token_or_what_was_sent(
    client_of: MakeClient, data: bytes
) -> None:
    async with serving_bytes(answering(data)) as server, client_of(server, identity=WITH_TOKEN) as cluster:
        with pytest.raises(ClusterError) as caught:
            await cluster.patch(
                SECRET, "x", {"data": "s3cret"}, patch_type="application/merge-patch+json", namespace="w"
            )
    shown = all_shown(caught.value)
    assert "hunter2" not in shown


async def test_outside_its_context_the_client_says_so() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await read(ClusterClient(ClusterConfig("http://127.0.0.1:1")))
