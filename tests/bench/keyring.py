"""One lookup among more and more entries, against a walk that tries each (parsed beforehand)."""

import json
from collections.abc import Callable
from functools import partial
from timeit import Timer

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.globs import Glob
from pullsecret.core.keyring import Keyring
from pullsecret.core.urlmatch import Location, index_key

SIZES = (10, 100, 1_000, 10_000)
GLOBS = 5
"""So many entries are patterns; they stand apart from the index, and each is tried."""
REPOSITORY = "registry7.example.com/team/app"


SECONDS = 0.05
Entry = tuple[str, Location, tuple[Glob, ...]]


def run() -> list[str]:
    """Measure at each size; give a row for each, and what growth costs."""
    rows = ["entries     lookup       walk   walk/lookup"]
    costs = {}
    for size in SIZES:
        keys = _keys(size)
        text = json.dumps({"auths": {key: {"auth": "dTpw"} for key in keys}})
        ring = Keyring.from_configs([("bench", DockerConfig.parse(text))])
        entries = _parsed(keys)
        assert [credential.origin.key for credential in ring.lookup(REPOSITORY)] == _walk(entries)
        lookup = costs[size] = _microseconds(partial(ring.lookup, REPOSITORY))
        walk = _microseconds(partial(_walk, entries))
        rows.append(f"{size:>7,} {lookup:>7.1f} µs {walk:>7.0f} µs {walk / lookup:>12.1f}x")
    growth = costs[SIZES[-1]] / costs[SIZES[0]]
    rows.append(f"a lookup among {SIZES[-1]:,} costs {growth:.2f} times one among {SIZES[0]}")
    return rows


def _keys(size: int) -> list[str]:
    hosts = [f"registry{number}.example.com" for number in range(size - GLOBS)]
    return hosts + [f"*.zone{number}.example.com" for number in range(GLOBS - 1)] + ["*.example.com"]


def _parsed(keys: list[str]) -> list[Entry]:
    """Sort and take apart beforehand what the kubelet does at each lookup: the walk is no straw man."""
    ranked = sorted(((index_key(key) or b"", key) for key in keys), reverse=True)
    locations = ((key, Location.of(normalised)) for normalised, key in ranked)
    return [(key, location, location.globs or ()) for key, location in locations if location]


def _walk(entries: list[Entry]) -> list[str]:
    target = Location.of(REPOSITORY.encode())
    assert target is not None
    labels, port, path = target.labels, target.port, target.path
    return [
        key
        for key, location, globs in entries
        if location.port == port and path.startswith(location.path) and len(globs) == len(labels)
        and all(map(Glob.matches, globs, labels))
    ]  # fmt: skip


def _microseconds(work: Callable[[], object]) -> float:
    timer = Timer(work)
    once = min(timer.repeat(2, 1))
    loops = max(1, round(SECONDS / once))
    return min(timer.repeat(3, loops)) / loops * 1e6
