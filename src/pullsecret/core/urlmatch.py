"""How the kubelet reads the keys of docker configs, and matches them with repositories.

Sources: kubelet, `pkg/credentialprovider/keyring.go`; Go, `net/url`, `net.SplitHostPort` and
`path/filepath.Match`. Everything is bytes, as in Go: percent signs may decode to any.
"""

import re
from dataclasses import dataclass
from typing import Self

from pullsecret.core.globs import Glob, glob_of

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(rb"%([0-9a-fA-F]{2})")
_BAD_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")
_USERINFO = re.compile(rb"[A-Za-z0-9._:~!$&'()*+,;=%@-]*")
_PORT = re.compile(rb"(?::[0-9]*)?")
_HOST_BYTE = rb"[A-Za-z0-9!$&'()*+,;=:\[\]<>\"._~\x80-\xff-]"
# In a host only what is not ASCII may be escaped, and the percent sign.
_HOST = re.compile(rb"(?:" + _HOST_BYTE + rb"|%25|%[89a-fA-F][0-9a-fA-F])*")
# In the zone of an IPv6 address (behind %25) whatever may stand in a host may be escaped too, and a space.
_ZONE = re.compile(rb"(?:" + _HOST_BYTE + rb"|%[0-9a-fA-F]{2})*")
_ZONE_UNESCAPED = re.compile(rb"[A-Za-z0-9!$&'()*+,;=:\[\]<>\"._~% -]")


@dataclass(frozen=True, slots=True)
class Location:
    """A key or a repository, taken apart as the kubelet compares it.

    Attributes:
        host: without its port; brackets of an IPv6 address stay where there is no port.
        port: the digits after the last colon; empty without one.
        path: with its slash; compared as a raw prefix.
    """

    host: bytes
    port: bytes
    path: bytes

    @classmethod
    def of(cls, schemeless: bytes) -> Self | None:
        """Read ``host[:port][/path]``; None where Go's `net/url` refuses it."""
        parsed = _parse(schemeless)
        return None if parsed is None else cls(*_split_port(parsed[0]), parsed[1])

    @property
    def labels(self) -> tuple[bytes, ...]:
        """The host's labels, which are matched one by one."""
        return tuple(self.host.split(b"."))

    @property
    def globs(self) -> tuple[Glob, ...] | None:
        """The labels as patterns; None where one of them is malformed, and so matches nothing."""
        globs = [glob_of(label) for label in self.labels]
        return None if None in globs else tuple(glob for glob in globs if glob is not None)

    @property
    def is_exact(self) -> bool:
        """Whether the host holds nothing that a pattern could mean."""
        return not any(c in self.host for c in b"*[")

    def matches_host(self, target: "Location") -> bool:
        """Tell whether this key's host is that of the repository, label by label."""
        globs, labels = self.globs, target.labels
        if globs is None or len(globs) != len(labels):
            return False
        return all(glob.matches(label) for glob, label in zip(globs, labels, strict=True))

    def matches(self, target: "Location") -> bool:
        """Tell whether this key is for that repository."""
        return self.port == target.port and target.path.startswith(self.path) and self.matches_host(target)


def index_key(key: str) -> bytes | None:
    """Normalise an entry's key as the kubelet does for its index; None where it ignores the entry.

    The scheme goes, if it is ``http://`` or ``https://`` in lower case, and so does a leading
    ``/v1`` or ``/v2`` of the path.
    """
    raw = key.encode("utf-8", "surrogatepass")
    for scheme in (b"https://", b"http://"):
        if raw.startswith(scheme):
            raw = raw.removeprefix(scheme)
            break
    parsed = _parse(raw)
    if parsed is None:
        return None
    host, path = parsed
    if path.startswith((b"/v1/", b"/v2/")):
        path = path[3:]
    return host if path == b"/" else host + path


def _parse(schemeless: bytes) -> tuple[bytes, bytes] | None:
    """Give host and path of ``authority/path?query#fragment``; None where `net/url.Parse` refuses it."""
    address, _, fragment = schemeless.partition(b"#")
    if _CONTROL.search(address) or _BAD_ESCAPE.search(fragment):
        return None
    authority, slash, path = address.partition(b"?")[0].partition(b"/")
    userinfo, _, host = authority.rpartition(b"@")
    if not _USERINFO.fullmatch(userinfo) or _BAD_ESCAPE.search(userinfo) or _BAD_ESCAPE.search(path):
        return None
    if not _is_host(host):
        return None
    return _unescaped(host), slash + _unescaped(path)


def _is_host(host: bytes) -> bool:
    if not host.startswith(b"["):
        port = host[host.rindex(b":") :] if b":" in host else b""
        return bool(_PORT.fullmatch(port) and _HOST.fullmatch(host))
    inside, bracket, port = host.rpartition(b"]")
    address, _, zone = inside.partition(b"%25")
    return bool(bracket and _PORT.fullmatch(port) and _HOST.fullmatch(address)) and _is_zone(zone)


def _is_zone(zone: bytes) -> bool:
    escaped = (bytes.fromhex(digits.decode("ascii")) for digits in _ESCAPE.findall(zone))
    return bool(_ZONE.fullmatch(zone)) and all(_ZONE_UNESCAPED.fullmatch(byte) for byte in escaped)


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), text)


def _split_port(address: bytes) -> tuple[bytes, bytes]:
    """Split as `net.SplitHostPort` does; what that refuses is a host without a port."""
    host, colon, port = address.rpartition(b":")
    if not colon:
        return address, b""
    if address.startswith(b"["):
        inside, bracket, behind = address[1:].partition(b"]")
        if not bracket or behind != colon + port or b"[" in inside or b"]" in port or b"[" in port:
            return address, b""
        return inside, port
    if b":" in host or b"[" in address or b"]" in address:
        return address, b""
    return host, port
