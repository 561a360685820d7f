"""Reading typed fields out of decoded JSON, with errors that name the file and the JSON path."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.readfile import Content


@dataclass(frozen=True, slots=True, repr=False)
class Node:
    """One value of a document, and where it stands.

    Field names are matched exactly and unknown ones are passed over, as kubectl does; null is the
    same as absent.

    Attributes:
        value: the decoded value; may hold secrets, so it is not shown.
        file: the document's name, as people know it.
        path: its JSON path, ``users[0].user``; empty for the document itself.
    """

    value: Any
    file: str
    path: str = ""

    @property
    def place(self) -> str:
        """File and path, as an error names them."""
        return f"{self.file}: {self.path}" if self.path else self.file

    def fault(self, message: str, *, hint: str = "") -> InvalidInput:
        """Make the error that says what is wrong with this value."""
        return InvalidInput(message, place=self.place, hint=hint)

    def __getitem__(self, name: str) -> "Node":
        """Give a field of an object; one that holds None where it is absent."""
        fields = self._typed(dict, "an object") or {}
        return Node(fields.get(name), self.file, f"{self.path}.{name}" if self.path else name)

    def items(self) -> Iterator["Node"]:
        """Go through a list; nothing where it is absent."""
        for index, value in enumerate(self._typed(list, "a list") or ()):
            yield Node(value, self.file, f"{self.path}[{index}]")

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """Go through an object's fields; nothing where it is absent."""
        for name in self._typed(dict, "an object") or {}:
            yield str(name), Node(self.value[name], self.file, f"{self.path}.{name}")

    def text(self) -> str:
        """Give a string; empty where it is absent."""
        return self._typed(str, "a string") or ""

    def secret(self) -> Sensitive:
        """Give a secret string; empty where it is absent."""
        return Sensitive(self.text())

    def flag(self) -> bool:
        """Give a boolean; False where it is absent."""
        return bool(self._typed(bool, "true or false"))

    def texts(self) -> tuple[str, ...]:
        """Give a list of strings."""
        return tuple(item.text() for item in self.items())

    def data(self) -> Content:
        """Give the bytes of a base64 string; line breaks in it do not count, as in Go."""
        content = _decoded(self.text())
        if content is None:
            raise self.fault("is not base64")
        return content

    def _typed(self, wanted: type, called: str) -> Any:
        if self.value is None or isinstance(self.value, wanted):
            return self.value
        hint = "put it in quotes" if wanted is str and isinstance(self.value, int | float) else ""
        raise self.fault(f"must be {called}, not {_called(self.value)}", hint=hint)


def _decoded(text: str) -> Content | None:
    try:
        return Content(base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True))
    except (binascii.Error, ValueError):
        return None


def _called(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "a list"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "that")
