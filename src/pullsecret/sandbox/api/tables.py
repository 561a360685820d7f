"""Objects as the rows that `kubectl get` prints, in the server's own columns."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pullsecret.core.objects import Object, name_of
from pullsecret.sandbox.api.columns import AGE, COLUMNS, age
from pullsecret.sandbox.api.jsonpath import found_at
from pullsecret.sandbox.kinds import Column, Resource

_DEFAULT = (Column("Age", "date", ".metadata.creationTimestamp"),)


def table(
    resource: Resource, objs: Sequence[Object], now: datetime, shown: Callable[[Object], Object | None]
) -> dict[str, Any]:
    """Give the columns and rows of a table; `shown` gives what a row carries of its object."""
    key = (resource.kind.group, resource.kind.plural)
    if resource.custom or key not in COLUMNS:
        columns = resource.columns or _DEFAULT
        definitions = [_definition("Name", "string", 0)]
        definitions += [_definition(column.name, column.type, column.priority) for column in columns]
        rows = [[name_of(obj), *(_cell(column, obj, now) for column in columns)] for obj in objs]
    else:
        names, cells = COLUMNS[key]
        definitions = [_definition(name.strip("+"), "string", int(name.startswith("+"))) for name in names]
        rows = [_with_age(names, cells(obj, now), obj, now) for obj in objs]
    told = [{"cells": row, "object": shown(obj)} for row, obj in zip(rows, objs, strict=True)]
    return {"columnDefinitions": definitions, "rows": told}


def _with_age(names: Sequence[str], cells: list[Any], obj: Object, now: datetime) -> list[Any]:
    """Put the age where its column stands; it is the same for all kinds."""
    if AGE in names:
        cells.insert(list(names).index(AGE), age(obj["metadata"].get("creationTimestamp"), now))
    return cells


def _definition(name: str, kind: str, priority: int) -> dict[str, Any]:
    form = "name" if name == "Name" else ""
    return {"name": name, "type": kind, "format": form, "description": "", "priority": priority}


def _cell(column: Column, obj: Object, now: datetime) -> Any:
    found = found_at(obj, column.path)
    if not found:
        return None
    if column.type == "date":
        return age(found[0], now)
    if column.type == "string":
        return ",".join(_text(value) for value in found)
    return found[0]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
