"""Saving and erasing a login where docker keeps it: its config file, or the credential store that names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pullsecret.core.authfield import encode_auth
from pullsecret.core.credentials import Credential
from pullsecret.core.dockerconfig import DockerConfig, registry_key, same_registry
from pullsecret.core.errors import SourceError
from pullsecret.core.gojson import Members
from pullsecret.core.registrykeys import DOCKER_HUB_KEY, scope_of, split_key
from pullsecret.sources.atomic import check_replaceable, locked, replace_file
from pullsecret.sources.configstores import ConfigStores
from pullsecret.sources.helpers import SECONDS, CredentialHelper
from pullsecret.sources.places import has_something
from pullsecret.sources.reading import read_bounded, text_of
from pullsecret.sources.resolve import config_of


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a login was saved, or erased.

    Attributes:
        key: what it is kept under.
        path: the docker config that says so.
        helper: the credential helper that keeps the password; empty when the file does, unencrypted.
    """

    key: str
    path: Path
    helper: str = ""

    @property
    def where(self) -> str:
        """The place of the password, for messages."""
        return self.helper or str(self.path)

    @property
    def plaintext(self) -> bool:
        """Whether the password lies in the file."""
        return not self.helper


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased.

    Attributes:
        saved: each login that was there, by key and place.
    """

    saved: tuple[Saved, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there was a login."""
        return bool(self.saved)


def login_key(host: str) -> str:
    """Give the key that `docker login HOST` writes: host and port, or Docker Hub's own.

    Source: docker/cli, `cli/command/registry/login.go`, `credentials.ConvertToHostname`.
    """
    key = registry_key(host)
    return key if key == DOCKER_HUB_KEY else split_key(host)[1]


def save(
    path: Path,
    host: str,
    credential: Credential,
    environment: Mapping[str, str],
    *,
    seconds: float = SECONDS,
) -> Saved:
    """Save a login as `docker login` does: through the credential store that the config names, else in it.

    The file changes in this one entry and in one step; it is made, with its folder, if there is none.

    Args:
        path: the docker config.
        host: the registry as it was typed.
        credential: user name and password, or an identity token.
        environment: the environment of the credential helper.
        seconds: how long the helper may take.

    Raises:
        SourceError: the helper failed, or the file cannot be read or written, or is a pipe or a device.
        InvalidInput: the file is no docker config; it is left as it is.
    """
    check_replaceable(path)
    key = login_key(host)
    helper = ConfigStores(_read(path), str(path), environment, seconds).of(key)
    entry = Members()
    if helper:
        helper.store(key, credential)
        _check_kept(helper, key, credential)
    else:
        entry = _entry(credential)
    with locked(path):
        config = _read(path)
        _write(path, config, config.merged(config_of({key: entry})))
    return Saved(key, path, helper.program if helper else "")


def erase(path: Path, host: str, environment: Mapping[str, str], *, seconds: float = SECONDS) -> Erased:
    """Erase the logins for a registry, in all spellings of its key, from the config and its stores.

    Args:
        path: the docker config.
        host: the registry as it was typed.
        environment: the environment of credential helpers.
        seconds: how long each call of a helper may take.

    Raises:
        SourceError: a helper failed, or the file cannot be read or written.
        InvalidInput: the file is no docker config; it is left as it is.
    """
    check_replaceable(path)
    key = login_key(host)
    config = _read(path)
    erased = []
    stores = ConfigStores(config, str(path), environment, seconds)
    for helper, name in _kept_by_helpers(config, key, stores):
        helper.erase(name)
        erased.append(Saved(name, path, helper.program))
    with locked(path):
        config = _read(path)
        name = split_key(key)[1]  # a bare name means every spelling
        there = config.keys_of(name)
        if there:
            _write(path, config, config.without(name))
    erased += [Saved(kept, path) for kept in there if config.entries[kept].has_credential]
    return Erased(tuple(erased))


def _read(path: Path) -> DockerConfig:
    """Read the config; a missing or empty file is an empty one, as for docker."""
    if not has_something(path):
        return DockerConfig.empty()
    data = read_bounded(path)
    return (
        DockerConfig.parse(text_of(data, str(path)), place=str(path))
        if data.strip()
        else DockerConfig.empty()
    )


def _write(path: Path, before: DockerConfig, after: DockerConfig) -> None:
    if after != before:
        replace_file(path, after.to_file_bytes())


def _entry(credential: Credential) -> Members:
    """Make an entry as docker writes it into its file."""
    basic = credential.username or credential.password
    fields = {
        "auth": encode_auth(credential.username, credential.password) if basic else "",
        "identitytoken": credential.identity_token,
    }
    return Members((name, value) for name, value in fields.items() if value)


def _check_kept(helper: CredentialHelper, key: str, credential: Credential) -> None:
    """Look whether the helper now answers with this user.

    `docker-credential-pass` keeps one password for each user name and always gives the first by name, so
    that a login as another user would have no effect.
    """
    try:
        user = helper.list().get(key)
    except SourceError:  # some helpers cannot list, which is no reason to fail a login
        return
    if credential.username and user not in {None, credential.username}:
        raise SourceError(
            f"{helper.program} keeps giving the earlier login for {key}, as {user}",
            hint=f"log out first: pullsecret logout {key}",
        )


def _kept_by_helpers(
    config: DockerConfig, key: str, stores: ConfigStores
) -> list[tuple[CredentialHelper, str]]:
    """Give each helper with each spelling of the key that it holds."""
    host = split_key(key)[1]
    spellings = dict.fromkeys([*config.keys_of(host), key, host, f"http://{host}", f"https://{host}"])
    asked = {name: helper for name in spellings if (helper := stores.of(name))}
    found = []
    for suffix, helper in {helper.suffix: helper for helper in asked.values()}.items():
        mine = [name for name, other in asked.items() if other.suffix == suffix]
        found += [(helper, name) for name in _listed(helper, key, mine)]
    return found


def _listed(helper: CredentialHelper, key: str, spellings: Sequence[str]) -> list[str]:
    """Give what the helper lists for this registry; the usual spellings where it cannot list."""
    try:
        return [name for name in helper.list() if same_registry(name, key) and not scope_of(name)]
    except SourceError:
        return list(spellings[:1])
