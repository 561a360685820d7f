"""Pods that came too early: when they are looked for, and for how long."""

import pytest

from pullsecret.app.outcome import Action
from pullsecret.core.errors import ClusterUnreachable
from pullsecret.core.objects import NAMESPACE, POD, REPLICA_SET, SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, EXCLUDE
from pullsecret.core.policy.reading import key_of
from pullsecret.operator.misses import MOST
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.recovery import LOOKS, SELDOM, RecoveryWorker
from pullsecret.operator.world import World
from support.clusters import names_in, no_sleep, replica_set
from support.policies import PolicyCluster


class Recovery:
    """A worker, and the namespace `web` of a policy that asks for it."""

    def __init__(self, cluster=None, **spec):
        self.cluster, self.told = cluster or PolicyCluster(), []
        self.cluster.namespace("web")
        self.policy = self.cluster.policy(secretName="harbor", **{"recoverPods": True, **spec})
        self.cluster.account("default", "harbor")
        self.cluster.account("other")
        self.cluster.copy(self.policy)
        self.world = World()
        self.state = self.world.states.see(self.policy)
        self.see()
        self.state.data = self.right
        self.key = NamespaceKey(key_of(self.policy), "web")
        self.worker = RecoveryWorker(self.world, lambda *what: self.told.append(what), no_sleep)

    def see(self):
        """Let the watches bring everything."""
        store = self.cluster.store
        self.world.namespaces.put(store.get(NAMESPACE, "web", ""))
        self.world.accounts.drop(lambda _account: True)
        for account in store.list(SERVICE_ACCOUNT, "web"):
            self.world.accounts.put(account)
        self.world.secrets.put(store.get(SECRET, "harbor", "web"))

    @property
    def right(self):
        """What the copy should hold, and does."""
        return self.cluster.store.get(SECRET, "harbor", "web")["data"][".dockerconfigjson"]

    def mark(self, kind, name, namespace="web", **annotations):
        """Set an object's annotations; None takes one away."""
        obj = self.cluster.store.get(kind, name, namespace)
        metadata = obj["metadata"]
        given = {**metadata.get("annotations", {}), **annotations}
        metadata["annotations"] = {key: value for key, value in given.items() if value is not None}
        self.cluster.store.update(kind, obj)

    @property
    def evicted(self):
        return [name for verb, name in self.cluster.writes if verb == "evict"]

    async def look(self):
        return await self.worker.work(self.cluster, self.key)

    async def looks(self):
        """Look until it would be looked seldom or no more; give the waits."""
        waits = [self.worker.attached(self.key)]
        while (wait := await self.look()) in LOOKS:
            waits.append(wait)
        return waits, wait

    def pod(self, waiting="", **extra):
        """Make a Pod from before its ServiceAccount listed the name."""
        labels = {"app": "web"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "c"}]}}
        spec = {"selector": {"matchLabels": labels}, "template": template}
        rs = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-1"}, "spec": spec}
        uid = self.cluster.store.create(REPLICA_SET, rs, "web")["metadata"]["uid"]
        self.cluster.account("default")
        made = self.cluster.pod("web-1-a", waiting=waiting, owner=replica_set(uid=uid), **extra)
        self.cluster.account("default", "harbor")
        return made


async def test_where_nothing_waits_it_is_looked_a_few_times_and_no_more():
    assert await Recovery().looks() == (list(LOOKS), None)


