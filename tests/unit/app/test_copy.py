"""Copying to other namespaces: each for itself, nothing foreign touched."""

import pytest

from pullsecret.app.copy import copy
from pullsecret.app.outcome import Action
from pullsecret.core.errors import UsageError
from pullsecret.core.objects import SECRET
from pullsecret.core.pullsecrets import TYPE_JSON, Secret
from support.clusters import login


async def test_copies_the_credentials_alone_and_goes_on_where_one_refuses(cluster):
    cluster.secret(
        "harbor", metadata={"labels": {"argocd.argoproj.io/instance": "x"}, "annotations": {"a": "b"}}
    )
    cluster.namespace("batch")
    cluster.namespace("taken")
    cluster.secret("harbor", namespace="taken", type="Opaque", data={})
    outcome = await copy(cluster, "harbor", "web", ["batch", "nowhere", "taken", "batch"])
    assert [(c.namespace, c.action) for c in outcome.changes] == [
        ("batch", Action.CREATED),
        ("nowhere", Action.FAILED),
        ("taken", Action.FAILED),
    ]
    assert outcome.failed
    assert [error.exit_code for error in outcome.failures] == [2, 2]
    assert outcome.exit_code == 2
    copied = Secret.from_manifest(cluster.store.get(SECRET, "harbor", "batch"))
    assert (copied.config, copied.labels, copied.annotations) == (login("harbor.example.com"), {}, {})


async def test_a_legacy_secret_becomes_one_of_todays_type(cluster):
    cluster.secret(
        "harbor",
        type="kubernetes.io/dockercfg",
        data={".dockercfg": "eyJnaGNyLmlvIjp7InVzZXJuYW1lIjoidSIsInBhc3N3b3JkIjoicCIsImF1dGgiOiJkVHB3In19"},
    )
    cluster.namespace("batch")
    outcome = await copy(cluster, "harbor", "web", ["batch"])
    assert not outcome.failed
    copied = Secret.from_manifest(cluster.store.get(SECRET, "harbor", "batch"))
    assert copied.type == TYPE_JSON
    assert list(copied.config.entries) == ["ghcr.io"]
    again = await copy(cluster, "harbor", "web", ["batch"])
    assert [c.action for c in again.changes] == [Action.UNCHANGED]


@pytest.mark.parametrize(
    ("to", "extra", "message"),
    [
        pytest.param(["web"], {}, "where the Secret is copied from", id="onto-itself"),
        pytest.param(["batch"], {"type": "Opaque", "data": {}}, "of type Opaque", id="no-pull-secret"),
        # {"auths":{}}, and {"auths":{"h.io":{}}}: over a good one they would lose it
        pytest.param(
            ["batch"], {"data": {".dockerconfigjson": "eyJhdXRocyI6e319"}}, "no credential", id="empty"
        ),
        pytest.param(
            ["batch"],
            {"data": {".dockerconfigjson": "eyJhdXRocyI6eyJoLmlvIjp7fX19"}},
            "no credential",
            id="references-to-a-store",
        ),
    ],
)
async def test_refuses(cluster, to, extra, message):
    cluster.secret("harbor", **extra)
    with pytest.raises(UsageError, match=message):
        await copy(cluster, "harbor", "web", to)
    assert cluster.writes == []
