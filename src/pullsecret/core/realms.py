"""Where a password may go: to the registry it was given for, and to that registry's token service.

The registry names its token service itself, in the challenge's `realm`. A registry that is not what it
seems, or somebody on the way, could name any address there; so each face has a rule.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, urlsplit

from pullsecret.core.endpoints import Endpoint
from pullsecret.core.plaintext import printable

REALM_MAX = 2048
# No percent signs: what one library takes for part of a name, another decodes to a slash.
_HOST_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|[0-9a-f:.]+")

# Under these, names that differ in one label belong to people who do not know each other. That holds under
# every registry's suffix too (co.uk, com.cn); those are told by their form, see `_is_shared`.
_SHARED = frozenset({
    "amazonaws.com", "appspot.com", "azurecr.cn", "azurecr.io", "azurecr.us", "azurefd.net",
    "azurewebsites.net", "cloudapp.net", "cloudflare.net", "cloudfront.net", "cr.aliyuncs.com", "ddns.net",
    "digitaloceanspaces.com", "duckdns.org", "dynv6.net", "fly.dev", "github.dev", "github.io", "gitlab.io",
    "googleusercontent.com", "herokuapp.com", "hopto.org", "jfrog.io", "loca.lt", "localhost.run",
    "myftp.org", "myhuaweicloud.com", "netlify.app", "ngrok-free.app", "ngrok.app", "ngrok.io", "nip.io",
    "no-ip.org", "ocir.io", "onrender.com", "pages.dev", "pkg.dev", "r2.dev", "run.app", "scw.cloud",
    "sslip.io", "synology.me", "tencentcloudcr.com", "traefik.me", "trycloudflare.com", "ts.net",
    "vercel.app", "web.app", "workers.dev", "xip.io",
})  # fmt: skip

# Second-level names that registries of countries hand out names below: co.uk, com.cn, or.jp, gov.br.
_GENERIC = frozenset({
    "ac", "biz", "co", "com", "edu", "firm", "gen", "go", "gob", "gouv", "gov", "id", "ind", "info", "ltd",
    "me", "mil", "ne", "net", "nom", "or", "org", "plc", "sch", "web",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class RealmPolicy:
    """Which token services a password may be sent to.

    Attributes:
        anywhere: any host will do, as long as it is spoken to by HTTPS. Without it redirects to other hosts
            are not followed either, for whatever they are.
        allowed: hosts, with or without a port, that will do besides.
    """

    anywhere: bool = False
    allowed: frozenset[str] = frozenset()

    @classmethod
    def cli(cls) -> Self:
        """Any HTTPS address, as container runtimes do; plain HTTP only to a registry's own host."""
        return cls(anywhere=True)

    @classmethod
    def operator(cls, allowed: Iterable[str] = ()) -> Self:
        """The registry's host, one under the same parent domain, or one of `allowed` (`--allow-realm`)."""
        return cls(allowed=frozenset(host.lower() for host in allowed))

    def refusal(self, realm: str, endpoint: Endpoint) -> str:
        """Say why nothing may be sent to this realm; empty when it may.

        Args:
            realm: the token service's address, as the challenge has it.
            endpoint: the registry that named it.
        """
        parts = _split(realm)
        if parts is None or parts.scheme not in {"http", "https"}:
            return f"it names no usable address for its token service ({printable(realm[:80])!r})"
        if parts.username is not None or parts.password is not None:
            return "it names a token service with a login of its own in the address"
        host = parts.hostname or ""
        if parts.scheme == "http" and not (endpoint.plain and host == endpoint.name):
            return (
                f"it names a token service by plain HTTP ({host}), where passwords could be read on the way"
            )
        if self.anywhere or host == endpoint.name or self._is_allowed(parts) or _related(host, endpoint.name):
            return ""
        return f"it names a token service elsewhere ({host})"

    def _is_allowed(self, parts: SplitResult) -> bool:
        return parts.hostname in self.allowed or parts.netloc.lower() in self.allowed


def _split(realm: str) -> SplitResult | None:
    """Take an address apart; None for what browsers and libraries might read differently from us."""
    if len(realm) > REALM_MAX or "\\" in realm or any(char <= " " or char > "~" for char in realm):
        return None
    try:
        parts = urlsplit(realm)
        parts.port  # noqa: B018  (raises ValueError for a bad one)
    except ValueError:
        return None
    return parts if _HOST_NAME.fullmatch(parts.hostname or "") else None


def _related(host: str, registry: str) -> bool:
    """Whether two hosts stand under one parent domain, or one of them is the other's parent."""
    if _is_address(host) or _is_address(registry):
        return False
    parents = {_parent(host), host} & {_parent(registry), registry}
    return any(not _is_shared(parent) for parent in parents)


def _parent(host: str) -> str:
    return host.partition(".")[2]


def _is_shared(domain: str) -> bool:
    """Whether strangers may hold names right under a domain; when in doubt they may.

    A list of public suffixes would tell; it is long, and old as soon as it is shipped. So a domain of one
    label is shared, one that looks like a country's second level, and the hosters' known ones.
    """
    labels = domain.split(".")
    if len(labels) < 2 or not all(labels):
        return True
    if len(labels) == 2 and len(labels[1]) == 2 and (labels[0] in _GENERIC or len(labels[0]) <= 2):
        return True
    return any(domain == shared or domain.endswith("." + shared) for shared in _SHARED)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
