"""The kubelet with a fake registry and a time that stands still, compared with what a real node did."""

from itertools import pairwise

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.manifests import OCI_INDEX, Manifest
from pullsecret.core.objects import POD
from support.pods import recorded, told
from support.sandboxes import DIGEST, IMAGE, REGISTRY, FakePuller, Node, auth, events_of, failure, settle

MISSING = failure(404, Cause.IMAGE_NOT_FOUND, scheme="basic")


async def test_a_pod_with_the_right_secret_runs() -> None:
    async with Node() as node:
        node.secret("pull", {REGISTRY: auth()})
        node.pod("pull")
        await node.time.advance(2)

        status = node.status()

    assert status["phase"] == "Running"
    assert status["containerStatuses"][0]["imageID"] == f"{REGISTRY}/lnmp/nginx@{DIGEST}"
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Initialized": "True", "Ready": "True", "ContainersReady": "True",
    }  # fmt: skip
    assert [reason for reason, *_ in events_of(node.store)] == ["Pulling", "Pulled", "Created", "Started"]


async def test_a_status_has_the_fields_of_a_real_one() -> None:
    real = recorded("running")["status_at_the_end"]
    async with Node() as node:
        node.secret("pull", {REGISTRY: auth()})
        node.pod("pull")
        await node.time.advance(2)
        status = node.status()

    assert set(real) == set(status)
    assert set(real["containerStatuses"][0]) == set(status["containerStatuses"][0])
    assert [c["type"] for c in real["conditions"] if c["type"] != "PodScheduled"] == [
        c["type"] for c in status["conditions"]
    ]


async def test_a_pod_that_fails_goes_through_the_states_of_a_real_one() -> None:
    states = []
    async with Node() as node:
        node.pod()
        for _ in range(100):
            await node.time.advance(0.5)
            if not states or states[-1] != node.waits():
                states.append(node.waits())

    real = [next(iter(s["containers"].values())) for s in recorded("no-secret")["states"] if s["containers"]]
    assert states == [
        "ContainerCreating",
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImagePull",
        "ImagePullBackOff",
    ]
    assert states[: len(real)] == real


async def test_a_failing_pod_tells_the_events_of_a_real_one() -> None:
    async with Node() as node:
        node.pod()
        await node.time.advance(2)

        said = {(reason, message) for reason, message, _ in events_of(node.store)}

    real = recorded("no-secret")["events"]
    assert said == {(e["reason"], e["message"]) for e in real if e["reason"] != "Scheduled"}
    assert node.puller.asked == [""]


async def test_back_off_doubles_up_to_five_minutes_and_events_are_counted() -> None:
    pulls = []
    async with Node() as node:
        node.pod()
        for second in range(2000):
            await node.time.advance(1)
            if len(node.puller.asked) > len(pulls):
                pulls.append(second)
        told_of = {message: times for _, message, times in events_of(node.store)}

    waits = [later - earlier for earlier, later in pairwise(pulls)]
    assert waits[:5] == pytest.approx([13.5, 25, 50, 87.5, 162.5], abs=1.5)
    assert all(300 <= wait <= 313 for wait in waits[5:])
    assert told_of[f'Pulling image "{IMAGE}"'] == len(pulls)


async def test_a_pod_recovers_when_its_named_secret_is_made_later() -> None:
    async with Node() as node:
        node.pod("pull")
        await node.time.advance(5)
        stuck = node.waits()
        node.secret("pull", {REGISTRY: auth()})
        await node.time.advance(15)
        recovered = node.waits()

    assert (stuck, recovered) == ("ErrImagePull", "running")


async def test_every_matching_credential_is_tried_in_order_until_one_works() -> None:
    async with Node() as node:
        node.secret("one", {REGISTRY: auth("first", "bad"), f"http://{REGISTRY}": auth("second", "bad")})
        node.secret("two", {REGISTRY: auth("third")})
        node.pod("one", "two")
        await node.time.advance(2)
        state = node.waits()

    assert state == "running"
    assert node.puller.asked == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("auths", "kind"),
    [
        pytest.param({"127.0.0.1:5001": auth()}, "kubernetes.io/dockerconfigjson", id="another port"),
        pytest.param({f"{REGISTRY}/team": auth()}, "kubernetes.io/dockerconfigjson", id="another path"),
        pytest.param({"localhost:5000": auth()}, "kubernetes.io/dockerconfigjson", id="another host"),
        pytest.param({REGISTRY: auth()}, "Opaque", id="another type"),
        pytest.param({REGISTRY: {}}, "kubernetes.io/dockerconfigjson", id="no credential in it"),
    ],
)
async def test_a_secret_that_does_not_match_is_passed_over(auths: object, kind: str) -> None:
    async with Node() as node:
        node.secret("pull", auths, kind)
        node.pod("pull")
        await node.time.advance(2)
        message = node.status()["containerStatuses"][0]["state"]["waiting"]

    assert node.puller.asked == [""]
    assert message == {"reason": "ErrImagePull", "message": told("no-secret")[2]}


async def test_a_malformed_secret_spoils_the_good_one_beside_it() -> None:
    async with Node() as node:
        node.secret("good", {REGISTRY: auth()})
        node.secret("bad", {REGISTRY: {"auth": "!!!"}})
        node.pod("good", "bad")
        await node.time.advance(2)
        waiting = node.status()["containerStatuses"][0]["state"]["waiting"]

    assert waiting == {"reason": "ErrImagePull", "message": told("secret-malformed")[2]}
    assert node.puller.asked == []


