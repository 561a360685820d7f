"""Objects as the rows that `kubectl get` prints: the server's own columns of each kind."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pullsecret.core.objects import Object, name_of
from pullsecret.sandbox.kinds import Resource

Cells = list[Any]


def table(
    resource: Resource, objs: Sequence[Object], now: datetime, shown: Callable[[Object], Object | None]
) -> dict[str, Any]:
    """Give the columns and rows of a table; `shown` gives what a row carries of its object."""
    del resource, now
    columns = [{"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}]
    rows = [{"cells": [name_of(obj)], "object": shown(obj)} for obj in objs]
    return {"columnDefinitions": columns, "rows": rows}
