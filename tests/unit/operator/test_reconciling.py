"""Policies, namespaces and statuses are worked on one step after another, over an imitation cluster."""

import asyncio

import pytest

from pullsecret.core.errors import ApiError, ClusterError, Forbidden, TooManyRequests
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, annotations_of
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.names import ATTACHED, CLUSTER_PULL_SECRET, FINALIZER, PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.core.watching import Change, ChangeType
from pullsecret.operator.namespaces import NamespaceKey
from support.clusters import login, names_in
from support.engines import Engine
from support.operating import HOST, PASSWORD, condition, password_of
from support.policies import PolicyCluster

KEY = PolicyKey("ClusterPullSecret", "", "harbor")
WEB = NamespaceKey(KEY, "web")


@pytest.fixture
def cluster():
    made = PolicyCluster()
    for name in ("web", "platform"):
        made.namespace(name)
    made.secret("login", login(HOST), namespace="platform")
    return made


def a_policy(cluster, name="harbor", *, namespaces=("web",), **spec):
    return cluster.policy(name, told=(), namespaces={"include": list(namespaces)}, **spec)


async def at_rest(cluster):
    engine = Engine(cluster)
    await engine.settle()
    return engine


def change(cluster, kind, name, namespace="", **parts):
    obj = cluster.store.get(kind, name, namespace)
    return cluster.store.update(kind, {**obj, **parts})


def copy_of(engine, namespace="web", name="harbor"):
    return engine.find(SECRET, name, namespace)


async def test_one_write_each_and_then_none(cluster):
    a_policy(cluster)
    engine = await at_rest(cluster)
    assert cluster.writes.count(("create", "secrets")) == 1
    assert cluster.writes.count(("patch", "serviceaccounts")) == 1
    before = list(cluster.writes)
    for kind in (CLUSTER_PULL_SECRET, SECRET, SERVICE_ACCOUNT, NAMESPACE):
        engine.relist(kind)
    engine.todo.policy(KEY)
    engine.todo.namespace(WEB)
    engine.todo.status(KEY)
    await engine.settle()
    await at_rest(cluster)
    assert cluster.writes == before


async def test_no_namespace_before_its_policy_was_looked_at(cluster):
    """Its Secrets may not have been seen yet: what is ours could be taken for another's."""
    a_policy(cluster)
    cluster.attach("harbor")
    engine = Engine(cluster)
    result = await engine.namespaces.work(engine.guarded, WEB)
    assert (result.written, cluster.writes) == (0, [])
    gone = NamespaceKey(PolicyKey("PullSecret", "web", "gone"), "web")
    assert (await engine.namespaces.work(engine.guarded, gone)).written == 0
    assert await engine.policies.work(engine.guarded, gone.policy) is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(Forbidden("exceeded quota", status=403, reason="Forbidden"), "Forbidden", id="quota"),
        pytest.param(ApiError("etcd is slow", status=500, reason="InternalError"), "InternalError", id="500"),
    ],
)
async def test_a_namespace_that_refuses_is_told_and_tried_again(cluster, error, reason):
    cluster.namespace("shop")
    a_policy(cluster, namespaces=("web", "shop"))
    engine = Engine(cluster)
    cluster.refuse("create", error)
    while engine.steps():
        await engine.step(*engine.steps()[0])
    (state,) = engine.world.states
    (failure,) = state.failures.values()
    assert (failure.reason, failure.message) == (reason, error.message)
    assert len(state.synced) == 1, "the other one is done"
    await engine.settle()
    assert state.failures == {}
    assert condition(engine.status("harbor"))["reason"] == "Synced"


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(TooManyRequests("slow down", status=429), id="429"),
        pytest.param(ApiError("shutting down", status=503, retry_after=7), id="retry-after"),
    ],
)
async def test_a_busy_server_is_no_failure(cluster, error):
    a_policy(cluster)
    engine = Engine(cluster)
    cluster.refuse("create", error)
    while engine.steps():
        await engine.step(*engine.steps()[0])
    (state,) = engine.world.states
    assert (state.failures, state.synced) == ({}, set())
    await engine.settle()
    assert [reason for _, reason in engine.notes.told] == ["Synced"]
    assert copy_of(engine) is not None


