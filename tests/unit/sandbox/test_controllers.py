from typing import Any

import pytest

from pullsecret.core.objects import (
    DAEMON_SET,
    DEPLOYMENT,
    EVENT,
    NAMESPACE,
    NODE,
    POD,
    REPLICA_SET,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    name_of,
)
from pullsecret.sandbox.node import NODE_NAME, node_object
from support.sandboxes import IMAGE, REGISTRY, FakePuller, Node, auth, events_of, settle


def controlled(password: str = "") -> Node:
    return Node(puller=FakePuller(password=password), controlled=True)


def set_image(image: str) -> Any:
    return lambda obj: obj["spec"]["template"]["spec"]["containers"][0].update(image=image)


async def test_a_deployment_becomes_a_running_pod() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT)
        await node.time.advance(2)
        (replica_set,), (pod,) = node.store.list(REPLICA_SET, "shop"), node.pods()
        status = node.store.get(DEPLOYMENT, "web", "shop")["status"]

    assert name_of(replica_set).startswith("web-")
    assert name_of(pod).startswith(name_of(replica_set) + "-")
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
    assert pod["metadata"]["labels"]["app"] == "web"
    assert pod["spec"]["nodeName"] == NODE_NAME
    assert pod["status"]["phase"] == "Running"
    counts = {name: value for name, value in status.items() if name != "conditions"}
    assert counts == {
        "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
        "observedGeneration": 1,
    }  # fmt: skip
    assert {(c["type"], c["status"], c["reason"]) for c in status["conditions"]} == {
        ("Available", "True", "MinimumReplicasAvailable"),
        ("Progressing", "True", "NewReplicaSetAvailable"),
    }


async def test_a_deployment_tells_that_its_pods_do_not_run() -> None:
    async with controlled("good") as node:
        node.workload(DEPLOYMENT)
        await node.time.advance(2)
        status = node.store.get(DEPLOYMENT, "web", "shop")["status"]

    assert status["unavailableReplicas"] == 1
    assert "availableReplicas" not in status
    assert [(c["type"], c["status"], c["reason"]) for c in status["conditions"]] == [
        ("Available", "False", "MinimumReplicasUnavailable"),
        ("Progressing", "True", "ReplicaSetUpdated"),
    ]


async def test_what_happened_is_told_as_events() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT)
        await node.time.advance(2)
        name, pod = name_of(node.store.list(REPLICA_SET, "shop")[0]), name_of(node.pods()[0])
        said = events_of(node.store)

    assert said[:3] == [
        ("ScalingReplicaSet", f"Scaled up replica set {name} to 1", 1),
        ("SuccessfulCreate", f"Created pod: {pod}", 1),
        ("Scheduled", f"Successfully assigned shop/{pod} to {NODE_NAME}", 1),
    ]


async def test_a_pod_that_is_deleted_is_made_again_and_gets_what_its_account_has_now() -> None:
    async with controlled("good") as node:
        node.secret("pull", {REGISTRY: auth()})
        node.workload(DEPLOYMENT)
        await node.time.advance(2)
        (stuck,) = node.pods()
        node.change(SERVICE_ACCOUNT, lambda sa: sa.update(imagePullSecrets=[{"name": "pull"}]), "default")
        await node.time.advance(600)
        still = node.waits(name_of(stuck))
        node.store.delete(POD, name_of(stuck), "shop")
        await node.time.advance(2)
        (fresh,) = node.pods()

    assert still in {"ErrImagePull", "ImagePullBackOff"}
    assert name_of(fresh) != name_of(stuck)
    assert fresh["spec"]["imagePullSecrets"] == [{"name": "pull"}]
    assert fresh["status"]["phase"] == "Running"


async def test_a_new_template_comes_up_before_the_old_goes() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT)
        await node.time.advance(2)
        (old,) = node.pods()
        node.change(DEPLOYMENT, set_image(f"{REGISTRY}/lnmp/nginx:v3"))
        await settle()
        both = node.pods()
        await node.time.advance(3)
        (left,) = node.pods()
        deployment = node.store.get(DEPLOYMENT, "web", "shop")

    assert name_of(old) in {name_of(pod) for pod in both}
    assert len(both) == 2
    assert left["spec"]["containers"][0]["image"].endswith(":v3")
    assert deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    assert deployment["status"]["observedGeneration"] == deployment["metadata"]["generation"] == 2


