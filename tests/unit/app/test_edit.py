"""Adding registries and taking one out, in place."""

import pytest

from pullsecret.app.edit import add, remove
from pullsecret.app.outcome import Action
from pullsecret.core.errors import ClusterError, InvalidInput, UsageError
from pullsecret.core.objects import SECRET
from pullsecret.core.policy.names import POLICY_LABEL
from pullsecret.core.pullsecrets import Secret
from support.clusters import login


def config(cluster):
    return Secret.from_manifest(cluster.store.get(SECRET, "harbor", "web")).config


async def test_adds_beside_what_is_there(cluster):
    cluster.secret("harbor")
    change = await add(cluster, "harbor", "web", login("ghcr.io"))
    assert change.action is Action.CONFIGURED
    assert list(config(cluster).entries) == ["harbor.example.com", "ghcr.io"]


async def test_adding_the_same_changes_nothing(cluster):
    before = cluster.secret("harbor")
    change = await add(cluster, "harbor", "web", login("harbor.example.com"))
    assert change.action is Action.UNCHANGED
    assert cluster.store.get(SECRET, "harbor", "web") == before


async def test_another_credential_for_the_same_registry_needs_replace(cluster):
    cluster.secret("harbor")
    other = login("harbor.example.com", password="another-word")
    with pytest.raises(UsageError, match=r"differs in harbor\.example\.com") as error:
        await add(cluster, "harbor", "web", other)
    assert "--replace" in error.value.hint
    assert config(cluster) == login("harbor.example.com")
    assert (await add(cluster, "harbor", "web", other, replace=True)).action is Action.CONFIGURED
    assert config(cluster) == other


async def test_an_entry_without_a_credential_is_no_obstacle(cluster):
    cluster.secret(
        "harbor", data={".dockerconfigjson": "eyJhdXRocyI6eyJnaGNyLmlvIjp7fX19"}
    )  # {"auths":{"ghcr.io":{}}}
    assert (await add(cluster, "harbor", "web", login("ghcr.io"))).action is Action.CONFIGURED


async def test_takes_one_registry_out(cluster):
    cluster.secret("harbor", login("harbor.example.com", "ghcr.io"))
    assert (await remove(cluster, "harbor", "web", "ghcr.io")).action is Action.CONFIGURED
    assert config(cluster) == login("harbor.example.com")


@pytest.mark.parametrize(
    ("host", "message"),
    [
        pytest.param("harbor.example.com", "the only registry", id="the-last-one"),
        pytest.param("quay.io", "no entry for quay.io", id="not-there"),
    ],
)
async def test_removes_nothing_that_it_should_not(cluster, host, message):
    before = cluster.secret("harbor")
    with pytest.raises((UsageError, InvalidInput), match=message):
        await remove(cluster, "harbor", "web", host)
    assert cluster.store.get(SECRET, "harbor", "web") == before


@pytest.mark.parametrize(("edit", "what"), [(add, login("more.example.com")), (remove, "ghcr.io")])
@pytest.mark.parametrize(
    ("made", "message"),
    [
        pytest.param({"type": "Opaque", "data": {}}, "is of type Opaque", id="another-type"),
        pytest.param({"immutable": True}, "is immutable", id="immutable"),
        pytest.param(
            {"metadata": {"labels": {POLICY_LABEL: "Sync.harbor"}}}, "policy Sync.harbor keeps", id="copy"
        ),
    ],
)
async def test_what_cannot_be_edited_or_would_be_put_back_is_left(cluster, edit, what, made, message):
    before = cluster.secret("harbor", login("harbor.example.com", "ghcr.io"), **made)
    with pytest.raises(UsageError, match=message):
        await edit(cluster, "harbor", "web", what)
    assert cluster.store.get(SECRET, "harbor", "web") == before


async def test_a_malformed_secret_is_not_edited_blindly(cluster):
    before = cluster.secret("harbor", data={".dockerconfigjson": "eyJhdXRocyI6W119"})
    with pytest.raises(InvalidInput, match="cannot be read"):
        await add(cluster, "harbor", "web", login("ghcr.io"))
    assert cluster.store.get(SECRET, "harbor", "web") == before


async def test_a_missing_secret_tells_where_to_look(cluster):
    with pytest.raises(UsageError, match="no Secret 'harbor' in namespace 'web'") as error:
        await add(cluster, "harbor", "web", login("ghcr.io"))
    assert "create" in error.value.hint


async def test_gives_up_where_others_write_without_end(cluster):
    cluster.secret("harbor")

    def touch():
        obj = cluster.store.get(SECRET, "harbor", "web")
        obj["metadata"]["annotations"] = {"at": obj["metadata"]["resourceVersion"]}
        cluster.store.update(SECRET, obj)

    cluster.meddle("patch", *[touch] * 5)
    with pytest.raises(ClusterError, match="nothing was written"):
        await add(cluster, "harbor", "web", login("ghcr.io"))


async def test_dry_run_writes_nothing(cluster):
    before = cluster.secret("harbor")
    assert (await add(cluster, "harbor", "web", login("ghcr.io"), dry_run=True)).action is Action.CONFIGURED
    assert cluster.store.get(SECRET, "harbor", "web") == before
