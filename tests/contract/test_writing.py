"""What writes make of objects: defaults, versions, dry runs, patches."""

import asyncio
from typing import Any

import pytest

from pullsecret.core.errors import ApiError, Conflict, Invalid, NotFound
from pullsecret.core.objects import DEPLOYMENT, POD, SECRET, SERVICE_ACCOUNT, Object
from pullsecret.kube.client import ClusterClient
from support.contract import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Raw, path, pod, refusal, secret


def version(obj: Object) -> str:
    found: str = obj["metadata"]["resourceVersion"]
    return found


async def test_a_secret_as_it_is_kept(cluster: ClusterClient, namespace: str) -> None:
    given = secret("a", stringData={"x": "y\n"}, data={"x": "eg==", "z": None, "w": "eH\nl6"})
    made = await cluster.create(SECRET, given, namespace=namespace)
    assert made["data"] == {"x": "eQo=", "z": "", "w": "eHl6"}
    assert "stringData" not in made
    assert made["type"] == "Opaque"
    metadata = made["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("a", namespace)
    assert metadata["uid"]
    assert metadata["creationTimestamp"].endswith("Z")
    read = await cluster.get(SECRET, "a", namespace=namespace)
    assert {**read, "metadata": None} == {**made, "metadata": None}


async def test_what_is_unknown_is_dropped(cluster: ClusterClient, namespace: str) -> None:
    containers = [{"name": "c", "image": "x", "imagePullPolicies": "Always"}]
    given = {**pod("p", containers=containers, imagePullSecret=[{"name": "x"}]), "also": 1}
    made = await cluster.create(POD, given, namespace=namespace)
    assert "also" not in made
    assert "imagePullSecret" not in made["spec"]
    assert "imagePullPolicies" not in made["spec"]["containers"][0]


async def test_annotations_may_be_named_in_capitals(cluster: ClusterClient, namespace: str) -> None:
    annotations = {"Example.COM/Key": "any value\n"}
    given = {"metadata": {"name": "a", "annotations": annotations}}
    assert (await cluster.create(SECRET, given, namespace=namespace))["metadata"][
        "annotations"
    ] == annotations
    labelled = {"metadata": {"name": "b", "labels": {"Example.COM/Key": "x"}}}
    error = await refusal(cluster.create(SECRET, labelled, namespace=namespace))
    assert "prefix part a lowercase RFC 1123 subdomain must consist of" in error.message


async def test_a_generated_name(cluster: ClusterClient, namespace: str) -> None:
    given = {"metadata": {"generateName": "gen-"}}
    made = [await cluster.create(SECRET, given, namespace=namespace) for _ in range(2)]
    found = {obj["metadata"]["name"] for obj in made}
    assert len(found) == 2
    assert all(name.startswith("gen-") and len(name) == len("gen-") + 5 for name in found)


async def test_what_is_empty_is_left_out(cluster: ClusterClient, namespace: str) -> None:
    account = {"metadata": {"name": "a", "labels": {}}, "imagePullSecrets": [], "secrets": None}
    made = await cluster.create(SERVICE_ACCOUNT, account, namespace=namespace)
    assert not {"imagePullSecrets", "secrets"} & set(made)
    assert "labels" not in made["metadata"]
    await patched(cluster, namespace, {"imagePullSecrets": [{"name": "x"}]}, name="a")
    assert "imagePullSecrets" not in await patched(cluster, namespace, {"imagePullSecrets": []}, name="a")


async def test_defaults_of_a_pod(cluster: ClusterClient, namespace: str) -> None:
    images = [
        "app",
        "app:latest",
        "app:1",
        "app@sha256:" + "a" * 64,
        "localhost:5000/app",
        "localhost:5000/app:1",
    ]
    containers = [{"name": f"c{at}", "image": image} for at, image in enumerate(images)]
    made = await cluster.create(POD, pod("p", containers=containers), namespace=namespace)
    policies = [container["imagePullPolicy"] for container in made["spec"]["containers"]]
    assert policies == ["Always", "Always", "IfNotPresent", "IfNotPresent", "Always", "IfNotPresent"]
    spec = made["spec"]
    assert (spec["restartPolicy"], spec["dnsPolicy"]) == ("Always", "ClusterFirst")
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    assert spec["terminationGracePeriodSeconds"] == 30
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


async def test_generations_count_what_is_wanted(cluster: ClusterClient, namespace: str) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod("x")["spec"]}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template, "replicas": 0}
    made = await cluster.create(DEPLOYMENT, {"metadata": {"name": "d"}, "spec": spec}, namespace=namespace)
    assert made["metadata"]["generation"] == 1
    assert made["spec"]["strategy"]["type"] == "RollingUpdate"

    async def generation(patch: Any) -> int:
        obj = await cluster.patch(DEPLOYMENT, "d", patch, patch_type=STRATEGIC_PATCH, namespace=namespace)
        count: int = obj["metadata"]["generation"]
        return count

    assert await generation({"metadata": {"labels": {"c": "d"}}}) == 1
    assert await generation({"spec": {"paused": True}}) == 2
    assert await generation({"spec": {"paused": True}}) == 2


