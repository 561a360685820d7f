"""Pull Secrets as Kubernetes objects: what the kubelet makes of one, and manifests as kubectl makes them."""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pullsecret.core.causes import Cause
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidDockerConfig, InvalidPullSecret, joined_place
from pullsecret.core.faults import Fault
from pullsecret.core.gojson import quote
from pullsecret.core.secretmanifests import (
    KEY_JSON,
    KEY_LEGACY,
    KEYS,
    TYPE_JSON,
    TYPE_LEGACY,
    secret_manifest,
    with_config,
)

__all__ = [
    "KEYS",
    "KEY_JSON",
    "KEY_LEGACY",
    "TYPE_JSON",
    "TYPE_LEGACY",
    "Secret",
    "secret_manifest",
    "with_config",
]


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
            InvalidPullSecret: it is no Secret, or a value in it is not what a Secret's must be.
        """
        if obj.get("kind", "Secret") != "Secret":
            raise InvalidPullSecret(f"is a {obj['kind']} and no Secret", place=".kind")
        data = {key: _from_base64(value, key) for key, value in _mapping(obj, "data").items()}
        data |= {key: _bytes(value, "stringData", key) for key, value in _mapping(obj, "stringData").items()}
        return cls._of(obj, data)

    @classmethod
    def from_decoded(cls, obj: Mapping[str, Any]) -> Self:
        """Read a mapping whose `data` is decoded: ``{key: bytes or str}``; `type` and `metadata` as usual.

        Raises:
            InvalidPullSecret: it has another shape.
        """
        return cls._of(obj, {key: _bytes(value, "data", key) for key, value in _mapping(obj, "data").items()})

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
        config = self.readable_config
        config.refuse_fatal(InvalidPullSecret, self._place)
        return config

    @property
    def readable_config(self) -> DockerConfig:
        """What it holds, as far as it can be read: for showing and mending, not for pulling.

        Raises:
            InvalidPullSecret: it is no JSON object, or has no place for entries.
        """
        if self.skipped:
            return DockerConfig.empty()
        try:
            return self._parsed()
        except InvalidDockerConfig as error:
            raise InvalidPullSecret(error.message, place=self._place, hint=error.hint) from error

    def faults(self) -> tuple[Fault, ...]:
        """Give everything that is wrong with it as a pull Secret, also that it is none. Raises nothing."""
        if self.type not in KEYS:
            message = f"is {self.type}: the kubelet passes over what is not {' or '.join(KEYS)}"
            return (Fault(Cause.SECRET_WRONG_TYPE, ".type", message, _MAKE_ANOTHER),)
        place = f".data[{quote(KEYS[self.type])}]"
        if self.skipped:
            return (Fault(Cause.SECRET_WRONG_TYPE, place, "is missing or empty: the kubelet passes it over"),)
        try:
            config = self._parsed()
        except InvalidDockerConfig as error:
            where = joined_place(place, error.place)
            reason = error.message.removeprefix(f"{error.place}: ")
            return (Fault(Cause.SECRET_MALFORMED, where, reason, error.hint, fatal=True),)
        nothing = Fault(Cause.SECRET_NO_CREDENTIAL, place, "holds no entry for any registry")
        return config.faults() if config.entries else (nothing, *config.faults())

    @property
    def _place(self) -> str:
        return joined_place(self.source, KEYS.get(self.type, ""))

    def _parsed(self) -> DockerConfig:
        parse = DockerConfig.parse if self.type == TYPE_JSON else DockerConfig.parse_legacy
        return parse(self.data[KEYS[self.type]])


_MAKE_ANOTHER = "a Secret's type cannot be changed: make one of the right type"


def _mapping(obj: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = obj.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidPullSecret("must be an object", place=f".{name}")
    return value


def _bytes(value: Any, field_name: str, key: str) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, (bytes, str)):
        raise InvalidPullSecret("must be a string", place=f".{field_name}[{quote(key)}]")
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def _from_base64(value: Any, key: str) -> bytes:
    """Decode as the API server does: line breaks are passed over, anything else is not."""
    packed = _bytes(value, "data", key).translate(None, b"\r\n")
    try:
        return binascii.a2b_base64(packed, strict_mode=True)
    except ValueError:
        pass  # not chained: some of its words are about the value
    raise InvalidPullSecret("is no base64", place=f".data[{quote(key)}]")
