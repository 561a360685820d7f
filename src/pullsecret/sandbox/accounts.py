"""Who may pull what at a sandbox registry, and the tokens that say so. No I/O here.

The answers are those of the distribution registry 2.8 (htpasswd and token access controllers) and of token
services like Harbor's and Docker Hub's: who asks for more than he may do gets a token for less, and a wrong
password gets 401 of the token service.
"""

import base64
import binascii
import fnmatch
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pullsecret.core.sensitive import Sensitive

TOKEN_LIFETIME = timedelta(minutes=5)


class Scheme(StrEnum):
    """How a registry wants to be asked."""

    NONE = "none"
    BASIC = "basic"
    BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class User:
    """One account of a registry.

    Attributes:
        name: the user name; empty for everybody who does not say who he is.
        password: the password.
        pull: globs of the repositories this user may pull.
        identity_token: an OAuth2 refresh token that stands for the password; empty when there is none.
    """

    name: str
    password: Sensitive = field(default_factory=Sensitive)
    pull: tuple[str, ...] = ("*",)
    identity_token: Sensitive = field(default_factory=Sensitive)

    def may_pull(self, repository: str) -> bool:
        """Say whether one of the globs covers the repository."""
        return any(fnmatch.fnmatchcase(repository, glob) for glob in self.pull)


class Accounts:
    """The users of one registry; passwords may change while it runs, as in real life."""

    def __init__(self, users: Iterable[User]) -> None:
        self._users = {user.name: user for user in users}

    def put(self, user: User) -> None:
        """Add a user, or change one."""
        self._users[user.name] = user

    def remove(self, name: str) -> None:
        """Take a user away; his tokens live until they expire, as at real registries."""
        del self._users[name]

    @property
    def anonymous(self) -> User:
        """What those may do who do not say who they are: nothing, unless the user ``""`` exists."""
        return self._users.get("", User("", pull=()))

    def by_password(self, name: str, password: str) -> User | None:
        """Give the user whose name and password these are."""
        user = self._users.get(name)
        if not name or user is None or not _equal(user.password.reveal(), password):
            return None
        return user

    def by_identity_token(self, token: str) -> User | None:
        """Give the user whose identity token this is."""
        for user in self._users.values():
            if user.identity_token and _equal(user.identity_token.reveal(), token):
                return user
        return None


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and reads Bearer tokens: JSON Web Tokens with the claims of distribution's token specification.

    Attributes:
        service: the audience: the registry that accepts them.
        clock: gives the time now, with a time zone.
        key: signs them (HS256: one process makes and reads them).
    """

    service: str
    clock: Callable[[], datetime]
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def issue(self, user: User, scopes: Sequence[str]) -> str:
        """Make a token for as much of the scopes as the user may do."""
        now = int(self.clock().timestamp())
        claims = {
            "iss": "pullsecret-sandbox",
            "sub": user.name,
            "aud": self.service,
            "iat": now,
            "nbf": now - 10,
            "exp": now + int(TOKEN_LIFETIME.total_seconds()),
            "jti": secrets.token_hex(8),
            "access": [_granted(user, scope) for scope in scopes],
        }
        text = ".".join(
            _base64url(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims)
        )
        return f"{text}.{_base64url(self._signature(text))}"

    def access(self, token: str) -> list[dict[str, Any]] | None:
        """Give what a token allows; None when it is not ours or has expired."""
        text, _, signature = token.rpartition(".")
        if not _equal(_base64url(self._signature(text)), signature):
            return None
        payload = text.partition(".")[2]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        access: list[dict[str, Any]] = claims["access"]
        return access if claims["exp"] > self.clock().timestamp() else None

    def _signature(self, text: str) -> bytes:
        return hmac.digest(self.key, text.encode(), hashlib.sha256)


def may_pull(access: Iterable[dict[str, Any]], repository: str) -> bool:
    """Say whether a token's access covers pulling this repository."""
    return any(
        a["type"] == "repository" and a["name"] == repository and "pull" in a["actions"] for a in access
    )


def basic_pair(authorization: str) -> tuple[str, str] | None:
    """Read user name and password of an `Authorization: Basic` header; None when it is no such header."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, password


def _granted(user: User, scope: str) -> dict[str, Any]:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    allowed = [a for a in actions.split(",") if kind == "repository" and a == "pull" and user.may_pull(name)]
    return {"type": kind, "name": name, "actions": allowed}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _equal(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode(), b.encode())
