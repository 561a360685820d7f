"""A second operator with other settings tells another status of a policy: they do not fight for ever."""

import pytest

from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.operator.wars import ROUNDS
from support.clusters import login
from support.engines import Engine
from support.operating import HOST, condition
from support.policies import PolicyCluster

KEY = PolicyKey("ClusterPullSecret", "", "harbor")
TOLD = ("patch", "clusterpullsecrets")


@pytest.fixture
async def engine():
    cluster = PolicyCluster()
    for name in ("web", "platform"):
        cluster.namespace(name)
    cluster.secret("login", login(HOST), namespace="platform")
    cluster.policy("harbor", namespaces={"include": ["web"]})
    made = Engine(cluster)
    await made.settle()
    return made


async def contradicted(engine, times):
    """Let somebody tell another status so often, and us tell ours each time; give what comes of each time."""
    waits = []
    for _ in range(times):
        obj = engine.cluster.store.get(CLUSTER_PULL_SECRET, "harbor", "")
        other = {**obj["status"]["conditions"][0], "status": "False", "reason": "InvalidSpec"}
        obj["status"]["conditions"] = [other]
        engine.cluster.store.update_status(CLUSTER_PULL_SECRET, obj)
        while watched := [which for what, which in engine.steps() if what == "watch"]:
            await engine.step("watch", watched[0])
        waits.append(await engine.statuses.work(engine.guarded, KEY))
    return waits


async def test_a_status_that_is_contradicted_is_told_a_few_times_and_then_seldom(engine):
    engine.cluster.writes.clear()
    engine.clock += 100
    waits = await contradicted(engine, 4 * ROUNDS)
    assert engine.cluster.writes.count(TOLD) <= ROUNDS
    assert waits[0] is None
    assert waits[-1] is not None
    assert 0 < waits[-1] <= 15

    engine.clock += waits[-1]
    assert await engine.statuses.work(engine.guarded, KEY) is None
    assert condition(engine.status("harbor"))["reason"] == "Synced"


async def test_one_who_contradicts_now_and_then_is_answered_each_time(engine):
    engine.cluster.writes.clear()
    for _ in range(3 * ROUNDS):
        engine.clock += 30
        assert await contradicted(engine, 1) == [None]
    assert engine.cluster.writes.count(TOLD) == 3 * ROUNDS
