"""`explain [MESSAGE]`: what an event or an error means, from its text alone."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.parser import Command
from pullsecret.cli.session import Session
from pullsecret.core.errors import InvalidInput, UsageError

if TYPE_CHECKING:
    from pullsecret.core.explain import Explained

OBJECTS = re.compile(r"^(?:- )?apiVersion:\s.*^(?:  )?kind:\s", re.MULTILINE | re.DOTALL)
"""How objects of the API look in YAML, wherever in them the two stand."""


@dataclass(frozen=True, slots=True)
class Explain:
    """Explain a text: the words given, else standard input."""

    words: tuple[str, ...]

    def run(self, session: Session) -> int:
        """Explain it; 0, whatever it means: the message was looked up, and nothing was checked."""
        from pullsecret.cli.explanations import show_explanations

        found = self._explained(self._text(session))
        show_explanations(session, found)
        return 0

    def _text(self, session: Session) -> str:
        if self.words and self.words != ("-",):
            text = " ".join(self.words)
        elif not self.words and session.stdin.isatty():
            raise UsageError(
                "there is nothing to explain",
                hint=f"give the message, or: kubectl describe pod POD | {session.program} explain -",
            )
        else:
            from pullsecret.sources.reading import read_bounded

            text = read_bounded("-", stdin=session.stdin).decode(errors="replace")
        if not text.strip():
            raise InvalidInput(
                "there is nothing to explain in it", place="standard input" if not self.words else ""
            )
        return text

    @staticmethod
    def _explained(text: str) -> "list[Explained]":
        from pullsecret.core.explain import explain_objects, explain_text

        if OBJECTS.search(text):
            from pullsecret.sources.rawbytes import RawBytes
            from pullsecret.sources.yamltext import documents

            return explain_objects(documents(RawBytes(text.encode()), "standard input"))
        return explain_text(text)


def _parse(message: tuple[str, ...], **_: Any) -> Explain:
    return Explain(message)


command = Command("explain", _parse, [click.Argument(["message"], nargs=-1)])
