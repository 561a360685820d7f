"""The definitions of our own resources, as a server takes them: defaults, refusals, columns, the status."""

import copy
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pullsecret.core.errors import Invalid
from pullsecret.core.objects import Kind, Object
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, TABLE, Kubectl, Raw, path, refusal
from support.policies import define

CLUSTER_SOURCE = {"type": "DockerConfig", "secretRef": {"namespace": "platform", "name": "login"}}
OWN_SOURCE = {"type": "DockerConfig", "secretRef": {"name": "login"}}
LONGEST = "a" * 63


@pytest.fixture
async def defined(cluster: ClusterClient) -> None:
    await define(cluster)


def named() -> str:
    return f"contract-{secrets.token_hex(4)}"


def cluster_policy(name: str = "", **spec: Any) -> Object:
    whole = {"credentials": [CLUSTER_SOURCE], "namespaces": {"include": ["contract-none"]}, **spec}
    return _policy(CLUSTER_PULL_SECRET, name, whole)


def own_policy(name: str = "", **spec: Any) -> Object:
    return _policy(PULL_SECRET, name, {"credentials": [OWN_SOURCE], **spec})


def _policy(kind: Kind, name: str, spec: Object) -> Object:
    given = {key: value for key, value in spec.items() if value is not None}
    metadata = {"name": name or named()}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, "spec": given}


@pytest.fixture
async def made(cluster: ClusterClient, defined: None) -> AsyncIterator[Object]:
    """A `ClusterPullSecret` that means no namespace."""
    obj = await cluster.create(CLUSTER_PULL_SECRET, cluster_policy())
    yield obj
    await cluster.delete(CLUSTER_PULL_SECRET, obj["metadata"]["name"])


async def test_defaults(cluster: ClusterClient, defined: None) -> None:
    given = cluster_policy(namespaces={}, verify={})
    told = await cluster.create(CLUSTER_PULL_SECRET, given, dry_run=True)
    assert told["spec"] == {
        "credentials": [CLUSTER_SOURCE],
        "namespaces": {"include": ["*"]},
        "attach": {"to": "Named", "serviceAccounts": ["default"]},
        "verify": {"plainHTTP": False, "onUnreachable": "Allow"},
        "recoverPods": False,
        "deletionPolicy": "Delete",
    }
    told = await cluster.create(CLUSTER_PULL_SECRET, cluster_policy(attach={"to": "All"}), dry_run=True)
    assert told["spec"]["attach"] == {"to": "All"}


async def test_a_bundle_that_leaves_no_room_for_a_status_is_refused(
    cluster: ClusterClient, defined: None
) -> None:
    longest = cluster_policy(verify={"caBundle": "YWJj" * 131072})
    await cluster.create(CLUSTER_PULL_SECRET, longest, dry_run=True)
    with pytest.raises(Invalid):
        await cluster.create(
            CLUSTER_PULL_SECRET, cluster_policy(verify={"caBundle": "YWJj" * 131073}), dry_run=True
        )


async def test_all_of_it(cluster: ClusterClient, namespace: str, defined: None) -> None:
    basic = {
        "type": "Basic",
        "registry": "registry.example.com:5000",
        "secretRef": {"namespace": "platform", "name": "robot", "usernameKey": "u", "passwordKey": "p"},
    }
    spec = {
        "secretName": "harbor.pull",
        "credentials": [CLUSTER_SOURCE, basic],
        "namespaces": {
            "include": ["team-?", "app-[a-c]*"],
            "exclude": ["kube-*"],
            "selector": {
                "matchLabels": {"team": "web"},
                "matchExpressions": [{"key": "stage", "operator": "NotIn", "values": ["dev"]}],
            },
        },
        "attach": {"to": "Named", "serviceAccounts": ["default", "builder"]},
        "verify": {"image": "harbor/x:1", "caBundle": "YQ==", "plainHTTP": True, "onUnreachable": "Deny"},
        "recoverPods": True,
        "deletionPolicy": "Orphan",
    }
    told = await cluster.create(CLUSTER_PULL_SECRET, cluster_policy(LONGEST, **spec), dry_run=True)
    assert told["spec"] == spec
    own = {key: value for key, value in spec.items() if key != "namespaces"} | {"credentials": [OWN_SOURCE]}
    told = await cluster.create(PULL_SECRET, own_policy(**own), namespace=namespace, dry_run=True)
    assert told["spec"] == own


