from pullsecret.core.objects import (
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    SERVICE_ACCOUNT,
    name_of,
)
from pullsecret.sandbox.node import NODE_NAME
from support.sandboxes import IMAGE, REGISTRY, auth, controlled, events_of, set_image, settle


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
