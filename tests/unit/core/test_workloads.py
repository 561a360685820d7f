"""What every kind of workload says about its images, Secrets and ServiceAccount."""

from typing import Any

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.core.workloads import Container, Workload, items_of, workload_of, workloads_of

POD_SPEC = {
    "serviceAccountName": "builder",
    "imagePullSecrets": [{"name": "harbor"}, {"name": "hub"}],
    "initContainers": [{"name": "setup", "image": "registry.example.com/setup:1"}],
    "containers": [
        {"name": "web", "image": "registry.example.com/web:2"},
        {"name": "log", "image": "busybox"},
    ],
    "ephemeralContainers": [{"name": "debug", "image": "busybox"}],
    "volumes": [
        {"name": "tmp", "emptyDir": {}},
        {"name": "model", "image": {"reference": "example.com/model"}},
    ],
}


def an_object(api_version: str, kind: str, path: tuple[str, ...] = (), **spec: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"spec": spec or POD_SPEC}
    for step in reversed(path):
        body = {step: body}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, **body}


def a_resource(**spec: Any) -> dict[str, Any]:
    return an_object("example.com/v1", "Web", **spec)


def view_of(obj: dict[str, Any]) -> Workload:
    view = workload_of(obj)
    assert view
    return view


TEMPLATE = ("spec", "template")


@pytest.mark.parametrize(
    ("api_version", "kind", "path"),
    [
        ("v1", "Pod", ()),
        ("v1", "PodTemplate", ("template",)),
        ("v1", "ReplicationController", TEMPLATE),
        ("apps/v1", "Deployment", TEMPLATE),
        ("extensions/v1beta1", "Deployment", TEMPLATE),
        ("apps/v1", "StatefulSet", TEMPLATE),
        ("apps/v1", "DaemonSet", TEMPLATE),
        ("apps/v1", "ReplicaSet", TEMPLATE),
        ("batch/v1", "Job", TEMPLATE),
        ("batch/v1", "CronJob", ("spec", "jobTemplate", "spec", "template")),
        ("batch/v1beta1", "CronJob", ("spec", "jobTemplate", "spec", "template")),
        ("argoproj.io/v1alpha1", "Rollout", TEMPLATE),
    ],
)
def test_every_kind_is_viewed_alike(api_version: str, kind: str, path: tuple[str, ...]) -> None:
    obj = an_object(api_version, kind, path)
    view = view_of(obj)
    assert (view.kind, view.api_version, view.name, view.namespace) == (kind, api_version, "web", "shop")
    assert view.containers == (
        Container("model", "example.com/model", "volume"),
        Container("setup", "registry.example.com/setup:1", "init"),
        Container("web", "registry.example.com/web:2", "container"),
        Container("log", "busybox", "container"),
        Container("debug", "busybox", "ephemeral"),
    )
    assert view.images == (
        "example.com/model",
        "registry.example.com/setup:1",
        "registry.example.com/web:2",
        "busybox",
    )
    assert (view.secret_names, view.own_list, view.service_account) == (("harbor", "hub"), True, "builder")
    assert (view.template_path, view.ref) == (path, f"{kind.lower()}/web")
    assert view.place("spec", "containers", 0) == ".".join([*path, "spec.containers[0]"])
    assert view.obj is obj


@pytest.mark.parametrize(
    ("spec", "want"),
    [
        pytest.param({}, "default", id="none"),
        pytest.param({"serviceAccountName": ""}, "default", id="empty"),
        pytest.param({"serviceAccount": "old"}, "old", id="the field's old name"),
        pytest.param({"serviceAccount": "old", "serviceAccountName": "new"}, "new", id="the new name wins"),
    ],
)
def test_the_service_account_is_what_the_api_server_takes(spec: dict[str, Any], want: str) -> None:
    assert view_of(an_object("v1", "Pod", containers=None, **spec)).service_account == want


