"""Whether a Pod's list of pull Secrets is its own, or was copied from its ServiceAccount."""

import json
from typing import Any

import pytest

from pullsecret.core.listorigin import LAST_APPLIED, list_origin

SPEC = {"containers": [{"name": "web", "image": "h.io/web:1"}]}
LISTED = {"f:spec": {"f:containers": {}, "f:imagePullSecrets": {'k:{"name":"a"}': {}}}}
NOT_LISTED = {"f:spec": {"f:containers": {}}}
STATUS = {"f:status": {}}


def a_pod(*names: str, managed: Any = None, applied: Any = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "web", "namespace": "shop"}
    if managed is not None:
        metadata["managedFields"] = [{"manager": "kubectl", "fieldsV1": fields} for fields in managed]
    if applied is not None:
        metadata["annotations"] = {LAST_APPLIED: applied if isinstance(applied, str) else json.dumps(applied)}
    return {"metadata": metadata, "spec": {**SPEC, "imagePullSecrets": [{"name": name} for name in names]}}


@pytest.mark.parametrize(
    ("pod", "template_own", "want"),
    [
        pytest.param(a_pod("a"), True, "own", id="its template has a list"),
        pytest.param(a_pod("a", managed=[LISTED]), False, "inherited", id="its template has none"),
        pytest.param(a_pod(), True, "own", id="its template has one by now"),
        pytest.param(a_pod(), None, "inherited", id="it had nothing to inherit"),
        pytest.param(a_pod(""), None, "own", id="an entry without a name"),
        pytest.param(a_pod("a", managed=[LISTED, STATUS]), None, "own", id="somebody manages it"),
        pytest.param(a_pod("a", managed=[STATUS, NOT_LISTED]), None, "inherited", id="nobody manages it"),
        pytest.param(a_pod("a", managed=[STATUS]), None, "untold", id="nothing of the spec is managed"),
        pytest.param(a_pod("a", managed="rubbish"), None, "untold", id="managers that are none"),
        pytest.param(
            a_pod("a", applied={"spec": {**SPEC, "imagePullSecrets": [{"name": "a"}]}}), None, "own",
            id="it was applied with a list",
        ),
        pytest.param(a_pod("a", applied={"spec": SPEC}), None, "inherited", id="it was applied without one"),
        pytest.param(
            a_pod("a", managed=[LISTED], applied={"spec": SPEC}), None, "own",
            id="a copy of an applied Pod keeps the annotation",
        ),
        pytest.param(a_pod("a", applied="{"), None, "untold", id="an annotation that is no JSON"),
        pytest.param(a_pod("a", applied="[" * 99999), None, "untold", id="an annotation without an end"),
        pytest.param(a_pod("a", applied=["x"]), None, "untold", id="an annotation that is no object"),
        pytest.param(a_pod("a", applied={"spec": 1}), None, "untold", id="an annotation without a spec"),
        pytest.param(a_pod("a"), None, "untold", id="all its names are the ServiceAccount's"),
        pytest.param(a_pod("a", "mine"), None, "own", id="a name that the ServiceAccount does not list"),
    ],
)  # fmt: skip
def test_whose_list_it_is(pod: dict[str, Any], template_own: bool | None, want: str) -> None:
    assert list_origin(pod, ["a", "b"], template_own=template_own) == want
