"""Taking back what policies did: detached first, only what is ours, and policies let go of last."""

import pytest

from pullsecret.app.leaving import take_back, traces_of
from pullsecret.app.outcome import Action
from pullsecret.core.errors import Conflict, Forbidden, NotFound
from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import ATTACHED, CLUSTER_PULL_SECRET, POLICY_UID, PULL_SECRET
from support.clusters import TestCluster, names_in
from support.policies import PolicyCluster


@pytest.fixture
def cluster() -> PolicyCluster:
    made = PolicyCluster()
    for name in ("web", "shop"):
        made.namespace(name)
    return made


async def leave(cluster, *namespaces):
    return await take_back(cluster, await traces_of(cluster, namespaces))


def account(cluster, name="default", namespace="web"):
    return cluster.store.get(SERVICE_ACCOUNT, name, namespace)


def is_there(cluster, name="harbor", namespace="web"):
    try:
        cluster.store.get(SECRET, name, namespace)
    except NotFound:
        return False
    return True


async def test_detached_deleted_let_go(cluster):
    policy = cluster.policy()
    for namespace in ("web", "shop"):
        cluster.copy(policy, namespace=namespace)
        cluster.attach("theirs", "harbor", namespace=namespace)
    traces = await traces_of(cluster)
    assert (traces.copies, traces.accounts) == (2, 2)
    outcome = await take_back(cluster, traces)
    assert [(c.resource, c.namespace, c.action) for c in outcome.changes] == [
        ("serviceaccount/default", "shop", Action.DETACHED),
        ("secret/harbor", "shop", Action.DELETED),
        ("serviceaccount/default", "web", Action.DETACHED),
        ("secret/harbor", "web", Action.DELETED),
        ("clusterpullsecret/harbor", "", Action.RELEASED),
    ]
    assert names_in(account(cluster)) == ["theirs"]
    assert ATTACHED not in account(cluster)["metadata"].get("annotations", {})
    assert not is_there(cluster)
    left = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
    assert left["metadata"]["finalizers"] == ["example.com/theirs"]


async def test_again_does_nothing(cluster):
    cluster.copy(cluster.policy())
    await leave(cluster)
    cluster.writes.clear()
    assert (await leave(cluster)).changes == []
    assert cluster.writes == []


async def test_what_is_not_ours_stays(cluster):
    policy = cluster.policy()
    cluster.secret("harbor", namespace="web")
    cluster.account("default", "harbor", namespace="web")
    cluster.copy({**policy, "metadata": {"name": "other", "uid": "another"}}, namespace="shop")
    cluster.attach("harbor", namespace="shop")
    assert [change.action for change in (await leave(cluster)).changes] == [Action.RELEASED]
    assert is_there(cluster)
    assert is_there(cluster, namespace="shop")
    assert names_in(account(cluster)) == ["harbor"]
    assert names_in(account(cluster, namespace="shop")) == ["harbor"]


@pytest.mark.parametrize("marks", [{}, {POLICY_UID: "dead"}], ids=["foreign", "a-uid-put-on-by-hand"])
async def test_our_entry_goes_where_the_secret_is_another_by_now(cluster, marks):
    cluster.policy()
    theirs = cluster.secret("harbor", namespace="web", metadata={"annotations": marks})
    cluster.attach("theirs", "harbor")
    outcome = await leave(cluster)
    assert [change.action for change in outcome.changes] == [Action.DETACHED, Action.RELEASED]
    assert names_in(account(cluster)) == ["theirs"]
    assert cluster.store.get(SECRET, "harbor", "web") == theirs