@pytest.mark.parametrize(
    ("waiting", "extra"),
    [
        pytest.param("", {}, id="for a node"),
        pytest.param("ContainerCreating", {}, id="for a volume"),
    ],
)
async def test_a_pod_that_waits_for_something_else_first_is_not_forgotten(waiting, extra):
    recovery = Recovery()
    pod = recovery.pod(waiting, **extra)
    assert (await recovery.looks())[1] == SELDOM
    assert await recovery.look() == SELDOM

    pod["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "ErrImagePull"}}
    recovery.cluster.store.update_status(POD, pod)
    assert await recovery.look() == SELDOM, "no new Pod was seen yet"
    assert await recovery.look() is None
    ((_, stuck, change),) = recovery.told
    assert (stuck.name, change.action) == ("web-1-a", Action.EVICTED)


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"imagePullSecrets": [{"name": "harbor"}]}, id="it has the name"),
        pytest.param({"serviceAccountName": "other"}, id="another ServiceAccount's"),
    ],
)
async def test_a_pod_that_does_not_lack_the_name_is_not_waited_for(extra):
    recovery = Recovery()
    recovery.pod(**extra)
    assert await recovery.looks() == (list(LOOKS), None)


async def test_a_policy_that_does_not_ask_for_it_has_nothing_looked_for():
    recovery = Recovery(recoverPods=False)
    recovery.pod("ErrImagePull")
    assert await recovery.look() is None
    assert recovery.told == []
    assert recovery.key.policy.kind == CLUSTER_PULL_SECRET.kind


async def test_where_nothing_is_attached_no_pod_is_made_again():
    """A new one would have the name no more than the old one: it would be evicted for ever."""
    recovery = Recovery(attach={"to": "None"})
    recovery.pod("ErrImagePull")
    assert await recovery.looks() == ([LOOKS[0]], None)
    assert recovery.told == []


def _foreign(recovery):
    recovery.cluster.store.delete(SECRET, "harbor", "web")
    recovery.cluster.secret("harbor")


EXCLUDED = {EXCLUDE: "true"}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda r: r.mark(SERVICE_ACCOUNT, "default", **EXCLUDED), id="ServiceAccount opted out"),
        pytest.param(lambda r: r.mark(NAMESPACE, "web", "", **EXCLUDED), id="namespace opted out"),
        pytest.param(lambda r: r.mark(SECRET, "harbor", **EXCLUDED), id="Secret opted out"),
        pytest.param(lambda r: r.cluster.account("default"), id="ServiceAccount does not list the name"),
        pytest.param(_foreign, id="Secret is foreign"),
        pytest.param(
            lambda r: r.mark(SECRET, "harbor", **{"pullsecret.dev/policy-uid": "another"}),
            id="Secret is another policy's",
        ),
        pytest.param(lambda r: setattr(r.state, "data", "new"), id="copy is not as the policy says"),
        pytest.param(lambda r: r.cluster.store.delete(SERVICE_ACCOUNT, "default", "web"), id="it is gone"),
    ],
)
@pytest.mark.parametrize("attach", [{"to": "All"}, {"to": "Named", "serviceAccounts": ["default"]}])
async def test_pods_that_would_not_get_the_name_are_left(attach, given):
    recovery = Recovery(attach=attach)
    recovery.pod("ImagePullBackOff")
    given(recovery)
    recovery.see()
    await recovery.looks()
    assert (recovery.evicted, recovery.told) == ([], [])


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda r: r.mark(SERVICE_ACCOUNT, "default", **EXCLUDED), id="it opted out"),
        pytest.param(lambda r: r.cluster.account("default"), id="it does not list the name any more"),
    ],
)
async def test_a_service_account_is_read_anew_before_its_pods_are_evicted(given):
    recovery = Recovery()
    recovery.pod("ImagePullBackOff")
    given(recovery)  # and no watch has brought it yet
    await recovery.looks()
    assert (recovery.evicted, recovery.told) == ([], [])


async def test_a_namespace_that_is_not_right_yet_is_not_forgotten():
    recovery = Recovery()
    recovery.pod("ImagePullBackOff")
    recovery.state.data = "new"
    assert (await recovery.looks())[1] == SELDOM
    assert await recovery.look() == SELDOM

    recovery.state.data = recovery.right
    await recovery.look()
    assert recovery.evicted == ["web-1-a"]


