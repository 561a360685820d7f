"""The webhook's answers: names are added, nothing of others is lost, and nobody is ever kept out."""

import base64
import json

import jsonpatch
import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.policy.names import ATTACHED, EXCLUDE
from pullsecret.operator.admission import additions, admission_of, answer, asks_for_names


def account(*names, annotations=None, **extra):
    made = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "web"}}
    if annotations:
        made["metadata"]["annotations"] = annotations
    if names:
        made["imagePullSecrets"] = [{"name": name} for name in names]
    return made | extra


def review(obj, operation="CREATE", resource="serviceaccounts", **more):
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "u-1", "operation": operation, "namespace": "web", "name": "default", "object": obj,
            "resource": {"group": "", "version": "v1", "resource": resource}, **more,
        },
    }  # fmt: skip


def admitted(obj, *names):
    return jsonpatch.apply_patch(obj, additions(obj, names))


@pytest.mark.parametrize(
    ("before", "wanted", "after", "ours"),
    [
        pytest.param(account(), ["a"], ["a"], ("a",), id="none-yet"),
        pytest.param(account(imagePullSecrets=None), ["a"], ["a"], ("a",), id="null"),
        pytest.param(account(imagePullSecrets=[]), ["a", "b", "a"], ["a", "b"], ("a", "b"), id="several"),
        pytest.param(account("x"), ["a"], ["x", "a"], ("a",), id="beside-others"),
        pytest.param(account("a", "x"), ["a", "b"], ["a", "x", "b"], ("b",), id="was-there-before-us"),
        pytest.param(account("x", annotations={"k": "v"}), ["a"], ["x", "a"], ("a",), id="annotations"),
        pytest.param(account("x", annotations={ATTACHED: "a"}), ["a"], ["x", "a"], ("a",), id="taken-off"),
        pytest.param(
            account("a", annotations={ATTACHED: "a"}), ["a", "b"], ["a", "b"], ("a", "b"), id="one-more"
        ),
        pytest.param(account("x"), [""], ["x"], (), id="no-name"),
    ],
)
def test_what_is_missing_is_added_and_noted(before, wanted, after, ours):
    made = admitted(before, *wanted)
    assert [entry["name"] for entry in made["imagePullSecrets"]] == after
    assert attached_by_us(made) == ours
    kept = {key: value for key, value in before["metadata"].get("annotations", {}).items() if key != ATTACHED}
    assert kept.items() <= made["metadata"].get("annotations", {}).items()


def test_what_it_made_itself_it_leaves_alone():
    made = admitted(account("x"), "a", "b")
    assert additions(made, ["a", "b"]) == []


def test_entries_that_it_does_not_know_stay_as_they_are():
    odd = account(imagePullSecrets=[{"name": "x", "future": 1}, {"other": 2}])
    assert admitted(odd, "a")["imagePullSecrets"] == [{"name": "x", "future": 1}, {"other": 2}, {"name": "a"}]


@pytest.mark.parametrize(
    "obj",
    [
        pytest.param(account(annotations={EXCLUDE: "true"}), id="annotation"),
        pytest.param(account(metadata={"labels": {EXCLUDE: "true"}}), id="label"),
        pytest.param(
            account(annotations={"pborn.eu/imagepullsecret-patcher-exclude": "true"}), id="of-another-tool"
        ),
        pytest.param(account(imagePullSecrets="a"), id="list-is-text"),
        pytest.param(account(metadata=None), id="no-metadata"),
        pytest.param(account(metadata={"deletionTimestamp": "2026-11-22T08:00:00Z"}), id="going"),
    ],
)
def test_who_opts_out_or_is_malformed_is_left_alone(obj):
    assert not asks_for_names(admission_of(review(obj)))


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(review(account(), operation="DELETE"), id="deletion"),
        pytest.param(review(account(), operation="CONNECT"), id="connect"),
        pytest.param(review(account(), resource="pods"), id="pod"),
        pytest.param(review(account(), subResource="token"), id="token"),
        pytest.param(review(None), id="nothing"),
        pytest.param(review([]), id="a-list"),
        pytest.param({"request": {"uid": "u-1", "resource": "x"}}, id="malformed"),
    ],
)
def test_what_is_no_service_account_that_is_made_or_changed_is_allowed_unchanged(asked):
    admission = admission_of(asked)
    assert not asks_for_names(admission)
    assert answer(admission.uid, []) == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": "u-1", "allowed": True},
    }


@pytest.mark.parametrize(
    ("asked", "namespace", "name"),
    [
        pytest.param(review(account()), "web", "default", id="told"),
        pytest.param(review(account(), namespace=None, name=None), "web", "default", id="from-the-object"),
        pytest.param(
            review({"metadata": {"generateName": "x-"}}, name=None), "web", "", id="name-yet-to-be-made-up"
        ),
    ],
)
def test_whom_it_is_about(asked, namespace, name):
    admission = admission_of(asked)
    assert (admission.namespace, admission.name) == (namespace, name)
    assert asks_for_names(admission)


@pytest.mark.parametrize("asked", [None, [], {}, {"request": None}, {"request": {}}, {"request": {"uid": 5}}])
def test_what_cannot_be_answered_is_refused(asked):
    with pytest.raises(InvalidInput):
        admission_of(asked)


def test_the_patch_goes_out_in_base64():
    response = answer("u-1", additions(account(), ["a"]))["response"]
    assert response["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(response["patch"])) == [
        {"op": "add", "path": "/imagePullSecrets", "value": [{"name": "a"}]},
        {"op": "add", "path": "/metadata/annotations", "value": {ATTACHED: "a"}},
    ]
