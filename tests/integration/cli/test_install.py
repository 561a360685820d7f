"""`install` and `uninstall` as a person types them."""

import json

import pytest
import yaml

from pullsecret.core.policy.schema import DEFINITION
from support.commandline import CommandLine

IMAGE = ("--image", "registry.example.com/pullsecret:1")


@pytest.fixture
def typed(tmp_path):
    return CommandLine(tmp_path)


def test_printed_manifests_are_what_kubectl_reads(typed):
    objs = list(yaml.safe_load_all(typed("install", *IMAGE, "-n", "tools").ok().out))
    kinds = [obj["kind"] for obj in objs]
    assert kinds[:3] == ["CustomResourceDefinition", "CustomResourceDefinition", "Namespace"]
    assert kinds[-1] == "MutatingWebhookConfiguration"
    (deployment,) = [obj for obj in objs if obj["kind"] == "Deployment"]
    assert deployment["metadata"]["namespace"] == "tools"
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE[1]


def test_definitions_alone_need_no_image(typed):
    objs = list(yaml.safe_load_all(typed("install", "--crds").ok().out))
    assert {obj["kind"] for obj in objs} == {"CustomResourceDefinition"}


def test_definitions_may_be_left_out(typed):
    objs = list(yaml.safe_load_all(typed("install", *IMAGE, "--no-crds").ok().out))
    assert "CustomResourceDefinition" not in {obj["kind"] for obj in objs}


def test_other_formats(typed):
    made = json.loads(typed("install", *IMAGE, "-o", "json").ok().out)
    assert (made["kind"], made["items"][2]["metadata"]["name"]) == ("List", "pullsecret-system")
    assert "deployment/pullsecret" in typed("install", *IMAGE, "-o", "name").ok().lines


def test_options_reach_the_operator(typed):
    words = [
        *IMAGE, "--name", "second", "--replicas", "1", "--source-namespaces", "a,b", "--secret-names", "c",
        "--team-sources", "d", "--recover-pods", "--no-webhook", "--http-port", "18080", "--no-aggregate",
        "--image-pull-secret", "own", "--host-network", "--workers", "4", "--log-format", "text",
        "--log-level", "debug", "--allow-realm", "auth.example.com", "--allow-local-registries",
    ]  # fmt: skip
    objs = {obj["kind"]: obj for obj in yaml.safe_load_all(typed("install", *words).ok().out)}
    assert "MutatingWebhookConfiguration" not in objs
    assert "PodDisruptionBudget" not in objs
    pod = objs["Deployment"]["spec"]["template"]["spec"]
    assert (pod["hostNetwork"], pod["imagePullSecrets"]) == (True, [{"name": "own"}])
    assert pod["containers"][0]["args"] == [
        "operator", "--source-namespaces=a,b", "--secret-names=c", "--no-webhook",
        "--lease-name=second-operator", "--http-port=18080", "--workers=4", "--log-format=text",
        "--log-level=debug", "--allow-realm=auth.example.com", "--allow-local-registries",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["install"], ["which image?", "deploy/Dockerfile"], id="no-image"),
        pytest.param(["install", *IMAGE, "--secret-names", "Harbor"], ["'Harbor'"], id="secret-name"),
        pytest.param(["install", *IMAGE, "--source-namespaces", "a.b"], ["'a.b'"], id="namespace"),
        pytest.param(["install", *IMAGE, "--watch-namespaces", "a", "--source-namespaces", "b"],
                     ["--source-namespaces"], id="sources-of-nobody"),
        pytest.param(["install", *IMAGE, "--team-sources", "a"], ["--secret-names"], id="team-sources"),
        pytest.param(["install", *IMAGE, "--name", "a" * 41], ["40 characters"], id="long-name"),
        pytest.param(["install", *IMAGE, "--name", "a.b"], ["no dot"], id="dotted-name"),
        pytest.param(["install", *IMAGE, "--replicas", "0"], ["0"], id="no-replica"),
        pytest.param(["install", *IMAGE, "--http-port", "70000"], ["70000"], id="port"),
        pytest.param(["install", *IMAGE, "--workers", "1025"], ["1025"], id="more-workers-than-it-takes"),
        pytest.param(["install", *IMAGE, "--allow-realm", "https://a.io/token"],
                     ["--allow-realm", "'https://a.io/token'", "HOST:PORT"], id="realm"),
        pytest.param(["install", "--image", "h.io/UPPER:1"], ["h.io/UPPER:1"], id="image"),
        pytest.param(["install", "--image", "h.io/a:1\nb: c"], ["h.io/a:1"], id="image-of-two-lines"),
        pytest.param(["install", "--crds", "--no-crds"], ["--no-crds"], id="neither"),
        pytest.param(["install", *IMAGE, "-A"], ["one namespace"], id="everywhere"),
        pytest.param(["uninstall", "--name", "a.b"], ["no dot"], id="uninstall-name"),
        pytest.param(["uninstall", "--watch-namespaces", "A"], ["'A'"], id="uninstall-namespace"),
    ],
)  # fmt: skip
def test_bad_words(typed, words, told):
    said = typed(*words)
    assert (said.code, said.out) == (2, "")
    assert all(word in said.error for word in told), said.error


