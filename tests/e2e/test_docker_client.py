"""A config that a real `docker login` wrote, turned into a pull Secret that a real kubelet uses."""

import json
import shutil
import subprocess

import pytest

from pullsecret.core.objects import DEPLOYMENT
from support.realcluster import deployment, pod_of, runs

pytestmark = pytest.mark.skipif(shutil.which("docker") is None, reason="the docker client is not installed")


def docker(home, *args, stdin=""):
    """Run docker alone on its PATH: it would choose a credential store by itself where it finds `pass`."""
    bin_folder = home / "bin"
    bin_folder.mkdir(exist_ok=True)
    if not (bin_folder / "docker").exists():
        (bin_folder / "docker").symlink_to(shutil.which("docker"))
    environment = {"HOME": str(home), "PATH": str(bin_folder)}
    return subprocess.run(
        ["docker", *args],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )


async def test_what_docker_login_wrote_pulls(run, cluster, namespace, plain, tmp_path):
    done = docker(
        tmp_path, "login", plain.host, "-u", plain.username, "--password-stdin", stdin=plain.password
    )
    assert done.returncode == 0, done.stderr
    run("create", "pull", "-n", namespace, "--from-docker-config", "--only", plain.host,
        "--attach", "default", hide=plain.password)  # fmt: skip
    await cluster.create(DEPLOYMENT, deployment("web", plain.image), namespace=namespace)
    await pod_of(cluster, namespace, runs)


def test_our_login_is_dockers_login(run, plain, tmp_path):
    """Docker writes byte for byte what we write, and each erases what the other wrote."""
    run("login", plain.host, "-u", plain.username, "--password-stdin", stdin=plain.password)
    ours = (tmp_path / ".docker/config.json").read_bytes()
    docker(tmp_path, "logout", plain.host)
    assert json.loads((tmp_path / ".docker/config.json").read_bytes())["auths"] == {}
    docker(tmp_path, "login", plain.host, "-u", plain.username, "--password-stdin", stdin=plain.password)
    assert (tmp_path / ".docker/config.json").read_bytes() == ours
    run("logout", plain.host)
    assert json.loads((tmp_path / ".docker/config.json").read_bytes())["auths"] == {}
