"""Who takes over what a policy leaves, how long that is waited for, and what nobody takes over."""

from typing import Any

import pytest

from pullsecret.core.errors import ApiError, Forbidden
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Kind, Object, annotations_of, uid_of
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, POLICY_UID, PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.operator.namespaces import NamespaceKey
from support.clusters import login, names_in
from support.engines import Engine
from support.operating import HOST, condition, password_of
from support.policies import PolicyCluster


class Refusing(PolicyCluster):
    """A cluster that admits no change of a Secret to the copy of one policy, and no status of another."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = self.sealed = ""

    async def patch(self, kind: Kind, name: str, patch: Any, **how: Any) -> Object:
        if kind == SECRET and self.refused and annotations_of(patch).get(POLICY_UID) == self.refused:
            raise Forbidden("denied by a webhook", status=403, reason="Forbidden")
        if name == self.sealed and how.get("subresource") == "status":
            raise ApiError("etcdserver: request is too large", status=500)
        return await super().patch(kind, name, patch, **how)


@pytest.fixture
def cluster() -> Refusing:
    made = Refusing()
    for name in ("web", "platform"):
        made.namespace(name)
    for name in ("web", "platform"):
        made.secret("login", login(HOST), namespace=name)
    return made


def first(cluster: Refusing, **spec: Any) -> Object:
    """Make the policy that has the name in `web`, and see its copy there."""
    return cluster.policy("first", told=(), secretName="harbor", namespaces={"include": ["web"]}, **spec)


async def at_rest(cluster: Refusing) -> Engine:
    engine = Engine(cluster)
    await engine.settle()
    return engine


def leave(cluster: Refusing, how: str) -> None:
    if how == "deleted":
        obj = cluster.store.get(CLUSTER_PULL_SECRET, "first")
        obj["metadata"]["finalizers"].remove("example.com/theirs")
        cluster.store.update(CLUSTER_PULL_SECRET, obj)
        cluster.store.delete(CLUSTER_PULL_SECRET, "first")
    else:
        obj = cluster.store.get(CLUSTER_PULL_SECRET, "first")
        spec = {**obj["spec"], "namespaces": {"include": ["none"]}}
        cluster.store.update(CLUSTER_PULL_SECRET, {**obj, "spec": spec})


def copy_in_web(engine: Engine) -> Object | None:
    return engine.find(SECRET, "harbor", "web")


async def second_takes_over(engine: Engine, copy: Object | None, heir: Object) -> Object:
    """See the copy stay while all but `second` is worked on, and then be that one's as it is."""
    later = PolicyKey("ClusterPullSecret", "", "second")
    while steps := [step for step in engine.steps() if step[1] != later]:
        await engine.step(*steps[0])
    assert copy_in_web(engine) == copy
    await engine.settle()
    now = copy_in_web(engine)
    assert copy is not None
    assert now is not None
    assert (uid_of(now), annotations_of(now)[POLICY_UID]) == (uid_of(copy), uid_of(heir))
    return now


@pytest.mark.parametrize("how", ["deleted", "excluded"])
async def test_a_heir_takes_over_in_place(cluster: Refusing, how: str) -> None:
    first(cluster)
    engine = await at_rest(cluster)
    copy, heir = copy_in_web(engine), cluster.policy("mine", namespace="web", told=(), secretName="harbor")
    leave(cluster, how)
    await engine.settle()
    now = copy_in_web(engine)
    assert copy is not None
    assert now is not None
    assert (uid_of(now), annotations_of(now)[POLICY_UID]) == (uid_of(copy), uid_of(heir))


