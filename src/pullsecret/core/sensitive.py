"""Strings that cannot print themselves."""

from typing import Any, Self

MASK = "***"


class Sensitive(str):
    """A secret string. Whatever shows it shows ``***``; only `reveal` gives the text.

    The `str` that Python, `json`, `format` and tracebacks see really is the mask, so nothing that
    forgets about secrets can leak one. (Starlette's `Secret` hides `repr` alone; we hide all.)

    Two of them are equal when their texts are; one is never equal to a plain string.
    """

    __slots__ = ("_text",)

    _text: str

    def __new__(cls, text: str = "") -> Self:
        """Wrap a text; one that is wrapped already stays as it is."""
        self = super().__new__(cls, MASK)
        self._text = text.reveal() if isinstance(text, Sensitive) else text
        return self

    def reveal(self) -> str:
        """Give the text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Sensitive({MASK!r})"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and self._text == other._text

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("a Sensitive string is not pickled: the pickle would hold it in clear text")
