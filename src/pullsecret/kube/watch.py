"""The event stream of a watch: bytes become ``(type, object)``."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from pullsecret.core.errors import ClusterError, ClusterUnreachable
from pullsecret.core.objects import Kind, Object
from pullsecret.kube.lists import whole
from pullsecret.kube.shapes import NO_API_HINT, Expected
from pullsecret.kube.status import error_of_status
from pullsecret.kube.transport import Request, Transport, abandon
from pullsecret.kube.unreachable import TIMEOUT_HINT

WatchEvent = tuple[str, Object]
"""``ADDED``, ``MODIFIED``, ``DELETED`` or ``BOOKMARK``, and the object."""

EVENTS = frozenset({"ADDED", "MODIFIED", "DELETED", "BOOKMARK"})
OPENED = "OPENED"
"""No event of the server's: it agreed to the watch, and what happens from now on will come."""
MAX_EVENT = 16 * 1024 * 1024
GRACE = 30.0
"""Seconds beyond the agreed end until the server is taken for gone."""


class WatchSilent(ClusterUnreachable):
    """A watch on which nothing came for too long, or which did not end when it should."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a watch may take.

    Attributes:
        total: seconds after which the server should have ended it.
        silence: seconds between two signs of life; None for as long as it lasts.
        patient: whether to try again by oneself where opening it fails with what passes.
    """

    total: float
    silence: float | None = None
    patient: bool = True


async def watch_events(
    transport: Transport,
    request: Request,
    kind: Kind,
    limits: Limits,
    *,
    announced: bool = False,
) -> AsyncGenerator[WatchEvent, None]:
    """Send a watch and yield its events until the server ends it; if `announced`, first that it is `OPENED`.

    Raises:
        Gone: the resource version is too old.
        WatchSilent: it was silent for too long.
        ClusterError: the connection broke, or what came is no watch.
    """
    total = limits.total + GRACE
    silence = limits.silence or total
    response = await transport.open(request, time_limit=total, silence=silence, patient=limits.patient)
    failure: ClusterError
    try:
        if announced:
            yield OPENED, {}
        async for line in _lines(response, transport.server):
            yield _event(line, kind, transport.server)
    except TimeoutError:
        failure = WatchSilent(
            f"{transport.server} sent nothing on a watch of {kind.plural} for {silence:g} seconds",
            hint=TIMEOUT_HINT,
        )
    except (aiohttp.ClientError, OSError) as error:
        failure = transport.failure(error)
    else:
        return
    finally:
        abandon(response)
    raise failure


async def _lines(response: aiohttp.ClientResponse, server: str) -> AsyncIterator[bytes]:
    """Split the stream; aiohttp's own lines are too short for objects."""
    rest = bytearray()
    async for chunk in response.content.iter_any():
        *lines, last = chunk.split(b"\n")
        for line in lines:
            yield bytes(rest + line)
            rest.clear()
        rest += last
        if len(rest) > MAX_EVENT:
            raise _broken(server, "brought an event that does not end")
    if rest.strip():
        raise _broken(server, "broke off in the middle of an event")


def _event(line: bytes, kind: Kind, server: str) -> WatchEvent:
    try:
        event: Any = json.loads(line)
    except (ValueError, RecursionError):
        event = None
    fields = event if isinstance(event, dict) else {}
    what, obj = fields.get("type"), fields.get("object")
    if not isinstance(what, str) or not isinstance(obj, dict):
        raise _broken(server, "brought something that is no event")
    if what == "ERROR":
        raise error_of_status(obj, request=f"a watch of {kind.plural} at {server}")
    if what not in EVENTS:
        raise _broken(server, "brought something that is no event")
    Expected(server, f"an event about {kind.plural}").mapping(obj, "metadata", needed=True)
    return what, whole(obj, kind)


def _broken(server: str, how: str) -> ClusterUnreachable:
    return ClusterUnreachable(f"a watch at {server} {how}", hint=NO_API_HINT)
