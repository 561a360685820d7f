"""What the catalogue tells of each cause, as values; and its commands, filled in with a case's names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pullsecret.core.causes import Cause
from pullsecret.core.commands import Command

FIELDS: Final = frozenset(
    {
        "namespace",
        "secret",
        "registry",
        "host",
        "endpoint",
        "image",
        "serviceaccount",
        "pod",
        "workload",
        "username",
        "source",
    }
)
"""The names that commands are filled in with: `host` is the registry without its port, and `endpoint` the root
of its API (``https://registry-1.docker.io``): both are known when that is; `source` is a namespace that has
the Secret."""

_ENDPOINT = ("{endpoint}", "https://{registry}")

Word = str | tuple[str, ...]
"""A word of a command, or words that are left out together where a name in them is not known."""


@dataclass(frozen=True, slots=True)
class Mend:
    """One way to mend it: what is to be done, and the command where one does it.

    Attributes:
        description: what it does, in the imperative, without a full stop.
        command: its words, with names in braces; empty where no single command does it.
    """

    description: str
    command: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A page of documentation."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One cause, as people read of it.

    Attributes:
        cause: its code.
        title: a few words.
        meaning: two sentences: what happened, and why that keeps the image away.
        apart: how it is told from the causes that look alike.
        checks: what to look at first.
        mends: what mends it, the surest first.
        links: where to read more.
    """

    cause: Cause
    title: str
    meaning: str
    apart: str
    checks: tuple[str, ...]
    mends: tuple[Mend, ...]
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend with the names of a case in it.

    Attributes:
        description: what it does.
        command: what to run; None where no single command does it.
        missing: the names that were not known. In the command they stand in capitals (``SECRET``), for a
            person to fill in.
    """

    description: str
    command: Command | None = None
    missing: tuple[str, ...] = ()


def filled(mend: Mend, names: Mapping[str, str]) -> Fix:
    """Fill a mend's command in.

    Args:
        mend: from the catalogue.
        names: what is known of the case. A name that a program would take for an option counts as unknown.
    """
    host = names.get("registry", "").partition(":")[0]
    known = {
        field: name for field, name in {"host": host, **names}.items() if name and not name.startswith("-")
    }
    missing: dict[str, None] = {}
    command = mend.command if "endpoint" in known else tuple(map(_by_registry, mend.command))
    words = tuple(_words(command, known, missing))
    return Fix(mend.description, Command(words) if words else None, tuple(missing))


def _by_registry(word: Word) -> Word:
    """Say by the registry's name where its API is asked; so that is all a person has to fill in."""
    if isinstance(word, str):
        return word.replace(*_ENDPOINT)
    return tuple(part.replace(*_ENDPOINT) for part in word)


def _words(command: tuple[Word, ...], known: Mapping[str, str], missing: dict[str, None]) -> Iterator[str]:
    for word in command:
        if isinstance(word, str):
            yield _word(word, known, missing)
        elif all(field in known for part in word for field in fields_in(part)):
            yield from (part.format_map(known) for part in word)


def _word(word: str, known: Mapping[str, str], missing: dict[str, None]) -> str:
    unknown = [field for field in fields_in(word) if field not in known]
    missing.update(dict.fromkeys(unknown))
    return word.format_map({**{field: field.upper() for field in unknown}, **known})


def fields_in(word: str) -> list[str]:
    """Give the names in braces that stand in a word of a command."""
    return [field for field in sorted(FIELDS) if f"{{{field}}}" in word]
