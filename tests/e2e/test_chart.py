"""From the source to a running operator: image, chart, webhook, and out again without a trace."""

import asyncio
import json
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pullsecret.core.errors import NotFound
from pullsecret.core.installation.kinds import CLUSTER_ROLE, ROLE
from pullsecret.core.objects import (
    DEPLOYMENT,
    MUTATING_WEBHOOK_CONFIGURATION,
    NAMESPACE,
    POD,
    SECRET,
    SERVICE_ACCOUNT,
    Kind,
    Object,
    name_of,
)
from pullsecret.core.policy.names import ATTACHED, CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.policy.schema import DEFINITION, custom_resource_definitions
from pullsecret.kube.client import ClusterClient
from support.charts import CHART
from support.images import Buildah, Pushed, cache_folder, missing
from support.realcluster import Ran, Registry, until, waiting

helm_python = pytest.importorskip("helm_python", reason="Helm's engine comes for x86-64 alone")

TAG = "localhost/pullsecret:e2e"
COPY = "chart-pull"


@pytest.fixture(scope="module")
def buildah() -> Buildah:
    if absent := missing():
        pytest.skip(f"building an image needs {', '.join(absent)}")
    return Buildah(cache_folder())


@pytest.fixture(scope="module")
def built(buildah: Buildah) -> str:
    return buildah.build(TAG)


@pytest.fixture
def pushed(buildah: Buildah, built: str, plain: Registry) -> Pushed:
    return buildah.push(built, plain, "tools/pullsecret")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Release:
    """One installation of the chart, in a namespace of its own."""

    helm: Any
    name: str
    namespace: str

    @property
    def full(self) -> str:
        """What its objects are called."""
        return f"{self.name}-pullsecret"

    def install(self, values: dict[str, Any]) -> None:
        self.helm.install(str(CHART), self.name, values, wait="watcher", timeout=180)

    def upgrade(self, values: dict[str, Any]) -> None:
        self.helm.upgrade(str(CHART), self.name, values, wait="watcher", timeout=180)

    def uninstall(self) -> None:
        self.helm.uninstall(self.name, wait="watcher", timeout=180)


@pytest.fixture
async def release(real: dict[str, str], namespace: str, token: str, policies: None) -> AsyncIterator[Release]:
    """Helm's engine, and what the operator said where a test fails; nothing is left installed."""
    with helm_python.Config(kubeconfig_path=real["KUBECONFIG"], namespace=namespace) as helm:
        made = Release(helm, f"r{token}", namespace)
        yield made
        if any(item["name"] == made.name for item in helm.list()):
            sys.stderr.write(
                await kubectl(real, "logs", "-n", namespace, f"deployment/{made.full}", "--tail=200")
            )
            made.uninstall()


@pytest.fixture
def token() -> str:
    return secrets.token_hex(3)


@pytest.fixture
async def policies(cluster: ClusterClient, token: str) -> AsyncIterator[None]:
    """Take the policies of a test away; by then no operator runs that would finish them."""
    yield
    for obj in await cluster.list(CLUSTER_PULL_SECRET) if await are_defined(cluster) else ():
        if name_of(obj) == f"chart-{token}":
            await cluster.delete(CLUSTER_PULL_SECRET, name_of(obj))
    for obj in await cluster.list(NAMESPACE):
        if name_of(obj).startswith(f"{token}-"):
            await cluster.delete(NAMESPACE, name_of(obj))


async def make_policy(cluster: ClusterClient, name: str, **spec: Any) -> None:
    head = {"apiVersion": CLUSTER_PULL_SECRET.api_version, "kind": CLUSTER_PULL_SECRET.kind}
    await cluster.create(CLUSTER_PULL_SECRET, {**head, "metadata": {"name": name}, "spec": spec})


async def are_defined(cluster: ClusterClient) -> bool:
    there = {name_of(obj) for obj in await cluster.list(DEFINITION)}
    return {name_of(obj) for obj in custom_resource_definitions()} <= there


