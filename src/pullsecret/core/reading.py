"""Careful steps into JSON that others wrote: every complaint names the place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pullsecret.core.errors import InvalidInput

Path = tuple[str | int, ...]
"""Steps from an object's root: names of fields, and indices of lists."""

_JSON_NAMES = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number",
               float: "a number", type(None): "null"}  # fmt: skip


def type_name(value: Any) -> str:
    """Say what a value is: ``a list``."""
    return _JSON_NAMES.get(type(value), type(value).__name__)


def place_of(path: Path) -> str:
    """Write a path as people do: ``spec.containers[0].image``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def path_of(place: str) -> Path:
    """Read a path that `place_of` wrote; one whose fields have dots or brackets in them comes out longer."""
    steps = re.findall(r"([^.\[\]]+)|\[(\d+)\]", place)
    return tuple(int(index) if index else name for name, index in steps)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of an object, with the path that leads to it.

    Absent and null are the same, as they are to the API server, and both are empty. A value of another
    type than asked for is `InvalidInput`; in a `lenient` reading, of an object whose schema nobody told
    us, it counts as absent.

    Attributes:
        value: what stands there; it may hold anything, so it is not shown.
        path: where that is.
        owner: the object, for messages: ``Deployment/web``.
        lenient: whether values of another type are passed over.
    """

    value: Any = field(repr=False)
    path: Path = ()
    owner: str = ""
    lenient: bool = False

    def at(self, *names: str) -> "Node":
        """Step down by names of fields."""
        node = self
        for name in names:
            node = node._child(node.mapping().get(name), name)
        return node

    def mapping(self) -> Mapping[str, Any]:
        """Give the value as an object; empty when there is none."""
        return self.value if self._is(dict, "an object") else {}

    def items(self) -> "list[Node]":
        """Give the elements of a list; none when there is no list."""
        if not self._is(list, "a list"):
            return []
        return [self._child(item, index) for index, item in enumerate(self.value)]

    def text(self) -> str:
        """Give the value as text; empty when there is none."""
        return str(self.value) if self._is(str, "text") else ""

    def _child(self, value: Any, step: str | int) -> "Node":
        return Node(value, (*self.path, step), self.owner, self.lenient)

    def _is(self, wanted: type, said: str) -> bool:
        if isinstance(self.value, wanted):
            return True
        if self.value is None or self.lenient:
            return False
        raise InvalidInput(
            f"must be {said}, not {type_name(self.value)}" + (f" (in {self.owner})" if self.owner else ""),
            place=place_of(self.path),
            hint="write it in quotes" if wanted is str and not isinstance(self.value, dict | list) else "",
        )
