"""`remove NAME HOST`: take one registry out of a pull Secret, in place."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from pullsecret.cli.parser import Command, name_argument, server_dry_run
from pullsecret.cli.session import Session

if TYPE_CHECKING:
    from pullsecret.app.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Remove:
    """Take one registry out of a pull Secret."""

    name: str
    host: str
    dry_run: str = "none"

    def run(self, session: Session) -> int:
        """Remove it and tell."""
        from pullsecret.cli.changes import show_outcome

        mode = self.dry_run if self.dry_run != "none" else ""
        return show_outcome(session, session.run(self._remove(session)), dry_run=mode)

    async def _remove(self, session: Session) -> "Outcome":
        from pullsecret.app.edit import remove
        from pullsecret.app.outcome import Outcome

        async with session.cluster() as cluster:
            change = await remove(
                cluster, self.name, session.namespace, self.host, dry_run=self.dry_run != "none"
            )
        return Outcome([change])


command = Command("remove", Remove, [name_argument(), click.Argument(["host"]), server_dry_run()])