async def test_a_write_that_changes_nothing_makes_no_version(
    cluster: ClusterClient, namespace: str, raw: Raw
) -> None:
    made = await cluster.create(SECRET, secret("a", data={"x": "eQ=="}), namespace=namespace)
    same = await cluster.patch(
        SECRET, "a", {"stringData": {"x": "y"}}, patch_type=MERGE_PATCH, namespace=namespace
    )
    assert version(same) == version(made)
    assert version(await raw("PUT", path(SECRET, namespace, "a"), made)) == version(made)
    other = await cluster.patch(
        SECRET, "a", {"stringData": {"x": "z"}}, patch_type=MERGE_PATCH, namespace=namespace
    )
    assert int(version(other)) > int(version(made))


async def test_a_dry_run_changes_nothing(cluster: ClusterClient, namespace: str) -> None:
    made = await cluster.create(SECRET, secret("a", stringData={"x": "y"}), namespace=namespace, dry_run=True)
    assert made["data"] == {"x": "eQ=="}
    assert isinstance(await refusal(cluster.get(SECRET, "a", namespace=namespace)), NotFound)
    error = await refusal(cluster.create(SECRET, secret("A"), namespace=namespace, dry_run=True))
    assert error.status == 422
    made = await cluster.create(SECRET, secret("a", stringData={"x": "y"}), namespace=namespace)
    error = await refusal(cluster.create(SECRET, secret("a"), namespace=namespace, dry_run=True))
    assert error.status == 409
    patch = {"stringData": {"x": "z"}}
    shown = await cluster.patch(SECRET, "a", patch, patch_type=MERGE_PATCH, namespace=namespace, dry_run=True)
    assert shown["data"] == {"x": "eg=="}
    await cluster.delete(SECRET, "a", namespace=namespace, dry_run=True)
    assert await cluster.get(SECRET, "a", namespace=namespace) == {
        **made,
        "kind": "Secret",
        "apiVersion": "v1",
    }


async def patched(
    cluster: ClusterClient, namespace: str, patch: Any, how: str = MERGE_PATCH, *, name: str = "default"
) -> Object:
    return await cluster.patch(SERVICE_ACCOUNT, name, patch, patch_type=how, namespace=namespace)


async def test_a_json_patch_tests(cluster: ClusterClient, namespace: str) -> None:
    await patched(cluster, namespace, {"imagePullSecrets": [{"name": "a"}]})
    test = {"op": "test", "path": "/imagePullSecrets", "value": [{"name": "a"}]}
    add = {"op": "add", "path": "/imagePullSecrets/-", "value": {"name": "b"}}
    account = await patched(cluster, namespace, [test, add], JSON_PATCH)
    assert account["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]
    for broken in (
        [test, add],
        [{"op": "remove", "path": "/nothing/here"}],
        [{"op": "test", "path": "/x", "value": 1}],
    ):
        error = await refusal(patched(cluster, namespace, broken, JSON_PATCH))
        assert isinstance(error, Invalid)
        assert error.message == "the server rejected our request due to an error in our request"
    error = await refusal(patched(cluster, namespace, {"op": "add"}, JSON_PATCH))
    assert error.status == 400


async def test_two_writers_lose_nothing(cluster: ClusterClient, namespace: str) -> None:
    """A merge patch that names the version it was made from loses to a faster one, and is told."""

    async def add(name: str) -> int:
        conflicts = 0
        while True:
            account = await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)
            patch = {
                "metadata": {"resourceVersion": version(account)},
                "imagePullSecrets": [*account.get("imagePullSecrets", ()), {"name": name}],
            }
            try:
                await patched(cluster, namespace, patch)
            except Conflict:
                conflicts += 1
            else:
                return conflicts

    await asyncio.gather(*(add(f"s{number}") for number in range(10)))
    account = await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)
    assert {entry["name"] for entry in account["imagePullSecrets"]} == {f"s{number}" for number in range(10)}