REFUSED = [
    pytest.param({"credentials": None}, "spec.credentials", "Required value", id="no-credentials"),
    pytest.param({"credentials": []}, "spec.credentials", "should have at least 1 items", id="empty"),
    pytest.param({"credentials": [{**OWN_SOURCE, "type": "Vault"}]}, "spec.credentials[0].type",
                 'Unsupported value: "Vault": supported values: "DockerConfig", "Basic"', id="source-type"),
    pytest.param({"credentials": [{"type": "Basic"}]}, "spec.credentials[0].secretRef", "Required value",
                 id="no-secret-ref"),
    pytest.param({"credentials": [{"type": "Basic", "secretRef": {}}]}, "spec.credentials[0].secretRef.name",
                 "Required value", id="no-name"),
    pytest.param({"credentials": [{"type": "Basic", "secretRef": {"name": "No_"}}]},
                 "spec.credentials[0].secretRef.name", "should match", id="name"),
    pytest.param({"credentials": [{**OWN_SOURCE, "registry": "https://x.example.com/v1"}]},
                 "spec.credentials[0].registry", "should match", id="registry"),
    pytest.param({"secretName": ""}, "spec.secretName", "should match", id="empty-name"),
    pytest.param({"secretName": "Harbor"}, "spec.secretName", "should match", id="capital-name"),
    pytest.param({"secretName": "a" * 254}, "spec.secretName", "should be at most 253 chars long",
                 id="long-name"),
    pytest.param({"attach": {"to": "Some"}}, "spec.attach.to",
                 'Unsupported value: "Some": supported values: "None", "Named", "All"', id="attach"),
    pytest.param({"attach": {"serviceAccounts": ["a", "a"]}}, "spec.attach.serviceAccounts[1]",
                 'Duplicate value: "a"', id="account-twice"),
    pytest.param({"attach": {"serviceAccounts": "default"}}, "spec.attach.serviceAccounts",
                 'must be of type array: "string"', id="no-list"),
    pytest.param({"verify": {"caBundle": "-----BEGIN"}}, "spec.verify.caBundle", "must be of type byte",
                 id="ca-bundle"),
    pytest.param({"verify": {"onUnreachable": "Ignore"}}, "spec.verify.onUnreachable",
                 'Unsupported value: "Ignore": supported values: "Allow", "Deny"', id="unreachable"),
    pytest.param({"recoverPods": "yes"}, "spec.recoverPods", 'must be of type boolean: "string"',
                 id="boolean"),
    pytest.param({"deletionPolicy": "Keep"}, "spec.deletionPolicy",
                 'Unsupported value: "Keep": supported values: "Delete", "Orphan"', id="deletion"),
]  # fmt: skip
REFUSED_OF_CLUSTER = [
    pytest.param({"namespaces": None}, "spec.namespaces", "Required value", id="no-namespaces"),
    pytest.param({"namespaces": {"include": []}}, "spec.namespaces.include", "should have at least 1 items",
                 id="include-empty"),
    pytest.param({"namespaces": {"include": ["a b"]}}, "spec.namespaces.include[0]", "should match",
                 id="include"),
    pytest.param({"namespaces": {"include": ["a[b"]}}, "spec.namespaces.include[0]", "should match",
                 id="open-class"),
    pytest.param({"namespaces": {"exclude": ["a", "a"]}}, "spec.namespaces.exclude[1]",
                 'Duplicate value: "a"', id="exclude-twice"),
    pytest.param({"namespaces": {"selector": {"matchLabels": {"a": 1}}}},
                 "spec.namespaces.selector.matchLabels.a", 'must be of type string: "integer"', id="label"),
    pytest.param({"namespaces": {"selector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}}},
                 "spec.namespaces.selector.matchExpressions[0].operator", 'Unsupported value: "Is"',
                 id="operator"),
    pytest.param({"credentials": [OWN_SOURCE]}, "spec.credentials[0].secretRef.namespace", "Required value",
                 id="no-source-namespace"),
]  # fmt: skip


def names_the_place(error: Invalid, place: str, words: str) -> bool:
    """Tell whether a refusal names a JSON path; servers before 1.22 or so leave out where in a list it is."""
    bare = re.sub(r"\[\d+\]", "", place)
    return any(field in (place, bare) and words in told for field, told in error.causes)


@pytest.mark.parametrize(("spec", "place", "words"), REFUSED)
async def test_a_spec_that_does_not_fit(
    cluster: ClusterClient, namespace: str, defined: None, spec: Object, place: str, words: str
) -> None:
    error = await refusal(
        cluster.create(PULL_SECRET, own_policy(**copy.deepcopy(spec)), namespace=namespace, dry_run=True)
    )
    assert isinstance(error, Invalid)
    assert names_the_place(error, place, words), error.causes


@pytest.mark.parametrize(("spec", "place", "words"), REFUSED_OF_CLUSTER)
async def test_a_spec_of_the_cluster_that_does_not_fit(
    cluster: ClusterClient, defined: None, spec: Object, place: str, words: str
) -> None:
    error = await refusal(
        cluster.create(CLUSTER_PULL_SECRET, cluster_policy(**copy.deepcopy(spec)), dry_run=True)
    )
    assert isinstance(error, Invalid)
    assert names_the_place(error, place, words), error.causes


async def test_a_name_that_is_too_long(cluster: ClusterClient, defined: None) -> None:
    error = await refusal(cluster.create(CLUSTER_PULL_SECRET, cluster_policy("a" * 64), dry_run=True))
    assert isinstance(error, Invalid)
    assert names_the_place(error, "metadata.name", "should be at most 63 chars long")


async def test_a_teams_own_names_no_other_namespace(
    cluster: ClusterClient, namespace: str, defined: None
) -> None:
    """What the schema does not know is dropped: neither another namespace nor a choice of them is left."""
    given = own_policy(credentials=[CLUSTER_SOURCE], namespaces={"include": ["*"]})
    told = await cluster.create(PULL_SECRET, given, namespace=namespace, dry_run=True)
    assert told["spec"]["credentials"] == [OWN_SOURCE]
    assert "namespaces" not in told["spec"]


async def test_the_status_is_its_own(cluster: ClusterClient, made: Object, raw: Raw) -> None:
    address = path(CLUSTER_PULL_SECRET, "", made["metadata"]["name"])
    condition = {
        "type": "Ready", "status": "True", "reason": "Synced", "message": "", "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    status = {
        "observedGeneration": 1,
        "conditions": [condition],
        "namespaces": {"desired": 812, "synced": 811, "failed": 1},
        "summary": {"registries": "a +1", "synced": "811/812", "expires": "in 11h (2026-11-22T08:00Z)"},
        "failures": [{"namespace": "x", "reason": "SecretConflict", "message": "held by somebody else"}],
        "credentials": [{"registry": "a", "username": "u", "sourceUID": "1", "sourceResourceVersion": "2",
                         "expiresAt": "2026-11-22T08:00:00Z", "lastVerifiedAt": "2026-11-21T08:00:00Z",
                         "result": "Accepted"}],
    }  # fmt: skip
    changed = {"status": status, "spec": {"recoverPods": True}}
    told = await raw("PATCH", f"{address}/status", changed, content_type=MERGE_PATCH)
    assert (told["status"], told["spec"]["recoverPods"]) == (status, False)
    told = await raw("PATCH", address, {"status": None}, content_type=MERGE_PATCH)
    assert told["status"] == status
    wrong = {"status": {"failures": [{"namespace": "x", "reason": "y"}] * 21}}
    error = await refusal(raw("PATCH", f"{address}/status", wrong, content_type=MERGE_PATCH))
    assert isinstance(error, Invalid)
    assert names_the_place(error, "status.failures", "should have at most 20 items")


async def test_its_columns(cluster: ClusterClient, made: Object, raw: Raw) -> None:
    address = path(CLUSTER_PULL_SECRET, "", made["metadata"]["name"])
    ready = {"type": "Ready", "status": "False", "reason": "SyncFailed", "message": "",
             "lastTransitionTime": "2026-01-01T00:00:00Z"}  # fmt: skip
    status = {"conditions": [ready], "summary": {"registries": "a", "synced": "1/2", "expires": ""}}
    await raw("PATCH", f"{address}/status", {"status": status}, content_type=MERGE_PATCH)
    table = await raw("GET", address, accept=TABLE)
    columns = [column["name"] for column in table["columnDefinitions"] if column["priority"] == 0]
    assert columns == ["Name", "Ready", "Registries", "Synced", "Expires", "Age"]
    assert table["rows"][0]["cells"][1:5] == ["False", "a", "1/2", ""]
    assert table["rows"][0]["cells"][5] == "SyncFailed"


async def test_kubectl_knows_its_names(made: Object, kubectl: Kubectl) -> None:
    name = made["metadata"]["name"]
    for word in ("cps", "clusterpullsecret", "clusterpullsecrets.pullsecret.dev", "pull-secrets"):
        assert name in (await kubectl("get", word, "-o", "name")).out
    assert (await kubectl("get", "psec")).code == 0
