"""Looking through pull Secrets: registries, users, expiry, and every fault with its place."""

import base64
import json
from datetime import UTC, datetime

import pytest

from pullsecret.app.inspect import list_secrets, report_of, report_of_config, show
from pullsecret.core.causes import Cause
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import Forbidden, UsageError
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.sensitive import Sensitive
from support.clusters import login


def data(config, key=".dockerconfigjson"):
    text = config if isinstance(config, str) else json.dumps(config)
    return {key: base64.b64encode(text.encode()).decode()}


def jwt(exp):
    parts = (json.dumps(p).encode() for p in ({"alg": "none"}, {"exp": exp}, {}))
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)


async def test_shows_registries_users_and_expiry(cluster):
    cluster.secret("harbor", login("harbor.example.com", password=jwt(1_800_000_000)))
    cluster.account("default", "harbor")
    cluster.pod("p")
    (report,) = (await show(cluster, "harbor", "web")).secrets
    (entry,) = report.registries
    assert (entry.key, entry.host, entry.username) == ("harbor.example.com", "harbor.example.com", "robot")
    assert entry.expires is not None
    assert entry.expires.isoformat() == "2027-01-15T08:00:00+00:00"
    assert isinstance(entry.password, Sensitive)
    assert report.used_by is not None
    assert (report.used_by.service_accounts, report.used_by.pods) == (("default",), ("p",))
    assert report.sound


@pytest.mark.parametrize(
    ("secret", "cause", "place", "sound"),
    [
        pytest.param(
            {"type": "Opaque", "data": {}}, Cause.SECRET_WRONG_TYPE, ".type", False, id="wrong-type"
        ),
        pytest.param({"data": data({"auths": []})}, Cause.SECRET_MALFORMED, ".data", False, id="malformed"),
        pytest.param(
            {"data": data({"auths": {"h.io": {"auth": "!!!"}}})},
            Cause.SECRET_MALFORMED,
            '.auths["h.io"].auth',
            False,
            id="no-base64",
        ),
        pytest.param(
            {"data": data({"auths": {"h.io": {}}, "credsStore": "pass"})},
            Cause.SECRET_NO_CREDENTIAL,
            '.auths["h.io"]',
            False,
            id="in-a-store",
        ),
        pytest.param(
            {"metadata": {"annotations": {"pullsecret.dev/expires-at": "soon"}}},
            Cause.SECRET_MALFORMED,
            "metadata.annotations",
            True,
            id="annotation-is-no-time",
        ),
    ],
)
async def test_tells_every_fault_with_its_place(cluster, secret, cause, place, sound):
    cluster.secret("harbor", **secret)
    (report,) = (await show(cluster, "harbor", "web")).secrets
    assert cause in {fault.cause for fault in report.faults}
    assert any(place in str(fault) for fault in report.faults), report.faults
    assert report.sound is sound


def test_a_secret_without_its_key_is_passed_over():
    report = report_of(Secret("harbor", "web", "kubernetes.io/dockerconfigjson", {"other": b"x"}))
    assert [f.cause for f in report.faults] == [Cause.SECRET_WRONG_TYPE]


def test_a_docker_config_is_looked_through_alike():
    config = DockerConfig.parse('{"auths": {"h.io": {"auth": "bm9jb2xvbg=="}}}')
    report = report_of_config(config, "config.json")
    assert report.name == "config.json"
    assert not report.sound


async def test_lists_only_pull_secrets_of_the_scope(cluster):
    cluster.namespace("batch")
    cluster.secret("harbor")
    cluster.secret("other", namespace="batch")
    cluster.secret("opaque", type="Opaque", data={})
    cluster.account("default", "other", namespace="batch")
    everywhere = await list_secrets(cluster, "")
    assert [(r.namespace, r.name) for r in everywhere.secrets] == [("batch", "other"), ("web", "harbor")]
    assert everywhere.secrets[0].used_by is not None
    assert everywhere.secrets[0].used_by.service_accounts == ("default",)
    assert [r.name for r in (await list_secrets(cluster, "web")).secrets] == ["harbor"]


async def test_a_namespace_that_is_not_there_has_no_list(cluster):
    with pytest.raises(UsageError, match="no namespace 'nowhere'"):
        await list_secrets(cluster, "nowhere")
    assert (await list_secrets(cluster, "web")).secrets == ()


async def test_what_rbac_keeps_from_us_is_named_and_the_rest_is_told(cluster):
    cluster.secret("harbor")
    cluster.refuse("list pods", Forbidden("no", status=403))
    listing = await list_secrets(cluster, "web")
    assert listing.unreadable == ("pods",)
    assert [r.name for r in listing.secrets] == ["harbor"]


async def test_a_missing_secret_is_an_error_with_a_way_on(cluster):
    with pytest.raises(UsageError, match="no Secret 'harbor'"):
        await show(cluster, "harbor", "web")


async def test_an_expired_credential_is_a_fault_by_then(cluster):
    cluster.secret("harbor", login("harbor.example.com", password=jwt(1_800_000_000)))
    listing = await list_secrets(cluster, "web")
    assert listing.at(datetime(2027, 1, 15, 7, 59, tzinfo=UTC)).secrets[0].sound
    (fault,) = listing.at(datetime(2027, 1, 15, 10, 0, tzinfo=UTC)).secrets[0].faults
    assert (fault.cause, fault.message) == (Cause.CREDENTIAL_EXPIRED, "the credential expired 120m ago")


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param(
            {"pullsecret.dev/overlap": '{"ghcr.io/%3Fold": "ghcr.io", "gone.io/%3Fold": "gone.io"}'},
            id="annotated",
        ),
        pytest.param({}, id="a-copy"),
    ],
)
def test_an_overlap_is_told_as_one(annotations):
    secret = Secret(
        "harbor",
        type="kubernetes.io/dockerconfigjson",
        data={
            ".dockerconfigjson": login("ghcr.io", "b.io", "ghcr.io/%3Fold", "http://b.io").to_secret_bytes()
        },
        annotations=annotations,
    )
    report = report_of(secret)
    theirs, ours = report.faults
    assert ours.message == "keeps an old login beside the new one; nodes try both"
    assert ours.hint == "`rotate harbor --registry ghcr.io --finish` drops it"
    assert theirs.message == "is the same as b.io to the kubelet, which tries both"
    assert report.sound


def test_docker_hubs_overlap_is_no_second_spelling_too():
    keys = ("https://index.docker.io/v1/", "http://index.docker.io/v1/")
    secret = Secret(
        "hub",
        type="kubernetes.io/dockerconfigjson",
        data={".dockerconfigjson": login(*keys).to_secret_bytes()},
        annotations={"pullsecret.dev/overlap": json.dumps({keys[1]: keys[0]})},
    )
    (told,) = report_of(secret).faults
    assert told.message == "keeps an old login beside the new one; nodes try both"
    assert told.hint == "`rotate hub --registry docker.io --finish` drops it"
