"""`copy NAME --to NS`: copy a pull Secret to other namespaces, once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pullsecret.cli.names import namespaces
from pullsecret.cli.parser import Command, name_argument, option, server_dry_run
from pullsecret.cli.session import Session

if TYPE_CHECKING:
    from pullsecret.app.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy a pull Secret to other namespaces."""

    name: str
    to: tuple[str, ...]
    replace: bool = False
    dry_run: str = "none"

    def run(self, session: Session) -> int:
        """Copy and tell; 1 where a namespace refused."""
        from pullsecret.cli.changes import show_outcome

        mode = self.dry_run if self.dry_run != "none" else ""
        return show_outcome(session, session.run(self._copy(session)), dry_run=mode)

    async def _copy(self, session: Session) -> "Outcome":
        from pullsecret.app.copy import copy

        async with session.cluster() as cluster:
            return await copy(
                cluster,
                self.name,
                session.namespace,
                self.to,
                replace=self.replace,
                dry_run=self.dry_run != "none",
            )


def _parse(to: tuple[str, ...], **params: Any) -> Copy:
    return Copy(to=namespaces(to), **params)


command = Command(
    "copy",
    _parse,
    [
        name_argument(),
        option("--to", multiple=True, required=True, metavar="NAMESPACE"),
        option("--replace", is_flag=True),
        server_dry_run(),
    ],
)
