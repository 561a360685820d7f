"""`completion SHELL`: print the shell completion."""

from dataclasses import dataclass

import click

from pullsecret.cli.parser import Command
from pullsecret.cli.session import Session


@dataclass(frozen=True, slots=True)
class Completion:
    """Print the script that a shell sources, or the program that kubectl runs."""

    shell: str

    def run(self, session: Session) -> int:
        """Print it."""
        from pullsecret.cli.completion import script

        session.stdout.write(script(self.shell, session.program))
        return 0


command = Command(
    "completion",
    Completion,
    [click.Argument(["shell"], type=click.Choice(("bash", "zsh", "fish", "kubectl")), metavar="SHELL")],
)
