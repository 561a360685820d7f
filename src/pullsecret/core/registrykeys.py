"""The keys of docker configs: which registry a key speaks to, and which key docker writes for a registry."""

import re

DOCKER_HUB_KEY = "https://index.docker.io/v1/"
DOCKER_HUB_HOST = "docker.io"
DOCKER_HUB_HOSTS = frozenset({
    "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com",
})  # fmt: skip
"""What people call Docker Hub. Images of all but `docker.io` and `index.docker.io` are not named so, but
the account is the same."""

OLD_MARKS = ("%3Fold", "%3Folder", "%3Foldest")
"""Ends of keys under which a rotation keeps old logins, each tried before those in front of it here."""
_QUERY = re.compile(r"[?#]|%3[Ff]|%23")
"""What ends a path for the kubelet, escaped or not: it reads a key as a URL twice."""


def split_key(key: str) -> tuple[str, str, str]:
    """Split a key into scheme, host (with port, as it is written) and path (with its slash)."""
    scheme, separator, rest = key.partition("://")
    if not separator:
        scheme, rest = "", key.removeprefix("//")
    host, slash, path = rest.partition("/")
    return scheme, host, slash + path


def scope_of(key: str) -> str:
    """Give the path that narrows a key to some repositories; empty where it is for the whole registry."""
    path = _QUERY.split(split_key(key)[2], maxsplit=1)[0]
    if path.startswith(("/v1/", "/v2/")):
        path = path[3:]
    return "" if path in {"/", "/v1", "/v2"} else path


def registry_host(key: str) -> str:
    """Give the registry a key speaks to as ``host[:port]``, in lower case; ``docker.io`` for Docker Hub."""
    host = split_key(key)[1].rpartition("@")[2].lower()
    return DOCKER_HUB_HOST if host in DOCKER_HUB_HOSTS else host


def registry_of(key: str) -> str:
    """Give what a key is for, whatever it is spelled like: a host, with a path where it narrows that down."""
    return registry_host(key) + scope_of(key)


def is_old_key(key: str) -> bool:
    """Tell whether a key is one that only a rotation writes, for a login that is on its way out."""
    return key.endswith(OLD_MARKS) and "://" not in key


def registry_key(host: str) -> str:
    """Give the key that docker and kubectl write for what a person typed as the registry.

    Docker Hub's names become ``https://index.docker.io/v1/``; anything else stays as it is typed.
    """
    hub = registry_host(host) == DOCKER_HUB_HOST and not scope_of(host)
    return DOCKER_HUB_KEY if hub else host


def same_registry(one: str, other: str) -> bool:
    """Tell whether two keys or hosts speak to one registry, paths and schemes aside."""
    return registry_host(one) == registry_host(other)
