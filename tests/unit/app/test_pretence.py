"""A cluster that is only pretended to be written to: what would be done is what is done then."""

import pytest

from pullsecret.app.install import install
from pullsecret.app.pretence import Pretended
from pullsecret.app.uninstall import UninstallRequest, uninstall
from pullsecret.core.errors import Forbidden, NotFound
from pullsecret.core.installation import Installation
from pullsecret.core.objects import POD, SECRET
from pullsecret.core.policy.names import MANAGED_BY, MANAGER
from support.clusters import no_sleep
from support.policies import PolicyCluster

WANTED = Installation("system", "registry.example.com/tools/pullsecret:0.1.0")


def state(cluster):
    return {each.kind: cluster.store.snapshot(each.kind) for each in cluster.store.catalogue}


@pytest.fixture
def cluster():
    made = PolicyCluster()
    for name in ("web", "shop"):
        made.namespace(name)
    return made


async def test_an_installation_where_even_its_namespace_is_not_there(cluster):
    before = state(cluster)
    said = await install(Pretended(cluster), WANTED)
    assert state(cluster) == before
    assert said.changes == (await install(cluster, WANTED)).changes


async def test_one_that_changes_and_takes_something_away(cluster):
    await install(cluster, WANTED)
    other = Installation("system", f"{WANTED.image}2", webhook=False)
    before = state(cluster)
    said = await install(Pretended(cluster), other)
    assert state(cluster) == before
    assert said.changes == (await install(cluster, other)).changes


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({}, id="all"),
        pytest.param({"detach_only": True}, id="detaching"),
        pytest.param({"keep_definitions": True}, id="without-definitions"),
    ],
)
async def test_uninstalling(cluster, how):
    await install(cluster, WANTED)
    policy = cluster.policy()
    for namespace in ("web", "shop"):
        cluster.copy(policy, namespace=namespace)
    cluster.attach("theirs", "harbor")
    cluster.copy(cluster.policy("other", deletionPolicy="Orphan"), name="other")
    cluster.secret("pullsecret-webhook-ca", namespace="system", metadata={"labels": {MANAGED_BY: MANAGER}})
    request = UninstallRequest("system", "pullsecret", **how)
    before = state(cluster)
    said = await uninstall(Pretended(cluster, without=(POD,)), request, no_sleep)
    assert state(cluster) == before
    assert said.changes == (await uninstall(cluster, request, no_sleep)).changes


async def test_what_the_server_would_refuse_is_told(cluster):
    await install(cluster, WANTED)
    cluster.copy(cluster.policy())
    cluster.meddle("delete", lambda: None)
    cluster.refuse("delete", Forbidden("no", status=403, reason="Forbidden"))
    said = await uninstall(Pretended(cluster), UninstallRequest("system", "pullsecret"), no_sleep)
    assert said.failed


async def test_what_would_be_gone_is_not_found_and_no_pod_is_evicted(cluster):
    cluster.secret("harbor")
    pretended = Pretended(cluster)
    await pretended.delete(SECRET, "harbor", namespace="web")
    with pytest.raises(NotFound):
        await pretended.get(SECRET, "harbor", namespace="web")
    assert await pretended.list(SECRET, namespace="web") == []
    await pretended.evict("pod", namespace="web")
    assert cluster.store.get(SECRET, "harbor", "web")
