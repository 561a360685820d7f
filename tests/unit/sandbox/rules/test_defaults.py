"""Defaults and checks beyond what the contract tests ask of both servers."""

from typing import Any

import pytest

from pullsecret.core.errors import ApiError, Invalid
from pullsecret.core.objects import (
    CRON_JOB,
    JOB,
    POD,
    REPLICATION_CONTROLLER,
    SECRET,
    STATEFUL_SET,
    Kind,
    Object,
)
from pullsecret.sandbox.kinds import CONFIG_MAP
from pullsecret.sandbox.store import Store
from support.apiservers import new_store

POD_SPEC: Object = {"containers": [{"name": "c", "image": "x", "ports": [{"containerPort": 80}]}]}
TEMPLATE: Object = {"metadata": {"labels": {"a": "b"}}, "spec": POD_SPEC}
ONCE: Object = {"template": {"spec": {**POD_SPEC, "restartPolicy": "Never"}}}


@pytest.fixture
def store() -> Store:
    return new_store()


def create(store: Store, kind: Kind, spec: Object, **metadata: Any) -> Object:
    return store.create(kind, {"metadata": {"name": "o", **metadata}, "spec": spec}, "default")


@pytest.mark.parametrize(
    ("resources", "qos"),
    [
        pytest.param({}, "BestEffort", id="nothing"),
        pytest.param({"requests": {"cpu": "1"}}, "Burstable", id="requests"),
        pytest.param({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed", id="limits"),
        pytest.param(
            {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1"}}, "Burstable", id="less"
        ),
    ],
)
def test_quality_of_service(store: Store, resources: Object, qos: str) -> None:
    spec = {"containers": [{"name": "c", "image": "x", "resources": resources}]}
    assert create(store, POD, spec)["status"]["qosClass"] == qos


def test_ports_and_accounts(store: Store) -> None:
    made = create(store, POD, {**POD_SPEC, "serviceAccountName": "default"})
    assert made["spec"]["containers"][0]["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert made["spec"]["serviceAccount"] == "default"


def test_a_controllers_selector_is_its_templates_labels(store: Store) -> None:
    made = create(store, REPLICATION_CONTROLLER, {"template": TEMPLATE})
    assert made["spec"]["selector"] == {"a": "b"}
    unlabelled = {"template": {**TEMPLATE, "metadata": {}}}
    with pytest.raises(Invalid, match=r"spec\.selector: Required value"):
        create(store, REPLICATION_CONTROLLER, unlabelled)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        pytest.param(STATEFUL_SET, {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}, id="set"),
        pytest.param(JOB, ONCE, id="job"),
        pytest.param(CRON_JOB, {"schedule": "* * * * *", "jobTemplate": {"spec": ONCE}}, id="cron-job"),
    ],
)
def test_written_back_as_it_was_read(store: Store, kind: Kind, spec: Object) -> None:
    made = create(store, kind, spec)
    assert store.update(kind, made) == made


def test_a_jobs_template_stays(store: Store) -> None:
    made = create(store, JOB, ONCE)
    made["spec"]["template"]["spec"]["containers"][0]["image"] = "y"
    with pytest.raises(Invalid, match=r"spec\.template: Invalid value: field is immutable"):
        store.update(JOB, made)


def test_a_job_does_not_restart_always(store: Store) -> None:
    with pytest.raises(Invalid, match=r'restartPolicy: Unsupported value: "Always"'):
        create(store, JOB, {"template": TEMPLATE | {"spec": {**POD_SPEC, "restartPolicy": "Always"}}})
    with pytest.raises(Invalid, match="restartPolicy: Required value"):
        create(store, JOB, {"template": TEMPLATE})


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        pytest.param({"name": "a" * 254}, "must be no more than 253 characters", id="long-name"),
        pytest.param({"labels": {"a" * 64: "b"}}, "name part must be no more than 63", id="long-key"),
        pytest.param({"labels": {"a": "b" * 64}}, "must be no more than 63 characters", id="long-value"),
        pytest.param({"labels": {"A_/a": "b"}}, "prefix part a lowercase RFC 1123 subdomain", id="prefix"),
    ],
)
def test_names(store: Store, metadata: Object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        create(store, POD, POD_SPEC, **metadata)


@pytest.mark.parametrize("value", [1, True, [], {}, "=", "a===", "é"])
def test_data_that_is_no_base64(store: Store, value: Any) -> None:
    with pytest.raises(ApiError) as caught:
        store.create(SECRET, {"metadata": {"name": "s"}, "data": {"x": value}}, "default")
    assert caught.value.status == 400
    assert caught.value.message.startswith('Secret in version "v1" cannot be handled as a Secret: ')


def test_an_immutable_config_map(store: Store) -> None:
    given = {"metadata": {"name": "c"}, "immutable": True, "data": {"x": "y"}}
    made = store.create(CONFIG_MAP, given, "default")
    with pytest.raises(Invalid, match="data: Forbidden: field is immutable when `immutable` is set"):
        store.update(CONFIG_MAP, {**made, "data": {"x": "z"}})
