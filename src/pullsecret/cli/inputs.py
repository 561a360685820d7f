"""Where credentials are read from, as options; the same ones wherever a command takes credentials."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.parser import option
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.cli.words import SAY
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pullsecret.core.dockerconfig import DockerConfig


@dataclass(frozen=True, slots=True)
class CredentialInput:
    """What the options say about where a credential comes from; nothing is read yet."""

    registry: str | None = None
    username: str | None = None
    password: Any = None
    password_stdin: bool = False
    password_file: str | None = None
    email: str | None = None
    from_docker_config: bool = False
    docker_config: str | None = None
    only: tuple[str, ...] = ()
    file: str | None = None

    @property
    def given(self) -> bool:
        """Whether any of the options was used."""
        return self != CredentialInput()

    @property
    def typed(self) -> bool:
        """Whether a login was typed, or a part of one, rather than a file named."""
        texts = (self.registry, self.username, self.password, self.password_file, self.email)
        return self.password_stdin or any(text is not None for text in texts)

    @property
    def partial(self) -> bool:
        """Whether no file was named: what is not typed may be known otherwise, or asked for."""
        return not (self.from_docker_config or self.docker_config is not None or self.file is not None)

    def check(self, *, partial: bool = False) -> None:
        """Refuse combinations that mean two things at once; `partial`: registry and user may be left out."""
        ways = [self.typed, self.from_docker_config or self.docker_config is not None, self.file is not None]
        if sum(ways) > 1:
            raise UsageError("give a login, a docker config, or a file: only one of them")
        if not any(ways) and not partial:
            raise UsageError(
                "no credential was given",
                hint="give --registry and --username, or --from-docker-config, or --file",
            )
        if self.only and not ways[1]:
            raise UsageError(
                "--only chooses from a docker config: it goes with --from-docker-config or --docker-config"
            )
        if self.typed:
            if self.username is None and not partial:
                raise UsageError("no user name was given", hint="give --username")
            if self.username is not None:
                check_username(self.username)
            check_registry(self.registry or "docker.io")

    def read(self, session: Session) -> "tuple[DockerConfig, str]":
        """Read the credentials; give them as a docker config for a pull Secret, and where they came from."""
        self.check()
        if self.typed:
            return self._typed(session), "the login given"
        from pullsecret.cli import saved

        if self.file is not None:
            return saved.from_file(self.file, session)
        return saved.from_docker_config(self, session)

    def _typed(self, session: Session) -> "DockerConfig":
        from pullsecret.core.dockerconfig import DockerConfig
        from pullsecret.core.registrykeys import registry_key, split_key

        key = registry_key(self.registry or "docker.io")
        host = split_key(key)[1]
        if host != host.lower():
            session.warn(SAY["case"].format(host=host))
        return DockerConfig.empty().with_entry(
            key, self.username or "", self.secret(session), email=self.email or ""
        )

    def secret(self, session: Session) -> Any:
        """Read the password from where the options say, or ask for it on a terminal."""
        from pullsecret.sources.typed import read_password

        if self.password is not None:
            session.warn(SAY["password-flag"])
        return read_password(
            password=self.password,
            from_stdin=self.password_stdin,
            path=self.password_file,
            stdin=session.stdin,
            stderr=session.stderr,
            prompt=f"Password for {self.username}: ",
        )


def check_username(name: str) -> None:
    """Refuse a user name that no registry could be told. It is not repeated: its password may be in it."""
    if not name:
        raise UsageError("the user name is empty", hint="give --username")
    if ":" in name:
        raise UsageError(
            "the user name has a colon in it, and no registry could tell it from the password (RFC 7617)",
            hint="the password goes in --password-stdin or --password-file",
        )


def check_host(text: str) -> None:
    """Refuse an address with a login in it, which is not repeated; no host or path has an @ in it."""
    if "@" in text:
        raise UsageError("there is a user name in the registry's address", hint="it goes in --username")


def check_registry(text: str) -> None:
    """Refuse a registry that no image can name: what is made for it would help nobody."""
    from pullsecret.core.keyfaults import why_unmatchable
    from pullsecret.core.registrykeys import registry_key

    check_host(text)
    why = why_unmatchable(registry_key(text))
    if why:
        raise UsageError(
            f"no image can name the registry {text!r}: {why}",
            hint="write it as images do: HOST, HOST:PORT or HOST/PATH",
        )


CREDENTIAL_NAMES = frozenset(CredentialInput.__slots__)


def credential_options() -> list[click.Parameter]:
    """Declare the options of `CredentialInput`; kubectl's spellings work too."""
    return [
        option("--registry", "--docker-server", "registry", metavar="HOST"),
        *typed_options(),
        option("--email", "--docker-email", "email"),
        *saved_options(),
    ]


def saved_options() -> list[click.Parameter]:
    """Declare where a login may be that is there already."""
    return [
        option("--from-docker-config", is_flag=True),
        option("--docker-config", metavar="PATH"),
        option("--only", multiple=True, metavar="HOST"),
        option("--file", metavar="FILE"),
    ]


def typed_options() -> list[click.Parameter]:
    """Declare how a user name and its password are given."""
    return [
        option("-u", "--username", "--docker-username", "username", metavar="NAME"),
        option("--password-stdin", is_flag=True),
        option("--password-file", metavar="FILE"),
        option("-p", "--password", "--docker-password", "password", callback=_sensitive),
    ]


def registry_options() -> list[click.Parameter]:
    """Declare how to speak to registries."""
    return [option("--registry-ca", metavar="FILE"), option("--plain-http", is_flag=True)]


def found_registry_options() -> list[click.Parameter]:
    """Declare how to speak to registries that a command finds itself: plain HTTP with those named."""
    return [
        option("--registry-ca", metavar="FILE"),
        option("--plain-http", "plain_hosts", multiple=True, metavar="HOST"),
    ]


def take_credentials(params: dict[str, Any]) -> CredentialInput:
    """Take the credential options out of a command's parameters."""
    return CredentialInput(**{name: params.pop(name) for name in list(params) if name in CREDENTIAL_NAMES})


def take_registry(params: dict[str, Any]) -> RegistryOptions:
    """Take the registry options out of a command's parameters."""
    return RegistryOptions(
        params.pop("registry_ca"), params.pop("plain_http", False), params.pop("plain_hosts", ())
    )


def config_file(path: str) -> "Path":
    """Give a docker config by its own path or that of its folder, as `docker --config` names it."""
    from pathlib import Path

    return Path(path, "config.json") if Path(path).is_dir() else Path(path)


def docker_config(session: Session, path: str | None) -> "Path":
    """Give the docker config to write: the one named, or its folder, or docker's own."""
    from pullsecret.sources.places import docker_config_path

    return docker_config_path(session.environment) if path is None else config_file(path)


def _sensitive(_: click.Context, __: click.Parameter, value: str | None) -> Any:
    if value is None:
        return None
    from pullsecret.core.sensitive import Sensitive

    return Sensitive(value)
