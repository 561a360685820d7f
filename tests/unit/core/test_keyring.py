"""The keyring's rules one by one, where the credentials come from, and what a lookup costs."""

import json
import sys
from typing import Any

import pytest

from pullsecret.core.credentials import Origin
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidDockerConfig, InvalidPullSecret
from pullsecret.core.keyring import Keyring
from pullsecret.core.pullsecrets import KEY_JSON, KEY_LEGACY, TYPE_JSON, TYPE_LEGACY, Secret


def config(*keys: str) -> DockerConfig:
    made = DockerConfig.empty()
    for key in keys:
        made = made.with_entry(key, "u", "p")
    return made


def keyring(*keys: str) -> Keyring:
    return Keyring.from_configs([("test", config(*keys))])


def keys_tried(ring: Keyring, repository: str) -> list[str]:
    return [credential.origin.key for credential in ring.lookup(repository)]


def users(ring: Keyring, repository: str) -> list[str]:
    return [credential.username for credential in ring.lookup(repository)]


def secret(data: Any, kind: str = TYPE_JSON, key: str = KEY_JSON, **meta: str) -> dict[str, Any]:
    return {"type": kind, "data": {key: data}, "metadata": meta}


@pytest.mark.parametrize(
    ("keys", "repository", "wanted"),
    [
        pytest.param(["h.io", "h.io/team", "h.io/te"], "h.io/team/a", ["h.io/team", "h.io/te", "h.io"],
                     id="longest-path-first"),
        pytest.param(["h.io/tea"], "h.io/team-b", ["h.io/tea"], id="a-path-is-a-raw-prefix"),
        pytest.param(["*.io", "h.io", "h.*"], "h.io/a", ["h.io", "h.*", "*.io"], id="reverse-byte-order"),
        pytest.param(["h.io", "http://h.io"], "h.io/a", ["h.io", "http://h.io"], id="two-spellings"),
        pytest.param(["h.io:5000"], "h.io/a", [], id="other-port"),
        pytest.param(["h.io:"], "h.io/a", ["h.io:"], id="empty-port"),
        pytest.param(["*.io"], "a.h.io/a", [], id="a-star-is-one-label"),
        pytest.param(["h.io:abc", "h.io"], "h.io/a", ["h.io"], id="a-key-that-cannot-be-read"),
        pytest.param(["h[.io"], "h.io/a", [], id="a-malformed-pattern"),
        pytest.param(["h.io/%2561"], "h.io/a", ["h.io/%2561"], id="escapes-are-read-twice"),
        pytest.param(["h.io/%2"], "h.io/a", [], id="a-broken-escape"),
        pytest.param(["h.io/%25zz"], "h.io/%zz", [], id="a-key-that-cannot-be-read-the-second-time"),
        pytest.param(["https://index.docker.io/v1/"], "docker.io/a/b", ["https://index.docker.io/v1/"],
                     id="docker-hub"),
        pytest.param(["index.docker.io", "docker.io"], "docker.io/a/b", ["docker.io"],
                     id="docker-hub-only-where-nothing-matches"),
        pytest.param(["index.docker.io"], "a/b", ["index.docker.io"], id="docker-hub-without-host"),
        pytest.param(["index.docker.io"], "a", ["index.docker.io"], id="docker-hub-for-a-bare-name"),
        pytest.param(["index.docker.io"], "h.io/a", [], id="docker-hub-for-no-other-host"),
        pytest.param(["index.docker.io"], "/a", [], id="docker-hub-for-no-empty-host"),
        pytest.param([], "docker.io/a", [], id="nothing"),
        pytest.param(["h.io"], "h.io:x/a", [], id="a-repository-that-cannot-be-read"),
    ],
)  # fmt: skip
def test_lookup(keys, repository, wanted):
    assert keys_tried(keyring(*keys), repository) == wanted


def test_one_key_comes_in_the_order_of_the_secrets():
    ring = Keyring.from_configs(
        [("a", config("https://h.io")), ("b", config("h.io")), ("c", config("http://h.io"))]
    )
    assert keys_tried(ring, "h.io/a") == ["https://h.io", "h.io", "http://h.io"]


@pytest.mark.parametrize(
    ("others", "wanted"),
    [
        pytest.param(0, ["h.io", "http://h.io"], id="as-written"),
        pytest.param(3, ["h.io", "http://h.io"], id="as-written-when-even"),
        pytest.param(4, ["http://h.io", "h.io"], id="turned-where-more-lies-between-than-around"),
        pytest.param(7, ["h.io", "http://h.io"], id="as-written-where-go-hashes"),
    ],
)
def test_one_key_in_one_config_in_the_order_go_most_often_has(others, wanted):
    ring = keyring("h.io", *(f"x{n}.io" for n in range(others)), "http://h.io")
    assert keys_tried(ring, "h.io/a") == wanted