def test_what_is_printed_is_plain_yaml(typed):
    said = typed("install", *IMAGE)
    assert said.code == 0
    assert "&id" not in said.out


def test_installed_seen_and_uninstalled(cli):
    planned = cli("install", "--dry-run", *IMAGE).ok()
    assert planned.err == ""
    assert "nothing to take back" in cli("uninstall").ok().err, "nothing was made"
    said = cli("install", "--apply", *IMAGE).ok()
    assert [f"{line} (server dry run)" for line in said.lines] == planned.lines
    assert "deployment/pullsecret created" in said.lines
    assert "clusterrole/pullsecret created" in said.lines
    assert "docs/install.md" in said.err
    again = cli("install", "--apply", *IMAGE).ok()
    assert all("unchanged" in line for line in again.lines)
    assert cli("install", "--apply", "--crds").ok().err == ""

    asked = cli("uninstall")
    assert asked.code == 2
    assert "--yes" in asked.err
    assert "would remove the operator (14 objects); the namespace pullsecret-system stays" in asked.err
    planned = cli("uninstall", "--dry-run").ok()
    assert "deployment/pullsecret stopped (server dry run)" in planned.lines
    done = cli("uninstall", "--yes").ok()
    assert [f"{line} (server dry run)" for line in done.lines] == planned.lines
    assert "nothing to take back" in cli("uninstall").ok().err


def test_somebody_at_a_terminal_is_asked(cli, monkeypatch):
    monkeypatch.setattr("pullsecret.cli.session.Session.interactive", True)
    cli("install", "--apply", "--crds").ok()
    said = cli("uninstall", stdin="n\n")
    assert said.code == 1
    assert "definitions of ClusterPullSecret and PullSecret" in said.err
    assert cli("uninstall", stdin="y\n").ok().lines == [
        "customresourcedefinition/clusterpullsecrets.pullsecret.dev deleted",
        "customresourcedefinition/pullsecrets.pullsecret.dev deleted",
    ]


def test_what_stays_is_told(cli, world, monkeypatch):
    """The definitions are the whole cluster's, and may be a Helm release's."""
    monkeypatch.setattr("pullsecret.cli.session.Session.interactive", True)
    cli("install", "--apply", *IMAGE).ok()
    web = world.namespace()
    asked = cli("uninstall", "--watch-namespaces", web, stdin="n\n")
    assert asked.code == 1
    assert "all policies" not in asked.err
    assert "pullsecrets.pullsecret.dev: it stays with --watch-namespaces" in asked.err
    planned = cli("uninstall", "--watch-namespaces", web, "--dry-run").ok()
    assert "customresourcedefinition/pullsecrets.pullsecret.dev unchanged: it stays" in planned.out
    assert "all policies" in cli("uninstall", stdin="n\n").err

    store = world.beside.sandbox.store
    for definition in world.every(DEFINITION):
        definition["metadata"]["annotations"] = {"meta.helm.sh/release-name": "prod"}
        store.update(DEFINITION, definition)
    assert "pullsecrets.pullsecret.dev unchanged: it stays" in cli("uninstall", "--yes").ok().out
    left = cli("uninstall").ok()
    assert "nothing to take back" in left.err
    assert "kubectl delete crd pullsecrets.pullsecret.dev" in left.err
    for definition in world.every(DEFINITION):
        store.delete(DEFINITION, definition["metadata"]["name"])
