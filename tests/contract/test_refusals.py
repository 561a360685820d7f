"""What the API server refuses whatever the kind, with its status, reason and words."""

from typing import Any

import pytest

from pullsecret.core.errors import AlreadyExists, Conflict, Forbidden, NotFound
from pullsecret.core.objects import DEPLOYMENT, NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, Raw, path, refusal, secret


async def test_what_is_missing_is_not_found(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    error = await refusal(cluster.get(SECRET, "nope", namespace=namespace))
    assert isinstance(error, NotFound)
    assert error.message == 'secrets "nope" not found'
    error = await refusal(cluster.get(DEPLOYMENT, "nope", namespace=namespace))
    assert error.message == 'deployments.apps "nope" not found'
    error = await refusal(cluster.create(SECRET, secret("a"), namespace="no-such-namespace"))
    assert (error.status, error.message) == (404, 'namespaces "no-such-namespace" not found')
    error = await refusal(cluster.patch(SECRET, "nope", {}, patch_type=MERGE_PATCH, namespace=namespace))
    assert error.status == 404
    error = await refusal(cluster.delete(SECRET, "nope", namespace=namespace))
    assert error.status == 404
    error = await refusal(raw("GET", "/api/v1/foos"))
    assert (error.status, error.message) == (404, "the server could not find the requested resource")
    error = await refusal(raw("GET", "/apis/no.such.group/v1/bars"))
    assert error.status == 404


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a%0Ab", id="line-break"),
        pytest.param("a%20b", id="space"),
        pytest.param("%00", id="NUL"),
    ],
)
async def test_a_name_that_nothing_can_have_is_not_found(namespace: str, raw: Raw, name: str) -> None:
    error = await refusal(raw("GET", f"{path(SECRET, namespace)}/{name}"))
    assert isinstance(error, NotFound)
    assert (error.reason, error.message.partition(' "')[0]) == ("NotFound", "secrets")


async def test_a_name_is_taken_once(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, secret("a"), namespace=namespace)
    error = await refusal(cluster.create(SECRET, secret("a"), namespace=namespace))
    assert isinstance(error, AlreadyExists)
    assert error.message == 'secrets "a" already exists'


async def test_a_write_over_another_version_is_a_conflict(
    cluster: ClusterClient, namespace: str, raw: Raw
) -> None:
    made = await cluster.create(SECRET, secret("a"), namespace=namespace)
    newer = await cluster.patch(
        SECRET, "a", {"stringData": {"x": "y"}}, patch_type=MERGE_PATCH, namespace=namespace
    )
    words = (
        'Operation cannot be fulfilled on secrets "a": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    error = await refusal(raw("PUT", path(SECRET, namespace, "a"), made))
    assert (type(error), error.message) == (Conflict, words)
    stale = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "stringData": {"x": "z"}}
    error = await refusal(cluster.patch(SECRET, "a", stale, patch_type=MERGE_PATCH, namespace=namespace))
    assert (type(error), error.message) == (Conflict, words)
    stale["metadata"]["resourceVersion"] = newer["metadata"]["resourceVersion"]
    assert await cluster.patch(SECRET, "a", stale, patch_type=MERGE_PATCH, namespace=namespace)


async def test_the_object_must_be_the_paths(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    made = await cluster.create(SECRET, secret("a"), namespace=namespace)
    await cluster.create(SECRET, secret("b"), namespace=namespace)
    error = await refusal(raw("PUT", path(SECRET, namespace, "b"), made))
    assert (error.status, error.message) == (
        400,
        "the name of the object (a) does not match the name on the URL (b)",
    )
    error = await refusal(
        cluster.patch(SECRET, "a", {"metadata": {"name": "b"}}, patch_type=MERGE_PATCH, namespace=namespace)
    )
    assert error.message == "the name of the object (b) does not match the name on the URL (a)"
    other = {"metadata": {"name": "a", "uid": "another"}}
    error = await refusal(raw("PUT", path(SECRET, namespace, "a"), {**secret("a"), **other}))
    assert isinstance(error, Conflict)
    assert "Precondition failed: UID in precondition: another, UID in object meta: " in error.message


async def test_the_default_namespace_stays(cluster: ClusterClient) -> None:
    error = await refusal(cluster.delete(NAMESPACE, "default"))
    assert isinstance(error, Forbidden)
    assert error.message == 'namespaces "default" is forbidden: this namespace may not be deleted'


UNKNOWN_FIELD = '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"'
DRY_RUN = (
    'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"Foo"}: '
    'supported values: "All"'
)


@pytest.mark.parametrize(
    ("method", "query", "status", "words"),
    [
        pytest.param("GET", {"fieldSelector": "spec.foo=bar"}, 400, UNKNOWN_FIELD, id="field"),
        pytest.param("GET", {"fieldSelector": "a"}, 400, "invalid selector: 'a'; can't", id="field-selector"),
        pytest.param(
            "GET", {"labelSelector": "a b"}, 400, "unable to parse requirement: ", id="label-selector"
        ),
        pytest.param("GET", {"limit": "x"}, 400, 'parsing "x": invalid syntax', id="limit"),
        pytest.param("GET", {"continue": "abc"}, 400, "continue key is not valid: ", id="continue"),
        pytest.param("DELETE", {"dryRun": "Foo"}, 422, DRY_RUN, id="dry-run"),
        pytest.param(
            "DELETE", {"propagationPolicy": "Foo"}, 422, 'Unsupported value: "Foo"', id="propagation"
        ),
        pytest.param("PUT", {}, 405, "the server does not allow this method on", id="method"),
    ],
)
async def test_a_request_is_refused(
    raw: Raw, namespace: str, method: str, query: Any, status: int, words: str
) -> None:
    name = "default" if method == "DELETE" else ""
    error = await refusal(raw(method, path(SERVICE_ACCOUNT, namespace, name), query=query))
    assert (error.status, words in error.message) == (status, True), error.message
