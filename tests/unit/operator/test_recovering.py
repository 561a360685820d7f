"""Where the controller looks for Pods that got stuck before it led, and what stops it where it may not."""

from types import SimpleNamespace

import pytest

from pullsecret.core.errors import ClusterUnreachable, Forbidden
from pullsecret.core.objects import NAMESPACE, POD
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.controller import Controller
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.scope import Scope
from support.clusters import replica_set
from support.policies import PolicyCluster


class Cluster(PolicyCluster):
    """A cluster in which Pods of some namespaces may not be listed."""

    def __init__(self):
        super().__init__()
        self.refused, self.looked = {}, []
        for name in ("a", "b", "c"):
            self.namespace(name)
            self.pod("stuck", namespace=name, waiting="ImagePullBackOff", owner=replica_set())

    async def list(self, kind, **how):
        if kind == POD:
            self.looked.append(how["namespace"])
            if error := self.refused.get(how["namespace"]):
                raise error
        return await super().list(kind, **how)


class Leading:
    """A controller that leads, and one policy that asks for it."""

    def __init__(self, *watched, namespace=""):
        self.cluster, self.told, self.looks, self.again = Cluster(), [], [], []
        self.controller = Controller(
            self.cluster, None, bounds=Bounds(frozenset({"platform"})), open_=None, metrics=Metrics(),
            telling=SimpleNamespace(tell=self.tell, recovered=None), scope=Scope(watched),
        )  # fmt: skip
        self.controller._work = SimpleNamespace(
            recovery=lambda key, _after: self.looks.append(key.namespace),
            policy=lambda _key, after: self.again.append(after),
        )
        world = self.controller._world
        for obj in self.cluster.store.list(NAMESPACE):
            world.namespaces.put(obj)
        self.state = world.states.see(self.cluster.policy(namespace=namespace, recoverPods=True))

    def tell(self, _state, reason, message, *, warning):
        assert warning
        self.told.append((reason, message))

    async def begin(self):
        await self.controller._recover_what_is_left(self.cluster, self.state)
        return sorted(self.looks)


def forbidden(namespace):
    return Forbidden(f"pods is forbidden in {namespace}", status=403, reason="Forbidden")


@pytest.mark.parametrize("watched", [(), ("a", "b")], ids=["a whole cluster", "some namespaces"])
async def test_a_pull_secret_has_its_own_namespace_looked_at_and_no_other(watched):
    leading = Leading(*watched, namespace="a")
    leading.cluster.refused = {"b": forbidden("b"), "": forbidden("all")}
    assert await leading.begin() == ["a"]
    assert (leading.cluster.looked, leading.told) == (["a"], [])


async def test_one_that_is_for_all_takes_one_look():
    leading = Leading()
    assert await leading.begin() == ["a", "b", "c"]
    assert leading.cluster.looked == [""]


@pytest.mark.parametrize("refused", ["a", "b", "c"])
async def test_a_namespace_that_may_not_be_looked_at_stops_no_other_and_is_told(refused):
    leading = Leading("a", "b", "c")
    leading.cluster.refused = {refused: forbidden(refused)}
    assert await leading.begin() == sorted({"a", "b", "c"} - {refused})
    assert leading.told == [
        ("RecoveryFailed", f"stuck Pods cannot be looked for: pods is forbidden in {refused}")
    ]


async def test_who_was_refused_is_tried_again_and_not_at_once():
    leading = Leading(namespace="a")
    leading.cluster.refused = {"a": forbidden("a")}
    assert await leading.begin() == []
    assert leading.again == [pytest.approx(300)]
    leading.cluster.refused = {}
    assert await leading.begin() == ["a"]
    assert await leading.begin() == ["a"], "only once"


async def test_what_fails_otherwise_is_tried_again_by_the_queue():
    leading = Leading(namespace="a")
    leading.cluster.refused = {"a": ClusterUnreachable("no")}
    with pytest.raises(ClusterUnreachable):
        await leading.begin()
    leading.cluster.refused = {}
    assert await leading.begin() == ["a"]
