"""The everyday verbs of a real kubectl."""

import asyncio
import json
from typing import Any

import pytest

from pullsecret.core.objects import EVENT, POD, SECRET, SERVICE_ACCOUNT, Object
from pullsecret.kube.client import ClusterClient
from support.contract import Kubectl, pod, pull_secret, secret

MANIFEST = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: app}
imagePullSecrets: [{name: one}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: app
      imagePullSecrets: [{name: one}]
      containers:
        - {name: web, image: "registry.example.com/web:1", env: [{name: A, value: b}]}
        - {name: side, image: "registry.example.com/side:1"}
"""


def in_columns(text: str) -> list[list[str]]:
    """Split a table into the words of its lines."""
    return [line.split() for line in text.strip().splitlines()]


async def test_version_and_kinds(kubectl: Kubectl) -> None:
    ran = await kubectl("version", "-o", "json")
    assert json.loads(ran.out)["serverVersion"]["major"] == "1"
    kinds = {line[0] for line in in_columns((await kubectl("api-resources", "--no-headers")).out)}
    assert {"secrets", "serviceaccounts", "pods", "deployments", "nodes", "events", "leases"} <= kinds
    assert (await kubectl("auth", "can-i", "create", "secrets")).out.strip() == "yes"


async def test_create(kubectl: Kubectl, cluster: ClusterClient, namespace: str) -> None:
    login = ("--docker-server=registry.example.com", "--docker-username=u", "--docker-password=p<&>")
    assert (await kubectl("create", "secret", "docker-registry", "a", *login)).out == "secret/a created\n"
    made = await cluster.get(SECRET, "a", namespace=namespace)
    assert made["type"] == "kubernetes.io/dockerconfigjson"
    ran = await kubectl("create", "secret", "docker-registry", "a", *login, code=1)
    assert 'secrets "a" already exists' in ran.err
    for words in (
        ("secret", "generic", "g", "--from-literal=x=y"),
        ("serviceaccount", "sa"),
        ("configmap", "cm", "--from-literal=x=y"),
        ("deployment", "d", "--image=registry.example.com/app:1", "--replicas=0", "--port=80"),
        ("namespace", f"{namespace}-dry", "--dry-run=server"),
    ):
        assert " created" in (await kubectl("create", *words)).out
    found = await kubectl("get", "secret/g", "-o", "jsonpath={.data.x} {.type}")
    assert found.out == "eQ== Opaque"
    ran = await kubectl("create", "secret", "generic", "A_b", code=1)
    assert "a lowercase RFC 1123 subdomain must consist of" in ran.err


async def test_create_a_job(kubectl: Kubectl) -> None:
    await kubectl("create", "job", "j", "--image=registry.example.com/app:1", "--", "true")
    found = await kubectl(
        "get", "job", "j", "-o", "jsonpath={.spec.template.spec.restartPolicy} {.spec.backoffLimit}"
    )
    assert found.out == "Never 6"


async def test_get(kubectl: Kubectl, cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, pull_secret("a"), namespace=namespace)
    header, row = in_columns((await kubectl("get", "secret", "a")).out)
    assert header == ["NAME", "TYPE", "DATA", "AGE"]
    assert row[:3] == ["a", "kubernetes.io/dockerconfigjson", "1"]
    ran = await kubectl("get", "secret", "a", "-o", "yaml")
    assert "\nkind: Secret\n" in ran.out
    assert "\n  .dockerconfigjson: " in ran.out
    listed = json.loads((await kubectl("get", "secrets,serviceaccounts", "-o", "json")).out)
    kinds = {(item["kind"], item["metadata"]["name"]) for item in listed["items"]}
    assert {("Secret", "a"), ("ServiceAccount", "default")} <= kinds
    assert "secret/a" in (await kubectl("get", "secret", "-o", "name")).out
    by_type = "--field-selector=type=kubernetes.io/dockerconfigjson"
    assert (await kubectl("get", "secret", by_type, "-o", "name")).out == "secret/a\n"
    ran = await kubectl("get", "secret", "nope", code=1)
    assert ran.err == 'Error from server (NotFound): secrets "nope" not found\n'
    assert namespace in (await kubectl("get", "secrets", "-A")).out
    assert "No resources found" in (await kubectl("get", "deployments")).err


async def test_get_pods(kubectl: Kubectl, cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(POD, pod("p"), namespace=namespace)
    header, row = in_columns((await kubectl("get", "pods")).out)
    assert header == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert row[:4] == ["p", "0/1", "Pending", "0"]
    header, _ = in_columns((await kubectl("get", "pods", "-o", "wide")).out)
    assert header[5:] == ["IP", "NODE", "NOMINATED", "NODE", "READINESS", "GATES"]


async def test_apply(kubectl: Kubectl) -> None:
    ran = await kubectl("apply", "-f", "-", stdin=MANIFEST)
    assert ran.out == "serviceaccount/app created\ndeployment.apps/web created\n"
    ran = await kubectl("apply", "-f", "-", stdin=MANIFEST)
    assert ran.out == "serviceaccount/app unchanged\ndeployment.apps/web unchanged\n"
    changed = MANIFEST.replace("[{name: one}]", "[{name: two}, {name: one}]").replace("web:1", "web:2")
    changed = changed.replace("{name: A, value: b}", "{name: C, value: d}")
    ran = await kubectl("apply", "-f", "-", stdin=changed)
    assert ran.out == "serviceaccount/app configured\ndeployment.apps/web configured\n"
    found = await kubectl("get", "sa/app", "-o", "jsonpath={.imagePullSecrets[*].name}")
    assert found.out == "two one"
    spec = json.loads((await kubectl("get", "deploy/web", "-o", "json")).out)["spec"]["template"]["spec"]
    assert [entry["name"] for entry in spec["imagePullSecrets"]] == ["two", "one"]
    web, side = spec["containers"]
    assert (web["image"], web["env"]) == ("registry.example.com/web:2", [{"name": "C", "value": "d"}])
    assert side["name"] == "side"
    fewer = changed.replace('        - {name: side, image: "registry.example.com/side:1"}\n', "")
    await kubectl("apply", "-f", "-", stdin=fewer.replace("[{name: two}, {name: one}]", "[]"))
    spec = json.loads((await kubectl("get", "deploy/web", "-o", "json")).out)["spec"]["template"]["spec"]
    assert [container["name"] for container in spec["containers"]] == ["web"]
    assert "imagePullSecrets" not in spec


async def test_a_misspelt_field_is_told(kubectl: Kubectl) -> None:
    client = json.loads((await kubectl("version", "--client", "-o", "json")).out)["clientVersion"]
    if int(client["minor"].rstrip("+")) < 27:
        pytest.skip("kubectl before 1.27 finds them by schemas, which the imitation has none of")
    misspelt = MANIFEST.replace("      imagePullSecrets:", "      imagePullSecret:")
    for verb in ("create", "apply"):
        ran = await kubectl(verb, "-f", "-", stdin=misspelt, code=1)
        # A server from 1.27 on says it itself; before, kubectl did.
        assert "unknown field" in ran.err
        assert 'imagePullSecret"' in ran.err


async def test_a_change_by_hand_survives_apply(kubectl: Kubectl) -> None:
    """`kubectl apply` takes back only what it wrote itself, and replaces an account's list whole."""
    await kubectl("apply", "-f", "-", stdin=MANIFEST)
    await kubectl("patch", "sa", "app", "--type=merge", "-p", '{"metadata":{"labels":{"by":"hand"}}}')
    more = '{"spec":{"template":{"spec":{"imagePullSecrets":[{"name":"mine"}]}}}}'
    await kubectl("patch", "deploy", "web", "-p", more)
    ran = await kubectl("apply", "-f", "-", stdin=MANIFEST)
    assert ran.out.startswith("serviceaccount/app unchanged\n")
    found = await kubectl(
        "get", "deploy/web", "-o", "jsonpath={.spec.template.spec.imagePullSecrets[*].name}"
    )
    assert sorted(found.out.split()) == ["mine", "one"]
    await kubectl("patch", "sa", "app", "-p", '{"imagePullSecrets":[{"name":"mine"}]}')
    ran = await kubectl("apply", "-f", "-", stdin=MANIFEST)
    assert ran.out.startswith("serviceaccount/app configured\n")
    found = await kubectl("get", "sa/app", "-o", "jsonpath={.imagePullSecrets[*].name} {.metadata.labels.by}")
    assert found.out == "one hand"


async def test_patch_label_annotate(kubectl: Kubectl, cluster: ClusterClient, namespace: str) -> None:
    ran = await kubectl("patch", "sa", "default", "-p", '{"imagePullSecrets":[{"name":"a"}]}')
    assert ran.out == "serviceaccount/default patched\n"
    ran = await kubectl("patch", "sa", "default", "-p", '{"imagePullSecrets":[{"name":"a"}]}')
    assert ran.out == "serviceaccount/default patched (no change)\n"
    test = '[{"op":"test","path":"/imagePullSecrets/0/name","value":"b"}]'
    ran = await kubectl("patch", "sa", "default", "--type=json", "-p", test, code=1)
    assert "The request is invalid" in ran.err
    assert (await kubectl("label", "sa", "default", "x=y")).out == "serviceaccount/default labeled\n"
    assert (await kubectl("annotate", "sa", "default", "x=y")).out == "serviceaccount/default annotated\n"
    account = await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)
    assert account["metadata"]["labels"] == account["metadata"]["annotations"] == {"x": "y"}


