"""The answers of a private registry and of its token service. No I/O here.

Every status, header and body is that of the distribution registry 2.8, asked with curl; the token service's
are those of Docker Hub and Harbor, where these agree.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pullsecret.sandbox.accounts import TOKEN_LIFETIME, Accounts, Scheme, Tokens, User, basic_pair, may_pull
from pullsecret.sandbox.images import DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Content
from pullsecret.sandbox.storage import Repository, Storage

COMPONENT = r"[a-zA-Z0-9]+(?:(?:[._]|__|-+)[a-zA-Z0-9]+)*"
NAME = rf"(?P<name>{COMPONENT}(?:/{COMPONENT})*)"
MANIFEST = re.compile(rf"/v2/{NAME}/manifests/(?P<reference>[^/]+)")
BLOB = re.compile(rf"/v2/{NAME}/blobs/(?P<digest>[^/]+:[^/]+)")
TAGS = re.compile(rf"/v2/{NAME}/tags/list")
JSON = {"Content-Type": "application/json; charset=utf-8", "Docker-Distribution-Api-Version": "registry/2.0"}
HTML = JSON | {"Content-Type": "text/html; charset=utf-8"}
TEXT = JSON | {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
OTHER_TYPE = "OCI {} found, but accept header does not support OCI {}s"
UNASKED: dict[str, tuple[int, dict[str, object]]] = {
    DOCKER_MANIFEST: (400, {"code": "MANIFEST_INVALID", "message": "manifest invalid", "detail": {}}),
    OCI_MANIFEST: (404, {"code": "MANIFEST_UNKNOWN", "message": OTHER_TYPE.format("manifest", "manifest")}),
    OCI_INDEX: (404, {"code": "MANIFEST_UNKNOWN", "message": OTHER_TYPE.format("index", "indexe")}),
}
"""What is said when a manifest is there, but its type was not among those that the client accepts."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked; header names are in lower case, `query` holds a form's fields too."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def authorization(self) -> str:
        """The Authorization header; empty when there is none."""
        return self.headers.get("authorization", "")

    @property
    def scheme(self) -> str:
        """The scheme of the Authorization header, in lower case."""
        return self.authorization.partition(" ")[0].lower()

    @property
    def username(self) -> str:
        """The name in a Basic header or a token form."""
        pair = basic_pair(self.authorization)
        return pair[0] if pair else self.query.get("username", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: `body` is bytes, or a value to send as JSON."""

    status: int
    body: Any = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


@dataclass(frozen=True, slots=True)
class RegistryApi:
    """One registry's rules over its users and images."""

    scheme: Scheme
    accounts: Accounts
    storage: Storage
    tokens: Tokens
    realm: str

    def answer(self, request: Request) -> Answer:
        """Answer one request, for the registry or for the token service beside it."""
        if request.path == "/service/token" and self.scheme is Scheme.BEARER:
            return self._token(request)
        if request.path == "/":
            return Answer(200, b"", {"Cache-Control": "no-cache"})
        if request.path == "/v2":
            return Answer(301, b'<a href="/v2/">Moved Permanently</a>.\n\n', HTML | {"Location": "/v2/"})
        if request.path == "/v2/":
            return self._refusal(request, "") or Answer(200, b"{}")
        for pattern, handler in _HANDLERS.items():
            if match := pattern.fullmatch(request.path):
                if request.method not in {"GET", "HEAD"}:
                    return Answer(405, b"Method not allowed\n", TEXT | {"Allow": "GET, HEAD"})
                name = match["name"]
                return self._refusal(request, name) or handler(
                    self.storage, request, name, match.groups()[-1]
                )
        return Answer(404, b"404 page not found\n", TEXT)

    def _refusal(self, request: Request, repository: str) -> Answer | None:
        match self.scheme:
            case Scheme.NONE:
                return None
            case Scheme.BASIC:
                return self._refusal_of_basic(request, repository)
            case Scheme.BEARER:
                return self._refusal_of_bearer(request, repository)

    def _refusal_of_basic(self, request: Request, repository: str) -> Answer | None:
        pair = basic_pair(request.authorization)
        user = self.accounts.by_password(*pair) if pair else None
        if user is None:
            return _unauthorized(repository, 'Basic realm="basic-realm"')
        if repository and not user.may_pull(repository):
            return _error(403, "DENIED", "requested access to the resource is denied", _wanted(repository))
        return None

    def _refusal_of_bearer(self, request: Request, repository: str) -> Answer | None:
        challenge = f'Bearer realm="{self.realm}",service="{self.tokens.service}"'
        if repository:
            challenge += f',scope="repository:{repository}:pull"'
        if request.scheme != "bearer":
            return _unauthorized(repository, challenge)
        access = self.tokens.access(request.authorization.partition(" ")[2])
        if access is None:
            return _unauthorized(repository, f'{challenge},error="invalid_token"')
        if repository and not may_pull(access, repository):
            return _unauthorized(repository, f'{challenge},error="insufficient_scope"')
        return None

    def _token(self, request: Request) -> Answer:
        user = self._caller(request)
        if user is None:
            error = {
                "code": "UNAUTHORIZED",
                "message": "unauthorized: authentication required",
                "detail": None,
            }
            return Answer(401, {"errors": [error]})
        token = self.tokens.issue(user, request.query.get("scope", "").split())
        body = {"token": token, "access_token": token, "expires_in": int(TOKEN_LIFETIME.total_seconds())}
        wanted = request.query.get("access_type") == "offline" or request.query.get("offline_token") == "true"
        if wanted and user.identity_token:
            body["refresh_token"] = user.identity_token.reveal()
        return Answer(200, body | {"issued_at": self.tokens.clock().strftime("%Y-%m-%dT%H:%M:%SZ")})

    def _caller(self, request: Request) -> User | None:
        """Find who asks for a token: by refresh token, form, or Basic header, as OAuth2 and docker do."""
        if refresh := request.query.get("refresh_token"):
            return self.accounts.by_identity_token(refresh)
        pair = basic_pair(request.authorization)
        if pair is None and "username" in request.query:
            pair = request.query["username"], request.query.get("password", "")
        return self.accounts.by_password(*pair) if pair else self.accounts.anonymous


def _manifest(storage: Storage, request: Request, name: str, reference: str) -> Answer:
    found = storage.repositories.get(name, Repository()).manifest(reference)
    if found is None:
        detail = {"Name": name, "Revision": reference} if ":" in reference else {"Tag": reference}
        return _error(404, "MANIFEST_UNKNOWN", "manifest unknown", detail)
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")}
    by_tag = ":" not in reference
    if found.media_type not in accepted and (by_tag or found.media_type != DOCKER_MANIFEST):
        status, error = UNASKED[found.media_type]
        return Answer(status, {"errors": [error]})
    return _content(request, found, {"Content-Type": found.media_type})


def _blob(storage: Storage, request: Request, name: str, digest: str) -> Answer:
    found = storage.repositories.get(name, Repository()).blobs.get(digest)
    if found is None:
        return _error(404, "BLOB_UNKNOWN", "blob unknown to registry", digest)
    kind = {"Content-Type": "application/octet-stream", "Cache-Control": "max-age=31536000"}
    return _content(request, found, kind)


def _tags(storage: Storage, request: Request, name: str, _: str) -> Answer:  # noqa: ARG001 - one shape for all
    repository = storage.repositories.get(name)
    if repository is None:
        return _error(404, "NAME_UNKNOWN", "repository name not known to registry", {"name": name})
    return Answer(200, {"name": name, "tags": sorted(repository.tags)})


_HANDLERS: dict[re.Pattern[str], Callable[[Storage, Request, str, str], Answer]] = {
    MANIFEST: _manifest,
    BLOB: _blob,
    TAGS: _tags,
}


def _content(request: Request, found: Content, headers: dict[str, str]) -> Answer:
    etag = f'"{found.digest}"'
    if request.headers.get("if-none-match") == etag:
        return Answer(304, b"", {"Docker-Distribution-Api-Version": "registry/2.0"})
    return Answer(200, found.data, JSON | headers | {"Docker-Content-Digest": found.digest, "Etag": etag})


def _unauthorized(repository: str, challenge: str) -> Answer:
    refused = _error(
        401, "UNAUTHORIZED", "authentication required", _wanted(repository) if repository else None
    )
    return Answer(401, refused.body, JSON | {"Www-Authenticate": challenge})


def _wanted(repository: str) -> list[dict[str, str]]:
    return [{"Type": "repository", "Class": "", "Name": repository, "Action": "pull"}]


def _error(status: int, code: str, message: str, detail: object) -> Answer:
    return Answer(status, {"errors": [{"code": code, "message": message, "detail": detail}]})
