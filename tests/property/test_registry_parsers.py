"""What registries send is anything: their parsers refuse or read it, and never fall over."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pullsecret.core.challenge import Challenge, choose, parse_challenges
from pullsecret.core.credentials import Credential
from pullsecret.core.endpoints import Endpoint
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.exchange import Response
from pullsecret.core.manifests import DOCKER_MANIFEST, OCI_INDEX, config_platform, parse_manifest
from pullsecret.core.realms import RealmPolicy
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.verdicts import Asked, Step, judge

WORDS = st.text("abcdefghijklmnopqrstuvwxyz-_0123456789", min_size=1, max_size=12)
HEADERS = st.text(st.characters(codec="utf-8"), max_size=200) | st.text(
    'Bearer Basic realm="\\,=/: \t', max_size=200
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)
FIELDS = st.sampled_from([
    "schemaVersion", "mediaType", "config", "layers", "manifests", "platform", "os", "architecture",
    "variant", "annotations", "digest", "artifactType", "errors", "code", "message", "token",
])  # fmt: skip
KNOWN = st.recursive(
    JSON | st.sampled_from([OCI_INDEX, DOCKER_MANIFEST, "linux", "amd64", "sha256:" + "0" * 64]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=25,
)


@given(st.lists(HEADERS, max_size=4))
def test_any_header_can_be_read(headers: list[str]) -> None:
    challenges = parse_challenges(headers)
    assert all(c.scheme == c.scheme.lower() for c in challenges)
    chosen = choose(challenges)
    assert chosen is None or chosen.usable


def written(challenge: Challenge) -> str:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return f"{challenge.scheme} " + ", ".join(
        f"{name}={quoted(v)}" for name, v in challenge.parameters.items()
    )


CHALLENGES = st.builds(
    Challenge,
    WORDS,
    st.dictionaries(WORDS, st.text(st.characters(codec="ascii"), max_size=20), min_size=1, max_size=4),
)


@given(st.lists(CHALLENGES, min_size=1, max_size=4))
def test_what_is_written_by_the_rules_is_read_back(challenges: list[Challenge]) -> None:
    assert parse_challenges([", ".join(map(written, challenges))]) == tuple(challenges)
    assert parse_challenges(map(written, challenges)) == tuple(challenges)


@given(st.binary(max_size=100) | KNOWN.map(lambda value: json.dumps(value).encode()), st.text(max_size=20))
def test_any_manifest_is_read_or_refused(body: bytes, content_type: str) -> None:
    try:
        manifest = parse_manifest(body, content_type, reference="r", host="a.test", digest="d")
    except RegistryFailure:
        return
    assert all(
        platform.isprintable() and 2 <= len(platform.split("/")) <= 3 for platform in manifest.platforms
    )
    assert (manifest.artifact_type + manifest.config_digest).isprintable()


@given(st.binary(max_size=100) | KNOWN.map(lambda value: json.dumps(value).encode()))
def test_any_config_is_read_or_refused(body: bytes) -> None:
    try:
        platforms = config_platform(body, reference="r", host="a.test")
    except RegistryFailure:
        return
    assert len(platforms) <= 1


@given(
    st.integers(100, 599),
    st.binary(max_size=100) | KNOWN.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(Step),
    st.sampled_from(["", "a/b:1"]),
    st.sampled_from(["", "basic", "bearer"]),
)
def test_any_answer_gets_a_verdict_on_one_line(
    status: int, body: bytes, step: Step, subject: str, scheme: str
) -> None:
    credential = Credential("admin", Sensitive("Harbor12345"))
    failure = judge(Response(status, body=body), Asked("a.test", step, subject, credential, scheme))
    assert failure.message.isprintable()
    assert failure.hint


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_a_verdict_never_repeats_the_password(before: bytes, after: bytes) -> None:
    message = before.decode("latin-1") + "Harbor12345" + after.decode("latin-1")
    body = json.dumps({"errors": [{"code": "X", "message": message}]}).encode()
    asked = Asked("a.test", Step.LOGIN, "", Credential("admin", Sensitive("Harbor12345")))
    assert "Harbor12345" not in judge(Response(401, body=body), asked).message


HOSTS = st.lists(WORDS.map(lambda word: word.strip("-_") or "x"), min_size=1, max_size=4).map(".".join)


@given(st.text(max_size=60) | HOSTS.map(lambda host: f"https://{host}/t"), HOSTS)
def test_the_operator_never_allows_what_the_cli_refuses(realm: str, registry: str) -> None:
    endpoint = Endpoint(registry, f"https://{registry}")
    if RealmPolicy.cli().refusal(realm, endpoint):
        assert RealmPolicy.operator().refusal(realm, endpoint)


@given(HOSTS, HOSTS)
def test_a_domain_of_one_label_relates_nobody(host: str, registry: str) -> None:
    realm, endpoint = f"https://{host}.com/t", Endpoint("", f"https://{registry}.com")
    allowed = not RealmPolicy.operator().refusal(realm, endpoint)
    shared = set(f"{host}.com".split(".")[:-1]) & set(f"{registry}.com".split(".")[:-1])
    assert not allowed or shared