@pytest.mark.parametrize(
    ("secrets", "names", "own"),
    [
        pytest.param(None, (), False, id="null"),
        pytest.param([], (), False, id="empty: the ServiceAccount's list is inherited"),
        pytest.param([{}], (), True, id="an entry without a name: nothing is inherited, nothing named"),
        pytest.param([None, {"name": None}, {"name": ""}, {"name": "a"}], ("a",), True, id="nameless"),
        pytest.param([{"name": "b"}, {"name": "a"}, {"name": "b"}], ("b", "a"), True, id="order, once each"),
    ],
)
def test_the_own_list_is_read_as_the_kubelet_does(secrets: Any, names: tuple[str, ...], own: bool) -> None:
    view = view_of(an_object("v1", "Pod", imagePullSecrets=secrets))
    assert (view.secret_names, view.own_list) == (names, own)


def test_images_that_are_not_set_yet_are_left_out() -> None:
    containers = [{"name": "a"}, {"name": "b", "image": " "}, {"image": "x"}, {"name": "c", "image": None}]
    view = view_of(an_object("apps/v1", "Deployment", TEMPLATE, containers=containers))
    assert view.images == ("x",)
    assert [part.name for part in view.containers] == ["a", "b", "", "c"]


def test_an_object_without_a_template_yet_is_an_empty_view() -> None:
    view = view_of({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"generateName": "web-"}})
    assert (view.name, view.namespace, view.containers, view.service_account) == ("web-", "", (), "default")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param({"containers": "x"}, "spec.containers: must be a list, not text", id="containers"),
        pytest.param(
            {"containers": ["x"]}, "spec.containers[0]: must be an object, not text", id="a container"
        ),
        pytest.param(
            {"initContainers": [{"image": 1.2}]},
            "spec.initContainers[0].image: must be text, not a number",
            id="an image that YAML takes for a number",
        ),
        pytest.param(
            {"imagePullSecrets": "harbor"}, "spec.imagePullSecrets: must be a list, not text", id="secrets"
        ),
        pytest.param(
            {"imagePullSecrets": ["harbor"]},
            "spec.imagePullSecrets[0]: must be an object, not text",
            id="a Secret by its bare name",
        ),
        pytest.param({"volumes": {}}, "spec.volumes: must be a list, not an object", id="volumes"),
        pytest.param(
            {"serviceAccountName": 5}, "spec.serviceAccountName: must be text, not a number", id="account"
        ),
    ],
)
def test_what_the_api_server_would_refuse_names_its_place(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        workload_of(an_object("v1", "Pod", **spec))
    assert str(caught.value) == f"{message} (in Pod/web)"
    with pytest.raises(InvalidInput, match=r"^spec\.template\.spec\."):
        workload_of(an_object("apps/v1", "Deployment", TEMPLATE, **spec))


@pytest.mark.parametrize(
    "obj",
    [
        pytest.param({"apiVersion": "v1", "kind": "Pod", "spec": 5}, id="spec"),
        pytest.param({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 5}}, id="name"),
        pytest.param({"apiVersion": 1, "kind": "Pod"}, id="version"),
        pytest.param({"apiVersion": "v1", "kind": ["Pod"]}, id="kind"),
        pytest.param({"apiVersion": "v1", "kind": "Pod", "metadata": []}, id="metadata"),
    ],
)
def test_malformed_objects_are_refused(obj: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        workload_of(obj)


@pytest.mark.parametrize(
    "obj",
    [
        pytest.param({}, id="empty"),
        pytest.param(
            {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "spec: {containers: []}"}}, id="text"
        ),
        pytest.param(a_resource(containers=[]), id="no containers"),
        pytest.param(a_resource(containers={"image": "x"}), id="no list"),
        pytest.param(a_resource(containers=["x"]), id="no objects"),
        pytest.param(a_resource(containers=[{"name": "a"}]), id="no image"),
        pytest.param(a_resource(containers=[{"image": {}}]), id="image object"),
        pytest.param({"apiVersion": "x/v1", "kind": "A", "status": {"t": {"spec": POD_SPEC}}}, id="a status"),
        pytest.param(
            an_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", TEMPLATE),
            id="an example in a CRD",
        ),
    ],
)
def test_what_runs_no_image_has_no_view(obj: dict[str, Any]) -> None:
    assert workload_of(obj) is None
    assert workloads_of(obj) == ()


