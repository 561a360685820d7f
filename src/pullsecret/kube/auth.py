"""What a request carries to say who asks: tokens that are read again, plugins that are run again."""

import asyncio
import base64
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.execplugin import ExecCredential, run_plugin
from pullsecret.kube.identity import read_token
from pullsecret.kube.settings import ClientCertificate, ClusterConfig, ExecPlugin, Identity

TOKEN_FILE_AGE = 50.0
"""Seconds after which a token's file is read again: client-go's minute, less ten seconds' leeway."""

Now = Callable[[], float]
"""The time in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Who asks, at this moment: an `Authorization` header, a client certificate, both, or neither."""

    authorization: Sensitive = field(default_factory=Sensitive)
    certificate: ClientCertificate | None = None


class Authenticator(Protocol):
    """Gives the proof for each request."""

    async def proof(self) -> Proof:
        """Give the proof to send now."""

    async def renewed(self, refused: Proof) -> bool:
        """After a 401, look for another proof; whether there is one that was not sent yet."""


def authenticator_of(config: ClusterConfig, *, now: Now) -> Authenticator:
    """Choose how this identity proves itself."""
    identity = config.identity
    if identity.plugin is not None:
        return PluginAuthenticator(identity.plugin, now=now)
    if identity.token_file:
        return TokenFileAuthenticator(identity, now=now)
    return FixedAuthenticator(Proof(_authorization(identity), identity.certificate))


def _authorization(identity: Identity) -> Sensitive:
    if identity.token:
        return _bearer(identity.token)
    if identity.username or identity.password:
        return basic(identity.username, identity.password)
    return Sensitive()


def basic(username: str, password: Sensitive) -> Sensitive:
    """Make the value of an `Authorization` header for Basic authentication."""
    pair = f"{username}:{password.reveal()}".encode("utf-8", "replace")
    return Sensitive("Basic " + base64.b64encode(pair).decode("ascii"))


def _bearer(token: Sensitive) -> Sensitive:
    return Sensitive(f"Bearer {token.reveal()}") if token else Sensitive()


def unauthorized_hint(config: ClusterConfig) -> str:
    """Tell what to do where the API server does not know us, by how we said who we are."""
    identity, user = config.identity, f"user {config.user_name!r} of {config.source}"
    if identity.plugin is not None:
        return f"log in again with {identity.plugin.command}: what it printed for {user} was refused"
    if identity.token:
        return f"log in again: the token of {user} is wrong or has expired"
    if identity.certificate is not None:
        return f"get a new kubeconfig: the client certificate of {user} has expired, or is another cluster's"
    if identity.username:
        return (
            f"the user name or password of {user} is wrong (since Kubernetes 1.19 no cluster takes passwords)"
        )
    if config.server.startswith("http:"):
        return "over plain http no credential is sent; use the https address"
    return f"{user} has no credential; log in again"


class FixedAuthenticator:
    """The same proof always."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof

    async def proof(self) -> Proof:
        """Give the proof."""
        return self._proof

    async def renewed(self, refused: Proof) -> bool:
        """There is no other."""
        return False


class TokenFileAuthenticator:
    """A token that somebody else keeps fresh in a file; the kubelet does for a Pod.

    A file that cannot be read leaves the last good token.
    """

    def __init__(self, identity: Identity, *, now: Now) -> None:
        self._identity, self._now = identity, now
        self._token, self._read_at = identity.token, now()

    async def proof(self) -> Proof:
        """Give the token, read again if it was read a while ago."""
        if self._now() - self._read_at >= TOKEN_FILE_AGE:
            self._read()
        return Proof(_bearer(self._token), self._identity.certificate)

    async def renewed(self, refused: Proof) -> bool:
        """Read the file at once."""
        self._read()
        return _bearer(self._token) != refused.authorization

    def _read(self) -> None:
        self._read_at = self._now()
        try:
            self._token = read_token(self._identity.token_file, place="token file")
        except InvalidInput:
            return


class PluginAuthenticator:
    """What an exec plugin prints, until it expires or is refused."""

    def __init__(self, plugin: ExecPlugin, *, now: Now, terminal: bool | None = None) -> None:
        self._plugin, self._now = plugin, now
        self._terminal = sys.stdin is not None and sys.stdin.isatty() if terminal is None else terminal
        self._credential: ExecCredential | None = None
        self._proof = Proof()
        self._running = asyncio.Lock()

    async def proof(self) -> Proof:
        """Give the plugin's credential; runs it at most once at a time."""
        async with self._running:
            if self._credential is None or self._expired(self._credential):
                await self._run()
            return self._proof

    async def renewed(self, refused: Proof) -> bool:
        """Run the plugin again, unless another request did so since."""
        async with self._running:
            if self._proof == refused:
                await self._run()
            return self._proof != refused

    async def _run(self) -> None:
        credential = await run_plugin(self._plugin, terminal=self._terminal)
        self._credential = credential
        self._proof = Proof(_bearer(credential.token), credential.certificate)

    def _expired(self, credential: ExecCredential) -> bool:
        return (
            credential.expires is not None and datetime.fromtimestamp(self._now(), UTC) >= credential.expires
        )
