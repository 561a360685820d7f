"""Commands offered for copying: as the words a program gets, and as the text a shell reads back to them."""

import shlex
from dataclasses import dataclass

from pullsecret.core.plaintext import is_shown_as_is


@dataclass(frozen=True, slots=True)
class Command:
    """One command line: `argv` for programs, `shell` for people."""

    argv: tuple[str, ...]

    @property
    def shell(self) -> str:
        """The command quoted for a POSIX shell."""
        return " ".join(_quoted(word) for word in self.argv)

    def __str__(self) -> str:
        return self.shell


def _quoted(word: str) -> str:
    """Quote one word; what a terminal would obey rather than show is written as octal bytes in ``$'…'``.

    ``$'…'`` is in POSIX.1-2024, and in bash, zsh, ksh and busybox since long.
    """
    if all(is_shown_as_is(char) for char in word):
        return shlex.quote(word)
    return "$'" + "".join(_escaped(char) for char in word) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if is_shown_as_is(char):
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass"))
