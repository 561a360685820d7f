"""JSON as Go's `encoding/json` reads and writes it, since docker, kubectl and the kubelet all use that.

Reading keeps what a plain `dict` would lose: members in order and doubled, numbers as they are
written. Writing escapes what Go escapes, so that data comes out byte for byte as kubectl makes it.
Source: Go, `encoding/json/{decode,encode,fold}.go`.
"""

import json
import re
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive

NESTING_MAX = 100
SECRET_FIELDS = frozenset({"password", "auth", "identitytoken", "registrytoken"})

Value = Any
"""None, bool, `Number`, str, `Sensitive`, list of values, or `Members`."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_FOLD = str.maketrans({**{chr(c): chr(c + 32) for c in range(65, 91)}, "ſ": "s", "\N{KELVIN SIGN}": "k"})
_ESCAPES = str.maketrans({
    "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029",
    **{chr(c): "\\ufffd" for c in range(0xD800, 0xE000)},
})  # fmt: skip


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


class InvalidJson(InvalidInput):
    """Text that is no JSON; `reason` says what is wrong, `place` is its line and column."""

    def __init__(self, reason: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(reason, place=place, hint=hint)
        self.reason = reason


def fold(name: str) -> str:
    """Fold a field's name as Go does: ASCII letters, and the two other letters that fold to one."""
    return name.translate(_FOLD)


def decode(data: bytes | str) -> Value:
    """Read one JSON document. Values of `SECRET_FIELDS` come as `Sensitive`.

    Bytes that are no UTF-8 and halves of surrogate pairs become U+FFFD, one for each, as in Go.

    Raises:
        InvalidJson: it is no JSON, or deeper nested than anything real.
    """
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    problem = ""
    position = 0
    value: Value = None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        # Its `doc` is the whole text, passwords and all: it must not travel as somebody's context.
        problem, position = error.msg, error.pos
    except RecursionError:
        problem = f"is nested deeper than {NESTING_MAX} levels"
    if not problem and _depth_exceeds(value, NESTING_MAX):
        problem = f"is nested deeper than {NESTING_MAX} levels"
    if problem:
        raise _invalid(text, problem, position)
    return value


def encode(value: Value) -> str:
    """Write compact JSON, as `json.Marshal` does."""
    return "".join(_pieces(value, "", ""))


def encode_indented(value: Value, indent: str = "\t") -> str:
    """Write indented JSON, as `json.MarshalIndent` does; docker indents with a tab."""
    return "".join(_pieces(value, "\n", indent))


def quote(text: str) -> str:
    """Write one string as `json.Marshal` does."""
    return encode_basestring(text).translate(_ESCAPES)


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


def _members(pairs: list[tuple[str, Value]]) -> Members:
    return Members((_whole(name), _kept(fold(name), value)) for name, value in pairs)


def _kept(folded: str, value: Value) -> Value:
    if type(value) is not str:
        return value
    whole = _whole(value)
    return Sensitive(whole) if folded in SECRET_FIELDS else whole


def _whole(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)


def _constant(name: str) -> Value:
    raise json.JSONDecodeError(f"{name} is no JSON value", "", 0)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=Number, parse_int=Number, parse_constant=_constant
)


def _depth_exceeds(value: Value, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for item in level
            if isinstance(item, (Members, list))
            for child in ((v for _, v in item) if isinstance(item, Members) else item)
        ]
        if not level:
            return False
    return True


def _invalid(text: str, problem: str, position: int) -> InvalidJson:
    if not text:
        return InvalidJson("is empty, where JSON was expected")
    if text.startswith("\ufeff"):
        return InvalidJson(
            "starts with a byte order mark", place="line 1, column 1", hint="save it as UTF-8 without one"
        )
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return InvalidJson(f"is no JSON: {problem}", place=f"line {line}, column {column}")
