"""From sources to what copies hold: whole, never empty, never a password for a host that was not named."""

import base64
import json
import traceback
from datetime import UTC, datetime

import pytest

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.policy.model import BasicSource, DockerConfigSource, SecretRef
from pullsecret.core.policy.names import POLICY_UID, REGISTRY
from pullsecret.core.policy.sources import (
    CREDENTIALS_MOST,
    KEY_LONGEST,
    SourceInvalid,
    SourceMissing,
    content_of,
)
from support.clusters import login
from support.syncing import SOURCE, UID, a_content, a_policy, source_secret

OTHER = SecretRef("platform", "robot")
PASSWORD = "s3cret-word"


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def basic_secret(
    username="robot", password=PASSWORD, *, registry="h.io", kind="kubernetes.io/basic-auth", **data
):
    annotations = {REGISTRY: registry} if registry else {}
    given = {"username": username, "password": password, **data}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "robot",
            "namespace": "platform",
            "uid": "u2",
            "resourceVersion": "9",
            "annotations": annotations,
        },
        "type": kind,
        "data": {key: b64(value) for key, value in given.items() if value is not None},
    }


BASIC = BasicSource(OTHER, "h.io")


def decoded(content):
    return json.loads(base64.b64decode(content.data))


def test_a_docker_config_is_handed_out_without_what_is_no_credential():
    config = DockerConfig.parse(
        '{"auths": {"h.io": {"auth": "dTpw", "x": 1}}, "HttpHeaders": {"a": "b"}, "credsStore": "desktop"}'
    )
    content = content_of(a_policy(), {SOURCE: source_secret(config)})
    assert decoded(content) == {"auths": {"h.io": {"auth": "dTpw", "x": 1}}}
    assert [(held.key, held.registry) for held in content.credentials] == [("h.io", "h.io")]
    assert content.versions == {("source-uid", "7")}


def test_a_legacy_source_becomes_one_of_todays_form():
    secret = source_secret()
    secret |= {"type": "kubernetes.io/dockercfg", "data": {".dockercfg": b64('{"h.io": {"auth": "dTpw"}}')}}
    assert decoded(content_of(a_policy(), {SOURCE: secret})) == {"auths": {"h.io": {"auth": "dTpw"}}}


def test_several_sources_become_one():
    policy = a_policy(sources=(DockerConfigSource(SOURCE), BASIC))
    content = content_of(policy, {SOURCE: source_secret(), OTHER: basic_secret()})
    assert list(decoded(content)["auths"]) == ["harbor.example.com", "h.io"]
    assert {held.registry: held.credential.username for held in content.credentials} == {
        "harbor.example.com": "robot",
        "h.io": "robot",
    }
    assert content.versions == {("source-uid", "7"), ("u2", "9")}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param(BASIC, "robot", id="the-usual-key"),
        pytest.param(BasicSource(OTHER, "h.io", "password", "username"), "", id="the-passwords-key"),
        pytest.param(BasicSource(OTHER, "h.io", "token"), "", id="a-key-that-the-author-chose"),
    ],
)
def test_only_what_is_surely_a_user_name_is_told(source, told):
    """A policy's author may have no right to read the Secret."""
    content = content_of(a_policy(sources=(source,)), {OTHER: basic_secret(token="s3cret-token")})
    (held,) = content.credentials
    assert held.username == told


@pytest.mark.parametrize(
    ("source", "secret", "key", "auth"),
    [
        pytest.param(BASIC, basic_secret(), "h.io", f"robot:{PASSWORD}", id="basic-auth"),
        pytest.param(BASIC, basic_secret(kind="Opaque"), "h.io", f"robot:{PASSWORD}", id="opaque"),
        pytest.param(
            BASIC, basic_secret("robot\n", f"{PASSWORD}\r\n"), "h.io", f"robot:{PASSWORD}", id="line-breaks"
        ),
        pytest.param(
            BASIC, basic_secret(registry="a.io, h.io"), "h.io", f"robot:{PASSWORD}", id="one-of-several"
        ),
        pytest.param(
            BasicSource(OTHER, "docker.io"),
            basic_secret(registry="docker.io"),
            "https://index.docker.io/v1/",
            f"robot:{PASSWORD}",
            id="docker-hub",
        ),
        pytest.param(
            BasicSource(OTHER, "h.io", "u", "p"), basic_secret(u="me", p="it"), "h.io", "me:it", id="keys"
        ),
    ],
)
def test_a_user_name_and_a_password(source, secret, key, auth):
    content = content_of(a_policy(sources=(source,)), {OTHER: secret})
    assert decoded(content)["auths"][key]["auth"] == b64(auth)


