"""`sync -f`: a policy from a file, which the cluster need not know; and one that the operator keeps there."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from pullsecret.core.errors import AlreadyExists
from pullsecret.core.objects import SECRET, uid_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.policy.schema import DEFINITION, custom_resource_definitions
from support.cliworlds import PASSWORD, World, login
from support.syncfans import Fan, policy_of


def test_a_policy_from_a_file(fan: Fan, world: World, tmp_path: Path) -> None:
    ca = base64.b64encode(Path(world.ca_file).read_bytes()).decode()
    fan.cli("add", "harbor", "-n", fan.source, *login(world.bearer), "--no-verify", stdin=PASSWORD).ok()
    policy = policy_of(fan, secretName="harbor-pull", verify={"caBundle": ca})
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump_all([{"apiVersion": "v1", "kind": "ConfigMap"}, policy]))
    said = fan.cli("sync", "-f", str(file)).ok()
    assert said.all == "secret/harbor-pull is in 3 of 3 namespaces: 3 created, 3 ServiceAccounts attached\n"
    assert fan.copies("harbor-pull") == fan.targets
    metadata = (world.get(SECRET, "harbor-pull", fan.targets[0]) or {})["metadata"]
    assert metadata["labels"]["pullsecret.dev/policy"] == "ClusterPullSecret.harbor"
    again = fan.cli("sync", "-f", "-", "-o", "name").code
    assert again == 2
    assert fan.cli("sync", "-f", "-", "-o", "name", stdin=json.dumps(policy)).ok().out == ""


def test_authorities_that_are_none(fan: Fan) -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    said = fan.cli("sync", "-f", "-", stdin=json.dumps(policy_of(fan, verify={"caBundle": pem})))
    assert (said.code, fan.copies()) == (2, [])
    assert "the CA bundle: holds no certificate in PEM format" in said.error


def test_a_teams_own_policy_is_for_its_own_namespace(fan: Fan, world: World) -> None:
    policy = policy_of(fan, secretName="own") | {"kind": "PullSecret"}
    policy["spec"] = {
        "secretName": "own",
        "credentials": [{"type": "DockerConfig", "secretRef": {"name": "harbor"}}],
    }
    fan.cli("sync", "-f", "-", "-n", fan.source, stdin=json.dumps(policy)).ok()
    assert world.secret("own", fan.source)
    assert fan.copies("own") == []


SOUND = """\
# a policy
apiVersion: pullsecret.dev/v1alpha1
kind: ClusterPullSecret
metadata: {name: harbor}
spec:
  secretName: harbor
  credentials:
    - type: DockerConfig
      secretRef:
        namespace: platform
        name: login
    - secretRef: {namespace: platform, name: robot}
      type: Basic
      registry: h.io
  namespaces:
    include:
      - web
      - shop
  verify:
    onUnreachable: Allow
    image: h.io/x
"""


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        pytest.param("name: harbor}", "name: ''}", "4, metadata.name", id="one-line"),
        pytest.param("secretName: harbor", "secretName: [x]", "6, spec.secretName", id="field"),
        pytest.param(
            "        name: login", "        name: A", "11, spec.credentials[0].secretRef.name", id="deep"
        ),
        pytest.param("        name: login", "", "9, spec.credentials[0].secretRef.name", id="missing"),
        pytest.param("type: Basic", "type: Odd", "13, spec.credentials[1].type", id="item"),
        pytest.param("      - shop", "      - S", "18, spec.namespaces.include[1]", id="scalar-item"),
        pytest.param("Allow", "Perhaps", "20, spec.verify.onUnreachable", id="before-an-image"),
        pytest.param("  verify:", "  verifies:", "19, spec.verifies", id="unknown"),
    ],
)
def test_an_error_names_the_line_of_its_field(
    fan: Fan, tmp_path: Path, right: str, wrong: str, place: str
) -> None:
    assert SOUND.count(right) == 1
    text = SOUND.replace(right, wrong)
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    assert f"{file}:{place}: " in fan.cli("sync", "-f", str(file)).error
    assert f"standard input:{place}: " in fan.cli("sync", "-f", "-", stdin=text).error


Put = Callable[[Any, list[str]], Any]


@pytest.fixture
def put(world: World) -> Iterator[Put]:
    """Put a policy with some finalizers into the cluster, and take it away at the end."""
    for definition in custom_resource_definitions():
        with suppress(AlreadyExists):
            world.make(DEFINITION, definition)
    store = world.beside.sandbox.store

    def make(policy: Any, finalizers: list[str]) -> Any:
        metadata = {**policy["metadata"], "finalizers": finalizers}
        return world.make(CLUSTER_PULL_SECRET, {**policy, "metadata": metadata})

    yield make
    for policy in world.every(CLUSTER_PULL_SECRET):
        policy["metadata"]["finalizers"] = []
        store.update(CLUSTER_PULL_SECRET, policy)
        store.delete(CLUSTER_PULL_SECRET, policy["metadata"]["name"], "")


def test_a_policy_that_the_operator_keeps(fan: Fan, world: World, put: Put, tmp_path: Path) -> None:
    """Its copies carry the marks of the one in the cluster, and would all be told as another's."""
    policy = policy_of(fan)
    live = put(policy, ["pullsecret.dev/detach"])
    marks = {
        "labels": {"pullsecret.dev/policy": "ClusterPullSecret.harbor"},
        "annotations": {"pullsecret.dev/policy-uid": uid_of(live)},
    }
    for target in fan.targets:
        world.make(SECRET, {"metadata": {"name": "harbor", **marks}}, target)
    before = world.state()
    (tmp_path / "p.yaml").write_text(json.dumps(policy))
    for more in ([], ["--dry-run"], ["--prune"]):
        said = fan.cli("sync", "-f", str(tmp_path / "p.yaml"), *more).ok()
        assert said.all == (
            "clusterpullsecret/harbor is in the cluster, and the operator keeps it: nothing to do here; "
            "`kubectl apply` changes it\n"
        )
    report = json.loads(fan.cli("sync", "-f", str(tmp_path / "p.yaml"), "-o", "json").ok().out)
    assert report["keptByOperator"] is True
    assert report["namespaces"]["total"] == 0
    assert world.state() == before


