"""What stands between an operator and its API server: it counts, is cut, and answers with errors at random.

The operator speaks plain HTTP to it; it speaks to the API server as the kubeconfig says.
"""

import asyncio
import random
import ssl
import tempfile
import time
from base64 import b64decode
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml
from aiohttp import web
from yarl import URL

HOP = {"connection", "transfer-encoding", "content-length", "host", "keep-alive", "date", "server"}


class Asked:
    """One request."""

    def __init__(self, request: web.Request) -> None:
        self.at = time.monotonic()
        self.method, self.path = request.method, request.path
        query = request.query
        self.is_watch = query.get("watch") in ("true", "1")
        selector = query.get("fieldSelector", "")
        self.target = f"{self.path}?{selector}" if selector else self.path
        self.agent = request.headers.get("User-Agent", "")

    @property
    def is_write(self) -> bool:
        return self.method not in ("GET", "HEAD")

    @property
    def label(self) -> str:
        """How it is shown: what is watched, or read or written."""
        return f"{'WATCH' if self.is_watch else self.method} {self.target}"


@dataclass(frozen=True)
class Late:
    """A write that was sent, and has not arrived."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes


class FaultProxy:
    """A proxy before one API server."""

    def __init__(self, kubeconfig: str, *, seed: int = 1) -> None:
        self._server, self._tls = upstream_of(kubeconfig)
        self._random = random.Random(seed)
        self._session: aiohttp.ClientSession | None = None
        self._open: set[asyncio.Transport] = set()
        self._is_cut, self._rate, self._holds = False, 0.0, False
        self._awake = asyncio.Event()
        self._awake.set()
        self.late: list[Late] = []
        self.asked: list[Asked] = []
        self.faults: Counter[str] = Counter()
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FaultProxy"]:
        """Serve on a free loopback port."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=0)
        async with aiohttp.ClientSession(self._server, connector=connector, auto_decompress=False) as session:
            self._session = session
            try:
                yield self
            finally:
                self._break_all()
                await runner.cleanup()

    def kubeconfig(self, folder: Path) -> str:
        """Write a kubeconfig by which a client comes here."""
        path = folder / "through-proxy.kubeconfig"
        path.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": {"server": self.url}}],
            "users": [{"name": "proxy", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
        }))  # fmt: skip
        return str(path)

    def cut(self) -> None:
        """Break all connections, and every new one when its request was counted."""
        self._is_cut = True
        self._break_all()

    def swallow(self) -> None:
        """Take connections and requests and never answer them; watches that are open are silent meanwhile."""
        self._awake.clear()

    def mend(self) -> None:
        self._is_cut, self._rate = False, 0.0
        self._awake.set()

    def fail(self, rate: float) -> None:
        """Let this part of all requests fail, and watches break, each in one of several ways."""
        self._rate = rate

    def hold(self) -> None:
        """Keep writes of Secrets and ServiceAccounts from here on: they are on their way, unanswered."""
        self._holds = True

    async def kept(self, count: int) -> None:
        """Wait until so many writes are kept."""
        async with asyncio.timeout(30):
            while len(self.late) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def deliver(self) -> Counter[int]:
        """Let the writes that were kept arrive, though who sent them is gone; count the answers."""
        assert self._session is not None
        self._holds = False
        answers: Counter[int] = Counter()
        for late in self.late:
            async with self._session.request(
                late.method, late.url, data=late.body, headers=late.headers
            ) as answer:
                answers[answer.status] += 1
        return answers

    def since(self, moment: float) -> list[Asked]:
        """Give the requests from a moment on."""
        return self.asked[bisect_left(self.asked, moment, key=lambda asked: asked.at) :]

    def _break_all(self) -> None:
        for transport in list(self._open):
            transport.abort()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(request)
        self.asked.append(asked)
        transport = request.transport
        if transport is None or self._is_cut:
            return self._lose(transport, "cut")
        if not self._awake.is_set():
            self.faults["swallowed"] += 1
            await asyncio.Event().wait()
        if (
            self._holds
            and asked.is_write
            and asked.path.split("/")[5:6] in (["secrets"], ["serviceaccounts"])
        ):
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
            self.late.append(Late(asked.method, request.rel_url, headers, await request.read()))
            await asyncio.Event().wait()
        if not asked.path.startswith("/api"):
            return await self._forward(request, asked)
        if self._random.random() < self._rate:
            how = self._random.choice(("410", "429", "500", "refused", "lost", "503"))
            self.faults[how] += 1
            if how == "lost" and not asked.is_watch:  # it reaches the API server, the answer is lost
                await self._forward(request, asked, lose=True)
            if how in ("refused", "lost"):
                return self._lose(transport, how)
            return _failure(int(how))
        return await self._forward(request, asked)

    def _lose(self, transport: asyncio.Transport | None, why: str) -> web.StreamResponse:
        self.faults[why] += why in ("cut", "gone")
        if transport is not None:
            transport.abort()
        raise ConnectionResetError(why)

    async def _forward(self, request: web.Request, asked: Asked, *, lose: bool = False) -> web.StreamResponse:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        try:
            async with self._session.request(
                request.method, request.rel_url, data=await request.read() or None, headers=headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10), allow_redirects=False,
            ) as upstream:  # fmt: skip
                kept = {name: value for name, value in upstream.headers.items() if name.lower() not in HOP}
                if not asked.is_watch:
                    body = await upstream.read()
                    return web.Response(status=upstream.status, headers=kept, body=None if lose else body)
                return await self._stream(request, upstream, kept)
        except aiohttp.ClientError:  # the API server is gone: whoever asks is to see the same
            return self._lose(request.transport, "gone")

    async def _stream(
        self, request: web.Request, upstream: aiohttp.ClientResponse, headers: dict[str, str]
    ) -> web.StreamResponse:
        """Pass a watch on until it ends, or, while things fail, breaks within some seconds."""
        response = web.StreamResponse(status=upstream.status, headers=headers)
        await response.prepare(request)
        transport = request.transport
        assert transport is not None
        self._open.add(transport)
        breaks = self._random.uniform(0.5, 6.0) if self._rate else None
        try:
            async with asyncio.timeout(breaks):
                async for chunk in upstream.content.iter_any():
                    await self._awake.wait()
                    await response.write(chunk)
        except TimeoutError:
            self.faults["broken watch"] += 1
            if self._random.random() < 0.5:
                return self._lose(transport, "lost")
            await response.write(_ERROR_EVENT)
        finally:
            self._open.discard(transport)
        await response.write_eof()
        return response


