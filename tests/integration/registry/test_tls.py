"""Certificates and schemes: each kind of misfit by its own name, and what to do about it."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
from pullsecret.core.errors import InvalidInput
from pullsecret.registry.client import RegistryClient
from pullsecret.sandbox.certificates import Authority
from support.httpserver import serving
from support.registryhandlers import basic_registry, failure_of

MakeClient = Callable[..., RegistryClient]
NOW = datetime.now(UTC)
REGISTRY = basic_registry("admin", "correct-horse")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create(NOW)


@pytest.fixture
def ca_file(authority: Authority, tmp_path: Path) -> str:
    path = tmp_path / "ca.crt"
    path.write_bytes(authority.certificate_pem)
    return str(path)


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.server_context(["registry.test", "127.0.0.1"])


def never(_: str) -> bool:
    return False


async def test_with_the_authority_it_works(
    client: MakeClient, admin: Credential, tls: ssl.SSLContext, ca_file: str
) -> None:
    async with serving(REGISTRY, tls=tls) as server, client(plain_http=(), ca_file=ca_file) as registries:
        assert (await registries.login(server.host, admin)).proven


async def test_without_it_it_does_not(client: MakeClient, admin: Credential, tls: ssl.SSLContext) -> None:
    async with serving(REGISTRY, tls=tls) as server, client(plain_http=never) as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.TLS_UNKNOWN_AUTHORITY
    assert "--registry-ca" in failure.hint
    assert failure.exit_code == 3
    assert server.seen == []


async def test_another_name(client: MakeClient, admin: Credential, tls: ssl.SSLContext, ca_file: str) -> None:
    async with serving(REGISTRY, tls=tls) as server, client(plain_http=never, ca_file=ca_file) as registries:
        failure = await failure_of(registries.login(f"other.test:{server.port}", admin))
    assert failure.cause is Cause.TLS_INVALID_CERTIFICATE
    assert "another name" in failure.message


@pytest.mark.parametrize(
    ("made", "says"),
    [
        pytest.param(NOW - timedelta(days=900), "has expired", id="expired"),
        pytest.param(NOW + timedelta(days=900), "not valid yet", id="not-yet"),
    ],
)
async def test_times(
    client: MakeClient, admin: Credential, tmp_path: Path, made: datetime, says: str
) -> None:
    authority = Authority.create(made)
    path = tmp_path / "ca.crt"
    path.write_bytes(authority.certificate_pem)
    tls = authority.server_context(["registry.test"])
    async with (
        serving(REGISTRY, tls=tls) as server,
        client(plain_http=never, ca_file=str(path)) as registries,
    ):
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.TLS_INVALID_CERTIFICATE
    assert says in failure.message
    assert "clock" in failure.hint


async def test_https_to_one_that_speaks_http(client: MakeClient, admin: Credential) -> None:
    async with serving(REGISTRY) as server, client(plain_http=never) as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.HTTP_HTTPS_MISMATCH
    assert "--plain-http" in failure.hint


async def test_one_whose_versions_of_tls_are_others(
    client: MakeClient, admin: Credential, ca_file: str
) -> None:
    old = Authority.create(NOW).server_context(["registry.test"])
    old.set_ciphers("PSK")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(REGISTRY, tls=old) as server, client(plain_http=never, ca_file=ca_file) as registries:
        failure = await failure_of(registries.login(server.host, admin))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert "TLS handshake" in failure.message


async def test_a_loopback_registry_may_speak_either(
    client: MakeClient, admin: Credential, tls: ssl.SSLContext, ca_file: str
) -> None:
    async with client(plain_http=(), ca_file=ca_file) as registries:
        async with serving(REGISTRY, tls=tls) as server:
            assert (await registries.login(f"127.0.0.1:{server.port}", admin)).proven
        async with serving(REGISTRY) as server:
            assert (await registries.login(f"127.0.0.1:{server.port}", admin)).proven


async def test_a_loopback_registry_with_tls_and_an_unknown_authority(
    client: MakeClient, admin: Credential, tls: ssl.SSLContext
) -> None:
    async with serving(REGISTRY, tls=tls) as server, client(plain_http=()) as registries:
        failure = await failure_of(registries.login(f"127.0.0.1:{server.port}", admin))
    assert failure.cause is Cause.TLS_UNKNOWN_AUTHORITY


async def test_a_loopback_port_where_nobody_listens_is_not_asked_twice(
    client: MakeClient, admin: Credential
) -> None:
    async with serving(REGISTRY) as server:
        pass
    async with client(plain_http=()) as registries:
        failure = await failure_of(registries.login(f"127.0.0.1:{server.port}", admin))
    assert failure.cause is Cause.CONNECTION_REFUSED


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "PEM", id="empty"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nx", "PEM", id="cut"),
        pytest.param(b"\x00" * 1000, "PEM", id="binary"),
        pytest.param(None, "No such file", id="missing"),
    ],
)
async def test_a_file_of_authorities_that_is_none(
    client: MakeClient, tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "ca.crt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=says) as caught:
        async with client(ca_file=str(path)):
            pass
    assert caught.value.place == str(path)


async def test_a_folder_is_no_file_of_authorities(client: MakeClient, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        async with client(ca_file=str(tmp_path)):
            pass
