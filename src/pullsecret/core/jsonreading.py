"""Reading JSON as Go's `encoding/json` does: members in order and doubled, numbers as they are written.

Source: Go, `encoding/json/decode.go`.
"""

import json
import re

from pullsecret.core.errors import InvalidInput
from pullsecret.core.gojson import Members, Number, Value, fold
from pullsecret.core.sensitive import Sensitive

NESTING_MAX = 100
SECRET_FIELDS = frozenset({"password", "auth", "identitytoken", "registrytoken"})

_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN')


class InvalidJson(InvalidInput):
    """Text that is no JSON; `reason` says what is wrong, `place` is its line and column."""

    def __init__(self, reason: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(reason, place=place, hint=hint)
        self.reason = reason


def decode(data: bytes | str) -> Value:
    """Read one JSON document. Values of `SECRET_FIELDS` come as `Sensitive`.

    Bytes that are no UTF-8 and halves of surrogate pairs become U+FFFD, one for each, as in Go.

    Raises:
        InvalidJson: it is no JSON, or deeper nested than anything real (Go gives up at 10,000).
    """
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    try:
        value, error = _decoded(text)
        if error:
            raise error
    finally:
        del data, text  # a traceback shows a frame's variables to some loggers; passwords are in these
    return value


def _decoded(text: str) -> tuple[Value, InvalidJson | None]:
    """Give the value or the error, which must not be raised here: its frame would hold the text."""
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return None, _invalid(text, _lowered(error.msg), error.pos)
    except _NoValueError:
        found = next(match for match in _NO_VALUE.finditer(text) if not match[0].startswith('"'))
        return None, _invalid(text, f"{found[0]} is none of its values", found.start())
    except RecursionError:
        return None, _too_deep()
    return value, _too_deep() if _depth_exceeds(value, NESTING_MAX) else None


def _lowered(words: str) -> str:
    """Fit Python's words into a sentence, without what they may show of the text."""
    plain = words.partition(": ")[0].removesuffix(" at")
    return f"{plain[:1].lower()}{plain[1:]}"


def _members(pairs: list[tuple[str, Value]]) -> Members:
    return Members((_whole(name), _kept(fold(name), value)) for name, value in pairs)


def _kept(folded: str, value: Value) -> Value:
    if type(value) is not str:
        return value
    whole = _whole(value)
    return Sensitive(whole) if folded in SECRET_FIELDS else whole


class _NoValueError(Exception):
    """NaN or an infinity, which Python takes and Go does not."""


def _whole(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _constant(name: str) -> Value:
    raise _NoValueError(name)


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


def _too_deep() -> InvalidJson:
    return InvalidJson(f"is nested deeper than {NESTING_MAX} levels")


def _invalid(text: str, problem: str, position: int) -> InvalidJson:
    if not text:
        return InvalidJson("is empty, where JSON was expected")
    if text.startswith("\ufeff"):
        hint = "save it as UTF-8 without one"
        return InvalidJson("starts with a byte order mark", place="line 1, column 1", hint=hint)
    if position >= len(text.rstrip()) or problem.startswith("unterminated"):
        problem = "it ends too early"
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return InvalidJson(f"is no JSON: {problem}", place=f"line {line}, column {column}")
