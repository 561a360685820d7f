"""What the controllers make of workloads, and what they tell of it."""

from typing import Any

import pytest

from pullsecret.core.objects import (
    DAEMON_SET,
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    STATEFUL_SET,
    Kind,
    Object,
    name_of,
    uid_of,
)
from support.contract import MERGE_PATCH, Kubectl
from support.pullworlds import Bench, PullWorld, entry
from support.realcluster import deployment, is_there, pod_of, runs, until

SELECTOR = {"no": "node"}


@pytest.fixture
def kubeconfig(world: PullWorld) -> str:
    return world.kubeconfig


@pytest.fixture
async def pulling(world: PullWorld, bench: Bench) -> Bench:
    """A namespace with a Secret that opens the registry."""
    await bench.secret("pull", {world.plain.host: entry(world.plain.username, world.plain.password)})
    return bench


async def make(bench: Bench, world: PullWorld, kind: Kind = DEPLOYMENT, **spec: Any) -> Object:
    obj = deployment("web", world.plain.image, imagePullSecrets=[{"name": "pull"}]) | {"kind": kind.kind}
    obj["spec"] |= spec | ({"serviceName": "web"} if kind == STATEFUL_SET else {})
    return await bench.cluster.create(kind, obj, namespace=bench.namespace)


async def settled(bench: Bench, kind: Kind, **counts: int) -> Object:
    """Wait until a workload's status has these counts for its present generation."""

    def there(obj: Object) -> bool:
        status = obj.get("status", {})
        seen = status.get("observedGeneration") == obj["metadata"]["generation"]
        return seen and all(status.get(name, 0) == count for name, count in counts.items())

    return await until(bench.cluster, kind, bench.namespace, there)


def counts_of(obj: Object) -> dict[str, Any]:
    return {name: value for name, value in obj["status"].items() if isinstance(value, int)}


def conditions_of(obj: Object) -> dict[str, tuple[str, str]]:
    return {c["type"]: (c["status"], c["reason"]) for c in obj["status"]["conditions"]}


def owner(obj: Object) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1", "kind": obj["kind"], "name": name_of(obj), "uid": uid_of(obj),
        "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip


