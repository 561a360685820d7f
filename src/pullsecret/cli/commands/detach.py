"""`detach NAME`: take a pull Secret off ServiceAccounts or a workload."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pullsecret.cli.commands.attach import check_targets, target_options
from pullsecret.cli.parser import Command, name_argument, server_dry_run
from pullsecret.cli.session import Session

if TYPE_CHECKING:
    from pullsecret.app.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Detach:
    """Take a pull Secret off ServiceAccounts, or off a workload's Pod template."""

    name: str
    service_accounts: tuple[str, ...] = ()
    all_service_accounts: bool = False
    workload: str | None = None
    dry_run: str = "none"

    def run(self, session: Session) -> int:
        """Detach and tell."""
        from pullsecret.cli.changes import show_outcome

        mode = self.dry_run if self.dry_run != "none" else ""
        return show_outcome(session, session.run(self._detach(session)), dry_run=mode)

    async def _detach(self, session: Session) -> "Outcome":
        from pullsecret.app.attach import AttachRequest
        from pullsecret.app.detach import detach

        request = AttachRequest(
            self.name,
            session.namespace,
            service_accounts=self.service_accounts,
            all_service_accounts=self.all_service_accounts,
            workload=self.workload,
            dry_run=self.dry_run != "none",
        )
        async with session.cluster() as cluster:
            return await detach(request, cluster)


def _parse(**params: Any) -> Detach:
    check_targets(params)
    return Detach(**params)


command = Command("detach", _parse, [name_argument(), *target_options(), server_dry_run()])
