"""The least of OpenAPI v2, in the protobuf that kubectl before 1.27 asks for: which kinds take a dry run.

Field numbers: OpenAPIv2.proto of github.com/google/gnostic. It holds no types: nothing is validated by it.
"""

import json

from pullsecret.core.objects import Object
from pullsecret.sandbox.kinds import Catalogue, Resource

ASKED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
ANSWERED = ASKED.replace("@", ".")
"""What clients are told that they got: an ``@`` is no part of a media type."""

INFO = {"title": "pullsecret sandbox, an imitation of Kubernetes", "version": "v1.32.0"}
_GVK = "x-kubernetes-group-version-kind"


def as_json() -> Object:
    """Give the document in JSON; it tells of nothing."""
    return {"swagger": "2.0", "info": INFO, "paths": {}, "definitions": {}}


def as_protobuf(catalogue: Catalogue) -> bytes:
    """Give the document as a `Document` message: for each kind a PATCH that takes `dryRun`."""
    return _field(8, b"".join(_field(2, _named_path(resource)) for resource in catalogue))


def _named_path(resource: Resource) -> bytes:
    kind = resource.kind
    dry_run = _field(1, _field(2, _field(3, _text(2, "query") + _text(4, "dryRun"))))
    told = json.dumps({"group": kind.group, "kind": kind.kind, "version": kind.version})
    operation = _field(8, dry_run) + _field(13, _text(1, _GVK) + _field(2, _text(2, told)))
    return _text(1, f"/{kind.api_version}/{kind.plural}") + _field(2, _field(8, operation))


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _field(number: int, content: bytes) -> bytes:
    """Write a field of bytes: its tag, its length, its content."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
