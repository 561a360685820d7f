"""Custom resource definitions, and the resources they make."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pullsecret.core.errors import Invalid, NotFound
from pullsecret.core.objects import Kind, Object
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, STRATEGIC_PATCH, TABLE, Raw, gone, names, path, refusal
from support.realcluster import until

DEFINITION = Kind(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False
)
TEXT: Object = {"type": "string"}
SCHEMA: Object = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["image"],
            "properties": {
                "image": TEXT,
                "count": {"type": "integer", "default": 3},
                "mode": {"type": "string", "enum": ["Named", "All"]},
                "names": {"type": "array", "items": TEXT},
                "selector": {"type": "object", "additionalProperties": TEXT},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "limit": {"x-kubernetes-int-or-string": True},
            },
        },
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}
COLUMNS = [
    {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
    {"name": "Image", "type": "string", "jsonPath": ".spec.image"},
    {"name": "Count", "type": "integer", "jsonPath": ".spec.count", "priority": 1},
    {"name": "Seen", "type": "date", "jsonPath": ".status.seen"},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
]


def definition(group: str, **version: Any) -> Object:
    served = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": SCHEMA},
        "subresources": {"status": {}},
        "additionalPrinterColumns": COLUMNS,
    }
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets", "shortNames": ["wd"], "categories": ["all"]},
        "versions": [{**served, **version}],
    }
    named = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    return {**named, "metadata": {"name": f"widgets.{group}"}, "spec": spec}


def established(found: Object) -> bool:
    conditions = found.get("status", {}).get("conditions") or ()
    return any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions)


@pytest.fixture
async def widgets(cluster: ClusterClient) -> AsyncIterator[Kind]:
    """A custom kind, served."""
    group = f"g{secrets.token_hex(3)}.example.com"
    made = definition(group)
    await cluster.create(DEFINITION, made)
    name = made["metadata"]["name"]
    await until(
        cluster, DEFINITION, "", lambda found: found["metadata"]["name"] == name and established(found)
    )
    kind = Kind(group, "v1alpha1", "Widget", "widgets")
    # It is served a moment after it says so.
    for _ in range(100):
        try:
            await cluster.list(kind, namespace="default")
        except NotFound:
            continue
        break
    yield kind
    if any(found["metadata"]["name"] == name for found in await cluster.list(DEFINITION)):
        await cluster.delete(DEFINITION, name)


def widget(kind: Kind, **spec: Any) -> Object:
    named = {"apiVersion": kind.api_version, "kind": "Widget", "metadata": {"name": "w"}}
    return {**named, "spec": {"image": "x", **spec}}


async def test_it_is_served(cluster: ClusterClient, namespace: str, widgets: Kind, raw: Raw) -> None:
    made = await cluster.create(widgets, widget(widgets), namespace=namespace)
    assert (made["apiVersion"], made["kind"]) == (widgets.api_version, "Widget")
    assert made["metadata"]["generation"] == 1
    listed = await raw("GET", path(widgets, namespace))
    assert (listed["kind"], listed["apiVersion"]) == ("WidgetList", widgets.api_version)
    assert listed["items"][0]["kind"] == "Widget"
    (entry,) = [
        entry
        for entry in (await raw("GET", f"/apis/{widgets.api_version}"))["resources"]
        if entry["name"] == "widgets"
    ]
    assert (entry["kind"], entry["shortNames"], entry["singularName"]) == ("Widget", ["wd"], "widget")
    crd = await cluster.get(DEFINITION, f"widgets.{widgets.group}")
    assert crd["status"]["acceptedNames"]["listKind"] == "WidgetList"
    assert crd["status"]["storedVersions"] == ["v1alpha1"]


async def test_defaults_and_pruning(cluster: ClusterClient, namespace: str, widgets: Kind) -> None:
    given = widget(widgets, unknown=1, free={"any": {"thing": [1]}}, selector={"a": "b"}, names=["n"])
    made = await cluster.create(widgets, {**given, "also": 1}, namespace=namespace)
    assert made["spec"] == {
        "image": "x", "count": 3, "free": {"any": {"thing": [1]}}, "selector": {"a": "b"}, "names": ["n"],
    }  # fmt: skip
    assert "also" not in made


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param({"image": 1}, 'spec.image: Invalid value: "integer": ', id="type"),
        pytest.param({"names": "n"}, 'spec.names: Invalid value: "string": ', id="list"),
        pytest.param({"mode": "Some"}, 'spec.mode: Unsupported value: "Some": ', id="enum"),
        pytest.param({"selector": {"a": 1}}, 'spec.selector.a: Invalid value: "integer": ', id="map"),
        pytest.param({"count": True}, 'spec.count: Invalid value: "boolean": ', id="bool-for-integer"),
        pytest.param({"limit": []}, "spec.limit: Invalid value: ", id="int-or-string"),
    ],
)
async def test_a_resource_that_does_not_fit(
    cluster: ClusterClient, namespace: str, widgets: Kind, spec: Any, words: str
) -> None:
    error = await refusal(cluster.create(widgets, widget(widgets, **spec), namespace=namespace))
    assert isinstance(error, Invalid)
    assert error.message.startswith(f'Widget.{widgets.group} "w" is invalid: ')
    assert words in error.message


async def test_a_required_field(cluster: ClusterClient, namespace: str, widgets: Kind) -> None:
    error = await refusal(cluster.create(widgets, {**widget(widgets), "spec": {}}, namespace=namespace))
    assert error.message == f'Widget.{widgets.group} "w" is invalid: spec.image: Required value'


async def test_it_must_name_its_kind(cluster: ClusterClient, namespace: str, widgets: Kind) -> None:
    error = await refusal(cluster.create(widgets, {"metadata": {"name": "w"}}, namespace=namespace))
    assert error.status == 400
    assert "Object 'Kind' is missing" in error.message


async def test_status_and_generation(cluster: ClusterClient, namespace: str, widgets: Kind, raw: Raw) -> None:
    made = await cluster.create(widgets, {**widget(widgets), "status": {"x": 1}}, namespace=namespace)
    assert "status" not in made
    address = path(widgets, namespace, "w")
    changed = {"spec": {"image": "y"}, "status": {"x": 2}, "metadata": {"labels": {"a": "b"}}}
    told = await raw("PATCH", f"{address}/status", changed, content_type=MERGE_PATCH)
    assert (told["status"], told["spec"]["image"], told["metadata"]["generation"]) == ({"x": 2}, "x", 1)
    told = await raw("PATCH", address, changed, content_type=MERGE_PATCH)
    assert (told["status"], told["spec"]["image"], told["metadata"]["generation"]) == ({"x": 2}, "y", 2)


async def test_how_it_may_be_written(cluster: ClusterClient, namespace: str, widgets: Kind, raw: Raw) -> None:
    made = await cluster.create(widgets, widget(widgets), namespace=namespace)
    error = await refusal(cluster.patch(widgets, "w", {}, patch_type=STRATEGIC_PATCH, namespace=namespace))
    assert error.status == 415
    del made["metadata"]["resourceVersion"]
    error = await refusal(raw("PUT", path(widgets, namespace, "w"), made))
    assert isinstance(error, Invalid)
    assert "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update" in error.message


async def test_its_table(cluster: ClusterClient, namespace: str, widgets: Kind, raw: Raw) -> None:
    await cluster.create(widgets, widget(widgets), namespace=namespace)
    table = await raw("GET", path(widgets, namespace), accept=TABLE)
    columns = [(column["name"], column["priority"]) for column in table["columnDefinitions"]]
    assert columns == [("Name", 0), ("Ready", 0), ("Image", 0), ("Count", 1), ("Seen", 0), ("Age", 0)]
    assert table["rows"][0]["cells"][:5] == ["w", None, "x", 3, None]
    status = {"conditions": [{"type": "Ready", "status": "True"}], "seen": "2020-01-01T00:00:00Z"}
    await raw(
        "PATCH", path(widgets, namespace, "w") + "/status", {"status": status}, content_type=MERGE_PATCH
    )
    (row,) = (await raw("GET", path(widgets, namespace), accept=TABLE))["rows"]
    assert row["cells"][1] == "True"
    assert "y" in row["cells"][4]


async def test_a_definition_waits_for_its_resources(
    cluster: ClusterClient, namespace: str, widgets: Kind
) -> None:
    held = {**widget(widgets), "metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
    await cluster.create(widgets, held, namespace=namespace)
    name = f"widgets.{widgets.group}"
    await cluster.delete(DEFINITION, name)
    await until(cluster, widgets, namespace, lambda found: "deletionTimestamp" in found["metadata"])
    assert name in names(await cluster.list(DEFINITION))
    free = {"metadata": {"finalizers": None}}
    await cluster.patch(widgets, "held", free, patch_type=MERGE_PATCH, namespace=namespace)
    await gone(cluster, DEFINITION, name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"metadata": {"name": "wrong"}}, "metadata.name: Invalid value: ", id="name"),
        pytest.param({"scope": "Here"}, 'spec.scope: Unsupported value: "Here"', id="scope"),
        pytest.param(
            {"versions": []}, "must have exactly one version marked as storage version", id="versions"
        ),
    ],
)
async def test_a_definition_is_refused(cluster: ClusterClient, change: Any, words: str) -> None:
    made = definition("refused.example.com")
    made["metadata"] = change.pop("metadata", made["metadata"])
    error = await refusal(cluster.create(DEFINITION, {**made, "spec": {**made["spec"], **change}}))
    assert isinstance(error, Invalid)
    assert words in error.message
