"""What a tag stands for: manifests and indexes of Docker and OCI, read with bounds and checked by digest.

Sources: OCI image-spec `manifest.md`, `image-index.md`, `config.md`; distribution `manifest-v2-2.md`.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pullsecret.core.causes import Cause
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.exchange import CONTENT_LIMIT

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
DOCKER_SIGNED_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"

INDEXES = frozenset({DOCKER_LIST, OCI_INDEX})
MANIFESTS = frozenset({DOCKER_MANIFEST, OCI_MANIFEST, OCI_ARTIFACT})
SCHEMA1 = frozenset({DOCKER_SCHEMA1, DOCKER_SIGNED_SCHEMA1})
IMAGE_CONFIGS = frozenset(
    {"application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"}
)

ACCEPT = ", ".join((
    OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT, DOCKER_SIGNED_SCHEMA1,
    DOCKER_SCHEMA1, "*/*",
))  # fmt: skip
"""What a manifest is asked for with: all types. A registry that is told less converts or refuses."""

ENTRIES_MAX = 10_000

_DIGEST = re.compile(r"(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})")
_PLATFORM_PART = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")
_ATTESTATION = "vnd.docker.reference.type"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a tag or digest stands for.

    Attributes:
        reference: the image as it was asked for.
        digest: of the manifest or index itself, computed from its bytes.
        media_type: which of the formats it is in.
        platforms: ``linux/amd64``, ``linux/arm64/v8``; empty when they are not known.
        size: bytes of the manifest or index itself.
        config_digest: where the image's config is, for one of a single platform; else empty.
        artifact_type: what it holds when that is no container image, such as a Helm chart; else empty.
    """

    reference: str
    digest: str
    media_type: str
    platforms: tuple[str, ...] = ()
    size: int = 0
    config_digest: str = ""
    artifact_type: str = ""


def parse_manifest(body: bytes, content_type: str, *, reference: str, host: str, digest: str) -> Manifest:
    """Read a manifest or index.

    Args:
        body: its bytes, as they came.
        content_type: what the registry says they are; what they say of themselves comes first.
        reference: the image as it was asked for.
        host: the registry, for errors.
        digest: what was computed from the bytes.

    Raises:
        RegistryFailure: it is none, or one of a format that runtimes no longer take.
    """
    content = read_json(body, host=host, what=f"manifest of {reference}")
    media_type = _media_type(content, content_type)
    if media_type in SCHEMA1:
        raise RegistryFailure(
            f"{reference} is stored in Docker's old format (schema 1), which runtimes no longer take",
            cause=Cause.MANIFEST_UNSUPPORTED, host=host, status=200,
            hint="push it again with a present-day tool, or: skopeo copy --format oci",
        )  # fmt: skip
    is_index, is_manifest = media_type in INDEXES, media_type in MANIFESTS
    # containerd refuses those too: which of the two is meant would be up to each reader (CVE-2021-41190).
    ambiguous = "manifests" in content and ("layers" in content or "config" in content)
    if ambiguous or not (is_index or is_manifest):
        raise _garbage(host, f"what it has as the manifest of {reference} is none that we know")
    platforms = tuple(dict.fromkeys(_index_platforms(content))) if is_index else ()
    config = content.get("config") if is_manifest else None
    config = config if isinstance(config, dict) else {}
    return Manifest(
        reference, digest, media_type, platforms, len(body), _digest(config), _artifact_type(content, config)
    )


def config_platform(body: bytes, *, reference: str, host: str) -> tuple[str, ...]:
    """Read the platform of an image's config; empty when the config names none.

    Raises:
        RegistryFailure: it is no config.
    """
    platform = _platform(read_json(body, host=host, what=f"config of {reference}"))
    return (platform,) if platform else ()


def read_json(body: bytes, *, host: str, what: str) -> dict[str, Any]:
    """Read a JSON object of a registry's.

    Raises:
        RegistryFailure: it is something else, or too much.
    """
    try:
        content = json.loads(body) if len(body) <= CONTENT_LIMIT else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise _garbage(host, f"what it has as the {what} is no JSON object")
    return content


def compute_digest(body: bytes, like: str = "") -> str:
    """Compute a digest, by the algorithm of another one: ``sha256:…``."""
    algorithm = like.partition(":")[0] if is_digest(like) else "sha256"
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def is_digest(text: str) -> bool:
    """Whether a text is a digest of an algorithm that runtimes know."""
    return _DIGEST.fullmatch(text) is not None


def check_digest(body: bytes, *wanted: str, reference: str, host: str) -> str:
    """Compare bytes with every digest that was given for them; empty ones are passed over.

    Returns:
        The digest, by the first one's algorithm.

    Raises:
        RegistryFailure: they are other bytes.
    """
    given = [digest for digest in wanted if digest]
    for digest in given:
        computed = compute_digest(body, like=digest)
        if computed != digest:
            raise RegistryFailure(
                f"{host} sent other bytes for {reference} than the digest says: {computed}, not {digest}",
                cause=Cause.DIGEST_MISMATCH, host=host, status=200,
                hint="a cache or proxy on the way may have changed or cut them; ask again, or elsewhere",
            )  # fmt: skip
    return given[0] if given else compute_digest(body)


def _media_type(content: dict[str, Any], content_type: str) -> str:
    """Tell the format: by itself, by the registry's word, or by what is in it."""
    said = content.get("mediaType")
    for known in (said, content_type):
        if isinstance(known, str) and known in INDEXES | MANIFESTS | SCHEMA1:
            return known
    if content.get("schemaVersion") == 1:
        return DOCKER_SCHEMA1
    if isinstance(content.get("manifests"), list):
        return OCI_INDEX
    return OCI_MANIFEST if isinstance(content.get("config"), dict) else ""


def _index_platforms(content: dict[str, Any]) -> Iterator[str]:
    entries = content.get("manifests")
    for entry in entries[:ENTRIES_MAX] if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or not isinstance(entry.get("platform"), dict):
            continue
        annotations = entry.get("annotations")
        if isinstance(annotations, dict) and _ATTESTATION in annotations:
            continue
        if platform := _platform(entry["platform"]):
            yield platform


def _platform(said: dict[str, Any]) -> str:
    """Write a platform; empty where system or architecture is missing or unknown."""
    parts = [said.get("os"), said.get("architecture"), *filter(None, [said.get("variant")])]
    # An attestation beside an image is listed as a platform "unknown/unknown".
    if "unknown" in parts or not all(isinstance(p, str) and _PLATFORM_PART.fullmatch(p) for p in parts):
        return ""
    return "/".join(map(str, parts))


def _digest(descriptor: dict[str, Any]) -> str:
    digest = descriptor.get("digest")
    return digest if isinstance(digest, str) and is_digest(digest) else ""


def _artifact_type(content: dict[str, Any], config: dict[str, Any]) -> str:
    """Tell what is in a manifest that is no container image's."""
    said = content.get("artifactType") or config.get("mediaType")
    if not isinstance(said, str) or said in IMAGE_CONFIGS or not _MEDIA_TYPE.fullmatch(said):
        return ""
    return said


def _garbage(host: str, what: str) -> RegistryFailure:
    return RegistryFailure(
        f"{host} did not answer as a registry: {what}", cause=Cause.REGISTRY_ERROR, host=host, status=200,
        hint="a proxy, a cache or a login page on the way may have answered in its place",
    )  # fmt: skip
