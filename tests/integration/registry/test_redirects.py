"""Where registries send on to: followed, to an end, and without the login."""

from collections.abc import Callable

import pytest
from aiohttp import web

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.images import ImageReference
from pullsecret.core.realms import RealmPolicy
from pullsecret.registry.client import RegistryClient
from pullsecret.registry.transport import REDIRECTS_MAX
from support.httpserver import Server, serving
from support.registryhandlers import (
    BearerRegistry,
    basic_registry,
    failure_of,
    manifest_reply,
    open_registry,
)

MakeClient = Callable[..., RegistryClient]


def image(server: Server) -> ImageReference:
    return ImageReference.parse(f"{server.host}/team/app:1.0")


def sends_on(target: str, status: int = 307) -> Callable[[], web.Response]:
    return lambda: web.Response(status=status, headers={"Location": target})


async def test_a_manifest_elsewhere_is_fetched_without_the_login(
    client: MakeClient, admin: Credential
) -> None:
    guarded = basic_registry("admin", "correct-horse")

    async with serving(open_registry()) as storage:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            answer = await guarded(request)
            if "manifests" not in request.path or answer.status != 200:
                return answer
            return sends_on(f"http://storage.test:{storage.port}{request.path}")()

        async with serving(handle) as server, client() as registries:
            await registries.manifest(image(server), admin)
    assert [seen.method for seen in storage.seen] == ["HEAD", "GET"]
    assert not storage.with_authorization()
    assert len(server.with_authorization()) == 3


async def test_the_same_host_is_no_exception(client: MakeClient, admin: Credential) -> None:
    guarded = basic_registry("admin", "correct-horse")

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/v2/team"):
            return sends_on(f"/v2/moved{request.path}")()
        return await guarded(request)

    async with serving(handle) as server, client() as registries:
        failure = await failure_of(registries.manifest(image(server), admin))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert not [seen for seen in server.with_authorization() if "moved" in seen.path]


async def test_a_login_is_not_proven_by_somebody_elses_welcome(client: MakeClient, admin: Credential) -> None:
    async with serving(open_registry()) as other:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.headers.get("Authorization"):
                return sends_on(f"http://other.test:{other.port}/v2/")()
            return await basic_registry("admin", "x")(request)

        async with serving(handle) as server, client() as registries:
            failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert f"sent on to other.test:{other.port}" in failure.message
    assert other.seen == []


async def test_a_loop_ends(client: MakeClient) -> None:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return sends_on(request.path + "x")()

    async with serving(handle) as server, client() as registries:
        failure = await failure_of(registries.manifest(image(server), ANONYMOUS))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert "without end" in failure.message
    assert len(server.seen) == REDIRECTS_MAX + 1


@pytest.mark.parametrize(
    "target",
    ["ftp://x.test/", "file:///etc/passwd", "http://u:p@x.test/", "http://[x/"],
)
async def test_an_address_that_is_none_is_not_gone_to(client: MakeClient, target: str) -> None:
    async with serving(open_registry({"/v2/": sends_on(target)})) as server, client() as registries:
        failure = await failure_of(registries.manifest(image(server), ANONYMOUS))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert "an address that is none" in failure.message


async def test_a_redirect_to_nowhere_is_an_answer_like_another(client: MakeClient, admin: Credential) -> None:
    answers = {"/v2/": lambda: web.Response(status=302)}
    async with serving(open_registry(answers)) as server, client() as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert (failure.cause, failure.status) == (Cause.REGISTRY_ERROR, 302)


async def test_a_registry_that_moved_is_told_by_its_new_name(client: MakeClient, admin: Credential) -> None:
    async with serving(basic_registry("admin", "correct-horse")) as new:
        moved = sends_on(f"http://new.test:{new.port}/v2/", 301)
        async with serving(open_registry({"/v2/": moved})) as old, client() as registries:
            failure = await failure_of(registries.login(old.host, admin))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert f"new.test:{new.port}" in failure.hint
    assert not new.with_authorization()


# --- realms


async def test_a_token_service_elsewhere_gets_nothing_from_the_operator(
    client: MakeClient, admin: Credential
) -> None:
    registry = BearerRegistry("admin", "correct-horse")
    async with serving(registry) as elsewhere, serving(registry) as server:
        registry.realm = f"https://tokens.evil.test:{elsewhere.port}/token"
        async with client(policy=RealmPolicy.operator()) as registries:
            failure = await failure_of(registries.manifest(image(server), admin))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert "tokens.evil.test" in failure.message
    assert elsewhere.seen == []


async def test_a_token_service_by_plain_http_elsewhere_gets_nothing_from_anybody(
    client: MakeClient, admin: Credential
) -> None:
    registry = BearerRegistry("admin", "correct-horse")
    async with serving(registry) as elsewhere, serving(registry) as server, client() as registries:
        registry.realm = f"http://tokens.test:{elsewhere.port}/token"
        failure = await failure_of(registries.login(server.host, admin))
    assert "by plain HTTP" in failure.message
    assert elsewhere.seen == []


async def test_a_token_service_that_sends_on_gets_no_password_there(
    client: MakeClient, admin: Credential
) -> None:
    registry = BearerRegistry("admin", "correct-horse")
    async with serving(open_registry({"/token": manifest_reply})) as elsewhere:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.path == "/token":
                return sends_on(f"http://elsewhere.test:{elsewhere.port}/token")()
            return await registry(request)

        async with serving(handle) as server, client() as registries:
            failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert elsewhere.seen == []


def test_there_is_a_limit_like_that_of_runtimes() -> None:
    assert REDIRECTS_MAX == 10
