"""Asks registries: drives the flows of `core`, and sees to it that nothing is asked twice.

What is asked once a run and then known: how a registry answers at all, whether it accepts a login, and every
token until it expires. A password that was refused is not sent to that registry again, whatever it is for:
some lock accounts out after a few tries.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

from aiohttp.abc import AbstractResolver

from pullsecret.core.calls import Call, Observe, address_of
from pullsecret.core.causes import Cause
from pullsecret.core.challenge import secrets_of
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.endpoints import DOCKER_HUB, Endpoint, endpoints
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.exchange import Answer, Flow, Request, Response, Step, Token, TokenNeeded
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import Manifest
from pullsecret.core.realms import RealmPolicy
from pullsecret.core.registryflow import Ping, login_flow, manifest_flow, ping_flow, repository_flow
from pullsecret.core.spellings import struck
from pullsecret.core.tokens import token_flow
from pullsecret.core.verdicts import LoginResult
from pullsecret.registry.contents import Contents
from pullsecret.registry.shared import Shared
from pullsecret.registry.transport import Transport

T = TypeVar("T")

TOKEN_SHARE = 0.9
"""The part of a token's time after which it is fetched anew, so that it does not expire on the way."""

TOKENS_AT_ONCE = 6
"""Tokens that are fetched at once for one registry. Their services check passwords, which takes time; where
the queue for new connections is short, who does not fit in waits for a second."""


