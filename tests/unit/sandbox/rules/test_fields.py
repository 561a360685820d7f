"""Fields that a kind does not know."""

import json
from typing import Any

import pytest

from pullsecret.core.objects import DEPLOYMENT, Object
from pullsecret.sandbox.api import Api, Request
from pullsecret.sandbox.rules.fields import drop_unknown, unknown_fields
from pullsecret.sandbox.rules.schemas import unknown_fields as unknown_of_schema
from support.apiservers import new_store, utc_now


@pytest.mark.parametrize(
    ("kind", "obj", "paths"),
    [
        pytest.param("Secret", {"apiVersion": "v1", "kind": "Secret", "data": {"any": "x"}}, [], id="data"),
        pytest.param("Secret", {"Data": {}}, ["Data"], id="capitals"),
        pytest.param(
            "Pod", {"metadata": {"nam": "x", "labels": {"any": "x"}}}, ["metadata.nam"], id="metadata"
        ),
        pytest.param(
            "Pod", {"spec": {"containers": [{}, {"imag": "x"}]}}, ["spec.containers[1].imag"], id="list"
        ),
        pytest.param(
            "Pod", {"spec": {"volumes": [{"any": 1}], "affinity": {"any": 1}}}, [], id="not-looked-into"
        ),
        pytest.param(
            "CronJob",
            {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"x": 1}}}}}},
            ["spec.jobTemplate.spec.template.spec.x"],
            id="deep",
        ),
        pytest.param("Event", {"any": 1}, [], id="kind-without-a-table"),
    ],
)
def test_unknown(kind: str, obj: Any, paths: list[str]) -> None:
    assert unknown_fields(kind, obj) == paths
    drop_unknown(kind, obj)
    assert unknown_fields(kind, obj) == []


def test_unknown_to_a_schema() -> None:
    known: Object = {"properties": {"b": {}, "c": {"x-kubernetes-preserve-unknown-fields": True}}}
    schema = {"properties": {"a": {"items": known}, "spec": known}}
    obj = {"kind": "X", "metadata": {"any": 1}, "a": [{"b": 1}, {"x": 1}], "spec": {"c": {"any": 1}}, "y": 1}
    assert unknown_of_schema(schema, obj) == ["a[1].x", "y"]


@pytest.mark.parametrize(("asked", "status"), [("Strict", 400), ("Warn", 201), ("", 201)])
def test_they_are_refused_on_request(asked: str, status: int) -> None:
    api = Api(new_store(), clock=utc_now)
    path = f"/apis/{DEPLOYMENT.api_version}/namespaces/default/deployments"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    spec = {"replica": 1, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    body = json.dumps({"metadata": {"name": "d"}, "spec": spec}).encode()
    response = api.handle(Request("POST", path, {"fieldValidation": asked}, body=body))
    assert response.status == status
    told = b'strict decoding error: unknown field \\"spec.replica\\"' in response.body
    assert told is (status == 400)
