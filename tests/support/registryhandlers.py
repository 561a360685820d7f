"""Answers of a registry in a few lines, for tests that change one of them."""

import base64
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from pullsecret.core.errors import RegistryFailure
from pullsecret.core.manifests import OCI_INDEX, compute_digest
from support.httpserver import Handler, json_reply

INDEX = json.dumps({
    "mediaType": OCI_INDEX,
    "manifests": [{"platform": {"os": "linux", "architecture": "amd64"}}],
}).encode()  # fmt: skip
DIGEST = compute_digest(INDEX)


def manifest_reply() -> web.Response:
    return web.Response(body=INDEX, content_type=OCI_INDEX, headers={"Docker-Content-Digest": DIGEST})


def refusal(status: int, code: str, **headers: str) -> web.Response:
    return json_reply({"errors": [{"code": code, "message": code.lower()}]}, status, **headers)


def open_registry(answers: dict[str, Callable[[], web.StreamResponse]] | None = None) -> Handler:
    """A registry that lets anybody in; `answers` replaces what is at some paths."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if answers and request.path in answers:
            return answers[request.path]()
        return json_reply() if request.path == "/v2/" else manifest_reply()

    return handle


def basic_registry(username: str, password: str, *, ping: bool = True) -> Handler:
    """A registry with Basic; without `ping` it asks only where there are images."""
    expected = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        asks = ping or request.path != "/v2/"
        if asks and request.headers.get("Authorization", "") != expected:
            return refusal(401, "UNAUTHORIZED", WWW_Authenticate='Basic realm="test"')
        return json_reply() if request.path == "/v2/" else manifest_reply()

    return handle


class BearerRegistry:
    """A registry with tokens, and its token service at ``/token`` of the same server.

    Attributes:
        realm: where it sends for tokens; its own by default.
        expires_in: what its tokens say of themselves.
        good: the tokens that it takes now.
    """

    def __init__(self, username: str, password: str, *, expires_in: int = 300) -> None:
        self.expected = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self.expires_in = expires_in
        self.realm = ""
        self.good: set[str] = set()
        self.given = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/token":
            return self.token(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.good:
            realm = self.realm or f"http://{request.host}/token"
            error = ',error="invalid_token"' if token else ""
            challenge = f'Bearer realm="{realm}",service="test"{error}'
            return refusal(401, "UNAUTHORIZED", WWW_Authenticate=challenge)
        return json_reply() if request.path == "/v2/" else manifest_reply()

    def token(self, request: web.BaseRequest) -> web.Response:
        if request.headers.get("Authorization", "") != self.expected:
            return refusal(401, "UNAUTHORIZED")
        self.given += 1
        token = f"token-{self.given}"
        self.good.add(token)
        return json_reply({"token": token, "expires_in": self.expires_in})


async def failure_of(awaitable: Any) -> RegistryFailure:
    """Wait for what must fail, and give its failure."""
    try:
        result = await awaitable
    except RegistryFailure as failure:
        return failure
    raise AssertionError(f"it did not fail: {result}")
