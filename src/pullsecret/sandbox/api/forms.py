"""The forms in which objects are answered: whole, their metadata alone, or as a table for people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import Object
from pullsecret.sandbox.api.tables import table
from pullsecret.sandbox.kinds import Resource

WHOLE, METADATA, TABLE = "whole", "metadata", "table"
_META_VERSIONS = ("v1", "v1beta1")


@dataclass(frozen=True, slots=True)
class Form:
    """How one request wants its objects.

    Attributes:
        name: ``whole``, ``metadata`` or ``table``.
        clock: gives the time that ages in tables count to.
        rows: of a table, what each row carries of its object: ``Metadata``, ``Object`` or ``None``.
        version: the version of the group meta.k8s.io that was asked for.
    """

    name: str
    clock: Callable[[], datetime]
    rows: str = "Metadata"
    version: str = "v1"

    def one(self, resource: Resource, obj: Object) -> Object:
        """Show one object."""
        if self.name == TABLE:
            return self._table(
                resource, [obj], {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            )
        return self._partial(obj) if self.name == METADATA else _typed(resource, obj)

    def many(self, resource: Resource, objs: Sequence[Object], metadata: dict[str, Any]) -> Object:
        """Show a list of objects."""
        if self.name == TABLE:
            return self._table(resource, objs, metadata)
        kind = resource.kind
        if self.name == METADATA:
            named = ("PartialObjectMetadataList", f"meta.k8s.io/{self.version}")
            items = [self._partial(obj) for obj in objs]
        else:
            named = (f"{kind.kind}List", kind.api_version)
            # The built-in kinds' lists do not repeat the kind in each item.
            items = [_typed(resource, obj) if resource.custom else _untyped(obj) for obj in objs]
        return {"kind": named[0], "apiVersion": named[1], "metadata": metadata, "items": items}

    def _table(self, resource: Resource, objs: Sequence[Object], metadata: dict[str, Any]) -> Object:
        def shown(obj: Object) -> Object | None:
            if self.rows == "None":
                return None
            return _typed(resource, obj) if self.rows == "Object" else self._partial(obj)

        return {
            "kind": "Table",
            "apiVersion": f"meta.k8s.io/{self.version}",
            "metadata": metadata,
            **table(resource, objs, self.clock(), shown),
        }

    def _partial(self, obj: Object) -> Object:
        api_version = f"meta.k8s.io/{self.version}"
        return {"kind": "PartialObjectMetadata", "apiVersion": api_version, "metadata": obj["metadata"]}


def form_of(accept: str, rows: str, clock: Callable[[], datetime]) -> Form:
    """Read an `Accept` header: the first form in it that is served.

    Raises:
        ApiError: 406, none of them is.
    """
    for clause in (accept or "*/*").split(","):
        media_type, *parameters = (part.strip() for part in clause.split(";"))
        if media_type not in {"application/json", "application/*", "*/*"}:
            continue
        given = dict(parameter.partition("=")[::2] for parameter in parameters)
        name = {
            "": WHOLE,
            "Table": TABLE,
            "PartialObjectMetadata": METADATA,
            "PartialObjectMetadataList": METADATA,
        }.get(given.get("as", ""))
        if name == WHOLE or (name and given.get("v") in _META_VERSIONS):
            return Form(name, clock, rows or "Metadata", given.get("v", "v1"))
    raise ApiError("406: Not Acceptable", status=406, reason="NotAcceptable")


def _typed(resource: Resource, obj: Object) -> Object:
    return {"kind": resource.kind.kind, "apiVersion": resource.kind.api_version, **_untyped(obj)}


def _untyped(obj: Object) -> Object:
    return {name: value for name, value in obj.items() if name not in {"kind", "apiVersion"}}