@pytest.mark.parametrize("stale", [{}, {"secretName": "former"}], ids=["as-it-is", "of-another-name"])
def test_a_policy_that_the_operator_keeps_as_it_was_exported(
    fan: Fan, world: World, put: Put, tmp_path: Path, stale: Any
) -> None:
    """`kubectl get -o yaml` writes the UID too; with it copies seem the operator's, which knows none."""
    exported = put(policy_of(fan, **stale), ["pullsecret.dev/detach"])
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(exported))
    live = world.get(CLUSTER_PULL_SECRET, "harbor", "") or {}
    spec = {**live["spec"], "secretName": "harbor"}
    live = world.beside.sandbox.store.update(CLUSTER_PULL_SECRET, {**live, "spec": spec})
    elsewhere = world.namespace("added-since")
    marks = {"annotations": {"pullsecret.dev/policy-uid": uid_of(live)}}
    for name in ("harbor", "former"):
        world.make(SECRET, {"metadata": {"name": name, **marks}}, elsewhere)
    before = world.state()
    for more in ([], ["--dry-run"], ["--prune"]):
        said = fan.cli("sync", "-f", str(tmp_path / "p.yaml"), *more).ok()
        assert "the operator keeps it: nothing to do here" in said.out
    assert world.state() == before


@pytest.mark.parametrize("there", [True, False], ids=["without-an-operator", "from-another-cluster"])
def test_what_the_cluster_wrote_into_an_exported_policy_counts_for_nothing(
    fan: Fan, world: World, put: Put, tmp_path: Path, there: bool
) -> None:
    """Its copies are those of the file: they stay ours when the policy is made anew, or was never here."""
    policy = policy_of(fan)
    known = put(policy, []) if there else policy
    written = {
        "uid": "9e04ad6a-0e41-4b0c-8e8d-3c0d0f1d0a11",
        "resourceVersion": "1",
        "generation": 7,
        "creationTimestamp": "2026-11-20T08:00:00Z",
        "deletionTimestamp": "2026-11-21T08:00:00Z",
        "finalizers": ["pullsecret.dev/detach"],
        **{key: value for key, value in known["metadata"].items() if key == "uid"},
    }
    exported = {**policy, "metadata": {"name": "harbor", **written}, "status": {"secretNames": ["former"]}}
    file = tmp_path / "p.yaml"
    file.write_text(yaml.safe_dump(exported))
    assert "3 created" in fan.cli("sync", "-f", str(file)).ok().out
    metadata = (world.get(SECRET, "harbor", fan.targets[0]) or {})["metadata"]
    assert metadata["annotations"]["pullsecret.dev/policy-uid"] == "sync:ClusterPullSecret:harbor"
    file.write_text(yaml.safe_dump(policy))
    assert "nothing to do" in fan.cli("sync", "-f", str(file)).ok().out, (
        "with and without them it is the same"
    )


def test_a_stale_file_prunes_nothing_of_the_policy_in_the_cluster(
    fan: Fan, world: World, put: Put, tmp_path: Path
) -> None:
    """Also where no operator keeps that any more: its copies are not those of the file."""
    live = put(policy_of(fan), [])
    elsewhere = world.namespace("added-since")
    marks = {"annotations": {"pullsecret.dev/policy-uid": uid_of(live)}}
    world.make(SECRET, {"metadata": {"name": "harbor", **marks}}, elsewhere)
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(live))
    fan.cli("sync", "-f", str(tmp_path / "p.yaml"), "--prune").ok()
    assert world.get(SECRET, "harbor", elsewhere)


@pytest.mark.parametrize("finalizers", [[], ["somebody.dev/else"]], ids=["no-operator", "anothers-finalizer"])
def test_a_policy_that_no_operator_keeps(fan: Fan, put: Put, tmp_path: Path, finalizers: list[str]) -> None:
    policy = policy_of(fan)
    put(policy, finalizers)
    (tmp_path / "p.yaml").write_text(json.dumps(policy))
    assert "3 created" in fan.cli("sync", "-f", str(tmp_path / "p.yaml")).ok().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "no ClusterPullSecret or PullSecret", id="empty"),
        pytest.param("a: [", "policy.yaml:2: is no YAML", id="no-yaml"),
        pytest.param('{"apiVersion": "v1", "kind": "Secret"}', "holds no ClusterPullSecret", id="no-policy"),
        pytest.param(
            '{"apiVersion": "pullsecret.dev/v1alpha1", "kind": "PullSecret"}\n---\n'
            '{"apiVersion": "pullsecret.dev/v1alpha1", "kind": "PullSecret"}',
            "holds 2 policies",
            id="two",
        ),
        pytest.param(
            '\n{"apiVersion": "pullsecret.dev/v1alpha1", "kind": "ClusterPullSecret",'
            ' "metadata": {"name": "x"}, "spec": {"credentials": [{"type": "Basic"}]}}',
            "policy.yaml:2, spec.credentials[0].registry: must be a registry",
            id="not-sound",
        ),
    ],
)
def test_a_file_that_is_no_policy(fan: Fan, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    said = fan.cli("sync", "-f", str(file))
    assert said.code == 2
    assert message in said.error
    assert str(file) in said.error