async def test_describe(kubectl: Kubectl, cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, pull_secret("a"), namespace=namespace)
    told = (await kubectl("describe", "secret", "a")).out
    assert "Type:  kubernetes.io/dockerconfigjson" in told
    assert ".dockerconfigjson:  50 bytes" in told
    await kubectl("patch", "sa", "default", "-p", '{"imagePullSecrets":[{"name":"a"}]}')
    assert "Image pull secrets:  a" in (await kubectl("describe", "sa", "default")).out
    made = await cluster.create(POD, pod("p"), namespace=namespace)
    await cluster.create(EVENT, event_of(made), namespace=namespace)
    told = (await kubectl("describe", "pod", "p")).out
    assert "Image:        registry.example.com/app:1" in told
    assert 'Failed to pull image "registry.example.com/app:1"' in told
    assert f"Name:         {namespace}" in (await kubectl("describe", "ns", namespace)).out


def event_of(involved: Object) -> Object:
    names = {"namespace": involved["metadata"]["namespace"], "name": involved["metadata"]["name"]}
    return {
        "metadata": {"name": f"{names['name']}.17f"},
        "involvedObject": {"kind": "Pod", "apiVersion": "v1", "uid": involved["metadata"]["uid"], **names},
        "type": "Warning",
        "reason": "Failed",
        "message": 'Failed to pull image "registry.example.com/app:1": 401 Unauthorized',
        "source": {"component": "kubelet", "host": "node1"},
        "firstTimestamp": "2020-01-01T00:00:00Z",
        "lastTimestamp": "2020-01-01T00:00:10Z",
        "count": 3,
    }


