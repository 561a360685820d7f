"""What a node says of images that it cannot pull, and what makes it pull them."""

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
from support.pullworlds import Bench, PullWorld, entry
from support.realcluster import FAILED_PULL, deployment, runs, until

UNKNOWN, NOT_FOUND = "rpc error: code = Unknown desc = ", "rpc error: code = NotFound desc = "
ZEROS = "sha256:" + "0" * 64
TRIES = 20
"""How often a new Pod may miss what its account was given a moment ago: admission reads a cache."""


@pytest.fixture
def kubeconfig(world: PullWorld) -> str:
    return world.kubeconfig


def refused(image: str, status: str = "401 Unauthorized") -> str:
    host, tag = image.partition("/")[0], image.rpartition(":")[2]
    return f"{resolving(image)}pulling from host {host} failed with status code [manifests {tag}]: {status}"


def resolving(image: str, code: str = UNKNOWN) -> str:
    return f'{code}failed to pull and unpack image "{image}": failed to resolve reference "{image}": '


def good(world: PullWorld) -> dict[str, Any]:
    return {world.plain.host: entry(world.plain.username, world.plain.password)}


async def test_with_the_right_secret_a_pod_runs(world: PullWorld, bench: Bench) -> None:
    await bench.secret("pull", good(world))
    await bench.pod(world.plain.image, "pull")

    pod = await bench.runs()

    (status,) = pod["status"]["containerStatuses"]
    assert (status["image"], status["ready"], status["restartCount"]) == (world.plain.image, True, 0)
    assert status["imageID"].startswith(f"{world.plain.host}/lnmp/nginx@sha256:")
    assert {c["type"]: c["status"] for c in pod["status"]["conditions"]} == {
        "Initialized": "True", "Ready": "True", "ContainersReady": "True", "PodScheduled": "True",
    }  # fmt: skip
    await bench.event("Pulling", f'Pulling image "{world.plain.image}"')
    await bench.event("Created", "Created container app")
    await bench.event("Started", "Started container app")


async def test_without_a_secret_it_fails_and_tells_why(world: PullWorld, bench: Bench) -> None:
    image = world.plain.image
    await bench.pod(image)

    pod = await bench.waits("ErrImagePull", refused(image))
    await bench.waits("ImagePullBackOff", f'Back-off pulling image "{image}"')

    assert pod["status"]["phase"] == "Pending"
    assert {c["type"]: c.get("message", "") for c in pod["status"]["conditions"]} == {
        "Initialized": "", "PodScheduled": "",
        "Ready": "containers with unready status: [app]",
        "ContainersReady": "containers with unready status: [app]",
    }  # fmt: skip
    (status,) = pod["status"]["containerStatuses"]
    assert {k: v for k, v in status.items() if k != "state"} == {
        "name": "app", "image": image, "imageID": "", "lastState": {}, "ready": False, "restartCount": 0,
        "started": False,
    }  # fmt: skip
    failed = await bench.event("Failed", f'Failed to pull image "{image}": {refused(image)}')
    assert (failed["type"], failed["source"]["component"]) == ("Warning", "kubelet")
    assert failed["involvedObject"]["fieldPath"] == "spec.containers{app}"
    await bench.event("Failed", "Error: ErrImagePull")
    await bench.event("BackOff", f'Back-off pulling image "{image}"')
    await bench.event("Failed", "Error: ImagePullBackOff")


@pytest.mark.parametrize(
    "case",
    ["wrong-password", "no-credential", "wrong-port", "wrong-path", "wrong-host", "wrong-type", "missing"],
)
async def test_a_secret_that_does_not_help_gives_the_same_401(
    world: PullWorld, bench: Bench, case: str
) -> None:
    host, right = world.plain.host, entry(world.plain.username, world.plain.password)
    auths = {
        "wrong-password": {host: entry(world.plain.username, "wrong")},
        "no-credential": {host: {}},
        "wrong-port": {"127.0.0.1:1": right},
        "wrong-path": {f"{host}/team": right},
        "wrong-host": {"localhost:" + host.rpartition(":")[2]: right},
        "wrong-type": {host: right},
    }.get(case)
    if auths is not None:
        await bench.secret(
            "pull", auths, "Opaque" if case == "wrong-type" else "kubernetes.io/dockerconfigjson"
        )
    await bench.pod(world.plain.image, "pull")

    await bench.waits("ErrImagePull", refused(world.plain.image))


@pytest.mark.parametrize(
    ("auths", "words"),
    [
        pytest.param({"auth": "!!!"}, "illegal base64 data at input byte 0", id="no base64"),
        pytest.param(
            {"auth": "dXNlcg=="},
            "unable to parse auth field, must be formatted as base64(username:password)",
            id="no colon",
        ),
        pytest.param(
            {"username": 7},
            "json: cannot unmarshal number into Go struct field DockerConfigJSON.auths of type string",
            id="no string",
        ),
    ],
)
async def test_a_malformed_secret_spoils_a_good_one(
    world: PullWorld, bench: Bench, auths: dict[str, Any], words: str
) -> None:
    await bench.secret("good", good(world))
    await bench.secret("bad", {"elsewhere.test": auths})
    await bench.pod(world.plain.image, "good", "bad")

    await bench.waits("ErrImagePull", words)


