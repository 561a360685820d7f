"""Which Secrets count, and what the kubelet would try of them."""

import base64

import pytest

from pullsecret.app.keyrings import Chosen, gather
from pullsecret.app.match import match
from pullsecret.core.errors import UsageError
from pullsecret.core.images import ImageReference
from pullsecret.core.nearmiss import MissReason
from support.clusters import login

EMPTY_ENTRY = base64.b64encode(b'{"auths":{"harbor.example.com:8443":{}}}').decode()
IMAGE = ImageReference.parse("harbor.example.com:8443/lnmp/nginx:v2")


async def report(cluster, **chosen):
    return match(IMAGE, await gather(cluster, "web", Chosen(**chosen)))


@pytest.mark.parametrize(
    ("chosen", "because"),
    [
        pytest.param({}, "ServiceAccount default", id="default"),
        pytest.param({"service_account": "builder"}, "ServiceAccount builder", id="serviceaccount"),
        pytest.param({"pod": "p"}, "Pod p", id="pod"),
        pytest.param({"secrets": ("harbor",)}, "the Secrets given", id="secrets"),
    ],
)
async def test_finds_the_credentials_wherever_the_names_come_from(cluster, chosen, because):
    cluster.secret("harbor", login("harbor.example.com:8443"))
    cluster.account("default", "harbor")
    cluster.account("builder", "harbor")
    cluster.pod("p", imagePullSecrets=[{"name": "harbor"}])
    found = await report(cluster, **chosen)
    assert found.because == because
    assert [(c.username, c.origin.source, c.origin.key) for c in found.credentials] == [
        ("robot", "web/harbor", "harbor.example.com:8443")
    ]
    assert found.covered


async def test_tells_what_is_missing_skipped_and_nearly_right(cluster):
    cluster.secret("port", login("harbor.example.com"))
    cluster.secret("opaque", type="Opaque", data={})
    cluster.account("default", "port", "opaque", "gone", "gone")
    found = await report(cluster)
    assert (found.secrets, found.missing, found.skipped) == (
        ("port", "opaque"),
        ("gone",),
        (("opaque", "Opaque"),),
    )
    assert [m.reason for m in found.near_misses] == [MissReason.PORT]
    assert not found.covered


async def test_an_entry_without_a_login_covers_nothing(cluster):
    cluster.secret("empty", data={".dockerconfigjson": EMPTY_ENTRY})
    found = await report(cluster, secrets=("empty",))
    assert [c.anonymous for c in found.credentials] == [True]
    assert not found.covered


async def test_one_malformed_secret_spoils_the_good_one(cluster):
    cluster.secret("good", login("harbor.example.com:8443"))
    cluster.secret("bad", data={".dockerconfigjson": "eyJhdXRocyI6W119"})
    found = await report(cluster, secrets=("good", "bad"))
    assert "web/bad" in found.refused
    assert not found.covered


async def test_what_is_there_and_not_named_is_told_where_nothing_matches(cluster):
    cluster.secret("near", login("harbor.example.com"))
    cluster.secret("fit", login("harbor.example.com:8443"))
    cluster.secret("far", login("quay.io"))
    cluster.secret("empty", data={".dockerconfigjson": EMPTY_ENTRY})
    cluster.secret("bad", data={".dockerconfigjson": "eyJhdXRocyI6W119"})
    cluster.secret("own", login("other.example.com:8443"))
    cluster.pod("p", imagePullSecrets=[{"name": "own"}])
    found = match(IMAGE, await gather(cluster, "web", Chosen(pod="p"), others=True))
    told = [(each.origin.source, each.username, each.miss and each.miss.reason) for each in found.unnamed]
    assert told == [
        ("web/fit", "robot", None), ("web/near", "", MissReason.PORT),
    ]  # fmt: skip
    assert [miss.origin.source for miss in found.near_misses] == ["web/own"]

    chosen = Chosen(secrets=("fit",))
    assert match(IMAGE, await gather(cluster, "web", chosen, others=True)).unnamed == ()
    cluster.account("default", "fit")
    assert match(IMAGE, await gather(cluster, "web", Chosen(), others=True)).unnamed == ()


@pytest.mark.parametrize(
    "chosen",
    [{"service_account": "nobody"}, {"pod": "nobody"}, {"secrets": ("nobody",)}],
    ids=["serviceaccount", "pod", "secret"],
)
async def test_who_is_not_there_is_told(cluster, chosen):
    with pytest.raises(UsageError, match="'nobody'"):
        await report(cluster, **chosen)