async def test_a_new_template_that_does_not_run_leaves_the_old_pods() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT, replicas=4)
        await node.time.advance(2)
        node.change(DEPLOYMENT, set_image("x.test/INVALID"))
        await node.time.advance(60)
        phases = sorted(pod["status"]["phase"] for pod in node.pods())
        status = node.store.get(DEPLOYMENT, "web", "shop")["status"]

    assert phases == ["Pending", "Pending", "Running", "Running", "Running"]
    assert (status["replicas"], status["updatedReplicas"], status["availableReplicas"]) == (5, 2, 3)


async def test_a_template_that_never_ran_is_replaced() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT, image="x.test/INVALID", replicas=3)
        await node.time.advance(5)
        node.change(DEPLOYMENT, set_image(IMAGE))
        await node.time.advance(5)

        assert [pod["status"]["phase"] for pod in node.pods()] == ["Running"] * 3


async def test_going_back_to_an_old_template_takes_its_replica_set() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT)
        await node.time.advance(2)
        for image in (f"{REGISTRY}/lnmp/nginx:v3", IMAGE):
            node.change(DEPLOYMENT, set_image(image))
            await node.time.advance(5)
        replica_sets = node.store.list(REPLICA_SET, "shop")
        deployment = node.store.get(DEPLOYMENT, "web", "shop")

    assert sorted(one["spec"]["replicas"] for one in replica_sets) == [0, 1]
    assert deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"


async def test_recreate_takes_the_old_pods_away_first() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT, strategy={"type": "Recreate"})
        await node.time.advance(2)
        node.change(DEPLOYMENT, set_image(f"{REGISTRY}/lnmp/nginx:v3"))
        seen = []
        node.store.subscribe(lambda *_: seen.append(len(node.pods())))
        await node.time.advance(5)

        assert max(seen) == 1
        assert node.pods()[0]["spec"]["containers"][0]["image"].endswith(":v3")


async def test_a_paused_deployment_rolls_nothing_out() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT, paused=True)
        await node.time.advance(2)

        assert node.pods() == []


@pytest.mark.parametrize("kind", [DEPLOYMENT, REPLICA_SET, STATEFUL_SET])
async def test_scaling_makes_and_takes_pods(kind: Any) -> None:
    counts = []
    async with controlled() as node:
        node.workload(kind)
        for replicas in (1, 3, 1, 0):
            node.change(kind, lambda obj, replicas=replicas: obj["spec"].update(replicas=replicas))
            await node.time.advance(10)
            counts.append(len(node.pods()))
        status = node.store.get(kind, "web", "shop")["status"]

    assert counts == [1, 3, 1, 0]
    assert status.get("replicas", 0) == 0


async def test_pods_that_do_not_run_are_taken_first() -> None:
    async with controlled() as node:
        node.workload(REPLICA_SET, replicas=2)
        await node.time.advance(2)
        node.puller.password = "good"
        node.change(REPLICA_SET, lambda obj: obj["spec"].update(replicas=3))
        await node.time.advance(2)
        node.change(REPLICA_SET, lambda obj: obj["spec"].update(replicas=2))
        await node.time.advance(2)

        assert [pod["status"]["phase"] for pod in node.pods()] == ["Running", "Running"]


async def test_a_stateful_set_makes_numbered_pods_one_after_the_other() -> None:
    async with controlled() as node:
        node.workload(STATEFUL_SET, replicas=2)
        await node.time.advance(0.5)
        first = [name_of(pod) for pod in node.pods()]
        await node.time.advance(5)
        then = [name_of(pod) for pod in node.pods()]
        status = node.store.get(STATEFUL_SET, "web", "shop")["status"]

    assert (first, then) == (["web-0"], ["web-0", "web-1"])
    assert status["currentRevision"] == status["updateRevision"]
    assert (status["readyReplicas"], status["updatedReplicas"], status["currentReplicas"]) == (2, 2, 2)


async def test_a_stateful_set_waits_for_a_pod_that_does_not_run() -> None:
    async with controlled("good") as node:
        node.workload(STATEFUL_SET, replicas=2)
        await node.time.advance(60)

        assert [name_of(pod) for pod in node.pods()] == ["web-0"]