_ERROR_EVENT = (
    b'{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'
    b'"message":"too old resource version","reason":"Expired","code":410}}\n'
)


def _failure(status: int) -> web.Response:
    reason = {410: "Expired", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable"}[status]
    body = {
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": status,
        "message": f"the proxy says {status}",
    }  # fmt: skip
    headers = {"Retry-After": "1"} if status == 429 else {}
    return web.json_response(body, status=status, headers=headers)


def most_in_a_second(asked: list[Asked]) -> tuple[int, str]:
    """Give the most requests of one watch in any second, and which watch that was.

    What a watch asks is its lists and its watches: GETs of one collection with one selector.
    """
    by_watch: defaultdict[str, list[float]] = defaultdict(list)
    watched = {one.target for one in asked if one.is_watch}
    for one in asked:
        if one.method == "GET" and one.target in watched:
            by_watch[one.target].append(one.at)
    most = [
        (max(bisect_left(times, start + 1.0) - index for index, start in enumerate(times)), target)
        for target, times in by_watch.items()
    ]
    return max(most, default=(0, "none"))


def upstream_of(kubeconfig: str) -> tuple[str, ssl.SSLContext | bool]:
    """Read the API server's address, and how to be trusted there: by client certificate."""
    read = yaml.safe_load(Path(kubeconfig).read_text())
    context = next(c["context"] for c in read["contexts"] if c["name"] == read["current-context"])
    cluster = next(c["cluster"] for c in read["clusters"] if c["name"] == context["cluster"])
    user = next(u["user"] for u in read["users"] if u["name"] == context["user"])
    return cluster["server"], _trusted(cluster, user) if cluster["server"].startswith("https") else True


def _trusted(cluster: dict[str, str], user: dict[str, str]) -> ssl.SSLContext:
    """Make a client's context; a kubeconfig may hold certificates as files or as text."""

    def path(holder: dict[str, str], name: str) -> str:
        if name in holder:
            return holder[name]
        with tempfile.NamedTemporaryFile(delete=False, suffix=".pem") as file:
            file.write(b64decode(holder[f"{name}-data"]))
        return file.name

    context = ssl.create_default_context(cafile=path(cluster, "certificate-authority"))
    context.load_cert_chain(path(user, "client-certificate"), path(user, "client-key"))
    return context
