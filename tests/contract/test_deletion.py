"""Deletion: preconditions, finalizers, owners, namespaces, evictions."""

from collections.abc import Callable
from typing import Any

import pytest

from pullsecret.core.errors import ApiError, Conflict, Forbidden, Invalid, NotFound
from pullsecret.core.objects import NAMESPACE, POD, SECRET, Object
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, Raw, gone, names, path, pod, refusal, secret

HELD = {"finalizers": ["example.com/hold"]}


def owned(name: str, *owners: Object) -> Object:
    references = [
        {"apiVersion": "v1", "kind": "Secret", "name": o["metadata"]["name"], "uid": o["metadata"]["uid"]}
        for o in owners
    ]
    return {"metadata": {"name": name, "ownerReferences": references}}


async def test_preconditions(cluster: ClusterClient, namespace: str) -> None:
    made = await cluster.create(SECRET, secret("a"), namespace=namespace)
    uid, version = made["metadata"]["uid"], made["metadata"]["resourceVersion"]
    error = await refusal(cluster.delete(SECRET, "a", namespace=namespace, uid="other"))
    assert isinstance(error, Conflict)
    assert error.message == (
        f'Operation cannot be fulfilled on Secret "a": the UID in the precondition (other) does not match '
        f"the UID in record ({uid}). The object might have been deleted and then recreated"
    )
    error = await refusal(cluster.delete(SECRET, "a", namespace=namespace, resource_version="1"))
    assert error.message == (
        'Operation cannot be fulfilled on Secret "a": the ResourceVersion in the precondition (1) does not '
        f"match the ResourceVersion in record ({version}). The object might have been modified"
    )
    await cluster.delete(SECRET, "a", namespace=namespace, uid=uid, resource_version=version)
    assert isinstance(await refusal(cluster.get(SECRET, "a", namespace=namespace)), NotFound)


