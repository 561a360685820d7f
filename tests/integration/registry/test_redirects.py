"""Where registries send on to: followed, to an end, and without the login."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import OCI_MANIFEST, compute_digest
from pullsecret.core.policy.model import Verify
from pullsecret.core.realms import RealmPolicy
from pullsecret.operator.verifying import try_out
from pullsecret.registry.client import RegistryClient
from pullsecret.registry.transport import REDIRECTS_MAX
from pullsecret.sandbox.certificates import Authority
from support.httpserver import Server, serving, serving_bytes
from support.registryhandlers import (
    DIGEST,
    BearerRegistry,
    basic_registry,
    failure_of,
    manifest_reply,
    open_registry,
)
from support.syncing import a_content

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


@pytest.mark.parametrize(
    ("realm", "policy", "sent"),
    [
        pytest.param("tokens.evil.example", RealmPolicy.cli(), True, id="cli-any"),
        pytest.param("tokens.evil.example", RealmPolicy.operator(), False, id="operator-elsewhere"),
        pytest.param(
            "tokens.evil.example", RealmPolicy.operator(["tokens.evil.example"]), True, id="operator-allowed"
        ),
        pytest.param("auth.team.example", RealmPolicy.operator(), True, id="operator-same-parent"),
        pytest.param("hub.team.example", RealmPolicy.operator(), True, id="operator-same-host"),
    ],
)
async def test_to_which_token_services_a_password_goes(
    client: MakeClient, admin: Credential, realm: str, policy: RealmPolicy, sent: bool
) -> None:
    """By HTTPS, with a certificate that is good: only the rule stands between them."""
    authority, registry = Authority.create(datetime.now(UTC)), BearerRegistry("admin", "correct-horse")
    ca_pem = authority.certificate_pem.decode()
    tls = authority.server_context(["hub.team.example", realm])
    async with serving(registry, tls=tls) as tokens, serving(registry, tls=tls) as server:
        registry.realm = f"https://{realm}:{tokens.port}/token"
        async with client(policy=policy, plain_http=(), ca_pem=ca_pem) as registries:
            login = registries.login(f"hub.team.example:{server.port}", admin)
            if sent:
                assert (await login).proven
            else:
                assert (await failure_of(login)).cause is Cause.REGISTRY_ERROR
    assert [seen.path.partition("?")[0] for seen in tokens.with_authorization()] == ["/token"] * sent
    assert len(tokens.seen) == sent
    assert not [seen for seen in server.with_authorization() if seen.authorization.startswith("Basic")]


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


# --- the operator


@asynccontextmanager
async def counting(counted: list[str]) -> AsyncIterator[int]:
    """Listen on a port, and count who connects; nobody is answered."""

    async def count(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        counted.append("connected")

    async with serving_bytes(count) as server:
        yield server.port


LEADS = {
    "ping": "/v2/",
    "manifest": "/v2/team/app/manifests/1.0",
    "manifest-by-digest": f"/v2/team/app/manifests/{DIGEST}",
    "token": "/token",
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("lead", LEADS)
async def test_a_redirect_to_another_host_gets_nothing_from_the_operator(
    client: MakeClient, lead: str, status: int
) -> None:
    """Not even a connection; a person's client goes there, empty-handed."""
    counted: list[str] = []
    registry = BearerRegistry("admin", "correct-horse") if lead == "token" else open_registry()
    async with counting(counted) as port:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.path == LEADS[lead]:
                return sends_on(f"http://other.test:{port}{request.path}", status)()
            return await registry(request)

        async with serving(handle) as server:
            async with client(policy=RealmPolicy.operator()) as registries:
                failure = await failure_of(registries.manifest(image(server), ANONYMOUS))
            assert counted == []
            assert failure.cause is Cause.REGISTRY_ERROR
            assert "sends on to another host (other.test)" in failure.message
            async with client() as registries:
                await failure_of(registries.manifest(image(server), ANONYMOUS))
            assert counted != []


@pytest.mark.parametrize("status", [307, 308])
async def test_a_login_that_is_sent_on_ends_there(client: MakeClient, admin: Credential, status: int) -> None:
    counted: list[str] = []
    async with counting(counted) as port:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.headers.get("Authorization"):
                return sends_on(f"http://other.test:{port}/v2/", status)()
            return await basic_registry("admin", "x")(request)

        async with serving(handle) as server, client(policy=RealmPolicy.operator()) as registries:
            failure = await failure_of(registries.login(server.host, admin))
    assert (failure.cause, counted) == (Cause.REGISTRY_ERROR, [])


async def test_the_operator_follows_on_the_same_host(client: MakeClient) -> None:
    moved = {"/v2/team/app/manifests/1.0": sends_on("/v2/moved/app/manifests/1.0")}
    async with serving(open_registry(moved)) as server, client(policy=RealmPolicy.operator()) as registries:
        assert (await registries.manifest(image(server), ANONYMOUS)).digest == DIGEST


async def test_the_status_tells_the_cause_of_it_and_no_word_of_the_registry(
    client: MakeClient,
) -> None:
    """The way of the operator's own trial, with an image."""
    counted: list[str] = []
    async with counting(counted) as port:
        elsewhere = sends_on(f"http://other.test:{port}/secret-word")
        async with serving(open_registry({"/v2/team/app/manifests/1.0": elsewhere})) as server:
            content = a_content(server.host)
            trial = await try_out(
                Verify(image=image(server)),
                content,
                lambda _held: None,
                datetime(2026, 1, 1, tzinfo=UTC),
                lambda _verify: client(policy=RealmPolicy.operator()),
            )
    assert counted == []
    assert trial.condition.reason == "VerifyUnreachable"
    assert f"{server.host} (registry-error)" in trial.condition.message
    assert "other.test" not in trial.condition.message


async def test_an_image_whose_blobs_lie_elsewhere_is_proved_by_its_manifest(client: MakeClient) -> None:
    """Its config would tell the platform, which nobody asks the operator for."""
    counted: list[str] = []
    config = "sha256:" + "c" * 64
    body = json.dumps({"mediaType": OCI_MANIFEST, "config": {"digest": config}}).encode()
    async with counting(counted) as port:
        answers = {
            "/v2/team/app/manifests/1.0": lambda: web.Response(body=body, content_type=OCI_MANIFEST),
            f"/v2/team/app/manifests/{compute_digest(body)}": lambda: web.Response(
                body=body, content_type=OCI_MANIFEST
            ),
            f"/v2/team/app/blobs/{config}": sends_on(f"http://storage.test:{port}/blob"),
        }
        async with serving(open_registry(answers)) as server:
            trial = await try_out(
                Verify(image=image(server)),
                a_content(server.host),
                lambda _held: None,
                datetime(2026, 1, 1, tzinfo=UTC),
                lambda _verify: client(policy=RealmPolicy.operator()),
            )
    assert (trial.condition.reason, counted) == ("CredentialVerified", [])


def test_there_is_a_limit_like_that_of_runtimes() -> None:
    assert REDIRECTS_MAX == 10
