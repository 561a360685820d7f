"""Attaching and detaching: what is written, what is kept, what is refused."""

from typing import Any

import pytest

from pullsecret.core.attachment import (
    plan_attach_service_account,
    plan_attach_workload,
    plan_detach_service_account,
    plan_detach_workload,
    secret_names,
)
from pullsecret.core.errors import InvalidInput, UsageError
from pullsecret.core.objects import Owner

OWNER = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u1", "controller": True}
A, B, C = {"name": "a"}, {"name": "b"}, {"name": "c"}


def account(entries: Any = None, **metadata: Any) -> dict[str, Any]:
    meta = {"name": "default", "namespace": "shop", "resourceVersion": "7", **metadata}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta, "imagePullSecrets": entries}


def workload(
    kind: str = "Deployment", entries: Any = None, *, owner: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    group = {"Job": "batch/v1", "CronJob": "batch/v1beta1", "Pod": "v1", "ReplicationController": "v1"}
    body: dict[str, Any] = {"spec": {"serviceAccountName": "builder", "imagePullSecrets": entries}}
    if kind == "CronJob":
        body = {"spec": {"jobTemplate": {"spec": {"template": body}}}}
    elif kind != "Pod":
        body = {"spec": {"template": body, **spec}}
    meta: dict[str, Any] = {"name": "web", "namespace": "shop", "resourceVersion": "7"}
    if owner:
        meta["ownerReferences"] = [owner]
    return {"apiVersion": group.get(kind, "apps/v1"), "kind": kind, "metadata": meta, **body}


@pytest.mark.parametrize(
    ("entries", "names", "after"),
    [
        pytest.param(None, ["a"], [A], id="no list"),
        pytest.param([], ["a", "b"], [A, B], id="empty list"),
        pytest.param([B], ["a"], [B, A], id="at the end"),
        pytest.param([B], ["a", "b", "a"], [B, A], id="only what is missing, once"),
        pytest.param(
            [{"name": "b", "future": {"x": 1}}, None, {}, {"name": "b"}],
            ["a"],
            [{"name": "b", "future": {"x": 1}}, None, {}, {"name": "b"}, A],
            id="others' entries as they are",
        ),
    ],
)
def test_attaching_keeps_what_others_put_there(entries: Any, names: list[str], after: list[Any]) -> None:
    change = plan_attach_service_account(account(entries), names)
    assert change
    assert change.patch == {"metadata": {"resourceVersion": "7"}, "imagePullSecrets": after}
    assert (change.ref, change.namespace, change.name) == ("serviceaccount/default", "shop", "default")
    assert change.kind.plural == "serviceaccounts"


@pytest.mark.parametrize(
    ("entries", "names", "after"),
    [
        pytest.param([A], ["a"], [], id="the last one"),
        pytest.param([B, A, C], ["a"], [B, C], id="order is kept"),
        pytest.param([A, B, A], ["a"], [B], id="every time it is there"),
        pytest.param([B, A, {}, None, B], ["a", "x"], [B, {}, None, B], id="others' entries as they are"),
    ],
)
def test_detaching_takes_out_nothing_else(entries: Any, names: list[str], after: list[Any]) -> None:
    change = plan_detach_service_account(account(entries), names)
    assert change
    assert change.patch == {"metadata": {"resourceVersion": "7"}, "imagePullSecrets": after}
    assert not change.inherits_again


def test_where_nothing_differs_nothing_is_planned() -> None:
    assert plan_attach_service_account(account([B, A]), ["a", "b"]) is None
    assert plan_attach_service_account(account(), []) is None
    assert plan_detach_service_account(account([B, {}, None]), ["a", ""]) is None
    assert plan_detach_service_account(account(), ["a"]) is None
    assert plan_attach_workload(workload(entries=[A]), ["a"], ["b"]) is None
    assert plan_attach_workload(workload(), [], ["b"]) is None
    assert plan_detach_workload(workload(entries=[A]), ["b"]) is None


def test_a_change_tells_what_comes_and_goes() -> None:
    change = plan_attach_service_account(account([B, {}, B]), ["a"])
    assert change
    assert (change.before, change.after, change.added, change.removed) == (("b",), ("b", "a"), ("a",), ())
    change = plan_detach_service_account(account([B, A]), ["b"])
    assert change
    assert (change.before, change.after, change.added, change.removed) == (("b", "a"), ("a",), (), ("b",))
    assert secret_names(account([B, None, {}, A, B])) == ("b", "a")


def test_the_object_that_was_read_is_not_changed() -> None:
    sa, deployment = account([B]), workload(entries=[B])
    plan_attach_service_account(sa, ["a"])
    plan_detach_service_account(sa, ["b"])
    plan_attach_workload(deployment, ["a"], [])
    assert (sa, deployment) == (account([B]), workload(entries=[B]))


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        pytest.param(
            account(resourceVersion=""),
            "metadata.resourceVersion: serviceaccount/default was not read from a cluster: it has none",
            id="a manifest, which cannot be written conditionally",
        ),
        pytest.param(
            {
                "apiVersion": "meta.k8s.io/v1",
                "kind": "PartialObjectMetadata",
                "metadata": {"name": "default"},
            },
            "kind: partialobjectmetadata/default is no ServiceAccount as a cluster gives it",
            id="metadata alone, which has no list though the object may",
        ),
        pytest.param(
            account("a"),
            "imagePullSecrets: must be a list, not text (in serviceaccount/default)",
            id="no list",
        ),
    ],
)
def test_what_was_not_read_whole_is_never_written(obj: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_attach_service_account(obj, ["a"])
    assert str(caught.value) == message


def test_metadata_alone_does_not_pass_for_an_empty_list() -> None:
    with pytest.raises(InvalidInput):
        secret_names({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata"})


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(InvalidInput, match="the name of a Secret is empty"):
        plan_attach_service_account(account(), ["a", ""])


@pytest.mark.parametrize(
    ("entries", "inherited", "after", "kept"),
    [
        pytest.param(
            None, ["x", "y", "x"], ["x", "y", "a"], ("x", "y"), id="the inherited list is kept first"
        ),
        pytest.param([], [], ["a"], (), id="nothing was inherited"),
        pytest.param([], ["a"], ["a"], ("a",), id="inherited so far, its own from now on"),
        pytest.param([B], ["x"], ["b", "a"], (), id="a list of its own inherits nothing"),
    ],
)
def test_a_workload_keeps_what_its_pods_inherited(
    entries: Any, inherited: list[str], after: list[str], kept: tuple[str, ...]
) -> None:
    change = plan_attach_workload(workload(entries=entries), ["a"], inherited)
    assert change
    assert change.patch == {
        "metadata": {"resourceVersion": "7"},
        "spec": {"template": {"spec": {"imagePullSecrets": [{"name": name} for name in after]}}},
    }
    assert (list(change.after), change.inherited, change.ref) == (after, kept, "deployment/web")


def test_a_list_of_nameless_entries_inherits_nothing_either() -> None:
    change = plan_attach_workload(workload(entries=[{}]), ["a"], ["x"])
    assert change
    assert (change.after, change.inherited) == (("a",), ())
    assert change.patch["spec"]["template"]["spec"]["imagePullSecrets"] == [{}, A]


def test_a_cron_job_is_written_where_its_template_is_and_in_its_version() -> None:
    change = plan_attach_workload(workload("CronJob"), ["a"], [])
    assert change
    assert change.kind.api_version == "batch/v1beta1"
    template = {"spec": {"imagePullSecrets": [A]}}
    assert change.patch["spec"] == {"jobTemplate": {"spec": {"template": template}}}
    assert not change.replaces_pods


def test_detaching_the_last_tells_that_pods_inherit_again() -> None:
    change = plan_detach_workload(workload(entries=[A]), ["a"])
    assert change
    assert (change.after, change.inherits_again) == ((), True)
    change = plan_detach_workload(workload(entries=[A, B]), ["a"])
    assert change
    assert (change.after, change.inherits_again) == (("b",), False)


@pytest.mark.parametrize(
    ("kind", "spec", "want"),
    [
        ("Deployment", {}, True),
        ("Deployment", {"paused": True}, False),
        ("StatefulSet", {}, True),
        ("StatefulSet", {"updateStrategy": {"type": "OnDelete"}}, False),
        ("DaemonSet", {"updateStrategy": {"type": "RollingUpdate"}}, True),
        ("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, False),
        ("ReplicaSet", {}, False),
        ("ReplicationController", {}, False),
    ],
)
def test_a_change_tells_whether_pods_are_replaced(kind: str, spec: dict[str, Any], want: bool) -> None:
    change = plan_attach_workload(workload(kind, **spec), ["a"], [])
    assert change
    assert change.replaces_pods is want


def test_a_change_tells_who_may_undo_it() -> None:
    owner = {**OWNER, "kind": "Prometheus", "apiVersion": "monitoring.coreos.com/v1"}
    change = plan_attach_workload(workload("StatefulSet", owner=owner), ["a"], [])
    assert change
    assert change.managed_by == Owner("Prometheus", "web", "u1", "monitoring.coreos.com")
    change = plan_attach_workload(workload("StatefulSet"), ["a"], [])
    assert change
    assert change.managed_by is None


@pytest.mark.parametrize(
    ("obj", "message", "hint"),
    [
        pytest.param(
            workload("Pod"),
            "the imagePullSecrets of pod/web cannot be changed once it exists",
            "Pods get the list of serviceaccount/builder when they are made: change that, ",
            id="a Pod that inherits",
        ),
        pytest.param(
            workload("Pod", [B]),
            "the imagePullSecrets of pod/web cannot be changed once it exists",
            "delete the Pod and create it again with another list",
            id="a Pod with a list of its own",
        ),
        pytest.param(
            workload("Job"),
            "the imagePullSecrets of job/web cannot be changed once it exists",
            "Pods that it makes from now on get the list of serviceaccount/builder: change that instead",
            id="a Job",
        ),
        pytest.param(
            workload("Job", owner={**OWNER, "kind": "CronJob"}),
            "job/web is made by CronJob/web, which would not keep the change",
            "change cronjob/web instead",
            id="a Job of a CronJob",
        ),
        pytest.param(
            workload("ReplicaSet", owner=OWNER),
            "replicaset/web is made by Deployment/web, which would not keep the change",
            "change deployment/web instead",
            id="a ReplicaSet of a Deployment",
        ),
        pytest.param(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}},
            "configmap/x has no list of pull Secrets to change",
            "it can be a serviceaccount, deployment, ",
            id="no workload",
        ),
        pytest.param(
            {**workload("Rollout"), "apiVersion": "argoproj.io/v1alpha1"},
            "rollout/web has no list of pull Secrets to change",
            "it can be a serviceaccount, deployment, ",
            id="a custom resource",
        ),
    ],
)
def test_what_cannot_be_changed_is_refused_with_what_can(
    obj: dict[str, Any], message: str, hint: str
) -> None:
    for plan in (lambda: plan_attach_workload(obj, ["a"], []), lambda: plan_detach_workload(obj, ["a"])):
        with pytest.raises(UsageError) as caught:
            plan()
        assert caught.value.message == message
        assert caught.value.hint.startswith(hint)
