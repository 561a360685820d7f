"""Why entries that look right do not match."""

import pytest

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.keyring import Keyring
from pullsecret.core.nearmiss import MissReason, NearMiss


def misses(repository: str, *keys: str) -> list[NearMiss]:
    config = DockerConfig.empty()
    for key in keys:
        config = config.with_entry(key, "u", "p")
    return Keyring.from_configs([("t/s", config)]).near_misses(repository)


@pytest.mark.parametrize(
    ("key", "repository", "reason", "wanted", "has"),
    [
        ("h.example.com", "h.example.com:8443/a", MissReason.PORT, "8443", ""),
        ("h.example.com:443", "h.example.com/a", MissReason.PORT, "", "443"),
        ("*.example.com:443", "h.example.com/a", MissReason.PORT, "", "443"),
        ("h.example.com:abc", "h.example.com/a", MissReason.PORT, "", "abc"),
        ("h.example.com/team", "h.example.com/other/a", MissReason.PATH, "/other/a", "/team"),
        ("https://h.example.com/v2/team/", "h.example.com/team", MissReason.PATH, "/team", "/team/"),
        ("h.example.com:443/x", "h.example.com/a", MissReason.PORT, "", "443"),
        ("H.example.com", "h.example.com/a", MissReason.HOST, "h.example.com", "H.example.com"),
        ("oci://h.example.com", "h.example.com/a", MissReason.HOST, "h.example.com", "oci://h.example.com"),
        ("HTTPS://h.example.com", "h.example.com/a", MissReason.HOST, "h.example.com", "HTTPS://h.example.com"),
        ("example.com", "h.example.com/a", MissReason.HOST, "h.example.com", "example.com"),
        ("h.example.com", "example.com/a", MissReason.HOST, "example.com", "h.example.com"),
        ("other.example.com", "h.example.com/a", MissReason.HOST, "h.example.com", "other.example.com"),
        ("*.example.com", "a.h.example.com/a", MissReason.HOST, "a.h.example.com", "*.example.com"),
        ("registry-1.docker.io", "docker.io/a/b", MissReason.HOST, "docker.io", "registry-1.docker.io"),
        ("index.docker.io/team", "docker.io/a/b", MissReason.HOST, "docker.io", "index.docker.io"),
    ],
)  # fmt: skip
def test_near(key, repository, reason, wanted, has):
    (miss,) = misses(repository, key)
    assert (miss.key, miss.origin.source, miss.origin.key) == (key, "t/s", key)
    assert (miss.reason, miss.wanted, miss.has) == (reason, wanted, has)


@pytest.mark.parametrize(
    ("key", "repository"),
    [
        ("quay.io", "ghcr.io/a"),
        ("other.com", "example.com/a"),
        ("10.0.0.1:5000", "10.0.0.2:5000/a"),
        ("a.other.com", "h.example.com/a"),
        ("h.example.com", "h.example.com:x/a"),
        ("", "h.example.com/a"),
    ],
)
def test_strangers(key, repository):
    assert misses(repository, key) == []


def test_only_what_does_not_match():
    assert [miss.key for miss in misses("h.io/a", "h.io", "http://h.io", "h.io:1", "x.io")] == ["h.io:1"]


def test_what_the_default_registry_gives_is_no_miss():
    assert misses("docker.io/a/b", "https://index.docker.io/v1/") == []