def test_what_an_overlap_names_twice_in_one_source_is_no_double():
    config = login("h.io").with_entry("http://h.io", "robot", "old")
    content = content_of(a_policy(), {SOURCE: source_secret(config)})
    assert [held.registry for held in content.credentials] == ["h.io", "h.io"]


def test_one_host_for_different_repositories_is_no_double():
    policy = a_policy(sources=(DockerConfigSource(SOURCE), DockerConfigSource(OTHER)))
    secrets = {SOURCE: source_secret(login("h.io/a")), OTHER: source_secret(login("h.io/b"))}
    assert [held.registry for held in content_of(policy, secrets).credentials] == ["h.io/a", "h.io/b"]


def test_when_a_credential_expires_is_known():
    secret = source_secret(annotations={"pullsecret.dev/expires-at": "2026-01-31T08:00:00Z"})
    token = "e30." + base64.urlsafe_b64encode(b'{"exp": 1769846400}').decode().rstrip("=") + ".x"
    secret["data"] = source_secret(login("h.io", password=token))["data"]
    (held,) = content_of(a_policy(), {SOURCE: secret}).credentials
    assert held.expires == datetime(2026, 1, 31, 8, tzinfo=UTC)


def test_the_same_sources_give_the_same_bytes():
    assert a_content("a.io", "b.io").data == a_content("a.io", "b.io").data


def test_what_lacks_a_login_is_named_with_what_to_do():
    entries = {f"{letter}.io": {} for letter in "abcdef"} | {"z.io": {"auth": "dTpw"}}
    secret = wrong(data={".dockerconfigjson": b64(json.dumps({"auths": entries}))})
    with pytest.raises(SourceInvalid) as raised:
        content_of(a_policy(), {SOURCE: secret})
    assert "the entries of a.io, b.io, c.io and 3 more hold no credential" in raised.value.message
    assert raised.value.hint == "put each login in with `add`, or take the entry out with `remove`"


def wrong(**parts):
    return {**source_secret(), **parts}


@pytest.mark.parametrize(
    ("source", "secret", "message"),
    [
        pytest.param(
            DockerConfigSource(SOURCE), wrong(type="Opaque"), "is of type Opaque, and must be", id="type"
        ),
        pytest.param(DockerConfigSource(SOURCE), wrong(data={}), "holds no credential", id="empty"),
        pytest.param(
            DockerConfigSource(SOURCE),
            wrong(data={".dockerconfigjson": b64('{"auths": {"h.io": {}}}')}),
            "holds no credential",
            id="references-to-a-store",
        ),
        pytest.param(
            DockerConfigSource(SOURCE),
            wrong(data={".dockerconfigjson": b64('{"auths": {"a.io": {"auth": "dTpw"}, "h.io": {}}}')}),
            r"Secret platform/harbor-login is partial: in .dockerconfigjson the entry of h\.io holds no",
            id="a-reference-beside-a-login",
        ),
        pytest.param(
            DockerConfigSource(SOURCE),
            wrong(
                data={
                    ".dockerconfigjson": b64('{"auths": {"h.io": {"email": "e"}, "a.io": {"auth": "dTpw"}}}')
                }
            ),
            r"the entry of h\.io holds no credential",
            id="an-email-alone",
        ),
        pytest.param(
            DockerConfigSource(SOURCE),
            wrong(
                type="kubernetes.io/dockercfg",
                data={".dockercfg": b64('{"a.io": {"auth": "dTpw"}, "h.io": null}')},
            ),
            r"in .dockercfg the entry of h\.io holds no",
            id="a-legacy-one",
        ),
        pytest.param(
            DockerConfigSource(SOURCE),
            wrong(data={".dockerconfigjson": b64('{"auths": {"h.io": {"auth": "!!!"}}}')}),
            "Secret platform/harbor-login",
            id="the-kubelet-would-refuse-it",
        ),
        pytest.param(
            DockerConfigSource(SOURCE), wrong(data={".dockerconfigjson": b64("{")}), "platform/", id="no-json"
        ),
        pytest.param(
            DockerConfigSource(SOURCE), wrong(data={".dockerconfigjson": "%"}), "is no base64", id="no-base64"
        ),
        pytest.param(BASIC, basic_secret(kind="kubernetes.io/tls"), "is of type", id="basic-type"),
        pytest.param(
            BASIC, basic_secret(registry=""), "does not say, by its annotation", id="host-not-named"
        ),
        pytest.param(BASIC, basic_secret(registry="h.io.evil"), "does not say", id="another-host"),
        pytest.param(BASIC, basic_secret(None), "holds nothing under 'username'", id="no-username"),
        pytest.param(BASIC, basic_secret(password="\n"), "holds nothing under 'password'", id="no-password"),
        pytest.param(BASIC, basic_secret("a:b"), "holds a colon", id="colon"),
        pytest.param(BASIC, basic_secret(password=b"\xff" + PASSWORD.encode()), "is no text", id="no-text"),
    ],
)
def test_a_source_that_holds_nothing_good_gives_nothing_and_says_so(source, secret, message):
    with pytest.raises(SourceInvalid, match=message) as raised:
        content_of(a_policy(sources=(source,)), {source.ref: secret})
    assert raised.value.place.startswith("spec.credentials[0]")
    assert PASSWORD not in str(raised.value)
    frames = [f for f, _ in traceback.walk_tb(raised.tb) if "pullsecret" in str(f.f_globals["__name__"])]
    assert len(frames) > 1
    for frame in frames:  # what came from the API server is a dict, and is given by whoever reads it
        values = [v for v in frame.f_locals.values() if not isinstance(v, dict)]
        assert PASSWORD not in repr(values)
        assert PASSWORD.encode() not in values


