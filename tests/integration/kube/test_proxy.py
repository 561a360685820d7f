"""The way through a proxy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.errors import ClusterUnreachable
from pullsecret.core.objects import NAMESPACE
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.settings import ClusterConfig, Proxy, ServerTrust
from support.certificates import Authority
from support.httpserver import Server, json_reply, serving, serving_bytes
from support.showing import all_shown

from .conftest import Waits

AUTHORITY = Authority()


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    return json_reply({"metadata": {}, "host": request.headers["Host"]})


def connecting(to_port: int, heads: list[str], *, status: str = "200 OK") -> Any:
    """A proxy that leads every CONNECT to one port, as if the name had been resolved to it."""

    async def raw(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
        if not status.startswith("200"):
            return
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", to_port)
        try:
            await asyncio.gather(pipe(reader, onward_writer), pipe(onward_reader, writer))
        finally:
            onward_writer.close()

    return raw


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def proxied(folder: Path, heads: list[str], *, status: str = "200 OK") -> AsyncIterator[Server]:
    context = AUTHORITY.sign("api.test").server_context(folder)
    async with (
        serving(answer, tls=context) as server,
        serving_bytes(connecting(server.port, heads, status=status)) as proxy,
    ):
        yield proxy


def config(port: int, **proxy: Any) -> ClusterConfig:
    return ClusterConfig(
        "https://api.test:6443",
        trust=ServerTrust(AUTHORITY.pem),
        proxy=Proxy(f"http://127.0.0.1:{port}", **proxy),
        request_timeout=10,
    )


async def test_https_goes_through_a_tunnel(tmp_path: Path) -> None:
    heads: list[str] = []
    async with proxied(tmp_path, heads) as proxy, ClusterClient(config(proxy.port)) as cluster:
        assert await cluster.get(NAMESPACE, "web") == {"metadata": {}, "host": "api.test:6443"}
    assert heads[0].startswith("CONNECT api.test:6443 HTTP/1.1\r\n")
    assert "Authorization" not in heads[0]


async def test_the_proxy_s_password_goes_to_the_proxy(tmp_path: Path) -> None:
    heads: list[str] = []
    async with proxied(tmp_path, heads) as proxy:
        settings = config(proxy.port, username="Aladdin", password=Sensitive("open sesame"))
        async with ClusterClient(settings) as cluster:
            await cluster.get(NAMESPACE, "web")
    assert "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" in heads[0]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("407 Proxy Authentication Required", "refuses to lead to https://api.test:6443: 407"),
        ("403 Forbidden", "refuses to lead to https://api.test:6443: 403 Forbidden"),
    ],
)
async def test_a_proxy_that_refuses(tmp_path: Path, status: str, message: str) -> None:
    async with proxied(tmp_path, [], status=status) as proxy:
        settings = config(proxy.port, username="me", password=Sensitive("hunter2"))
        async with ClusterClient(settings) as cluster:
            with pytest.raises(
                ClusterUnreachable, match=f"the proxy http://127.0.0.1:{proxy.port} {message}"
            ) as caught:
                await cluster.get(NAMESPACE, "web")
    assert "HTTPS_PROXY" in caught.value.hint
    assert "hunter2" not in all_shown(caught.value)


async def test_a_proxy_that_is_not_there(waits: Waits) -> None:
    async with ClusterClient(config(1), sleep=waits) as cluster:
        with pytest.raises(ClusterUnreachable, match=r"proxy http://127.0.0.1:1 before https://api.test"):
            await cluster.get(NAMESPACE, "web")
