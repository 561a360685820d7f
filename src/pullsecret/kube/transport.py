"""HTTP to one API server: one session, authenticated, repeated where that is safe; JSON in, JSON out."""

import io
import json
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode, urlsplit

import aiohttp
from multidict import CIMultiDict

from pullsecret.core.calls import Call, Observe, address_of
from pullsecret.core.errors import ClusterError, ClusterUnreachable, InvalidInput, Unauthorized
from pullsecret.core.reading import type_name
from pullsecret.kube.auth import Authenticator, Now, Proof, authenticator_of, basic, unauthorized_hint
from pullsecret.kube.courtesy import Turns
from pullsecret.kube.headers import impersonation_headers, retry_after_of
from pullsecret.kube.retry import LONGEST_WAIT, retry_delay
from pullsecret.kube.settings import ClientCertificate, ClusterConfig, Proxy
from pullsecret.kube.shapes import NO_API_HINT
from pullsecret.kube.status import error_of
from pullsecret.kube.tls import tls_context
from pullsecret.kube.unreachable import failure_of
from pullsecret.kube.withheld import without_sent

CONNECT_LIMIT = 30.0
"""Seconds for the connection itself; Go's too."""

SILENCE_LIMIT = 75.0
"""Seconds without a byte; an API server ends a request by itself after 60."""

MOST_CONNECTIONS = 32
"""At once, for requests that end soon; streams come on top."""

