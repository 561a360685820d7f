"""Credentials from docker configs: found in their places, resolved through credential stores, taken over."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from pullsecret.core.credentials import Origin
from pullsecret.core.dockerconfig import registry_host
from pullsecret.core.errors import SourceError
from pullsecret.core.gojson import Value
from pullsecret.core.registrykeys import scope_of
from pullsecret.sources.configstores import is_meant
from pullsecret.sources.files import read_config_file
from pullsecret.sources.helpers import SECONDS
from pullsecret.sources.places import default_places, has_something
from pullsecret.sources.reading import place_of
from pullsecret.sources.resolve import Found, config_of, resolve

__all__ = ["Found", "find_credentials"]

TOLD = 5
"""How many entries a message lists."""

LOGIN_HINT = "log in with docker login, podman login or pullsecret login, or name another file"


def find_credentials(
    environment: Mapping[str, str],
    *,
    path: str | Path | None = None,
    only: Sequence[str] = (),
    stdin: TextIO | None = None,
    seconds: float = SECONDS,
) -> Found:
    """Take the credentials out of one docker config, or out of all that are in the default places.

    Of several entries for one registry (and path) the first file's is taken, as docker and podman look.

    Args:
        environment: where homes and helpers are.
        path: the one file; default: all of `default_places` that exist.
        only: registries (or exact keys) to take; default: all.
        stdin: what ``-`` as the path reads.
        seconds: how long each credential helper may take.

    Raises:
        SourceError: no file, no credential in them, or none for one of `only`; a credential helper failed.
        InvalidInput: a file is no docker config, or an entry that is wanted is malformed.
    """
    places = (Path(path),) if path is not None else _existing(default_places(environment))
    if not places:
        looked = ", ".join(map(str, default_places(environment)))
        raise SourceError(f"no docker config was found; looked for {looked}", hint=LOGIN_HINT)
    parts = [
        resolve(
            read_config_file(place, stdin=stdin), place_of(place), environment, only=only, seconds=seconds
        )
        for place in places
    ]
    found = _joined(parts, places)
    missing = [host for host in only if not any(is_meant(key, [host]) for key in found.config.entries)]
    if missing or not found.config.entries:
        raise _nothing(found, missing)
    return found


def _existing(places: Sequence[Path]) -> tuple[Path, ...]:
    """Leave out files that are not there, and empty ones, which docker takes for empty configs."""
    return tuple(place for place in places if has_something(place))


def _joined(parts: Sequence[Found], places: tuple[Path, ...]) -> Found:
    entries: dict[str, Value] = {}
    sources: dict[str, Origin] = {}
    taken: set[tuple[str, str]] = set()
    for part in parts:
        new = {key: raw for key, raw in part.config.raw_entries.items() if _identity(key) not in taken}
        entries |= new
        sources |= {key: part.sources[key] for key in new}
        taken |= {_identity(key) for key in new}
    skipped = tuple(skip for part in parts for skip in part.skipped if _identity(skip.key) not in taken)
    others = tuple(dict.fromkeys(key for part in parts for key in part.others))
    return Found(config_of(entries), sources, skipped, places, others)


def _identity(key: str) -> tuple[str, str]:
    """Give what a key is for, whatever its spelling: the registry, and the path in it."""
    return registry_host(key), scope_of(key)


def _nothing(found: Found, hosts: Sequence[str]) -> SourceError:
    """Say that there is no credential, or none for these registries, and what there is instead."""
    places = ", ".join(map(place_of, found.places))
    wanted = f" for {', '.join(hosts)}" if hosts else ""
    whys = "".join(f"; {skip.key}: {skip.why}" for skip in found.skipped[:TOLD])
    there = ", ".join([*found.config.entries, *found.others][:TOLD])
    hint = f"there are entries for: {there}" if there else LOGIN_HINT
    return SourceError(f"no credential{wanted} in {places}{whys}", hint=hint)
