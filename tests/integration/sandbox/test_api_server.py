"""The imitation's API over HTTP and TLS on loopback: streams, bookmarks, ends."""

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest

from pullsecret.core.objects import SECRET, Object
from pullsecret.sandbox.api import Api
from pullsecret.sandbox.api.watches import Watch
from pullsecret.sandbox.certificates import Authority
from pullsecret.sandbox.server import MAX_BODY, ApiServer
from support.apiservers import new_store, utc_now

SECRETS = "/api/v1/namespaces/default/secrets"


@pytest.fixture
def api() -> Api:
    return Api(new_store(), clock=utc_now)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


async def event_of(response: aiohttp.ClientResponse) -> Object:
    line = await asyncio.wait_for(response.content.readline(), 10)
    value: Object = json.loads(line) if line else {}
    return value


async def test_requests(api: Api, session: aiohttp.ClientSession) -> None:
    async with ApiServer(api) as server:
        body = {"metadata": {"name": "a"}}
        async with session.post(server.url + SECRETS, json=body) as response:
            assert response.status == 201
            assert response.headers["Content-Type"] == "application/json"
        async with session.get(server.url + SECRETS, params={"fieldSelector": "metadata.name=a"}) as response:
            assert len((await response.json())["items"]) == 1
        async with session.get(server.url + SECRETS, params={"resourceVersion": "99999"}) as response:
            assert (response.status, response.headers["Retry-After"]) == (504, "1")
        async with session.post(server.url + SECRETS, data=io.BytesIO(b"x" * (MAX_BODY + 1))) as response:
            assert response.status == 413


async def test_a_watch_is_a_stream(api: Api, session: aiohttp.ClientSession) -> None:
    async with ApiServer(api) as server, session.get(server.url + SECRETS, params={"watch": "1"}) as response:
        api.store.create(SECRET, {"metadata": {"name": "a"}}, "default")
        event = await event_of(response)
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "a")


@pytest.mark.parametrize(("asked", "kinds"), [("true", {"BOOKMARK"}), ("false", set())])
async def test_bookmarks_come_while_nothing_happens(
    api: Api, session: aiohttp.ClientSession, asked: str, kinds: set[str]
) -> None:
    version = str(api.store.resource_version)
    query = {"watch": "1", "resourceVersion": version, "allowWatchBookmarks": asked, "timeoutSeconds": "1"}
    async with (
        ApiServer(api, bookmark_seconds=0.2) as server,
        session.get(server.url + SECRETS, params=query) as response,
    ):
        events = [json.loads(line) async for line in response.content]
    assert {event["type"] for event in events} == kinds
    assert {event["object"]["metadata"]["resourceVersion"] for event in events} <= {version}


async def test_a_watch_from_too_long_ago_ends_at_once(api: Api, session: aiohttp.ClientSession) -> None:
    query = {"watch": "1", "resourceVersion": "1"}
    async with ApiServer(api) as server, session.get(server.url + SECRETS, params=query) as response:
        assert response.status == 200
        event = await event_of(response)
        assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
        assert await event_of(response) == {}


async def test_closing_ends_the_streams(api: Api, session: aiohttp.ClientSession) -> None:
    async with ApiServer(api) as server:
        response = await session.get(server.url + SECRETS, params={"watch": "1"})
    assert await event_of(response) == {}
    response.close()


async def test_a_client_that_leaves_is_forgotten(
    api: Api, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, stop = asyncio.Event(), Watch.stop

    def record(watch: Watch) -> None:
        stop(watch)
        stopped.set()

    monkeypatch.setattr(Watch, "stop", record)
    async with ApiServer(api) as server:
        response = await session.get(server.url + SECRETS, params={"watch": "1"})
        response.close()
        await asyncio.wait_for(stopped.wait(), 10)


async def test_tls(api: Api, session: aiohttp.ClientSession) -> None:
    authority = Authority.create(utc_now())
    trust = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    async with ApiServer(api, tls=authority.server_context(["127.0.0.1"])) as server:
        assert server.url.startswith("https://127.0.0.1:")
        async with session.get(server.url + "/healthz", ssl=trust) as response:
            assert await response.text() == "ok"


async def test_a_token_that_is_too_long_is_neither_logged_nor_repeated(
    api: Api, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with ApiServer(api) as server:
        for length, status in ((9_000, 200), (2_000_000, 431)):
            token = "hunter2" * (length // 7)
            async with session.get(server.url + SECRETS, headers={"Authorization": token}) as response:
                assert response.status == status
                assert "hunter2" not in await response.text()
    assert caplog.records == []
