"""Proxies that the environment names: gone through, logged in at, and told apart from registries."""

import asyncio
import base64
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
from pullsecret.registry import addresses
from pullsecret.registry.client import RegistryClient
from pullsecret.sandbox.certificates import Authority
from support.httpserver import Raw, serving, serving_bytes
from support.registryhandlers import basic_registry, failure_of

MakeClient = Callable[..., RegistryClient]
REGISTRY = basic_registry("admin", "correct-horse")


def tunnel(seen: list[str], port: int) -> Raw:
    """A proxy that leads every CONNECT to one port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(head)
        there, back = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(pump(reader, back), pump(there, writer))
        finally:
            back.close()

    return serve


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_a_tunnel_with_a_login_of_its_own(
    client: MakeClient, admin: Credential, tmp_path: Path
) -> None:
    authority = Authority.create(datetime.now(UTC))
    ca_file = tmp_path / "ca.crt"
    ca_file.write_bytes(authority.certificate_pem)
    seen: list[str] = []
    async with (
        serving(REGISTRY, tls=authority.server_context(["registry.test"])) as server,
        serving_bytes(tunnel(seen, server.port)) as proxy,
    ):
        environment = {"HTTPS_PROXY": f"http://user:p%40ss@proxy.test:{proxy.port}"}
        async with client(plain_http=(), ca_file=str(ca_file), environment=environment) as registries:
            assert (await registries.login("registry.test:9443", admin)).proven
    assert seen[0].startswith("CONNECT registry.test:9443 HTTP/1.1\r\n")
    assert base64.b64encode(b"user:p@ss").decode() in seen[0]
    assert "authorization: basic yw" not in seen[0].lower(), "the registry's login is for the registry"


async def test_plain_http_through_a_proxy(client: MakeClient, admin: Credential) -> None:
    async with serving(REGISTRY) as proxy:
        environment = {"HTTP_PROXY": f"http://proxy.test:{proxy.port}"}
        async with client(environment=environment) as registries:
            await failure_of(registries.login("registry.test:8080", Credential("a")))
    assert proxy.seen[0].path == "http://registry.test:8080/v2/"


async def test_no_proxy(client: MakeClient, admin: Credential) -> None:
    async with serving(REGISTRY) as server:
        environment = {"HTTP_PROXY": "http://nowhere.test:1", "NO_PROXY": ".test"}
        async with client(environment=environment) as registries:
            assert (await registries.login(server.host, admin)).proven


@pytest.fixture
def https(client: MakeClient) -> Callable[[str], RegistryClient]:
    return lambda proxy: client(plain_http=(), environment={"HTTPS_PROXY": proxy})


async def test_a_proxy_that_refuses(https: Callable[[str], RegistryClient], admin: Credential) -> None:
    async def refuses(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=407)

    async with serving(refuses) as proxy, https(f"http://user:hidden@proxy.test:{proxy.port}") as registries:
        failure = await failure_of(registries.login("registry.test", admin))
    assert (failure.cause, failure.status) == (Cause.PROXY_FAILURE, 407)
    assert "407" in failure.message
    assert "hidden" not in str(failure) + failure.hint


# --- the operator: what it does not connect to itself, it does not ask a proxy for either


class KnownHere(AbstractResolver):
    """What this machine knows of names: one of itself, one of its link, one of the world."""

    ADDRESSES: ClassVar = {
        "proxy.test": ["127.0.0.1"],
        "itself.test": ["127.0.0.2"],
        "link.test": ["10.0.0.1", "169.254.169.254"],
        "world.test": ["10.0.0.1"],
    }

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in self.ADDRESSES:
            raise OSError(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in self.ADDRESSES[host]
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(
    ("host", "asked"),
    [
        pytest.param("169.254.169.254", False, id="link-local"),
        pytest.param("127.0.0.2", False, id="loopback"),
        pytest.param("[::ffff:127.0.0.2]", False, id="loopback-mapped"),
        pytest.param("itself.test", False, id="a-name-of-this-machine"),
        pytest.param("link.test", False, id="a-name-of-its-link"),
        pytest.param("10.0.0.1", True, id="an-address"),
        pytest.param("world.test", True, id="a-name"),
        pytest.param("only-the-proxy-knows.test", True, id="a-name-that-is-not-known-here"),
    ],
)
async def test_a_proxy_is_not_asked_for_local_addresses(
    client: MakeClient,
    admin: Credential,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    asked: bool,
    scheme: str,
) -> None:
    real = addresses.is_local
    monkeypatch.setattr(addresses, "is_local", lambda ip: ip != "127.0.0.1" and real(ip))

    async def refuses(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=407)

    async with serving(refuses) as proxy:
        through = f"http://proxy.test:{proxy.port}"
        made = partial(
            client,
            plain_http=lambda _: scheme == "http",
            environment={"HTTPS_PROXY": through, "HTTP_PROXY": through},
            resolver=KnownHere(),
        )
        async with made(local_addresses=False) as registries:
            failure = await failure_of(registries.login(f"{host}:8443", admin))
        assert bool(proxy.seen) == asked
        assert asked or failure.cause is Cause.REGISTRY_ERROR
        async with made() as registries:
            await failure_of(registries.login(f"{host}:8443", admin))
        # Nobody asks a proxy for loopback (`core/proxies.py`).
        assert bool(proxy.seen) == (host != "127.0.0.2")


async def test_a_proxy_that_is_not_there(https: Callable[[str], RegistryClient], admin: Credential) -> None:
    async with serving(REGISTRY) as gone:
        pass
    async with https(f"http://proxy.test:{gone.port}") as registries:
        failure = await failure_of(registries.login("registry.test", admin))
    assert failure.cause is Cause.PROXY_FAILURE
    assert "HTTPS_PROXY" in failure.hint


@pytest.mark.parametrize(
    "proxy", ["http://nowhere.test:3128", "socks5://proxy.test:1080", "http://[x", "http://"]
)
async def test_a_proxy_that_cannot_be(
    https: Callable[[str], RegistryClient], admin: Credential, proxy: str
) -> None:
    async with https(proxy) as registries:
        failure = await failure_of(registries.login("registry.test", admin))
    assert failure.cause is Cause.PROXY_FAILURE
