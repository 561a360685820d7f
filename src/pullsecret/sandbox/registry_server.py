"""A private registry on loopback: a real HTTP server with the answers of the distribution registry 2.8.

Statuses, headers and bodies were compared with the real one's. It serves what `docker pull` needs (manifests,
blobs, tags); nobody can push over HTTP.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import hdrs, web

from pullsecret.core.sensitive import Sensitive
from pullsecret.sandbox.accounts import Accounts, Scheme, Tokens, User
from pullsecret.sandbox.certificates import Authority
from pullsecret.sandbox.images import Image, image
from pullsecret.sandbox.misbehaviour import Failure, Order, misbehave
from pullsecret.sandbox.registry_api import Answer, RegistryApi, Request
from pullsecret.sandbox.serving import HttpServer
from pullsecret.sandbox.storage import Storage

ROBOT = User("robot", Sensitive("sandbox-password"))
IMAGES = ("lnmp/nginx:v2", "team/app:1.0", "public/app:1.0")


@dataclass(frozen=True, slots=True)
class RegistrySpec:
    """What a registry is to be like.

    Attributes:
        name: what the sandbox calls it.
        scheme: how it wants to be asked.
        users: its accounts; a user ``""`` says what everybody may pull (`Scheme.BEARER` only).
        images: what it holds, as ``repository:tag``; a mapping gives the images themselves.
        tls: whether it speaks TLS, by the sandbox's own authority.
        host: the loopback address or name it listens on, as images name it.
        port: its port; 0 for any free one.
        token_port: whether its token service has a port of its own.
        realm: the URL of a foreign token service to name in its place; empty for its own.
    """

    name: str = "private"
    scheme: Scheme = Scheme.BASIC
    users: tuple[User, ...] = (ROBOT,)
    images: Iterable[str] | Mapping[str, Image] = IMAGES
    tls: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    token_port: bool = False
    realm: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that the registry saw.

    Attributes:
        method: the HTTP method.
        path: the path, without the query.
        username: the name in a Basic header or token form; empty when there was none.
        authorization: the scheme of the Authorization header, in lower case; empty when there was none.
        status: what was answered; 0 when the connection was broken off.
    """

    method: str
    path: str
    username: str
    authorization: str
    status: int


@dataclass(slots=True)
class RegistryServer:
    """One running registry; an async context manager.

    Attributes:
        spec: what it is like.
        authority: signs its certificate, if it speaks TLS.
        clock: gives the time now, for tokens.
        accounts: its users; may be changed while it runs.
        storage: what it holds; may be changed while it runs.
        seen: the requests so far, in order.
    """

    spec: RegistrySpec = field(default_factory=RegistrySpec)
    authority: Authority | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    accounts: Accounts = field(init=False)
    storage: Storage = field(init=False)
    seen: list[Seen] = field(init=False, default_factory=list)
    _orders: list[Order] = field(init=False, default_factory=list)
    _server: HttpServer | None = field(init=False, default=None)
    _api: RegistryApi = field(init=False)
    _ports: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.spec.users)
        self.storage = Storage()
        images = self.spec.images
        made = images if isinstance(images, Mapping) else {name: image(name) for name in images}
        for name, one in made.items():
            self.storage.push(name, one)

    @property
    def host(self) -> str:
        """Host and port, as images name them."""
        return f"{self.spec.host}:{self._ports[0]}"

    @property
    def realm(self) -> str:
        """The URL of its token service."""
        scheme = "https" if self.spec.tls else "http"
        return self.spec.realm or f"{scheme}://{self.spec.host}:{self._ports[-1]}/service/token"

    async def __aenter__(self) -> Self:
        self._server = HttpServer(self._handle, shutdown_timeout=0.1, prepare=_forget_server)
        await self._listen(self.spec.port)
        if self.spec.token_port:
            await self._listen(0)
        tokens = Tokens(self.spec.host, self.clock)
        self._api = RegistryApi(self.spec.scheme, self.accounts, self.storage, tokens, self.realm)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._server is not None:
            await self._server.close()

    def fail(self, kind: Failure, *, times: int | None = None, **how: Any) -> None:
        """Fail the next `times` requests (None: all) in this way; `how` are the other fields of `Order`."""
        self._orders.append(Order(kind, times, **how))

    def heal(self) -> None:
        """Drop every order to fail."""
        self._orders.clear()

    def requests(self, text: str = "") -> int:
        """Count the requests so far whose method and path (``GET /v2/...``) hold this text."""
        return sum(text in f"{one.method} {one.path}" for one in self.seen)

    def logins(self) -> Counter[str]:
        """Count by user name how often a password was sent: to the registry or to its token service."""
        return Counter(one.username for one in self.seen if one.username)

    async def _listen(self, port: int) -> None:
        assert self._server is not None  # noqa: S101 - made one line before
        context = None
        if self.spec.tls:
            self.authority = self.authority or Authority.create(self.clock())
            context = self.authority.server_context([self.spec.host])
        _, free = await self._server.listen(self.spec.host, port, tls=context)
        self._ports.append(free)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post()) if request.method == "POST" else {}
        asked = Request(
            request.method,
            request.path,
            {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers},
            {**request.query, **{key: str(value) for key, value in form.items()}},
        )
        status = 0
        try:
            order = next((o for o in self._orders if o.takes(asked.method, asked.path)), None)
            failed = await misbehave(order, request) if order else None
            response = failed if failed is not None else _response(self._api.answer(asked))
            broken = request.transport is None or request.transport.is_closing()
            status = 0 if broken else response.status
        finally:
            self.seen.append(Seen(asked.method, asked.path, asked.username, asked.scheme, status))
        return response


def _response(answer: Answer) -> web.Response:
    body = answer.body
    if not isinstance(body, bytes):
        body = json.dumps(body, separators=(",", ":")).encode() + b"\n"  # Go's encoder ends with one
    return web.Response(status=answer.status, body=body, headers=answer.headers)


async def _forget_server(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001
    response.headers.popall(hdrs.SERVER, None)
