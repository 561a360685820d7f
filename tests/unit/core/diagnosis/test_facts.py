"""What is read from Pods: which containers wait for an image, and what the node last said of it."""

from datetime import timedelta
from typing import Any

import pytest

from pullsecret.core.diagnosis.changes import last_change
from pullsecret.core.diagnosis.facts import Case, Failure, cases_of
from pullsecret.core.diagnosis.glance import Glance, is_quiet
from pullsecret.core.diagnosis.model import Event, PodFacts
from support.podcases import IMAGE, NOW, REFUSED, a_pod, failed

VOLUME = "harbor.example.com/team/model:1"
WITH_VOLUME = {"volumes": [{"name": "model", "image": {"reference": VOLUME}}]}
OTHER = f'Failed to pull image "{VOLUME}": {REFUSED}'


def cases(pod: dict[str, Any], *events: Event) -> dict[str, Case]:
    return {case.container: case for case in cases_of(PodFacts(pod, events))}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"status": {"phase": "Succeeded"}}, id="ended well"),
        pytest.param({"status": {"phase": "Failed"}}, id="ended badly"),
        pytest.param({"metadata": {"deletionTimestamp": "2026-11-22T07:59:00Z"}}, id="being deleted"),
        pytest.param({"spec": {"containers": "web"}}, id="not to be read"),
    ],
)
def test_pods_that_nothing_is_said_of(change: dict[str, Any]) -> None:
    assert cases({**a_pod(), **change}) == {}


@pytest.mark.parametrize(
    ("reason", "events", "failing"),
    [
        pytest.param("ErrImagePull", (), True, id="by its state"),
        pytest.param("ContainerCreating", (), False, id="starting"),
        pytest.param("ContainerCreating", (failed(),), True, id="starting, and events tell more"),
        pytest.param("CrashLoopBackOff", (failed(),), False, id="was pulled later"),
        pytest.param("Running", (failed(),), False, id="runs"),
        pytest.param("ContainerCreating", (Event("Failed", "Error: ErrImagePull"),), False, id="no message"),
    ],
)
def test_whether_it_waits_for_its_image(reason: str, events: tuple[Event, ...], failing: bool) -> None:
    assert cases(a_pod(reason=reason, message=""), *events)["web"].failing is failing


@pytest.mark.parametrize(
    ("waiting", "events", "failure"),
    [
        pytest.param("", (), Failure(), id="nothing"),
        pytest.param(f'Back-off pulling image "{IMAGE}"', (), Failure(), id="only that it waits"),
        pytest.param(f'Back-off pulling image "{IMAGE}": ErrImagePull: no', (), Failure("no"), id="and why"),
        pytest.param(
            "no", (failed(2, NOW, "no"),), Failure(f'Failed to pull image "{IMAGE}": no', 2, NOW), id="same"
        ),
        pytest.param(
            "other", (failed(2, NOW, "no"),), Failure("other", 1, NOW), id="another than the event's"
        ),
        pytest.param(
            "", (failed(2, NOW, "no"), Event("Pulled", "…", 1, NOW, "web")), Failure(), id="pulled since"
        ),
        pytest.param(
            "",
            (failed(2, NOW, "no"), failed(1, NOW, "yes")),
            Failure(f'Failed to pull image "{IMAGE}": yes', 1, NOW),
            id="the last counts",
        ),
        pytest.param("", (Event("Failed", OTHER, 1, NOW, "web"),), Failure(), id="of another image"),
        pytest.param("", (Event("Failed", "odd", 1, NOW, "side"),), Failure(), id="of another container"),
        pytest.param(
            "",
            (Event("InspectFailed", f'tag "{IMAGE}"', 1, NOW),),
            Failure(f'tag "{IMAGE}"', 1, NOW),
            id="by the image that it quotes",
        ),
    ],
)
def test_what_the_node_last_said(waiting: str, events: tuple[Event, ...], failure: Failure) -> None:
    assert cases(a_pod(message=waiting), *events)["web"].failure == failure


