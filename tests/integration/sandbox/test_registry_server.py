"""The sandbox's registries over HTTP and TLS, asked by a client that knows nothing of them."""

import asyncio
import base64
import ssl
from datetime import UTC, datetime

import aiohttp
import pytest

from pullsecret.core.sensitive import Sensitive
from pullsecret.sandbox.accounts import Scheme, User
from pullsecret.sandbox.certificates import Authority
from pullsecret.sandbox.images import DOCKER_MANIFEST
from pullsecret.sandbox.misbehaviour import Failure
from pullsecret.sandbox.registry_server import ROBOT, RegistryServer, RegistrySpec

PAIR = f"{ROBOT.name}:{ROBOT.password.reveal()}"
ACCEPT = {"Accept": DOCKER_MANIFEST}
LOGIN = ACCEPT | {"Authorization": "Basic " + base64.b64encode(PAIR.encode()).decode()}
TAG = "/v2/lnmp/nginx/manifests/v2"


async def get(registry: RegistryServer, path: str, **how: object) -> tuple[int, dict[str, str], bytes]:
    async with (
        aiohttp.ClientSession(headers=LOGIN) as session,
        session.get(f"http://{registry.host}{path}", **how) as answer,  # type: ignore[arg-type]
    ):
        return answer.status, dict(answer.headers), await answer.read()


async def test_an_answer_has_the_headers_and_body_of_the_distribution_registry() -> None:
    async with (
        RegistryServer() as registry,
        aiohttp.ClientSession() as session,
        session.get(f"http://{registry.host}{TAG}") as answer,
    ):
        headers = {name.lower(): value for name, value in answer.headers.items() if name != "Date"}
        body = await answer.read()

    assert answer.status == 401
    assert headers == {
        "content-type": "application/json; charset=utf-8",
        "docker-distribution-api-version": "registry/2.0",
        "www-authenticate": 'Basic realm="basic-realm"',
        "content-length": "153",
    }
    assert body == (
        b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":'
        b'[{"Type":"repository","Class":"","Name":"lnmp/nginx","Action":"pull"}]}]}\n'
    )


async def test_a_head_has_no_body_but_its_length() -> None:
    async with (
        RegistryServer() as registry,
        aiohttp.ClientSession(headers=LOGIN) as session,
        session.head(f"http://{registry.host}{TAG}") as answer,
    ):
        body = await answer.read()

    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 100
    assert answer.headers["Docker-Content-Digest"].startswith("sha256:")


async def test_requests_and_logins_are_counted_by_user() -> None:
    async with RegistryServer() as registry:
        await get(registry, TAG)
        await get(registry, "/v2/")

        assert registry.requests() == 2
        assert registry.requests("/manifests/") == 1
        assert registry.requests("GET /v2/") == 2
        assert registry.logins() == {"robot": 2}
        assert [one.status for one in registry.seen] == [200, 200]
        assert ROBOT.password.reveal() not in repr(registry.seen)


@pytest.mark.parametrize("token_port", [False, True], ids=["same port", "port of its own"])
async def test_tls_and_tokens(token_port: bool) -> None:
    users = (User("ci", Sensitive("x"), pull=("lnmp/*",)),)
    spec = RegistrySpec(scheme=Scheme.BEARER, tls=True, users=users, token_port=token_port)
    authority = Authority.create(datetime.now(UTC))
    context = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    async with RegistryServer(spec, authority) as registry, aiohttp.ClientSession() as session:
        scope = {"scope": "repository:lnmp/nginx:pull", "service": "registry"}
        form = {"username": "ci", "password": "x", "grant_type": "password"} | scope
        async with session.post(registry.realm, data=form, ssl=context) as answer:
            token = (await answer.json())["token"]
        headers = ACCEPT | {"Authorization": f"Bearer {token}"}
        async with session.get(f"https://{registry.host}{TAG}", headers=headers, ssl=context) as answer:
            status = answer.status

        assert status == 200
        assert registry.logins() == {"ci": 1}
        assert (registry.host in registry.realm) != token_port


async def test_a_certificate_is_trusted_by_who_trusts_the_authority_only() -> None:
    async with RegistryServer(RegistrySpec(tls=True)) as registry, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"https://{registry.host}/v2/")


async def test_rate_limits() -> None:
    async with RegistryServer() as registry:
        registry.fail(Failure.RATE_LIMITED, times=1, retry_after=7)
        limited, headers, body = await get(registry, TAG)
        then, *_ = await get(registry, TAG)
        registry.fail(Failure.RATE_LIMITED, times=1, retry_after=-1)
        _, without, _ = await get(registry, TAG)

    assert (limited, then) == (429, 200)
    assert headers["Retry-After"] == "7"
    assert b"TOOMANYREQUESTS" in body
    assert "Retry-After" not in without


