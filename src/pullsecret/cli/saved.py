"""Credentials that are already somewhere: in a file, or saved by docker, podman or us."""

from typing import TYPE_CHECKING

from pullsecret.cli.inputs import config_file
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidInput
from pullsecret.core.pullsecrets import Secret
from pullsecret.sources.dockerconfig import find_credentials
from pullsecret.sources.files import read_secret_or_config

if TYPE_CHECKING:
    from pullsecret.cli.inputs import CredentialInput
    from pullsecret.cli.session import Session


def from_docker_config(given: "CredentialInput", session: "Session") -> tuple[DockerConfig, str]:
    """Take logins over from docker's or podman's configs, through credential stores where they lie in one."""
    path = None if given.docker_config is None else config_file(given.docker_config)
    found = find_credentials(session.environment, path=path, only=given.only, stdin=session.stdin)
    for skipped in found.skipped:
        session.warn(f"warning: {skipped.key}: {skipped.why} ({skipped.source})")
    return found.config, ", ".join(map(str, found.places))


def from_file(path: str, session: "Session") -> tuple[DockerConfig, str]:
    """Take the credentials of one Secret manifest or docker config."""
    found = read_secret_or_config(path, stdin=session.stdin)
    config = found if isinstance(found, DockerConfig) else _one(found, path).config
    for fault in config.faults():
        if not fault.harmless:
            raise InvalidInput(fault.message, place=f"{path}: {fault.place}", hint=fault.hint)
    config = config.credentials_only()
    if not config.entries:
        hint = "where it names a credential store, --docker-config asks that too"
        raise InvalidInput("holds no credential", place=path, hint=hint)
    return config, path


def _one(secrets: tuple[Secret, ...], path: str) -> Secret:
    pull = [secret for secret in secrets if not secret.skipped]
    if len(pull) == 1:
        return pull[0]
    if not pull:
        raise InvalidInput(f"holds no pull Secret, but one of type {secrets[0].type}", place=path)
    names = ", ".join(secret.source for secret in pull)
    raise InvalidInput(
        f"holds several pull Secrets: {names}", place=path, hint="give a file with one of them"
    )