@pytest.mark.parametrize("case", ["invalid-name", "invalid-name-scheme", "never-pull"])
async def test_what_needs_no_registry_is_told_in_the_words_of_a_real_node(case: str) -> None:
    image, reason, message = told(case)
    async with Node() as node:
        node.pod(image=image, policy="Never" if case == "never-pull" else "Always")
        await node.time.advance(2)
        waiting = node.status()["containerStatuses"][0]["state"]["waiting"]
        said = {(reason, message) for reason, message, _ in events_of(node.store)}

    assert waiting == {"reason": reason, "message": message}
    real = {(e["reason"], e["message"]) for e in recorded(case)["events"]}
    assert said == {one for one in real if one[0] not in {"Scheduled", "FailedMount"}}
    assert node.puller.asked == []


async def test_an_image_on_the_node_runs_without_a_credential_unless_it_is_always_pulled() -> None:
    async with Node() as node:
        node.secret("pull", {REGISTRY: auth()})
        node.pod("pull", name="first")
        await node.time.advance(2)
        node.pod(name="cached", policy="IfNotPresent")
        node.pod(name="asked", policy="Always")
        node.pod(name="never", policy="Never")
        await node.time.advance(2)
        states = [node.waits(name) for name in ("cached", "asked", "never")]

    assert states == ["running", "ErrImagePull", "running"]
    assert next(e for e in events_of(node.store, "Pulled") if "already present" in e[1])[2] == 1


async def test_init_containers_come_first_and_one_at_a_time() -> None:
    inits = [{"name": name, "image": IMAGE} for name in ("one", "two")]
    async with Node(puller=FakePuller(password="")) as node:
        node.pod(initContainers=inits)
        await node.time.advance(0.5)
        early = node.waits()
        await node.time.advance(5)
        status = node.status()

    assert early == "PodInitializing"
    assert [next(iter(s["state"])) for s in status["initContainerStatuses"]] == ["terminated", "terminated"]
    assert status["phase"] == "Running"
    assert [m for r, m, _ in events_of(node.store, "Started")] == [
        "Started container one", "Started container two", "Started container app",
    ]  # fmt: skip


async def test_an_init_container_that_fails_holds_the_others_back() -> None:
    async with Node(puller=FakePuller(failure=MISSING)) as node:
        node.pod(initContainers=[{"name": "init", "image": f"{REGISTRY}/lnmp/nginx:nope"}])
        await node.time.advance(2)
        status = node.status()

    real = recorded("init-fails")["pod"]["status"]
    for name in ("initContainerStatuses", "containerStatuses"):
        assert status[name] == real[name]
    kept = ("type", "status", "reason", "message")
    assert [{k: c.get(k) for k in kept} for c in status["conditions"]] == [
        {k: c.get(k) for k in kept} for c in real["conditions"] if c["type"] != "PodScheduled"
    ]


async def test_one_container_runs_while_the_other_waits() -> None:
    both = [{"name": "app", "image": IMAGE}, {"name": "side", "image": "x.test/INVALID"}]
    async with Node(puller=FakePuller(password="")) as node:
        node.pod(containers=both)
        await node.time.advance(2)
        status = node.status()

    assert [node.waits(container=n) for n in (0, 1)] == ["running", "InvalidImageName"]
    assert status["phase"] == "Pending"
    assert status["conditions"][1]["message"] == "containers with unready status: [side]"


async def test_an_index_without_the_nodes_platform_is_refused() -> None:
    found = Manifest("", DIGEST, OCI_INDEX, ("linux/arm64", "linux/riscv64"))
    async with Node(puller=FakePuller(password="", found=found)) as node:
        node.pod()
        await node.time.advance(2)
        waiting = node.status()["containerStatuses"][0]["state"]["waiting"]

    assert waiting["message"].endswith("no match for platform in manifest: not found")


async def test_a_mended_image_is_looked_at_at_once() -> None:
    async with Node(puller=FakePuller(password="")) as node:
        node.pod(image="x.test/INVALID")
        await node.time.advance(5)
        pod = node.store.get(POD, "web", "shop")
        pod["spec"]["containers"][0]["image"] = IMAGE
        node.store.update(POD, pod)
        await node.time.advance(1.5)
        state = node.waits()

    assert state == "running"


@pytest.mark.parametrize("grace", [None, 0], ids=["with grace", "at once"])
async def test_a_pod_that_is_deleted_is_stopped_and_goes(grace: int | None) -> None:
    async with Node(puller=FakePuller(password="")) as node:
        node.pod()
        await node.time.advance(2)
        node.store.delete(POD, "web", "shop", grace_period=grace)
        await settle()

        assert node.store.list(POD) == []
        assert events_of(node.store, "Killing") == [("Killing", "Stopping container app", 1)]


async def test_a_pod_that_is_deleted_while_it_is_pulled_goes_too() -> None:
    async with Node() as node:
        node.pod()
        await settle()
        node.store.delete(POD, "web", "shop")
        await node.time.advance(30)

        assert node.store.list(POD) == []
        assert events_of(node.store, "Killing") == []


async def test_pods_of_other_nodes_are_left_alone() -> None:
    async with Node() as node:
        node.pod(nodeName="other")
        await node.time.advance(30)

        assert node.puller.asked == []
