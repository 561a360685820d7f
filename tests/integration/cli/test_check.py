"""`check` against a sandbox: what the cluster has, and what the registries answer, each asked once."""

import json

import pytest

from support.cliworlds import PASSWORD, World
from support.commandline import CommandLine

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  imagePullSecrets: [{secrets}]
  containers:
  - {{name: app, image: "{image}"}}
"""


def pod(image: str, *secrets: str) -> str:
    return POD.format(image=image, secrets=", ".join(f"{{name: {name}}}" for name in secrets))


def make_secret(cli: CommandLine, world: World, namespace: str, host: str, *argv: str) -> None:
    login = ("--registry", host, "-u", "robot$lnmp+ci", "--password-stdin", "-n", namespace)
    cli("create", "pull", *login, "--registry-ca", world.ca_file, *argv, stdin=PASSWORD).ok()


def report(cli: CommandLine, namespace: str, manifest: str, *argv: str) -> dict:
    """Check a manifest on standard input; the loopback registries of a sandbox are this machine's."""
    said = cli("check", "-f", "-", "-n", namespace, "--on-node", "-o", "json", *argv, stdin=manifest)
    assert PASSWORD not in said.all
    found = json.loads(said.out)
    assert said.code == (1 if found["items"] else 0), said.all
    return found


def test_before_and_after_the_secret_is_attached(cli: CommandLine, world: World, namespace: str) -> None:
    image = world.image
    (item,) = report(cli, namespace, pod(image), "--probe")["items"]
    assert (item["cause"], item["confidence"], item["line"]) == ("no-pull-secret", "certain", 7)
    make_secret(cli, world, namespace, world.basic.host, "--attach", "default")
    assert [part["result"] for part in report(cli, namespace, pod(image), "--probe")["images"]] == ["pulled"]
    assert [part["result"] for part in report(cli, namespace, pod(image))["images"]] == ["covered"]


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        pytest.param("lnmp/nginx:v2", None, id="given"),
        pytest.param("lnmp/nginx:v9", "image-not-found", id="no such tag"),
    ],
)
def test_a_token_registry(
    cli: CommandLine, world: World, namespace: str, path: str, cause: str | None
) -> None:
    make_secret(cli, world, namespace, world.bearer.host)
    manifest = pod(f"{world.bearer.host}/{path}", "pull")
    found = report(cli, namespace, manifest, "--probe", "--registry-ca", world.ca_file)
    assert [item["cause"] for item in found["items"]] == ([cause] if cause else [])


def test_a_platform_that_it_is_not_there_for(cli: CommandLine, world: World, namespace: str) -> None:
    make_secret(cli, world, namespace, world.basic.host)
    manifest = pod(world.image, "pull")
    (item,) = report(cli, namespace, manifest, "--probe", "--platform", "plan9/mips")["items"]
    assert item["cause"] == "platform-mismatch"


def test_a_loopback_registry_is_left_alone_elsewhere(cli: CommandLine, world: World, namespace: str) -> None:
    said = cli("check", "-f", "-", "-n", namespace, "--probe", "-o", "json", stdin=pod(world.image))
    assert [part["result"] for part in json.loads(said.out)["images"]] == ["unknown"]
    assert said.code == 0


def test_a_cluster_out_of_reach(cli: CommandLine) -> None:
    kubeconfig = cli.home / "kubeconfig"
    kubeconfig.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
        "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "contexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n"
    )
    said = cli("check", "-f", "-", "--kubeconfig", str(kubeconfig), stdin=pod("harbor.example.com/app"))
    assert said.code == 3
    assert said.error
    said = cli("check", "-f", "-", "--offline", "--kubeconfig", str(kubeconfig), stdin=pod("nginx"))
    assert said.ok().out.startswith("Nothing wrong found")