async def test_what_a_busy_server_puts_off_is_not_told_to_be_done(cluster):
    a_policy(cluster, namespaces=("web", "shop"))
    engine = await at_rest(cluster)
    assert condition(engine.status("harbor"))["status"] == "True"
    cluster.namespace("shop")
    cluster.refuse("create", TooManyRequests("slow down", status=429))
    while engine.steps():
        await engine.step(*engine.steps()[0])
    await engine.statuses.work(engine.guarded, KEY)
    status = engine.status("harbor")
    assert (condition(status)["reason"], status["summary"]["synced"]) == ("Syncing", "1/2")
    await engine.settle()
    assert condition(engine.status("harbor"))["status"] == "True"


@pytest.mark.parametrize("verb", ["patch", "create"])
async def test_somebody_else_is_quicker(cluster, verb):
    """Their entry is kept, whenever they write."""
    a_policy(cluster)
    engine = Engine(cluster)
    cluster.meddle(verb, lambda: cluster.account("default", "theirs"))
    await engine.settle()
    account = engine.find(SERVICE_ACCOUNT, "default", "web")
    assert sorted(names_in(account)) == ["harbor", "theirs"]
    assert annotations_of(account)[ATTACHED] == "harbor"


async def test_what_others_did_before_an_answer_is_not_missed(cluster):
    """Two policies name a ServiceAccount; somebody empties its list, and one of the two is quicker than the
    watch: the other one's entry is put back all the same."""
    a_policy(cluster, "one")
    a_policy(cluster, "two")
    engine = await at_rest(cluster)
    change(cluster, SERVICE_ACCOUNT, "default", "web", imagePullSecrets=[])
    cluster.store.delete(SECRET, "one", "web")
    await engine.step("watch", "secrets")
    await engine.step("work", NamespaceKey(PolicyKey("ClusterPullSecret", "", "one"), "web"))
    await engine.settle()
    assert sorted(names_in(engine.find(SERVICE_ACCOUNT, "default", "web"))) == ["one", "two"]


async def test_a_spec_that_comes_with_a_conflict_is_not_missed(cluster):
    """The status is refused since the spec was changed; it is read, and the watch's news come too late."""
    a_policy(cluster)
    engine = await at_rest(cluster)
    cluster.secret("second", login(HOST, password="second-word"), namespace="platform")
    ref = {"namespace": "platform", "name": "second"}
    obj = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
    obj["spec"]["credentials"] = [{"type": "DockerConfig", "secretRef": ref}]
    cluster.store.update(CLUSTER_PULL_SECRET, obj)
    (state,) = engine.world.states
    state.failures.clear()
    state.synced.clear()
    state.written = 1
    engine.todo.now.clear()
    await engine.step("work", ("status", KEY))
    await engine.settle()
    assert password_of(copy_of(engine)) == "second-word"
    assert engine.status("harbor")["observedGeneration"] == 2


async def test_a_deletion_waits_for_what_is_being_made(cluster):
    """Deleted while a copy is on its way: the finalizer stays until it has come and gone."""
    a_policy(cluster)
    engine = Engine(cluster)
    await engine.step("work", KEY)
    began, go_on = asyncio.Event(), asyncio.Event()
    create = cluster.create

    async def slow(*words, **how):
        began.set()
        await go_on.wait()
        return await create(*words, **how)

    cluster.create = slow
    making = asyncio.create_task(engine.namespaces.work(engine.guarded, WEB))
    await asyncio.wait_for(began.wait(), 1)
    cluster.store.delete(CLUSTER_PULL_SECRET, "harbor")
    while engine.pending["clusterpullsecrets"]:
        await engine.step("watch", "clusterpullsecrets")
    for _ in range(3):
        assert await engine.policies.work(engine.guarded, KEY) is not None
    assert engine.find(CLUSTER_PULL_SECRET, "harbor") is not None
    go_on.set()
    await making
    cluster.create = create
    await engine.settle()
    assert FINALIZER not in engine.find(CLUSTER_PULL_SECRET, "harbor")["metadata"]["finalizers"]
    assert copy_of(engine) is None


async def test_a_policy_that_is_gone_before_our_finalizer_gets_nothing(cluster):
    obj = a_policy(cluster)
    change(cluster, CLUSTER_PULL_SECRET, "harbor", metadata={**obj["metadata"], "finalizers": []})
    engine = Engine(cluster)
    cluster.store.delete(CLUSTER_PULL_SECRET, "harbor")
    await engine.step("work", KEY)
    assert not engine.world.states.get(KEY).reconciled
    await engine.settle()
    assert ("create", "secrets") not in cluster.writes


