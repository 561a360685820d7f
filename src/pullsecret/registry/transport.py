"""Makes the requests that the flows of `core` want, over aiohttp: bounded, and with no login on redirects."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from pullsecret._version import __version__
from pullsecret.core.causes import Cause
from pullsecret.core.errors import InvalidInput
from pullsecret.core.exchange import ERROR_LIMIT, Request, Response
from pullsecret.core.proxies import proxy_fault, proxy_for
from pullsecret.core.redirects import next_address
from pullsecret.core.sensitive import Sensitive
from pullsecret.registry.addresses import leads_here, not_local
from pullsecret.registry.failures import Attempt, failure_of, proxy_failure

REDIRECTS_MAX = 10
"""As many as Go's HTTP client, and so the runtimes, follow."""

CONNECT_SECONDS = 10.0
_CHUNK = 64 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})


class Transport:
    """One session for all registries of a run.

    Args:
        ca_file: certificates of authorities to trust besides the system's.
        ca_pem: the same as text; empty for none.
        environment: names the proxies.
        concurrency: requests to one host that may be under way at once.
        time_limit: seconds that one request may take, its answer included.
        resolver: finds addresses by name; the system's by default.
        local_addresses: whether this machine itself, and its link, may be connected to, by a proxy too.
        elsewhere: whether redirects to other hosts are followed.
    """

    def __init__(
        self,
        *,
        ca_file: str | None,
        environment: Mapping[str, str],
        concurrency: int,
        time_limit: float,
        resolver: AbstractResolver | None = None,
        ca_pem: str = "",
        local_addresses: bool = True,
        elsewhere: bool = True,
    ) -> None:
        self._ca_file, self._ca_pem = ca_file, ca_pem
        self._connect = None if local_addresses else not_local
        self._environment, self._elsewhere = environment, elsewhere
        self._time_limit = time_limit
        self._resolver = resolver
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(concurrency)
        )
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Make the session; no connection yet.

        Raises:
            InvalidInput: the file of authorities cannot be read.
        """
        if self._trusts_more:
            self._tls  # noqa: B018  (read now, so that a wrong file is told before anything is done)
        connect = min(CONNECT_SECONDS, self._time_limit)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, resolver=self._resolver, socket_factory=self._connect),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._time_limit, sock_connect=connect),
            # What is compressed could grow without end, and its digest is not the manifest's.
            headers={"User-Agent": f"pullsecret/{__version__}", "Accept-Encoding": "identity"},
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def perform(self, request: Request, host: str) -> Response:
        """Make one request for a registry, and follow where it leads if the request allows it.

        Raises:
            RegistryFailure: no usable answer came.
        """
        url, authorization = request.url, request.authorization
        for _ in range(REDIRECTS_MAX + 1):
            response = await self._exchange(request, url, authorization, host)
            location = response.header("location")
            if response.status not in _MOVED or not location or not request.follow:
                return response
            url, authorization = self._next(url, location, host), Sensitive()
        raise self._attempt(url, host).failure(
            f"sends on without end, more than {REDIRECTS_MAX} times", Cause.REGISTRY_ERROR,
            "check the registry's own address in its settings, and the proxy before it", response.status,
        )  # fmt: skip

    async def _exchange(self, request: Request, url: str, authorization: Sensitive, host: str) -> Response:
        """Make one request to one address."""
        attempt = self._attempt(url, host)
        if fault := attempt.proxy and proxy_fault(attempt.proxy):
            raise proxy_failure(fault, attempt)
        if attempt.proxy and self._connect and await self._leads_here(url):
            raise attempt.failure("is a local address, which is not connected to", Cause.REGISTRY_ERROR)
        try:
            async with self._places[attempt.address]:
                response, complete = await self._receive(request, url, authorization, attempt.proxy)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = failure_of(error, attempt)
        else:
            if complete or response.status != 200:
                return response
            raise attempt.failure(
                f"sends more than {request.limit} bytes for {urlsplit(url).path}", Cause.REGISTRY_ERROR,
                "check that it is a registry",
            )  # fmt: skip
        # Raised out here: within the handler it would carry the library's error, which holds the headers.
        raise failure

    async def _receive(
        self, request: Request, url: str, authorization: Sensitive, proxy: Sensitive
    ) -> tuple[Response, bool]:
        """Send a request and read the answer; say whether that is all of it, or as much as may be."""
        if self._session is None:
            raise RuntimeError("the transport is not open")
        headers = {"Accept": request.accept} if request.accept else {}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if request.form else {}
        async with self._session.request(
            request.method,
            URL(url, encoded=True),
            headers=headers | ({"Authorization": authorization.reveal()} if authorization else {}),
            data=request.form.reveal().encode() if request.form else None,
            allow_redirects=False,
            # Without authorities of our own the library's context will do: making one takes 25 ms.
            ssl=self._tls if self._trusts_more and url.startswith("https:") else True,
            proxy=proxy.reveal() if proxy else None,
        ) as answer:
            body, complete = await _read(answer, request.limit if answer.status == 200 else ERROR_LIMIT)
            received: dict[str, tuple[str, ...]] = defaultdict(tuple)
            for name, value in answer.headers.items():
                received[name.lower()] += (value,)
            return Response(answer.status, received, body, url, redirected=url != request.url), complete

    def _next(self, url: str, location: str, host: str) -> str:
        try:
            return next_address(url, location, elsewhere=self._elsewhere)
        except ValueError as error:
            raise self._attempt(url, host).failure(str(error), Cause.REGISTRY_ERROR) from None

    async def _leads_here(self, url: str) -> bool:
        return await leads_here(urlsplit(url).hostname or "", self._resolver or aiohttp.ThreadedResolver())

    def _attempt(self, url: str, host: str) -> Attempt:
        parts = urlsplit(url)
        proxy = proxy_for(url, self._environment)
        return Attempt(host, parts.netloc, parts.scheme == "http", proxy, self._time_limit)

    @property
    def _trusts_more(self) -> bool:
        return self._ca_file is not None or bool(self._ca_pem)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        try:
            context.load_verify_locations(cafile=self._ca_file, cadata=self._ca_pem or None)
        except OSError as error:
            is_content = isinstance(error, ssl.SSLError)
            reason = "holds no certificate in PEM format" if is_content else error.strerror
            raise InvalidInput(
                reason or "cannot be read",
                place=self._ca_file or "the CA bundle",
                hint="give certificates in PEM format",
            ) from None
        return context


async def _read(answer: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    """Read a body up to a limit; say whether that was all."""
    chunks, size = [], 0
    async for chunk in answer.content.iter_chunked(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            _abandon(answer)
            return b"".join(chunks)[:limit], False
    return b"".join(chunks), True


def _abandon(answer: aiohttp.ClientResponse) -> None:
    """End an answer that does not end, at once: a polite end over TLS would hear it out."""
    connection = answer.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
    answer.close()
