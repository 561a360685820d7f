"""Pull Secrets as Kubernetes objects: what the kubelet makes of one, and manifests as kubectl makes them."""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pullsecret.core import objects
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidDockerConfig, InvalidPullSecret
from pullsecret.core.faults import Fault
from pullsecret.core.objects import Object

TYPE_JSON = "kubernetes.io/dockerconfigjson"
TYPE_LEGACY = "kubernetes.io/dockercfg"
KEY_JSON = ".dockerconfigjson"
KEY_LEGACY = ".dockercfg"
KEYS = {TYPE_JSON: KEY_JSON, TYPE_LEGACY: KEY_LEGACY}
"""Where the docker config stands in a Secret of each type."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A Secret as a source of pull credentials.

    Attributes:
        data: its values, decoded; kept out of `repr`.
    """

    name: str = ""
    namespace: str = ""
    type: str = ""
    data: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    immutable: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)
    uid: str = ""
    resource_version: str = ""
    created: str = ""

    @classmethod
    def from_manifest(cls, obj: Mapping[str, Any]) -> Self:
        """Read a Secret as the API server gives it or a file holds it (`stringData` too).

        Raises:
            InvalidPullSecret: a value is no base64, or the object has another shape than a Secret's.
        """
        data = {key: _decoded(value, key) for key, value in _mapping(obj, "data").items()}
        data |= {key: str(value).encode() for key, value in _mapping(obj, "stringData").items()}
        return cls._of(obj, data)

    @classmethod
    def _of(cls, obj: Mapping[str, Any], data: Mapping[str, bytes]) -> Self:
        meta = _mapping(obj, "metadata")
        return cls(
            name=str(meta.get("name") or ""),
            namespace=str(meta.get("namespace") or ""),
            type=str(obj.get("type") or "Opaque"),
            data=data,
            immutable=obj.get("immutable") is True,
            labels=dict(_mapping(meta, "labels")),
            annotations=dict(_mapping(meta, "annotations")),
            uid=str(meta.get("uid") or ""),
            resource_version=str(meta.get("resourceVersion") or ""),
            created=str(meta.get("creationTimestamp") or ""),
        )

    @classmethod
    def from_decoded(cls, obj: Mapping[str, Any]) -> Self:
        """Read a mapping whose `data` is decoded: ``{key: bytes or str}``; `type` and `metadata` as usual.

        Raises:
            InvalidPullSecret: it has another shape.
        """
        data: dict[str, bytes] = {}
        for key, value in _mapping(obj, "data").items():
            if not isinstance(value, (bytes, str)):
                raise InvalidPullSecret("must be bytes or text", place=f'.data["{key}"]')
            data[key] = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
        return cls._of(obj, data)

    @property
    def source(self) -> str:
        """How messages name it: ``namespace/name``."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def data_keys(self) -> tuple[str, ...]:
        """The names of its values."""
        return tuple(self.data)

    @property
    def skipped(self) -> bool:
        """Whether the kubelet passes it over in silence: another type, or nothing under the type's key."""
        return not self.data.get(KEYS.get(self.type, ""))

    @property
    def config(self) -> DockerConfig:
        """What it holds; an empty config where the kubelet passes it over.

        Raises:
            InvalidPullSecret: the kubelet would refuse it, and every other Secret of the Pod with it.
        """
        config = self._parsed()
        config.refuse_fatal(InvalidPullSecret, f"{self.source}, {KEYS.get(self.type, '')}")
        return config

    @property
    def readable_config(self) -> DockerConfig:
        """What it holds, as far as it can be read: for showing and mending, not for pulling.

        Raises:
            InvalidPullSecret: it is no JSON object, or has no place for entries.
        """
        return self._parsed()

    def faults(self) -> tuple[Fault, ...]:
        """Give everything that is wrong with it."""
        return self._parsed().faults()

    def _parsed(self) -> DockerConfig:
        if self.skipped:
            return DockerConfig.empty()
        key = KEYS[self.type]
        parse = DockerConfig.parse if self.type == TYPE_JSON else DockerConfig.parse_legacy
        try:
            return parse(self.data[key], place=key)
        except InvalidDockerConfig as error:
            raise InvalidPullSecret(error.message, place=self.source, hint=error.hint) from error


def secret_manifest(
    name: str,
    config: DockerConfig,
    *,
    namespace: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Object:
    """Give the manifest that `kubectl create secret docker-registry --dry-run=client -o yaml` prints.

    Its `creationTimestamp: null` is kubectl's up to 1.33; the API server takes it for absent.
    """
    metadata: Object = {"creationTimestamp": None, "name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {
        "apiVersion": objects.SECRET.api_version,
        "data": {KEY_JSON: _encoded(config.to_secret_bytes())},
        "kind": objects.SECRET.kind,
        "metadata": metadata,
        "type": TYPE_JSON,
    }


def with_config(obj: Object, config: DockerConfig) -> Object:
    """Give the merge patch that puts this config into a Secret, if it still is as it was read.

    The Secret's type is immutable and stays: a `.dockercfg` stays one.
    """
    legacy = obj.get("type") == TYPE_LEGACY
    data = {KEY_LEGACY: config.to_legacy_bytes()} if legacy else {KEY_JSON: config.to_secret_bytes()}
    return {
        "metadata": {"resourceVersion": objects.resource_version_of(obj)},
        "data": {key: _encoded(value) for key, value in data.items()},
    }


def _mapping(obj: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = obj.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidPullSecret("must be an object", place=f".{name}")
    return value


def _encoded(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def _decoded(value: Any, key: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(str(value or "").split()), strict_mode=True)
    except ValueError:
        pass
    raise InvalidPullSecret("is no base64", place=f'.data["{key}"]')
