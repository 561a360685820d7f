"""Why an entry that looks as if it were for an image is not: values, not prose."""

from dataclasses import dataclass
from enum import StrEnum

from pullsecret.core.credentials import Origin
from pullsecret.core.registrykeys import registry_host, split_key
from pullsecret.core.urlmatch import Location, index_key

SHARED_LABELS = 2
"""So many labels must two hosts share to be taken for related: ``example.com``, not ``com``."""


class MissReason(StrEnum):
    """What differs between a key and a repository, of what must agree."""

    PORT = "port"
    PATH = "path"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An entry of similar host that does not match.

    Attributes:
        key: the entry's key, as it is written.
        origin: where the entry is.
        reason: what differs.
        wanted: what the repository has there: its host, its port (may be empty), its path.
        has: what the key has there.
    """

    key: str
    origin: Origin
    reason: MissReason
    wanted: str
    has: str


def near_miss(origin: Origin, repository: str) -> NearMiss | None:
    """Compare an entry's key with a repository it does not match; None where they are strangers."""
    target = Location.of(repository.encode("utf-8", "surrogatepass"))
    if target is None:
        return None
    normalised = index_key(origin.key)
    key = None if normalised is None else Location.of(normalised)
    if key is not None and key.matches_host(target):
        if key.port != target.port:
            return NearMiss(origin.key, origin, MissReason.PORT, _text(target.port), _text(key.port))
        return NearMiss(origin.key, origin, MissReason.PATH, _text(target.path), _text(key.path))
    return _miss_as_written(origin, _text(target.host), _text(target.port))


def _miss_as_written(origin: Origin, host: str, port: str) -> NearMiss | None:
    """Compare hosts as a person reads them: in any case, behind any scheme, Docker Hub by any name."""
    written = split_key(origin.key)[1].rpartition("@")[2]
    name, _, written_port = written.partition(":")
    if name == host and written_port != port:
        return NearMiss(origin.key, origin, MissReason.PORT, port, written_port)
    if not _similar(registry_host(name), registry_host(host)):
        return None
    return NearMiss(origin.key, origin, MissReason.HOST, host, origin.key if name == host else written)


def _similar(one: str, other: str) -> bool:
    """Tell whether two hosts are one, lie within one another, or are siblings (not just under one TLD)."""
    if one == other:
        return True
    a, b = ([label for label in host.split(".") if label != "*"] for host in (one, other))
    if all(label.isdecimal() for label in (*a, *b)):
        return False
    shorter, longer = sorted((a, b), key=len)
    within = len(shorter) >= SHARED_LABELS and longer[-len(shorter) :] == shorter
    return within or (len(a) == len(b) > SHARED_LABELS and a[1:] == b[1:])


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
