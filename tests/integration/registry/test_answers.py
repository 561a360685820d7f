"""Registries that answer in every way but the right one: one cause each, quickly, and no endless reading."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.exchange import CONTENT_LIMIT, ERROR_LIMIT
from pullsecret.core.images import ImageReference
from pullsecret.core.sensitive import Sensitive
from pullsecret.registry.client import RegistryClient
from support.httpserver import serving, serving_bytes
from support.registryhandlers import (
    DIGEST,
    INDEX,
    BearerRegistry,
    basic_registry,
    failure_of,
    open_registry,
    refusal,
)

MakeClient = Callable[..., RegistryClient]
MANIFEST = "/v2/team/app/manifests/1.0"


def image(host: str) -> ImageReference:
    return ImageReference.parse(f"{host}/team/app:1.0")


async def test_a_manifest(client: MakeClient, admin: Credential) -> None:
    async with serving(basic_registry("admin", "correct-horse")) as server, client() as registries:
        manifest = await registries.manifest(image(server.host), admin)
        login = await registries.login(server.host, admin)
    assert (manifest.digest, manifest.platforms, manifest.size) == (DIGEST, ("linux/amd64",), len(INDEX))
    assert (login.proven, login.scheme) == (True, "basic")
    assert [(seen.method, seen.path) for seen in server.seen] == [
        ("GET", "/v2/"), ("GET", "/v2/"), ("HEAD", MANIFEST), ("GET", f"/v2/team/app/manifests/{DIGEST}"),
    ]  # fmt: skip


async def test_a_token_serves_for_head_and_get(client: MakeClient, admin: Credential) -> None:
    registry = BearerRegistry("admin", "correct-horse")
    async with serving(registry) as server, client() as registries:
        await registries.manifest(image(server.host), admin)
    assert registry.given == 2, "one for the login, one for the repository"
    assert server.lines[-2:] == [
        f"HEAD {MANIFEST} Bearer token-2", f"GET /v2/team/app/manifests/{DIGEST} Bearer token-2",
    ]  # fmt: skip


async def test_a_refresh_token_is_posted(client: MakeClient) -> None:
    registry = BearerRegistry("", "")
    registry.expected = ""
    credential = Credential(identity_token=Sensitive("refresh-me"))
    async with serving(registry) as server, client() as registries:
        assert (await registries.login(server.host, credential)).proven
    (post,) = [seen for seen in server.seen if seen.method == "POST"]
    assert post.body == "grant_type=refresh_token&client_id=pullsecret&service=test&refresh_token=refresh-me"


async def endless(request: web.BaseRequest, status: int) -> web.StreamResponse:
    response = web.StreamResponse(status=status)
    await response.prepare(request)
    try:
        while True:
            await response.write(b"x" * 65536)
    except (ConnectionError, asyncio.CancelledError):
        return response


@pytest.mark.parametrize(
    ("status", "path", "cause", "says"),
    [
        pytest.param(200, MANIFEST, Cause.REGISTRY_ERROR, f"more than {CONTENT_LIMIT} bytes", id="manifest"),
        pytest.param(200, "/v2/", Cause.REGISTRY_ERROR, f"more than {ERROR_LIMIT} bytes", id="ping"),
        pytest.param(500, MANIFEST, Cause.REGISTRY_ERROR, "500", id="error"),
        pytest.param(404, MANIFEST, Cause.IMAGE_NOT_FOUND, "404", id="not-found"),
    ],
)
async def test_a_body_without_end_is_not_read_to_its_end(
    client: MakeClient, status: int, path: str, cause: Cause, says: str
) -> None:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == path and request.method == "GET":
            return await endless(request, status)
        return await open_registry({MANIFEST: web.Response})(request)

    async with serving(handle) as server, client() as registries:
        failure = await failure_of(registries.manifest(image(server.host), ANONYMOUS))
    assert failure.cause is cause
    assert says in failure.message


async def test_what_unpacks_without_end_is_not_unpacked(client: MakeClient) -> None:
    packed = lambda: web.Response(body=b"\x1f\x8b" + b"\0" * 100, headers={"Content-Encoding": "gzip"})  # noqa: E731
    async with serving(open_registry({MANIFEST: packed})) as server, client() as registries:
        failure = await failure_of(registries.manifest(image(server.host), ANONYMOUS))
    assert failure.cause is Cause.REGISTRY_ERROR


@pytest.mark.parametrize(
    ("answer", "cause", "says"),
    [
        pytest.param(
            lambda: web.Response(text="<html>Sign in", content_type="text/html"),
            Cause.REGISTRY_ERROR, "no JSON object", id="html",
        ),
        pytest.param(lambda: web.Response(body=b"{"), Cause.REGISTRY_ERROR, "no JSON", id="garbage"),
        pytest.param(
            lambda: refusal(429, "TOOMANYREQUESTS", Retry_After="7"), Cause.RATE_LIMITED, "429", id="rate"
        ),
        pytest.param(lambda: refusal(503, "UNAVAILABLE"), Cause.REGISTRY_ERROR, "(503)", id="down"),
        pytest.param(
            lambda: web.Response(body=INDEX, headers={"Docker-Content-Digest": "sha256:" + "0" * 64}),
            Cause.DIGEST_MISMATCH, "other bytes", id="digest",
        ),
    ],
)  # fmt: skip
async def test_answers_at_the_manifest(
    client: MakeClient, answer: Callable[[], web.Response], cause: Cause, says: str
) -> None:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return await open_registry()(request) if request.path == "/v2/" else answer()

    async with serving(handle) as server, client() as registries:
        failure = await failure_of(registries.manifest(image(server.host), ANONYMOUS))
    assert failure.cause is cause
    assert says in failure.message
    assert failure.retry_after == (7 if cause is Cause.RATE_LIMITED else None)


async def test_a_login_page_is_no_registry(client: MakeClient, admin: Credential) -> None:
    page = lambda: web.Response(text="<!doctype html>", content_type="text/html")  # noqa: E731
    async with serving(open_registry({"/v2/": page})) as server, client() as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert "an HTML page" in failure.message


async def test_a_registry_that_lets_anybody_in_proves_no_login(client: MakeClient, admin: Credential) -> None:
    async with serving(open_registry()) as server, client() as registries:
        result = await registries.login(server.host, admin)
    assert (result.proven, result.scheme) == (False, "none")
    assert not server.with_authorization()


# --- connections


async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()


async def babbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()
    await reader.read()


async def cuts_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()


async def alerts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"\x15\x03\x01\x00\x02\x02\x46")
    await writer.drain()


@pytest.mark.parametrize(
    ("raw", "cause", "says"),
    [
        pytest.param(closes, Cause.REGISTRY_ERROR, "closed the connection", id="closes"),
        pytest.param(babbles, Cause.REGISTRY_ERROR, "did not answer by HTTP", id="another-protocol"),
        pytest.param(cuts_off, Cause.REGISTRY_ERROR, "in the middle", id="cuts-off"),
        pytest.param(alerts, Cause.HTTP_HTTPS_MISMATCH, "speaks HTTPS", id="tls-alert"),
    ],
)
async def test_broken_connections(
    client: MakeClient, admin: Credential, raw: Any, cause: Cause, says: str
) -> None:
    async with serving_bytes(raw) as server, client() as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is cause
    assert says in failure.message
    assert failure.exit_code == 3


async def test_one_that_never_answers(client: MakeClient, admin: Credential) -> None:
    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving_bytes(waits) as server, client(time_limit=0.2) as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.NETWORK_TIMEOUT
    assert "within 0.2 seconds" in failure.message


async def test_one_that_answers_drop_by_drop(client: MakeClient, admin: Credential) -> None:
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving_bytes(drips) as server, client(time_limit=0.3) as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.NETWORK_TIMEOUT


async def test_nobody_listens(client: MakeClient, admin: Credential) -> None:
    async with serving(open_registry()) as server:
        pass
    async with client() as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.CONNECTION_REFUSED


async def test_nobody_knows_the_name(client: MakeClient, admin: Credential) -> None:
    async with client() as registries:
        failure = await failure_of(registries.login("nowhere.test", admin))
    assert (failure.cause, failure.host) == (Cause.DNS_FAILURE, "nowhere.test")


async def test_a_login_that_no_header_can_carry(client: MakeClient) -> None:
    broken = Credential(registry_token=Sensitive("hidden\r\nX-Evil: 1"))
    async with serving(BearerRegistry("a", "b")) as server, client() as registries:
        failure = await failure_of(registries.login(server.host, broken))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert "hidden" not in str(failure)


@pytest.mark.parametrize(
    ("status", "there"),
    [pytest.param(200, True, id="there"), pytest.param(404, False, id="missing"), (503, None)],
)
async def test_a_repository(client: MakeClient, status: int, there: bool | None) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({}, status=status if request.path.endswith("/tags/list") else 200)

    async with serving(answer) as server, client() as registries:
        assert await registries.has_repository(image(server.host), ANONYMOUS) is there


async def test_whether_a_repository_is_there_cannot_be_told_without_a_registry(client: MakeClient) -> None:
    async with client() as registries:
        assert await registries.has_repository(image("127.0.0.1:1"), ANONYMOUS) is None
