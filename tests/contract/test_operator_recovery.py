"""Whose Pods the operator has made again, where a policy asks for it, and whose it leaves."""

import asyncio
from typing import Any

import pytest

from pullsecret.core.objects import DEPLOYMENT, SECRET, SERVICE_ACCOUNT, Object, uid_of
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.operator import recovery
from pullsecret.operator.misses import MOST
from support.clusters import login
from support.operating import Replica, Stage
from support.pullworlds import PullWorld
from support.realcluster import FAILED_PULL, deployment, pod_of, runs

EXCLUDED = {"pullsecret.dev/exclude": "true"}


@pytest.fixture
def kubeconfig(world: PullWorld) -> str:
    """A cluster with a kubelet and a registry."""
    return world.kubeconfig


@pytest.fixture(autouse=True)
async def source(world: PullWorld, stage: Stage) -> None:
    await stage.delete(SECRET, "login", stage.platform)
    await stage.source(host=world.plain.host, username=world.plain.username, password=world.plain.password)


async def stuck(stage: Stage, world: PullWorld, namespace: str, **spec: Any) -> Object:
    """Make a Deployment, and give its Pod that cannot pull."""
    await stage.cluster.create(DEPLOYMENT, deployment("web", world.plain.image, **spec), namespace=namespace)
    return await pod_of(stage.cluster, namespace, FAILED_PULL)


def evictions(replica: Replica, namespace: str) -> int:
    return sum(f"/{namespace}/" in c.address and c.address.endswith("/eviction") for c in replica.calls)


async def test_pods_that_would_not_get_the_name_stay(world: PullWorld, stage: Stage) -> None:
    ordinary, opted_out, foreign = [await stage.new_namespace() for _ in range(3)]
    legacy = {"metadata": {"name": "legacy", "annotations": EXCLUDED}}
    await stage.cluster.create(SERVICE_ACCOUNT, legacy, namespace=opted_out)
    theirs = secret_manifest("harbor", login(world.plain.host, username="team"))
    await stage.cluster.create(SECRET, theirs, namespace=foreign)
    left = {
        opted_out: uid_of(await stuck(stage, world, opted_out, serviceAccountName="legacy")),
        foreign: uid_of(await stuck(stage, world, foreign)),
    }
    await stuck(stage, world, ordinary)
    await stage.cluster_policy(
        ordinary, opted_out, foreign, secretName="harbor", recoverPods=True, attach={"to": "All"}
    )
    async with stage.operator() as replica:
        await pod_of(stage.cluster, ordinary, runs)
        await asyncio.sleep(2)  # the others were due at the same time as the one that runs by now
        assert {where: evictions(replica, where) for where in left} == dict.fromkeys(left, 0)
    for where, uid in left.items():
        assert uid_of(await pod_of(stage.cluster, where, lambda _pod: True)) == uid


async def test_where_somebody_keeps_taking_the_name_off_pods_are_not_evicted_without_end(
    world: PullWorld, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Argo CD does so. Each time the name is put on again, stuck Pods are looked for anew."""
    monkeypatch.setattr(recovery, "LOOKS", (0.3,) * 20)
    team = await stage.new_namespace()
    await stuck(stage, world, team)
    name = await stage.cluster_policy(team, recoverPods=True)
    async with stage.operator() as replica:
        fighting = asyncio.create_task(_take_off(stage, team))
        try:
            await stage.status(name, lambda s: any(f["reason"] == "WriteWar" for f in s.get("failures", ())))
            await asyncio.sleep(3)
            assert evictions(replica, team) <= MOST
        finally:
            fighting.cancel()


async def _take_off(stage: Stage, namespace: str) -> None:
    """Take the name off a moment after it was put on: what is evicted then comes back without it."""
    while True:
        account = await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)
        if account.get("imagePullSecrets"):
            await stage.patch(SERVICE_ACCOUNT, "default", {"imagePullSecrets": None}, namespace)
        await asyncio.sleep(0.05)
