"""Text that came from elsewhere, made safe to print: what a terminal would obey is shown instead."""

import unicodedata


def printable(text: str, *, multiline: bool = False) -> str:
    r"""Show what is not plain text in `text` as Python would escape it: ``\x1b``, ``\u202e``.

    That is every control character, and with them all ANSI sequences; marks that turn the direction of
    writing round; invisible and unassigned characters; lone surrogates. Spaces of all widths stay.

    Args:
        text: events, names, answers of registries.
        multiline: keep line feeds and tabs.
    """
    if text.isprintable():
        return text
    kept = "\n\t" if multiline else ""
    return "".join(char if char in kept or is_shown_as_is(char) else _escape(char) for char in text)


def is_shown_as_is(char: str) -> bool:
    """Whether a terminal shows this character and does nothing else with it."""
    # `isprintable` knows one space only; the ideographic space is ordinary Chinese text.
    return char.isprintable() or unicodedata.category(char) == "Zs"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
