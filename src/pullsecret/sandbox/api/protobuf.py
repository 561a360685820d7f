"""Reads the protobuf that kubectl writes since 1.32 where it makes an object itself: `kubectl create secret`.

Answers are JSON, which these clients take too. What is read here is what kubectl's own generators write;
a field beyond that is refused, never dropped.
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import Object
from pullsecret.sandbox.api.protofields import FIELDS
from pullsecret.sandbox.failures import bad_request
from pullsecret.sandbox.values import timestamp

PROTOBUF = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def read_protobuf(body: bytes) -> Object:
    """Read one object in the API server's protobuf envelope.

    Raises:
        ApiError: 400, it is cut off or damaged; 415, it is of a kind or has a field that is not read here.
    """
    if not body.startswith(_MAGIC):
        raise bad_request(
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
        )
    try:
        envelope = _message("Unknown", body[len(_MAGIC) :])
        named = envelope.get("typeMeta", {})
        raw = base64.b64decode(envelope.get("raw", ""))
        if named.get("kind") not in FIELDS:
            raise _unread(f"the kind {named.get('kind')}")
        return {**named, **_message(named["kind"], raw)}
    except (IndexError, UnicodeDecodeError) as error:
        raise bad_request(f"the protobuf of the request is damaged: {error}") from None


def _message(kind: str, data: bytes) -> dict[str, Any]:
    fields = FIELDS[kind]
    result: dict[str, Any] = {}
    for number, value in _wire(data):
        name, told = fields.get(number, ("", ""))
        if not told and value not in {b"", 0}:
            raise _unread(f"field {number} of {kind}")
        if told in {"", "ignored"}:
            continue
        if told.startswith("*"):
            result.setdefault(name, []).append(_value(told[1:], value))
        elif told.startswith("{"):
            entry = dict(_wire(value if isinstance(value, bytes) else b""))
            key = str(_value("string", entry.get(1, b"")))
            result.setdefault(name, {})[key] = _value(told[1:-1], entry.get(2, b""))
        elif (decoded := _value(told.rstrip("?"), value)) or told.endswith("?"):
            result[name] = decoded
    return result


def _value(kind: str, value: bytes | int) -> Any:
    if kind in {"int", "bool"}:
        if not isinstance(value, int):
            raise IndexError(f"a number was expected, not {len(value)} bytes")
        return bool(value) if kind == "bool" else value
    if not isinstance(value, bytes):
        raise IndexError("text was expected, not a number")
    if kind == "string":
        return value.decode()
    if kind == "bytes":
        return base64.b64encode(value).decode()
    message = _message(kind, value)
    if kind == "Time":
        return timestamp(datetime.fromtimestamp(message["seconds"], UTC)) if message else None
    if kind == "IntOrString":
        return message.get("strVal", "") if message.get("type") else message.get("intVal", 0)
    return message


def _wire(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Give the fields of a message as they stand on the wire; IndexError where they are cut off."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            value, at = _varint(data, at)
            yield number, value - (1 << 64) if value >> 63 else value
            continue
        length, at = _varint(data, at) if wire_type == _BYTES else (_fixed(wire_type), at)
        if at + length > len(data):
            raise IndexError("it ends inside a field")
        yield number, data[at : at + length]
        at += length


def _fixed(wire_type: int) -> int:
    if wire_type not in {_FIXED32, _FIXED64}:
        raise IndexError(f"a field of the unknown type {wire_type}")
    return 8 if wire_type == _FIXED64 else 4


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _unread(what: str) -> ApiError:
    message = f"the sandbox does not read {what} from protobuf; send JSON, as `kubectl apply -f` does"
    return ApiError(message, status=415, reason="UnsupportedMediaType")
