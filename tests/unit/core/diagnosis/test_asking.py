"""What is asked of registries: what decides, each once, and loopback ones only from the node."""

from dataclasses import replace
from typing import Any

import pytest

from pullsecret.core.credentials import Credential
from pullsecret.core.diagnosis import wanted_probes
from pullsecret.core.diagnosis.asking import CACHED_IMAGES, is_loopback
from pullsecret.core.diagnosis.model import Event, PodFacts, Snapshot
from pullsecret.core.sensitive import Sensitive
from support.podcases import HOST, IMAGE, PASSWORD, a_pod, a_secret, a_snapshot, an_account

TWO = {HOST: ("robot", PASSWORD), f"{HOST}/lnmp": ("other", PASSWORD)}


def users(snapshot: Snapshot, **options: Any) -> list[str]:
    return [credential.username for _, credential in wanted_probes(snapshot, **options)]


def test_every_credential_in_the_kubelets_order_and_none() -> None:
    assert users(a_snapshot(a_pod(["pull"]), a_secret(auths=TWO))) == ["other", "robot", ""]


def test_similar_pods_are_asked_for_once() -> None:
    snapshot = a_snapshot(a_pod(["pull"]), a_secret())

    assert wanted_probes(replace(snapshot, pods=snapshot.pods * 3)) == wanted_probes(snapshot)


def test_tokens_that_the_kubelet_does_not_use_are_not_sent() -> None:
    secret = a_secret(auths={HOST: {"username": "robot", "password": PASSWORD, "identitytoken": "abc"}})

    assert wanted_probes(a_snapshot(a_pod(["pull"]), secret))[0][1] == Credential(
        "robot", Sensitive(PASSWORD)
    )


def test_what_the_account_lists_and_what_could_be_attached() -> None:
    listed, free = a_secret("listed"), a_secret("free", {HOST: ("other", PASSWORD)})

    assert users(a_snapshot(a_pod(), listed, free, account=an_account("listed"))) == ["robot", "other", ""]


def test_each_image_with_what_could_be_attached_for_it() -> None:
    pod = a_pod()
    pod["spec"]["initContainers"] = [{"name": "setup", "image": f"{HOST}/setup:1"}]
    state = {"waiting": {"reason": "ErrImagePull"}}
    pod["status"]["initContainerStatuses"] = [{"name": "setup", "state": state}]

    assert users(a_snapshot(pod, a_secret("free"))) == ["robot", "", "robot", ""]


@pytest.mark.parametrize(
    "pod",
    [
        pytest.param(a_pod(image="UPPER/case"), id="no name"),
        pytest.param(a_pod(reason="InvalidImageName"), id="no name, says the node"),
        pytest.param(a_pod(reason="ErrImageNeverPull"), id="not to be pulled"),
        pytest.param(a_pod(reason="ContainerCreating"), id="not failing"),
        pytest.param(a_pod(["bad"]), id="a Secret that the kubelet refuses"),
        pytest.param(
            a_pod(message="write /var/lib/containerd/x: no space left on device"), id="the node's trouble"
        ),
        pytest.param(a_pod(reason="Running", image="UPPER/case"), id="no name, and runs"),
    ],
)
def test_what_would_decide_nothing_is_not_asked(pod: dict[str, Any]) -> None:
    assert wanted_probes(a_snapshot(pod, a_secret("bad", {HOST: {"auth": "!!!"}}), events=())) == ()


@pytest.mark.parametrize(
    ("registry", "loopback"),
    [
        pytest.param("localhost:5000", True, id="localhost"),
        pytest.param("registry.localhost", True, id="a name below it"),
        pytest.param("127.0.0.1:5000", True, id="its address"),
        pytest.param("127.9.9.9", True, id="another of its addresses"),
        pytest.param("10.0.0.1:5000", False, id="another address"),
        pytest.param("localhost.example.com", False, id="another name"),
    ],
)
def test_a_loopback_registry_is_the_nodes_own(registry: str, loopback: bool) -> None:
    snapshot = a_snapshot(a_pod(image=f"{registry}/lnmp/nginx:v2"), events=())

    assert is_loopback(registry) is loopback
    assert bool(wanted_probes(snapshot)) is not loopback
    assert len(wanted_probes(snapshot, on_node=True)) == 1


def running(number: int, **pod: Any) -> PodFacts:
    made = a_pod(
        ["pull"], reason="Running", name=f"web-{number}", **{"image": f"{HOST}/app{number}:1", **pod}
    )
    return PodFacts(made)


def test_images_of_pods_that_run_are_asked_for_within_bounds() -> None:
    several = tuple(running(number % 60) for number in range(200))
    snapshot = replace(a_snapshot(a_pod(["pull"]), a_secret()), pods=several)

    assert len(wanted_probes(snapshot)) == 2 * CACHED_IMAGES


def test_an_image_that_was_pulled_for_its_pod_is_not_asked_for() -> None:
    pulled = Event("Pulled", f'Successfully pulled image "{IMAGE}" in 1s', container="web")
    mixed = a_pod(reason="Running")
    mixed["spec"]["containers"].append({"name": "side", "image": f"{HOST}/side:1"})
    mixed["status"]["containerStatuses"].append(
        {"name": "side", "state": {"waiting": {"reason": "ContainerCreating"}}}
    )

    assert wanted_probes(a_snapshot(a_pod(reason="Running"), events=(pulled,))) == ()
    assert wanted_probes(a_snapshot(mixed, events=(pulled,))) == ()
    assert len(wanted_probes(a_snapshot(mixed, events=()))) == 1
