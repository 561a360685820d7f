"""Patterns of one host label: Go's `path/filepath.Match`, without what a host cannot hold.

A host holds no slash, question mark or backslash (`net/url` sees to that), so none of them means anything
here. Matching takes no longer than pattern times name, whatever the pattern.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CharacterClass:
    """A class: ``[a-z0]``, or ``[^a-z0]``."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def __contains__(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) != self.negated


Token = str | CharacterClass
"""What one character must be: itself, or one of a class."""


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern: runs of tokens, each but perhaps the first after a star."""

    runs: tuple[tuple[Token, ...], ...]

    def matches(self, label: bytes) -> bool:
        """Tell whether the whole label fits."""
        text = label.decode("utf-8", "surrogateescape")
        first, *later = self.runs
        if not later:
            return len(first) == len(text) and _fits(first, text, 0)
        if not _fits(first, text, 0):
            return False
        position = len(first)
        for run in later[:-1]:
            starts = range(position, len(text) - len(run) + 1)
            found = next((start for start in starts if _fits(run, text, start)), None)
            if found is None:
                return False
            position = found + len(run)
        last = later[-1]
        return position <= len(text) - len(last) and _fits(last, text, len(text) - len(last))


def glob_of(label: bytes) -> Glob | None:
    """Read a pattern; None when it is malformed, which matches nothing."""
    text = label.decode("utf-8", "surrogateescape")
    runs: list[list[Token]] = [[]]
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "*":
            runs.append([])
        elif character == "[":
            found = _character_class(text, position)
            if found is None:
                return None
            token, position = found
            runs[-1].append(token)
        else:
            runs[-1].append(character)
    return Glob(tuple(tuple(run) for run in runs))


def _fits(run: tuple[Token, ...], text: str, start: int) -> bool:
    if start + len(run) > len(text):
        return False
    for token, character in zip(run, text[start : start + len(run)], strict=True):
        if character not in token if isinstance(token, CharacterClass) else character != token:
            return False
    return True


def _character_class(text: str, position: int) -> tuple[CharacterClass, int] | None:
    """Read a class from behind its bracket; give it and the place behind it."""
    negated = text.startswith("^", position)
    position += negated
    ranges: list[tuple[str, str]] = []
    while not (ranges and text.startswith("]", position)):
        low = text[position : position + 1]
        high = low
        position += 1
        if text.startswith("-", position):
            high = text[position + 1 : position + 2]
            position += 2
        if not _member(low) or not _member(high):
            return None
        ranges.append((low, high))
    return CharacterClass(tuple(ranges), negated), position + 1


def _member(character: str) -> bool:
    """Whether it may stand in a class: not at the end, no bare bracket or dash, no broken UTF-8."""
    return character not in {"", "-", "]"} and not "\udc80" <= character <= "\udcff"