async def test_the_answer_tells_what_is_gone(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    made = await cluster.create(SECRET, secret("a"), namespace=namespace)
    answer = await raw("DELETE", path(SECRET, namespace, "a"))
    assert (answer["kind"], answer["status"]) == ("Status", "Success")
    assert answer["details"] == {"name": "a", "kind": "secrets", "uid": made["metadata"]["uid"]}


async def test_a_finalizer_holds(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    await cluster.create(SECRET, {"metadata": {"name": "a", **HELD}}, namespace=namespace)
    answer = await raw("DELETE", path(SECRET, namespace, "a"))
    assert answer["kind"] == "Secret"
    assert answer["metadata"]["deletionTimestamp"]
    assert answer["metadata"]["deletionGracePeriodSeconds"] == 0
    again = await raw("DELETE", path(SECRET, namespace, "a"))
    assert again["metadata"]["resourceVersion"] == answer["metadata"]["resourceVersion"]
    more = {"metadata": {"finalizers": [*HELD["finalizers"], "example.com/more"]}}
    error = await refusal(cluster.patch(SECRET, "a", more, patch_type=MERGE_PATCH, namespace=namespace))
    assert isinstance(error, Invalid)
    assert error.message == (
        'Secret "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object '
        'is being deleted, found new finalizers []string{"example.com/more"}'
    )
    labelled = {"metadata": {"labels": {"x": "y"}}}
    assert await cluster.patch(SECRET, "a", labelled, patch_type=MERGE_PATCH, namespace=namespace)
    free = {"metadata": {"finalizers": None}}
    await cluster.patch(SECRET, "a", free, patch_type=MERGE_PATCH, namespace=namespace)
    assert isinstance(await refusal(cluster.get(SECRET, "a", namespace=namespace)), NotFound)


async def test_an_owner_takes_what_it_owns_along(cluster: ClusterClient, namespace: str) -> None:
    one = await cluster.create(SECRET, secret("one"), namespace=namespace)
    two = await cluster.create(SECRET, secret("two"), namespace=namespace)
    await cluster.create(SECRET, owned("of-one", one), namespace=namespace)
    await cluster.create(SECRET, owned("of-both", one, two), namespace=namespace)
    await cluster.delete(SECRET, "one", namespace=namespace)
    await gone(cluster, SECRET, "of-one", namespace)
    assert await cluster.get(SECRET, "of-both", namespace=namespace)
    await cluster.delete(SECRET, "two", namespace=namespace)
    await gone(cluster, SECRET, "of-both", namespace)


async def test_in_the_foreground_dependents_go_first(
    cluster: ClusterClient, namespace: str, raw: Raw
) -> None:
    owner = await cluster.create(SECRET, secret("owner"), namespace=namespace)
    await cluster.create(SECRET, owned("a", owner), namespace=namespace)
    answer = await raw("DELETE", path(SECRET, namespace, "owner"), query={"propagationPolicy": "Foreground"})
    assert answer["metadata"]["finalizers"] == ["foregroundDeletion"]
    await gone(cluster, SECRET, "owner", namespace)
    await gone(cluster, SECRET, "a", namespace)


async def test_a_collection_goes_by_its_labels(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    for name, value in {"a": "y", "b": "y", "c": "n"}.items():
        await cluster.create(
            SECRET, {"metadata": {"name": name, "labels": {"x": value}}}, namespace=namespace
        )
    await raw("DELETE", path(SECRET, namespace), query={"labelSelector": "x=y"})
    assert names(await cluster.list(SECRET, namespace=namespace, label_selector="x")) == ["c"]


async def test_a_namespace_takes_its_content_along(
    cluster: ClusterClient, new_namespace: Callable[[], Any]
) -> None:
    namespace = await new_namespace()
    await cluster.create(SECRET, {"metadata": {"name": "held", **HELD}}, namespace=namespace)
    await cluster.create(SECRET, secret("free"), namespace=namespace)
    await cluster.create(POD, pod("p"), namespace=namespace)
    await cluster.delete(NAMESPACE, namespace)
    await gone(cluster, SECRET, "free", namespace)
    await gone(cluster, POD, "p", namespace)
    found = await cluster.get(NAMESPACE, namespace)
    assert found["status"]["phase"] == "Terminating"
    error = await refusal(cluster.create(SECRET, secret("late"), namespace=namespace))
    assert isinstance(error, Forbidden)
    assert error.message == (
        f'secrets "late" is forbidden: unable to create new content in namespace {namespace} because it is '
        "being terminated"
    )
    await cluster.delete(NAMESPACE, namespace)
    free = {"metadata": {"finalizers": None}}
    await cluster.patch(SECRET, "held", free, patch_type=MERGE_PATCH, namespace=namespace)
    await gone(cluster, NAMESPACE, namespace)


async def test_eviction(cluster: ClusterClient, namespace: str) -> None:
    made = await cluster.create(POD, pod("p"), namespace=namespace)
    uid = made["metadata"]["uid"]
    error = await refusal(cluster.evict("p", namespace=namespace, uid="other"))
    assert isinstance(error, Conflict)
    error = await refusal(cluster.evict("p", namespace=namespace, resource_version="1"))
    assert isinstance(error, Conflict)
    await cluster.evict("p", namespace=namespace, uid=uid)
    error = await refusal(cluster.evict("p", namespace=namespace))
    assert isinstance(error, NotFound)
    assert error.message == 'pods "p" not found'


@pytest.mark.parametrize(
    "body", [{"metadata": {"name": "q"}}, {"apiVersion": "policy/v9", "metadata": {"name": "p"}}]
)
async def test_an_eviction_that_is_none(cluster: ClusterClient, namespace: str, raw: Raw, body: Any) -> None:
    await cluster.create(POD, pod("p"), namespace=namespace)
    version = await cluster.discovery.eviction_version()
    eviction = {"apiVersion": version, "kind": "Eviction", **body}
    error = await refusal(raw("POST", path(POD, namespace, "p") + "/eviction", eviction))
    assert isinstance(error, ApiError)
    assert error.status == 400
