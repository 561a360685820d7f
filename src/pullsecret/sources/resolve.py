"""One docker config made whole: what its credential stores hold is fetched, what cannot be used is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pullsecret.core import gojson
from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidDockerConfig
from pullsecret.core.gojson import Members, Value
from pullsecret.sources.configstores import ConfigStores, is_meant, with_only_hint
from pullsecret.sources.helpers import SECONDS

TAKEN = frozenset({"username", "password", "email", "auth"})
"""Fields of an entry that the kubelet reads (`pkg/credentialprovider/config.go`)."""

TOKEN_ONLY = "only an identity token, which the kubelet does not use; log in with a password or access token"  # noqa: S105


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
    stores = ConfigStores(config, place, environment, seconds)
    known = stores.known_keys(only)
    keys = [key for key in known if is_meant(key, only)]
    answers = stores.ask(keys)
    entries: dict[str, Value] = {}
    sources: dict[str, Origin] = {}
    skipped: list[Skipped] = []
    for key in keys:
        answer = answers[key]
        raw = _fetched(config, key, answer) if answer else _written(config, key, place)
        why = _unusable(raw, answer) if raw else stores.why_none(key)
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
            raise InvalidDockerConfig(str(fault), place=place, hint=with_only_hint(fault.hint))
    return raw if config.entries[key].has_credential else Members()


def _unusable(raw: Value, answer: Credential | None) -> str:
    """Say why the kubelet could do nothing with an entry; empty when it can."""
    entry = config_of({"": raw}).entries[""]
    if entry.username and entry.password:
        return ""
    if entry.identity_token or entry.registry_token or (answer and answer.identity_token):
        return f"holds {TOKEN_ONLY}"
    return "has a user name and no password" if entry.username else "has a password and no user name"


def _kept(raw: Value) -> Value:
    return Members((name, value) for name, value in raw if gojson.fold(name) in TAKEN)
