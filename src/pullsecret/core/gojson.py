r"""JSON values that keep what a plain `dict` would lose, written as Go's `encoding/json` writes them.

docker, kubectl and the kubelet all use that, so data comes out byte for byte as kubectl makes it
(Go 1.22 and later, which write \b and \f for those). Reading is in `jsonreading`, apart, because
making a manifest must not wait for the import of `json` and `re`.
Source: Go, `encoding/json/{encode,fold}.go`.
"""

from collections.abc import Iterator
from typing import Any

from pullsecret.core.sensitive import Sensitive

Value = Any
"""None, bool, `Number`, str, `Sensitive`, list of values, or `Members`."""

_FOLD: dict[int, int | str] = {
    **{code: code + 32 for code in range(ord("A"), ord("Z") + 1)},
    0x17F: "s",
    0x212A: "k",
}
_ESCAPES = {
    **{code: f"\\u{code:04x}" for code in (*range(0x20), *map(ord, "<>&\u2028\u2029"))},
    **{ord(char): f"\\{short}" for char, short in zip('"\\\b\f\n\r\t', '"\\bfnrt', strict=True)},
}


class Number(str):
    """A number as it is written: ``1e3`` stays ``1e3``."""

    __slots__ = ()


class Members(tuple[tuple[str, Value], ...]):
    """A JSON object: its members in order, doubled names included."""

    __slots__ = ()

    def replaced(self, name: str, value: Value) -> "Members":
        """Give the value to the member of this name, where it stands or else at the end."""
        if all(key != name for key, _ in self):
            return Members((*self, (name, value)))
        return Members((key, value if key == name else old) for key, old in self)


def fold(name: str) -> str:
    """Fold a field's name as Go does: ASCII letters, and the two other letters that fold to one."""
    return name.translate(_FOLD)


def encode(value: Value) -> str:
    """Write compact JSON, as `json.Marshal` does."""
    return "".join(_pieces(value, "", ""))


def encode_indented(value: Value, indent: str = "\t") -> str:
    """Write indented JSON, as `json.MarshalIndent` does; docker indents with a tab."""
    return "".join(_pieces(value, "\n", indent))


def quote(text: str) -> str:
    """Write one string as `json.Marshal` does; what is no Unicode becomes an escaped U+FFFD."""
    escaped = text.translate(_ESCAPES)
    if not escaped.isascii():
        escaped = "".join("\\ufffd" if "\ud800" <= char <= "\udfff" else char for char in escaped)
    return f'"{escaped}"'


def is_text(value: Value) -> bool:
    """Tell whether a value is a JSON string; a `Number` only looks like one to Python."""
    return isinstance(value, str) and not isinstance(value, Number)


def article_of(value: Value) -> str:
    """Name a value's type for a message: ``an array``, ``a number``."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case Number():
            return "a number"
        case str():
            return "a string"
        case Members():
            return "an object"
        case _:
            return "an array"


def _pieces(value: Value, newline: str, indent: str) -> Iterator[str]:
    match value:
        case Number():
            yield str(value)
        case Sensitive():
            yield quote(value.reveal())
        case str():
            yield quote(value)
        case Members() if value:
            yield from _block(
                "{}", [(quote(k) + (": " if indent else ":"), v) for k, v in value], newline, indent
            )
        case list() if value:
            yield from _block("[]", [("", v) for v in value], newline, indent)
        case Members():
            yield "{}"
        case list():
            yield "[]"
        case _:
            yield {None: "null", True: "true", False: "false"}[value]


def _block(brackets: str, items: list[tuple[str, Value]], newline: str, indent: str) -> Iterator[str]:
    inner = newline + indent
    yield brackets[0]
    for number, (label, value) in enumerate(items):
        yield f",{inner}{label}" if number else f"{inner}{label}"
        yield from _pieces(value, inner, indent)
    yield newline + brackets[1]
