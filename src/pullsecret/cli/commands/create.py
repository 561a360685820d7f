"""`create NAME`: make a pull Secret."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.inputs import (
    CredentialInput,
    credential_options,
    registry_options,
    take_credentials,
    take_registry,
)
from pullsecret.cli.parser import Command, dry_run_option, name_argument, option
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.cli.words import SAY
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.app.outcome import Outcome
    from pullsecret.core.dockerconfig import DockerConfig


@dataclass(frozen=True, slots=True)
class Create:
    """Make a pull Secret, verified first, and attach it where that was asked for."""

    name: str
    credentials: CredentialInput
    registry: RegistryOptions
    attach: tuple[str, ...] = ()
    verify_image: tuple[str, ...] = ()
    no_verify: bool = False
    replace: bool = False
    dry_run: str = "none"

    def run(self, session: Session) -> int:
        """Read, verify, make, attach, tell."""
        config, source = self.credentials.read(session)
        if self.dry_run == "client":
            return self._print_manifest(session, config)
        outcome = session.run(self._make(session, config, source))
        from pullsecret.cli.changes import show_outcome

        mode = self.dry_run if self.dry_run != "none" else ""
        return show_outcome(session, outcome, dry_run=mode)

    def _print_manifest(self, session: Session, config: "DockerConfig") -> int:
        """Print what would be made, asking nobody: not even the kubeconfig, unless `-n` was given."""
        from pullsecret.core.pullsecrets import secret_manifest

        if session.out.for_people or session.out.form == "name":
            suffix = "" if session.out.form == "name" else " created (client dry run)"
            session.out.line(f"secret/{self.name}{suffix}")
            return 0
        session.out.document(secret_manifest(self.name, config, namespace=session.options.namespace or ""))
        return 0

    async def _make(self, session: Session, config: "DockerConfig", source: str) -> "Outcome":
        from pullsecret.app.create import CreateRequest, create

        warnings = await verify_new(
            session, config, source, self.registry, self.verify_image, skip=self.no_verify
        )
        request = CreateRequest(
            self.name, session.namespace, config, self.replace, self.attach, self.dry_run == "server"
        )
        async with session.cluster() as cluster:
            outcome = await create(request, cluster, session.sleep)
        outcome.warnings[:0] = warnings
        return outcome


async def verify_new(
    session: Session,
    config: "DockerConfig",
    source: str,
    how: RegistryOptions,
    images: tuple[str, ...],
    *,
    skip: bool,
) -> list[str]:
    """Prove new credentials before anything is made of them.

    A login that cannot be checked is a warning; a pull that was asked for as a proof must be one.

    Returns:
        Warnings.

    Raises:
        RegistryFailure: a login was rejected, or the proof that was asked for could not be had.
    """
    if skip:
        return []
    from pullsecret.app.proof import require_logins, require_pulls
    from pullsecret.core.dockerconfig import registry_host
    from pullsecret.core.errors import RegistryFailure
    from pullsecret.core.images import ImageReference

    references = [ImageReference.parse(text) for text in images]
    hosts = {registry_host(key) for key in config.entries} | {ref.registry for ref in references}
    async with session.registries(how, hosts) as registries:
        if not references:
            return await require_logins(config, registries, source)
        try:
            return await require_pulls(references, config, registries, source, strict=True)
        except RegistryFailure as failure:
            if not failure.answered:
                failure.hint = "; ".join(filter(None, [failure.hint, SAY["unproved"]]))
            raise


def verify_options() -> list[click.Parameter]:
    """Declare how new credentials are verified."""
    return [
        option("--verify", "verify_image", multiple=True, metavar="IMAGE"),
        option("--no-verify", is_flag=True),
        *registry_options(),
    ]


def _parse(**params: Any) -> Create:
    credentials, registry = take_credentials(params), take_registry(params)
    credentials.check()
    if params["no_verify"] and params["verify_image"]:
        raise UsageError("--verify and --no-verify do not go together")
    if params["verify_image"] and params["dry_run"] == "client":
        raise UsageError(
            "--verify asks the registry, and a client dry run asks nobody", hint="drop one of them"
        )
    return Create(credentials=credentials, registry=registry, **params)


command = Command(
    "create",
    _parse,
    [
        name_argument(),
        *credential_options(),
        option("--attach", multiple=True, metavar="SERVICEACCOUNT"),
        *verify_options(),
        option("--replace", is_flag=True),
        dry_run_option("client", "server"),
    ],
)
