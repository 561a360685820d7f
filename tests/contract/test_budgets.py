"""Disruption budgets: they forbid to evict what runs, and nothing else."""

import asyncio

from pullsecret.core.errors import TooManyRequests
from pullsecret.core.objects import POD, Kind, Object
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, Raw, path, pod, refusal
from support.realcluster import until

READY = [{"type": "Ready", "status": "True"}]


async def budget_kind(cluster: ClusterClient) -> Kind:
    """Policy/v1 where it is served."""
    _, version = (await cluster.discovery.eviction_version()).split("/")
    return Kind("policy", version, "PodDisruptionBudget", "poddisruptionbudgets")


def labelled(name: str) -> Object:
    made = pod(name)
    return {**made, "metadata": {"name": name, "labels": {"app": "web"}}}


async def test_a_budget_protects_pods_that_run(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    kind = await budget_kind(cluster)
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    await cluster.create(kind, {"metadata": {"name": "b"}, "spec": spec}, namespace=namespace)
    for name in ("runs", "waits"):
        await cluster.create(POD, labelled(name), namespace=namespace)
    status = {"status": {"phase": "Running", "conditions": READY}}
    await raw("PATCH", path(POD, namespace, "runs") + "/status", status, content_type=MERGE_PATCH)
    await until(cluster, kind, namespace, lambda found: found.get("status", {}).get("currentHealthy") == 1)
    error = await refusal(cluster.evict("runs", namespace=namespace))
    assert isinstance(error, TooManyRequests)
    assert error.message == "Cannot evict pod as it would violate the pod's disruption budget."
    assert [message for _, message in error.causes] == [
        "The disruption budget b needs 1 healthy pods and has 1 currently"
    ]
    await cluster.evict("waits", namespace=namespace)
    relaxed = {"spec": {"minAvailable": 0}}
    await cluster.patch(kind, "b", relaxed, patch_type=MERGE_PATCH, namespace=namespace)
    await until(cluster, kind, namespace, lambda found: found["status"]["disruptionsAllowed"] == 1)
    await asyncio.wait_for(cluster.evict("runs", namespace=namespace), 10)
