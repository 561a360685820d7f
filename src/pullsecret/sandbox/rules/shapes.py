"""Whether the parts of an object that are read here have the types that the server's Go structs give them."""

from typing import Any

from pullsecret.core.objects import Object
from pullsecret.sandbox.failures import bad_request
from pullsecret.sandbox.kinds import CUSTOM_RESOURCE_DEFINITION, Resource

_MAP, _STRING, _INTEGER, _OBJECT = "map[string]string", "string", "int32", "object"
_TYPES = {
    "annotations": _MAP,
    "args": "[]string",
    "command": "[]string",
    "containers": "[]v1.Container",
    "data": "map",
    "deletionGracePeriodSeconds": _INTEGER,
    "env": "[]v1.EnvVar",
    "finalizers": "[]string",
    "generateName": _STRING,
    "image": _STRING,
    "imagePullPolicy": _STRING,
    "imagePullSecrets": "[]v1.LocalObjectReference",
    "initContainers": "[]v1.Container",
    "jobTemplate": _OBJECT,
    "labels": _MAP,
    "matchExpressions": "[]v1.LabelSelectorRequirement",
    "matchLabels": _MAP,
    "metadata": _OBJECT,
    "name": _STRING,
    "namespace": _STRING,
    "nodeName": _STRING,
    "nodeSelector": _MAP,
    "ownerReferences": "[]v1.OwnerReference",
    "replicas": _INTEGER,
    "resourceVersion": _STRING,
    "restartPolicy": _STRING,
    "secrets": "[]v1.ObjectReference",
    "serviceAccountName": _STRING,
    "spec": _OBJECT,
    "stringData": _MAP,
    "template": _OBJECT,
    "terminationGracePeriodSeconds": _INTEGER,
    "type": _STRING,
    "uid": _STRING,
}
"""The Go types of fields by their names, which among the built-in kinds mean the same wherever they stand."""


def check(resource: Resource, obj: Object) -> None:
    """Refuse an object whose fields are of other types.

    Raises:
        ApiError: 400, with the place of the first such field.
    """
    status = obj.get("status")
    if status is not None and not isinstance(status, dict):
        raise _mismatch(resource, status, "status", _OBJECT)
    # Of a custom resource only the metadata is a Go struct, and in a definition names mean other things.
    plain = resource.custom or resource.kind == CUSTOM_RESOURCE_DEFINITION
    _walk(resource, {"metadata": obj.get("metadata")} if plain else obj, "")
    if not resource.custom and not isinstance(obj.get("spec", {}), dict):
        raise _mismatch(resource, obj["spec"], "spec", _OBJECT)


def _walk(resource: Resource, value: Any, path: str) -> None:
    if isinstance(value, list):
        for item in value:
            _walk(resource, item, path)
    elif isinstance(value, dict):
        for name, item in value.items():
            wanted, place = _TYPES.get(name, ""), f"{path}.{name}" if path else name
            if wanted and item is not None and not _fits(item, wanted):
                raise _mismatch(resource, item, place, wanted)
            if wanted not in {_MAP, "map"}:
                _walk(resource, item, place)


def _fits(value: Any, wanted: str) -> bool:
    if wanted in {_OBJECT, "map"}:
        return isinstance(value, dict)
    if wanted == _STRING:
        return isinstance(value, str)
    if wanted == _INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == _MAP:
        return isinstance(value, dict) and all(
            item is None or isinstance(item, str) for item in value.values()
        )
    items = str if wanted == "[]string" else dict
    return isinstance(value, list) and all(isinstance(item, items) for item in value)


def _mismatch(resource: Resource, value: Any, place: str, wanted: str) -> Exception:
    kind = resource.kind
    found = next((name for type_, name in _JSON_NAMES if isinstance(value, type_)), "string")
    return bad_request(
        f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
        f"json: cannot unmarshal {found} into Go struct field {kind.kind}.{place} of type {wanted}"
    )


_JSON_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (int, "number"), (float, "number"), (list, "array"), (dict, "object"),
)  # fmt: skip