async def test_every_matching_credential_is_tried(world: PullWorld, bench: Bench) -> None:
    host = world.plain.host
    await bench.secret("old", {host: entry(world.plain.username, "old")})
    await bench.secret("new", {f"http://{host}": entry(world.plain.username, world.plain.password)})
    await bench.pod(world.plain.image, "old", "new")

    await bench.runs()


@pytest.mark.parametrize("name", ["lnmp/nginx:nope", "no/such:v1", f"lnmp/nginx@{ZEROS}"])
async def test_what_is_not_there_is_not_found(world: PullWorld, bench: Bench, name: str) -> None:
    image = f"{world.plain.host}/{name}"
    await bench.secret("pull", good(world))
    await bench.pod(image, "pull")

    await bench.waits("ErrImagePull", f"{resolving(image, NOT_FOUND)}{image}: not found")


async def test_a_port_where_nobody_listens(bench: Bench) -> None:
    image = "127.0.0.1:1/lnmp/nginx:v2"
    await bench.pod(image)

    asked = 'Head "http://127.0.0.1:1/v2/lnmp/nginx/manifests/v2"'
    refusal = "dial tcp 127.0.0.1:1: connect: connection refused"
    await bench.waits("ErrImagePull", f"{resolving(image)}failed to do request: {asked}: {refusal}")


async def test_an_invalid_name(world: PullWorld, bench: Bench) -> None:
    image = f"{world.plain.host}/LNMP/nginx:v2"
    await bench.pod(image)

    why = "invalid reference format: repository name must be lowercase"
    words = f'Failed to apply default image tag "{image}": couldn\'t parse image reference "{image}": {why}'
    await bench.waits("InvalidImageName", words)
    await bench.event("InspectFailed", words)
    await bench.event("Failed", "Error: InvalidImageName")


async def test_an_image_that_must_not_be_pulled(world: PullWorld, bench: Bench) -> None:
    image = f"{world.plain.host}/lnmp/never:v2"
    await bench.pod(image, policy="Never")

    words = f'Container image "{image}" is not present with pull policy of Never'
    await bench.waits("ErrImageNeverPull", words)
    await bench.event("ErrImageNeverPull", words)


async def test_an_image_on_the_node_needs_no_credential(world: PullWorld, bench: Bench) -> None:
    await bench.secret("pull", good(world))
    await bench.pod(world.plain.image, "pull", name="first")
    await bench.runs("first")
    await bench.pod(world.plain.image, name="cached", policy="IfNotPresent")
    await bench.pod(world.plain.image, name="asked")

    await bench.runs("cached")
    await bench.event("Pulled", f'Container image "{world.plain.image}" already present on machine')
    await bench.waits("ErrImagePull", refused(world.plain.image), "asked")


async def test_an_init_container_that_fails_holds_the_pod_back(world: PullWorld, bench: Bench) -> None:
    image = f"{world.plain.host}/lnmp/nginx:nope"
    await bench.secret("pull", good(world))
    init = {"name": "init", "image": image, "imagePullPolicy": "Always"}
    await bench.pod(world.plain.image, "pull", initContainers=[init])

    pod = await bench.waits("ErrImagePull", f"{resolving(image, NOT_FOUND)}{image}: not found")

    (status,) = pod["status"]["containerStatuses"]
    assert status["state"] == {"waiting": {"reason": "PodInitializing"}}
    assert pod["status"]["conditions"][0]["message"] == "containers with incomplete status: [init]"
    failed = await bench.event("Failed", "Error: ErrImagePull")
    assert failed["involvedObject"]["fieldPath"] == "spec.initContainers{init}"


async def test_one_of_two_containers_runs(world: PullWorld, bench: Bench) -> None:
    image = f"{world.plain.host}/team/app:nope"
    names = {"app": world.plain.image, "side": image}
    await bench.secret("pull", good(world))
    containers = [{"name": name, "image": one, "imagePullPolicy": "Always"} for name, one in names.items()]
    await bench.pod(world.plain.image, "pull", containers=containers)

    pod = await bench.waits("ErrImagePull", f"{resolving(image, NOT_FOUND)}{image}: not found")

    assert pod["status"]["phase"] == "Pending"
    assert {s["name"]: next(iter(s["state"])) for s in pod["status"]["containerStatuses"]} == {
        "app": "running", "side": "waiting",
    }  # fmt: skip


async def test_tokens_with_rights_per_repository(world: PullWorld, bench: Bench) -> None:
    token, denied = world.token, f"{world.token.host}/team/app:1.0"
    await bench.secret("pull", {token.host: entry(token.username, token.password)})
    await bench.secret("bad", {token.host: entry(token.username, "wrong")})
    await bench.pod(token.image, "pull", name="allowed")
    await bench.pod(denied, "pull", name="denied")
    await bench.pod(token.image, name="nobody")
    await bench.pod(token.image, "bad", name="wrong")
    await bench.pod(f"{token.host}/public/app:1.0", name="public")

    scope = "pull access denied, repository does not exist or may require authorization: server message: "
    scope += "insufficient_scope: authorization failed"
    oauth = "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized"
    await bench.runs("allowed")
    await bench.runs("public")
    await bench.waits("ErrImagePull", resolving(denied) + scope, "denied")
    await bench.waits("ErrImagePull", resolving(token.image) + scope, "nobody")
    await bench.waits("ErrImagePull", resolving(token.image) + oauth, "wrong")


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
