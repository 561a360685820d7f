"""What is wrong with keys of a docker config: those that no image can match, and spellings of one."""

import re
from collections.abc import Iterable, Iterator

from pullsecret.core.images import DOMAIN_LABEL, PATH_COMPONENT
from pullsecret.core.registrykeys import DOCKER_HUB_KEY, split_key
from pullsecret.core.urlmatch import Location, index_key

_LABEL = re.compile(DOMAIN_LABEL.encode())
_PATH_START = re.compile(rf"(?:/{PATH_COMPONENT})*(?:/?|/{PATH_COMPONENT}(?:[._]|__|-+)?)".encode())
_UNNAMED_HUB = b"index.docker.io"


def why_unmatchable(key: str) -> str:
    """Say why no image's name can match this key; empty where one can."""
    normalised = index_key(key)
    location = None if normalised is None else Location.of(normalised)
    if location is None:
        return "the kubelet cannot read it as a host with a path"
    if normalised == _UNNAMED_HUB:
        return ""
    scheme = split_key(key)[0]
    if scheme and not key.startswith(("https://", "http://")):
        return f"a key has no scheme, or https:// or http:// in lower case, and not {scheme}://"
    return _why_host(location) or _why_path(location.path)


def other_spellings(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each key that the kubelet takes for the same as an earlier one, with that one."""
    first: dict[bytes, str] = {}
    for key in keys:
        normalised = index_key(key)
        if normalised is None:
            continue
        if normalised in first:
            yield key, first[normalised]
        first.setdefault(normalised, key)


def _why_host(location: Location) -> str:
    if location.host == _UNNAMED_HUB:
        return f"images of Docker Hub are found by {DOCKER_HUB_KEY}, or by docker.io with a path"
    globs = location.globs
    if globs is None:
        return "its pattern is malformed"
    if not location.is_exact:
        return ""
    if len(globs) == 1 and not location.port and location.host != b"localhost":
        return "a registry's host has a dot or a port, or is localhost"
    if not all(map(_LABEL.fullmatch, location.labels)):
        return "its host is none that an image's name may have"
    return ""


def _why_path(path: bytes) -> str:
    return "" if _PATH_START.fullmatch(path) else "its path is none that an image's name may have"
