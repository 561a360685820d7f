"""Making a pull Secret: once, again, over another, and while others write."""

import pytest

from pullsecret.app.create import CreateRequest, create
from pullsecret.app.outcome import Action
from pullsecret.core.errors import ClusterError, Forbidden, NotFound, UsageError
from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT
from pullsecret.core.pullsecrets import TYPE_JSON, Secret
from support.clusters import login, names_in, no_sleep


def request(**changes):
    return CreateRequest(
        **{"name": "harbor", "namespace": "web", "config": login("harbor.example.com"), **changes}
    )


def held(cluster, name="harbor"):
    return Secret.from_manifest(cluster.store.get(SECRET, name, "web"))


async def test_makes_a_secret_of_the_right_type_with_the_config(cluster):
    outcome = await create(request(), cluster, no_sleep)
    assert [(c.resource, c.action) for c in outcome.changes] == [("secret/harbor", Action.CREATED)]
    assert held(cluster).type == TYPE_JSON
    assert held(cluster).config == login("harbor.example.com")


async def test_the_same_again_changes_nothing(cluster):
    await create(request(), cluster, no_sleep)
    before = cluster.store.get(SECRET, "harbor", "web")
    outcome = await create(request(), cluster, no_sleep)
    assert outcome.changes[0].action is Action.UNCHANGED
    assert cluster.store.get(SECRET, "harbor", "web") == before


async def test_other_content_is_refused_and_kept(cluster):
    cluster.secret("harbor")
    with pytest.raises(UsageError, match="other content") as error:
        await create(request(config=login("other.example.com")), cluster, no_sleep)
    assert "--replace" in error.value.hint
    assert "`add harbor`" in error.value.hint
    assert list(held(cluster).config.entries) == ["harbor.example.com"]


async def test_replace_changes_it_in_place_and_keeps_the_uid(cluster):
    before = cluster.secret("harbor")
    outcome = await create(request(config=login("other.example.com"), replace=True), cluster, no_sleep)
    assert outcome.changes[0].action is Action.CONFIGURED
    assert held(cluster).uid == before["metadata"]["uid"]
    assert list(held(cluster).config.entries) == ["other.example.com"]


async def test_replace_mends_a_malformed_one(cluster):
    cluster.secret("harbor", data={".dockerconfigjson": "eyJhdXRocyI6W119"})  # {"auths":[]}
    await create(request(replace=True), cluster, no_sleep)
    assert held(cluster).config == login("harbor.example.com")


@pytest.mark.parametrize(
    ("existing", "message"),
    [
        pytest.param({"type": "Opaque", "data": {}}, "of type Opaque", id="another-type"),
        pytest.param({"immutable": True}, "immutable", id="immutable"),
        pytest.param(
            {"metadata": {"labels": {"pullsecret.dev/policy": "ClusterPullSecret.harbor"}}},
            "copy that the policy ClusterPullSecret.harbor keeps",
            id="kept-by-a-policy",
        ),
    ],
)
async def test_what_is_not_ours_is_never_changed(cluster, existing, message):
    before = cluster.secret("harbor", login("theirs.example.com"), **existing)
    with pytest.raises(UsageError, match=message):
        await create(request(replace=True), cluster, no_sleep)
    assert cluster.store.get(SECRET, "harbor", "web") == before


async def test_attaches_in_the_same_go_and_keeps_what_others_put_there(cluster):
    cluster.account("default", "theirs")
    outcome = await create(request(attach=("default", "default")), cluster, no_sleep)
    assert [c.action for c in outcome.changes] == [Action.CREATED, Action.ATTACHED]
    assert names_in(cluster.store.get(SERVICE_ACCOUNT, "default", "web")) == ["theirs", "harbor"]


