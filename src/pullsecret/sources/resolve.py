"""One docker config made whole: what its credential stores hold is fetched, what cannot be used is told."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pullsecret.core import gojson
from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.dockerconfig import DockerConfig, registry_key, same_registry
from pullsecret.core.errors import InvalidDockerConfig, SourceError
from pullsecret.core.gojson import Members, Value
from pullsecret.core.registrykeys import scope_of
from pullsecret.sources.helpers import SECONDS, CredentialHelper

TAKEN = frozenset({"username", "password", "email", "auth"})
"""Fields of an entry that the kubelet reads (`pkg/credentialprovider/config.go`)."""

AT_ONCE = 8
TOKEN_ONLY = "only an identity token, which the kubelet does not use; log in with a password or access token"  # noqa: S105
ONLY_HINT = "--only HOST leaves the others out"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that could not be taken over.

    Attributes:
        key: as it is written.
        why: the reason, to stand after the key and a colon.
        source: the file.
    """

    key: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Found:
    """What docker configs offer.

    Attributes:
        config: the credentials alone: no `HttpHeaders`, proxies, stores or tokens that the kubelet ignores.
        sources: where the entry of each key came from: a file, or a credential helper.
        skipped: what is there and could not be taken over.
        places: the files that were read.
        others: keys that are there and were not asked for.
    """

    config: DockerConfig
    sources: Mapping[str, Origin] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    places: tuple[Path, ...] = ()
    others: tuple[str, ...] = ()


def is_meant(key: str, hosts: Sequence[str]) -> bool:
    """Whether a key is of one of these registries, or is one of these keys; no hosts mean every key.

    A bare host means all of its keys; a host with a path means that path alone.
    """
    return not hosts or any(
        key == host or (same_registry(key, host) and ("/" not in host or scope_of(key) == scope_of(host)))
        for host in hosts
    )


def resolve(
    config: DockerConfig,
    place: str,
    environment: Mapping[str, str],
    *,
    only: Sequence[str] = (),
    seconds: float = SECONDS,
) -> Found:
    """Fetch what lives in credential stores, and keep what a pull Secret can hold.

    Where a store is set it is asked first, as docker does; what it has not may stand in the file.

    Args:
        config: the docker config.
        place: its file, for messages.
        environment: the environment of credential helpers.
        only: registries (or exact keys) to take; default: all. No helper is asked for others.
        seconds: how long each call of a helper may take.

    Raises:
        SourceError: a credential helper failed.
        InvalidInput: a helper's name is none, or an entry that is wanted is malformed.
    """
    helpers = _Helpers(config, place, environment, seconds)
    known = helpers.known_keys(only)
    keys = [key for key in known if is_meant(key, only)]
    answers = helpers.ask(keys)
    entries: dict[str, Value] = {}
    sources: dict[str, Origin] = {}
    skipped: list[Skipped] = []
    for key in keys:
        answer = answers[key]
        raw = _fetched(config, key, answer) if answer else _written(config, key, place)
        why = _unusable(raw, answer) if raw else helpers.why_none(key)
        if why:
            skipped.append(Skipped(key, why, place))
        else:
            entries[key] = _kept(raw)
            sources[key] = answer.origin if answer else Origin(place, key)
    others = tuple(key for key in known if key not in answers)
    return Found(config_of(entries), sources, tuple(skipped), (Path(place),), others)


def config_of(entries: Mapping[str, Value]) -> DockerConfig:
    """Make a config of these entries, as they are written."""
    return DockerConfig(Members([("auths", Members(entries.items()))]))


class _Helpers:
    """The credential stores that one docker config names."""

    def __init__(
        self, config: DockerConfig, place: str, environment: Mapping[str, str], seconds: float
    ) -> None:
        self._config, self._place, self._environment, self._seconds = config, place, environment, seconds

    def known_keys(self, only: Sequence[str]) -> list[str]:
        """Give the keys that the file and its default store know.

        For a registry that the file does not know the store is asked outright, besides what it lists:
        some stores list only what they asked for before (docker-credential-ecr-login).
        """
        written = [*self._config.entries, *self._config.cred_helpers]
        unknown = [host for host in only if not any(is_meant(key, [host]) for key in written)]
        if not self._config.creds_store or (only and not unknown):
            return _unique(written)
        return _unique([*written, *self._listed(only), *map(registry_key, unknown)])

    def ask(self, keys: Sequence[str]) -> dict[str, Credential | None]:
        """Ask for these keys' credentials, several at once; None where there is no store, or nothing in it.

        Raises:
            SourceError: a helper failed.
        """
        helpers = {key: helper for key in keys if (helper := self._of(key))}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                found = dict(
                    zip(helpers, pool.map(CredentialHelper.get, helpers.values(), helpers), strict=True)
                )
            except SourceError as error:
                raise SourceError(error.message, hint=_with_only(error.hint)) from error
        return {key: found.get(key) for key in keys}

    def why_none(self, key: str) -> str:
        """Say why there is no credential for this key."""
        helper = self._of(key)
        return f"{helper.program} has no credential for it" if helper else "has no credential in it"

    def _of(self, key: str) -> CredentialHelper | None:
        """Give the helper that docker would ask: the registry's own by exactly this key, else the store."""
        own = self._config.cred_helpers.get(key)
        suffix, member = (own, f'credHelpers["{key}"]') if own else (self._config.creds_store, "credsStore")
        return self._named(suffix, member) if suffix else None

    def _named(self, suffix: str, member: str) -> CredentialHelper:
        return CredentialHelper(suffix, self._environment, self._seconds, f"{self._place}: {member}")

    def _listed(self, only: Sequence[str]) -> Iterable[str]:
        try:
            return self._named(self._config.creds_store, "credsStore").list()
        except SourceError:
            if only:  # asked outright: whatever is wrong shows there
                return ()
            raise


def _unique(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))


def _fetched(config: DockerConfig, key: str, answer: Credential) -> Value:
    entry = config.entries.get(key)
    made = DockerConfig.empty().with_entry(
        key, answer.username, answer.password, email=entry.email if entry else ""
    )
    return made.raw_entries[key]


def _written(config: DockerConfig, key: str, place: str) -> Value:
    """Give what stands in the file: the fields that count; none where there is no credential."""
    raw = config.raw_entries.get(key)
    if raw is None:
        return Members()
    for fault in config_of({key: raw}).faults():
        if fault.fatal:
            raise InvalidDockerConfig(str(fault), place=place, hint=_with_only(fault.hint))
    return raw if config.entries[key].has_credential else Members()


def _unusable(raw: Value, answer: Credential | None) -> str:
    """Say why the kubelet could do nothing with an entry; empty when it can."""
    entry = config_of({"": raw}).entries[""]
    if entry.username and entry.password:
        return ""
    if entry.identity_token or entry.registry_token or (answer and answer.identity_token):
        return f"holds {TOKEN_ONLY}"
    return "has a user name and no password" if entry.username else "has a password and no user name"


def _with_only(hint: str) -> str:
    return "; ".join(filter(None, (hint, ONLY_HINT)))


def _kept(raw: Value) -> Value:
    return Members((name, value) for name, value in raw if gojson.fold(name) in TAKEN)