MAX_ANSWER = 256 * 1024 * 1024
MAX_ERROR = 1024 * 1024
LARGE_BODY = 256 * 1024

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the API server.

    Attributes:
        method: GET, POST, PATCH, DELETE.
        path: with its leading slash, quoted.
        query: parameters; empty values are left out.
        body: what is sent, as JSON.
        content_type: of the body.
        accept: what should come back.
        repeatable: whether it changes nothing, so that it may be sent again.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    body: Any = field(default=None, repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"
    repeatable: bool = False


class Transport:
    """A session with one API server."""

    def __init__(
        self,
        config: ClusterConfig,
        *,
        user_agent: str,
        sleep: Sleep,
        jitter: Callable[[], float],
        now: Now,
        clock: Callable[[], float],
        observe: Observe | None = None,
    ) -> None:
        self._config, self._user_agent = config, user_agent
        self._sleep, self._jitter = sleep, jitter
        self._clock, self._observe = clock, observe
        self._turns = Turns(MOST_CONNECTIONS, clock=clock, sleep=sleep)
        self._authenticator: Authenticator = authenticator_of(config, now=now)
        self._tls: tuple[ClientCertificate | None, ssl.SSLContext] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._streams: aiohttp.ClientSession | None = None

    @property
    def server(self) -> str:
        """The API server's address."""
        return self._config.server

    async def __aenter__(self) -> Self:
        # Watches hold their connections for minutes: among the others they would leave none free.
        self._session, self._streams = _session(limit=MOST_CONNECTIONS), _session(limit=0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Each is closed even if the wait for the other is cancelled.
        async with AsyncExitStack() as stack:
            for session in (self._session, self._streams):
                if session is not None:
                    stack.push_async_callback(session.close)
            self._session = self._streams = None

    async def send(self, request: Request, *, patient: bool = True) -> dict[str, Any]:
        """Send a request and give the object that comes back.

        Args:
            request: what to send.
            patient: whether to send it again after what passes, where that is safe. A server that asks for
                patience is then given it by all such requests together.

        Raises:
            ClusterError: there was no usable answer, or an unhappy one.
        """
        return await (self._repeated(request, self._in_turn) if patient else self._answer(request))

    async def open(
        self, request: Request, *, time_limit: float, silence: float, patient: bool = True
    ) -> aiohttp.ClientResponse:
        """Send a request for a stream and give the answer as it begins; the caller reads and closes it.

        Streams have connections of their own, as many as there are streams.

        Args:
            request: what to send.
            time_limit: seconds for the whole answer.
            silence: seconds that it may be silent.
            patient: whether to send it again after what passes.

        Raises:
            ClusterError: there was no usable answer, or an unhappy one.
        """
        timeout = aiohttp.ClientTimeout(total=time_limit, sock_connect=CONNECT_LIMIT, sock_read=silence)

        async def once(request: Request) -> aiohttp.ClientResponse:
            return await self._opened(request, timeout, self._streams)

        return await (self._repeated(request, once) if patient else once(request))

    def failure(self, error: Exception, *, writing: bool = False) -> ClusterError:
        """Say what a network error means."""
        proxy = self._config.proxy.url if self._config.proxy else ""
        return failure_of(error, server=self._config.server, proxy=proxy, writing=writing)

    async def _repeated(self, request: Request, once: Callable[[Request], Awaitable[T]]) -> T:
        attempt = 0
        while True:
            try:
                return await once(request)
            except ClusterError as error:
                delay = retry_delay(
                    error, attempt=attempt, repeatable=request.repeatable, jitter=self._jitter()
                )
                if delay is None:
                    raise
            attempt += 1
            await self._sleep(delay)

    async def _in_turn(self, request: Request) -> dict[str, Any]:
        async with self._turns.turn(longest=LONGEST_WAIT):
            return await self._answer(request)

    async def _answer(self, request: Request) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(
            total=self._config.request_timeout, sock_connect=CONNECT_LIMIT, sock_read=SILENCE_LIMIT
        )
        response = await self._opened(request, timeout, self._session)
        try:
            return self._decoded(await self._read(response, MAX_ANSWER))
        except (aiohttp.ClientError, OSError) as error:
            failure = self.failure(error, writing=not request.repeatable)
        finally:
            response.release()
        raise failure

    async def _opened(
        self, request: Request, limits: aiohttp.ClientTimeout, session: aiohttp.ClientSession | None
    ) -> aiohttp.ClientResponse:
        """Send a request, with another proof after a 401, and give an answer that is not an error."""
        if session is None:
            raise RuntimeError("the cluster's client is used outside its 'async with'")
        proof = await self._authenticator.proof()
        response = await self._observed(session, request, proof, limits)
        if response.status == 401 and await self._authenticator.renewed(proof):
            response.release()
            response = await self._observed(session, request, await self._authenticator.proof(), limits)
        if response.status // 100 == 2:
            return response
        try:
            raise await self._error(request, response)
        finally:
            abandon(response)

    async def _observed(
        self, session: aiohttp.ClientSession, request: Request, proof: Proof, limits: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        """Send a request once, and tell of it."""
        began, status = self._clock(), 0
        try:
            response = await self._once(session, request, proof, limits)
            status = response.status
        finally:
            if self._observe is not None:
                address = address_of(self._config.server + request.path)
                self._observe(Call(request.method, address, status, self._clock() - began))
        return response

    async def _once(
        self, session: aiohttp.ClientSession, request: Request, proof: Proof, limits: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        proxy = self._config.proxy
        try:
            return await session.request(
                request.method,
                self._address(request),
                data=_sendable(request.body),
                headers=self._headers(request, proof),
                ssl=self._context(proof.certificate) if self._config.server.startswith("https:") else True,
                server_hostname=self._config.trust.server_name or None,
                proxy=proxy.url if proxy else None,
                proxy_headers=_proxy_headers(proxy),
                timeout=limits,
                allow_redirects=False,
            )
        except InvalidInput:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = self.failure(error, writing=not request.repeatable)
        # Outside the handler: aiohttp's errors and frames hold the request's headers, and so the token.
        raise failure

    def _address(self, request: Request) -> str:
        query = urlencode([(name, value) for name, value in request.query if value])
        return self._config.server + request.path + (f"?{query}" if query else "")

    def _headers(self, request: Request, proof: Proof) -> CIMultiDict[str]:
        headers = CIMultiDict(impersonation_headers(self._config.impersonation))
        headers["User-Agent"], headers["Accept"] = self._user_agent, request.accept
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        if not self._config.compression:
            headers["Accept-Encoding"] = "identity"
        if proof.authorization:
            headers["Authorization"] = proof.authorization.reveal()
        return headers

    def _context(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        if self._tls is None or self._tls[0] != certificate:
            self._tls = certificate, tls_context(self._config.trust, certificate, place=self._config.source)
        return self._tls[1]

    async def _read(self, response: aiohttp.ClientResponse, limit: int) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > limit:
                abandon(response)
                raise ClusterUnreachable(f"{self._config.server}: the answer does not end", hint=NO_API_HINT)
        return bytes(body)

    def _decoded(self, body: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            what = "something"
        else:
            if isinstance(answer, dict):
                return answer
            what = type_name(answer)
        raise ClusterUnreachable(
            f"{self._config.server} answered with {what} that is not the Kubernetes API's JSON",
            hint=NO_API_HINT,
        )

    async def _error(self, request: Request, response: aiohttp.ClientResponse) -> ClusterError:
        if response.status // 100 == 3:
            to = urlsplit(without_sent(response.headers.get("Location", ""), request.body))
            return ClusterUnreachable(
                f"{self._config.server} redirects to {to.scheme}://{to.netloc.rpartition('@')[2]}",
                hint="an API server does not: check the server's address in the kubeconfig",
            )
        try:
            body = await self._read(response, MAX_ERROR)
        except (aiohttp.ClientError, OSError, ClusterUnreachable):
            body = b""
        error = error_of(
            response.status,
            body,
            request=f"{request.method} {self._config.server}{request.path}",
            retry_after=retry_after_of(response.headers.get("Retry-After")),
            options=self._config.options,
            sent=request.body,
        )
        if isinstance(error, Unauthorized):
            return Unauthorized(
                f"{self._config.server} does not know who we are (401 Unauthorized)",
                status=401,
                reason=error.reason,
                hint=unauthorized_hint(self._config),
            )
        return error


def abandon(response: aiohttp.ClientResponse) -> None:
    """End an answer that is not read to its end, at once.

    A TLS connection that is closed as it should be waits for the server's goodbye: where that takes its time,
    it outlives the session, and even the loop.
    """
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
    response.close()


def _session(*, limit: int) -> aiohttp.ClientSession:
    """Make a session with at most so many connections; 0 for any number."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limit), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )


def _sendable(body: Any) -> bytes | io.BytesIO | None:
    """Encode a body; a large one is sent in pieces, so that other requests get their turn meanwhile."""
    if body is None:
        return None
    data = json.dumps(body).encode()
    return data if len(data) <= LARGE_BODY else io.BytesIO(data)


def _proxy_headers(proxy: Proxy | None) -> dict[str, str] | None:
    if proxy is None or not proxy.username:
        return None
    return {"Proxy-Authorization": basic(proxy.username, proxy.password).reveal()}
