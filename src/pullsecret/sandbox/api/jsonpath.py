"""The part of JSONPath that printer columns use: fields, indexes, ``[*]`` and filters by equality."""

import re
from typing import Any

_STEP = re.compile(
    r"""\.?(?P<field>[\w/\0-]+)|\.?\['(?P<quoted>[^']+)'\]|\[(?P<index>\*|-?\d+)\]"""
    r"""|\[\?\(@\.(?P<name>[\w.-]+)\s*==\s*["'](?P<value>[^"']*)["']\)\]"""
)


def found_at(value: Any, path: str) -> list[Any]:
    r"""Find what a path leads to (``.status.conditions[?(@.type=="Ready")].status``); nulls are nothing.

    A dot in a field's name is escaped: ``.metadata.labels.app\.kubernetes\.io/name``.
    """
    steps = _steps(path)
    found = [value] if steps else []
    for step in steps:
        found = [item for current in found for item in _children(current, step)]
    return [item for item in found if item is not None]


def _steps(path: str) -> list[dict[str, str | None]]:
    """Take a path apart; nothing where it is none."""
    at, steps = 0, []
    hidden = path.replace("\\.", "\0")
    while at < len(hidden):
        if not (step := _STEP.match(hidden, at)):
            return []
        steps.append({name: text and text.replace("\0", ".") for name, text in step.groupdict().items()})
        at = step.end()
    return steps


def _children(value: Any, step: dict[str, str | None]) -> list[Any]:
    if field := step["field"] or step["quoted"]:
        return [value[field]] if isinstance(value, dict) and field in value else []
    if not isinstance(value, list):
        return []
    if (index := step["index"]) == "*":
        return value
    if index is not None:
        at = int(index)
        return [value[at]] if -len(value) <= at < len(value) else []
    name = str(step["name"])
    return [item for item in value if [str(got) for got in found_at(item, f".{name}")] == [step["value"]]]
