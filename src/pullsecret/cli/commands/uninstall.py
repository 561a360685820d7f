"""`uninstall`: everything taken back that policies put into the cluster, then the operator's manifests."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pullsecret.cli.commands.install import (
    NAMESPACE,
    check_release_name,
    name_option,
    text_option,
    watch_option,
)
from pullsecret.cli.names import check_namespace_name, listed
from pullsecret.cli.parser import Command, option
from pullsecret.cli.session import Session
from pullsecret.cli.words import INSTALL
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.app.uninstall import Found, UninstallRequest


@dataclass(frozen=True, slots=True)
class Uninstall:
    """Take back, and remove."""

    name: str
    watch_namespaces: tuple[str, ...] = ()
    detach_only: bool = False
    keep_crds: bool = False
    yes: bool = False
    dry_run: bool = False

    def run(self, session: Session) -> int:
        """Show what there is, ask, then do it."""
        return session.run(self._uninstall(session))

    async def _uninstall(self, session: Session) -> int:
        from pullsecret.app.pretence import Pretended
        from pullsecret.app.uninstall import UninstallRequest, look, uninstall
        from pullsecret.cli.changes import show_outcome
        from pullsecret.core.objects import POD

        request = UninstallRequest(
            session.options.namespace or NAMESPACE,
            self.name,
            self.watch_namespaces,
            detach_only=self.detach_only,
            keep_definitions=self.keep_crds,
        )
        async with session.cluster() as cluster:
            found = await look(cluster, request)
            if found.nothing and not self.detach_only:
                session.warn(INSTALL["nothing"].format(name=self.name))
                _tell_what_stays(session, found)
                return 0
            if self.dry_run:
                pretended = Pretended(cluster, without=(POD,))
                outcome = await uninstall(pretended, request, session.sleep)
                return show_outcome(session, outcome, dry_run="server")
            if not self.yes and not _agreed(session, request, found):
                return 1
            return show_outcome(session, await uninstall(cluster, request, session.sleep))


def _agreed(session: Session, request: "UninstallRequest", found: "Found") -> bool:
    """Tell what would go, and ask."""
    traces = found.traces
    counts = {"policies": len(traces.policies), "copies": traces.copies, "accounts": traces.accounts}
    if traces.policies:
        session.warn(INSTALL["would-detach"].format(**counts))
    if found.objects:
        objects = len(found.objects)
        session.warn(INSTALL["would-remove"].format(count=objects, namespace=request.namespace))
    if found.definitions:
        session.warn(INSTALL["would-undefine"])
    _tell_what_stays(session, found)
    if not session.interactive:
        raise UsageError(
            "uninstall asks before it changes anything, and there is no terminal", hint="--yes agrees"
        )
    session.stderr.write(INSTALL["ask"])
    session.stderr.flush()
    return session.stdin.readline().strip().lower() in ("y", "yes")


def _tell_what_stays(session: Session, found: "Found") -> None:
    for change in found.staying:
        session.warn(f"{change.resource}: {change.detail}")


def _parse(watch_namespaces: tuple[str, ...], **params: Any) -> Uninstall:
    check_release_name(params["name"])
    watched = listed(watch_namespaces)
    for namespace in watched:
        check_namespace_name(namespace)
    return Uninstall(watch_namespaces=watched, **params)


command = Command(
    "uninstall",
    _parse,
    [
        name_option(),
        watch_option(),
        option("--detach-only", is_flag=True),
        option("--keep-crds", is_flag=True),
        text_option("--dry-run", "dry_run", text="would_do", is_flag=True),
        text_option("--yes", "-y", text="uninstall_yes", is_flag=True),
    ],
)