def test_a_copy_of_the_policy_itself_is_no_source():
    mine = source_secret(annotations={POLICY_UID: UID})
    with pytest.raises(SourceInvalid, match="harbor-login is a copy that this policy made") as raised:
        content_of(a_policy(), {SOURCE: mine})
    assert raised.value.place == "spec.credentials[0]"
    assert POLICY_UID in raised.value.hint
    others = source_secret(annotations={POLICY_UID: "another"})
    assert content_of(a_policy(), {SOURCE: others}).credentials


def test_a_source_that_is_not_there():
    policy = a_policy(sources=(DockerConfigSource(SOURCE), DockerConfigSource(OTHER)))
    with pytest.raises(SourceMissing, match="there is no Secret platform/robot") as raised:
        content_of(policy, {SOURCE: source_secret()})
    assert raised.value.place == "spec.credentials[1]"


@pytest.mark.parametrize(
    "spelling", ["harbor.example.com", "https://harbor.example.com", "HARBOR.example.com"]
)
def test_a_registry_of_two_sources_is_refused_however_it_is_spelt(spelling):
    policy = a_policy(sources=(DockerConfigSource(SOURCE), DockerConfigSource(OTHER)))
    with pytest.raises(SourceInvalid, match=r"harbor\.example\.com is in an earlier credential too"):
        content_of(policy, {SOURCE: source_secret(), OTHER: source_secret(login(spelling))})


def test_no_password_shows():
    content = a_content(password=PASSWORD)
    assert PASSWORD not in repr(content)
    assert content.data not in repr(content)


@pytest.mark.parametrize(
    ("first", "second", "complaint"),
    [
        pytest.param(CREDENTIALS_MOST - 1, 1, "", id="as-many-as-may-be"),
        pytest.param(
            CREDENTIALS_MOST + 1, 1, f"that makes {CREDENTIALS_MOST + 1} credentials", id="too-many"
        ),
        pytest.param(CREDENTIALS_MOST, 1, f"that makes {CREDENTIALS_MOST + 1} credentials", id="in-two"),
    ],
)
def test_a_status_has_room_for_so_many_credentials(first, second, complaint):
    policy = a_policy(sources=(DockerConfigSource(SOURCE), DockerConfigSource(OTHER)))
    secrets = {
        ref: source_secret(login(*(f"{ref.name}-{number}.io" for number in range(count))))
        for ref, count in ((SOURCE, first), (OTHER, second))
    }
    if not complaint:
        assert len(content_of(policy, secrets).credentials) == CREDENTIALS_MOST
        return
    with pytest.raises(SourceInvalid, match=complaint):
        content_of(policy, secrets)


def test_a_status_has_room_for_names_of_registries():
    assert a_content("h" * KEY_LONGEST).credentials
    with pytest.raises(SourceInvalid, match="by 513 characters"):
        a_content("h" * (KEY_LONGEST + 1))
