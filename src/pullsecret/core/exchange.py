"""HTTP as values: what a flow of the registry protocol and its driver hand each other.

A flow is a generator. It yields a `Request` and is sent the `Response`, or yields `TokenNeeded` and is sent
a `Token`; what it returns is its result. It does no I/O, so that a test can drive it by hand and a driver
can cache, bound and share what it does (the habit is httpx's, `_auth.py`).
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pullsecret.core.sensitive import Sensitive

T = TypeVar("T")

KIB = 1024
ERROR_LIMIT = 64 * KIB
"""Bytes that are read of an answer which tells of an error, or of a token service."""

CONTENT_LIMIT = 4 * KIB * KIB
"""Bytes that a manifest or a config may have; what containerd takes (`MaxManifestSize`)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that a flow wants to be made.

    Attributes:
        method: ``GET``, ``HEAD`` or ``POST``.
        url: where to; never with a password in it.
        accept: the `Accept` header; may be empty.
        authorization: the `Authorization` header; empty for none. A redirect never carries it on.
        form: the body of a POST, URL-encoded.
        login: whether a password or a refresh token goes with it, so that it counts as a login attempt.
        follow: whether redirects are followed. Not where the answer is to prove the login, since the
            request that follows a redirect would be without it.
        limit: bytes that the body of a good answer may have.
        digest: what the body of a good answer hashes to, where that is known before; it may then come from
            an earlier answer of the same registry, to whoever may have it.
    """

    method: str
    url: str
    accept: str = ""
    authorization: Sensitive = field(default_factory=Sensitive)
    form: Sensitive = field(default_factory=Sensitive)
    login: bool = False
    follow: bool = True
    limit: int = ERROR_LIMIT
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """What was answered, read to its end.

    Attributes:
        status: the HTTP status.
        headers: all values of each header, by its name in lower case.
        body: the content, no longer than the request's limit; it may hold a token, so it is not shown.
        url: where the answer came from, after redirects.
        redirected: whether that is another address than the one asked for.
    """

    status: int
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    url: str = ""
    redirected: bool = False

    def header(self, name: str) -> str:
        """Give a header's last value, without blanks around it; empty when it is not there."""
        values = self.headers.get(name, ())
        return values[-1].strip() if values else ""

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case: ``application/json``."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Whether a page for people came where a registry's answer should."""
        if self.content_type in {"text/html", "application/xhtml+xml"}:
            return True
        return self.body[:256].lstrip().lower().startswith((b"<!doctype html", b"<html"))


@dataclass(frozen=True, slots=True)
class TokenNeeded:
    """A Bearer token is needed to go on.

    Attributes:
        realm: the token service's address, as the registry named it.
        service: what the registry calls itself there; may be empty.
        scope: what the token shall be for (``repository:team/app:pull``); empty for a login alone.
        refused: a token for the same that the registry no longer takes.
    """

    realm: str
    service: str = ""
    scope: str = ""
    refused: Sensitive = field(default_factory=Sensitive, compare=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A Bearer token, with the seconds that it is good for."""

    value: Sensitive
    expires_in: float = 60


Step = Request | TokenNeeded
Answer = Response | Token
Flow = Generator[Step, Answer, T]


def ask(request: Request) -> Flow[Response]:
    """Have one request made, within a flow."""
    answer = yield request
    if not isinstance(answer, Response):
        raise TypeError(f"the flow asked for a Response and was sent a {type(answer).__name__}")
    return answer


def need(needed: TokenNeeded) -> Flow[Token]:
    """Have a token fetched, within a flow."""
    answer = yield needed
    if not isinstance(answer, Token):
        raise TypeError(f"the flow asked for a Token and was sent a {type(answer).__name__}")
    return answer
