"""`list`: all pull Secrets in scope, with their faults."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pullsecret.cli.parser import Command
from pullsecret.cli.secretviews import list_headers, list_row, report_body
from pullsecret.cli.session import Session
from pullsecret.cli.words import SAY

if TYPE_CHECKING:
    from pullsecret.app.inspect import Listing


@dataclass(frozen=True, slots=True)
class ListSecrets:
    """List the pull Secrets of a namespace, or of all."""

    def run(self, session: Session) -> int:
        """Read and tell; 1 where one of them has a fault that matters."""
        listing = session.run(self._list(session)).at(session.clock())
        out, every = session.out, session.options.all_namespaces
        for kind in listing.unreadable:
            session.warn(f"warning: this account may not list {kind}: who uses the Secrets is not complete")
        if out.form == "name":
            out.names(f"secret/{report.name}" for report in listing.secrets)
        elif not out.for_people:
            out.report("PullSecretReportList", {"items": [report_body(report) for report in listing.secrets]})
        elif listing.secrets:
            wide = out.form == "wide"
            rows = [list_row(session, r, wide=wide, all_namespaces=every) for r in listing.secrets]
            out.table(list_headers(wide=wide, all_namespaces=every), rows)
        else:
            scope = "any namespace" if every else f"namespace {session.namespace!r}"
            session.warn(SAY["no-resources"].format(scope=scope))
        return 0 if all(report.sound for report in listing.secrets) else 1

    async def _list(self, session: Session) -> "Listing":
        from pullsecret.app.inspect import list_secrets

        async with session.cluster() as cluster:
            return await list_secrets(cluster, session.scope)


command = Command("list", ListSecrets, [], everywhere=True)
