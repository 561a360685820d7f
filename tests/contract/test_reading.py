"""Reading: selectors, pages, metadata alone, what is served."""

import pytest

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import POD, SECRET, Object
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, Raw, names, path, pod, pull_secret, refusal, secret


def labelled(name: str, **labels: str) -> Object:
    return {**secret(name), "metadata": {"name": name, "labels": labels}}


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        pytest.param("tier=web", "ac", id="equal"),
        pytest.param("tier==web", "ac", id="double-equal"),
        pytest.param("tier!=web", "bd", id="unequal-or-absent"),
        pytest.param("tier in (web, db)", "abc", id="in"),
        pytest.param("tier notin (web,db)", "d", id="notin-or-absent"),
        pytest.param("tier", "abc", id="present"),
        pytest.param("!tier", "d", id="absent"),
        pytest.param("tier=web,env=prod", "c", id="both"),
        pytest.param("tier in (web,db),env", "bc", id="in-and-present"),
        pytest.param("tier=", "", id="empty-value"),
        pytest.param("example.com/x=y.z_1-a", "d", id="prefixed-key"),
        pytest.param("", "abcd", id="nothing"),
    ],
)
async def test_label_selectors(cluster: ClusterClient, namespace: str, selector: str, found: str) -> None:
    labels: dict[str, dict[str, str]] = {
        "a": {"tier": "web"},
        "b": {"tier": "db", "env": "prod"},
        "c": {"tier": "web", "env": "prod"},
        "d": {"example.com/x": "y.z_1-a"},
    }
    for name, of_name in labels.items():
        await cluster.create(SECRET, {"metadata": {"name": name, "labels": of_name}}, namespace=namespace)
    listed = await cluster.list(SECRET, namespace=namespace, label_selector=selector)
    assert [name for name in names(listed) if name in labels] == list(found)


async def test_field_selectors(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, pull_secret("a"), namespace=namespace)
    await cluster.create(SECRET, secret("b"), namespace=namespace)

    async def found(selector: str, everywhere: bool = False) -> list[str]:
        place = "" if everywhere else namespace
        return names(await cluster.list(SECRET, namespace=place, field_selector=selector))

    assert await found("metadata.name=a") == ["a"]
    assert await found(f"metadata.name=a,metadata.namespace={namespace}", everywhere=True) == ["a"]
    assert await found("type=kubernetes.io/dockerconfigjson") == ["a"]
    assert "a" not in await found("type!=kubernetes.io/dockerconfigjson")
    assert await found("metadata.name=a,type=Opaque") == []


async def test_field_selectors_of_pods(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(POD, pod("a"), namespace=namespace)
    for selector, count in {
        "status.phase=Pending": 1,
        "status.phase=Running": 0,
        "spec.nodeName=": 1,
    }.items():
        found = await cluster.list(POD, namespace=namespace, field_selector=selector)
        assert len(found) == count, selector


async def test_pages_show_one_state(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    for name in "abcde":
        await cluster.create(SECRET, labelled(name, page="yes"), namespace=namespace)
    address, query = path(SECRET, namespace), {"limit": "2", "labelSelector": "page=yes"}
    first = await raw("GET", address, query=query)
    assert names(first["items"]) == ["a", "b"]
    assert first["kind"] == "SecretList"
    assert "kind" not in first["items"][0]
    await cluster.delete(SECRET, "c", namespace=namespace)
    await cluster.create(SECRET, labelled("bb", page="yes"), namespace=namespace)
    await cluster.patch(SECRET, "d", {"stringData": {"x": "y"}}, patch_type=MERGE_PATCH, namespace=namespace)
    second = await raw("GET", address, query={**query, "continue": first["metadata"]["continue"]})
    assert names(second["items"]) == ["c", "d"]
    assert "data" not in second["items"][1]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    last = await raw("GET", address, query={**query, "continue": second["metadata"]["continue"]})
    assert names(last["items"]) == ["e"]
    assert not last["metadata"].get("continue")
    assert names((await raw("GET", address, query={"labelSelector": "page=yes"}))["items"]) == [
        "a",
        "b",
        "bb",
        "d",
        "e",
    ]


async def test_a_page_tells_how_many_are_left(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    for name in "abc":
        await cluster.create(POD, pod(name), namespace=namespace)
    page = await raw("GET", path(POD, namespace), query={"limit": "1"})
    assert page["metadata"]["remainingItemCount"] == 2


async def test_a_list_of_an_older_state(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    old = await cluster.create(SECRET, labelled("a", x="y"), namespace=namespace)
    await cluster.create(SECRET, labelled("b", x="y"), namespace=namespace)
    exact = {"resourceVersion": old["metadata"]["resourceVersion"], "resourceVersionMatch": "Exact"}
    page = await raw("GET", path(SECRET, namespace), query={**exact, "limit": "9", "labelSelector": "x=y"})
    assert names(page["items"]) == ["a"]


async def test_metadata_alone(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, pull_secret("a"), namespace=namespace)
    (found,) = await cluster.list(
        SECRET, namespace=namespace, field_selector="metadata.name=a", metadata_only=True
    )
    assert found["metadata"]["name"] == "a"
    assert not {"data", "type", "stringData"} & set(found)


async def test_one_objects_metadata_alone(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    await cluster.create(SECRET, pull_secret("a"), namespace=namespace)
    accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    found = await raw("GET", path(SECRET, namespace, "a"), accept=accept)
    assert (found["kind"], found["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert set(found) == {"kind", "apiVersion", "metadata"}


async def test_what_cannot_be_answered(raw: Raw, namespace: str) -> None:
    error = await refusal(raw("GET", path(SECRET, namespace), accept="text/html"))
    assert error.status == 406
    error = await refusal(raw("GET", path(SECRET, namespace), query={"resourceVersion": "999999999"}))
    assert error.status == 504
    assert "Too large resource version: 999999999, current: " in error.message


async def test_discovery(raw: Raw) -> None:
    assert (await raw("GET", "/api"))["versions"] == ["v1"]
    groups = {group["name"]: group for group in (await raw("GET", "/apis"))["groups"]}
    assert groups["apps"]["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}
    assert {"batch", "apiextensions.k8s.io", "policy", "authorization.k8s.io"} <= set(groups)
    core = {entry["name"]: entry for entry in (await raw("GET", "/api/v1"))["resources"]}
    assert core["serviceaccounts"]["shortNames"] == ["sa"]
    assert core["pods"]["namespaced"]
    assert not core["namespaces"]["namespaced"]
    assert core["pods/eviction"]["group"] == "policy"
    assert {"create", "delete", "get", "list", "patch", "update", "watch"} <= set(core["secrets"]["verbs"])
    apps = {entry["name"] for entry in (await raw("GET", "/apis/apps/v1"))["resources"]}
    assert {"deployments", "deployments/status", "deployments/scale", "replicasets"} <= apps
    assert (await raw("GET", "/apis/apps"))["name"] == "apps"
    assert isinstance(await refusal(raw("GET", "/apis/apps/v9")), NotFound)
    review = {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}
    named = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    answer = await raw("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {**named, **review})
    assert answer["status"]["allowed"]
