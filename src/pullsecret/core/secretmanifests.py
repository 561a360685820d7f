"""Manifests of pull Secrets, as kubectl makes them.

Apart from `pullsecrets`, since printing a manifest should not wait for imports that reading one needs.
"""

import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Protocol

    from pullsecret.core.dockerconfig import DockerConfig

    class SecretBytes(Protocol):
        """What gives the bytes of a `.dockerconfigjson`: a `DockerConfig`, or less."""

        def to_secret_bytes(self) -> bytes:
            """Give them."""


TYPE_JSON = "kubernetes.io/dockerconfigjson"
TYPE_LEGACY = "kubernetes.io/dockercfg"
KEY_JSON = ".dockerconfigjson"
KEY_LEGACY = ".dockercfg"
KEYS = {TYPE_JSON: KEY_JSON, TYPE_LEGACY: KEY_LEGACY}
"""Where the docker config stands in a Secret of each type."""


def secret_manifest(
    name: str,
    config: "SecretBytes",
    *,
    namespace: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Give the manifest that `kubectl create secret docker-registry --dry-run=client -o yaml` prints.

    Its `creationTimestamp: null` is what kubectl up to 1.33 prints; newer ones leave it out, and the API
    server takes the one for the other.
    """
    metadata: dict[str, Any] = {"creationTimestamp": None, "name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {
        "apiVersion": "v1",
        "data": {KEY_JSON: _base64(config.to_secret_bytes())},
        "kind": "Secret",
        "metadata": metadata,
        "type": TYPE_JSON,
    }


def with_config(obj: Mapping[str, Any], config: "DockerConfig") -> dict[str, Any]:
    """Give the merge patch that puts this config into a Secret, if it still is as it was read.

    The Secret's type is immutable and stays: a `.dockercfg` stays one.
    """
    legacy = obj.get("type") == TYPE_LEGACY
    data = {KEY_LEGACY: config.to_legacy_bytes()} if legacy else {KEY_JSON: config.to_secret_bytes()}
    return {
        "metadata": {"resourceVersion": obj["metadata"]["resourceVersion"]},
        "data": {key: _base64(value) for key, value in data.items()},
    }


def _base64(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode("ascii")
