"""`login HOST`: check a login at the registry, then save it; what `docker login` does, without Docker."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.inputs import (
    CredentialInput,
    check_host,
    check_username,
    docker_config,
    registry_options,
    take_registry,
    typed_options,
)
from pullsecret.cli.parser import Command, option
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.cli.words import SAY
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.core.credentials import Credential


@dataclass(frozen=True, slots=True)
class Login:
    """Check a login at the registry, then save it."""

    host: str
    credentials: CredentialInput
    registry: RegistryOptions
    docker_config: str | None = None

    def run(self, session: Session) -> int:
        """Ask for what is missing, check, save, tell."""
        from pullsecret.core.credentials import Credential, Origin
        from pullsecret.core.dockerconfig import registry_host, registry_key
        from pullsecret.sources.atomic import check_replaceable
        from pullsecret.sources.store import save

        given = self._with_username(session)
        check_username(given.username or "")
        path = docker_config(session, self.docker_config)
        check_replaceable(path)  # before anybody is asked for a password
        credential = Credential(given.username or "", given.secret(session), origin=Origin("the login given"))
        host = registry_host(registry_key(self.host))
        proven = session.run(self._check(session, host, credential))
        saved = save(path, self.host, credential, session.environment)
        words = {"host": host, "where": saved.where}
        if saved.plaintext:
            session.warn(SAY["plaintext"].format(**words))
        if session.out.for_people or session.out.form == "name":
            session.out.line(SAY["saved" if proven else "saved-unproven"].format(**words))
        else:
            content = {
                "registry": host,
                "username": credential.username,
                "savedIn": saved.where,
                "proven": proven,
            }
            session.out.report("LoginReport", content)
        return 0

    def _with_username(self, session: Session) -> CredentialInput:
        if self.credentials.username is not None:
            return self.credentials
        if not session.interactive or self.credentials.password_stdin:
            raise UsageError("no user name was given", hint="give --username")
        session.stderr.write(f"Username for {self.host}: ")
        session.stderr.flush()
        username = session.stdin.readline().strip()
        if not username:
            raise UsageError("no user name was given", hint="give --username")
        return replace(self.credentials, username=username)

    async def _check(self, session: Session, host: str, credential: "Credential") -> bool:
        """Ask the registry; a rejected or unreachable one ends it here, with nothing saved."""
        async with session.registries(self.registry, {host}) as registries:
            return (await registries.login(host, credential)).proven


def _parse(host: str | None, docker_config: str | None, **params: Any) -> Login:
    registry = take_registry(params)
    check_host(host or "")
    return Login(host or "docker.io", CredentialInput(**params), registry, docker_config)


command = Command(
    "login",
    _parse,
    [
        click.Argument(["host"], required=False),
        *typed_options(),
        option("--docker-config", metavar="PATH"),
        *registry_options(),
    ],
)
