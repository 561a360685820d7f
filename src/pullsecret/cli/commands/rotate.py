"""`rotate NAME`: a new password for a registry, in place; copies that a policy keeps, at their source."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.commands.create import verify_options
from pullsecret.cli.inputs import (
    CredentialInput,
    saved_options,
    take_credentials,
    take_registry,
    typed_options,
)
from pullsecret.cli.names import namespaces
from pullsecret.cli.parser import Command, dry_run_option, name_argument, option
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.cli.words import OPTIONS
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.app.rotate import Edit
    from pullsecret.app.rotatesites import Site, Sought
    from pullsecret.cli.rotations import Told
    from pullsecret.core.rotation import Login, Mode


@dataclass(frozen=True, slots=True)
class Rotate:
    """Put a new login in the place of an old one, verified first.

    Attributes:
        mode: one of `core.rotation.Mode`.
        timeout: how long to wait for the copies of policies.
    """

    name: str
    credentials: CredentialInput
    registry: RegistryOptions
    mode: str
    namespaces: tuple[str, ...] = ()
    verify_image: tuple[str, ...] = ()
    no_verify: bool = False
    timeout: str = "2m"
    dry_run: str = "none"

    def run(self, session: Session) -> int:
        """Look, read the new login, verify it, write, wait, tell; in this order."""
        from pullsecret.app.rotate import Rotation, one_login, plan, stale_expiry
        from pullsecret.app.rotatesites import Sought
        from pullsecret.cli.rotations import Told, show
        from pullsecret.core.rotation import Mode
        from pullsecret.kube.durations import parse_timeout

        mode, patience = Mode(self.mode), parse_timeout(self.timeout, place="--timeout")
        sought = Sought(self.credentials.registry or "", self.credentials.username)
        login = None
        if not self.credentials.partial:
            sought, login = self._read_config(session)
        sites = session.run(self._look(session, sought))
        held = one_login(sites, sought)
        sought = replace(sought, registry=sought.registry or held.registry)
        login = login or self._login(session, sites[0], mode)
        edits, rotation = plan(sites, login, mode), Rotation()
        told = Told(held.registry, login.username, mode, self.dry_run, rotation)
        rotation.outcome.warnings += stale_expiry(edits, login)
        try:
            session.run(self._rotate(session, edits, login, sought, told, patience))
        except KeyboardInterrupt:
            show(session, told, interrupted=True)
            raise
        return show(session, told)

    async def _look(self, session: Session, sought: "Sought") -> "list[Site]":
        from pullsecret.app.rotatesites import look

        async with session.cluster() as cluster:
            return await look(cluster, self.name, self.namespaces or [session.namespace], sought)

    def _read_config(self, session: Session) -> "tuple[Sought, Login]":
        """Take the login out of a file; one that holds several says nothing of which is meant."""
        from pullsecret.app.rotatesites import Sought
        from pullsecret.core.registrykeys import registry_of
        from pullsecret.core.rotation import Login

        config, source = self.credentials.read(session)
        if len(config.entries) != 1:
            raise UsageError(
                f"{source} holds logins for {', '.join(config.entries)}; one at a time is rotated",
                hint="choose with --docker-config FILE --only HOST",
            )
        [(key, entry)] = config.entries.items()
        return Sought(registry_of(key), entry.username), Login(entry.username, entry.password)

    def _login(self, session: Session, site: "Site", mode: "Mode") -> "Login":
        """Give the new login; with `--finish` the one that is in use."""
        from pullsecret.core.rotation import Login, Mode

        if mode is Mode.FINISH:
            return Login(site.held.username, site.config.entries[site.held.keys[0]].password)
        username = self.credentials.username or site.held.username
        if self.dry_run == "client":
            return Login(username)
        return Login(username, replace(self.credentials, username=username).secret(session))

    async def _rotate(
        self, session: Session, edits: "list[Edit]", login: "Login", sought: "Sought", told: "Told",
        patience: float | None,
    ) -> None:  # fmt: skip
        from pullsecret.app.rotate import write
        from pullsecret.app.rotatewait import wait_for_copies
        from pullsecret.cli.rotations import progress

        if self.dry_run != "client":
            await self._verify(session, edits, login, told)
        rotation, dry_run = told.rotation, "" if self.dry_run == "none" else self.dry_run
        async with session.cluster() as cluster:
            await write(cluster, edits, login, told.mode, sought, rotation, dry_run=dry_run)
            if not dry_run:
                async with progress(session, told.fan_outs) as tell:
                    rotation.outcome.warnings += await wait_for_copies(
                        cluster, rotation.edits, patience, told.fan_outs, tell
                    )

    async def _verify(self, session: Session, edits: "list[Edit]", login: "Login", told: "Told") -> None:
        """Have the registry accept the login, or each that stays where old ones are dropped; each once."""
        from pullsecret.app.secrets import named
        from pullsecret.core.rotation import Mode

        if self.no_verify:
            return
        proven: dict[Login, str] = {}
        finishing, several = told.mode is Mode.FINISH, len(edits) > 1
        for edit in [edit for edit in edits if edit.step or not finishing]:
            where = named(edit.site.secret) if finishing and several else ""
            for one in edit.site.in_use if finishing else [login]:
                if one not in proven:
                    proven[one] = await self._prove(session, edit.held.keys[0], one, told, where)
        told.verified = min(proven.values())

    async def _prove(self, session: Session, key: str, login: "Login", told: "Told", where: str) -> str:
        """Prove a login; where an old one is only to be dropped, the registry need not be reachable.

        Returns:
            How it was proven: ``pull``, ``login``, or empty where it was not.
        """
        from pullsecret.app.rotateproof import require_login, require_pull
        from pullsecret.core.dockerconfig import registry_host
        from pullsecret.core.errors import RegistryFailure
        from pullsecret.core.images import ImageReference
        from pullsecret.core.rotation import Mode

        images = [ImageReference.parse(text) for text in self.verify_image]
        hosts = {registry_host(key)} | {image.registry for image in images}
        async with session.registries(self.registry, hosts) as registries:
            if images:
                await require_pull(key, login, images, registries, where=where)
                return "pull"
            try:
                warnings = await require_login(key, login, registries, where=where)
            except RegistryFailure as failure:
                if failure.answered or told.mode is not Mode.FINISH:
                    raise
                warnings = [f"the login could not be checked: {failure.message}"]
            told.rotation.outcome.warnings += warnings
            return "" if warnings else "login"


def _parse(**params: Any) -> Rotate:
    credentials, registry = take_credentials(params), take_registry(params)
    overlap, finish, replaced = (params.pop(name) for name in ("overlap", "finish", "replace_overlap"))
    credentials.check(partial=True)
    if overlap and finish:
        raise UsageError("--overlap and --finish do not go together")
    if replaced and not overlap:
        raise UsageError("--replace goes with --overlap", hint="without it, rotate replaces by itself")
    if finish and credentials != CredentialInput(
        registry=credentials.registry, username=credentials.username
    ):
        raise UsageError("--finish drops the old login and takes no new one", hint="leave the password out")
    if params["no_verify"] and params["verify_image"]:
        raise UsageError("--verify and --no-verify do not go together")
    if params["verify_image"] and params["dry_run"] == "client":
        raise UsageError(
            "--verify asks the registry, and a client dry run does not", hint="use --dry-run=server"
        )
    mode = "finish" if finish else "renew" if replaced else "overlap" if overlap else "rotate"
    among = params.pop("among")
    if among:
        params["namespaces"] = namespaces(among)
    return Rotate(credentials=credentials, registry=registry, mode=mode, **params)


class RotateCommand(Command):
    """A command that takes one namespace or several, and not both."""

    def invoke(self, ctx: click.Context) -> Any:
        """Refuse `-n` beside `--namespaces`."""
        invocation = super().invoke(ctx)
        if invocation.globals.namespace is not None and invocation.operation.namespaces:
            raise UsageError("--namespace and --namespaces do not go together")
        return invocation


def _worded(made: click.Parameter, text: str) -> click.Parameter:
    """Give an option another help than it has in other commands."""
    assert isinstance(made, click.Option)  # noqa: S101
    made.help = OPTIONS[text]
    return made


def _options() -> list[click.Parameter]:
    username, *password = typed_options()
    return [
        _worded(option("--registry", "--docker-server", "registry", metavar="HOST"), "rotated_registry"),
        _worded(username, "rotated_username"),
        *password,
        *saved_options(),
        option("--namespaces", "among", multiple=True, metavar="A,B"),
        *verify_options(),
        option("--overlap", is_flag=True),
        option("--finish", is_flag=True),
        option("--replace", "replace_overlap", is_flag=True),
        option("--timeout", default="2m", metavar="TIME"),
        _worded(dry_run_option("client", "server"), "rotate_dry_run"),
    ]


command = RotateCommand("rotate", _parse, [name_argument(), *_options()])