async def test_a_strategic_patch_replaces_an_accounts_list(cluster: ClusterClient, namespace: str) -> None:
    await patched(cluster, namespace, {"imagePullSecrets": [{"name": "a"}, {"name": "b"}]}, STRATEGIC_PATCH)
    account = await patched(cluster, namespace, {"imagePullSecrets": [{"name": "c"}]}, STRATEGIC_PATCH)
    assert account["imagePullSecrets"] == [{"name": "c"}]
    account = await patched(cluster, namespace, {"imagePullSecrets": None}, STRATEGIC_PATCH)
    assert "imagePullSecrets" not in account


async def test_a_strategic_patch_merges_an_accounts_secrets(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SERVICE_ACCOUNT, {"metadata": {"name": "a"}}, namespace=namespace)
    await patched(cluster, namespace, {"secrets": [{"name": "x1"}, {"name": "x2"}]}, name="a")

    async def named(patch: Any) -> list[str]:
        account = await patched(cluster, namespace, patch, STRATEGIC_PATCH, name="a")
        # A cluster before 1.24 puts a token of its own into the list.
        return [entry["name"] for entry in account["secrets"] if entry["name"].startswith("x")]

    assert await named({"secrets": [{"name": "x3"}]}) == ["x3", "x1", "x2"]
    assert await named({"secrets": [{"name": "x1", "$patch": "delete"}]}) == ["x3", "x2"]
    ordered = {"$setElementOrder/secrets": [{"name": "x2"}, {"name": "x3"}, {"name": "x4"}]}
    assert await named({**ordered, "secrets": [{"name": "x4"}]}) == ["x2", "x3", "x4"]
    assert await named({"secrets": [{"name": "x9"}, {"$patch": "replace"}]}) == ["x9"]
    error = await refusal(
        patched(cluster, namespace, {"secrets": [{"kind": "x"}]}, STRATEGIC_PATCH, name="a")
    )
    assert isinstance(error, ApiError)
    assert "does not contain declared merge key: name" in error.message


async def test_a_strategic_patch_merges_a_templates_lists(cluster: ClusterClient, namespace: str) -> None:
    containers = [
        {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]},
        {"name": "b", "image": "b:1"},
    ]
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": containers, "imagePullSecrets": [{"name": "s1"}, {"name": "s2"}]},
    }
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template, "replicas": 0}
    await cluster.create(DEPLOYMENT, {"metadata": {"name": "d"}, "spec": spec}, namespace=namespace)

    async def pods(patch: Any) -> Any:
        body = {"spec": {"template": {"spec": patch}}}
        obj = await cluster.patch(DEPLOYMENT, "d", body, patch_type=STRATEGIC_PATCH, namespace=namespace)
        return obj["spec"]["template"]["spec"]

    found = await pods({"imagePullSecrets": [{"name": "s3"}]})
    assert [entry["name"] for entry in found["imagePullSecrets"]] == ["s3", "s1", "s2"]
    found = await pods({"imagePullSecrets": [{"name": "s1", "$patch": "delete"}]})
    assert [entry["name"] for entry in found["imagePullSecrets"]] == ["s3", "s2"]
    found = await pods({"containers": [{"name": "a", "image": "a:2", "env": [{"name": "Y", "value": "2"}]}]})
    assert [container["image"] for container in found["containers"]] == ["a:2", "b:1"]
    assert {entry["name"]: entry["value"] for entry in found["containers"][0]["env"]} == {"X": "1", "Y": "2"}
    found = await pods({"containers": [{"name": "b", "$patch": "delete"}], "nodeSelector": {"x": "y"}})
    assert [container["name"] for container in found["containers"]] == ["a"]
    assert (await pods({"nodeSelector": {"$patch": "replace", "z": "w"}}))["nodeSelector"] == {"z": "w"}
    strategy = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    obj = await cluster.patch(DEPLOYMENT, "d", strategy, patch_type=STRATEGIC_PATCH, namespace=namespace)
    assert obj["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("how", ["text/plain", "application/json"])
async def test_a_patch_of_another_format_is_refused(cluster: ClusterClient, namespace: str, how: str) -> None:
    error = await refusal(patched(cluster, namespace, {}, how))
    assert error.status == 415


async def test_the_status_is_written_by_itself(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    await cluster.create(POD, pod("p"), namespace=namespace)
    address = path(POD, namespace, "p")
    patch = {"metadata": {"labels": {"x": "y"}}, "status": {"message": "m"}}
    kept = await raw("PATCH", address, patch, content_type=MERGE_PATCH)
    assert "message" not in kept["status"]
    assert kept["metadata"]["labels"] == {"x": "y"}
    patch = {"spec": {"activeDeadlineSeconds": 5}, "status": {"message": "m"}}
    kept = await raw("PATCH", f"{address}/status", patch, content_type=STRATEGIC_PATCH)
    assert kept["status"]["message"] == "m"
    assert "activeDeadlineSeconds" not in kept["spec"]
