"""The Helm chart: the same objects as `pullsecret install`, lint, values, rights."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pullsecret._version import __version__
from pullsecret.core.installation import Installation, definitions, manifests
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.serving import health_app

helm_python = pytest.importorskip("helm_python", reason="Helm's engine comes for x86-64 alone")

from support.charts import CHART, REPOSITORY, is_hook, of_kind, render  # noqa: E402

IMAGE = f"{REPOSITORY}:{__version__}"
DIGEST = "sha256:" + "a" * 64

# The same choices in the words of the chart and of `Installation`.
CHOICES = [
    pytest.param({}, {}, id="plain"),
    pytest.param({"image": {"digest": DIGEST}, "imagePullSecrets": [{"name": "own"}, {"name": "two"}]},
                 {"image": f"{REPOSITORY}@{DIGEST}", "image_pull_secrets": ("own", "two")}, id="digest"),
    pytest.param({"image": {"tag": "1.2"}, "replicaCount": 1},
                 {"image": f"{REPOSITORY}:1.2", "replicas": 1}, id="one-replica"),
    pytest.param({"sourceNamespaces": ["platform", "vault"]},
                 {"source_namespaces": ("platform", "vault")}, id="sources"),
    pytest.param({"secretNames": ["harbor-pull"], "teamSources": ["login"]},
                 {"secret_names": ("harbor-pull",), "team_sources": ("login",)}, id="by-name"),
    pytest.param({"secretNames": ["a", "b"], "recoverPods": True},
                 {"secret_names": ("a", "b"), "recover_pods": True}, id="by-name-recovering"),
    pytest.param({"watchNamespaces": ["web", "shop"]}, {"watch_namespaces": ("web", "shop")},
                 id="namespaced"),
    pytest.param({"watchNamespaces": ["web"], "recoverPods": True, "secretNames": ["a"],
                  "teamSources": ["login"], "sourceNamespaces": ["platform"]},
                 {"watch_namespaces": ("web",), "recover_pods": True, "secret_names": ("a",),
                  "team_sources": ("login",), "source_namespaces": ("platform",)}, id="namespaced-by-name"),
    pytest.param({"webhook": {"enabled": False}}, {"webhook": False}, id="no-webhook"),
    pytest.param({"webhook": {"port": 10250}, "httpPort": 18080, "hostNetwork": True},
                 {"webhook_port": 10250, "http_port": 18080, "host_network": True}, id="host-network"),
    pytest.param({"allowRealms": ["auth.example.com", "b"], "allowLocalRegistries": True, "workers": 8,
                  "log": {"format": "text", "level": "debug"}, "rbac": {"aggregate": False}},
                 {"allow_realms": ("auth.example.com", "b"), "allow_local_registries": True, "workers": 8,
                  "log_format": "text", "log_level": "debug", "aggregate": False}, id="all-the-rest"),
]  # fmt: skip


def by_identity(objs: list[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    keys = [(o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in objs]
    assert len(set(keys)) == len(keys), "an object comes twice"
    return dict(zip(keys, objs, strict=True))


@pytest.mark.parametrize(("values", "options"), CHOICES)
def test_it_gives_what_install_prints(values: dict[str, Any], options: dict[str, Any]) -> None:
    wanted = Installation("system", **{"image": IMAGE, "version": __version__, **options})
    expected = by_identity([*definitions(wanted), *manifests(wanted)])
    rendered = by_identity([
        obj for obj in render({"crds": {"keep": False}, **values}) if not is_hook(obj)
    ])  # fmt: skip
    assert rendered.keys() == expected.keys()
    for key, obj in expected.items():
        assert rendered[key] == obj, key


def test_another_release_name() -> None:
    wanted = Installation("system", IMAGE, name="prod-pullsecret", version=__version__)
    rendered = by_identity([obj for obj in render(name="prod") if not is_hook(obj)])
    expected = by_identity(manifests(wanted))
    assert {key: rendered[key] for key in expected} == expected


@pytest.mark.parametrize(("values", "options"), CHOICES)
def test_lint(values: dict[str, Any], options: dict[str, Any]) -> None:
    given = {**values, "image": {"repository": REPOSITORY, **values.get("image", {})}}
    found = helm_python.lint(CHART, given, strict=True, namespace="system")
    assert found["errors"] == []
    assert [told for told in found["messages"] if told["severity"] > 1] == []


def test_no_image_is_an_error() -> None:
    with (
        helm_python.Chart.load(CHART) as chart,
        pytest.raises(helm_python.HelmRenderError, match=r"image\.repository is needed"),
    ):
        chart.render({}, name="pullsecret", namespace="system")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"replicas": 2}, id="unknown"),
        pytest.param({"replicaCount": 0}, id="none"),
        pytest.param({"image": {"digest": "latest"}}, id="digest"),
        pytest.param({"imagePullSecrets": ["own"]}, id="pull-secret"),
        pytest.param({"secretNames": ["Harbor"]}, id="secret-name"),
        pytest.param({"watchNamespaces": "web"}, id="no-list"),
        pytest.param({"log": {"level": "loud"}}, id="level"),
        pytest.param({"webhook": {"port": 0}}, id="port"),
    ],
)
def test_values_that_do_not_fit(values: dict[str, Any]) -> None:
    with helm_python.Chart.load(CHART) as chart, pytest.raises(helm_python.HelmValuesError):
        chart.validate_schema({**values, "image": {"repository": "x", **values.get("image", {})}})


def test_everything_at_once_renders() -> None:
    values = {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "expiresWithin": 3600},
        "dashboard": {"enabled": True},
        "podAnnotations": {"a": "b"}, "podLabels": {"c": "d"}, "nodeSelector": {"e": "f"},
        "tolerations": [{"operator": "Exists"}], "affinity": {"nodeAffinity": {}},
        "priorityClassName": "system-cluster-critical",
        "env": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
    }  # fmt: skip
    made = render(values)
    (deployment,) = of_kind(made, "Deployment")
    template = deployment["spec"]["template"]
    assert template["metadata"]["annotations"] == {"a": "b"}
    assert template["metadata"]["labels"]["c"] == "d"
    assert template["spec"]["priorityClassName"] == "system-cluster-critical"
    assert template["spec"]["containers"][0]["env"][-1]["name"] == "HTTPS_PROXY"
    (monitor,) = of_kind(made, "ServiceMonitor")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    (config_map,) = of_kind(made, "ConfigMap")
    assert json.loads(config_map["data"]["pullsecret.json"])["title"] == "pullsecret"
    (rules,) = of_kind(made, "PrometheusRule")
    (soon,) = [
        r for r in rules["spec"]["groups"][0]["rules"] if r["alert"] == "PullSecretCredentialExpiresSoon"
    ]
    assert soon["expr"].endswith("< 3600")
    assert "{{ $labels.registry }}" in soon["annotations"]["description"]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="plain"),
        pytest.param({"httpPort": 18080, "hostNetwork": True, "podLabels": {"c": "d"}}, id="another-port"),
        pytest.param({"watchNamespaces": ["web"], "crds": {"install": False}}, id="namespaced"),
    ],
)
def test_the_service_monitor_leads_to_the_operators_metrics(values: dict[str, Any]) -> None:
    """By labels to one Service, by its port to the container, and there to a path that is served."""
    made = render({**values, "serviceMonitor": {"enabled": True, "interval": "15s"}})
    (monitor,) = of_kind(made, "ServiceMonitor")
    (endpoint,) = monitor["spec"]["endpoints"]
    (found,) = [
        (service, port)
        for service in of_kind(made, "Service")
        for port in service["spec"]["ports"]
        if service["metadata"]["namespace"] == monitor["metadata"]["namespace"]
        and monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        and port["name"] == endpoint["port"]
    ]
    service, port = found
    assert service["metadata"]["name"] == "pullsecret-metrics"
    (deployment,) = of_kind(made, "Deployment")
    template = deployment["spec"]["template"]
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    (container,) = template["spec"]["containers"]
    (opened,) = [p for p in container["ports"] if p["name"] == port["targetPort"]]
    assert f"--http-port={opened['containerPort']}" in container["args"]
    app = health_app(Metrics(), not_ready=str)
    assert endpoint["path"] in {route.resource.canonical for route in app.router.routes() if route.resource}
    assert endpoint["interval"] == "15s"


def test_definitions_stay_unless_told_otherwise() -> None:
    assert [crd["metadata"]["annotations"] for crd in of_kind(render(), "CustomResourceDefinition")] == [
        {"helm.sh/resource-policy": "keep"}
    ] * 2
    assert of_kind(render({"crds": {"install": False}}), "CustomResourceDefinition") == []


def test_namespaced_mode_has_nothing_of_the_cluster() -> None:
    made = render({"watchNamespaces": ["web"], "crds": {"install": False}})
    assert {obj["metadata"].get("namespace") for obj in made} == {"system", "web"}
    assert of_kind(made, "ClusterRole", "ClusterRoleBinding", "MutatingWebhookConfiguration") == []


def rules_of(values: dict[str, Any], *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for role in of_kind(render(values), *kinds):
        for rule in role["rules"]:
            yield role["metadata"]["name"], rule


def test_secrets_by_name_alone() -> None:
    """With `secretNames`, no cluster-wide right on Secrets is without a name but `create`."""
    for role, rule in rules_of({"secretNames": ["harbor-pull"]}, "ClusterRole"):
        if "secrets" in rule["resources"] and rule["verbs"] != ["create"]:
            assert rule["resourceNames"] == ["harbor-pull"], role


def test_no_right_is_a_pattern() -> None:
    for _, rule in rules_of({"recoverPods": True}, "ClusterRole", "Role"):
        assert "*" not in [*rule["verbs"], *rule["resources"], *rule["apiGroups"]]


@pytest.mark.parametrize(("values", "evicts"), [({}, False), ({"recoverPods": True}, True)])
def test_eviction_is_switched_on(values: dict[str, Any], evicts: bool) -> None:
    resources = [name for _, rule in rules_of(values, "ClusterRole") for name in rule["resources"]]
    assert ("pods/eviction" in resources) == evicts


def test_no_role_for_people_writes_cluster_policies() -> None:
    aggregated = [
        role
        for role in of_kind(render(), "ClusterRole")
        if any("aggregate-to" in label for label in role["metadata"]["labels"])
    ]
    assert len(aggregated) == 2
    for role in aggregated:
        assert {name for rule in role["rules"] for name in rule["resources"]} == {"pullsecrets"}


def test_the_pods_are_hardened() -> None:
    made = render()
    pods = [obj["spec"]["template"]["spec"] for obj in of_kind(made, "Deployment", "Job")]
    assert len(pods) == 2
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_the_webhook_fails_open_and_holds_no_ca() -> None:
    (configuration,) = of_kind(render(), "MutatingWebhookConfiguration")
    (hook,) = configuration["webhooks"]
    assert (hook["failurePolicy"], hook["timeoutSeconds"], hook["sideEffects"]) == ("Ignore", 1, "None")
    # What an upgrade does not name it leaves alone: the operator fills it in.
    assert "caBundle" not in hook["clientConfig"]


def test_its_own_roles_are_gone_after_the_uninstall_hook() -> None:
    hooks = [obj for obj in render() if is_hook(obj)]
    assert {obj["kind"] for obj in hooks} == {
        "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Job",
    }  # fmt: skip
    for obj in hooks:
        annotations = obj["metadata"]["annotations"]
        assert annotations["helm.sh/hook"] == "pre-delete"
        assert "hook-succeeded" in annotations["helm.sh/hook-delete-policy"]
    (job,) = of_kind(hooks, "Job")
    assert int(job["metadata"]["annotations"]["helm.sh/hook-weight"]) > -5
    assert [obj for obj in render({"uninstallHook": {"enabled": False}}) if is_hook(obj)] == []


def test_what_is_made_is_up_to_date() -> None:
    tool = Path(__file__).parents[2] / "tools" / "chart.py"
    done = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def leaves(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        whole = f"{prefix}{name}"
        inner = (
            isinstance(value, dict) and value and name not in ("labels", "podSecurityContext", "resources")
        )
        yield from leaves(value, f"{whole}.") if inner else [whole]


def test_the_readme_names_every_value() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    rows = re.findall(r"(?m)^\| (`.*?) \|", (CHART / "README.md").read_text("utf-8"))
    told = [name for row in rows for name in re.findall(r"`([\w.]+)`", row)]
    assert sorted(told) == sorted(leaves(values))


def test_the_schema_knows_every_value_and_no_other() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))

    def known(node: dict[str, Any], prefix: str = "") -> Iterator[str]:
        for name, inner in node["properties"].items():
            yield from known(inner, f"{prefix}{name}.") if "properties" in inner else [f"{prefix}{name}"]

    assert sorted(set(known(schema)) - {"global"}) == sorted(leaves(values))


def test_alerts_and_dashboard_speak_of_metrics_that_there_are() -> None:
    text = (CHART / "templates" / "monitoring.yaml").read_text("utf-8")
    text += (CHART / "files" / "dashboard.json").read_text("utf-8")
    named = {name.removesuffix("_bucket") for name in re.findall(r"pullsecret_\w+", text)}
    metrics = Metrics()
    metrics.watch(leads=lambda: True, depth=lambda: 0, ages=dict)
    there = {
        family.name + ("_total" if family.type == "counter" else "") for family in metrics.registry.collect()
    }
    assert named
    assert not named - there