@pytest.mark.parametrize("how", ["deleted", "excluded"])
async def test_a_heir_that_may_not_write_is_not_waited_for(cluster: Refusing, how: str) -> None:
    """A team could hold up the deletion of what is not its own for ever."""
    first(cluster)
    engine = await at_rest(cluster)
    copy, heir = copy_in_web(engine), cluster.policy("mine", namespace="web", told=(), secretName="harbor")
    cluster.refused = uid_of(heir)
    leave(cluster, how)
    await engine.settle()
    if how == "deleted":
        assert engine.find(CLUSTER_PULL_SECRET, "first") is None
    now = copy_in_web(engine)
    assert copy is not None
    assert now is not None
    assert uid_of(now) != uid_of(copy), "it went, and the heir made its own"
    assert annotations_of(now)[POLICY_UID] == uid_of(heir)


async def test_a_heir_whose_status_cannot_be_written_is_not_waited_for_for_ever(cluster: Refusing) -> None:
    """Its name is never told, and so it never has a copy."""
    first(cluster)
    engine = await at_rest(cluster)
    cluster.policy("mine", namespace="web", told=(), secretName="harbor")
    cluster.sealed = "mine"
    await engine.run(100)
    leave(cluster, "deleted")
    await engine.run(1000)
    assert engine.find(CLUSTER_PULL_SECRET, "first") is None
    assert copy_in_web(engine) is None
    cluster.sealed = ""
    await engine.settle()
    assert copy_in_web(engine), "it has its own once it can"


async def test_a_rotation_is_not_held_up_by_one_whose_status_cannot_be_written(cluster: Refusing) -> None:
    first(cluster)
    engine = await at_rest(cluster)
    cluster.policy("mine", namespace="web", told=(), secretName="harbor")
    cluster.sealed = "mine"
    await engine.run(100)
    source = cluster.store.get(SECRET, "login", "platform")
    cluster.store.update(
        SECRET, {**source, "data": secret_manifest("login", login(HOST, password="new"))["data"]}
    )
    await engine.run(1000)
    copy = copy_in_web(engine)
    assert copy is not None
    assert password_of(copy) == "new"


@pytest.mark.parametrize("how", ["deleted", "excluded"])
async def test_after_a_start_a_heir_that_was_not_looked_at_yet_is_waited_for(
    cluster: Refusing, how: str
) -> None:
    """Its registry may take its time; the copy that is deleted meanwhile was one that Pods use."""
    first(cluster)
    heir = cluster.policy("second", told=(), secretName="harbor", namespaces={"include": ["web"]})
    engine = await at_rest(cluster)
    copy = copy_in_web(engine)
    engine.stop()
    leave(cluster, how)
    engine = Engine(cluster)
    await second_takes_over(engine, copy, heir)
    assert (engine.find(CLUSTER_PULL_SECRET, "first") is None) == (how == "deleted")


@pytest.mark.parametrize("how", ["deleted", "excluded"])
async def test_a_heir_whose_sources_were_just_edited_is_waited_for(cluster: Refusing, how: str) -> None:
    """Who applies both changes at once does not see its copy deleted and made anew."""
    cluster.secret("other", login(HOST, password="other"), namespace="platform")
    first(cluster)
    heir = cluster.policy("second", told=(), secretName="harbor", namespaces={"include": ["web"]})
    engine = await at_rest(cluster)
    copy = copy_in_web(engine)
    credentials = [{"type": "DockerConfig", "secretRef": {"namespace": "platform", "name": "other"}}]
    edited = cluster.store.get(CLUSTER_PULL_SECRET, "second")
    cluster.store.update(
        CLUSTER_PULL_SECRET, {**edited, "spec": {**edited["spec"], "credentials": credentials}}
    )
    leave(cluster, how)
    now = await second_takes_over(engine, copy, heir)
    assert password_of(now) == "other"


