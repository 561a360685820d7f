"""The webhook over HTTP: it answers in time, and lets everybody in."""

import asyncio
import base64
import io
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from pullsecret.operator.serving import served
from pullsecret.operator.webhook import LARGE_AT_ONCE, MOST, webhook_app

HERE = "127.0.0.1"
HASTY, PATIENT = 0.2, 30.0
"""Seconds for one answer: few where they are to be over, and otherwise all that a busy machine may need."""


@dataclass
class Hook:
    """A webhook under way, whom it was asked about, and what it counted."""

    names: Any = ()
    delay: float = 0.0
    asked: list[tuple[str, str]] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    port: int = 0

    async def names_for(self, namespace: str, account: str) -> Sequence[str]:
        self.asked.append((namespace, account))
        await asyncio.sleep(self.delay)
        if isinstance(self.names, Exception):
            raise self.names
        return self.names

    async def ask(self, body: Any, path: str = "/serviceaccounts") -> tuple[int, Any]:
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://{HERE}:{self.port}{path}", data=data) as answer,
        ):
            return answer.status, await answer.json() if answer.status == 200 else await answer.text()


@asynccontextmanager
async def hooked(time_limit: float) -> AsyncIterator[Hook]:
    made = Hook()
    app = webhook_app(made.names_for, made.counted.append, time_limit=time_limit)
    async with served(app, host=HERE, port=0) as made.port:
        yield made


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with hooked(PATIENT) as made:
        yield made


@pytest.fixture
async def hasty() -> AsyncIterator[Hook]:
    async with hooked(HASTY) as made:
        yield made


def review(**more: Any) -> dict[str, Any]:
    account = {"metadata": {"name": "default", "namespace": "web"}}
    request = {
        "uid": "u-1",
        "operation": "CREATE",
        "namespace": "web",
        "name": "default",
        "resource": {"group": "", "version": "v1", "resource": "serviceaccounts"},
        "object": account,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {**request, **more}}


@pytest.mark.parametrize("path", ["/", "/serviceaccounts", "/any/where"])
async def test_names_are_added_whatever_path_is_asked(hook, path):
    hook.names = ("harbor",)
    status, answer = await hook.ask(review(), path)
    patch = json.loads(base64.b64decode(answer["response"]["patch"]))
    assert (status, answer["response"]["uid"], answer["response"]["allowed"]) == (200, "u-1", True)
    assert patch[0] == {"op": "add", "path": "/imagePullSecrets", "value": [{"name": "harbor"}]}
    assert (hook.asked, hook.counted) == ([("web", "default")], ["patched"])


@pytest.mark.parametrize(
    ("names", "delay", "result"),
    [
        pytest.param((), 0, "unchanged", id="no-policy"),
        pytest.param(RuntimeError("broken"), 0, "failed", id="we-are-broken"),
        pytest.param(("harbor",), 5, "failed", id="we-are-slow"),
        pytest.param((None, 5), 0, "failed", id="we-talk-nonsense"),
    ],
)
async def test_whatever_is_wrong_with_us_everybody_is_let_in_and_soon(names, delay, result):
    async with hooked(HASTY if delay else PATIENT) as hook:
        hook.names, hook.delay = names, delay
        began = time.monotonic()
        status, answer = await hook.ask(review())
        assert (status, answer["response"]) == (200, {"uid": "u-1", "allowed": True})
        assert time.monotonic() - began < 1
        assert hook.counted == [result]


async def test_what_is_no_service_account_is_not_looked_at(hook):
    hook.names = ("harbor",)
    _, answer = await hook.ask(review(resource={"resource": "pods"}))
    assert (answer["response"], hook.asked) == ({"uid": "u-1", "allowed": True}, [])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"{", 400, id="no-json"),
        pytest.param(b"\xff", 400, id="no-text"),
        pytest.param(b"[" * 100_000, 400, id="deep"),
        pytest.param({"request": {}}, 400, id="no-review"),
        pytest.param(b" " * (MOST + 1), 413, id="too-long"),
    ],
)
async def test_what_is_no_question_is_refused(hook, body, status):
    assert (await hook.ask(body))[0] == status


async def test_large_questions_are_answered_too(hook):
    hook.names = ("harbor",)
    big = {"metadata": {"name": "default", "annotations": {"x": "y" * 500_000}}}
    answers = await asyncio.gather(*(hook.ask(review(object=big)) for _ in range(LARGE_AT_ONCE * 2)))
    assert all("patch" in answer["response"] for _, answer in answers)


async def test_small_questions_do_not_wait_for_large_ones(hook):
    hook.names = ("harbor",)
    held = [await begun_question(hook.port, 1_000_000) for _ in range(LARGE_AT_ONCE * 2)]
    assert "patch" in (await hook.ask(review()))[1]["response"]
    for _, writer in held:
        writer.close()


async def begun_question(port: int, length: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(HERE, port)
    writer.write(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{{".encode())
    return reader, writer


@pytest.mark.parametrize("length", [pytest.param(100, id="small"), pytest.param(1_000_000, id="large")])
async def test_questions_that_do_not_arrive_are_not_waited_for(hasty, length):
    """Nor, of large ones, are those that wait for their turn."""
    for reader, writer in [await begun_question(hasty.port, length) for _ in range(LARGE_AT_ONCE * 2)]:
        assert b"408" in await asyncio.wait_for(reader.readline(), 5)
        writer.close()
