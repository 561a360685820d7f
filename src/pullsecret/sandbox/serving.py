"""What the imitation's HTTP servers have in common: their limits, and that they tell nobody what was sent."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

MAX_HEADER = 1024 * 1024
"""Bytes of one header, or of the address: as much as Go's servers take, which the real ones are."""

MAX_BODY = 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Prepare = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


class _Connection(web.RequestHandler):
    """Refuses what is no HTTP without a word of it: the library would log and repeat it, logins too."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        too_long = isinstance(exc, LineTooLong)
        refusal = web.Response(
            status=431 if too_long else status,
            text="431 Request Header Fields Too Large" if too_long else f"{status} Bad Request",
        )
        refusal.force_close()
        return refusal


class HttpServer:
    """Gives every request, whatever its path, to one handler; may listen on several ports.

    A handler is cancelled when its client leaves.

    Args:
        handle: answers a request.
        max_body: bytes of a request's body.
        shutdown_timeout: seconds that requests under way are waited for at the end.
        prepare: is told of each answer before it is sent.
    """

    def __init__(
        self,
        handle: Handler,
        *,
        max_body: int = MAX_BODY,
        shutdown_timeout: float,
        prepare: Prepare | None = None,
    ) -> None:
        application = web.Application(client_max_size=max_body)
        # Not a dot: a path may hold line breaks too.
        application.router.add_route(hdrs.METH_ANY, r"/{path:[\s\S]*}", handle)
        if prepare is not None:
            application.on_response_prepare.append(prepare)
        self._runner = web.AppRunner(
            application, handle_signals=False, handler_cancellation=True, shutdown_timeout=shutdown_timeout
        )
        self._listeners: list[asyncio.Server] = []

    async def listen(self, host: str, port: int = 0, *, tls: ssl.SSLContext | None = None) -> tuple[str, int]:
        """Listen on one more port, 0 for any free one; gives the address."""
        if self._runner.server is None:
            await self._runner.setup()
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(self._connection, host, port, ssl=tls, reuse_address=True)
        self._listeners.append(listener)
        address: tuple[str, int] = listener.sockets[0].getsockname()[:2]
        return address

    async def close(self) -> None:
        """Listen no more, and end what is under way."""
        for listener in self._listeners:
            listener.close()
        await self._runner.cleanup()

    def _connection(self) -> web.RequestHandler:
        server = self._runner.server
        assert server is not None  # noqa: S101 - set up before anything listens
        return _Connection(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # as its own runners pass it: no log
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
        )
