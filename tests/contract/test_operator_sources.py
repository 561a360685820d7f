"""What the operator takes from sources, tries at registries, and refuses; on both clusters."""

import base64
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pullsecret.core.objects import SECRET, Kind, Object, uid_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.registries import opener
from pullsecret.operator.scope import Scope
from support.clusters import login
from support.contract import gone
from support.httpserver import json_reply, serving
from support.operating import HOST, IMAGE, PASSWORD, Stage, because, condition, password_of, stays
from support.realcluster import is_there

RBAC = "rbac.authorization.k8s.io"
CLUSTER_ROLE = Kind(RBAC, "v1", "ClusterRole", "clusterroles", namespaced=False)
CLUSTER_ROLE_BINDING = Kind(RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False)


# verify


async def test_a_new_credential_is_tried_once(stage: Stage) -> None:
    team, other = await stage.new_namespace(), await stage.new_namespace()
    name = await stage.cluster_policy(team, other, verify={"image": IMAGE})
    async with stage.operator():
        status = await stage.ready(name)
        assert condition(status, "CredentialVerified")["status"] == "True"
        (told,) = status["credentials"]
        source = await stage.cluster.get(SECRET, "login", namespace=stage.platform)
        assert told.pop("lastVerifiedAt")
        assert told == {
            "registry": HOST,
            "username": "robot",
            "result": "Accepted",
            "sourceUID": uid_of(source),
            "sourceResourceVersion": source["metadata"]["resourceVersion"],
        }
    async with stage.operator():
        await stage.delete(SECRET, name, team)
        await stage.copy(team, name)
    assert stage.registries.asked == [(HOST, "robot", PASSWORD)]


async def test_a_rejected_one_leaves_the_last_good_copies(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, verify={})
    async with stage.operator():
        copy = await stage.copy(team, name)
        await stage.ready(name)
        await stage.source(password="bad-word")
        status = await stage.ready(name, "CredentialRejected")
        verified = condition(status, "CredentialVerified")
        assert (verified["status"], verified["reason"]) == ("False", "CredentialRejected")
        assert "credential-rejected" in verified["message"]
        assert status["credentials"][0]["result"] == "Rejected"
        await stays(stage.cluster, SECRET, copy, 0.3)
    tries = len(stage.registries.asked)

    async with stage.operator():  # not tried again, though nothing is remembered but the status
        await stage.patch(CLUSTER_PULL_SECRET, name, {"metadata": {"labels": {"touched": "yes"}}})
        await stays(stage.cluster, SECRET, copy, 1)
        await stage.ready(name, "CredentialRejected")
        assert len(stage.registries.asked) == tries

        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"verify": {"image": IMAGE}}})
        await stage.status(name, because("CredentialRejected"))
        assert len(stage.registries.asked) == tries + 1, "another spec: once more"

        await stage.source()
        await stage.ready(name)
        assert len(stage.registries.asked) == tries + 2, "another source: once more"
        assert uid_of(await stage.copy(team, name)) == uid_of(copy)


@pytest.mark.parametrize(("choice", "handed_out"), [("Allow", True), ("Deny", False)])
async def test_a_registry_that_does_not_answer(stage: Stage, choice: str, handed_out: bool) -> None:
    team = await stage.new_namespace()
    stage.registries.down = True
    name = await stage.cluster_policy(team, verify={"onUnreachable": choice})
    async with stage.operator():
        status = await stage.ready(name, "Synced" if handed_out else "VerifyUnreachable")
        verified = condition(status, "CredentialVerified")
        assert (verified["status"], verified["reason"]) == ("Unknown", "VerifyUnreachable")
        assert await is_there(stage.cluster, SECRET, name, team) == handed_out


async def test_no_operator_connects_to_its_own_machine(stage: Stage) -> None:
    team = await stage.new_namespace()

    async def answer(_request: Any) -> Any:
        return json_reply({})

    async with serving(answer) as server:
        host = f"127.0.0.1:{server.port}"
        await stage.source(host=host)
        name = await stage.cluster_policy(team, verify={"plainHTTP": True, "onUnreachable": "Deny"})
        async with stage.operator(open_=opener({}, allow_realms=(), allow_local=False)):
            status = await stage.ready(name, "VerifyUnreachable")
            assert server.seen == []
            assert status["namespaces"]["synced"] == 0
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"verify": {"onUnreachable": "Allow"}}})
        async with stage.operator(open_=opener({}, allow_realms=(), allow_local=True)):
            await stage.ready(name)
            assert server.seen


# sources


def basic(name: str, **annotations: str) -> Object:
    data = {"username": "robot", "password": PASSWORD}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "annotations": annotations},
        "type": "kubernetes.io/basic-auth",
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }


