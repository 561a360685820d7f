"""Pods that came too early: when they are looked for, and for how long."""

import pytest

from pullsecret.app.outcome import Action
from pullsecret.core.objects import NAMESPACE, POD, REPLICA_SET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.policy.reading import key_of
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.recovery import LOOKS, SELDOM, RecoveryWorker
from pullsecret.operator.world import World
from support.clusters import no_sleep, replica_set
from support.policies import PolicyCluster


class Recovery:
    """A worker, and the namespace `web` of a policy that asks for it."""

    def __init__(self, **spec):
        self.cluster, self.told = PolicyCluster(), []
        self.cluster.namespace("web")
        policy = self.cluster.policy(secretName="harbor", **{"recoverPods": True, **spec})
        self.cluster.account("default", "harbor")
        self.cluster.account("other")
        self.world = World()
        self.world.states.see(policy)
        self.world.namespaces.put(self.cluster.store.get(NAMESPACE, "web", ""))
        self.world.accounts.put(self.cluster.store.get(SERVICE_ACCOUNT, "default", "web"))
        self.world.secrets.put(self.cluster.secret("harbor"))
        self.key = NamespaceKey(key_of(policy), "web")
        self.worker = RecoveryWorker(self.world, lambda *what: self.told.append(what), no_sleep)

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
    assert await recovery.looks() == (list(LOOKS), None)
    assert recovery.told == []
