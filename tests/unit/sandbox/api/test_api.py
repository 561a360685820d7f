"""The API server as a function: what the contract tests cannot ask of a real one."""

import base64
import json
from typing import Any

import pytest

from pullsecret.core.objects import SECRET, Object
from pullsecret.sandbox.api import Api, Request, Response
from pullsecret.sandbox.api.openapi2 import ASKED
from support.apiservers import new_store, utc_now

SECRETS = "/api/v1/namespaces/default/secrets"


@pytest.fixture
def api() -> Api:
    return Api(new_store(history=10), clock=utc_now)


def ask(api: Api, method: str, path: str, body: Any = None, **query: str) -> Response:
    content = b"" if body is None else json.dumps(body).encode()
    return api.handle(Request(method, path, query, {"content-type": "application/json"}, content))


def answer(response: Response) -> Object:
    value: Object = json.loads(response.body)
    return value


def test_passwords_are_in_no_repr(api: Api) -> None:
    made = ask(api, "POST", SECRETS, {"metadata": {"name": "a"}, "stringData": {"password": "hunter2"}})
    request = Request("POST", SECRETS, body=b"hunter2")
    encoded = base64.b64encode(b"hunter2").decode()
    assert encoded in made.body.decode()
    assert not [text for text in (repr(request), repr(made)) if "hunter2" in text or encoded in text]


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_health(api: Api, path: str) -> None:
    assert ask(api, "GET", path).body == b"ok"


def test_it_says_that_it_is_an_imitation(api: Api) -> None:
    assert "sandbox" in answer(ask(api, "GET", "/version"))["gitVersion"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/", 404, id="root"),
        pytest.param("GET", "/openapi/v3/apis/no/v1", 404, id="openapi-of-nothing"),
        pytest.param("GET", "/openapi/v9", 404, id="openapi-version"),
        pytest.param("POST", "/version", 404, id="discovery-written"),
        pytest.param("GET", "/api/v1/namespaces/default/nodes", 404, id="nodes-in-a-namespace"),
        pytest.param("GET", SECRETS + "/a/b/c", 404, id="too-deep"),
        pytest.param("GET", SECRETS + "/a/status", 404, id="no-such-subresource"),
        pytest.param("POST", "/api/v1/secrets", 404, id="created-in-no-namespace"),
        pytest.param("PUT", SECRETS, 405, id="method"),
        pytest.param("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 405, id="review-read"),
        pytest.param(
            "DELETE", "/apis/apps/v1/namespaces/default/deployments/d/scale", 404, id="scale-of-nothing"
        ),
    ],
)
def test_paths_that_lead_nowhere(api: Api, method: str, path: str, status: int) -> None:
    assert ask(api, method, path, {"metadata": {"name": "a"}}).status == status


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(b"{", "application/json", 400, id="cut"),
        pytest.param(b"[]", "application/json", 400, id="list"),
        pytest.param(b"[" * 100_000, "application/json", 400, id="deep"),
        pytest.param(b"\xff\xfe", "application/json", 400, id="binary"),
        pytest.param(b'{"metadata": 1}', "application/json", 400, id="metadata-is-a-number"),
        pytest.param(b'{"metadata": {"name": 1}}', "application/json", 400, id="name-is-a-number"),
        pytest.param(
            b'{"metadata": {"name": "a", "labels": {"x": 1}}}',
            "application/json",
            400,
            id="label-is-a-number",
        ),
        pytest.param(
            b'{"metadata": {"name": "a"}, "status": "x"}', "application/json", 400, id="status-is-text"
        ),
        pytest.param(b"a: b", "application/yaml", 415, id="yaml"),
        pytest.param(b'{"metadata": {"name": "a"}}', "application/json; charset=utf-8", 201, id="charset"),
    ],
)
def test_bodies(api: Api, body: bytes, content_type: str, status: int) -> None:
    assert api.handle(Request("POST", SECRETS, {}, {"content-type": content_type}, body)).status == status


def test_a_page_that_is_too_old_is_gone(api: Api) -> None:
    for number in range(3):
        ask(api, "POST", SECRETS, {"metadata": {"name": f"s{number}"}})
    first = answer(ask(api, "GET", SECRETS, limit="1"))
    for number in range(11):
        ask(api, "POST", SECRETS, {"metadata": {"name": f"t{number}"}})
    response = ask(api, "GET", SECRETS, **{"continue": first["metadata"]["continue"]})
    told = answer(response)
    assert (response.status, told["reason"]) == (410, "Expired")
    assert told["message"].startswith("The provided continue parameter is too old")
    exact = {"resourceVersion": first["metadata"]["resourceVersion"], "resourceVersionMatch": "Exact"}
    assert answer(ask(api, "GET", SECRETS, **exact))["reason"] == "Expired"
    assert ask(api, "GET", SECRETS, resourceVersion="x").status == 400


