"""`add NAME`: add registries to a pull Secret, in place."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pullsecret.cli.commands.create import verify_new, verify_options
from pullsecret.cli.inputs import CredentialInput, credential_options, take_credentials, take_registry
from pullsecret.cli.parser import Command, name_argument, option, server_dry_run
from pullsecret.cli.session import RegistryOptions, Session

if TYPE_CHECKING:
    from pullsecret.app.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Add:
    """Add entries to an existing pull Secret, verified first."""

    name: str
    credentials: CredentialInput
    registry: RegistryOptions
    verify_image: tuple[str, ...] = ()
    no_verify: bool = False
    replace: bool = False
    dry_run: str = "none"

    def run(self, session: Session) -> int:
        """Read, verify, add, tell."""
        from pullsecret.cli.changes import show_outcome

        mode = self.dry_run if self.dry_run != "none" else ""
        return show_outcome(session, session.run(self._add(session)), dry_run=mode)

    async def _add(self, session: Session) -> "Outcome":
        from pullsecret.app.edit import add
        from pullsecret.app.outcome import Outcome

        config, source = self.credentials.read(session)
        warnings = await verify_new(
            session, config, source, self.registry, self.verify_image, skip=self.no_verify
        )
        async with session.cluster() as cluster:
            change = await add(
                cluster,
                self.name,
                session.namespace,
                config,
                replace=self.replace,
                dry_run=self.dry_run != "none",
            )
        return Outcome([change], warnings)


def _parse(**params: Any) -> Add:
    credentials, registry = take_credentials(params), take_registry(params)
    credentials.check()
    return Add(credentials=credentials, registry=registry, **params)


command = Command(
    "add",
    _parse,
    [
        name_argument(),
        *credential_options(),
        *verify_options(),
        option("--replace", is_flag=True),
        server_dry_run(),
    ],
)