@pytest.mark.parametrize(
    ("namespace", "used_by"),
    [
        pytest.param("web", "PullSecret web/mine", id="by-another-policy"),
        pytest.param("shop", "ClusterPullSecret harbor", id="by-its-own"),
    ],
)
async def test_what_a_policy_reads_from_stays(cluster, namespace, used_by):
    own = {"type": "DockerConfig", "secretRef": {"namespace": "shop", "name": "harbor"}}
    policy = cluster.policy(credentials=[own])
    cluster.policy(
        "mine", namespace="web", credentials=[{"type": "DockerConfig", "secretRef": {"name": "harbor"}}]
    )
    cluster.copy(policy, namespace=namespace)
    cluster.attach("harbor", namespace=namespace)
    traces = await traces_of(cluster)
    assert (traces.copies, traces.accounts) == (0, 1)
    outcome = await take_back(cluster, traces)
    assert is_there(cluster, namespace=namespace)
    assert names_in(account(cluster, namespace=namespace)) == []
    assert [(c.resource, c.action) for c in outcome.changes if c.namespace == namespace][:2] == [
        ("serviceaccount/default", Action.DETACHED),
        ("secret/harbor", Action.UNCHANGED),
    ]
    assert used_by in outcome.changes[1].detail
    assert outcome.exit_code == 0
    assert cluster.store.get(CLUSTER_PULL_SECRET, "harbor")["metadata"]["finalizers"] == [
        "example.com/theirs"
    ]


async def test_an_entry_that_was_there_before_us_stays(cluster):
    cluster.copy(cluster.policy())
    cluster.attach("harbor", "second", ours="second")
    await leave(cluster)
    assert names_in(account(cluster)) == ["harbor", "second"]


async def test_a_name_whose_copy_is_gone_is_detached(cluster):
    cluster.policy()
    cluster.attach("harbor")
    await leave(cluster)
    assert names_in(account(cluster)) == []


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({}, id="sound"),
        pytest.param(
            {"credentials": [{"type": "Basic", "secretRef": {"namespace": "a", "name": "b"}}]}, id="not-sound"
        ),
    ],
)
async def test_orphans_stay_as_they_are(cluster, spec):
    cluster.copy(cluster.policy(deletionPolicy="Orphan", **spec))
    cluster.attach("harbor")
    assert [change.action for change in (await leave(cluster)).changes] == [Action.RELEASED]
    assert is_there(cluster)
    assert names_in(account(cluster)) == ["harbor"]


async def test_a_policy_that_is_not_sound_leaves_too(cluster):
    bad = {"type": "Basic", "secretRef": {"namespace": "a", "name": "b"}}
    cluster.copy(cluster.policy(credentials=[bad]))
    await leave(cluster)
    assert not is_there(cluster)


async def test_copies_under_every_name_of_before(cluster):
    policy = cluster.policy(secretName="new", told=("old", "middle", "new"))
    cluster.copy(policy, name="old")
    cluster.copy(policy, name="middle")
    cluster.attach("theirs", "middle", ours="middle")
    cluster.copy(policy, name="new", namespace="shop")
    await leave(cluster)
    assert not is_there(cluster, "old")
    assert not is_there(cluster, "middle")
    assert names_in(account(cluster)) == ["theirs"]
    assert not is_there(cluster, "new", "shop")


async def test_who_opted_out_is_left_alone(cluster):
    policy = cluster.policy()
    cluster.copy(policy, annotations={"pullsecret.dev/exclude": "true"})
    cluster.attach("harbor")
    cluster.copy(policy, namespace="shop")
    cluster.attach("harbor", namespace="shop")
    obj = account(cluster, namespace="shop")
    obj["metadata"]["labels"] = {"pullsecret.dev/exclude": "true"}
    cluster.store.update(SERVICE_ACCOUNT, obj)
    outcome = await leave(cluster)
    assert [(c.resource, c.namespace) for c in outcome.changes] == [
        ("secret/harbor", "shop"),
        ("clusterpullsecret/harbor", ""),
    ]
    assert is_there(cluster)
    assert names_in(account(cluster)) == ["harbor"]
    assert names_in(account(cluster, namespace="shop")) == ["harbor"]


