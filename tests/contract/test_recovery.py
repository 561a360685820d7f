"""What makes Pods pull that could not: Secrets made later, lists of ServiceAccounts, evictions."""

from typing import Any

import pytest

from pullsecret.core.objects import (
    DAEMON_SET,
    DEPLOYMENT,
    EVENT,
    POD,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    Object,
    name_of,
    uid_of,
)
from support.contract import MERGE_PATCH, Kubectl
from support.pullworlds import Bench, PullWorld, good, refused
from support.realcluster import FAILED_PULL, deployment, runs, until

TRIES = 20
"""How often a new Pod may miss what its account was given a moment ago: admission reads a cache."""


@pytest.fixture
def kubeconfig(world: PullWorld) -> str:
    return world.kubeconfig


async def test_a_pod_recovers_when_its_named_secret_is_made_later(world: PullWorld, bench: Bench) -> None:
    await bench.pod(world.plain.image, "pull")
    stuck = await bench.waits("ErrImagePull", refused(world.plain.image))
    await bench.secret("pull", good(world))

    recovered = await bench.runs()

    assert uid_of(recovered) == uid_of(stuck)


async def attach(bench: Bench, *names: str) -> None:
    patch = {"imagePullSecrets": [{"name": name} for name in names]}
    await bench.cluster.patch(
        SERVICE_ACCOUNT, "default", patch, patch_type=MERGE_PATCH, namespace=bench.namespace
    )


async def test_a_pod_inherits_its_accounts_list_only_if_it_has_none(world: PullWorld, bench: Bench) -> None:
    await bench.secret("pull", good(world))
    await attach(bench, "pull", "other")
    for number in range(TRIES):
        inheriting = await bench.pod(world.plain.image, name=f"inheriting-{number}")
        if inheriting["spec"].get("imagePullSecrets"):
            break
    own = await bench.pod(world.plain.image, "absent", name="own")

    assert inheriting["spec"]["imagePullSecrets"] == [{"name": "pull"}, {"name": "other"}]
    assert own["spec"]["imagePullSecrets"] == [{"name": "absent"}]
    await bench.runs(name_of(inheriting))
    await bench.waits("ErrImagePull", refused(world.plain.image), "own")


async def evicted_until_it_inherits(bench: Bench, pod: Object) -> Object:
    """Evict a Pod, and those made in its place, until one has a pull Secret."""
    for _ in range(TRIES):
        gone = {uid_of(pod)}
        await bench.cluster.evict(name_of(pod), namespace=bench.namespace, uid=uid_of(pod))
        pod = await until(
            bench.cluster, POD, bench.namespace,
            lambda one, gone=gone: uid_of(one) not in gone and "deletionTimestamp" not in one["metadata"],
        )  # fmt: skip
        if pod["spec"].get("imagePullSecrets"):
            return pod
    raise AssertionError("no new Pod got the Secret's name")


async def test_a_stuck_pod_stays_stuck_after_attaching_and_its_successor_runs(
    world: PullWorld, bench: Bench
) -> None:
    cluster, namespace = bench.cluster, bench.namespace
    await cluster.create(DEPLOYMENT, deployment("web", world.plain.image), namespace=namespace)
    stuck = await until(cluster, POD, namespace, FAILED_PULL)
    await bench.secret("pull", good(world))
    await attach(bench, "pull")

    before = await bench.event("BackOff", f'Back-off pulling image "{world.plain.image}"')
    still = await cluster.get(POD, name_of(stuck), namespace=namespace)
    await until(
        cluster, EVENT, namespace,
        lambda event: event["reason"] == "Pulling" and event["count"] > 1,
    )  # fmt: skip
    fresh = await evicted_until_it_inherits(bench, stuck)
    running = await bench.runs(name_of(fresh))
    done = await until(cluster, DEPLOYMENT, namespace, available)

    assert before["count"] >= 1
    assert "imagePullSecrets" not in still["spec"]
    assert FAILED_PULL(still)
    assert running["metadata"]["ownerReferences"] == stuck["metadata"]["ownerReferences"]
    assert done["status"]["readyReplicas"] == 1


def available(obj: Object) -> bool:
    conditions = obj.get("status", {}).get("conditions", [])
    return any(c["type"] == "Available" and c["status"] == "True" for c in conditions)


@pytest.mark.parametrize("kind", [STATEFUL_SET, DAEMON_SET], ids=["statefulset", "daemonset"])
async def test_other_controllers_make_their_pods_again_too(world: PullWorld, bench: Bench, kind: Any) -> None:
    obj = deployment("web", world.plain.image) | {"kind": kind.kind}
    if kind == STATEFUL_SET:
        obj["spec"]["serviceName"] = "web"
    await bench.cluster.create(kind, obj, namespace=bench.namespace)
    stuck = await until(bench.cluster, POD, bench.namespace, FAILED_PULL)
    await bench.secret("pull", good(world))
    await attach(bench, "pull")

    fresh = await evicted_until_it_inherits(bench, stuck)
    pod = await until(bench.cluster, POD, bench.namespace, runs)

    assert uid_of(pod) == uid_of(fresh)
    assert (name_of(pod) == "web-0") == (kind == STATEFUL_SET)


async def test_secrets_are_per_namespace(world: PullWorld, bench: Bench, new_namespace: Any) -> None:
    other = Bench(bench.cluster, await new_namespace())
    await bench.secret("pull", good(world))
    await bench.pod(world.plain.image, "pull")
    await other.pod(world.plain.image, "pull")

    await bench.runs()
    await other.waits("ErrImagePull", refused(world.plain.image))


async def test_kubectl_tells_the_same_and_waits_for_a_rollout(
    world: PullWorld, bench: Bench, kubectl: Kubectl
) -> None:
    image = world.plain.image
    await bench.cluster.create(DEPLOYMENT, deployment("web", image), namespace=bench.namespace)
    stuck = await bench.waits_any(FAILED_PULL)
    await bench.event("Failed", "Error: ImagePullBackOff")
    described = (await kubectl("describe", "pod", name_of(stuck))).out
    listed = (await kubectl("get", "pods")).out
    await kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=1s", code=1)
    await kubectl(
        "create", "secret", "docker-registry", "pull", f"--docker-server={world.plain.host}",
        f"--docker-username={world.plain.username}", f"--docker-password={world.plain.password}",
    )  # fmt: skip
    patch = '{"spec":{"template":{"spec":{"imagePullSecrets":[{"name":"pull"}]}}}}'
    await kubectl("patch", "deployment", "web", "-p", patch)
    await kubectl("rollout", "status", "deployment/web", "--timeout=25s")
    await kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=5s")
    (line,) = [line for line in (await kubectl("get", "deployments")).out.splitlines() if "web" in line]

    assert f'Failed to pull image "{image}": {refused(image)}' in described
    assert "0/1" in listed
    assert any(reason in listed for reason in ("ErrImagePull", "ImagePullBackOff"))
    assert line.split()[:4] == ["web", "1/1", "1", "1"]