async def test_parallel_stateful_sets_do_not_wait() -> None:
    async with controlled("good") as node:
        node.workload(STATEFUL_SET, replicas=2, podManagementPolicy="Parallel")
        await node.time.advance(2)

        assert [name_of(pod) for pod in node.pods()] == ["web-0", "web-1"]


@pytest.mark.parametrize("kind", [STATEFUL_SET, DAEMON_SET])
async def test_a_new_template_replaces_pods(kind: Any) -> None:
    async with controlled() as node:
        node.workload(kind)
        await node.time.advance(5)
        node.change(kind, set_image(f"{REGISTRY}/lnmp/nginx:v3"))
        await node.time.advance(10)
        (pod,) = node.pods()

    assert pod["spec"]["containers"][0]["image"].endswith(":v3")
    assert pod["status"]["phase"] == "Running"


async def test_a_daemon_set_has_a_pod_on_the_node() -> None:
    async with controlled() as node:
        node.workload(DAEMON_SET)
        await node.time.advance(2)
        node.store.delete(POD, name_of(node.pods()[0]), "shop")
        await node.time.advance(2)
        (pod,) = node.pods()
        status = node.store.get(DAEMON_SET, "web", "shop")["status"]

    assert pod["status"]["phase"] == "Running"
    assert status == {
        "currentNumberScheduled": 1, "desiredNumberScheduled": 1, "numberMisscheduled": 0, "numberReady": 1,
        "numberAvailable": 1, "updatedNumberScheduled": 1, "observedGeneration": 1,
    }  # fmt: skip


async def test_what_a_deployment_owns_goes_with_it() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT)
        await node.time.advance(2)
        node.store.delete(DEPLOYMENT, "web", "shop")
        await node.time.advance(2)

        assert node.pods() == []
        assert node.store.list(REPLICA_SET, "shop") == []


async def test_a_namespace_goes_with_all_that_runs_in_it() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT)
        await node.time.advance(2)
        node.store.delete(NAMESPACE, "shop")
        await node.time.advance(2)

        assert node.store.list(NAMESPACE) == []
        assert node.store.list(EVENT) == []


async def test_pods_wait_for_their_service_account() -> None:
    async with controlled() as node:
        node.workload(DEPLOYMENT)
        node.change(DEPLOYMENT, lambda obj: obj["spec"]["template"]["spec"].update(serviceAccountName="late"))
        await node.time.advance(2)
        before = node.pods()
        node.store.create(SERVICE_ACCOUNT, {"metadata": {"name": "late"}}, "shop")
        await node.time.advance(2)
        (pod,) = node.pods()

        assert before == []
        assert pod["status"]["phase"] == "Running"
        assert (
            'error looking up service account shop/late: serviceaccount "late" not found'
            in (events_of(node.store, "FailedCreate")[0][1])
        )


async def test_pods_of_another_scheduler_are_left_to_it() -> None:
    async with controlled() as node:
        pod = {
            "metadata": {"name": "own"},
            "spec": {"schedulerName": "own", "containers": [{"name": "a", "image": "a"}]},
        }
        node.store.create(POD, pod, "shop")
        await node.time.advance(5)

        assert "nodeName" not in node.pods()[0]["spec"]


async def test_what_was_there_before_the_start_is_taken_care_of() -> None:
    node = controlled()
    node.controlled = False
    async with node:
        node.workload(DEPLOYMENT)
        node.store.create(
            POD, {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "a", "image": "a"}]}}, "shop"
        )
        await node.time.advance(5)
        node.store.create(NODE, node_object("2026-01-31T08:00:00Z"))
        node.controllers.start()
        await node.time.advance(5)

        assert [pod["status"]["phase"] for pod in node.pods()] == ["Running", "Running"]


async def test_a_pod_that_wants_another_node_is_not_bound() -> None:
    selector = {"kubernetes.io/arch": "arm64"}
    async with controlled() as node:
        node.workload(DEPLOYMENT)
        node.change(DEPLOYMENT, lambda obj: obj["spec"]["template"]["spec"].update(nodeSelector=selector))
        await node.time.advance(5)
        (pod,) = node.pods()

        assert pod["status"]["conditions"][0]["reason"] == "Unschedulable"
        assert events_of(node.store, "FailedScheduling") == [
            ("FailedScheduling", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity.", 1)
        ]
