"""Pods that came too early are made again, where that is asked for."""

import pytest

from pullsecret.app.outcome import Action, Change
from pullsecret.app.sync.recover import gives
from pullsecret.core.errors import Forbidden
from pullsecret.core.objects import NAMESPACE, POD, SERVICE_ACCOUNT
from pullsecret.core.policy.model import Attach, AttachTo
from pullsecret.core.policy.names import EXCLUDE
from pullsecret.core.policy.selecting import Namespaces
from support.clusters import TestCluster, replica_set
from support.syncing import a_content, an_account, synced


@pytest.fixture
def cluster() -> TestCluster:
    made = TestCluster()
    for name in ("batch", "shop", "web"):
        made.namespace(name)
    return made


def forbidden(message="no"):
    return Forbidden(message, status=403, reason="Forbidden", hint="ask")


def stuck(cluster, name="web-1-a", **extra):
    cluster.pod(name, waiting="ImagePullBackOff", serviceAccountName="default", owner=replica_set(), **extra)


async def test_stuck_pods_are_left_unless_it_is_asked_for(cluster):
    stuck(cluster)
    report = await synced(cluster)
    assert report.pods == []
    assert ("evict", "web-1-a") not in cluster.writes


async def test_stuck_pods_are_made_again_and_the_new_one_is_looked_at(cluster):
    stuck(cluster)

    def again():
        new = {"imagePullSecrets": [{"name": "harbor"}], "serviceAccountName": "default"}
        cluster.pod("web-1-b", owner=replica_set(), **new)

    cluster.meddle("evict", again)
    report = await synced(cluster, recover_pods=True)
    assert report.pods == [
        Change("pod/web-1-a", "web", Action.EVICTED, "the new pod/web-1-b has harbor"),
    ]
    assert report.exit_code == 0


async def test_one_that_cannot_be_made_again_is_told_and_counts(cluster):
    cluster.pod("alone", waiting="ErrImagePull", serviceAccountName="default")
    report = await synced(cluster, recover_pods=True)
    (change,) = report.pods
    assert change.action is Action.FAILED
    assert "no controller makes it again" in change.detail
    assert report.exit_code == 1


async def test_a_dry_run_only_says_which_are_stuck(cluster):
    stuck(cluster)
    cluster.pod("alone", waiting="ErrImagePull", serviceAccountName="default")
    report = await synced(cluster, recover_pods=True, dry_run=True)
    assert [(change.resource, change.action) for change in report.pods] == [
        ("pod/alone", Action.STUCK),
        ("pod/web-1-a", Action.STUCK),
    ]
    assert (cluster.writes, report.exit_code) == ([], 0)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"attach": Attach(AttachTo.NONE)}, id="nothing-is-attached"),
        pytest.param({"namespaces": Namespaces(("batch",)), "prune": True}, id="its-copy-goes"),
        pytest.param({"content": a_content("another.io")}, id="it-would-not-pull-with-it"),
    ],
)
async def test_pods_that_it_would_not_help_are_left(cluster, how):
    await synced(cluster)
    stuck(cluster)
    report = await synced(cluster, recover_pods=True, **how)
    assert report.pods == []
    assert cluster.store.get(POD, "web-1-a", "web")


async def test_a_namespace_whose_pods_may_not_be_seen_fails_alone(cluster):
    cluster.refuse("list pods", forbidden())
    report = await synced(cluster, recover_pods=True)
    assert [failure.reason for failure in report.failures] == ["Forbidden"]
    assert len(report.settled) == 3


def mark(cluster, kind, name, namespace="web"):
    obj = cluster.store.get(kind, name, namespace)
    obj["metadata"].setdefault("annotations", {})[EXCLUDE] = "true"
    cluster.store.update(kind, obj)


@pytest.mark.parametrize("dry_run", [False, True], ids=["for-good", "dry-run"])
@pytest.mark.parametrize("attach", [Attach(), Attach(AttachTo.ALL)], ids=["named", "all"])
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda c: mark(c, SERVICE_ACCOUNT, "default"), id="its-service-account-opted-out"),
        pytest.param(lambda c: mark(c, NAMESPACE, "web", ""), id="its-namespace-opted-out"),
        pytest.param(lambda c: c.secret("harbor"), id="beside-a-foreign-secret"),
    ],
)
async def test_pods_that_would_not_get_the_name_are_left(cluster, given, attach, dry_run):
    stuck(cluster)
    given(cluster)
    report = await synced(cluster, recover_pods=True, attach=attach, dry_run=dry_run)
    assert report.pods == []
    assert ("evict", "web-1-a") not in cluster.writes


async def test_a_name_that_somebody_took_off_again_is_looked_for_before_each_eviction(cluster):
    """Argo CD may undo the attachment between two evictions; the next Pod would be as stuck as this one."""
    stuck(cluster)

    def again():
        cluster.account("default")
        stuck(cluster, "web-1-b")

    cluster.meddle("evict", again)
    report = await synced(cluster, recover_pods=True)
    assert [write for write in cluster.writes if write[0] == "evict"] == [("evict", "web-1-a")]
    (change,) = report.pods
    assert "web-1-b lacks harbor" in change.detail
    assert "does not list harbor" in change.detail


async def test_a_name_that_was_taken_off_since_is_no_reason_to_evict(cluster):
    stuck(cluster)
    cluster.meddle("list replicasets", lambda: cluster.account("default"))
    report = await synced(cluster, recover_pods=True)
    assert [change.action for change in report.pods] == [Action.UNCHANGED]
    assert ("evict", "web-1-a") not in cluster.writes


@pytest.mark.parametrize(
    ("account", "given"),
    [
        pytest.param(an_account("default", "theirs", "harbor"), True, id="listed"),
        pytest.param(an_account("default", "theirs"), False, id="not-listed"),
        pytest.param({**an_account("default"), "imagePullSecrets": "harbor"}, False, id="malformed"),
    ],
)
def test_who_gives_the_name_to_new_pods(account, given):
    assert gives(account, "harbor") is given
