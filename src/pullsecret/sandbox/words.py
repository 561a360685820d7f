"""What kubelet 1.20 and containerd 1.6 say, word for word. No I/O here.

Taken from a real node (`tests/data/pods`); where a word depends on what only a real node knows (its name
server, the bytes of a web page), the nearest form without it stands here.
"""

import ipaddress
from collections.abc import Sequence
from http import HTTPStatus

from pullsecret.core.causes import Cause
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.images import DEFAULT_REGISTRY, ImageReference

DENIED = (
    "pull access denied, repository does not exist or may require authorization: "
    "server message: insufficient_scope: authorization failed"
)
NAME_SERVER = "10.96.0.10:53"
DOCKER_HUB = "registry-1.docker.io"


def pull_failure(image: ImageReference, failure: RegistryFailure) -> str:
    """Give containerd's words for a pull that failed, as the kubelet gets them over CRI."""
    reference = canonical(image)
    pulling = f'failed to pull and unpack image "{reference}"'
    resolving = f'{pulling}: failed to resolve reference "{reference}"'
    if failure.cause is Cause.PLATFORM_MISMATCH:
        return _rpc("NotFound", f"{pulling}: no match for platform in manifest: not found")
    if failure.status == 404:
        return _rpc("NotFound", f"{resolving}: {reference}: not found")
    if failure.status == 200:
        what = "unexpected media type text/html"
        return _rpc(
            "NotFound", f"{pulling}: failed to unpack image on snapshotter overlayfs: {what}: not found"
        )
    if failure.status >= 400:
        return _rpc("Unknown", f"{resolving}: {_refusal(image, failure)}")
    return _rpc("Unknown", f"{resolving}: failed to do request: {_broken(image, failure)}")


def several(messages: Sequence[str]) -> str:
    """Give the words for the failures of several tries, one a credential (Kubernetes' errors.Aggregate)."""
    different = list(dict.fromkeys(messages))
    return different[0] if len(different) == 1 else f"[{', '.join(different)}]"


def invalid_name(text: str) -> str:
    """Give the words for an image's name that cannot be read (distribution `reference/normalize.go`)."""
    remainder = text.partition("/")[2] if _names_a_host(text) else text
    why = "invalid reference format"
    if remainder.partition(":")[0] != remainder.partition(":")[0].lower():
        why += ": repository name must be lowercase"
    return f'Failed to apply default image tag "{text}": couldn\'t parse image reference "{text}": {why}'


def canonical(image: ImageReference) -> str:
    """Give the reference as containerd writes it: of tag and digest only the digest."""
    return f"{image.repository}@{image.digest}" if image.digest else str(image)


def duration(seconds: float) -> str:
    """Write a length of time as Go does: ``12.893711ms``, ``1.040140953s``."""
    value, unit = (seconds, "s") if seconds >= 1 else (seconds * 1000, "ms")
    return f"{value:.9f}".rstrip("0").rstrip(".") + unit


def is_plain_http(registry: str) -> bool:
    """Say whether containerd speaks plain HTTP to a registry unless told otherwise: on loopback."""
    host = registry.rpartition(":")[0] or registry
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _rpc(code: str, words: str) -> str:
    return f"rpc error: code = {code} desc = {words}"


def _refusal(image: ImageReference, failure: RegistryFailure) -> str:
    if failure.scheme == "bearer" and failure.cause in {Cause.CREDENTIAL_REJECTED, Cause.CREDENTIAL_EXPIRED}:
        return f"failed to authorize: failed to fetch oauth token: unexpected status: {_status(failure)}"
    if failure.scheme == "bearer" and failure.status == 401:
        return DENIED
    what = f"[manifests {image.digest or image.tag}]"
    return f"pulling from host {_host(image)} failed with status code {what}: {_status(failure)}"


def _broken(image: ImageReference, failure: RegistryFailure) -> str:
    path = f"/v2/{image.path}/manifests/{image.digest or image.tag}"
    if 300 <= failure.status < 400:
        return f'Head "{path}": stopped after 10 redirects'
    scheme = "http" if is_plain_http(image.registry) else "https"
    return f'Head "{scheme}://{_host(image)}{path}": {_network(image, failure)}'


def _network(image: ImageReference, failure: RegistryFailure) -> str:
    host = _host(image)
    name, colon, port = host.rpartition(":")
    name, port = (name, port) if colon else (host, "443")
    match failure.cause:
        case Cause.DNS_FAILURE:
            return f"dial tcp: lookup {name} on {NAME_SERVER}: no such host"
        case Cause.CONNECTION_REFUSED:
            return f"dial tcp {name}:{port}: connect: connection refused"
        case Cause.NETWORK_TIMEOUT:
            return f"dial tcp {name}:{port}: i/o timeout"
        case Cause.TLS_UNKNOWN_AUTHORITY:
            return "x509: certificate signed by unknown authority"
        case Cause.TLS_INVALID_CERTIFICATE:
            return f"x509: certificate is not valid for any names, but wanted to match {name}"
        case Cause.HTTP_HTTPS_MISMATCH:
            return "http: server gave HTTP response to HTTPS client"
        case _:
            return "EOF"


def _host(image: ImageReference) -> str:
    return DOCKER_HUB if image.registry == DEFAULT_REGISTRY else image.registry


def _status(failure: RegistryFailure) -> str:
    try:
        return f"{failure.status} {HTTPStatus(failure.status).phrase}"
    except ValueError:
        return str(failure.status)


def _names_a_host(text: str) -> bool:
    first, slash, _ = text.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")