async def test_dry_run_tells_all_and_writes_nothing(cluster):
    outcome = await create(request(attach=("default",), dry_run=True), cluster, no_sleep)
    assert [(c.resource, c.action) for c in outcome.changes] == [
        ("secret/harbor", Action.CREATED),
        ("serviceaccount/default", Action.ATTACHED),
    ]
    with pytest.raises(NotFound):
        cluster.store.get(SECRET, "harbor", "web")
    assert names_in(cluster.store.get(SERVICE_ACCOUNT, "default", "web")) == []


async def test_made_by_somebody_else_in_between_is_looked_at_again(cluster):
    cluster.meddle("create", lambda: cluster.secret("harbor"))
    outcome = await create(request(), cluster, no_sleep)
    assert outcome.changes[0].action is Action.UNCHANGED


async def test_changed_by_somebody_else_in_between_is_planned_anew(cluster):
    cluster.secret("harbor")

    def touch():
        obj = cluster.store.get(SECRET, "harbor", "web")
        obj["metadata"]["labels"] = {
            "touched": str(len(obj["metadata"].get("labels", {}))) + obj["metadata"]["resourceVersion"]
        }
        cluster.store.update(SECRET, obj)

    cluster.meddle("patch", touch)
    await create(request(config=login("other.example.com"), replace=True), cluster, no_sleep)
    assert list(held(cluster).config.entries) == ["other.example.com"]
    assert "touched" in held(cluster).labels


async def test_gives_up_where_others_write_without_end(cluster):
    cluster.secret("harbor")

    def touch():
        obj = cluster.store.get(SECRET, "harbor", "web")
        obj["metadata"]["annotations"] = {"at": obj["metadata"]["resourceVersion"]}
        cluster.store.update(SECRET, obj)

    cluster.meddle("patch", *[touch] * 5)
    with pytest.raises(ClusterError, match="changed 5 times"):
        await create(request(config=login("other.example.com"), replace=True), cluster, no_sleep)
    assert list(held(cluster).config.entries) == ["harbor.example.com"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        pytest.param("unable to create: x is being terminated", "'web' is being deleted", id="going"),
        pytest.param("you may not", "you may not", id="RBAC"),
    ],
)
async def test_what_forbids_it_is_told(cluster, message, said):
    cluster.refuse("create", Forbidden(message, status=403))
    with pytest.raises(ClusterError, match=said):
        await create(request(), cluster, no_sleep)


@pytest.mark.parametrize("attach", [(), ("default",)], ids=["alone", "to-attach"])
async def test_a_namespace_that_is_not_there_is_told_with_what_makes_it(cluster, attach):
    with pytest.raises(UsageError, match="no namespace 'nope'") as error:
        await create(request(namespace="nope", attach=attach), cluster, no_sleep)
    assert "kubectl create namespace nope" in error.value.hint


async def test_an_account_that_is_not_there_makes_nothing(cluster):
    with pytest.raises(UsageError, match="no ServiceAccount 'nobody'"):
        await create(request(attach=("default", "nobody")), cluster, no_sleep)
    assert cluster.writes == []


async def test_a_new_namespaces_default_account_is_waited_for(cluster):
    cluster.store.delete(SERVICE_ACCOUNT, "default", "web")
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            cluster.account("default")

    outcome = await create(request(attach=("default",)), cluster, sleep)
    assert outcome.changes[-1].action is Action.ATTACHED
    assert len(slept) == 3


async def test_a_default_account_that_never_comes_is_told(cluster):
    cluster.store.delete(SERVICE_ACCOUNT, "default", "web")
    with pytest.raises(UsageError, match="no ServiceAccount 'default'"):
        await create(request(attach=("default",)), cluster, no_sleep)
    assert cluster.writes == []


async def test_what_was_made_before_the_cluster_refused_is_told(cluster):
    cluster.refuse("patch", Forbidden("no", status=403, hint="ask"))
    outcome = await create(request(attach=("default",)), cluster, no_sleep)
    assert [c.action for c in outcome.changes] == [Action.CREATED]
    assert isinstance(outcome.stopped, Forbidden)
    assert outcome.exit_code == 3
