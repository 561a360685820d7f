"""`check -f FILE…`: will these manifests pull? The question of `doctor`, before deployment."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.inputs import found_registry_options, take_registry
from pullsecret.cli.parser import FOR_CI, OUTPUTS, Command, option
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.cli.words import CHECK
from pullsecret.core.errors import InvalidInput, UsageError

if TYPE_CHECKING:
    from pullsecret.core.check.model import CheckReport
    from pullsecret.sources.manifests import Manifests


@dataclass(frozen=True, slots=True)
class Check:
    """Check manifests."""

    filenames: tuple[str, ...]
    registry: RegistryOptions
    offline: bool = False
    probe: bool = False
    platforms: tuple[str, ...] = ()
    on_node: bool = False

    def run(self, session: Session) -> int:
        """Read, look, ask and tell; 1 where something would not pull."""
        from pullsecret.cli.checkviews import show_check
        from pullsecret.sources.manifests import read_manifests

        manifests = read_manifests(self.filenames, stdin=session.stdin)
        report = session.run(self._check(session, manifests))
        foreign = [_foreign(file) for file in manifests.foreign]
        report = replace(
            report,
            problems=(*manifests.problems, *report.problems),
            remarks=(*foreign, *report.remarks),
        )
        return show_check(session, report, manifests.files, probed=self.probe)

    async def _check(self, session: Session, manifests: "Manifests") -> "CheckReport":
        from pullsecret.app.check import CheckRequest, check
        from pullsecret.cli.diagnoses import reach_of

        asks_cluster, namespace = self._surroundings(session)
        reach = reach_of(self.registry)
        request = CheckRequest(manifests.objects, namespace, self.platforms, self.on_node, reach)
        async with AsyncExitStack() as stack:
            cluster = await stack.enter_async_context(session.cluster()) if asks_cluster else None
            registries = (
                await stack.enter_async_context(session.registries(self.registry)) if self.probe else None
            )
            return await check(request, cluster, registries, session.clock)

    def _surroundings(self, session: Session) -> tuple[bool, str]:
        """Tell whether there is a cluster to look at, and the namespace that is meant."""
        options = session.options
        try:
            namespace = session.namespace
            if not self.offline:
                session.cluster_config  # noqa: B018  read now: without one this goes on offline
        except (UsageError, InvalidInput) as error:
            if not self.offline:
                named = options.kubeconfig or options.context or options.as_groups
                if named or isinstance(error, InvalidInput):
                    raise
                session.warn(CHECK["no-cluster"])
            return False, options.namespace or "default"
        return not self.offline, namespace


def _foreign(file: str) -> str:
    """Tell of a file without objects; of one that makes some, how to check these."""
    from pullsecret.core.check.rendering import rendered_by

    command = rendered_by(file)
    return CHECK["makes" if command else "foreign"].format(file=file, command=command)


def _parse(filenames: tuple[str, ...], more: tuple[str, ...], **params: Any) -> Check:
    registry = take_registry(params)
    if not filenames and not more:
        raise UsageError("no manifest was named", hint="-f FILE, a folder, or -f - for standard input")
    if params["platforms"] and not params["probe"]:
        raise UsageError("--platform is a question to the registry", hint="it goes with --probe")
    return Check((*filenames, *more), registry, **params)


command = Command(
    "check",
    _parse,
    [
        option("-f", "--filename", "filenames", multiple=True, metavar="FILE"),
        click.Argument(["more"], nargs=-1, metavar="[FILE]..."),
        option("--offline", is_flag=True),
        option("--probe", is_flag=True),
        option("--platform", "platforms", multiple=True, metavar="OS/ARCH"),
        option("--on-node", is_flag=True),
        *found_registry_options(),
    ],
    outputs=(*OUTPUTS, *FOR_CI),
)
