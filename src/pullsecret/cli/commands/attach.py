"""`attach NAME`: give a pull Secret to ServiceAccounts or a workload."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.parser import Command, name_argument, option, server_dry_run
from pullsecret.cli.session import Session
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.app.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Attach:
    """Give a pull Secret to ServiceAccounts, or to a workload's Pod template."""

    name: str
    service_accounts: tuple[str, ...] = ()
    all_service_accounts: bool = False
    workload: str | None = None
    restart_stuck: bool = False
    dry_run: str = "none"

    def run(self, session: Session) -> int:
        """Attach, tell which Pods are stuck, and have them made again where that was asked for."""
        from pullsecret.cli.changes import show_outcome

        mode = self.dry_run if self.dry_run != "none" else ""
        return show_outcome(session, session.run(self._attach(session)), dry_run=mode)

    async def _attach(self, session: Session) -> "Outcome":
        from pullsecret.app.attach import AttachRequest, attach

        request = AttachRequest(
            self.name,
            session.namespace,
            service_accounts=self.service_accounts,
            all_service_accounts=self.all_service_accounts,
            workload=self.workload,
            restart_stuck=self.restart_stuck,
            dry_run=self.dry_run != "none",
        )
        async with session.cluster() as cluster:
            return await attach(request, cluster, session.sleep)


def check_targets(params: dict[str, Any]) -> None:
    """Refuse to be told two places at once."""
    ways = [bool(params["service_accounts"]), params["all_service_accounts"], params["workload"] is not None]
    if sum(ways) > 1:
        raise UsageError("--serviceaccount, --all-serviceaccounts and --workload: only one of them")


def target_options() -> list[click.Parameter]:
    """Declare where to attach to or detach from."""
    return [
        option("--serviceaccount", "service_accounts", multiple=True, metavar="NAME"),
        option("--all-serviceaccounts", "all_service_accounts", is_flag=True),
        option("--workload", metavar="KIND/NAME"),
    ]


def _parse(**params: Any) -> Attach:
    check_targets(params)
    return Attach(**params)


command = Command(
    "attach",
    _parse,
    [name_argument(), *target_options(), option("--restart-stuck", is_flag=True), server_dry_run()],
)
