"""The cluster without sockets: the same answers and errors as a client has them over HTTP."""

import pytest

from pullsecret.core.errors import AlreadyExists, Conflict, Invalid, NotFound, TooManyRequests
from pullsecret.core.objects import POD, SECRET, SERVICE_ACCOUNT
from pullsecret.sandbox.api import Api
from pullsecret.sandbox.inprocess import PAGE, InProcessCluster
from pullsecret.sandbox.kinds import POD_DISRUPTION_BUDGET
from support.apiservers import new_store, utc_now


@pytest.fixture
def cluster() -> InProcessCluster:
    return InProcessCluster(Api(new_store(), clock=utc_now))


async def test_a_list_longer_than_a_page(cluster: InProcessCluster) -> None:
    for number in range(PAGE + 1):
        cluster.api.store.create(SECRET, {"metadata": {"name": f"s{number}"}}, "default")
    found = await cluster.list(SECRET, metadata_only=True)
    assert len(found) == PAGE + 1
    assert {(obj["kind"], obj["apiVersion"]) for obj in found} == {("Secret", "v1")}


async def test_of_a_list_only_what_is_wanted_is_kept(cluster: InProcessCluster) -> None:
    for name in ("a", "b"):
        cluster.api.store.create(SECRET, {"metadata": {"name": name}}, "default")
    found = await cluster.list(SECRET, keep=lambda obj: obj["metadata"]["name"] == "b")
    assert [obj["metadata"]["name"] for obj in found] == ["b"]


async def test_errors_are_ours(cluster: InProcessCluster) -> None:
    await cluster.create(SECRET, {"metadata": {"name": "a"}}, namespace="default")
    with pytest.raises(AlreadyExists):
        await cluster.create(SECRET, {"metadata": {"name": "a"}}, namespace="default")
    with pytest.raises(NotFound):
        await cluster.get(SECRET, "b", namespace="default")
    with pytest.raises(Conflict):
        await cluster.delete(SECRET, "a", namespace="default", uid="other")
    stale = {"metadata": {"resourceVersion": "1"}}
    with pytest.raises(Conflict):
        await cluster.patch(
            SECRET, "a", stale, patch_type="application/merge-patch+json", namespace="default"
        )
    with pytest.raises(Invalid) as caught:
        await cluster.create(SECRET, {"metadata": {"name": "A"}}, namespace="default", dry_run=True)
    assert caught.value.causes[0][0] == "metadata.name"


async def test_a_dry_run_of_a_deletion(cluster: InProcessCluster) -> None:
    await cluster.create(SECRET, {"metadata": {"name": "a"}}, namespace="default")
    await cluster.delete(SECRET, "a", namespace="default", dry_run=True)
    assert await cluster.get(SECRET, "a", namespace="default")


async def test_an_eviction_that_a_budget_forbids(cluster: InProcessCluster) -> None:
    store = cluster.api.store
    budget = {
        "metadata": {"name": "b"},
        "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"a": "b"}}},
    }
    store.create(POD_DISRUPTION_BUDGET, budget, "default")
    for name in ("p", "q"):
        spec = {"containers": [{"name": "c", "image": "x"}]}
        made = store.create(POD, {"metadata": {"name": name, "labels": {"a": "b"}}, "spec": spec}, "default")
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        store.update_status(POD, {**made, "status": status})
    await cluster.evict("p", namespace="default", uid=store.get(POD, "p", "default")["metadata"]["uid"])
    with pytest.raises(TooManyRequests, match="disruption budget"):
        await cluster.evict("q", namespace="default")


async def test_a_strategic_patch(cluster: InProcessCluster) -> None:
    patch = {"imagePullSecrets": [{"name": "x"}]}
    how = "application/strategic-merge-patch+json"
    account = await cluster.patch(SERVICE_ACCOUNT, "default", patch, patch_type=how, namespace="default")
    assert account["imagePullSecrets"] == [{"name": "x"}]
