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
from pullsecret.sandbox.node import node_object
from support.sandboxes import REGISTRY, controlled, events_of, set_image


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
