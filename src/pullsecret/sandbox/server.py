"""Serves the imitation's API over HTTP or TLS on loopback; watches are chunked streams of JSON lines."""

import asyncio
import contextlib
import ssl
from types import TracebackType
from typing import Self

from aiohttp import web

from pullsecret.sandbox.api import Api, Request, Response
from pullsecret.sandbox.api.messages import encoded
from pullsecret.sandbox.api.watches import Event, Watch
from pullsecret.sandbox.serving import HttpServer

MAX_BODY = 3 * 1024 * 1024
"""Bytes of a request's body, as the real server limits it."""

WATCH_SECONDS = 1800.0
"""How long a watch lasts whose client named no time; the real server takes 30 to 60 minutes."""

BOOKMARK_SECONDS = 60.0


class ApiServer:
    """One API server on loopback, as an asynchronous context manager.

    Attributes:
        url: where it listens, once it does.
    """

    def __init__(
        self,
        api: Api,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        bookmark_seconds: float = BOOKMARK_SECONDS,
    ) -> None:
        self.url = ""
        self._api, self._host, self._port, self._tls = api, host, port, tls
        self._bookmark_seconds = bookmark_seconds
        self._server = HttpServer(self._answer, max_body=MAX_BODY, shutdown_timeout=1.0)
        self._streams: set[asyncio.Queue[Event | None]] = set()

    async def __aenter__(self) -> Self:
        host, port = await self._server.listen(self._host, self._port, tls=self._tls)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if self._tls else 'http'}://{shown}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for events in self._streams:
            events.put_nowait(None)
        await self._server.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = Request(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        response = self._api.handle(asked)
        if response.watch is not None:
            return await self._stream(request, response, response.watch)
        headers = {**response.headers, "Content-Type": response.content_type}
        return web.Response(status=response.status, body=response.body, headers=headers)

    async def _stream(self, request: web.Request, response: Response, watch: Watch) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": response.content_type})
        stream.enable_chunked_encoding()
        await stream.prepare(request)
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._streams.add(events)
        if not watch.start(events.put_nowait):
            events.put_nowait(None)
        try:
            # The client may leave at any time: then a write fails, and nothing is left to say.
            with contextlib.suppress(ConnectionError):
                await self._send(stream, watch, events)
        finally:
            watch.stop()
            self._streams.discard(events)
        return stream

    async def _send(
        self, stream: web.StreamResponse, watch: Watch, events: asyncio.Queue[Event | None]
    ) -> None:
        """Write events as they come until the watch's time is over, with bookmarks between them."""
        now = asyncio.get_running_loop().time
        end = now() + (watch.timeout or WATCH_SECONDS)
        while True:
            try:
                async with asyncio.timeout_at(min(end, now() + self._bookmark_seconds)):
                    event = await events.get()
            except TimeoutError:
                if watch.bookmarks:
                    await stream.write(encoded(watch.bookmark()) + b"\n")
                if now() >= end:
                    return
                continue
            if event is None:
                return
            await stream.write(encoded(event) + b"\n")
