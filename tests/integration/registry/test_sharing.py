"""What is asked once: the ping, a login, a token; and how many requests are under way at once."""

import asyncio
import gc
import warnings
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.images import ImageReference
from pullsecret.core.sensitive import Sensitive
from pullsecret.registry.client import TOKENS_AT_ONCE, RegistryClient
from support.httpserver import Handler, Server, serving
from support.registryhandlers import BearerRegistry, basic_registry, failure_of, open_registry, refusal

MakeClient = Callable[..., RegistryClient]
WRONG = Credential("admin", Sensitive("wrong-password-1"))


def images(server: Server, count: int) -> list[ImageReference]:
    return [ImageReference.parse(f"{server.host}/team/app-{n}:1.0") for n in range(count)]


async def test_many_images_take_one_ping_and_one_login(client: MakeClient, admin: Credential) -> None:
    async with serving(basic_registry("admin", "correct-horse")) as server, client() as registries:
        await asyncio.gather(*(registries.manifest(image, admin) for image in images(server, 50)))
    lines = [f"{seen.method} {seen.path}" for seen in server.seen]
    assert lines.count("GET /v2/") == 2
    assert len([line for line in lines if line.startswith("HEAD")]) == 50
    assert len(lines) <= 102


async def test_what_many_tags_name_is_fetched_once(client: MakeClient, admin: Credential) -> None:
    async with serving(basic_registry("admin", "correct-horse")) as server, client() as registries:
        for image in images(server, 5):
            await registries.manifest(image, admin)
    methods = [seen.method for seen in server.seen if "manifests" in seen.path]
    assert methods == ["HEAD", "GET", "HEAD", "HEAD", "HEAD", "HEAD"]


@pytest.mark.parametrize(
    "registry",
    [
        pytest.param(basic_registry("admin", "correct-horse"), id="basic"),
        pytest.param(BearerRegistry("admin", "correct-horse"), id="bearer"),
        pytest.param(basic_registry("admin", "correct-horse", ping=False), id="asks-only-at-the-manifest"),
    ],
)
async def test_a_wrong_password_is_sent_once(client: MakeClient, registry: Handler) -> None:
    async with serving(registry) as server, client() as registries:
        failures = await asyncio.gather(
            *(failure_of(registries.manifest(image, WRONG)) for image in images(server, 30))
        )
        failures.append(await failure_of(registries.manifest(images(server, 1)[0], WRONG)))
    assert {failure.cause for failure in failures} == {Cause.CREDENTIAL_REJECTED}
    assert {failure.exit_code for failure in failures} == {1}
    assert len(server.with_authorization()) == 1


async def test_two_logins_at_once_are_one(client: MakeClient) -> None:
    async with serving(BearerRegistry("admin", "correct-horse")) as server, client() as registries:
        await asyncio.gather(*(failure_of(registries.login(server.host, WRONG)) for _ in range(10)))
    assert len(server.with_authorization()) == 1


async def test_another_credential_has_its_own_chance(client: MakeClient, admin: Credential) -> None:
    async with serving(basic_registry("admin", "correct-horse")) as server, client() as registries:
        await failure_of(registries.login(server.host, WRONG))
        assert (await registries.login(server.host, admin)).proven


async def test_a_password_that_could_not_be_judged_is_not_tried_again(client: MakeClient) -> None:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Authorization") and request.transport:
            request.transport.abort()
        return await basic_registry("admin", "x", ping=False)(request)

    async with serving(handle) as server, client() as registries:
        failures = await asyncio.gather(
            *(failure_of(registries.manifest(image, WRONG)) for image in images(server, 5))
        )
    assert {failure.cause for failure in failures} == {Cause.REGISTRY_ERROR}
    # One attempt; aiohttp itself repeats a request whose kept connection was closed.
    assert len(server.with_authorization()) <= 2


async def test_a_refusal_after_a_good_login_is_about_the_image(client: MakeClient, admin: Credential) -> None:
    guarded = basic_registry("admin", "correct-horse")

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = await guarded(request)
        if answer.status == 200 and "app-1" in request.path:
            return refusal(401, "UNAUTHORIZED", WWW_Authenticate='Basic realm="test"')
        return answer

    async with serving(handle) as server, client() as registries:
        good, bad = images(server, 2)
        await registries.manifest(good, admin)
        failure = await failure_of(registries.manifest(bad, admin))
        await registries.manifest(good, admin)
    assert failure.cause is Cause.CREDENTIAL_FORBIDDEN


async def test_a_token_is_used_until_it_is_nearly_over(client: MakeClient, admin: Credential) -> None:
    now = [0.0]
    registry = BearerRegistry("admin", "correct-horse", expires_in=100)
    async with serving(registry) as server, client(clock=lambda: now[0]) as registries:
        (image,) = images(server, 1)
        await registries.manifest(image, admin)
        now[0] = 89
        await registries.manifest(image, admin)
        assert registry.given == 2, "one for the login, one for the repository"
        now[0] = 91
        await registries.manifest(image, admin)
        assert registry.given == 3


