"""What a schema says of single values beyond their type: patterns, lengths, numbers of items, formats.

The words are those of a real API server (k8s.io/kube-openapi/pkg/validation, apiextensions' list types).
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.core.times import parse_time
from pullsecret.sandbox.failures import Fault

Schema = dict[str, Any]


def faults(schema: Schema, value: Any, path: str) -> list[Fault]:
    """Check a value, of the type that its schema wants, against the schema's bounds."""
    found: Iterator[Fault] = iter(())
    if isinstance(value, str):
        found = _text_faults(schema, value, path)
    elif isinstance(value, list):
        found = _list_faults(schema, value, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _number_faults(schema, value, path)
    return list(found)


def _text_faults(schema: Schema, value: str, path: str) -> Iterator[Fault]:
    shown = json.dumps(value, ensure_ascii=False)
    if len(value) > schema.get("maxLength", len(value)):
        yield _fault(path, shown, f"should be at most {schema['maxLength']} chars long")
    if len(value) < schema.get("minLength", 0):
        yield _fault(path, shown, f"should be at least {schema['minLength']} chars long")
    if "pattern" in schema and not _matches(schema["pattern"], value):
        yield _fault(path, shown, f"should match '{schema['pattern']}'")
    fits = _FORMATS.get(schema.get("format", ""))
    if fits and not fits(value):
        yield _fault(path, shown, f"must be of type {schema['format']}: {shown}")


def _list_faults(schema: Schema, value: list[Any], path: str) -> Iterator[Fault]:
    if len(value) > schema.get("maxItems", len(value)):
        yield _fault(path, str(len(value)), f"should have at most {schema['maxItems']} items")
    if len(value) < schema.get("minItems", 0):
        yield _fault(path, str(len(value)), f"should have at least {schema['minItems']} items")
    kind, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys", ())
    seen: list[Any] = []
    for index, item in enumerate(value if kind in ("set", "map") else ()):
        identity = item if kind == "set" else {key: item.get(key) for key in keys}
        if identity in seen:
            yield Fault(f"{path}[{index}]", f"Duplicate value: {json.dumps(identity, ensure_ascii=False)}")
        seen.append(identity)


def _number_faults(schema: Schema, value: float, path: str) -> Iterator[Fault]:
    if value < schema.get("minimum", value):
        yield _fault(path, str(value), f"should be greater than or equal to {schema['minimum']}")
    if value > schema.get("maximum", value):
        yield _fault(path, str(value), f"should be less than or equal to {schema['maximum']}")


def _fault(path: str, shown: str, why: str) -> Fault:
    return Fault(path, f"Invalid value: {shown}: {path} in body {why}")


def _matches(pattern: str, value: str) -> bool:
    # Go's `$` does not match before a last newline, Python's does.
    return re.search(re.sub(r"\$$", r"\\Z", pattern), value) is not None


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return True


def _is_time(value: str) -> bool:
    try:
        parse_time(value)
    except InvalidInput:
        return False
    return True


_FORMATS: dict[str, Callable[[str], bool]] = {"byte": _is_base64, "date-time": _is_time}
