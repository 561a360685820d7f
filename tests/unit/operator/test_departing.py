"""What happens to the policies of a namespace that is being deleted: nothing may keep it."""

import pytest

from pullsecret.core.errors import Conflict
from pullsecret.core.objects import NAMESPACE, SECRET, Object, annotations_of
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, FINALIZER, PULL_SECRET
from support.clusters import login
from support.engines import Engine
from support.operating import HOST
from support.policies import PolicyCluster

THEIRS = "example.com/theirs"
OWN = PolicyKey("PullSecret", "web", "own")


@pytest.fixture
def cluster() -> PolicyCluster:
    made = PolicyCluster()
    for name in ("web", "platform"):
        made.namespace(name)
        made.secret("login", login(HOST), namespace=name)
    return made


def finalizers(cluster: PolicyCluster) -> list[str]:
    found: list[str] = cluster.store.get(PULL_SECRET, "own", "web")["metadata"].get("finalizers", [])
    return found


async def at_rest(cluster: PolicyCluster) -> Engine:
    cluster.policy("own", namespace="web", told=())
    cluster.policy("wide", told=(), namespaces={"include": ["web"]})
    engine = Engine(cluster)
    await engine.settle()
    assert finalizers(cluster) == [THEIRS, FINALIZER]
    return engine


def copies(engine: Engine) -> list[Object]:
    names = ("own", "wide")
    return [obj for name in names if (obj := engine.find(SECRET, name, "web")) and annotations_of(obj)]


async def test_its_own_policies_are_let_go_at_once(cluster: PolicyCluster) -> None:
    """Before they are deleted themselves: with the rights to them it may be over by then."""
    engine = await at_rest(cluster)
    before, told = copies(engine), engine.status("own", "web")
    cluster.writes.clear()
    cluster.store.delete(NAMESPACE, "web")
    await engine.step("watch", "namespaces")
    while steps := [step for step in engine.steps() if not isinstance(step[1], PolicyKey)]:
        await engine.step(*steps[0])
    assert cluster.writes == [("patch", "pullsecrets")], "whatever its policy waits for, such as a registry"
    await engine.settle()
    assert finalizers(cluster) == [THEIRS]
    assert (copies(engine), engine.status("own", "web")) == (before, told)
    assert FINALIZER in cluster.store.get(CLUSTER_PULL_SECRET, "wide")["metadata"]["finalizers"]


async def test_so_they_are_by_one_who_begins_to_lead(cluster: PolicyCluster) -> None:
    (await at_rest(cluster)).stop()
    cluster.store.delete(NAMESPACE, "web")
    cluster.store.delete(PULL_SECRET, "own", "web")
    engine = Engine(cluster)
    engine.todo.policy(OWN)
    await engine.settle()
    assert finalizers(cluster) == [THEIRS]


async def test_a_policy_that_comes_too_late_gets_no_finalizer(cluster: PolicyCluster) -> None:
    obj = cluster.policy("own", namespace="web", told=())
    obj["metadata"]["finalizers"].remove(FINALIZER)
    cluster.store.update(PULL_SECRET, obj)
    cluster.store.delete(NAMESPACE, "web")
    engine = Engine(cluster)
    engine.todo.policy(OWN)
    await engine.settle()
    assert finalizers(cluster) == [THEIRS]
    assert not cluster.writes


async def test_somebody_else_is_quicker(cluster: PolicyCluster) -> None:
    """Their finalizer is not taken off with ours."""
    engine = await at_rest(cluster)
    cluster.refuse("patch", Conflict("the object has been modified", status=409, reason="Conflict"))
    obj = cluster.store.get(PULL_SECRET, "own", "web")
    obj["metadata"]["finalizers"].append("example.com/more")
    cluster.store.update(PULL_SECRET, obj)
    cluster.store.delete(NAMESPACE, "web")
    await engine.settle()
    assert finalizers(cluster) == [THEIRS, "example.com/more"]
