"""Whose copy a Secret is: what its marks say is asked of the cluster."""

import pytest

from pullsecret.app.keepers import is_operated, keeper_of, policies_reading, readers_of, sources_read
from pullsecret.core.errors import Forbidden, UsageError
from pullsecret.core.objects import NAMESPACE, SECRET, uid_of
from pullsecret.core.policy.model import PolicyKey, SecretRef
from pullsecret.core.policy.names import (
    CLUSTER_PULL_SECRET,
    EXCLUDE,
    FINALIZER,
    LOCAL,
    POLICY_LABEL,
    POLICY_UID,
)
from support.clusters import TestCluster, login
from support.rotations import RotationCluster

CONFIG = login("harbor.example.com")


@pytest.fixture
def cluster():
    made = RotationCluster()
    made.namespace("web")
    made.namespace("platform")
    made.secret("login", namespace="platform")
    return made


def marked(cluster, policy, **metadata):
    uid, name = uid_of(policy), policy["metadata"]["name"]
    found = cluster.copy(uid, f"{policy['kind']}.{name}", "harbor", "web", CONFIG)
    found["metadata"] |= metadata
    return cluster.store.update(SECRET, found)


async def test_a_copy_is_kept_by_its_policy(cluster):
    policy = cluster.policy()
    keeper = await keeper_of(cluster, marked(cluster, policy))
    assert keeper is not None
    assert keeper.uid == uid_of(policy)


async def test_a_copy_in_a_namespace_of_its_own(cluster):
    cluster.secret("login", namespace="web")
    policy = cluster.policy(namespace="web")
    keeper = await keeper_of(cluster, marked(cluster, policy))
    assert str(keeper.key) == "PullSecret web/harbor"


async def test_only_the_uid_counts(cluster):
    """The operator puts a label back that somebody took off or changed."""
    policy = cluster.policy()
    keeper = await keeper_of(cluster, marked(cluster, policy, labels={}))
    assert keeper.uid == uid_of(policy)


async def test_nobody_keeps_what_has_no_marks(cluster):
    assert await keeper_of(cluster, cluster.secret("harbor")) is None


@pytest.mark.parametrize("kind", ["annotations", "labels"])
async def test_nobody_keeps_what_opted_out(cluster, kind):
    copy = marked(cluster, cluster.policy())
    copy["metadata"][kind] = {**copy["metadata"][kind], EXCLUDE: "true"}
    assert await keeper_of(cluster, copy) is None


async def test_nobody_keeps_anything_in_a_namespace_that_opted_out(cluster):
    copy = marked(cluster, cluster.policy())
    namespace = cluster.store.get(NAMESPACE, "web", "")
    namespace["metadata"]["annotations"] = {EXCLUDE: "true"}
    cluster.store.update(NAMESPACE, namespace)
    assert await keeper_of(cluster, copy) is None


@pytest.mark.parametrize(
    ("spec", "metadata"),
    [
        pytest.param({}, {"annotations": {POLICY_UID: "another"}}, id="another-uid"),
        pytest.param({}, {"annotations": {}}, id="a-label-alone"),
        pytest.param({"secretName": "other"}, {}, id="another-name"),
        pytest.param({"namespaces": {"include": ["batch"]}}, {}, id="another-namespace"),
        pytest.param({}, {"labels": {POLICY_LABEL: "PullSecret.harbor"}}, id="another-kind"),
    ],
)
async def test_forged_marks_are_refused(cluster, spec, metadata):
    copy = marked(cluster, cluster.policy(**spec), **metadata)
    with pytest.raises(UsageError, match="no such policy keeps it here; nothing was touched"):
        await keeper_of(cluster, copy)


async def test_a_policy_that_goes_keeps_nothing(cluster):
    policy = cluster.policy()
    copy = marked(cluster, policy)
    held = cluster.store.get(CLUSTER_PULL_SECRET, "harbor", "")
    held["metadata"]["finalizers"] = ["pullsecret.dev/detach"]
    cluster.store.update(CLUSTER_PULL_SECRET, held)
    cluster.store.delete(CLUSTER_PULL_SECRET, "harbor", "")
    with pytest.raises(UsageError, match="no such policy"):
        await keeper_of(cluster, copy)
    assert await policies_reading(cluster, SecretRef("platform", "login")) == []


