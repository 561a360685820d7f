"""Which Pods predate an attachment, and which of them may be evicted."""

from typing import Any

import pytest

from pullsecret.core.stuckpods import ContainerState, StuckPod, container_states, stuck_pods, stuck_pods_of

BACK_OFF = {"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "…"}}}
RUNNING = {"name": "log", "state": {"running": {"startedAt": "2026-11-22T08:00:00Z"}}}
DONE = {"name": "setup", "state": {"terminated": {"exitCode": 0}}}


def a_pod(
    secrets: Any = None,
    *,
    owner: str = "apps/v1 ReplicaSet",
    statuses: dict[str, Any] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    version, _, kind = owner.rpartition(" ")
    if statuses is None:
        statuses = {"containerStatuses": [BACK_OFF]}
    references = [{"apiVersion": version, "kind": kind, "name": "web-1", "uid": "rs1", "controller": True}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1-x", "namespace": "shop", "uid": "u1", "resourceVersion": "9",
                     "ownerReferences": references if kind else None},
        "spec": {"containers": [{"name": "web", "image": "harbor.example.com/web:1"}],
                 "imagePullSecrets": secrets, **spec},
        "status": {"phase": "Pending", **statuses},
    }  # fmt: skip


def stuck(pod: dict[str, Any], **options: Any) -> list[StuckPod]:
    return stuck_pods([pod], ["new"], **{"service_account": "default", **options})


def test_a_stuck_pod_is_told_with_what_an_eviction_needs() -> None:
    assert stuck(a_pod()) == [
        StuckPod(
            namespace="shop",
            name="web-1-x",
            uid="u1",
            resource_version="9",
            owner_kind="ReplicaSet",
            owner_name="web-1",
            images=("harbor.example.com/web:1",),
            evictable=True,
            why_not="",
        )
    ]


@pytest.mark.parametrize(
    ("secrets", "inherited", "want"),
    [
        pytest.param(None, [], True, id="it had nothing to inherit"),
        pytest.param([{"name": "a"}], ["a"], True, id="what the ServiceAccount had"),
        pytest.param([{"name": "a"}], ["a", "new"], True, id="what it has now, without the new name"),
        pytest.param([{"name": "a"}], ["a", "b"], True, id="from before an earlier attachment"),
        pytest.param(
            [{"name": "a"}], ["b"], False, id="a name that the ServiceAccount never had: its own list"
        ),
        pytest.param([{"name": "new"}], ["new"], False, id="it has the name"),
        pytest.param([{}], [], False, id="an empty entry, written by hand"),
    ],
)
def test_a_pod_that_inherited_is_told_from_one_with_its_own_list(
    secrets: Any, inherited: list[str], want: bool
) -> None:
    assert bool(stuck(a_pod(secrets), inherited=inherited)) is want


def test_what_its_template_says_of_a_list_decides() -> None:
    pod = a_pod([{"name": "a"}])
    (found,) = stuck(pod, inherited=["a"], templates={"rs1": False})
    assert (found.evictable, found.untold) == (True, False)
    assert not stuck(pod, inherited=["a"], templates={"rs1": True})


def test_a_pod_that_may_have_a_list_of_its_own_is_told_and_never_evicted() -> None:
    (found,) = stuck(a_pod([{"name": "a"}]), inherited=["a"])
    assert (found.evictable, found.untold) == (False, True)
    assert found.why_not == "whether its list of Secrets is its own cannot be told"


def test_a_bare_pod_that_was_made_with_a_list_is_not_stuck() -> None:
    pod = a_pod([{"name": "a"}], owner="")
    pod["metadata"]["managedFields"] = [{"fieldsV1": {"f:spec": {"f:imagePullSecrets": {}}}}]
    assert not stuck(pod, inherited=["a"])


def test_a_pod_that_lacks_one_of_several_names_is_stuck() -> None:
    pod = a_pod([{"name": "new"}])
    assert stuck_pods([pod], ["new", "newer"], service_account="default")
    assert not stuck_pods([pod], ["new"], service_account="default")
    assert not stuck_pods([pod], [], service_account="default")


def test_other_pods_are_left_alone() -> None:
    assert not stuck(a_pod(), service_account="builder")
    assert stuck(a_pod(serviceAccountName="builder"), service_account="builder")
    assert not stuck(a_pod(), templates={"rs1": True}), (
        "its template names Secrets: a new Pod would be no better"
    )
    assert stuck(a_pod(owner=""), templates={"": True}), "nobody made it from a template"
    mirror = a_pod(owner="v1 Node")
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "hash"}
    assert not stuck(mirror)


