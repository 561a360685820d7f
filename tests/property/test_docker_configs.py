"""Docker configs: any bytes give a config or our own error, and editing is an algebra."""

import contextlib
import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from pullsecret.core.authfield import InvalidAuth, decode_auth, encode_auth
from pullsecret.core.dockerconfig import DockerConfig, registry_host, registry_key, same_registry
from pullsecret.core.errors import InvalidDockerConfig, InvalidInput, InvalidPullSecret
from pullsecret.core.gojson import encode, encode_indented
from pullsecret.core.jsonreading import InvalidJson, decode
from pullsecret.core.keyfaults import why_unmatchable
from pullsecret.core.keyring import Keyring
from pullsecret.core.pullsecrets import KEY_JSON, KEY_LEGACY, TYPE_JSON, TYPE_LEGACY, Secret
from pullsecret.core.sensitive import Sensitive

TEXT = st.text(max_size=12)
SOUND = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
HOSTS = st.sampled_from(
    ["h.io", "https://h.io", "http://h.io/", "h.io:5000", "h.io/team", "docker.io", "https://index.docker.io/v1/",
     "registry-1.docker.io", "*.h.io", "x.io", "", "h.io/v2/", "oci://h.io"]
)  # fmt: skip
KEYS = HOSTS | TEXT
NAMES = st.sampled_from(
    ["auth", "Auth", "username", "password", "PASSWORD", "email", "identitytoken", "registrytoken", "x"]
)
AUTHS = st.sampled_from(["dTpw", "dTo=", "!!!", "dQ==", "", "dTpwMQ"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300) | TEXT | AUTHS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
ENTRIES = st.dictionaries(NAMES, AUTHS | TEXT | JSON, max_size=5) | JSON
DOCUMENTS = st.builds(
    lambda name, auths, more: {**more, name: auths},
    st.sampled_from(["auths", "Auths", "AUTHS"]),
    st.dictionaries(KEYS, ENTRIES, max_size=9) | JSON,
    st.dictionaries(st.sampled_from(["HttpHeaders", "credsStore", "credHelpers", "x"]), JSON, max_size=3),
)
CONFIGS = st.dictionaries(KEYS, st.tuples(SOUND, SOUND), max_size=6).map(
    lambda logins: _config([(key, *login) for key, login in logins.items()])
)


def _config(logins: list[tuple[str, str, str]]) -> DockerConfig:
    config = DockerConfig.empty()
    for key, username, password in logins:
        config = config.with_entry(key, username, password)
    return config


def _used(config: DockerConfig) -> None:
    """Do with a config whatever can be done; a bad one gives our own errors alone."""
    again = DockerConfig.parse(config.to_secret_bytes())
    assert again.entries == config.entries
    assert DockerConfig.parse(config.to_file_bytes()).entries == config.entries
    assert DockerConfig.parse_legacy(config.to_legacy_bytes()).entries == config.entries
    faults = config.faults()
    fatal = any(fault.fatal for fault in faults)
    with contextlib.suppress(InvalidDockerConfig):
        ring = Keyring.from_configs([("f", config)])
        assert not fatal
        ring.near_misses("h.io/team")
    assert config.cred_helpers is not None
    assert config.creds_store is not None


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes | str) -> None:
    for parse in (DockerConfig.parse, DockerConfig.parse_legacy):
        with contextlib.suppress(InvalidDockerConfig):
            _used(parse(data))


@given(DOCUMENTS, st.booleans())
def test_any_document_is_read_or_refused(document: Any, ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only)
    for data in (text, text.encode("utf-8", "surrogatepass")):
        with contextlib.suppress(InvalidDockerConfig):
            _used(DockerConfig.parse(data))


@given(st.dictionaries(KEYS, ENTRIES, max_size=5))
def test_any_legacy_document_is_read(document: Any) -> None:
    _used(DockerConfig.parse_legacy(json.dumps(document)))


@given(DOCUMENTS, st.sampled_from([(TYPE_JSON, KEY_JSON), (TYPE_LEGACY, KEY_LEGACY), ("Opaque", KEY_JSON)]))
def test_any_secret_is_read_or_refused(document: Any, where: tuple[str, str]) -> None:
    kind, key = where
    item = {"type": kind, "data": {key: json.dumps(document)}}
    faults = Secret.from_decoded(item).faults()
    try:
        Keyring.from_secrets([item]).lookup("h.io/team")
    except InvalidPullSecret:
        assert any(fault.fatal for fault in faults)
    else:
        assert not any(fault.fatal for fault in faults)


