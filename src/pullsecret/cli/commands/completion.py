"""`completion SHELL`: print the shell completion."""

from dataclasses import dataclass

import click

from pullsecret.cli.parser import Command
from pullsecret.cli.session import Session


@dataclass(frozen=True, slots=True)
class Completion:
    """Print the script that a shell sources."""

    shell: str

    def run(self, session: Session) -> int:
        """Print it."""
        from pullsecret.cli.completion import script

        session.stdout.write(script(self.shell))
        return 0


command = Command(
    "completion",
    Completion,
    [click.Argument(["shell"], type=click.Choice(("bash", "zsh", "fish")), metavar="SHELL")],
)