def test_each_template_of_a_custom_resource_has_its_view() -> None:
    pod = {"containers": [{"name": "main", "image": "a"}]}
    obj = {
        "apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": {"name": "train"},
        "spec": {
            "replicas": {"Master": {"template": {"spec": {**pod, "imagePullSecrets": [{"name": "s"}]}}},
                         "Worker": {"template": {"spec": {"containers": [{"image": "b"}]}}}},
            "jobs": [{"template": {"spec": {"template": {"spec": pod}}}}, None, {5: {"spec": pod}}],
        },
    }  # fmt: skip
    views = workloads_of(obj)
    assert [(view.images, view.place("spec"), view.secret_names) for view in views] == [
        (("a",), "spec.replicas.Master.template.spec", ("s",)),
        (("b",), "spec.replicas.Worker.template.spec", ()),
        (("a",), "spec.jobs[0].template.spec.template.spec", ()),
        (("a",), "spec.jobs[2][5].spec", ()),
    ]
    assert workload_of(obj) == views[0]


def test_of_a_custom_resource_only_what_looks_like_a_pod_is_read() -> None:
    spec = {
        "containers": [{"name": "a", "image": "x"}, {"name": 5}],
        "imagePullSecrets": "harbor",
        "volumes": {},
    }
    view = view_of(an_object("monitoring.coreos.com/v1", "Prometheus", **spec))
    assert (view.images, view.secret_names, view.own_list, view.template_path) == (("x",), (), False, ())


def test_a_list_is_flattened_with_the_lists_in_it() -> None:
    pods = {
        "apiVersion": "v1",
        "kind": "PodList",
        "metadata": {"resourceVersion": "5"},
        "items": [
            {"metadata": {"name": "p1"}},
            {"kind": "Pod", "apiVersion": "v2", "metadata": {"name": "p2"}},
        ],
    }
    everything = {"apiVersion": "v1", "kind": "List", "items": [pods, an_object("v1", "Pod")]}
    assert [(o["apiVersion"], o["kind"], o["metadata"]["name"]) for o in items_of(everything)] == [
        ("v1", "Pod", "p1"), ("v2", "Pod", "p2"), ("v1", "Pod", "web")]  # fmt: skip
    assert [view.name for view in workloads_of(everything)] == ["p1", "p2", "web"]
    assert "kind" not in pods["items"][0], "the input is left as it was"


@pytest.mark.parametrize(
    ("obj", "count"),
    [
        pytest.param(None, 0, id="an empty document"),
        pytest.param({"kind": "List"}, 0, id="no items"),
        pytest.param({"kind": "PodList", "items": None}, 0, id="null items"),
        pytest.param(
            {"kind": "AllowList", "metadata": {"name": "x"}, "items": ["a"]}, 1, id="another kind ends so"
        ),
        pytest.param({"kind": "AllowList", "spec": {}}, 1, id="a kind that ends so, without items"),
        pytest.param({"kind": 5}, 1, id="a kind that is no text"),
    ],
)
def test_what_a_list_is(obj: Any, count: int) -> None:
    assert len(items_of(obj)) == count


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        pytest.param("text", "text is no Kubernetes object", id="text"),
        pytest.param([{}], "a list is no Kubernetes object", id="a JSON array"),
        pytest.param({"kind": "List", "items": {}}, "items: must be a list, not an object", id="items"),
        pytest.param(
            {"kind": "List", "items": [{}, None]}, "items[1]: null is no Kubernetes object", id="null"
        ),
        pytest.param(
            {"kind": "PodList", "items": [5]}, "items[0]: a number is no Kubernetes object", id="number"
        ),
    ],
)
def test_what_is_no_object_is_refused_with_its_place(obj: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        items_of(obj)
    assert str(caught.value) == message


def test_an_object_that_holds_itself_ends() -> None:
    knot: dict[str, Any] = {"apiVersion": "x/v1", "kind": "Knot", "spec": {"template": {"spec": POD_SPEC}}}
    knot["spec"]["self"] = knot["spec"]
    assert len(workloads_of(knot)) == 1
    ring: dict[str, Any] = {"kind": "List", "items": [knot]}
    ring["items"].append(ring)
    assert items_of(ring) == [knot]


def test_aliases_that_unfold_to_billions_end() -> None:
    lists: dict[str, Any] = {"kind": "List", "items": []}
    tree: list[Any] = []
    for _ in range(40):
        lists, tree = {"kind": "List", "items": [lists] * 9}, [tree] * 9
    assert items_of(lists) == []
    assert workloads_of({"kind": "Bomb", "spec": tree}) == ()