async def test_only_some_namespaces(cluster):
    for namespace in ("web", "shop"):
        cluster.copy(cluster.policy(namespace=namespace), namespace=namespace)
        cluster.attach("harbor", namespace=namespace)
    cluster.policy("everywhere")
    outcome = await leave(cluster, "web", "gone")
    assert {change.namespace for change in outcome.changes} == {"web"}
    assert is_there(cluster, namespace="shop")
    assert len(cluster.store.get(PULL_SECRET, "harbor", "web")["metadata"]["finalizers"]) == 1
    assert len(cluster.store.get(CLUSTER_PULL_SECRET, "everywhere")["metadata"]["finalizers"]) == 2


async def test_a_teams_policy_concerns_its_namespace_alone(cluster):
    cluster.copy(cluster.policy(namespace="web"))
    cluster.attach("harbor", namespace="shop")
    await leave(cluster)
    assert names_in(account(cluster, namespace="shop")) == ["harbor"]
    assert not is_there(cluster)


async def test_what_fails_keeps_its_finalizer_and_stops_nobody(cluster):
    policy = cluster.policy()
    other = cluster.policy("other")
    cluster.copy(policy)
    cluster.copy(other, name="other", namespace="shop")
    cluster.refuse("delete", Forbidden("no", status=403, reason="Forbidden"))
    outcome = await leave(cluster)
    assert outcome.exit_code == 3
    (failed,) = [change for change in outcome.changes if change.action is Action.FAILED]
    assert (failed.resource, failed.namespace, failed.detail) == ("secret/harbor", "web", "no")
    assert [c.resource for c in outcome.changes if c.action is Action.RELEASED] == ["clusterpullsecret/other"]
    assert not is_there(cluster, "other", "shop")


async def test_a_cluster_without_definitions_has_no_traces():
    cluster = TestCluster()
    assert (await traces_of(cluster)).policies == ()


async def test_letting_go_goes_on_from_what_others_wrote(cluster):
    cluster.policy()
    conflict = Conflict("changed", status=409, reason="Conflict")
    cluster.refuse("patch", conflict)
    assert [change.action for change in (await leave(cluster)).changes] == [Action.RELEASED]


async def test_letting_go_gives_up_at_last(cluster):
    cluster.policy()
    cluster.refuse("patch", Conflict("changed", status=409, reason="Conflict"), times=5)
    outcome = await leave(cluster)
    assert outcome.exit_code == 3
    assert "clusterpullsecret/harbor changed 5 times" in outcome.changes[0].detail


async def test_a_policy_that_is_gone_meanwhile(cluster):
    policy = cluster.policy()
    traces = await traces_of(cluster)
    cluster.store.update(
        CLUSTER_PULL_SECRET, {**policy, "metadata": {**policy["metadata"], "finalizers": []}}
    )
    cluster.store.delete(CLUSTER_PULL_SECRET, "harbor")
    assert (await take_back(cluster, traces)).changes == []


async def test_copies_that_may_not_be_seen_hold_their_policy_back(cluster):
    cluster.policy("unseen")
    cluster.copy(cluster.policy())
    other = cluster.policy("never-kept")
    cluster.store.update(CLUSTER_PULL_SECRET, {**other, "metadata": {**other["metadata"], "finalizers": []}})
    no = Forbidden("no", status=403, reason="Forbidden")
    cluster.meddle("list secrets", lambda: None)
    cluster.refuse("list secrets", no, times=2)
    traces = await traces_of(cluster)
    assert set(traces.refused) == {"unseen", "never-kept"}
    outcome = await take_back(cluster, traces)
    failed = [change.resource for change in outcome.changes if change.action is Action.FAILED]
    assert failed == ["clusterpullsecret/unseen"]
    assert not is_there(cluster)


async def test_a_namespace_that_may_not_be_read_is_taken_to_be_there(cluster):
    cluster.copy(cluster.policy(namespace="web"))
    cluster.refuse("get", Forbidden("no", status=403, reason="Forbidden"))
    await leave(cluster, "web")
    assert not is_there(cluster)
