"""The webhook on ServiceAccounts, as HTTP: it answers within a second, and lets everybody in."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext

from aiohttp import web

from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Object
from pullsecret.operator.admission import Admission, additions, admission_of, answer, asks_for_names

_LOG = logging.getLogger(__name__)

NamesFor = Callable[[str, str], Awaitable[Sequence[str]]]
"""Names the Secrets that policies want in a ServiceAccount's list; given its namespace and name."""
Count = Callable[[str], None]
"""Told of each answer: ``patched``, ``unchanged`` or ``failed``."""

TIME_LIMIT = 0.8
"""Seconds for one answer: the API server waits for one, and the way takes some of it."""
MOST = 4 * 1024 * 1024
"""Bytes of a question: two objects as large as etcd takes them (1.5 MiB), and room."""
SMALL, LARGE_AT_ONCE = 64 * 1024, 4
"""Anybody in the cluster can ask; large questions wait for each other, or they could fill our memory."""


def webhook_app(names_for: NamesFor, count: Count, *, time_limit: float = TIME_LIMIT) -> web.Application:
    """Make the application that the API server asks, whatever path the configuration names.

    Args:
        names_for: names the Secrets; may take its time, within the limit.
        count: is told of each answer.
        time_limit: seconds for one answer.
    """
    large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def review(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(time_limit), nullcontext() if _is_small(request) else large:
                admission = admission_of(json.loads(await request.read()))
        except (ValueError, RecursionError, InvalidInput):
            return web.Response(text="this is no AdmissionReview\n", status=400)
        except TimeoutError:
            return web.Response(text="the question did not arrive in time\n", status=408)
        patch = await _patch(admission, names_for, count, time_limit)
        return web.json_response(answer(admission.uid, patch))

    app = web.Application(client_max_size=MOST)
    app.router.add_post("/{path:.*}", review)
    return app


def _is_small(request: web.Request) -> bool:
    return request.content_length is not None and request.content_length <= SMALL


async def _patch(admission: Admission, names_for: NamesFor, count: Count, time_limit: float) -> list[Object]:
    """Give what to change; nothing where that cannot be told in time: the controller mends it later."""
    patch: list[Object] = []
    try:
        if admission.account is not None and asks_for_names(admission):
            async with asyncio.timeout(time_limit):
                names = await names_for(admission.namespace, admission.name)
            patch = additions(admission.account, names)
        count("patched" if patch else "unchanged")
    except Exception as error:  # noqa: BLE001  whatever is wrong with us, nobody is kept out
        count("failed")
        _LOG.warning(
            "a ServiceAccount was admitted as it is: %s",
            str(error) or type(error).__name__,
            extra={"namespace": admission.namespace, "serviceaccount": admission.name},
        )
    return patch
