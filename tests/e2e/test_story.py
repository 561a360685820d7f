"""The whole story with our commands and none of kubectl's, on each of the three registries."""

import json

from pullsecret.core.objects import DEPLOYMENT, POD, SECRET, SERVICE_ACCOUNT, uid_of
from support.realcluster import FAILED_PULL, deployment, is_there, pod_of, runs, until


async def test_a_private_image_pulls(run, cluster, new_namespace, registry):
    first, second = await new_namespace(), await new_namespace()
    for namespace in (first, second):
        await cluster.create(DEPLOYMENT, deployment("web", registry.image), namespace=namespace)
    early = await pod_of(cluster, first, FAILED_PULL)

    # what the kubelet would try: nothing
    assert "No credential matches" in run("match", registry.image, "-n", first, code=1).out

    # made, verified by a pull, attached; the Pod that came too early is told of and made again
    login = ["--registry", registry.host, "--username", registry.username, "--password-stdin"]
    made = run(
        "create", "pull", "-n", first, *login, *registry.how, "--attach", "default",
        "--verify", registry.image, stdin=registry.password,
    )  # fmt: skip
    assert made.out.splitlines() == ["secret/pull created", "serviceaccount/default attached: pull"]
    restarted = run("attach", "pull", "-n", first, "--restart-stuck").out
    assert f"pod/{early['metadata']['name']} evicted" in restarted
    late = await pod_of(cluster, first, runs)
    assert uid_of(late) != uid_of(early)
    assert [entry["name"] for entry in late["spec"]["imagePullSecrets"]] == ["pull"]

    assert (
        "robot" in run("match", registry.image, "-n", first).out
        or registry.username in run("match", registry.image, "-n", first).out
    )
    proof = json.loads(run("verify", registry.image, "-n", first, *registry.how, "-o", "json").out)
    assert proof["images"][0]["proven"]
    assert proof["images"][0]["digest"].startswith("sha256:")
    assert "linux/amd64" in proof["images"][0]["platforms"]

    # Secrets are per namespace: the second is mended by a copy
    await pod_of(cluster, second, FAILED_PULL)
    run("copy", "pull", "-n", first, "--to", second)
    run("attach", "pull", "-n", second, "--restart-stuck")
    await pod_of(cluster, second, runs)

    # not deleted while Pods need it; with force, detached first
    refused = run("delete", "pull", "-n", first, code=1)
    assert "still needed by" in refused.err
    assert await is_there(cluster, SECRET, "pull", first)
    run("delete", "pull", "-n", first, "--force")
    assert not await is_there(cluster, SECRET, "pull", first)
    account = await cluster.get(SERVICE_ACCOUNT, "default", namespace=first)
    assert not account.get("imagePullSecrets")


async def test_a_workload_names_it_itself_and_keeps_what_its_pods_inherited(run, cluster, namespace, plain):
    run("create", "other", "-n", namespace, "--registry", "other.example.com", "-u", "u", "--no-verify",
        "--password-stdin", "--attach", "default", stdin="some-word")  # fmt: skip
    run("create", "pull", "-n", namespace, "--registry", plain.host, "-u", plain.username, "--password-stdin",
        stdin=plain.password)  # fmt: skip
    await cluster.create(DEPLOYMENT, deployment("web", plain.image), namespace=namespace)
    await pod_of(cluster, namespace, FAILED_PULL)
    run("attach", "pull", "-n", namespace, "--workload", "deployment/web")
    pod = await pod_of(cluster, namespace, runs)
    assert [entry["name"] for entry in pod["spec"]["imagePullSecrets"]] == ["other", "pull"]


async def test_a_pod_that_names_a_missing_secret_recovers_by_itself(run, cluster, namespace, plain):
    manifest = deployment("web", plain.image, imagePullSecrets=[{"name": "late"}])
    await cluster.create(DEPLOYMENT, manifest, namespace=namespace)
    early = await pod_of(cluster, namespace, FAILED_PULL)
    run("create", "late", "-n", namespace, "--registry", plain.host, "-u", plain.username, "--password-stdin",
        stdin=plain.password)  # fmt: skip
    late = await until(cluster, POD, namespace, runs, patience=330)
    assert uid_of(late) == uid_of(early)


async def test_a_rejected_login_makes_nothing(run, cluster, namespace, registry):
    refused = run(
        "create", "pull", "-n", namespace, "--registry", registry.host, "-u", registry.username,
        "--password-stdin", *registry.how, stdin="not-the-password", code=1,
    )  # fmt: skip
    assert registry.host in refused.err
    assert refused.err.count("\n") == 1
    assert not await is_there(cluster, SECRET, "pull", namespace)


async def test_in_place_keeps_the_uid_and_the_other_entries(run, cluster, namespace, plain):
    run("create", "pull", "-n", namespace, "--registry", plain.host, "-u", plain.username, "--password-stdin",
        stdin=plain.password)  # fmt: skip
    uid = uid_of(await cluster.get(SECRET, "pull", namespace=namespace))
    run("add", "pull", "-n", namespace, "--registry", "ghcr.io", "-u", "u", "--no-verify", "--password-stdin",
        stdin="some-word")  # fmt: skip
    run("remove", "pull", "ghcr.io", "-n", namespace)
    assert uid_of(await cluster.get(SECRET, "pull", namespace=namespace)) == uid
    shown = json.loads(run("show", "pull", "-n", namespace, "-o", "json").out)
    assert [entry["key"] for entry in shown["registries"]] == [plain.host]


async def test_server_dry_run_writes_nothing(run, cluster, namespace, plain):
    told = run("create", "pull", "-n", namespace, "--registry", plain.host, "-u", plain.username,
               "--password-stdin", "--attach", "default", "--dry-run=server",
               stdin=plain.password)  # fmt: skip
    assert told.out.splitlines()[0] == "secret/pull created (server dry run)"
    printed = run("create", "pull", "-n", namespace, "--registry", plain.host, "-u", plain.username,
                  "-o", "json", "--password-stdin", "--dry-run=server", stdin=plain.password)  # fmt: skip
    made = json.loads(printed.out)
    assert (made["kind"], made["metadata"]["name"], bool(made["metadata"]["uid"])) == ("Secret", "pull", True)
    assert not await is_there(cluster, SECRET, "pull", namespace)
    assert not (await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)).get("imagePullSecrets")


async def test_dry_run_of_delete_deletes_nothing(run, cluster, namespace):
    run("create", "pull", "-n", namespace, "--registry", "h.example.com", "-u", "u", "--no-verify",
        "--password-stdin", stdin="some-word")  # fmt: skip
    run("delete", "pull", "-n", namespace, "--dry-run")
    assert await is_there(cluster, SECRET, "pull", namespace)