def test_equal_credentials_are_tried_twice():
    data = '{"auths":{"h.io":{"auth":"dTpw"},"https://h.io":{"auth":"dTpw"}}}'
    assert users(Keyring.from_secrets([secret(data)]), "h.io/a") == ["u", "u"]


def test_origins_name_the_secret_and_the_key_as_written():
    data = '{"auths":{"https://h.io/v1/":{"auth":"dTpw"}}}'
    ring = Keyring.from_secrets(
        [secret(data, namespace="team", name="pull"), secret(data), secret(data, name="x")]
    )
    assert [credential.origin for credential in ring.lookup("h.io/a")] == [
        Origin(source, "https://h.io/v1/") for source in ("team/pull", "", "x")
    ]
    assert len(ring) == 3


@pytest.mark.parametrize(
    ("item", "found"),
    [
        pytest.param(secret(b'{"auths":{"h.io":{"auth":"dTpw"}}}'), ["u"], id="bytes"),
        pytest.param(secret('{"auths":{"h.io":{"auth":"dTpw"}}}'), ["u"], id="text"),
        pytest.param(secret('{"h.io":{"auth":"dTpw"}}', TYPE_LEGACY, KEY_LEGACY), ["u"], id="legacy"),
        pytest.param(secret("{bad", "Opaque"), [], id="another-type"),
        pytest.param(secret("{bad", TYPE_JSON, KEY_LEGACY), [], id="another-types-key"),
        pytest.param(secret("{bad", TYPE_LEGACY), [], id="legacy-without-its-key"),
        pytest.param(secret(""), [], id="empty"),
        pytest.param(secret(None), [], id="null"),
        pytest.param({"type": TYPE_JSON}, [], id="no-data"),
        pytest.param({"type": TYPE_JSON, "data": None}, [], id="null-data"),
        pytest.param({"data": {KEY_JSON: "{bad"}}, [], id="no-type"),
        pytest.param(secret("null"), [], id="null-config"),
        pytest.param(Secret("n", "ns", TYPE_JSON, {KEY_JSON: b'{"auths":{"h.io":{"auth":"dTpw"}}}'}), ["u"],
                     id="a-secret-of-ours"),
    ],
)  # fmt: skip
def test_secrets(item, found):
    assert users(Keyring.from_secrets([item]), "h.io/a") == found


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param("{", "t/s, .dockerconfigjson: line 1, column 2: is no JSON", id="no-json"),
        pytest.param("[]", "t/s, .dockerconfigjson: must be a JSON object", id="array"),
        pytest.param('{"auths":[]}', "t/s, .dockerconfigjson: .auths: must be an object", id="auths"),
        pytest.param('{"auths":{"x":{"auth":"!!!"}}}', 't/s, .dockerconfigjson, .auths["x"].auth: is no',
                     id="auth"),
        pytest.param('{"HttpHeaders":[]}', "t/s, .dockerconfigjson, .HttpHeaders: must be", id="headers"),
        pytest.param(5, '.data[".dockerconfigjson"]: must be a string', id="value"),
    ],
)  # fmt: skip
def test_one_bad_secret_spoils_the_keyring(data, place):
    good = secret('{"auths":{"h.io":{"auth":"dTpw"}}}')
    with pytest.raises(InvalidPullSecret) as caught:
        Keyring.from_secrets([good, secret(data, namespace="t", name="s")])
    assert str(caught.value).startswith(place)


def test_one_bad_config_spoils_the_keyring():
    bad = DockerConfig.parse('{"auths":{"x":{"auth":"!!!"}}}')
    with pytest.raises(InvalidDockerConfig, match=r'f\.json, \.auths\["x"\]\.auth'):
        Keyring.from_configs([("f.json", bad)])


def calls_of_a_lookup(entries: int, keys: str) -> int:
    """Count the Python calls that one lookup makes among so many entries."""
    text = json.dumps({"auths": {keys.format(n): {"auth": "dTpw"} for n in range(entries)}})
    ring = Keyring.from_configs([("test", DockerConfig.parse(text))])
    calls = 0

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        found = ring.lookup(keys.format(7) + "/app")
    finally:
        sys.setprofile(None)
    assert found
    return calls


@pytest.mark.parametrize("keys", ["h{}.io", "h.io/team-{}/x", "h.io:{}", "a.b{}.c.io/team"])
def test_a_lookup_looks_at_no_more_among_more(keys):
    assert calls_of_a_lookup(2000, keys) <= calls_of_a_lookup(10, keys) + 10