async def test_a_deletion_that_fails_somewhere_says_where(cluster):
    a_policy(cluster)
    engine = await at_rest(cluster)
    cluster.store.delete(CLUSTER_PULL_SECRET, "harbor")
    cluster.refuse("delete", Forbidden("a webhook says no", status=403, reason="Forbidden"), times=99)
    rounds = 10
    for _ in range(rounds):
        while engine.steps():
            await engine.step(*engine.steps()[0])
        engine.todo.now, engine.todo.later = engine.todo.later, {}
    assert "web: a webhook says no" in condition(engine.status("harbor"))["message"]
    assert cluster.writes.count(("delete", "secrets")) <= rounds, "once a retry, not once a look"
    cluster.before.clear()
    await engine.settle()
    assert FINALIZER not in engine.find(CLUSTER_PULL_SECRET, "harbor")["metadata"]["finalizers"]
    assert copy_of(engine) is None


async def test_the_first_rename_is_told_before_the_first_copy(cluster):
    """Killed right after: whoever comes next finds the copies of the former name."""
    a_policy(cluster)
    engine = Engine(cluster)
    await engine.step("work", KEY)
    assert engine.status("harbor")["secretNames"] == ["harbor"]
    assert copy_of(engine) is None
    await engine.step("work", WEB)
    engine.stop()
    obj = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
    change(cluster, CLUSTER_PULL_SECRET, "harbor", spec={**obj["spec"], "secretName": "other"})
    engine = await at_rest(cluster)
    assert (copy_of(engine), copy_of(engine, name="other") is None) == (None, False)


async def test_a_name_is_told_while_a_copy_of_it_is_on_its_way(cluster):
    """Renamed twice while a request takes its time: the copy that it makes at last is found and goes."""
    a_policy(cluster)
    engine = await at_rest(cluster)
    began, go_on = asyncio.Event(), asyncio.Event()
    create = cluster.create

    async def slow(*words, **how):
        began.set()
        await go_on.wait()
        return await create(*words, **how)

    def rename(to):
        obj = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
        change(cluster, CLUSTER_PULL_SECRET, "harbor", spec={**obj["spec"], "secretName": to})

    rename("middle")
    await engine.step("watch", "clusterpullsecrets")
    await engine.step("work", KEY)
    cluster.create = slow
    making = asyncio.create_task(engine.namespaces.work(engine.guarded, WEB))
    await asyncio.wait_for(began.wait(), 1)
    cluster.create = create
    rename("last")
    await engine.settle()
    assert engine.status("harbor")["secretNames"] == ["harbor", "middle", "last"]
    go_on.set()
    await making
    engine.todo.namespace(WEB)  # as the controller has it looked at after each change of ours
    await engine.settle()
    assert engine.status("harbor")["secretNames"] == ["last"]
    assert [copy_of(engine, name=name) is None for name in ("harbor", "middle", "last")] == [
        True,
        True,
        False,
    ]


async def test_a_definition_that_drops_the_names_is_told_of_and_nothing_is_made(cluster):
    a_policy(cluster)
    engine, patch = Engine(cluster), cluster.patch

    async def pruned(kind, name, body, **how):
        body.get("status", {}).pop("secretNames", None)
        return await patch(kind, name, body, **how)

    cluster.patch = pruned
    with pytest.raises(ClusterError, match="older than this operator"):
        await engine.policies.work(engine.guarded, KEY)
    assert copy_of(engine) is None


async def test_a_name_that_somebody_takes_out_of_the_status_is_told_again(cluster):
    a_policy(cluster)
    engine = await at_rest(cluster)
    obj = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
    cluster.store.update_status(CLUSTER_PULL_SECRET, {**obj, "status": {**obj["status"], "secretNames": []}})
    cluster.store.delete(SECRET, "harbor", "web")
    await engine.settle()
    assert engine.status("harbor")["secretNames"] == ["harbor"]
    assert copy_of(engine) is not None


async def test_a_spec_changed_while_it_is_tried_is_tried_again(cluster):
    """What a registry says of the old spec counts for nothing."""
    a_policy(cluster, verify={"onUnreachable": "Deny"})
    engine = Engine(cluster)
    engine.registries.down = True
    ask = engine.registries.login

    async def changing(host, credential):
        engine.registries.login = ask
        obj = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
        cluster.store.update(
            CLUSTER_PULL_SECRET, {**obj, "spec": {**obj["spec"], "verify": {"plainHTTP": True}}}
        )
        await engine.step("watch", "clusterpullsecrets")
        return await ask(host, credential)

    engine.registries.login = changing
    await engine.step("work", KEY)
    assert copy_of(engine) is None
    engine.registries.down = False
    await engine.settle()
    assert password_of(copy_of(engine)) == PASSWORD