async def test_a_basic_source_names_its_host_itself(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.cluster.create(SECRET, basic("robot"), namespace=stage.platform)
    ref = {"namespace": stage.platform, "name": "robot"}
    entry = {"type": "Basic", "registry": HOST, "secretRef": ref}
    name = await stage.cluster_policy(team, credentials=[entry], verify={})
    async with stage.operator():
        status = await stage.ready(name, "SourceInvalid")
        assert "spec.credentials[0].registry" in condition(status)["message"]
        assert stage.registries.asked == [], "sent to nobody"
        patch = {"metadata": {"annotations": {"pullsecret.dev/registry": HOST}}}
        await stage.patch(SECRET, "robot", patch, stage.platform)
        await stage.copy(team, name)
        await stage.ready(name)


async def test_a_source_that_goes_leaves_the_copies_and_may_come_back(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        copy = await stage.copy(team, name)
        await stage.ready(name)
        await stage.delete(SECRET, "login", stage.platform)
        await stage.ready(name, "SourceMissing")
        await stays(stage.cluster, SECRET, copy, 0.3)
        await stage.source(password="another-word")
        second = await stage.copy(team, name, password="another-word")
        assert uid_of(second) == uid_of(copy)
        await stage.ready(name)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param('{"auths":{}}', id="empty"),
        pytest.param("null", id="null"),
        pytest.param('{"auths":{"registry.example.com":{"auth":"!!!"}}}', id="malformed"),
        pytest.param('{"credsStore":"desktop","auths":{"registry.example.com":{}}}', id="only-references"),
        pytest.param(
            '{"credsStore":"desktop","auths":{"registry.example.com":{"auth":"dTpw"},"other.example.com":{}}}',
            id="a-reference-beside-a-login",
        ),
    ],
)
async def test_no_empty_or_broken_config_over_a_good_one(stage: Stage, broken: str) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        copy = await stage.copy(team, name)
        await stage.ready(name)
        data = {".dockerconfigjson": base64.b64encode(broken.encode()).decode()}
        await stage.patch(SECRET, "login", {"data": data}, stage.platform)
        status = await stage.ready(name, "SourceInvalid")
        assert f"{stage.platform}/login" in condition(status)["message"]
        await stays(stage.cluster, SECRET, copy, 0.2)


async def test_the_same_registry_in_two_sources(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.source("second")
    refs = [{"namespace": stage.platform, "name": name} for name in ("login", "second")]
    sources = [{"type": "DockerConfig", "secretRef": ref} for ref in refs]
    name = await stage.cluster_policy(team, credentials=sources)
    async with stage.operator():
        status = await stage.ready(name, "SourceInvalid")
        assert "spec.credentials[1]" in condition(status)["message"]
        await stage.delete(SECRET, "second", stage.platform)
        await stage.source("second", host="other.example.com")
        copy = await stage.copy(team, name)
        assert password_of(copy, "other.example.com") == PASSWORD
        status = await stage.ready(name)
        assert status["summary"]["registries"] == f"{HOST} +1"


async def test_a_pull_secret_reads_its_own_namespace_only(stage: Stage) -> None:
    team = await stage.new_namespace()
    own = await stage.own_policy(team)  # `login` is in the platform's namespace, not here
    async with stage.operator():
        status = await stage.ready(own, "SourceMissing", namespace=team)
        assert f"{team}/login" in condition(status)["message"]
        assert not await is_there(stage.cluster, SECRET, own, team)


# bounds


async def test_sources_of_other_namespaces_are_not_even_followed(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.cluster.create(SECRET, secret_manifest("theirs", login(HOST)), namespace=team)
    ref = {"namespace": team, "name": "theirs"}
    sources = [{"type": "DockerConfig", "secretRef": ref}]
    name = await stage.cluster_policy("contract-none", credentials=sources)
    async with stage.operator() as replica:
        status = await stage.ready(name, "InvalidSpec")
        assert "spec.credentials[0].secretRef.namespace" in condition(status)["message"]
        assert not [call for call in replica.calls if f"/namespaces/{team}/secrets" in call.address]
    async with stage.operator(bounds=Bounds(frozenset({team}))):
        await stage.status(name, lambda s: condition(s)["status"] == "True")


async def test_other_names_than_those_given_leave_for(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    bounds = Bounds(frozenset({stage.platform}), frozenset({name}))
    async with stage.operator(bounds=bounds):
        copy = await stage.copy(team, name)
        await stage.ready(name)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"secretName": "another"}})
        status = await stage.ready(name, "InvalidSpec")
        assert condition(status)["message"].startswith("spec.secretName: ")
        await stays(stage.cluster, SECRET, copy, 0.3)
        assert not await is_there(stage.cluster, SECRET, "another", team)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        assert not await is_there(stage.cluster, SECRET, name, team)


async def test_a_spec_that_only_we_can_refuse(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, verify={"caBundle": base64.b64encode(b"no PEM").decode()})
    async with stage.operator():
        status = await stage.ready(name, "InvalidSpec")
        assert condition(status)["status"] == "False"
        assert condition(status)["message"].startswith("spec.verify.caBundle: ")
        assert not await is_there(stage.cluster, SECRET, name, team)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"verify": {"caBundle": None}}})
        await stage.ready(name)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"verify": {"caBundle": "bm8="}}})
        await stage.ready(name, "InvalidSpec")
        copy = await stage.copy(team, name)
        await stays(stage.cluster, SECRET, copy, 0.2)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        assert not await is_there(stage.cluster, SECRET, name, team)