class RegistryClient:
    """All registries of one run, as an async context manager.

    Args:
        ca_file: certificates of authorities to trust besides the system's.
        plain_http: registries to speak to without TLS. Loopback ones need no telling.
        environment: names the proxies.
        policy: where passwords may go; any HTTPS address by default. One that does not allow that follows
            no redirect to another host either.
        concurrency: requests to one host that may be under way at once.
        time_limit: seconds that one request may take.
        clock: seconds that only go forward, for the age of tokens.
        resolver: finds addresses by name; the system's by default.
        observe: is told of every request that was made; nobody by default.
        ca_pem: certificates of authorities as text, as a policy holds them.
        local_addresses: whether this machine itself, and its link, may be connected to, by a proxy too.
    """

    def __init__(
        self,
        *,
        ca_file: str | None = None,
        plain_http: Collection[str] | Callable[[str], bool] = (),
        environment: Mapping[str, str],
        policy: RealmPolicy | None = None,
        concurrency: int = 16,
        time_limit: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        resolver: AbstractResolver | None = None,
        observe: Observe | None = None,
        ca_pem: str = "",
        local_addresses: bool = True,
    ) -> None:
        self._transport = Transport(
            ca_file=ca_file,
            environment=environment,
            concurrency=concurrency,
            time_limit=time_limit,
            resolver=resolver,
            ca_pem=ca_pem,
            local_addresses=local_addresses,
            elsewhere=(policy or RealmPolicy.cli()).anywhere,
        )
        self._is_plain = plain_http if callable(plain_http) else _among(plain_http)
        self._policy = policy or RealmPolicy.cli()
        self._clock, self._observe = clock, observe
        self._pings: Shared[Ping] = Shared()
        self._logins: Shared[LoginResult] = Shared()
        self._tokens: Shared[_Held] = Shared()
        self._contents = Contents()
        self._fetching: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(min(TOKENS_AT_ONCE, concurrency))
        )
        self._gates: dict[Hashable, _Gate] = {}

    async def __aenter__(self) -> Self:
        self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Each is closed even if the wait for another is cancelled.
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._transport.close)
            for shared in (self._pings, self._logins, self._tokens):
                stack.push_async_callback(shared.close)

    async def login(self, host: str, credential: Credential) -> LoginResult:
        """Ask a registry, and its token service if it names one, whether it accepts a login; once a run.

        Raises:
            RegistryFailure: it does not, or it cannot be told.
            InvalidInput: `host` is no registry's name.
        """
        ping = await self._ping(host)
        key = (_name(host), credential)
        return await self._logins.get(
            key, lambda: self._drive(login_flow(ping, credential), ping.endpoint, credential)
        )

    async def manifest(
        self, image: ImageReference, credential: Credential, *, platforms: bool = False
    ) -> Manifest:
        """Fetch what an image's tag or digest stands for, HEAD before GET.

        An index names its platforms. With `platforms` the config of a manifest of a single one is read too.

        Raises:
            RegistryFailure: the registry does not give it.
        """
        ping = await self._ping(image.registry)
        proven = False
        if ping.challenge is not None and not credential.anonymous and not credential.registry_token:
            # First, so that a wrong password is one failed login; a refusal after it is about the image.
            proven = (await self.login(image.registry, credential)).proven
        flow = manifest_flow(ping, image, credential, platforms=platforms, proven=proven)
        return await self._drive(flow, ping.endpoint, credential, proven=proven)

    async def has_repository(self, image: ImageReference, credential: Credential) -> bool | None:
        """Tell whether an image's repository is there; None where that cannot be told."""
        try:
            ping = await self._ping(image.registry)
            return await self._drive(repository_flow(ping, image, credential), ping.endpoint, credential)
        except RegistryFailure:
            return None

    async def _ping(self, host: str) -> Ping:
        candidates = endpoints(host, plain=self._is_plain(host))
        return await self._pings.get(_name(host), lambda: self._try(candidates))

    async def _try(self, candidates: tuple[Endpoint, ...]) -> Ping:
        """Ping one address after the other, as long as it may be the scheme that is wrong."""
        first, *others = candidates
        try:
            return await self._drive(ping_flow(first), first)
        except RegistryFailure as failure:
            if not others or not _may_be_the_scheme(failure):
                raise
            original = failure
        try:
            return await self._try(tuple(others))
        except RegistryFailure as failure:
            raise (original if _may_be_the_scheme(failure) else failure) from None

    async def _drive(
        self, flow: Flow[T], endpoint: Endpoint, credential: Credential = ANONYMOUS, *, proven: bool = False
    ) -> T:
        """Do what a flow wants, step by step, until it has its result."""
        try:
            step = next(flow)
            while True:
                step = flow.send(await self._do(step, endpoint, credential, proven))
        except StopIteration as end:
            result: T = end.value
            return result

    async def _do(self, step: Step, endpoint: Endpoint, credential: Credential, proven: bool) -> Answer:
        if isinstance(step, TokenNeeded):
            return await self._token(step, endpoint, credential, proven)

        async def perform(request: Request) -> Response:
            if request.login:
                return await self._attempt_login(request, endpoint, credential)
            return await self._perform(request, endpoint, credential)

        return await self._contents.fetch(_name(endpoint.host), step, perform)

    async def _token(
        self, needed: TokenNeeded, endpoint: Endpoint, credential: Credential, proven: bool
    ) -> Token:
        key = (_name(endpoint.host), needed, credential)
        held = self._tokens.peek(key)
        if held and (held.until <= self._clock() or held.token.value == needed.refused):
            self._tokens.forget(key)

        async def fetch() -> _Held:
            flow = token_flow(needed, credential, endpoint, self._policy, proven=proven)
            async with self._fetching[_name(endpoint.host)]:
                token = await self._drive(flow, endpoint, credential)
            return _Held(token, self._clock() + token.expires_in * TOKEN_SHARE)

        return (await self._tokens.get(key, fetch)).token

    async def _attempt_login(self, request: Request, endpoint: Endpoint, credential: Credential) -> Response:
        """Make a request that carries a password: alone, until one was not refused; none after one was."""
        gate = self._gates.setdefault((_name(endpoint.host), credential), _Gate())
        if not gate.open:
            async with gate.lock:
                if gate.failure:
                    raise gate.failure
                if gate.refusal:
                    return gate.refusal
                if not gate.open:
                    return await self._open(gate, request, endpoint, credential)
        return await self._perform(request, endpoint, credential)

    async def _open(
        self, gate: "_Gate", request: Request, endpoint: Endpoint, credential: Credential
    ) -> Response:
        try:
            response = await self._perform(request, endpoint, credential)
        except RegistryFailure as failure:
            gate.failure = failure
            raise
        if response.status == 401:
            gate.refusal = response
        else:
            gate.open = True
        return response

    async def _perform(self, request: Request, endpoint: Endpoint, credential: Credential) -> Response:
        """Make a request, and tell of it; addresses that others name may repeat what they were sent."""
        began, status = self._clock(), 0
        try:
            response = await self._transport.perform(request, endpoint.host)
            status = response.status
        except RegistryFailure as failure:
            if not failure.message.startswith(f"{endpoint.host} "):  # it is about another host
                failure.message = struck(failure.message, secrets_of(credential))
                failure.args = (failure.message,)
            raise
        finally:
            if self._observe is not None:
                address = struck(address_of(request.url), secrets_of(credential))
                self._observe(Call(request.method, address, status, self._clock() - began))
        return response


@dataclass(slots=True)
class _Gate:
    """What is known of one credential at one registry."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    open: bool = False
    refusal: Response | None = None
    failure: RegistryFailure | None = None


@dataclass(frozen=True, slots=True)
class _Held:
    token: Token
    until: float


def _name(host: str) -> str:
    """One name for all the spellings of a registry."""
    return "docker.io" if host.lower() in DOCKER_HUB else host.lower()


def _among(hosts: Collection[str]) -> Callable[[str], bool]:
    named = {host.lower() for host in hosts}
    return lambda host: host.lower() in named


def _may_be_the_scheme(failure: RegistryFailure) -> bool:
    """Whether a server that speaks the other of HTTP and HTTPS may look like that."""
    return failure.cause is Cause.HTTP_HTTPS_MISMATCH or (
        failure.cause is Cause.REGISTRY_ERROR and failure.status == 0
    )