def test_the_image_is_ours_alone(buildah: Buildah, built: str) -> None:
    """It runs as nobody, starts our program, and names nothing of the machine that built it."""
    config = json.loads(buildah.config(built))["OCIv1"]["config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["pullsecret"]
    container = buildah("from", built).strip()
    try:
        mounted = Path(buildah("mount", container).strip())
        there = {path.name for path in (mounted / "opt/pullsecret/bin").iterdir()}
        assert {"pullsecret", "kubectl-pull_secret"} <= there
        assert not {"pip", "pytest", "activate"} & there
        assert not (mounted / "src").exists()
        packages = {
            path.name
            for path in next((mounted / "opt/pullsecret/lib").iterdir()).joinpath("site-packages").iterdir()
        }
        assert {"pullsecret", "aiohttp", "cryptography", "prometheus_client"} <= packages
        assert not {"pip", "pytest", "helm_python", "PyInstaller"} & packages
    finally:
        buildah("rm", container)


async def test_installed_by_helm_working_and_gone(
    cluster: ClusterClient,
    run: Callable[..., Ran],
    real: dict[str, str],
    release: Release,
    token: str,
    namespace: str,
    plain: Registry,
    pushed: Pushed,
) -> None:
    login = ("--registry", plain.host, "--username", plain.username, "--password-stdin", "--plain-http")
    for name in ("own-image", "login"):
        run("create", name, "-n", namespace, *login, stdin=plain.password)
    full = release.full
    values = {
        "image": {"repository": pushed.repository, "digest": pushed.digest},
        "imagePullSecrets": [{"name": "own-image"}],
        "hostNetwork": True,
        "replicaCount": 1,
        "httpPort": free_port(),
        "webhook": {"port": free_port()},
        "allowLocalRegistries": True,
        "secretNames": [COPY],
        "log": {"level": "debug"},
        # Definitions that are there already are not Helm's: it would refuse to take them over.
        "crds": {"install": not await are_defined(cluster)},
    }
    release.install(values)
    pods = await cluster.list(POD, namespace=namespace, label_selector=f"app.kubernetes.io/instance={full}")
    assert [pod["status"]["containerStatuses"][0]["ready"] for pod in pods] == [True]
    assert pods[0]["spec"]["imagePullSecrets"] == [{"name": "own-image"}]

    await make_policy(
        cluster,
        f"chart-{token}",
        secretName=COPY,
        credentials=[{"type": "DockerConfig", "secretRef": {"namespace": namespace, "name": "login"}}],
        namespaces={"include": [f"{token}-*"]},
    )
    await until(
        cluster, CLUSTER_PULL_SECRET, "", lambda obj: name_of(obj) == f"chart-{token}" and is_ready(obj)
    )
    first = await first_seen(cluster, real, f"{token}-first")
    assert [entry["name"] for entry in first.get("imagePullSecrets") or ()] == [COPY], (
        "the webhook was not asked"
    )
    assert first["metadata"]["annotations"][ATTACHED] == COPY
    copy = await until(cluster, SECRET, f"{token}-first", lambda obj: name_of(obj) == COPY)
    source = await cluster.get(SECRET, "login", namespace=namespace)
    assert copy["data"] == source["data"]

    # What the chart allows is enough: nothing was refused.
    said = await kubectl(real, "logs", "-n", namespace, name_of(pods[0]))
    assert "started" in said
    assert "orbidden" not in said, said

    # An upgrade leaves the authority that the operator put into the webhook's configuration.
    before = await cluster.get(MUTATING_WEBHOOK_CONFIGURATION, full)
    bundle = before["webhooks"][0]["clientConfig"]["caBundle"]
    assert bundle
    release.upgrade({**values, "recoverPods": True})
    after = await cluster.get(MUTATING_WEBHOOK_CONFIGURATION, full)
    assert after["webhooks"][0]["clientConfig"]["caBundle"] == bundle

    release.uninstall()
    for kind, name, where in (
        (DEPLOYMENT, full, namespace),
        (MUTATING_WEBHOOK_CONFIGURATION, full, ""),
        (CLUSTER_ROLE, full, ""),
        (CLUSTER_ROLE, f"{full}-uninstall", ""),
        (SECRET, COPY, f"{token}-first"),
    ):
        await gone(cluster, kind, name, where)
    account = await cluster.get(SERVICE_ACCOUNT, "default", namespace=f"{token}-first")
    assert not account.get("imagePullSecrets")
    left = await cluster.get(CLUSTER_PULL_SECRET, f"chart-{token}")
    assert "finalizers" not in left["metadata"]


async def kubectl(real: dict[str, str], *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "kubectl", "--kubeconfig", real["KUBECONFIG"], *words, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, words
    return out.decode()


def deployment(image: str) -> Object:
    """Give a Deployment whose Pods need a credential even where the node has the image already."""
    container = {"name": "web", "image": image, "imagePullPolicy": "Always"}
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


async def gone(cluster: ClusterClient, kind: Kind, name: str, namespace: str) -> None:
    with pytest.raises(NotFound):
        await cluster.get(kind, name, namespace=namespace)


def is_ready(policy: Object) -> bool:
    conditions = policy.get("status", {}).get("conditions") or ()
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


async def first_seen(cluster: ClusterClient, real: dict[str, str], namespace: str) -> Object:
    """Make a namespace with kubectl, and give its `default` ServiceAccount as it was when it was made."""
    listing = await cluster.listing(SERVICE_ACCOUNT)
    watch = cluster.watch(SERVICE_ACCOUNT, resource_version=listing.resource_version)
    async with aclosing(watch) as events:
        await kubectl(real, "create", "namespace", namespace)
        async for event, obj in events:
            if (
                event == "ADDED"
                and obj["metadata"].get("namespace") == namespace
                and name_of(obj) == "default"
            ):
                return obj
    raise AssertionError("the watch ended")


async def test_installed_by_ourselves_for_two_namespaces(
    cluster: ClusterClient,
    run: Callable[..., Ran],
    new_namespace: Callable[[], Any],
    token: str,
    plain: Registry,
    pushed: Pushed,
) -> None:
    """Without any right on the cluster: a team's own policy, a Pod from before it, and away again."""
    system, team, other = [await new_namespace() for _ in range(3)]
    login = ("--registry", plain.host, "--username", plain.username, "--password-stdin", "--plain-http")
    run("create", "own-image", "-n", system, *login, stdin=plain.password)
    run("create", "login", "-n", team, *login, stdin=plain.password)
    await cluster.create(DEPLOYMENT, deployment(plain.image), namespace=team)
    await until(cluster, POD, team, waiting("ErrImagePull", "ImagePullBackOff"))
    where = ("-n", system, "--name", f"ns{token}", "--watch-namespaces", f"{team},{other}")
    image = ("--image", f"{pushed.repository}@{pushed.digest}", "--image-pull-secret", "own-image")
    rights = ("--secret-names", "team-pull", "--team-sources", "login", "--recover-pods")
    ports = ("--host-network", "--replicas", "1", "--http-port", str(free_port()))
    said = run("install", "--apply", *where, *image, *rights, *ports, "--allow-local-registries")
    try:
        assert "clusterrole" not in said.out
        spec = {
            "secretName": "team-pull",
            "recoverPods": True,
            "credentials": [{"type": "DockerConfig", "secretRef": {"name": "login"}}],
        }
        head = {"apiVersion": PULL_SECRET.api_version, "kind": PULL_SECRET.kind}
        policy = {**head, "metadata": {"name": "team"}, "spec": spec}
        await cluster.create(PULL_SECRET, policy, namespace=team)
        await until(cluster, POD, team, lambda pod: pod["status"]["phase"] == "Running")
    finally:
        said = run("uninstall", *where, "--keep-crds", "--yes")
    assert {
        f"serviceaccount/default detached in {team}",
        f"secret/team-pull deleted in {team}",
        f"pullsecret/team released in {team}",
        f"lease/ns{token}-operator deleted in {system}",
    } <= set(said.out.splitlines())
    assert {name_of(obj) for obj in await cluster.list(ROLE, namespace=team)} == set()
    await gone(cluster, SECRET, "team-pull", team)
    assert name_of(await cluster.get(SECRET, "login", namespace=team)) == "login"
