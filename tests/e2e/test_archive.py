"""The self-contained archive: built, unpacked, and run where no Python is to be found."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pullsecret._version import __version__
from pullsecret.cli.words import SUMMARIES
from support.realcluster import Ran, Registry

TOOL = Path(__file__).parents[2] / "tools" / "archive.py"
URL = "https://downloads.example.com/pullsecret"


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that `make archive` makes."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "pullsecret-v0.0.0-plan9-amd64.tar.gz").write_bytes(b"another version")
    subprocess.run([sys.executable, TOOL, "--output", folder, "--url", URL], check=True, timeout=600)
    return folder


@pytest.fixture(scope="module")
def archive(output: Path) -> Path:
    (made,) = output.glob(f"pullsecret-v{__version__}-*.tar.gz")
    return made


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as packed:
        assert all(member.isfile() or member.isdir() for member in packed), "Krew unpacks nothing else"
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture
def alone(unpacked: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Run the program with nothing of ours around it: an empty PATH and home."""

    def call(*words: str, stdin: str = "", **environment: str) -> Ran:
        surroundings = {"PATH": str(tmp_path / "nothing"), "HOME": str(tmp_path), **environment}
        done = subprocess.run(
            [unpacked / "pullsecret", *words], input=stdin, capture_output=True, text=True, env=surroundings,
            cwd=tmp_path, timeout=120, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    return call


def test_it_says_its_version(alone: Callable[..., Ran]) -> None:
    assert alone("--version") == Ran(0, f"pullsecret {__version__}\n", "")


@pytest.mark.parametrize("command", sorted(SUMMARIES))
def test_every_command_is_in_it(alone: Callable[..., Ran], command: str) -> None:
    assert "Usage: pullsecret " in alone(command, "--help").out


def test_the_story_with_registries_of_every_kind(alone: Callable[..., Ran]) -> None:
    """It needs nearly everything: the imitation, TLS, aiohttp, tables."""
    assert alone("demo").code == 0


def test_a_real_cluster(
    alone: Callable[..., Ran], real: dict[str, str], namespace: str, plain: Registry
) -> None:
    login = ("--registry", plain.host, "--username", plain.username, "--password-stdin", "--plain-http")
    made = alone("create", "x", "-n", namespace, *login, stdin=plain.password, KUBECONFIG=real["KUBECONFIG"])
    assert (made.code, made.out) == (0, "secret/x created\n"), made
    assert plain.host in alone("list", "-n", namespace, KUBECONFIG=real["KUBECONFIG"]).out


def test_as_a_plugin(unpacked: Path, tmp_path: Path) -> None:
    """As Krew installs it: a link of the plugin's name in the PATH."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    (tmp_path / "kubectl-pull_secret").symlink_to(unpacked / "pullsecret")
    surroundings = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [kubectl, "pull-secret", "explain", "--help"], capture_output=True, text=True, env=surroundings,
        timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("Usage: kubectl pull-secret explain")


def test_the_operator_is_in_it(alone: Callable[..., Ran], tmp_path: Path) -> None:
    """Its libraries are there: it gets as far as asking for a cluster."""
    said = alone("operator", KUBECONFIG=str(tmp_path / "none"))
    assert said.code == 2
    assert "package" not in said.err


def test_nothing_of_this_machine(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        names = packed.getnames()
        assert "LICENSE" in names
        assert not [name for name in names if "pytest" in name or "helm_python" in name]
        assert {(m.uid, m.gid, m.mtime, m.uname) for m in packed} == {(0, 0, 0, "")}


def test_its_checksum_and_krews_manifest(output: Path, archive: Path) -> None:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert (output / f"{archive.name}.sha256").read_text() == f"{digest}  {archive.name}\n"
    made: Any = yaml.safe_load((output / "pull-secret.yaml").read_text())
    assert (made["kind"], made["metadata"]["name"]) == ("Plugin", "pull-secret")
    assert made["spec"]["version"] == f"v{__version__}"
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    assert made["spec"]["platforms"] == [
        {
            "selector": {"matchLabels": {"os": "linux", "arch": machine}},
            "uri": f"{URL}/{archive.name}",
            "sha256": digest,
            "bin": "pullsecret",
        }
    ]