async def test_server_errors_go_on_until_it_is_healed_and_only_where_they_were_ordered() -> None:
    async with RegistryServer() as registry:
        registry.fail(Failure.SERVER_ERROR, status=502, where="/manifests/")
        broken = [(await get(registry, TAG))[0] for _ in range(3)]
        elsewhere = (await get(registry, "/v2/"))[0]
        registry.heal()
        healed = (await get(registry, TAG))[0]

    assert (broken, elsewhere, healed) == ([502] * 3, 200, 200)


async def test_a_slow_answer_is_the_right_one() -> None:
    async with RegistryServer() as registry:
        registry.fail(Failure.SLOW, delay=0.05)
        status, *_ = await get(registry, TAG)

    assert status == 200


async def test_a_client_need_not_wait_for_a_slow_answer() -> None:
    async with RegistryServer() as registry:
        registry.fail(Failure.SLOW, delay=3600)
        with pytest.raises(TimeoutError):
            await get(registry, TAG, timeout=aiohttp.ClientTimeout(total=0.1))


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        pytest.param(Failure.CLOSED, aiohttp.ServerDisconnectedError, id="before the answer"),
        pytest.param(Failure.CUT, aiohttp.ClientPayloadError, id="in the middle of the body"),
        pytest.param(Failure.REDIRECT_LOOP, aiohttp.TooManyRedirects, id="redirects"),
    ],
)
async def test_broken_answers(kind: Failure, error: type[Exception]) -> None:
    async with RegistryServer() as registry:
        registry.fail(kind)
        with pytest.raises(error):
            await get(registry, TAG)


async def test_a_web_page() -> None:
    async with RegistryServer() as registry:
        registry.fail(Failure.HTML)
        status, headers, body = await get(registry, TAG)

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert body.startswith(b"<!DOCTYPE html>")


async def test_an_endless_body_ends_when_the_client_has_enough() -> None:
    async with RegistryServer() as registry:
        registry.fail(Failure.ENDLESS)
        async with (
            aiohttp.ClientSession(headers=LOGIN) as session,
            session.get(f"http://{registry.host}{TAG}") as answer,
        ):
            read = await answer.content.readexactly(1_000_000)

    assert len(read) == 1_000_000
    assert [one.status for one in registry.seen] == [0]


@pytest.mark.parametrize("how", ["abort", "close"])
async def test_an_endless_body_over_tls_ends_too(how: str) -> None:
    async with RegistryServer(RegistrySpec(tls=True)) as registry:
        registry.fail(Failure.ENDLESS)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        port = int(registry.host.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(f"GET {TAG} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await reader.readexactly(1_000_000)
        getattr(writer.transport, how)()
        async with asyncio.timeout(10):
            while not registry.seen:  # noqa: ASYNC110 - the registry tells nobody
                await asyncio.sleep(0)

    assert [one.status for one in registry.seen] == [0]


async def refused(registry: RegistryServer, header: bytes) -> bytes:
    """Send a request with this header, and give the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(registry.host.rpartition(":")[2]))
    writer.write(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + b"\r\n\r\n")
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param(b"Authorization: Basic " + b"hunter2" * 1200, b"401", id="8-KiB"),
        pytest.param(b"Authorization: Basic " + b"hunter2" * 200_000, b"431", id="1-MiB"),
        pytest.param(b"Authorization Basic hunter2", b"400", id="no-header"),
        pytest.param(b"Authorization: Basic \x00hunter2", b"400", id="NUL"),
    ],
)
async def test_what_is_refused_is_neither_logged_nor_repeated(
    caplog: pytest.LogCaptureFixture, header: bytes, status: bytes
) -> None:
    async with RegistryServer() as registry:
        answer = await refused(registry, header)

    assert answer.split()[1] == status
    assert b"hunter2" not in answer
    assert caplog.records == []


async def test_a_path_with_a_line_break_is_answered_as_any_other() -> None:
    async with RegistryServer() as registry:
        status, _, body = await get(registry, "/v2/a%0Ab/manifests/v2")
    assert (status, body) == (404, b"404 page not found\n")


@pytest.mark.parametrize("kind", [Failure.CUT, Failure.ENDLESS])
async def test_a_head_has_no_body_to_fail_with(kind: Failure) -> None:
    async with (
        RegistryServer() as registry,
        aiohttp.ClientSession(headers=LOGIN) as session,
    ):
        registry.fail(kind)
        async with session.head(f"http://{registry.host}{TAG}") as answer:
            assert answer.status == 200


async def test_a_password_changes_while_the_registry_runs() -> None:
    async with RegistryServer() as registry:
        before = (await get(registry, TAG))[0]
        registry.accounts.put(User("robot", Sensitive("another")))
        after = (await get(registry, TAG))[0]

    assert (before, after) == (200, 401)


async def test_a_foreign_realm_is_named_as_it_was_given() -> None:
    spec = RegistrySpec(scheme=Scheme.BEARER, realm="https://elsewhere.test/token")
    async with RegistryServer(spec) as registry:
        _, headers, _ = await get(registry, TAG)

    assert headers["WWW-Authenticate"].startswith('Bearer realm="https://elsewhere.test/token"')