async def test_a_deployment_makes_a_replica_set_that_makes_a_pod(world: PullWorld, pulling: Bench) -> None:
    await make(pulling, world)
    done = await settled(pulling, DEPLOYMENT, availableReplicas=1)
    (replica_set,) = await pulling.cluster.list(REPLICA_SET, namespace=pulling.namespace)
    pod = await pod_of(pulling.cluster, pulling.namespace, runs)

    assert counts_of(done) == {
        "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
        "observedGeneration": 1,
    }  # fmt: skip
    assert conditions_of(done) == {
        "Available": ("True", "MinimumReplicasAvailable"), "Progressing": ("True", "NewReplicaSetAvailable"),
    }  # fmt: skip
    assert done["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    hashed = replica_set["metadata"]["labels"]["pod-template-hash"]
    assert name_of(replica_set) == f"web-{hashed}"
    assert replica_set["spec"]["selector"] == {"matchLabels": {"app": "web", "pod-template-hash": hashed}}
    assert replica_set["metadata"]["ownerReferences"] == [owner(done)]
    assert pod["metadata"]["ownerReferences"] == [owner(replica_set)]
    assert pod["metadata"]["labels"] == {"app": "web", "pod-template-hash": hashed}
    assert name_of(pod).startswith(f"web-{hashed}-")
    await pulling.event("ScalingReplicaSet", f"Scaled up replica set web-{hashed} to 1")
    await pulling.event("SuccessfulCreate", f"Created pod: {name_of(pod)}")


async def test_a_deployment_whose_pods_do_not_run_says_so(world: PullWorld, bench: Bench) -> None:
    await make(bench, world)

    waiting = await settled(bench, DEPLOYMENT, replicas=1, unavailableReplicas=1)

    assert counts_of(waiting) == {
        "replicas": 1, "updatedReplicas": 1, "unavailableReplicas": 1, "observedGeneration": 1,
    }  # fmt: skip
    assert conditions_of(waiting)["Available"] == ("False", "MinimumReplicasUnavailable")


async def test_a_new_template_replaces_the_pods(world: PullWorld, pulling: Bench, kubectl: Kubectl) -> None:
    await make(pulling, world, replicas=2)
    await settled(pulling, DEPLOYMENT, availableReplicas=2)
    old = {uid_of(pod) for pod in await pulling.cluster.list(POD, namespace=pulling.namespace)}

    await kubectl("rollout", "restart", "deployment/web")
    await kubectl("rollout", "status", "deployment/web", "--timeout=25s")
    done = await settled(pulling, DEPLOYMENT, updatedReplicas=2, availableReplicas=2, replicas=2)
    replica_sets = await pulling.cluster.list(REPLICA_SET, namespace=pulling.namespace)
    pods = await pulling.cluster.list(POD, namespace=pulling.namespace)

    assert not old & {uid_of(pod) for pod in pods if "deletionTimestamp" not in pod["metadata"]}
    assert sorted(one["spec"]["replicas"] for one in replica_sets) == [0, 2]
    assert done["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"


async def test_a_template_that_cannot_run_leaves_the_old_pod(world: PullWorld, pulling: Bench) -> None:
    await make(pulling, world)
    await settled(pulling, DEPLOYMENT, availableReplicas=1)
    containers = [
        {"name": "app", "image": f"{world.plain.host}/lnmp/nginx:nope", "imagePullPolicy": "Always"}
    ]
    patch = {"spec": {"template": {"spec": {"containers": containers}}}}
    await pulling.cluster.patch(DEPLOYMENT, "web", patch, patch_type=MERGE_PATCH, namespace=pulling.namespace)

    stuck = await settled(pulling, DEPLOYMENT, replicas=2, updatedReplicas=1, unavailableReplicas=1)

    told = conditions_of(stuck)
    assert told["Available"] == ("True", "MinimumReplicasAvailable")
    # Which of the two stays depends on what the controller saw first, the Pod or its own ReplicaSet.
    assert told["Progressing"] in (("True", "NewReplicaSetCreated"), ("True", "ReplicaSetUpdated"))


async def test_what_a_deployment_owns_goes_with_it(world: PullWorld, pulling: Bench) -> None:
    await make(pulling, world)
    await settled(pulling, DEPLOYMENT, availableReplicas=1)
    (replica_set,) = await pulling.cluster.list(REPLICA_SET, namespace=pulling.namespace)
    (pod,) = await pulling.cluster.list(POD, namespace=pulling.namespace)
    await pulling.cluster.delete(DEPLOYMENT, "web", namespace=pulling.namespace)

    await pulling.event("Killing", "Stopping container app")
    for kind, obj in ((REPLICA_SET, replica_set), (POD, pod)):
        await pulling.gone(kind, name_of(obj))
        assert not await is_there(pulling.cluster, kind, name_of(obj), pulling.namespace)


async def test_a_stateful_set_numbers_its_pods(world: PullWorld, pulling: Bench) -> None:
    await make(pulling, world, STATEFUL_SET, replicas=2)
    done = await settled(pulling, STATEFUL_SET, readyReplicas=2, updatedReplicas=2, currentReplicas=2)
    pods = await pulling.cluster.list(POD, namespace=pulling.namespace)

    assert counts_of(done) == {
        "replicas": 2, "readyReplicas": 2, "currentReplicas": 2, "updatedReplicas": 2,
        "observedGeneration": 1, "collisionCount": 0,
    }  # fmt: skip
    revision = done["status"]["currentRevision"]
    assert done["status"]["updateRevision"] == revision
    assert [name_of(pod) for pod in pods] == ["web-0", "web-1"]
    assert [pod["metadata"]["labels"] for pod in pods] == [
        {"app": "web", "controller-revision-hash": revision, "statefulset.kubernetes.io/pod-name": name}
        for name in ("web-0", "web-1")
    ]
    assert [pod["spec"]["hostname"] for pod in pods] == ["web-0", "web-1"]
    await pulling.event("SuccessfulCreate", "create Pod web-1 in StatefulSet web successful")


async def test_a_daemon_set_has_a_pod_on_each_node(world: PullWorld, pulling: Bench) -> None:
    await make(pulling, world, DAEMON_SET)
    done = await settled(pulling, DAEMON_SET, numberAvailable=1, updatedNumberScheduled=1)
    (pod,) = await pulling.cluster.list(POD, namespace=pulling.namespace)

    assert counts_of(done) == {
        "currentNumberScheduled": 1, "desiredNumberScheduled": 1, "numberMisscheduled": 0, "numberReady": 1,
        "numberAvailable": 1, "updatedNumberScheduled": 1, "observedGeneration": 1,
    }  # fmt: skip
    assert set(pod["metadata"]["labels"]) == {"app", "controller-revision-hash", "pod-template-generation"}
    assert pod["metadata"]["ownerReferences"] == [owner(done)]
    await pulling.event("SuccessfulCreate", f"Created pod: {name_of(pod)}")


async def test_a_pod_that_wants_another_node_stays_unbound(world: PullWorld, bench: Bench) -> None:
    await bench.pod(world.plain.image, nodeSelector=SELECTOR)

    words = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity."
    told = await bench.event("FailedScheduling", words)
    pod = await bench.waits_any(lambda pod: bool(pod["status"].get("conditions")))

    assert (told["type"], told["reportingComponent"]) == ("Warning", "default-scheduler")
    (condition,) = pod["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"], condition["message"]) == (
        "PodScheduled", "False", "Unschedulable", words,
    )  # fmt: skip
    assert "nodeName" not in pod["spec"]
