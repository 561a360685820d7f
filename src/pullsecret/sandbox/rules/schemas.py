"""Custom resources against their schemas: pruning, defaults, and the plain checks of structural schemas.

Types, required fields, enumerations and bounds are checked; CEL rules and combinations (`anyOf`) are not.
"""

import json
from collections.abc import Iterator
from typing import Any

from pullsecret.core.objects import Object, name_of
from pullsecret.sandbox.failures import Fault
from pullsecret.sandbox.rules import bounds
from pullsecret.sandbox.rules.validation import required, unsupported
from pullsecret.sandbox.values import copied

Schema = dict[str, Any]
_ALWAYS_KEPT = ("apiVersion", "kind", "metadata")
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def complete(schema: Schema, obj: Object) -> None:
    """Drop the fields that the schema does not know, and fill in its defaults; in place."""
    if schema:
        kept = {name: obj.pop(name) for name in _ALWAYS_KEPT if name in obj}
        _complete(schema, obj)
        obj |= kept


def unknown_fields(schema: Schema, obj: Object) -> list[str]:
    """Give the paths of the fields that the schema does not know."""
    content = {name: value for name, value in obj.items() if name not in _ALWAYS_KEPT}
    return list(_unknown(schema, content, ""))


def faults(schema: Schema, obj: Object) -> list[Fault]:
    """Check an object against its schema; of its metadata, only the name."""
    content = {name: value for name, value in obj.items() if name not in _ALWAYS_KEPT}
    wanted = [name for name in schema.get("required", ()) if name not in _ALWAYS_KEPT]
    properties = schema.get("properties") or {}
    of_name = (properties.get("metadata", {}).get("properties") or {}).get("name", {})
    found = bounds.faults(of_name, name_of(obj), "metadata.name")
    return found + (_faults({**schema, "required": wanted}, content, "") if schema else [])


def _complete(schema: Schema, value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _complete(schema.get("items") or {}, item)
    elif isinstance(value, dict) and schema.get("properties"):
        _complete_fields(schema, value)
    elif isinstance(value, dict) and isinstance(extra := schema.get("additionalProperties"), dict):
        for item in value.values():
            _complete(extra, item)


def _complete_fields(schema: Schema, value: dict[str, Any]) -> None:
    properties: dict[str, Schema] = schema["properties"]
    if not schema.get("x-kubernetes-preserve-unknown-fields"):
        for name in set(value) - set(properties):
            del value[name]
    for name, inner in properties.items():
        if value.get(name) is None and "default" in inner:
            value[name] = copied(inner["default"])
        if name in value:
            _complete(inner, value[name])


def _unknown(schema: Schema, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(schema.get("items") or {}, item, f"{path}[{index}]")
    if not isinstance(value, dict) or not (properties := schema.get("properties")):
        return
    for name, item in value.items():
        here = f"{path}.{name}" if path else name
        if name in properties:
            yield from _unknown(properties[name], item, here)
        elif not schema.get("x-kubernetes-preserve-unknown-fields"):
            yield here


def _faults(schema: Schema, value: Any, path: str) -> list[Fault]:
    if value is None and schema.get("nullable"):
        return []
    if not _is_of_type(schema, value):
        shown = json.dumps(_type_name(value))
        wanted = schema.get("type", "integer,string")
        body = f"{path} in body must be of type {wanted}: {shown}"
        return [Fault(path, f"Invalid value: {shown}: {body}")]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(unsupported(path, str(value), schema["enum"]))
    found += bounds.faults(schema, value, path)
    if isinstance(value, dict):
        found += _object_faults(schema, value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _faults(schema.get("items") or {}, item, f"{path}[{index}]")
    return found


def _object_faults(schema: Schema, value: dict[str, Any], path: str) -> list[Fault]:
    def below(name: str) -> str:
        return f"{path}.{name}" if path else name

    found = [required(below(name)) for name in schema.get("required", ()) if name not in value]
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, item in value.items():
        inner = properties.get(name, extra if isinstance(extra, dict) else {})
        found += _faults(inner, item, below(name))
    return found


def _is_of_type(schema: Schema, value: Any) -> bool:
    if schema.get("x-kubernetes-int-or-string"):
        return isinstance(value, int | str) and not isinstance(value, bool)
    wanted = schema.get("type")
    if wanted not in _PYTHON_TYPES:
        return True
    return isinstance(value, _PYTHON_TYPES[wanted]) and (wanted == "boolean") >= isinstance(value, bool)


def _type_name(value: Any) -> str:
    names = (("boolean", bool), ("integer", int), ("number", float), ("string", str), ("array", list))
    found = (name for name, kind in names if isinstance(value, kind))
    return "null" if value is None else next(found, "object")