class Remaking(PolicyCluster):
    """A cluster in which a Pod is made at once for one that is evicted.

    Attributes:
        inherits: whether admission sees what their ServiceAccount lists; the last word counts for all.
        makes: whether a new one is made at once.
    """

    __test__ = False

    def __init__(self):
        super().__init__()
        self.inherits, self.makes, self.made = [True], True, 0

    async def evict(self, name, **how):
        await super().evict(name, **how)
        if self.makes:
            self.make()

    def make(self):
        inherits = self.inherits.pop(0) if len(self.inherits) > 1 else self.inherits[0]
        self.made += 1
        names = names_in(self.store.get(SERVICE_ACCOUNT, "default", "web"))
        self.account("default", *(names if inherits else ()))
        made = self.pod(f"web-1-{self.made}", waiting="" if inherits else "ErrImagePull", owner=replica_set())
        self.account("default", *names)
        return made


@pytest.fixture
def remaking():
    recovery = Recovery(Remaking())
    recovery.pod("ImagePullBackOff")
    return recovery


async def test_a_successor_that_missed_the_name_once_is_evicted_at_the_next_look(remaking):
    """Admission reads a cache: with several API servers it may be old for a while."""
    remaking.cluster.inherits = [False, True]
    assert (await remaking.looks())[1] is None
    assert remaking.evicted == ["web-1-a", "web-1-1"]
    assert [change.detail for _, _, change in remaking.told] == [
        "the new pod/web-1-1 lacks harbor",
        "the new pod/web-1-2 has harbor",
    ]


async def test_successors_that_never_get_the_name_are_told_of_and_left(remaking):
    remaking.cluster.inherits = [False]
    assert (await remaking.looks())[1] is None
    assert remaking.evicted == ["web-1-a", "web-1-1", "web-1-2"]
    _, stuck, change = remaking.told[-1]
    assert (stuck.name, change.action) == ("web-1-3", Action.FAILED)
    assert "it is left" in change.detail


async def test_being_attached_again_and_again_evicts_no_more(remaking):
    """Somebody takes the name off the ServiceAccount, and we put it on again, without end."""
    remaking.cluster.inherits = [False]
    for _ in range(10):
        await remaking.looks()
    assert len(remaking.evicted) == MOST


async def test_whose_new_pods_are_never_seen_is_left_too(remaking):
    remaking.cluster.inherits, remaking.cluster.makes = [False], False
    for _ in range(10):
        await remaking.looks()
        if not remaking.cluster.store.list(POD, "web"):
            remaking.cluster.make()  # later than it was waited for
    assert len(remaking.evicted) == MOST


async def test_an_eviction_counts_though_its_successor_could_not_be_looked_for(remaking):
    remaking.cluster.inherits = [False]
    for _ in range(10):
        unseen = ClusterUnreachable("no")
        remaking.cluster.meddle("evict", lambda: remaking.cluster.refuse("list pods", unseen))  # noqa: B023
        await remaking.looks()
    assert len(remaking.evicted) == MOST


async def test_other_pods_are_not_left_for_it(remaking):
    remaking.cluster.inherits = [False]
    await remaking.looks()
    remaking.cluster.inherits = [True]
    remaking.cluster.account("default")
    remaking.cluster.pod("api-1", waiting="ErrImagePull", owner=replica_set("api", "rs-2"))
    remaking.cluster.account("default", "harbor")
    await remaking.looks()
    assert remaking.evicted[MOST:] == ["api-1"]


async def test_a_policy_that_is_changed_begins_anew(remaking):
    remaking.cluster.inherits = [False]
    await remaking.looks()
    remaking.cluster.inherits = [True]
    changed = {**remaking.policy, "metadata": {**remaking.policy["metadata"], "generation": 2}}
    remaking.world.states.see(changed)
    await remaking.looks()
    assert len(remaking.evicted) == MOST + 1
    (pod,) = remaking.cluster.store.list(POD, "web")
    assert names_in(pod["spec"]) == ["harbor"]
