"""Strategic merge patches beyond what the contract tests ask of both servers."""

from typing import Any

import pytest

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import DEPLOYMENT, POD, SERVICE_ACCOUNT, Kind
from pullsecret.sandbox.api.strategic import strategic_merge


def named(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


@pytest.mark.parametrize(
    ("kind", "old", "patch", "new"),
    [
        pytest.param(POD, {"a": 1}, {"b": 2}, {"a": 1, "b": 2}, id="field-added"),
        pytest.param(POD, {"a": 1, "b": 2}, {"b": None}, {"a": 1}, id="field-removed"),
        pytest.param(POD, {"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}, id="maps-merge"),
        pytest.param(POD, {"a": {"b": 1}}, {"a": {"$patch": "delete"}}, {}, id="map-deleted"),
        pytest.param(
            POD, {"a": {"b": 1}}, {"a": {"$patch": "replace", "c": 2}}, {"a": {"c": 2}}, id="map-replaced"
        ),
        pytest.param(
            POD, {"a": {"b": 1}}, {"a": {"$patch": "merge", "c": 2}}, {"a": {"b": 1, "c": 2}}, id="told-merge"
        ),
        pytest.param(POD, {"args": [1, 2]}, {"args": [3]}, {"args": [3]}, id="list-replaced"),
        pytest.param(
            POD,
            {"finalizers": ["a"]},
            {"finalizers": ["b", "a"]},
            {"finalizers": ["b", "a"]},
            id="set-merged",
        ),
        pytest.param(
            POD,
            {"finalizers": ["a", "b"]},
            {"$deleteFromPrimitiveList/finalizers": ["a"]},
            {"finalizers": ["b"]},
            id="set-item-deleted",
        ),
        pytest.param(
            POD,
            {"imagePullSecrets": named("a", "b")},
            {"imagePullSecrets": named("c")},
            {"imagePullSecrets": named("c", "a", "b")},
            id="pods-list-merged",
        ),
        pytest.param(
            SERVICE_ACCOUNT,
            {"imagePullSecrets": named("a", "b")},
            {"imagePullSecrets": named("c")},
            {"imagePullSecrets": named("c")},
            id="accounts-list-replaced",
        ),
        pytest.param(
            POD,
            {"imagePullSecrets": named("a", "b", "c")},
            {"$setElementOrder/imagePullSecrets": named("c", "a")},
            {"imagePullSecrets": named("b", "c", "a")},
            id="order-alone",
        ),
        pytest.param(
            POD,
            {"volumes": [{"name": "v", "emptyDir": {}}]},
            {"volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]},
            {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]},
            id="keys-retained",
        ),
        pytest.param(
            DEPLOYMENT,
            {"containers": [{"name": "a", "ports": [{"containerPort": 1}]}]},
            {"containers": [{"name": "a", "ports": [{"containerPort": 2}]}]},
            {"containers": [{"name": "a", "ports": [{"containerPort": 2}, {"containerPort": 1}]}]},
            id="nested",
        ),
        pytest.param(
            POD,
            {},
            {"containers": [{"name": "a", "$patch": "delete"}]},
            {"containers": []},
            id="none-to-delete",
        ),
        pytest.param(POD, {"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}, id="text-becomes-map"),
    ],
)
def test_merging(kind: Kind, old: Any, patch: Any, new: Any) -> None:
    before = repr(old)
    assert strategic_merge(kind, old, patch) == new
    assert repr(old) == before


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        pytest.param([], "the patch is not an object", id="list"),
        pytest.param({"a": {"$patch": "turn"}}, "Unknown patch type found: turn", id="directive"),
        pytest.param({"containers": [{"image": "x"}]}, "declared merge key: name", id="no-key"),
        pytest.param({"containers": ["x"]}, "declared merge key: name", id="no-object"),
    ],
)
def test_malformed(patch: Any, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        strategic_merge(POD, {}, patch)
    assert (caught.value.status, words in caught.value.message) == (400, True)
