"""Where a registry of a given name is spoken to, and by which scheme."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pullsecret.core.errors import InvalidInput
from pullsecret.core.plaintext import printable

DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_HUB_API = "registry-1.docker.io"
_HOST = re.compile(
    r"(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A registry's address.

    Attributes:
        host: its name in images, with the port if one is named: ``docker.io``, ``harbor.test:5443``.
        base: the root of its API: ``https://registry-1.docker.io``.
    """

    host: str
    base: str

    @property
    def plain(self) -> bool:
        """Whether it is spoken to without TLS, so that all can be read on the way."""
        return self.base.startswith("http://")

    @property
    def name(self) -> str:
        """The name that is connected to, without the port, in lower case."""
        return urlsplit(self.base).hostname or ""

    def url(self, path: str) -> str:
        """Give the address of something in its API: ``/v2/``."""
        return self.base + path


def endpoints(host: str, *, plain: bool = False) -> tuple[Endpoint, ...]:
    """Give the addresses to try for a registry, in order.

    A loopback registry on a port of its own is tried without TLS first, as containerd does
    (`core/remotes/docker/config/hosts.go`); nothing but an empty ping is sent until it answered.

    Args:
        host: the registry's name with its port, if one is named.
        plain: plain HTTP was asked for.

    Raises:
        InvalidInput: `host` is no host.
    """
    match = _HOST.fullmatch(host)
    if match is None or int(match["port"] or 0) > 65535:
        raise InvalidInput(
            f"{printable(host[:80])!r} is no registry",
            hint="write it as HOST or HOST:PORT, without scheme and path",
        )
    address = _HUB_API if host.lower() in DOCKER_HUB else host.lower()
    schemes = ["http" if plain else "https"]
    if not plain and is_loopback(match["name"]) and match["port"] not in {None, "443"}:
        schemes = ["http", "https"]
    return tuple(Endpoint(host, f"{scheme}://{address}") for scheme in schemes)


def is_loopback(name: str) -> bool:
    """Whether a host name or an IP address, without a port, is this machine's own."""
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name.lower() == "localhost"