async def test_an_operator_of_some_namespaces(stage: Stage) -> None:
    team, other = await stage.new_namespace(), await stage.new_namespace()
    for namespace in (team, other):
        await stage.cluster.create(SECRET, secret_manifest("login", login(HOST)), namespace=namespace)
    own, theirs = await stage.own_policy(team), await stage.own_policy(other)
    wide = await stage.cluster_policy(team)
    async with stage.operator(scope=Scope((team,))) as replica:
        await stage.copy(team, own)
        await stage.attached(team, own)
        await stage.ready(own, namespace=team)
        assert not await is_there(stage.cluster, SECRET, theirs, other)
        assert not await is_there(stage.cluster, SECRET, wide, team)
        assert [call.address for call in replica.calls if f"/{team}" not in call.address] == []


# rights


@pytest.fixture
async def limited(
    stage: Stage, request: pytest.FixtureRequest, kubeconfig: str, tmp_path: Path
) -> AsyncIterator["Limited"]:
    """An identity that may do what the operator needs, but may not read the source."""
    if request.config.getoption("--cluster") == "sandbox":
        pytest.skip("the imitation lets everybody do everything")
    made = Limited(stage, f"contract-{secrets.token_hex(4)}", tmp_path / "limited")
    made.impersonate(Path(kubeconfig))
    yield made
    for kind, name in made.made:
        await stage.cluster.delete(kind, name)


class Limited:
    def __init__(self, stage: Stage, name: str, kubeconfig: Path) -> None:
        self.name, self.kubeconfig = name, str(kubeconfig)
        self.made: list[tuple[Kind, str]] = []
        self._stage = stage

    def impersonate(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        for user in config["users"]:
            user["user"] |= {"as": f"system:serviceaccount:{self._stage.platform}:{self.name}"}
        Path(self.kubeconfig).write_text(yaml.safe_dump(config))

    async def allow(self, *rules: Object) -> None:
        name = f"{self.name}-{len(self.made)}"
        meta = {"apiVersion": f"{RBAC}/v1", "metadata": {"name": name}}
        subject = {"kind": "ServiceAccount", "namespace": self._stage.platform, "name": self.name}
        ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
        role = {**meta, "kind": "ClusterRole", "rules": list(rules)}
        binding = {**meta, "kind": "ClusterRoleBinding", "roleRef": ref, "subjects": [subject]}
        for kind, obj in ((CLUSTER_ROLE, role), (CLUSTER_ROLE_BINDING, binding)):
            await self._stage.cluster.create(kind, obj)
            self.made.append((kind, name))


def rule(resources: str, verbs: str, *, group: str = "", **more: Any) -> Object:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split(), **more}


async def test_rights_by_name_are_enough_and_a_source_may_be_forbidden(
    stage: Stage, limited: Limited
) -> None:
    team = await stage.new_namespace()
    name = f"{stage.run}-copies"
    ours = "clusterpullsecrets pullsecrets"
    await limited.allow(
        rule(ours, "get list watch patch", group="pullsecret.dev"),
        rule("clusterpullsecrets/status pullsecrets/status", "patch", group="pullsecret.dev"),
        rule("namespaces", "get list watch"),
        rule("serviceaccounts", "get list watch patch"),
        rule("events", "create patch"),
        rule("secrets", "create"),
        rule("secrets", "get list watch patch delete", resourceNames=[name]),
    )
    await stage.cluster_policy(team, name=name)
    async with stage.operator(kubeconfig=limited.kubeconfig):
        status = await stage.ready(name, "SourceForbidden")
        assert f"secrets/{stage.platform}/login" in condition(status)["message"]
        assert not await is_there(stage.cluster, SECRET, name, team)
        await limited.allow(rule("secrets", "get list watch", resourceNames=["login"]))
        await stage.status(name, because("Synced"), patience=90)
        await stage.copy(team, name)
        await stage.attached(team, name)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        assert not await is_there(stage.cluster, SECRET, name, team)


async def test_a_policy_whose_source_is_forbidden_can_go(stage: Stage, limited: Limited) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.ready(name)
    await limited.allow(
        rule("clusterpullsecrets pullsecrets", "get list watch patch", group="pullsecret.dev"),
        rule("clusterpullsecrets/status", "patch", group="pullsecret.dev"),
        rule("namespaces", "get list watch"),
        rule("serviceaccounts", "get list watch patch"),
        rule("secrets", "get list watch patch delete", resourceNames=[name]),
    )
    async with stage.operator(kubeconfig=limited.kubeconfig):
        await stage.ready(name, "SourceForbidden")
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        assert not await is_there(stage.cluster, SECRET, name, team)
