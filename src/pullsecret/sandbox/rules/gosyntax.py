"""Where Go's encoding/json stops in a text that is no JSON, in its words (its scanner.go).

The API server repeats these words when it refuses a docker config, so people search for them.
"""

import re

MAX_DEPTH = 10_000
_SPACE = re.compile(rb"[ \t\r\n]*")
_DIGITS = re.compile(rb"[0-9]*")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_LITERALS = {b"t": b"true", b"f": b"false", b"n": b"null"}
_BEGIN_VALUE = "looking for beginning of value"
_BEGIN_KEY = "looking for beginning of object key string"


class _Stop(Exception):
    """Where the scanner stops, in its words."""


def syntax_fault(text: bytes) -> str:
    """Tell what Go finds wrong with the syntax of a JSON text; empty when nothing."""
    try:
        _Scanner(text).scan()
    except _Stop as stop:
        return str(stop)
    return ""


class _Scanner:
    def __init__(self, text: bytes) -> None:
        self._text, self._at = text, 0

    def scan(self) -> None:
        """Go through one value and what stands behind it."""
        open_brackets: list[bytes] = []
        self._value(open_brackets)
        while open_brackets:
            self._after_value(open_brackets)
        self._skip(_SPACE)
        if self._at < len(self._text):
            raise self._wrong("after top-level value")

    def _value(self, open_brackets: list[bytes]) -> None:
        """Go through a value that is no list or object, or into one up to its first value."""
        while True:
            char = self._next_char()
            if char in {b"{", b"["}:
                open_brackets.append(char)
                if len(open_brackets) > MAX_DEPTH:
                    raise self._wrong("exceeded max depth")
                self._at += 1
                if self._next_char() == {b"{": b"}", b"[": b"]"}[char]:
                    self._at += 1
                    open_brackets.pop()
                    return
                if char == b"{":
                    self._key()
            else:
                self._scalar(char)
                return

    def _after_value(self, open_brackets: list[bytes]) -> None:
        in_object = open_brackets[-1] == b"{"
        char = self._next_char()
        if char == (b"}" if in_object else b"]"):
            self._at += 1
            open_brackets.pop()
            return
        if char != b",":
            raise self._wrong("after object key:value pair" if in_object else "after array element")
        self._at += 1
        if in_object:
            self._next_char()
            self._key()
        self._value(open_brackets)

    def _key(self) -> None:
        if self._char() != b'"':
            raise self._wrong(_BEGIN_KEY)
        self._string()
        if self._next_char() != b":":
            raise self._wrong("after object key")
        self._at += 1

    def _scalar(self, char: bytes) -> None:
        if char == b'"':
            self._string()
        elif char in _LITERALS:
            self._literal(_LITERALS[char])
        elif char == b"-" or char.isdigit():
            self._number()
        else:
            raise self._wrong(_BEGIN_VALUE)

    def _string(self) -> None:
        self._at += 1
        while True:
            self._skip(_PLAIN)
            char = self._char()
            if char == b'"':
                self._at += 1
                return
            if char != b"\\":
                raise self._wrong("in string literal")
            self._at += 1
            escape = self._char()
            if escape not in b'bfnrt\\/"u':
                raise self._wrong("in string escape code")
            self._at += 1
            for _ in range(4 if escape == b"u" else 0):
                if self._char() not in b"0123456789abcdefABCDEF":
                    raise self._wrong("in \\u hexadecimal character escape")
                self._at += 1

    def _literal(self, word: bytes) -> None:
        for index in range(1, len(word)):
            self._at += 1
            if self._char() != word[index : index + 1]:
                raise self._wrong(f"in literal {word.decode()} (expecting {chr(word[index])!r})")
        self._at += 1

    def _number(self) -> None:
        if self._char() == b"-":
            self._at += 1
        if self._text[self._at : self._at + 1] == b"0":
            self._at += 1  # no digit may follow a leading zero
        else:
            self._digits("in numeric literal")
        if self._text[self._at : self._at + 1] == b".":
            self._at += 1
            self._digits("after decimal point in numeric literal")
        if self._text[self._at : self._at + 1] in {b"e", b"E"}:
            self._at += 1
            if self._char() in {b"+", b"-"}:
                self._at += 1
            self._digits("in exponent of numeric literal")

    def _digits(self, where: str) -> None:
        if not self._char().isdigit():
            raise self._wrong(where)
        self._skip(_DIGITS)

    def _skip(self, pattern: re.Pattern[bytes]) -> None:
        if found := pattern.match(self._text, self._at):
            self._at = found.end()

    def _next_char(self) -> bytes:
        self._skip(_SPACE)
        return self._char()

    def _char(self) -> bytes:
        char = self._text[self._at : self._at + 1]
        if not char:
            raise _Stop("unexpected end of JSON input")
        return char

    def _wrong(self, where: str) -> _Stop:
        return _Stop(f"invalid character {_quoted(self._text[self._at])} {where}")


def _quoted(byte: int) -> str:
    """Quote a byte as the scanner's quoteChar does: as the character of that number."""
    char = chr(byte)
    if char in {"'", '"'}:
        return "'\\''" if char == "'" else "'\"'"
    short = {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        "\\": "\\\\",
    }
    if char in short or char.isprintable():
        return f"'{short.get(char, char)}'"
    return f"'\\x{byte:02x}'" if byte < 0x80 else f"'\\u{byte:04x}'"