@pytest.mark.parametrize(
    ("statuses", "want"),
    [
        pytest.param({"containerStatuses": [BACK_OFF]}, True, id="backing off"),
        pytest.param(
            {"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "ErrImagePull"}}}]},
            True,
            id="just failed",
        ),
        pytest.param({"initContainerStatuses": [BACK_OFF]}, True, id="an init container"),
        pytest.param({"ephemeralContainerStatuses": [BACK_OFF]}, True, id="an ephemeral container"),
        pytest.param(
            {"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]},
            False,
            id="another reason",
        ),
        pytest.param({"containerStatuses": [RUNNING]}, False, id="running"),
        pytest.param({}, False, id="no status yet"),
        pytest.param({"containerStatuses": [None, 5, {"state": "x"}, {}]}, False, id="rubbish"),
        pytest.param({"containerStatuses": "x"}, False, id="more rubbish"),
    ],
)
def test_only_a_pod_that_waits_for_an_image_is_stuck(statuses: dict[str, Any], want: bool) -> None:
    assert bool(stuck(a_pod(statuses=statuses))) is want


@pytest.mark.parametrize(
    ("pod", "why_not"),
    [
        pytest.param(a_pod(owner="apps/v1 ReplicaSet"), "", id="ReplicaSet"),
        pytest.param(a_pod(owner="apps/v1 StatefulSet"), "", id="StatefulSet"),
        pytest.param(a_pod(owner="apps/v1 DaemonSet"), "", id="DaemonSet"),
        pytest.param(a_pod(owner="extensions/v1beta1 ReplicaSet"), "", id="ReplicaSet of old"),
        pytest.param(a_pod(owner="batch/v1 Job"), "Job/web-1 may not make it again", id="Job"),
        pytest.param(
            a_pod(owner="apps.kruise.io/v1 StatefulSet"),
            "StatefulSet/web-1 may not make it again",
            id="another kind",
        ),
        pytest.param(a_pod(owner=""), "no controller makes it again", id="nobody's"),
        pytest.param(
            a_pod(statuses={"containerStatuses": [BACK_OFF, RUNNING]}),
            "a container of it runs: log",
            id="one container runs",
        ),
        pytest.param(
            a_pod(statuses={"initContainerStatuses": [RUNNING], "containerStatuses": [BACK_OFF]}),
            "a container of it runs: log",
            id="an init container runs",
        ),
        pytest.param(
            a_pod(statuses={"containerStatuses": [BACK_OFF], "ephemeralContainerStatuses": [RUNNING]}),
            "a container of it runs: log",
            id="an ephemeral container runs",
        ),
        pytest.param(
            a_pod(statuses={"initContainerStatuses": [DONE], "containerStatuses": [BACK_OFF]}),
            "",
            id="an init container is done",
        ),
    ],
)
def test_only_what_is_safe_and_comes_back_is_evicted(pod: dict[str, Any], why_not: str) -> None:
    (found,) = stuck(pod)
    assert (found.evictable, found.why_not) == (not why_not, why_not)


def test_a_pod_that_is_being_deleted_is_not_evicted() -> None:
    pod = a_pod()
    pod["metadata"]["deletionTimestamp"] = "2026-11-22T08:00:00Z"
    (found,) = stuck(pod)
    assert (found.evictable, found.why_not) == (False, "it is being deleted already")


def test_a_pod_of_nobody_has_no_owner() -> None:
    (found,) = stuck(a_pod(owner=""))
    assert (found.owner_kind, found.owner_name) == ("", "")


def test_the_pods_of_a_controller_are_told_by_its_uid() -> None:
    own = a_pod([{"name": "other"}])
    assert stuck_pods_of([own], ["new"], controller_uid="rs1"), (
        "its own list does not matter: the template has it"
    )
    assert not stuck_pods_of([own], ["new"], controller_uid="rs2")
    assert not stuck_pods_of([a_pod(owner="")], ["new"], controller_uid="")
    assert not stuck_pods_of([a_pod([{"name": "new"}])], ["new"], controller_uid="rs1")


def test_the_states_of_all_containers_are_read() -> None:
    pod = a_pod(
        statuses={
            "initContainerStatuses": [{**DONE, "image": "busybox:1"}],
            "containerStatuses": [{**BACK_OFF, "image": "sha256:0"}, RUNNING],
        }
    )
    assert container_states(pod) == (
        ContainerState("setup", "init", "busybox:1", running=False, reason=""),
        ContainerState(
            "web", "container", "harbor.example.com/web:1", running=False, reason="ImagePullBackOff"
        ),
        ContainerState("log", "container", "", running=True, reason=""),
    )


def test_what_is_no_pod_has_no_states() -> None:
    assert container_states({"kind": "Table"}) == ()
    assert stuck_pods([{"kind": "Table"}], ["new"], service_account="default") == []
