"""Only the leader writes, and what it writes is known as ours."""

import asyncio

import pytest

from pullsecret.app.ports import PatchType
from pullsecret.core.errors import ApiError, NotFound, TooManyRequests
from pullsecret.core.objects import EVENT, POD, SECRET, SERVICE_ACCOUNT
from pullsecret.operator.election import Leadership
from pullsecret.operator.guard import GuardedCluster, NotLeading
from pullsecret.operator.lease import Timing
from pullsecret.operator.world import World
from support.clusters import TestCluster
from support.contract import pull_secret

MERGE = PatchType.MERGE


@pytest.fixture
def cluster():
    made = TestCluster()
    made.namespace("web")
    return made


class Guarded:
    def __init__(self, cluster):
        self.world, self.leadership, self.told = World(), Leadership.always(), []
        self.world.secrets.changed = lambda old, new: self.told.append((old, new))
        self.throttled = []
        self.cluster = GuardedCluster(cluster, self.leadership, self.world, self.throttled.append)


WRITES = [
    pytest.param(lambda c: c.create(SECRET, pull_secret("new"), namespace="web"), id="create"),
    pytest.param(lambda c: c.patch(SECRET, "x", {}, patch_type=MERGE, namespace="web"), id="patch"),
    pytest.param(lambda c: c.delete(SECRET, "x", namespace="web"), id="delete"),
    pytest.param(lambda c: c.evict("x", namespace="web"), id="evict"),
]


@pytest.mark.parametrize("write", WRITES)
async def test_who_does_not_lead_sends_nothing(cluster, write):
    guarded = Guarded(cluster)
    guarded.leadership.end()
    with pytest.raises(NotLeading):
        await write(guarded.cluster)
    assert cluster.writes == []
    assert await guarded.cluster.list(SERVICE_ACCOUNT, namespace="web"), "reading is no harm"
    assert await guarded.cluster.get(SERVICE_ACCOUNT, "default", namespace="web")


READS = [
    pytest.param(lambda c: c.get(SECRET, "x", namespace="web"), id="get"),
    pytest.param(lambda c: c.list(SECRET, namespace="web"), id="list"),
]
BUDGET = (("DisruptionBudget", "web"),)


class Refusing:
    """A cluster that answers everything with one error."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, _verb):
        async def refuse(*_words, **_how):
            raise self.error

        return refuse


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize(
    ("error", "throttled"),
    [
        pytest.param(TooManyRequests("busy", status=429, retry_after=7), [7], id="429"),
        pytest.param(ApiError("down", status=503, retry_after=5), [5], id="retry-after"),
        pytest.param(ApiError("down", status=503), [], id="503-alone"),
        pytest.param(TooManyRequests("budget", status=429, causes=BUDGET), [], id="a-budget-s-verdict"),
    ],
)
async def test_what_the_server_asks_for_is_heeded(call, error, throttled):
    guarded = Guarded(Refusing(error))
    with pytest.raises(type(error)):
        await call(guarded.cluster)
    assert guarded.throttled == throttled


async def test_its_own_writes_are_known(cluster):
    guarded = Guarded(cluster)
    made = await guarded.cluster.create(SECRET, pull_secret("x"), namespace="web")
    assert guarded.world.secrets.get("web", "x")["metadata"]["uid"] == made["metadata"]["uid"]
    patch = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"], "labels": {"a": "b"}}}
    patched = await guarded.cluster.patch(SECRET, "x", patch, patch_type=MERGE, namespace="web")
    known = guarded.world.secrets.get("web", "x")["metadata"]
    assert known["resourceVersion"] == patched["metadata"]["resourceVersion"]
    assert guarded.told == []
    await guarded.cluster.delete(SECRET, "x", namespace="web", uid=known["uid"])
    assert guarded.world.secrets.get("web", "x") is None


async def test_a_write_on_what_was_not_known_is_told(cluster):
    guarded = Guarded(cluster)
    theirs = cluster.secret("x")
    patch = {"metadata": {"resourceVersion": theirs["metadata"]["resourceVersion"], "labels": {"a": "b"}}}
    await guarded.cluster.patch(SECRET, "x", patch, patch_type=MERGE, namespace="web")
    assert len(guarded.told) == 1


async def test_kinds_that_nobody_follows_pass(cluster):
    guarded = Guarded(cluster)
    event = {
        "metadata": {"name": "e"}, "reason": "Synced", "message": "x", "type": "Normal",
        "involvedObject": {"kind": "Pod", "name": "x", "namespace": "web"},
    }  # fmt: skip
    await guarded.cluster.create(EVENT, event, namespace="web")
    cluster.pod("x")
    await guarded.cluster.evict("x", namespace="web")
    with pytest.raises(NotFound):
        await guarded.cluster.delete(POD, "y", namespace="web")
    assert cluster.writes == [("create", "events"), ("evict", "x"), ("delete", "pods")]


@pytest.mark.parametrize("write", WRITES)
async def test_an_answer_is_waited_for_only_while_nobody_else_can_lead(write):
    """The API server does not answer; the lease is not renewed meanwhile."""
    given_up = []

    class Silent:
        async def _never(self, *_args, **_options):
            try:
                await asyncio.Event().wait()
            finally:
                given_up.append(True)

        create = patch = delete = evict = _never

    clock = asyncio.get_running_loop().time
    leadership = Leadership(clock, clock() + 0.02, grace=0.02)
    with pytest.raises(NotLeading, match="given up"):
        await asyncio.wait_for(write(GuardedCluster(Silent(), leadership, World())), 1)
    assert given_up == [True]


async def test_a_late_answer_is_waited_for_while_the_lease_is_renewed():
    """Admission may take longer than a lease lasts; who gave up each time would never have written it."""
    asked, answer = asyncio.Event(), asyncio.Event()

    class Late:
        async def create(self, _kind, obj, **_how):
            asked.set()
            await answer.wait()
            return obj

    leadership = Leadership(lambda: 0.0, 0.2, grace=0.1)
    guarded = GuardedCluster(Late(), leadership, World())
    writing = asyncio.create_task(guarded.create(SECRET, pull_secret("new"), namespace="web"))
    await asked.wait()
    leadership.extend(60.0)
    await asyncio.wait({writing}, timeout=0.4)
    answer.set()
    assert (await writing)["metadata"]["name"] == "new"


@pytest.mark.parametrize(("duration", "deadline"), [(15.0, 10.0), (60.0, 40.0), (6.0, 4.0)])
def test_an_answer_is_not_waited_for_until_others_may_lead(duration, deadline):
    timing = Timing(duration, deadline, 2.0)
    assert 0 < timing.grace < duration - deadline