async def test_without_definitions_nobody_keeps_or_reads_anything():
    cluster = TestCluster()
    cluster.namespace("web")
    copy = cluster.secret("harbor", metadata={"annotations": {POLICY_UID: "x"}})
    with pytest.raises(UsageError, match="the marks of a policy"):
        await keeper_of(cluster, copy)
    assert await policies_reading(cluster, SecretRef("web", "harbor")) == []


async def test_a_namespace_that_we_may_not_read_has_no_labels(cluster):
    copy = marked(cluster, cluster.policy())
    cluster.refuse("get", Forbidden("no", status=403, reason="Forbidden"))
    assert await keeper_of(cluster, copy) is not None


async def test_policies_that_read_a_source(cluster):
    cluster.secret("login", namespace="web")
    here, everywhere = cluster.policy(namespace="web"), cluster.policy("all")
    cluster.policy("elsewhere", credentials=[
        {"type": "DockerConfig", "secretRef": {"namespace": "platform", "name": "other"}}])  # fmt: skip
    found = await policies_reading(cluster, SecretRef("platform", "login"))
    assert [policy.uid for policy in found] == [uid_of(everywhere)]
    found = await policies_reading(cluster, SecretRef("web", "login"))
    assert [policy.uid for policy in found] == [uid_of(here)]


async def test_policies_that_we_may_not_list_are_passed_over(cluster):
    cluster.policy("all")
    cluster.secret("login", namespace="web")
    own = cluster.policy(namespace="web")
    cluster.refuse("list clusterpullsecrets", Forbidden("no", status=403))
    found = await policies_reading(cluster, SecretRef("web", "login"))
    assert [policy.uid for policy in found] == [uid_of(own)]


async def test_a_policy_that_is_not_sound_is_passed_over(cluster):
    sound = cluster.policy("all")
    cluster.policy("twice", credentials=[sound["spec"]["credentials"][0]] * 2)
    found = await policies_reading(cluster, SecretRef("platform", "login"))
    assert [policy.uid for policy in found] == [uid_of(sound)]


# whether an operator keeps a policy


def live(cluster, **metadata):
    made = cluster.policy()
    made["metadata"] |= metadata
    return cluster.store.update(CLUSTER_PULL_SECRET, made)


KEY = PolicyKey("ClusterPullSecret", "", "harbor")


@pytest.mark.parametrize(
    ("finalizers", "kept"),
    [
        pytest.param([FINALIZER], True, id="ours"),
        pytest.param(["a.dev/b", FINALIZER], True, id="beside-another"),
        pytest.param(["a.dev/b"], False, id="anothers"),
        pytest.param([], False, id="none"),
    ],
)
async def test_an_operator_keeps_what_carries_its_finalizer(cluster, finalizers, kept):
    live(cluster, finalizers=finalizers)
    assert await is_operated(cluster, KEY) is kept


async def test_nobody_keeps_what_goes_or_is_not_there(cluster):
    assert not await is_operated(cluster, KEY)
    live(cluster, finalizers=[FINALIZER])
    cluster.store.delete(CLUSTER_PULL_SECRET, "harbor", "")
    assert not await is_operated(cluster, KEY)
    assert not await is_operated(cluster, PolicyKey(LOCAL, "", "harbor"))


async def test_who_may_not_read_policies_cannot_tell(cluster):
    live(cluster, finalizers=[FINALIZER])
    cluster.refuse("get", Forbidden("no", status=403))
    assert not await is_operated(cluster, KEY)


async def test_a_cluster_that_knows_no_policies_keeps_none():
    assert not await is_operated(TestCluster(), KEY)


async def test_each_source_is_told_with_a_policy_that_reads_it(cluster):
    cluster.policy("first")
    cluster.policy("second")
    cluster.policy(namespace="web")
    assert await sources_read(cluster) == {
        SecretRef("platform", "login"): "ClusterPullSecret first",
        SecretRef("web", "login"): "PullSecret web/harbor",
    }


def test_a_policy_that_goes_keeps_no_source(cluster):
    going, staying = cluster.policy("going"), cluster.policy("staying")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert readers_of([going, staying]) == {SecretRef("platform", "login"): "ClusterPullSecret staying"}
    assert readers_of([going]) == {}
