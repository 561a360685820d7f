"""`delete NAME`: detach a pull Secret, then delete it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pullsecret.cli.parser import Command, name_argument, option, server_dry_run
from pullsecret.cli.session import Session

if TYPE_CHECKING:
    from pullsecret.app.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a pull Secret that no Pod needs any more, or any with `force`."""

    name: str
    force: bool = False
    dry_run: str = "none"

    def run(self, session: Session) -> int:
        """Detach, delete, tell."""
        from pullsecret.cli.changes import show_outcome

        mode = self.dry_run if self.dry_run != "none" else ""
        return show_outcome(session, session.run(self._delete(session)), dry_run=mode)

    async def _delete(self, session: Session) -> "Outcome":
        from pullsecret.app.delete import delete

        async with session.cluster() as cluster:
            return await delete(
                cluster, self.name, session.namespace, force=self.force, dry_run=self.dry_run != "none"
            )


command = Command("delete", Delete, [name_argument(), option("--force", is_flag=True), server_dry_run()])
