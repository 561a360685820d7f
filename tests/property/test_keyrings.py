"""The keyring's index finds exactly what a walk over all entries finds, in the same order."""

from hypothesis import given
from hypothesis import strategies as st

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.keyring import Keyring
from pullsecret.core.urlmatch import Location, index_key

LABELS = st.sampled_from(["a", "b", "ab", "*", "a*", "*b", "[ab]", "[^a]", "[a", "é"])
HOSTS = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
PORTS = st.sampled_from(["", "", ":", ":1", ":01", ":x"])
PATHS = st.sampled_from(
    ["", "/", "/v1/", "/v2/a", "/a", "/a/", "/ab", "/a/b", "//a", "/%61", "/%2561", "/%2"]
)
SCHEMES = st.sampled_from(["", "", "https://", "http://", "HTTP://", "u@", "//"])
KEYS = st.builds("{}{}{}{}".format, SCHEMES, HOSTS, PORTS, PATHS)
PLAIN = st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1, max_size=3).map(".".join)
REPOSITORIES = st.builds(
    "{}{}{}".format, PLAIN, st.sampled_from(["", ":1", ":01"]), st.sampled_from(["/a", "/a/b", "/ab/c", "/b"])
)


def walk(keys: list[str], repository: str) -> list[str]:
    """Try every key, as the kubelet does."""
    target = Location.of(repository.encode())
    assert target is not None
    ranked = sorted({normalised for key in keys if (normalised := index_key(key)) is not None}, reverse=True)
    first = {index_key(key): key for key in reversed(keys)}
    locations = [(normalised, Location.of(normalised)) for normalised in ranked]
    return [first[normalised] for normalised, location in locations if location and location.matches(target)]


@given(st.lists(KEYS, max_size=40, unique_by=index_key), REPOSITORIES)
def test_the_index_finds_what_a_walk_finds(keys: list[str], repository: str) -> None:
    config = DockerConfig.empty()
    for key in keys:
        config = config.with_entry(key, "u", "p")
    ring = Keyring.from_configs([("test", config)])
    found = [credential.origin.key for credential in ring.lookup(repository)]
    assert found == walk(keys, repository)
    assert not {miss.key for miss in ring.near_misses(repository)} & set(found)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_key_and_any_repository(key: str, repository: str) -> None:
    ring = Keyring.from_configs([("test", DockerConfig.empty().with_entry(key, "u", "p"))])
    found = ring.lookup(repository)
    assert len(found) + len(ring.near_misses(repository)) <= 1
