"""What a node says of images that it cannot pull, and what makes it pull them."""

from typing import Any

import pytest

from support.pullworlds import NOT_FOUND, Bench, PullWorld, entry, good, refused, resolving

ZEROS = "sha256:" + "0" * 64


@pytest.fixture
def kubeconfig(world: PullWorld) -> str:
    return world.kubeconfig


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