@given(st.dictionaries(TEXT, JSON, max_size=3) | DOCUMENTS)
def test_any_object_is_a_secret_or_refused(obj: Any) -> None:
    for read in (Secret.from_manifest, Secret.from_decoded):
        with contextlib.suppress(InvalidPullSecret):
            read({"data": obj, "metadata": obj}).faults()


@given(JSON)
def test_json_survives(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    whole = text.encode("utf-8", "replace").decode()
    decoded = decode(text)
    assert json.loads(encode(decoded)) == json.loads(whole) or "\ufffd" in encode(decoded)
    assert encode(decode(encode(decoded))) == encode(decoded)
    assert encode(decode(encode_indented(decoded))) == encode(decoded)


@given(st.binary(max_size=40))
def test_any_bytes_are_json_as_python_says(data: bytes) -> None:
    """Whatever is no JSON to Python is none to us; the other way round only NaN and the like differ."""
    try:
        decode(data)
    except InvalidJson:
        return
    json.loads(data.decode("utf-8", "replace"))


@given(SOUND, SOUND)
def test_auth_survives(username: str, password: str) -> None:
    assume(":" not in username)
    assert decode_auth(encode_auth(username, Sensitive(password))) == (username, Sensitive(password))


@given(TEXT)
def test_any_auth_is_decoded_or_refused(auth: str) -> None:
    with contextlib.suppress(InvalidAuth):
        decode_auth(Sensitive(auth))


@given(CONFIGS, KEYS, SOUND, SOUND)
def test_adding_adds_and_changes_no_other(
    config: DockerConfig, key: str, username: str, password: str
) -> None:
    assume(":" not in username)
    added = config.with_entry(key, username, password)
    assert (added.entries[key].username, added.entries[key].password.reveal()) == (username, password)
    assert _others(added, key) == _others(config, key)
    assert added.with_entry(key, username, password) == added
    if key not in config.entries:
        assert list(added.entries) == [*config.entries, key]


@given(CONFIGS, KEYS)
def test_removing_removes_and_changes_no_other(config: DockerConfig, key: str) -> None:
    gone = config.keys_of(key)
    try:
        left = config.without(key)
    except InvalidInput:
        assert not gone
        return
    assert list(left.entries) == [one for one in config.entries if one not in gone]
    assert all(left.raw_entries[one] == config.raw_entries[one] for one in left.entries)
    assert all(same_registry(one, key) for one in gone)


@given(CONFIGS, CONFIGS)
def test_merging(one: DockerConfig, other: DockerConfig) -> None:
    merged = one.merged(other)
    assert {**one.entries, **other.entries} == merged.entries
    assert merged.merged(other) == merged
    assert one.merged(one) == one
    assert DockerConfig.empty().merged(one) == one
    assert [key for key in merged.entries if key in one.entries] == list(one.entries)


@given(CONFIGS, CONFIGS, CONFIGS)
def test_merging_is_associative(a: DockerConfig, b: DockerConfig, c: DockerConfig) -> None:
    assert a.merged(b).merged(c) == a.merged(b.merged(c))


@given(CONFIGS, st.lists(KEYS, max_size=2))
def test_choosing(config: DockerConfig, hosts: list[str]) -> None:
    with contextlib.suppress(InvalidInput):
        chosen = config.only(hosts)
        assert chosen.entries.items() <= config.entries.items()
        assert all(any(same_registry(key, host) for host in hosts) for key in chosen.entries)
        assert chosen.only(hosts) == chosen


@given(KEYS)
def test_the_key_of_a_registry_speaks_to_it(key: str) -> None:
    assert same_registry(registry_key(key), key)
    assert registry_key(registry_key(key)) == registry_key(key)
    assert registry_key(registry_host(key)) in {registry_host(key), "https://index.docker.io/v1/"}


@given(KEYS)
def test_any_key_is_judged(key: str) -> None:
    assert isinstance(why_unmatchable(key), str)


def _others(config: DockerConfig, key: str) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in config.raw_entries.items() if name != key]
