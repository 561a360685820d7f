"""The event stream of a watch: bytes become ``(type, object)``."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import aiohttp

from pullsecret.core.errors import ClusterUnreachable
from pullsecret.core.objects import Kind, Object
from pullsecret.kube.status import error_of_status
from pullsecret.kube.transport import Request, Transport

WatchEvent = tuple[str, Object]
"""``ADDED``, ``MODIFIED``, ``DELETED`` or ``BOOKMARK``, and the object."""

MAX_EVENT = 16 * 1024 * 1024
GRACE = 30.0
"""Seconds beyond the agreed end until the server is taken for gone."""


async def watch_events(
    transport: Transport, request: Request, kind: Kind, *, time_limit: float
) -> AsyncGenerator[WatchEvent, None]:
    """Send a watch and yield its events until the server ends it.

    Raises:
        Gone: the resource version is too old.
        ClusterError: the connection broke, or what came is no watch.
    """
    limit = time_limit + GRACE
    response = await transport.open(request, time_limit=limit, silence=limit)
    try:
        async for line in _lines(response):
            yield _event(line, kind)
    except (aiohttp.ClientError, OSError) as error:
        failure = transport.failure(error)
    else:
        return
    finally:
        response.close()
    raise failure


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Split the stream; aiohttp's own lines are too short for objects."""
    rest = bytearray()
    async for chunk in response.content.iter_any():
        *lines, last = chunk.split(b"\n")
        for line in lines:
            yield bytes(rest + line)
            rest.clear()
        rest += last
        if len(rest) > MAX_EVENT:
            raise ClusterUnreachable("a watch brought an event that does not end")
    if rest.strip():
        raise ClusterUnreachable("a watch broke off in the middle of an event")


def _event(line: bytes, kind: Kind) -> WatchEvent:
    try:
        event: Any = json.loads(line)
    except (ValueError, RecursionError):
        event = None
    fields = event if isinstance(event, dict) else {}
    what, obj = fields.get("type"), fields.get("object")
    if not isinstance(what, str) or not isinstance(obj, dict):
        raise ClusterUnreachable("a watch brought something that is no event")
    if what == "ERROR":
        raise error_of_status(obj)
    return what, {**obj, "apiVersion": kind.api_version, "kind": kind.kind}
