"""Small real images, made in memory: a layer, a config, a manifest, an index. No I/O here.

Everything is as `docker push` would leave it at a registry (image-spec v1.1, and the distribution
project's "Image Manifest Version 2, Schema 2"): digests and sizes are those of the bytes, and the same input
gives the same bytes.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that a registry keeps, with their media type."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """The name of the bytes: ``sha256:`` and 64 hex digits."""
        return "sha256:" + hashlib.sha256(self.data).hexdigest()

    def descriptor(self) -> dict[str, object]:
        """Give what a manifest says of this content."""
        return {"mediaType": self.media_type, "size": len(self.data), "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Image:
    """What one tag stands for.

    Attributes:
        manifest: the manifest or index that the tag names.
        children: the manifests of an index, one a platform; empty for a plain image.
        blobs: configs and layers.
    """

    manifest: Content
    children: tuple[Content, ...] = ()
    blobs: tuple[Content, ...] = ()


def image(label: str, *, architecture: str = "amd64") -> Image:
    """Make an image for linux/`architecture`, with a Docker manifest, that says `label` in its one file."""
    return _image(label, architecture, (DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER))


def index(label: str, *, architectures: Iterable[str] = ("amd64", "arm64")) -> Image:
    """Make an OCI index with an OCI image for each of linux/`architectures`."""
    made = {arch: _image(label, arch, (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER)) for arch in architectures}
    entries = [
        one.manifest.descriptor() | {"platform": {"architecture": arch, "os": "linux"}}
        for arch, one in made.items()
    ]
    return Image(
        _json(OCI_INDEX, {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}),
        tuple(one.manifest for one in made.values()),
        tuple(blob for one in made.values() for blob in one.blobs),
    )


def _image(label: str, architecture: str, types: tuple[str, str, str]) -> Image:
    manifest_type, config_type, layer_type = types
    tar = _tar("hello", f"{label} for linux/{architecture}\n".encode())
    layer = Content(layer_type, gzip.compress(tar, mtime=0))
    config = _json(config_type, {
        "architecture": architecture,
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {"Cmd": ["/hello"], "Labels": {"purpose": label}},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest()]},
    })  # fmt: skip
    manifest = _json(manifest_type, {
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": config.descriptor(),
        "layers": [layer.descriptor()],
    })  # fmt: skip
    return Image(manifest, (), (config, layer))


def _tar(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), 0o755
        tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _json(media_type: str, value: Mapping[str, object]) -> Content:
    return Content(media_type, json.dumps(value, separators=(",", ":")).encode())