async def test_get_events(kubectl: Kubectl, cluster: ClusterClient, namespace: str) -> None:
    made = await cluster.create(POD, pod("p"), namespace=namespace)
    await cluster.create(EVENT, event_of(made), namespace=namespace)
    ours = "--field-selector=involvedObject.name=p,reason=Failed"
    header, row = in_columns((await kubectl("get", "events", ours)).out)
    assert header == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert row[1:4] == ["Warning", "Failed", "pod/p"]
    wide = (await kubectl("get", "events", ours, "-o", "wide")).out
    assert "kubelet, node1" in wide
    assert "401 Unauthorized" in wide


async def test_wait_and_delete(kubectl: Kubectl, cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, secret("a"), namespace=namespace)
    waiting = asyncio.create_task(kubectl("wait", "--for=delete", "secret/a", "--timeout=20s"))
    assert (await kubectl("delete", "secret", "a")).out.startswith('secret "a" deleted')
    await waiting
    await cluster.create(POD, pod("p"), namespace=namespace)
    ran = await kubectl("wait", "--for=condition=Ready", "pod/p", "--timeout=1s", code=1)
    assert "timed out waiting for the condition on pods/p" in ran.err
    assert (await kubectl("delete", "pod", "p")).out.startswith('pod "p" deleted')
    ran = await kubectl("delete", "pod", "p", "--ignore-not-found")
    assert ran.out == ""
    await cluster.create(SECRET, {"metadata": {"name": "b", "labels": {"x": "y"}}}, namespace=namespace)
    assert 'secret "b" deleted' in (await kubectl("delete", "secret", "-l", "x=y")).out


async def test_changes_of_a_deployment(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", "-", stdin=MANIFEST)
    await kubectl("set", "image", "deploy/web", "web=registry.example.com/web:9")
    await kubectl("rollout", "restart", "deploy/web")
    await kubectl("scale", "deploy/web", "--replicas=0", "--current-replicas=0")
    found = json.loads((await kubectl("get", "deploy/web", "-o", "json")).out)
    template = found["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == "registry.example.com/web:9"
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]
    ran = await kubectl("replace", "-f", "-", stdin=json.dumps(found))
    assert ran.out == "deployment.apps/web replaced\n"
    ran = await kubectl("diff", "-f", "-", stdin=MANIFEST, code=1)
    assert "-        image: registry.example.com/web:9" in ran.out


async def test_get_follows_changes(kubectl: Kubectl, cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, secret("a"), namespace=namespace)
    following = asyncio.create_task(
        kubectl("get", "secret", "a", "-w", "--no-headers", "--request-timeout=2s")
    )

    async def change() -> None:
        for number in range(1, 100):
            if following.done():
                return
            patch: Any = {"stringData": {f"k{number}": "v"}}
            await cluster.patch(
                SECRET, "a", patch, patch_type="application/merge-patch+json", namespace=namespace
            )
            await asyncio.sleep(0.3)

    ran, _ = await asyncio.gather(following, change())
    counts = [int(row[2]) for row in in_columns(ran.out)]
    assert len(counts) > 2
    assert counts == sorted(counts)


@pytest.mark.parametrize("output", ["json", "yaml"])
async def test_what_comes_out_goes_in(kubectl: Kubectl, output: str) -> None:
    await kubectl("apply", "-f", "-", stdin=MANIFEST)
    told = (await kubectl("get", "deploy/web", "-o", output)).out
    ran = await kubectl("apply", "-f", "-", stdin=told)
    assert ran.out in {"deployment.apps/web configured\n", "deployment.apps/web unchanged\n"}
