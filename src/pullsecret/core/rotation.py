"""A new password for one registry in a docker config, and the old one beside it for a while.

An overlap is two entries that the kubelet takes for one key, so that it tries both: the new login where the
entry always stood, the old one under another spelling of the same host (``http://HOST`` beside ``HOST``;
kubelet, `pkg/credentialprovider/keyring.go`). Which of two such entries is the old one nobody could tell
from them: an annotation of the Secret names its key.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import UsageError
from pullsecret.core.registrykeys import registry_host, registry_key, scope_of
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.urlmatch import index_key

OVERLAP = "pullsecret.dev/overlap"
"""Annotation of a Secret: the keys under which old logins are kept, as a JSON list."""

_SCHEMES = ("http://", "", "https://")


class Mode(StrEnum):
    """What is to be done about a login.

    `ROTATE` puts the new one in its place; `OVERLAP` keeps the old one beside it, and is refused where one
    is kept already; `RENEW` is the same and drops the one that was kept; `FINISH` drops it, and that is all.
    """

    ROTATE = "rotate"
    OVERLAP = "overlap"
    RENEW = "renew"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a password; the password is None where it is not known yet."""

    username: str
    password: Sensitive | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What a docker config holds for one registry.

    Attributes:
        registry: the host, with a path where it is only for some repositories.
        keys: where the login in use stands; more than one, where it is written in several spellings.
        old_keys: where an overlap keeps the old login.
    """

    registry: str
    keys: tuple[str, ...]
    username: str
    old_keys: tuple[str, ...] = ()


def overlap_keys(annotations: Mapping[str, str]) -> tuple[str, ...]:
    """Give the keys that a Secret's annotation names as old; what cannot be read names none."""
    try:
        keys = json.loads(annotations.get(OVERLAP) or "[]")
    except (ValueError, RecursionError):
        return ()
    return tuple(key for key in keys if isinstance(key, str)) if isinstance(keys, list) else ()


def overlap_annotation(config: DockerConfig, keys: Iterable[str]) -> str | None:
    """Write the annotation for those of the keys that are there; None: there is to be no annotation."""
    there = [key for key in dict.fromkeys(keys) if key in config.entries]
    return json.dumps(there) if there else None


def registry_of(key: str) -> str:
    """Give the registry that a key is for, whatever it is spelled like: the host, and a path if any."""
    return registry_host(key) + scope_of(key)


def held_in(
    config: DockerConfig, registry: str, username: str | None, overlap: Collection[str], where: str
) -> Held:
    """Find the login of one registry.

    Args:
        config: what a Secret holds.
        registry: as a person types it, or the very key; empty: the only one there is.
        username: whose login; None: that of the only user there is.
        overlap: keys that hold old logins.
        where: the Secret, for messages.

    Raises:
        UsageError: there is none, or there are several and nobody said which.
    """
    current = [key for key in config.entries if key not in overlap]
    keys = _keys_of(config, current, registry, where)
    users = dict.fromkeys(config.entries[key].username for key in keys)
    if len(users) > 1:
        host = registry_of(keys[0])
        keys = [key for key in keys if config.entries[key].username == username]
        if not keys:
            raise UsageError(
                f"{where} holds logins of several users for {host}",
                hint=f"say whose with --username: {', '.join(users)}",
            )
    if username is None and users == {"": None}:
        raise UsageError(f"{where} names no user for {registry_of(keys[0])}", hint="give --username")
    same = {index_key(key) for key in keys}
    old = tuple(key for key in config.entries if key in overlap and index_key(key) in same)
    return Held(registry_of(keys[0]), tuple(keys), config.entries[keys[0]].username, old)


def _keys_of(config: DockerConfig, current: list[str], registry: str, where: str) -> list[str]:
    there = ", ".join(dict.fromkeys(map(registry_of, current))) or "none"
    if registry:
        keys = [key for key in config.keys_of(registry_key(registry)) if key in current]
        if not keys:
            raise UsageError(
                f"{where} holds no login for {registry}",
                hint=f"there are: {there}; `add` adds a registry",
            )
        return keys
    if len({registry_of(key) for key in current}) != 1:
        raise UsageError(
            f"{where} holds several registries" if current else f"{where} holds no login",
            hint=f"say which with --registry: {there}" if current else "`add` adds a registry",
        )
    return current


def holds_already(config: DockerConfig, held: Held, login: Login) -> bool:
    """Tell whether the login in use is this one."""
    return all(
        (config.entries[key].username, config.entries[key].password) == (login.username, login.password)
        for key in held.keys
    )


def edited(config: DockerConfig, held: Held, login: Login, mode: Mode) -> tuple[DockerConfig, Held]:
    """Do what the mode says; a login that is in use already changes nothing.

    Raises:
        UsageError: an overlap is open already, or there is no second spelling for one.
    """
    if mode is Mode.FINISH:
        return config.without_keys(held.old_keys), replace(held, old_keys=())
    if holds_already(config, held, login):
        return config, held
    if mode is Mode.ROTATE:
        for key in held.keys:
            config = _with_login(config, key, login)
        return config, replace(held, username=login.username)
    if mode is Mode.OVERLAP and held.old_keys:
        raise UsageError(
            f"an overlap is open: an old login is kept under {', '.join(held.old_keys)}",
            hint="--finish drops it; --replace drops it for the login that is in use now",
        )
    return _overlapped(config.without_keys(held.old_keys), held, login)


def _overlapped(config: DockerConfig, held: Held, login: Login) -> tuple[DockerConfig, Held]:
    """Put a login in the place of the one in use, and keep that one under another spelling of its key."""
    new_keys, old_keys = list[str](), list[str]()
    for first, *others in _alike(held.keys):
        if not others:
            old_keys.append(free_spelling(first, config.entries))
            config = config.with_raw_entry(old_keys[-1], config.raw_entries[first])
        config = _with_login(config, first, login)
        new_keys.append(first)
        old_keys += others
    return config, Held(held.registry, tuple(new_keys), login.username, tuple(old_keys))


def free_spelling(key: str, taken: Collection[str]) -> str:
    """Give another spelling of a key that the kubelet takes for the same.

    Raises:
        UsageError: there is none left.
    """
    normalised = index_key(key)
    rest = next(key.removeprefix(scheme) for scheme in ("http://", "https://", "") if key.startswith(scheme))
    for spelling in (scheme + rest + end for end in ("", "/") for scheme in _SCHEMES):
        if normalised is not None and spelling not in taken and index_key(spelling) == normalised:
            return spelling
    raise UsageError(
        f"there is no second spelling of {key} that is free for the old login",
        hint="rotate without --overlap",
    )


def _with_login(config: DockerConfig, key: str, login: Login) -> DockerConfig:
    password = login.password or Sensitive()
    return config.with_entry(key, login.username, password, email=config.entries[key].email)


def _alike(keys: Iterable[str]) -> Iterable[list[str]]:
    """Put keys together that the kubelet takes for the same."""
    groups: dict[bytes | None, list[str]] = {}
    for key in keys:
        groups.setdefault(index_key(key), []).append(key)
    return groups.values()