async def test_while_it_waits_it_says_for_whom(cluster: Refusing) -> None:
    first(cluster)
    engine = await at_rest(cluster)
    cluster.policy("mine", namespace="web", told=(), secretName="harbor")
    heir = PolicyKey("PullSecret", "web", "mine")
    while steps := [step for step in engine.steps() if not isinstance(step[1], NamespaceKey)]:
        await engine.step(*steps[0])
    assert engine.world.states.get(heir) is not None
    leave(cluster, "deleted")
    while steps := [step for step in engine.steps() if step[1] != NamespaceKey(heir, "web")]:
        await engine.step(*steps[0])
    await engine.statuses.work(engine.guarded, PolicyKey("ClusterPullSecret", "", "first"))
    ready = condition(engine.status("first"))
    assert ready["reason"] == "Deleting"
    assert ready["message"].endswith("in web it waits for PullSecret web/mine to take the copy over")
    await engine.settle()
    assert engine.find(CLUSTER_PULL_SECRET, "first") is None


async def test_nobody_takes_over_what_orphan_leaves(cluster: Refusing) -> None:
    first(cluster, deletionPolicy="Orphan")
    engine = await at_rest(cluster)
    cluster.policy("second", told=(), secretName="harbor", namespaces={"include": ["web"]})
    await engine.settle()
    copy, account = copy_in_web(engine), cluster.store.get(SERVICE_ACCOUNT, "default", "web")
    leave(cluster, "deleted")
    while watches := [step for step in engine.steps() if step[0] == "watch"]:
        await engine.step(*watches[0])
    await engine.namespaces.work(
        engine.guarded, NamespaceKey(PolicyKey("ClusterPullSecret", "", "second"), "web")
    )
    await engine.settle()
    assert engine.find(CLUSTER_PULL_SECRET, "first") is None
    assert copy_in_web(engine) == copy
    assert condition(engine.status("second"))["reason"] == "NamespacesFailed"

    obj = cluster.store.get(CLUSTER_PULL_SECRET, "second")
    cluster.store.update(
        CLUSTER_PULL_SECRET, {**obj, "metadata": {**obj["metadata"], "finalizers": ["pullsecret.dev/detach"]}}
    )
    cluster.store.delete(CLUSTER_PULL_SECRET, "second")
    await engine.settle()
    assert engine.find(CLUSTER_PULL_SECRET, "second") is None
    assert copy_in_web(engine) == copy
    assert cluster.store.get(SERVICE_ACCOUNT, "default", "web") == account, "an orphan's entries stay with it"


async def test_a_pause_in_a_war_does_not_put_off_taking_away(cluster: Refusing) -> None:
    web = cluster.store.get(NAMESPACE, "web")
    cluster.store.update(NAMESPACE, {**web, "metadata": {**web["metadata"], "labels": {"team": "web"}}})
    only = {"selector": {"matchLabels": {"team": "web"}}}
    cluster.policy("first", told=(), secretName="harbor", namespaces=only)
    engine = await at_rest(cluster)
    (state,) = engine.world.states
    while not state.wars.wrote("web", ["update secret/harbor (content)"], engine.clock):
        continue
    web = cluster.store.get(NAMESPACE, "web")
    cluster.store.update(NAMESPACE, {**web, "metadata": {**web["metadata"], "labels": {}}})
    before = engine.clock
    while steps := engine.steps():
        await engine.step(*steps[0])
    assert (copy_in_web(engine), engine.clock) == (None, before)
    assert names_in(cluster.store.get(SERVICE_ACCOUNT, "default", "web")) == []


async def test_a_pull_secret_is_no_rival_elsewhere(cluster: Refusing) -> None:
    """A Secret that was copied by hand, marks and all, is not taken from who copied it."""
    mine = cluster.policy("mine", namespace="web", told=(), secretName="harbor")
    cluster.namespace("shop")
    theirs = cluster.copy(mine, namespace="shop")
    cluster.policy("first", told=(), secretName="harbor", namespaces={"include": ["shop"]})
    engine = await at_rest(cluster)
    assert engine.find(SECRET, "harbor", "shop") == theirs
    assert engine.status("first")["failures"][0]["reason"] == "SecretConflict"
    assert engine.find(PULL_SECRET, "mine", "web") is not None