def test_a_watch_by_the_older_path_of_one_object(api: Api) -> None:
    watch = ask(api, "GET", "/api/v1/watch/namespaces/default", timeoutSeconds="7").watch
    assert watch is not None
    told: list[Any] = []
    assert watch.start(told.append)
    assert [event["object"]["metadata"]["name"] for event in told] == ["default"]
    watch.stop()
    for method, path in (("POST", "namespaces/default"), ("GET", "namespaces/default/status")):
        assert ask(api, method, f"/api/v1/watch/{path}").status == 405


def test_a_watch_is_a_value_until_it_is_started(api: Api) -> None:
    watch = ask(api, "GET", SECRETS, watch="true", timeoutSeconds="7", allowWatchBookmarks="1").watch
    assert watch is not None
    assert (watch.timeout, watch.bookmarks) == (7, True)
    told: list[Object] = []
    assert watch.start(told.append)
    ask(api, "POST", SECRETS, {"metadata": {"name": "a"}})
    ask(api, "POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "a"}})
    assert [(event["type"], event["object"]["kind"]) for event in told] == [("ADDED", "Secret")]
    assert watch.bookmark()["object"]["metadata"]["resourceVersion"] == str(api.store.resource_version)
    watch.stop()
    watch.stop()
    ask(api, "POST", SECRETS, {"metadata": {"name": "b"}})
    assert len(told) == 1


def test_a_refusal_that_asks_to_wait(api: Api) -> None:
    response = ask(api, "GET", SECRETS, resourceVersion="99999")
    assert (response.status, response.headers) == (504, {"Retry-After": "1"})
    assert answer(response)["details"]["retryAfterSeconds"] == 1


def test_openapi_tells_which_kinds_are_validated_here(api: Api) -> None:
    places = answer(ask(api, "GET", "/openapi/v3"))["paths"]
    document = answer(ask(api, "GET", places["apis/apps/v1"]["serverRelativeURL"]))
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert {"dryRun", "fieldValidation"} <= {parameter["name"] for parameter in patch["parameters"]}
    assert answer(ask(api, "GET", "/openapi/v2"))["swagger"] == "2.0"
    old = api.handle(Request("GET", "/openapi/v2", {}, {"accept": ASKED}))
    assert "@" not in old.content_type
    assert b'"kind": "Secret"' in old.body


def test_scale(api: Api) -> None:
    spec = {"containers": [{"name": "c", "image": "x"}]}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": spec}
    deployment = {
        "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    path = "/apis/apps/v1/namespaces/default/deployments"
    ask(api, "POST", path, deployment)
    scale = answer(ask(api, "GET", f"{path}/d/scale"))
    assert (scale["spec"], scale["status"]["selector"]) == ({"replicas": 1}, "a=b")
    assert (
        answer(ask(api, "PUT", f"{path}/d/scale", {**scale, "spec": {"replicas": 5}}))["spec"]["replicas"]
        == 5
    )
    stale = ask(api, "PUT", f"{path}/d/scale", {**scale, "spec": {"replicas": 6}})
    assert stale.status == 409
    assert ask(api, "PUT", f"{path}/d/scale", {"spec": {"replicas": -1}}).status == 400
    assert answer(ask(api, "GET", f"{path}/d"))["spec"]["replicas"] == 5


def test_a_pod_is_bound_once(api: Api) -> None:
    pods = "/api/v1/namespaces/default/pods"
    ask(api, "POST", pods, {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "x"}]}})
    assert ask(api, "POST", f"{pods}/p/binding", {"target": {"name": "n1"}}).status == 201
    assert answer(ask(api, "GET", f"{pods}/p"))["spec"]["nodeName"] == "n1"
    assert ask(api, "POST", f"{pods}/p/binding", {"target": {"name": "n2"}}).status == 409


def test_what_is_not_unicode_is_answered_all_the_same(api: Api) -> None:
    body = b'{"metadata": {"name": "a", "annotations": {"x": "\\ud800"}}}'
    assert api.handle(Request("POST", SECRETS, body=body)).status == 201
    assert ask(api, "GET", SECRETS).status == 200


def test_all_secrets_of_a_selection_go(api: Api) -> None:
    api.store.create(SECRET, {"metadata": {"name": "a", "labels": {"x": "y"}}}, "default")
    listed = answer(ask(api, "DELETE", SECRETS, labelSelector="x=y"))
    assert [item["metadata"]["name"] for item in listed["items"]] == ["a"]
    assert answer(ask(api, "GET", SECRETS))["items"] == []
