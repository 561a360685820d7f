"""Deleting: detached first, refused while needed, and only the one that was looked at."""

import pytest

from pullsecret.app.delete import delete
from pullsecret.app.outcome import Action
from pullsecret.core.errors import Finding, Forbidden, NotFound, UsageError
from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT
from support.clusters import names_in
from support.policies import PolicyCluster


async def test_detaches_everywhere_then_deletes(cluster):
    cluster.secret("harbor")
    cluster.account("default", "theirs", "harbor")
    cluster.account("other", "theirs")
    outcome = await delete(cluster, "harbor", "web")
    assert [(c.resource, c.action) for c in outcome.changes] == [
        ("serviceaccount/default", Action.DETACHED),
        ("secret/harbor", Action.DELETED),
    ]
    assert names_in(cluster.store.get(SERVICE_ACCOUNT, "default", "web")) == ["theirs"]
    with pytest.raises(NotFound):
        cluster.store.get(SECRET, "harbor", "web")


async def test_refuses_while_pods_need_it_and_changes_nothing(cluster):
    cluster.secret("harbor")
    cluster.account("default", "harbor")
    for number in range(7):
        cluster.pod(f"p{number}")
    with pytest.raises(Finding, match=r"pod/p0.*and 2 more") as error:
        await delete(cluster, "harbor", "web")
    assert "--force" in error.value.hint
    assert cluster.writes == []


@pytest.mark.parametrize("namespace", ["", "web"], ids=["of-the-cluster", "of-the-namespace"])
async def test_refuses_while_a_policy_reads_from_it(namespace):
    """Else the next rotation has nothing to go by, and a new namespace gets nothing."""
    cluster = PolicyCluster()
    cluster.namespace("web")
    cluster.secret("login")
    ref = {"name": "login"} if namespace else {"namespace": "web", "name": "login"}
    policy = cluster.policy(namespace=namespace, credentials=[{"type": "DockerConfig", "secretRef": ref}])
    with pytest.raises(Finding, match=f"is still needed by {policy['kind']} {namespace and 'web/'}harbor"):
        await delete(cluster, "login", "web")
    assert cluster.writes == []
    outcome = await delete(cluster, "login", "web", force=True)
    assert outcome.changes[-1].action is Action.DELETED
    assert outcome.warnings == [f"still needed by {policy['kind']} {namespace and 'web/'}harbor"]


async def test_policies_that_may_not_be_looked_at_hold_nothing_up(cluster):
    cluster.secret("harbor")
    cluster.refuse("list pullsecrets", Forbidden("no", status=403))
    assert (await delete(cluster, "harbor", "web")).changes[-1].action is Action.DELETED


async def test_force_deletes_and_says_who_is_left(cluster):
    cluster.secret("harbor")
    cluster.account("default", "harbor")
    cluster.pod("p0")
    outcome = await delete(cluster, "harbor", "web", force=True)
    assert outcome.changes[-1].action is Action.DELETED
    assert "pod/p0" in outcome.warnings[0]


async def test_a_kind_that_may_not_be_listed_may_need_it(cluster):
    cluster.secret("harbor")
    cluster.refuse("list pods", Forbidden("no", status=403))
    with pytest.raises(Finding, match="perhaps pods, which this account may not list"):
        await delete(cluster, "harbor", "web")


async def test_a_kind_that_the_server_does_not_serve_needs_nothing(cluster):
    cluster.secret("harbor")
    cluster.refuse("list cronjobs", NotFound("the server could not find the requested resource", status=404))
    assert (await delete(cluster, "harbor", "web")).changes[-1].action is Action.DELETED


async def test_dry_run_changes_nothing(cluster):
    before = cluster.secret("harbor")
    cluster.account("default", "harbor")
    outcome = await delete(cluster, "harbor", "web", dry_run=True)
    assert [c.action for c in outcome.changes] == [Action.DETACHED, Action.DELETED]
    assert cluster.store.get(SECRET, "harbor", "web") == before


async def test_one_that_changed_in_between_is_not_deleted(cluster):
    cluster.secret("harbor")

    def touch():
        obj = cluster.store.get(SECRET, "harbor", "web")
        cluster.store.update(SECRET, {**obj, "metadata": {**obj["metadata"], "labels": {"a": "b"}}})

    cluster.meddle("delete", touch)
    with pytest.raises(UsageError, match="changed while it was being deleted"):
        await delete(cluster, "harbor", "web")
    assert cluster.store.get(SECRET, "harbor", "web")


async def test_one_that_somebody_else_deleted_is_gone(cluster):
    cluster.secret("harbor")
    cluster.meddle("delete", lambda: cluster.store.delete(SECRET, "harbor", "web"))
    outcome = await delete(cluster, "harbor", "web")
    assert (outcome.changes[-1].action, outcome.changes[-1].detail) == (
        Action.UNCHANGED,
        "it is gone already",
    )


async def test_what_is_no_pull_secret_is_left(cluster):
    cluster.secret("harbor", type="Opaque", data={})
    with pytest.raises(UsageError, match="of type Opaque"):
        await delete(cluster, "harbor", "web")


async def test_an_immutable_one_can_be_deleted(cluster):
    cluster.secret("harbor", immutable=True)
    assert (await delete(cluster, "harbor", "web")).changes[-1].action is Action.DELETED


async def test_what_was_detached_before_the_cluster_refused_is_told(cluster):
    cluster.secret("harbor")
    cluster.account("default", "harbor")
    cluster.refuse("delete", Forbidden("no", status=403))
    outcome = await delete(cluster, "harbor", "web")
    assert [c.action for c in outcome.changes] == [Action.DETACHED]
    assert outcome.exit_code == 3
