"""`show NAME`: what a pull Secret holds, who uses it, and its faults."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pullsecret.cli.parser import Command, name_argument, option
from pullsecret.cli.secretviews import report_body, show_secret
from pullsecret.cli.session import Session
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.app.inspect import Listing


@dataclass(frozen=True, slots=True)
class Show:
    """Look through one Secret of the cluster, or what a file holds."""

    name: str | None = None
    file: str | None = None
    reveal: bool = False

    def run(self, session: Session) -> int:
        """Read, look through, tell; 1 where something is wrong with it."""
        listing = (
            self._from_file(session) if self.file is not None else session.run(self._from_cluster(session))
        )
        listing = listing.at(session.clock())
        out = session.out
        for kind in listing.unreadable:
            session.warn(f"warning: this account may not list {kind}: who uses the Secret is not complete")
        if out.form == "name":
            from pullsecret.app.inspect import CONFIG_FILE

            out.names(r.name if r.type == CONFIG_FILE else f"secret/{r.name}" for r in listing.secrets)
        elif out.for_people:
            for number, report in enumerate(listing.secrets):
                if number:
                    out.line()
                show_secret(session, report, reveal=self.reveal)
        elif len(listing.secrets) == 1:
            out.report("PullSecretReport", report_body(listing.secrets[0]), reveal=self.reveal)
        else:
            items = [report_body(report) for report in listing.secrets]
            out.report("PullSecretReportList", {"items": items}, reveal=self.reveal)
        return 0 if all(report.sound for report in listing.secrets) else 1

    async def _from_cluster(self, session: Session) -> "Listing":
        from pullsecret.app.inspect import show

        async with session.cluster() as cluster:
            return await show(cluster, self.name or "", session.namespace)

    def _from_file(self, session: Session) -> "Listing":
        from pullsecret.app.inspect import Listing, report_of, report_of_config
        from pullsecret.core.dockerconfig import DockerConfig
        from pullsecret.sources.files import read_secret_or_config
        from pullsecret.sources.reading import place_of

        found = read_secret_or_config(self.file or "", stdin=session.stdin)
        if isinstance(found, DockerConfig):
            return Listing((report_of_config(found, place_of(self.file or "")),))
        return Listing(tuple(report_of(secret) for secret in found if self.name in (None, secret.name)))


def _parse(**params: Any) -> Show:
    if (params["name"] is None) == (params["file"] is None):
        raise UsageError("name a Secret of the cluster, or a --file")
    return Show(**params)


command = Command(
    "show",
    _parse,
    [
        name_argument(required=False),
        option("--file", metavar="FILE"),
        option("--reveal", is_flag=True),
    ],
)
