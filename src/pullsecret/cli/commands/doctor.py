"""`doctor [KIND/NAME…]`: why these Pods cannot pull, and the command that mends it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.inputs import found_registry_options, take_registry
from pullsecret.cli.parser import Command, option
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.cli.words import DOCTOR
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.core.diagnosis.model import Diagnosis
    from pullsecret.kube.client import ClusterClient

PAUSE = 2.0
"""Seconds between two looks with `--watch`."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """Diagnose, and mend what is safe where that was asked for."""

    targets: tuple[str, ...]
    registry: RegistryOptions
    no_probe: bool = False
    on_node: bool = False
    fix: bool = False
    yes: bool = False
    source: tuple[str, str] | None = None
    watch: bool = False

    def run(self, session: Session) -> int:
        """Look, tell, mend, look again; 1 while something cannot pull."""
        from pullsecret.cli.diagnoses import show_diagnosis

        if self.source is not None and session.options.all_namespaces:
            raise UsageError("--from copies into one namespace only", hint="name it with -n")
        found = session.run(self._look(session))
        if self.watch:
            return session.run(self._watch(session, found))
        if not (self.on_node or self.no_probe):
            _tell_of_loopback(session, found)
        code = show_diagnosis(session, found)
        if self.fix and found.items:
            return session.run(self._fix(session, found))
        return code

    async def _look(self, session: Session) -> "Diagnosis":
        async with session.cluster() as cluster:
            return await self._diagnose(session, cluster)

    async def _diagnose(self, session: Session, cluster: "ClusterClient") -> "Diagnosis":
        from pullsecret.app.doctor import DoctorRequest, doctor
        from pullsecret.cli.diagnoses import reach_of

        request = DoctorRequest(session.scope, self.targets, self.on_node, reach_of(self.registry))
        if self.no_probe:
            return await doctor(request, cluster, None, session.clock)
        async with session.registries(self.registry) as registries:
            return await doctor(request, cluster, registries, session.clock)

    async def _watch(self, session: Session, found: "Diagnosis") -> int:
        """Tell again whenever something changed, until it is well."""
        from pullsecret.cli.diagnoses import show_diagnosis

        code, told = show_diagnosis(session, found), found
        while found.items:
            await session.sleep(PAUSE)
            found = await self._look(session)
            if _gist(found) != _gist(told):
                session.out.line()
                code, told = show_diagnosis(session, found), found
        return code

    async def _fix(self, session: Session, found: "Diagnosis") -> int:
        """Do the safe mends after showing them, and look again."""
        from pullsecret.app.doctor import DoctorRequest, mend, remedies_for, settled
        from pullsecret.cli.changes import show_outcome
        from pullsecret.cli.diagnoses import describe_remedy, show_diagnosis

        async with session.cluster() as cluster, session.registries(self.registry) as registries:
            asked = None if self.no_probe else registries
            remedies = await remedies_for(found, cluster, self.source, asked, on_node=self.on_node)
        if not remedies:
            session.warn(DOCTOR["nothing-safe"])
            return 1
        for remedy in remedies:
            session.warn(DOCTOR["would"].format(what=describe_remedy(remedy, self.source)))
        if not self.yes and not _agreed(session):
            return 1
        async with session.cluster() as cluster:
            show_outcome(session, await mend(remedies, cluster, session.sleep, self.source))
            await settled(DoctorRequest(session.scope, self.targets), cluster, session.sleep)
            again = await self._diagnose(session, cluster)
        return show_diagnosis(session, again)


def _tell_of_loopback(session: Session, found: "Diagnosis") -> None:
    """Say which registries were not asked, since they are the node's own."""
    from pullsecret.core.diagnosis import is_loopback

    hosts = dict.fromkeys(item.image.partition("/")[0] for item in found.items)
    for host in filter(is_loopback, hosts):
        session.warn(DOCTOR["loopback"].format(host=host))


def _gist(found: "Diagnosis") -> set[tuple[str, ...]]:
    return {(item.namespace, item.pod, item.container, item.cause.value) for item in found.items}


def _agreed(session: Session) -> bool:
    if not session.interactive:
        raise UsageError(
            "--fix asks before it changes anything, and there is no terminal", hint="--yes agrees"
        )
    session.stderr.write(DOCTOR["ask"])
    session.stderr.flush()
    return session.stdin.readline().strip().lower() in ("y", "yes")


def _parse(source: str | None, **params: Any) -> Doctor:
    registry = take_registry(params)
    if (params["yes"] or source) and not params["fix"]:
        raise UsageError("--yes and --from go with --fix")
    if params["watch"] and params["fix"]:
        raise UsageError("--watch and --fix do not go together")
    return Doctor(registry=registry, source=_source(source), **params)


def _source(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name):
        raise UsageError(f"--from {text!r} names no Secret", hint="write NAMESPACE/NAME")
    return namespace, name


command = Command(
    "doctor",
    _parse,
    [
        click.Argument(["targets"], nargs=-1, metavar="[KIND/NAME]..."),
        option("--no-probe", is_flag=True),
        option("--on-node", is_flag=True),
        option("--fix", is_flag=True),
        option("--yes", "-y", is_flag=True),
        option("--from", "source", metavar="NAMESPACE/NAME"),
        option("--watch", "-w", is_flag=True),
        *found_registry_options(),
    ],
    everywhere=True,
)
