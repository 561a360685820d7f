"""Following objects of a server that misbehaves: a clock that only waits move, scripts, what was followed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from pullsecret.core.watching import Batch, Change, ChangeType, Snapshot

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Clock:
    """A clock in seconds that moves only when somebody sleeps, and then at once."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)


@dataclass
class Script:
    """A server's answers, in turn; the last one for ever. Remembers what was asked, and when."""

    clock: Clock
    answers: list[Answer]
    asked: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        query = {name: values[0] for name, values in parse_qs(request.query_string).items()}
        watch = f"watch {query.get('resourceVersion')}" if "watch" in query else "list"
        self.asked.append(f"{watch} {query['continue']}" if "continue" in query else watch)
        self.times.append(self.clock.now)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)

    def most_in_a_second(self) -> int:
        """Give how many requests came in the busiest second."""
        return max(sum(start <= time < start + 1 for time in self.times) for start in self.times)


def listing(*names: str, version: str, token: str = "", **headers: str) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        items = [{"metadata": {"name": name, "resourceVersion": "1"}} for name in names]
        metadata = {"resourceVersion": version, "continue": token}
        return web.json_response({"metadata": metadata, "items": items}, headers=headers)

    return answer


def refusal(code: int, **headers: str) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        body = {"kind": "Status", "code": code, "message": "no"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=code, headers=named)

    return answer


def event(kind: str, name: str, version: str) -> bytes:
    obj = {"metadata": {"name": name, "resourceVersion": version}}
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


def error_event(code: int) -> bytes:
    obj = {"kind": "Status", "code": code, "message": "no", "metadata": {}}
    return json.dumps({"type": "ERROR", "object": obj}).encode() + b"\n"


BREAK = b"break the connection off"
STAY = b"stay silent"


def stream(*pieces: bytes) -> Answer:
    """Send events; then end, `BREAK` off, or `STAY` silent."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in pieces:
            if piece is BREAK:
                assert request.transport is not None
                request.transport.abort()
            elif piece is STAY:
                await asyncio.Event().wait()
            else:
                await response.write(piece)
        return response

    return answer


async def closing(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def told(batch: Batch) -> str:
    """Give a batch in one line."""
    match batch:
        case Snapshot(objects, version):
            return " ".join(["snapshot", version, *(obj["metadata"]["name"] for obj in objects)])
        case Change(kind, obj):
            return f"{kind} {obj['metadata']['name']}"


async def take(followed: Any, count: int) -> list[str]:
    """Give so many batches, and leave it open."""
    async with asyncio.timeout(10):
        return [told(await anext(aiter(followed))) for _ in range(count)]


@dataclass
class Seen:
    """What somebody who follows knows: objects by their namespaces and names."""

    objects: dict[tuple[str, str], Any] = field(default_factory=dict)
    snapshots: int = 0
    batches: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, batch: Batch) -> None:
        self.batches += 1
        if isinstance(batch, Snapshot):
            self.snapshots += 1
            self.objects = {_key(obj): obj for obj in batch.objects}
        elif batch.type is ChangeType.DELETED:
            self.objects.pop(_key(batch.object), None)
        else:
            self.objects[_key(batch.object)] = batch.object
        self.changed.set()

    async def until(self, wanted: Callable[[], Any]) -> None:
        """Wait until something holds, and look again after each batch."""
        async with asyncio.timeout(20):
            while not wanted():
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def seen_by(followed: Any) -> AsyncIterator[Seen]:
    """Follow beside the test."""
    seen = Seen()

    async def keep() -> None:
        async with aclosing(followed):
            async for batch in followed:
                seen.add(batch)

    task = asyncio.create_task(keep())
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _key(obj: Any) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
