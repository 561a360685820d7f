"""How a sandbox registry can be told to fail, and how it then does."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import hdrs, web

CHUNK = b" " * 65536


class Failure(StrEnum):
    """A way to fail."""

    RATE_LIMITED = "rate-limited"
    """429 with `Retry-After`, in the words of Docker Hub."""
    SERVER_ERROR = "server-error"
    """A 5xx status with the body of the distribution registry."""
    SLOW = "slow"
    """The right answer, but late."""
    CLOSED = "closed"
    """The connection is closed before an answer."""
    CUT = "cut"
    """The connection is closed in the middle of the body."""
    HTML = "html"
    """200 with a web page, as a login portal or a wrong address gives it."""
    ENDLESS = "endless"
    """A body without end."""
    REDIRECT_LOOP = "redirect-loop"
    """A redirect to the same place, for ever."""


BODIES = frozenset({Failure.CUT, Failure.ENDLESS})


@dataclass(slots=True)
class Order:
    """An order to fail.

    Attributes:
        kind: the way to fail.
        times: how many requests still are to fail; None for all to come.
        where: only requests whose path holds this text; empty for all.
        status: the HTTP status, for `SERVER_ERROR`.
        retry_after: seconds, for `RATE_LIMITED`; negative for none.
        delay: seconds, for `SLOW`.
    """

    kind: Failure
    times: int | None = None
    where: str = ""
    status: int = 503
    retry_after: int = 30
    delay: float = 30.0

    def takes(self, method: str, path: str) -> bool:
        """Say whether this request is to fail, and count it. Bodies fail only where there is one."""
        if self.where not in path or self.times == 0 or (method == "HEAD" and self.kind in BODIES):
            return False
        if self.times is not None:
            self.times -= 1
        return True


async def misbehave(order: Order, request: web.Request) -> web.StreamResponse | None:
    """Fail in the way ordered; None when the right answer is to follow."""
    match order.kind:
        case Failure.SLOW:
            await asyncio.sleep(order.delay)
            return None
        case Failure.RATE_LIMITED:
            return _rate_limited(order.retry_after)
        case Failure.SERVER_ERROR:
            return _error(order.status, "UNKNOWN", "unknown error")
        case Failure.HTML:
            page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>\n"
            return web.Response(text=page, content_type="text/html", charset="utf-8")
        case Failure.REDIRECT_LOOP:
            return web.Response(status=307, headers={hdrs.LOCATION: str(request.rel_url)})
        case Failure.CLOSED | Failure.CUT | Failure.ENDLESS:
            return await _break_off(order.kind, request)


def _rate_limited(retry_after: int) -> web.Response:
    message = (
        "You have reached your pull rate limit. You may increase the limit by authenticating and "
        "upgrading: https://www.docker.com/increase-rate-limit"
    )
    response = _error(429, "TOOMANYREQUESTS", message)
    if retry_after >= 0:
        response.headers[hdrs.RETRY_AFTER] = str(retry_after)
    return response


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"errors": [{"code": code, "message": message, "detail": None}]}, status=status)


def _left(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _break_off(kind: Failure, request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "application/json; charset=utf-8"})
    if kind is Failure.CUT:
        response.content_length = 10_000
    if kind is not Failure.CLOSED:
        await response.prepare(request)
        await response.write(b'{"schemaVersion": 2,')
    try:
        while kind is Failure.ENDLESS and not _left(request):
            await response.write(CHUNK)
            # Over TLS a write to somebody who left neither fails nor waits: that he did is learnt between.
            await asyncio.sleep(0)
    except ConnectionError:
        pass  # the client had enough, as it should
    if request.transport is not None:
        request.transport.abort()
    return response
