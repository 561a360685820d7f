"""A new password for one registry in a docker config, and the old one beside it for a while.

An overlap is two entries for the same images: the new login where the entry always stood, the old one under a
key that the kubelet tries **before** it. A pull that is under way while the registry changes is then safe: if
the old one is refused, the registry has changed, and the new one comes after it. Two spellings of one key
(``http://HOST`` beside ``HOST``) would not do, since they are tried in random order. The kubelet sorts
different keys, the longer first, and cuts what follows an escaped question mark only when it compares a key
with an image: ``HOST/%3Fold`` comes before ``HOST`` and means the same images (kubelet, `Add`, `Lookup` and
`URLsMatchStr` in `pkg/credentialprovider/keyring.go`). Only Docker Hub's key has no such other: there it is a
second spelling, and Docker Hub accepts several tokens at a time. Which of these is the old one nobody could
tell: an annotation of the Secret names its key, and the one that it is kept beside. Copies of the Secret have
none: there the key alone tells.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.dockerentry import Entry
from pullsecret.core.errors import UsageError
from pullsecret.core.registrykeys import (
    OLD_MARKS,
    is_old_key,
    registry_key,
    registry_of,
    scope_of,
    split_key,
)
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.urlmatch import Location, index_key

OVERLAP = "pullsecret.dev/overlap"
"""Annotation of a Secret: a JSON object of the keys under which old logins are kept, each with the key of the
login that it is kept beside."""

_HUB_INDEX = b"index.docker.io"
_HUB_SPELLINGS = ("http://index.docker.io/v1/", "index.docker.io", "https://index.docker.io/v1/")
"""The kubelet asks for this one index only where no other key matches: old logins need a spelling of it."""


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
        old_keys: where an overlap keeps old logins, each with the key that it is beside; empty if unknown.
    """

    registry: str
    keys: tuple[str, ...]
    username: str
    old_keys: Mapping[str, str] = field(default_factory=dict)


def overlaps_of(annotations: Mapping[str, str]) -> dict[str, str]:
    """Give the keys that a Secret's annotation names as old, each with the key that it is kept beside.

    What cannot be read names none.
    """
    try:
        keys = json.loads(annotations.get(OVERLAP) or "{}")
    except (ValueError, RecursionError):
        return {}
    return {old: key for old, key in keys.items() if isinstance(key, str)} if isinstance(keys, dict) else {}


def marked_old(config: DockerConfig) -> frozenset[str]:
    """Give the keys that only an overlap writes, where the login in use stands beside them."""
    marked = [key for key in config.entries if is_old_key(key)]
    in_use = {registry_of(key) for key in config.entries if key not in marked}
    return frozenset(key for key in marked if registry_of(key) in in_use)


def overlap_annotation(config: DockerConfig, overlaps: Mapping[str, str]) -> str | None:
    """Write the annotation for those of the old keys that are there; None: there is to be no annotation."""
    there = {old: key for old, key in overlaps.items() if old in config.entries}
    return json.dumps(there) if there else None


def logins_in_use(config: DockerConfig, held: Held) -> list[Login]:
    """Give the logins in use: one, unless spellings of the registry hold different passwords."""
    entries = [config.entries[key] for key in held.keys]
    return list(dict.fromkeys(Login(entry.username, entry.password) for entry in entries))


def held_in(
    config: DockerConfig, registry: str, username: str | None, overlaps: Mapping[str, str], where: str
) -> Held:
    """Find the login of one registry.

    Args:
        config: what a Secret holds.
        registry: as a person types it, or the very key; empty: the only one there is.
        username: whose login; None: that of the only user there is.
        overlaps: keys that hold old logins, as far as an annotation names them.
        where: the Secret, for messages.

    Raises:
        UsageError: there is none, or there are several and nobody said which.
    """
    overlaps = {**dict.fromkeys(marked_old(config), ""), **overlaps}
    current = [key for key in config.entries if key not in overlaps]
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
    held, user = registry_of(keys[0]), config.entries[keys[0]].username
    old = {key: overlaps[key] for key in config.entries if key in overlaps and registry_of(key) == held}
    mine = {
        key: beside
        for key, beside in old.items()
        if (beside in keys if beside in current else len(users) == 1 or config.entries[key].username == user)
    }
    return Held(held, tuple(keys), user, mine)


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
        UsageError: an overlap is open already, or there is no key for the old login.
    """
    if mode is Mode.FINISH:
        return config.without_keys(held.old_keys), replace(held, old_keys={})
    if holds_already(config, held, login):
        return config, held
    if mode is Mode.ROTATE:
        for key in held.keys:
            config = _with_login(config, key, login)
        return config, replace(held, username=login.username)
    if mode is Mode.OVERLAP and held.old_keys:
        raise UsageError(
            f"an overlap is open: an old login is kept under {', '.join(held.old_keys)}",
            hint="without --overlap the login in use is corrected and the old one stays; --finish drops the "
            "old one, --replace drops it for the login that is in use now",
        )
    return _overlapped(config.without_keys(held.old_keys), held, login)


def _overlapped(config: DockerConfig, held: Held, login: Login) -> tuple[DockerConfig, Held]:
    """Put a login in the place of the one in use, and keep that one under a key that is tried before.

    Spellings of one host may hold different passwords, of which nobody knows which is the good one: each is
    kept.
    """
    before, kept, old_keys = config, set[tuple[str, Entry]](), dict[str, str]()
    for key in held.keys:
        images, entry = _images_of(key), before.entries[key]
        if (images, entry) not in kept:
            kept.add((images, entry))
            old = old_key(key, config.entries)
            old_keys[old] = key
            config = config.with_raw_entry(old, before.raw_entries[key])
        config = _with_login(config, key, login)
    return config, Held(held.registry, held.keys, login.username, old_keys)


def old_key(key: str, taken: Collection[str]) -> str:
    """Give a key for the same images that the kubelet tries before this one; for Docker Hub, beside it.

    Raises:
        UsageError: there is none; the key is malformed, or an overlap is left in all that there are.
    """
    images, index = _images_of(key), index_key(key)
    slash = "" if "/" in images else "/"
    made = _HUB_SPELLINGS if index == _HUB_INDEX else [images + slash + mark for mark in OLD_MARKS]
    for other in made:
        if index is not None and other not in taken and _comes_before(other, index):
            return other
    raise UsageError(
        f"there is no free key for the old login that nodes would try before {key}",
        hint="rotate without --overlap",
    )


def _images_of(key: str) -> str:
    """Give host and path as they are written, without what does not narrow the images down."""
    return split_key(key)[1] + scope_of(key)


def _comes_before(key: str, index: bytes) -> bool:
    """Tell whether the kubelet takes a key for the images of this index, and tries it before that one."""
    made = index_key(key)
    if made is None or Location.of(made) is None:
        return False
    images = index.partition(b"?")[0].rstrip(b"/")  # another `/v2/` at the start of a path would be cut off
    return made == index == _HUB_INDEX or (made > index and made.startswith(images))


def _with_login(config: DockerConfig, key: str, login: Login) -> DockerConfig:
    password = login.password or Sensitive()
    return config.with_entry(key, login.username, password, email=config.entries[key].email)
