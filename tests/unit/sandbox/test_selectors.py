"""Selectors of workloads, which no request carries."""

from typing import Any

import pytest

from pullsecret.core.objects import EVENT, NODE
from pullsecret.sandbox.selectors import field_match, selector_match


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        pytest.param({}, "abc", id="everything"),
        pytest.param({"matchLabels": {"x": "1"}}, "a", id="labels"),
        pytest.param(
            {"matchExpressions": [{"key": "x", "operator": "In", "values": ["1", "2"]}]}, "ab", id="in"
        ),
        pytest.param(
            {"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["1"]}]}, "bc", id="not-in"
        ),
        pytest.param({"matchExpressions": [{"key": "x", "operator": "Exists"}]}, "ab", id="exists"),
        pytest.param({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}, "c", id="absent"),
        pytest.param(
            {"matchLabels": {"x": "1"}, "matchExpressions": [{"key": "y", "operator": "Exists"}]},
            "",
            id="both",
        ),
    ],
)
def test_selectors_of_workloads(selector: Any, found: str) -> None:
    labels: dict[str, dict[str, str]] = {"a": {"x": "1"}, "b": {"x": "2"}, "c": {}}
    assert [name for name in labels if selector_match(selector)(labels[name])] == list(found)


def test_fields_that_are_no_text() -> None:
    event = {"metadata": {"name": "e"}, "source": {"component": "kubelet"}, "type": "Normal"}
    assert field_match(EVENT, "source=kubelet,type!=Warning,reason=")(event)
    assert field_match(NODE, "spec.unschedulable=true")({"metadata": {}, "spec": {"unschedulable": True}})
