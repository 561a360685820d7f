"""Kinds by the names people give them, and the metadata of objects that may lack it."""

from typing import Any

import pytest

from pullsecret.core import objects
from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import (
    CRON_JOB,
    DAEMON_SET,
    DEPLOYMENT,
    KINDS,
    SECRET,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    WORKLOADS,
    Kind,
    Owner,
    annotations_of,
    controller_of,
    kind_by_name,
    kind_of,
    labels_of,
    name_of,
    namespace_of,
    object_ref,
    resource_version_of,
    uid_of,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("deployment", DEPLOYMENT), ("deployments", DEPLOYMENT), ("deploy", DEPLOYMENT),
        ("Deployment", DEPLOYMENT), ("deployment.apps", DEPLOYMENT), ("deployments.v1.apps", DEPLOYMENT),
        (" sts ", STATEFUL_SET), ("DS", DAEMON_SET), ("cj", CRON_JOB), ("sa", SERVICE_ACCOUNT),
        ("secrets", SECRET), ("secrets.v1", SECRET),
    ],
)  # fmt: skip
def test_a_kind_is_found_by_every_name_of_kubectl(text: str, want: Kind) -> None:
    assert kind_by_name(text) is want


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param("deploymnet", "did you mean deployment?", id="typo"),
        pytest.param("deployment.batch", "did you mean deployment?", id="another group"),
        pytest.param("", "it can be one of cronjob, daemonset, ", id="empty"),
        pytest.param("xyzzy", "it can be one of cronjob, daemonset, ", id="nothing near"),
        pytest.param("secret", "it can be one of cronjob, daemonset, ", id="a kind that does not fit"),
    ],
)
def test_another_name_is_refused_with_what_fits(text: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        kind_by_name(text, WORKLOADS)
    assert str(caught.value) == f"{text!r} is no kind that fits here"
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_a_kind_is_told_by_its_objects(kind: Kind) -> None:
    assert kind_of({"apiVersion": kind.api_version, "kind": kind.kind}) == kind


@pytest.mark.parametrize(
    ("obj", "want"),
    [
        pytest.param({"apiVersion": "batch/v1beta1", "kind": "CronJob"}, "batch/v1beta1", id="older version"),
        pytest.param({"apiVersion": "example.com/v1", "kind": "Deployment"}, None, id="another group"),
        pytest.param({"kind": "Pod"}, None, id="no version"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_an_object_keeps_the_version_it_was_read_in(obj: dict[str, Any], want: str | None) -> None:
    kind = kind_of(obj)
    assert (kind and kind.api_version) == want


def test_metadata_is_given_as_text() -> None:
    obj = {
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "x", "uid": "u", "resourceVersion": "7",
                     "labels": {"a": "b"}, "annotations": {"c": "d"}},
    }  # fmt: skip
    assert (name_of(obj), namespace_of(obj), uid_of(obj), resource_version_of(obj)) == ("web", "x", "u", "7")
    assert (labels_of(obj), annotations_of(obj), object_ref(obj)) == ({"a": "b"}, {"c": "d"}, "pod/web")


@pytest.mark.parametrize(
    "obj",
    [
        {},
        {"metadata": None},
        {"metadata": []},
        {"metadata": {"name": None, "labels": None, "annotations": 5}},
    ],
)
def test_metadata_that_is_missing_is_empty(obj: dict[str, Any]) -> None:
    assert (name_of(obj), namespace_of(obj), uid_of(obj), resource_version_of(obj)) == ("", "", "", "")
    assert (labels_of(obj), annotations_of(obj), object_ref(obj)) == ({}, {}, "/")


@pytest.mark.parametrize(
    ("references", "want"),
    [
        pytest.param(None, None, id="none"),
        pytest.param("rubbish", None, id="no list"),
        pytest.param([None, {"kind": "ReplicaSet", "name": "a"}], None, id="an owner that is no controller"),
        pytest.param(
            [
                {"apiVersion": "v1", "kind": "ConfigMap", "name": "b", "controller": False},
                {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "a", "uid": "u", "controller": True},
            ],
            Owner("ReplicaSet", "a", "u", "apps"),
            id="the controller among owners",
        ),
        pytest.param(
            [{"apiVersion": "v1", "kind": "Node", "name": "n1", "controller": True}],
            Owner("Node", "n1", "", ""),
            id="core group, no uid",
        ),
    ],
)
def test_the_controller_is_told_from_other_owners(references: Any, want: Owner | None) -> None:
    assert controller_of({"metadata": {"ownerReferences": references}}) == want


def test_an_owner_reads_as_kind_and_name() -> None:
    assert str(Owner("ReplicaSet", "web-1", "u", "apps")) == "ReplicaSet/web-1"


def test_every_kind_is_listed_once() -> None:
    kinds = [value for value in vars(objects).values() if isinstance(value, Kind)]
    assert sorted(map(str, kinds)) == sorted(map(str, KINDS))