async def test_a_token_that_is_taken_no_more_is_fetched_anew(client: MakeClient, admin: Credential) -> None:
    registry = BearerRegistry("admin", "correct-horse")
    async with serving(registry) as server, client() as registries:
        (image,) = images(server, 1)
        await registries.manifest(image, admin)
        registry.good.clear()
        await registries.manifest(image, admin)
    assert registry.given == 3


async def test_only_so_many_requests_are_under_way_at_one_host(client: MakeClient) -> None:
    under_way, most, full = 0, 0, asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal under_way, most
        if request.path == "/v2/":
            return await open_registry()(request)
        under_way += 1
        most = max(most, under_way)
        if under_way == 4:
            full.set()
        await full.wait()
        await asyncio.sleep(0)
        under_way -= 1
        return await open_registry()(request)

    async with serving(handle) as server, client(concurrency=4) as registries:
        await asyncio.gather(*(registries.manifest(image, ANONYMOUS) for image in images(server, 40)))
    assert most == 4


async def test_only_so_many_tokens_are_fetched_at_once(client: MakeClient, admin: Credential) -> None:
    under_way, most = 0, 0
    registry = BearerRegistry("admin", "correct-horse")

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal under_way, most
        if request.path != "/token":
            return await registry(request)
        under_way += 1
        most = max(most, under_way)
        for _ in range(20):
            await asyncio.sleep(0)
        under_way -= 1
        return await registry(request)

    async with serving(handle) as server, client() as registries:
        await asyncio.gather(*(registries.manifest(image, admin) for image in images(server, 30)))
    assert 1 < most <= TOKENS_AT_ONCE


async def test_connections_are_kept(client: MakeClient) -> None:
    connections = set()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        connections.add(id(request.transport))
        return await open_registry()(request)

    async with serving(handle) as server, client(concurrency=4) as registries:
        await asyncio.gather(*(registries.manifest(image, ANONYMOUS) for image in images(server, 40)))
    assert len(connections) <= 4


async def test_who_gives_up_waiting_takes_nobody_along(client: MakeClient, admin: Credential) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        asked.set()
        await go.wait()
        return await basic_registry("admin", "correct-horse")(request)

    async with serving(handle) as server, client() as registries:
        first = asyncio.create_task(registries.login(server.host, admin))
        second = asyncio.create_task(registries.login(server.host, admin))
        await asked.wait()
        first.cancel()
        go.set()
        assert (await second).proven
        with pytest.raises(asyncio.CancelledError):
            await first
    assert len(server.seen) == 2


async def test_leaving_stops_what_is_under_way(client: MakeClient, admin: Credential) -> None:
    asked = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nothing sets that event")

    async with serving(handle) as server:
        async with client() as registries:
            waiting = asyncio.create_task(registries.login(server.host, admin))
            await asked.wait()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_leaving_stops_those_who_wait_for_their_turn(client: MakeClient) -> None:
    asked = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/v2/":
            asked.set()
            await asyncio.Event().wait()
        return await open_registry()(request)

    async with serving(handle) as server, client(concurrency=1) as registries:
        waiting = asyncio.gather(*(registries.manifest(i, ANONYMOUS) for i in images(server, 5)))
        await asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    gc.collect()


@pytest.mark.parametrize("steps", range(1, 6))
async def test_leaving_ends_the_session_however_often_it_is_cancelled(
    client: MakeClient, admin: Credential, steps: int
) -> None:
    asked = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nothing sets that event")

    async def asks(server: Server) -> None:
        async with client() as registries:
            await registries.login(server.host, admin)

    async with serving(handle) as server:
        task = asyncio.create_task(asks(server))
        await asked.wait()
        task.cancel()
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    del task
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        gc.collect()
    assert [str(one.message) for one in said] == []


async def test_a_client_that_was_not_entered_says_so(client: MakeClient, admin: Credential) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await client().login("registry.test", admin)


# --- nothing of the password is left where a traceback or a log could show it


def everything_in(error: BaseException) -> Iterator[Any]:
    """All that a failure carries along: its chain, and the variables of every frame of it."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield from (str(current), repr(current), current.args, vars(current))
        pending += [current.__cause__, current.__context__]
        trace: TracebackType | None = current.__traceback__
        while trace:
            yield from trace.tb_frame.f_locals.values()
            trace = trace.tb_next


@pytest.mark.parametrize(
    "registry",
    [
        pytest.param(basic_registry("admin", "correct-horse"), id="refused"),
        pytest.param(BearerRegistry("admin", "correct-horse"), id="refused-a-token"),
        pytest.param(None, id="closed"),
    ],
)
async def test_a_failure_holds_no_password(client: MakeClient, registry: Handler | None) -> None:
    async def closes(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Authorization") and request.transport:
            request.transport.abort()
        return await basic_registry("admin", "x")(request)

    async with serving(registry or closes) as server, client() as registries:
        (image,) = images(server, 1)
        failure = await failure_of(registries.manifest(image, WRONG))
    gc.collect()
    shown = " ".join(repr(value) for value in everything_in(failure))
    assert "wrong-password-1" not in shown
    assert "YWRtaW46d3JvbmctcGFzc3dvcmQtMQ" not in shown
