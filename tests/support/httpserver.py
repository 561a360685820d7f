"""Loopback servers that answer as a test wants, and remember what they were asked."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Seen:
    """One request that a server got."""

    method: str
    path: str
    authorization: str
    body: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.authorization}".strip()


@dataclass
class Server:
    """A server under way: its port, and all that it was asked."""

    port: int
    seen: list[Seen] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [str(seen) for seen in self.seen]

    @property
    def host(self) -> str:
        """The name of the registry that it plays; `Names` leads it here."""
        return f"registry.test:{self.port}"

    def with_authorization(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.authorization]


@asynccontextmanager
async def serving(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Serve HTTP on a free loopback port."""
    server = Server(0)

    async def remember(request: web.BaseRequest) -> web.StreamResponse:
        text = await request.text()
        seen = Seen(request.method, request.raw_path, request.headers.get("Authorization", ""), text)
        server.seen.append(seen)
        return await handler(request)

    runner = web.ServerRunner(web.Server(remember, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_bytes(raw: Raw, host: str = "127.0.0.1") -> AsyncIterator[Server]:
    """Serve anything on a free port; connections end with the server."""
    under_way: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await raw(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            under_way.discard(task)

    server = await asyncio.start_server(one, host, 0)
    try:
        yield Server(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in list(under_way):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await server.wait_closed()


class Names(AbstractResolver):
    """Leads every name to this machine, except those that it does not know."""

    def __init__(self, unknown: Collection[str] = ()) -> None:
        self.unknown = unknown

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host in self.unknown:
            raise OSError(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


def json_reply(body: Any = None, status: int = 200, **headers: str) -> web.Response:
    """Make an answer of JSON, headers given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response(body if body is not None else {}, status=status, headers=named)
