"""The kubelet's keyring: which credentials it tries for a repository, and in which order.

Source: kubelet, `pkg/credentialprovider/{keyring,config}.go` and `secrets/secrets.go`. Entries that
share a normalised key come in the order of their configs; within one the kubelet's order changes from
run to run, and here is the one it has most often. Nothing is dropped as a duplicate: equal credentials
are tried twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidDockerConfig
from pullsecret.core.globs import Glob
from pullsecret.core.nearmiss import NearMiss, near_miss
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.urlmatch import Location, index_key

DOCKER_HUB_INDEX_KEY = b"index.docker.io"
GO_MAP_SLOTS = 8
"""Go keeps a map of so few in one bucket, in order, and walks it from a random slot on."""
Ranked = tuple[bytes, list[Credential]]
"""A normalised key and what stands under it; sorted by the key, backwards."""


class _Paths:
    """The keys of one host and port, by path: a lookup asks once for each length of path there is."""

    __slots__ = ("_by_path", "_lengths")

    def __init__(self) -> None:
        self._by_path: dict[bytes, list[Ranked]] = {}
        self._lengths: set[int] = set()

    def add(self, path: bytes, ranked: Ranked) -> None:
        self._by_path.setdefault(path, []).append(ranked)
        self._lengths.add(len(path))

    def prefixes_of(self, path: bytes) -> Iterator[Ranked]:
        for length in self._lengths:
            if length <= len(path):
                yield from self._by_path.get(path[:length], ())


class Keyring:
    """Credentials of several docker configs, found by repository as the kubelet finds them."""

    def __init__(self) -> None:
        """Start empty; `from_secrets` and `from_configs` fill one."""
        self._credentials: list[Credential] = []
        self._by_key: dict[bytes, list[Credential]] = {}
        self._exact: dict[tuple[bytes, bytes], _Paths] = {}
        self._globs: dict[tuple[int, bytes], list[tuple[tuple[Glob, ...], bytes, Ranked]]] = {}

    @classmethod
    def from_secrets(cls, secrets: Iterable[Mapping[str, Any] | Secret]) -> Self:
        """Build one from a Pod's pull Secrets, in the Pod's order.

        Args:
            secrets: each with `type` and `data` (decoded: ``{key: bytes or str}``), and `metadata` for the
                origin. What the kubelet passes over in silence is passed over here.

        Raises:
            InvalidPullSecret: the kubelet would refuse one of them, and with it all.
        """
        keyring = cls()
        for item in secrets:
            secret = item if isinstance(item, Secret) else Secret.from_decoded(item)
            keyring._add(secret.source, secret.config)
        return keyring

    @classmethod
    def from_configs(cls, configs: Iterable[tuple[str, DockerConfig]]) -> Self:
        """Build one from docker configs, each with the name of its source.

        Raises:
            InvalidDockerConfig: the kubelet would refuse one of them.
        """
        keyring = cls()
        for source, config in configs:
            config.refuse_fatal(InvalidDockerConfig, source)
            keyring._add(source, config)
        return keyring

    def __len__(self) -> int:
        return len(self._credentials)

    def lookup(self, repository: str) -> list[Credential]:
        """Give the credentials for a repository (`ImageReference.repository`), as they are tried."""
        target = Location.of(repository.encode("utf-8", "surrogatepass"))
        found = sorted(self._matching(target), key=_rank, reverse=True) if target else []
        if not found and _is_default_registry(repository):
            return list(self._by_key.get(DOCKER_HUB_INDEX_KEY, ()))
        return [credential for _, credentials in found for credential in credentials]

    def near_misses(self, repository: str) -> list[NearMiss]:
        """Tell of entries that look as if they were for this repository, and are not, and why."""
        matched = {id(credential) for credential in self.lookup(repository)}
        misses = (
            near_miss(credential.origin, repository)
            for credential in self._credentials
            if id(credential) not in matched
        )
        return [miss for miss in misses if miss is not None]

    def _matching(self, target: Location) -> Iterator[Ranked]:
        paths = self._exact.get((target.host, target.port))
        if paths is not None:
            yield from paths.prefixes_of(target.path)
        labels = target.labels
        for globs, path, ranked in self._globs.get((len(labels), target.port), ()):
            if target.path.startswith(path) and all(map(Glob.matches, globs, labels)):
                yield ranked

    def _add(self, source: str, config: DockerConfig) -> None:
        groups: dict[bytes, list[tuple[int, Credential]]] = {}
        for position, (key, entry) in enumerate(config.entries.items()):
            credential = entry.credential(Origin(source, key))
            self._credentials.append(credential)
            normalised = index_key(key)
            if normalised is not None:
                groups.setdefault(normalised, []).append((position, credential))
        in_slots = len(config.entries) <= GO_MAP_SLOTS
        for normalised, group in groups.items():
            if normalised not in self._by_key:
                self._by_key[normalised] = []
                self._index(normalised, self._by_key[normalised])
            self._by_key[normalised] += [
                credential for _, credential in (_likeliest(group) if in_slots else group)
            ]

    def _index(self, normalised: bytes, credentials: list[Credential]) -> None:
        # The kubelet reads the normalised key as a URL once more, escapes and all.
        location = Location.of(normalised)
        if location is None:
            return
        ranked = (normalised, credentials)
        if location.is_exact:
            paths = self._exact.setdefault((location.host, location.port), _Paths())
            paths.add(location.path, ranked)
        elif (globs := location.globs) is not None:
            bucket = self._globs.setdefault((len(globs), location.port), [])
            bucket.append((globs, location.path, ranked))


def _rank(ranked: Ranked) -> bytes:
    return ranked[0]


def _likeliest(group: list[tuple[int, Credential]]) -> list[tuple[int, Credential]]:
    """Turn entries of one key to the order that a walk from a random slot gives most often.

    That is the order as written, unless there is more room between two of them than around them.
    """
    positions = [position for position, _ in group]
    gaps = [
        (here - before) % GO_MAP_SLOTS
        for before, here in zip([positions[-1], *positions], positions, strict=False)
    ]
    start = gaps.index(max(gaps))
    return group[start:] + group[:start]


def _is_default_registry(repository: str) -> bool:
    """Tell whether an entry for Docker Hub's index is used where nothing else matches."""
    first, slash, _ = repository.partition("/")
    if not first:
        return False
    return not slash or first in {"docker.io", "index.docker.io"} or not ("." in first or ":" in first)
