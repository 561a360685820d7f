"""Which registry a key speaks to, and which key is written for a registry."""

import pytest

from pullsecret.core.registrykeys import registry_host, registry_key, same_registry, scope_of, split_key

HUB = "https://index.docker.io/v1/"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        *[pytest.param(name, HUB, id=name) for name in (
            HUB, "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com",
            "hub.docker.com", "https://docker.io", "http://index.docker.io/", "docker.io/",
            "index.docker.io/v1",
            "https://registry-1.docker.io/v2/", "Docker.IO",
        )],
        *[pytest.param(name, name, id=name) for name in (
            "harbor.example.com", "https://harbor.example.com/", "HARBOR.example.com:8443", "10.0.0.1:5000",
            "docker.io/team", "https://index.docker.io/v1/team", "notdocker.io", "docker.io.example.com",
            "docker.io:443", "",
        )],
    ],
)  # fmt: skip
def test_registry_key(typed, key):
    assert registry_key(typed) == key


@pytest.mark.parametrize(
    ("key", "host"),
    [
        ("harbor.example.com", "harbor.example.com"),
        ("https://Harbor.Example.com:8443/team/", "harbor.example.com:8443"),
        ("http://user@h.io/v2/", "h.io"),
        ("//h.io/x", "h.io"),
        ("oci://h.io", "h.io"),
        ("[fd00::1]:5000/a", "[fd00::1]:5000"),
        (HUB, "docker.io"),
        ("docker.io/team", "docker.io"),
        ("", ""),
    ],
)
def test_registry_host(key, host):
    assert registry_host(key) == host


@pytest.mark.parametrize(
    ("key", "scope"),
    [("h.io", ""), ("https://h.io/", ""), (HUB, ""), ("h.io/v2", ""), ("h.io/v2/", ""),
     ("h.io/team", "/team"), ("http://h.io/v1/team/", "/team/"), ("h.io/v10", "/v10"),
     ("h.io/%3Fold", ""), ("h.io/?old", ""), ("h.io/team%3fold", "/team"),
     ("h.io/team#x", "/team"), ("h.io/v2/%23x", ""), ("h.io/%2F", "/%2F")],
)  # fmt: skip
def test_scope_of(key, scope):
    assert scope_of(key) == scope


def test_split_key():
    assert split_key("https://h:5/a/b") == ("https", "h:5", "/a/b")
    assert split_key("h") == ("", "h", "")


def test_same_registry():
    assert same_registry(HUB, "registry-1.docker.io/team")
    assert same_registry("http://H.io", "h.io/x")
    assert not same_registry("h.io", "h.io:443")