def test_an_image_that_is_named_without_its_tag() -> None:
    event = Event("Failed", 'Failed to pull image "nginx:latest": no')

    assert cases(a_pod(image="nginx", message=""), event)["web"].failure.message.endswith(": no")


def test_an_image_volume_by_its_event() -> None:
    found = cases(a_pod(reason="ContainerCreating", message="", **WITH_VOLUME), Event("Failed", OTHER))

    assert found["model"].failing
    assert (found["model"].role, found["model"].image) == ("volume", VOLUME)
    assert not found["web"].failing


def test_an_image_volume_for_which_a_container_is_blamed() -> None:
    found = cases(a_pod(message=f'Back-off pulling image "{VOLUME}"', **WITH_VOLUME))

    assert (found["model"].failing, found["model"].state) == (True, "ErrImagePull")
    assert not found["web"].failing


def test_an_image_volume_of_a_pod_that_runs() -> None:
    assert not cases(a_pod(reason="Running", **WITH_VOLUME), Event("Failed", OTHER))["model"].failing


@pytest.mark.parametrize(
    ("events", "found"),
    [
        pytest.param((), False, id="no event"),
        pytest.param((Event("FailedCreatePodSandBox", "no network"),), False, id="another trouble"),
        pytest.param((Event("FailedCreatePodSandBox", 'sandbox image "pause:3": no'),), True, id="its image"),
        pytest.param(
            (Event("FailedCreatePodSandBox", 'sandbox image "pause:3": no'), Event("Pulling", "…")),
            False,
            id="over",
        ),
    ],
)
def test_the_image_of_the_node_itself(events: tuple[Event, ...], found: bool) -> None:
    assert ("" in cases(a_pod(reason="ContainerCreating", message=""), *events)) is found


def test_whether_it_was_pulled_for_the_pod() -> None:
    pulled = Event("Pulled", f'Successfully pulled image "{IMAGE}" in 1s', 1, NOW, "web")
    present = Event("Pulled", f'Container image "{IMAGE}" already present on machine', 1, NOW, "web")

    assert cases(a_pod(reason="Running"), pulled)["web"].pulled
    assert not cases(a_pod(reason="Running"), present)["web"].pulled


def test_a_first_look_sees_what_a_whole_one_does() -> None:
    pod = a_pod(["pull", ""], reason="Running", account="ci")

    assert Glance.at(PodFacts(pod)) == Glance(
        "shop", (IMAGE,), ("pull",), own_list=True, account=("shop", "ci")
    )
    assert is_quiet(PodFacts(pod))
    assert not is_quiet(PodFacts(a_pod()))
    assert not is_quiet(PodFacts({"spec": 7, "status": {"containerStatuses": [7]}}))
    assert Glance.at(PodFacts({"spec": 7})) == Glance("", (), (), own_list=False, account=("", "default"))


def fields(*entries: tuple[str, str]) -> dict[str, Any]:
    managed = [{"time": time, "fieldsV1": {f"f:{name}": {}}} for time, name in entries]
    return {"metadata": {"creationTimestamp": "2026-11-22T07:30:00Z", "managedFields": managed}}


@pytest.mark.parametrize(
    ("obj", "name", "minutes"),
    [
        pytest.param(fields(), "", 30, id="made"),
        pytest.param(fields(), "data", None, id="nobody manages it"),
        pytest.param(
            fields(("2026-11-22T07:50:00Z", "data"), ("2026-11-22T07:40:00Z", "type")), "", 10, id="latest"
        ),
        pytest.param(
            fields(("2026-11-22T07:50:00Z", "data"), ("yesterday", "type")), "type", None, id="odd time"
        ),
        pytest.param({}, "", None, id="nothing"),
    ],
)
def test_when_an_object_was_last_changed(obj: dict[str, Any], name: str, minutes: int | None) -> None:
    assert last_change(obj, name) == (None if minutes is None else NOW - timedelta(minutes=minutes))