async def test_a_late_event_of_before_our_write_is_passed_over(cluster):
    a_policy(cluster)
    engine = await at_rest(cluster)
    old = copy_of(engine)
    cluster.store.update(SECRET, {**old, "data": {".dockerconfigjson": "e30="}})
    await engine.settle()
    before = len(cluster.writes)
    late = Change(ChangeType.MODIFIED, {**old, "data": {".dockerconfigjson": "e30="}})
    engine.pending["secrets"].append(late)
    await engine.settle()
    assert len(cluster.writes) == before


async def test_expiry_and_other_troubles_leave_what_is_handed_out(cluster):
    obj = cluster.store.get(SECRET, "login", "platform")
    meta = {**obj["metadata"], "annotations": {"pullsecret.dev/expires-at": "2026-11-21T00:00:00Z"}}
    change(cluster, SECRET, "login", "platform", metadata=meta)
    a_policy(cluster)
    engine = await at_rest(cluster)
    assert condition(engine.status("harbor"))["reason"] == "CredentialExpired"
    assert copy_of(engine) is not None
    assert engine.status("harbor")["summary"]["expires"] == "2026-11-21T00:00:00Z"


async def test_a_refusal_is_told_once_and_as_of_this_spec(cluster):
    a_policy(cluster)
    engine = Engine(cluster)
    (state,) = engine.world.states
    for _ in range(3):
        engine.policies.refused(state, "secrets/platform/login", "no right")
    assert engine.notes.told == [("harbor", "SourceForbidden")]
    await engine.statuses.work(engine.guarded, KEY)
    assert engine.status("harbor")["observedGeneration"] == 1
    assert condition(engine.status("harbor"))["reason"] == "SourceForbidden"


async def test_a_stale_watch_is_told(cluster):
    a_policy(cluster)
    engine = await at_rest(cluster)
    (state,) = engine.world.states
    state.stale = "secrets/harbor"
    await engine.statuses.work(engine.guarded, KEY)
    ready = condition(engine.status("harbor"))
    assert (ready["status"], ready["reason"]) == ("False", "WatchStale")


async def test_failures_are_bounded_and_the_counts_are_not(cluster):
    for number in range(25):
        cluster.namespace(f"n{number:02}")
        cluster.secret("harbor", namespace=f"n{number:02}")
    a_policy(cluster, namespaces=("n*",))
    engine = await at_rest(cluster)
    status = engine.status("harbor")
    assert status["namespaces"] == {"desired": 25, "synced": 0, "failed": 25}
    assert len(status["failures"]) == 20
    assert engine.notes.told == [("harbor", "SecretConflict")]


async def test_a_pull_secret_has_no_say_elsewhere(cluster):
    cluster.secret("login", login(HOST), namespace="web")
    cluster.policy("own", namespace="web", told=())
    cluster.namespace("shop")
    engine = await at_rest(cluster)
    key = PolicyKey(PULL_SECRET.kind, "web", "own")
    before = len(cluster.writes)
    assert (await engine.namespaces.work(engine.guarded, NamespaceKey(key, "shop"))).written == 0
    assert len(cluster.writes) == before
    assert copy_of(engine, "web", "own") is not None
    assert copy_of(engine, "shop", "own") is None


async def test_our_status_is_put_right_when_somebody_writes_it(cluster):
    a_policy(cluster)
    engine = await at_rest(cluster)
    good = engine.status("harbor")
    obj = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
    cluster.store.update_status(
        CLUSTER_PULL_SECRET,
        {**obj, "status": {**good, "namespaces": {"desired": 7, "synced": 7, "failed": 0}}},
    )
    await engine.settle()
    assert engine.status("harbor")["namespaces"] == good["namespaces"]


@pytest.mark.parametrize("how", ["rotated", "replaced-by-another-source"])
async def test_an_old_password_is_not_kept_in_memory(cluster, how):
    policy = a_policy(cluster)
    engine = await at_rest(cluster)
    old = copy_of(engine)["data"][".dockerconfigjson"]
    assert old in engine.world._slim._texts
    new = secret_manifest("next", login(HOST, password="next-word"))
    if how == "rotated":
        change(cluster, SECRET, "login", "platform", data=new["data"])
    else:
        cluster.secret("next", login(HOST, password="next-word"), namespace="platform")
        source = {"type": "DockerConfig", "secretRef": {"namespace": "platform", "name": "next"}}
        change(cluster, CLUSTER_PULL_SECRET, "harbor", spec={**policy["spec"], "credentials": [source]})
    await engine.settle()
    assert password_of(copy_of(engine)) == "next-word"
    assert old not in engine.world._slim._texts
