"""The program as a process: pipes, disks, encodings, and as a plugin of kubectl."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pullsecret.core.objects import SECRET
from support.cliworlds import World
from support.programs import BIN, SECONDS, Start, ended


@pytest.fixture
def crowd(world: World) -> str:
    """A namespace whose list is longer than a pipe holds."""
    namespace = world.namespace("crowd")
    for number in range(200):
        data = {".dockerconfigjson": "eyJhdXRocyI6eyJoLmlvIjp7ImF1dGgiOiJkVHB3In19fQ=="}
        kind = "kubernetes.io/dockerconfigjson"
        world.make(SECRET, {"metadata": {"name": f"s{number}"}, "type": kind, "data": data}, namespace)
    return namespace


@pytest.mark.parametrize("form", ["json", "yaml"])  # a table of them fits into the pipe
def test_a_pipe_that_closes_early(start: Start, crowd: str, form: str) -> None:
    process = start("list", "-n", crowd, "-o", form)
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(SECONDS) == 141
    assert process.stderr is not None
    assert process.stderr.read() == ""


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["list"], id="command"),
        pytest.param(["--help"], id="help"),
        pytest.param(["completion", "bash"], id="completion"),
        pytest.param(
            ["create", "x", "-u", "u", "--password-stdin", "--dry-run=client", "-o", "yaml"], id="manifest"
        ),
    ],
)
def test_a_pipe_that_nobody_reads(start: Start, crowd: str, argv: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    where = ["-n", crowd] if argv == ["list"] else []
    process = start(*argv, *where, stdout=writing)
    os.close(writing)
    _, _, err = ended(process, "word")
    assert (process.returncode, err) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("argv", [["--help"], ["list"], ["list", "-o", "json"]], ids=" ".join)
def test_a_full_disk(start: Start, crowd: str, argv: list[str]) -> None:
    where = [] if argv == ["--help"] else ["-n", crowd]
    with Path("/dev/full").open("w") as full:
        code, _, err = ended(start(*argv, *where, stdout=full))
    assert (code, err) == (2, "error: No space left on device\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_the_terminal(start: Start, encoding: str, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"auths": {"h.io": {"username": "用户", "password": "p"}}}))
    process = start("show", "--file", str(config), environment={"PYTHONIOENCODING": encoding})
    code, out, err = ended(process)
    assert (code, err) == (0, "")
    assert ("用户" if encoding == "utf-8" else "\\u7528\\u6237") in out


def test_as_a_plugin_of_kubectl(start: Start) -> None:
    code, out, err = ended(start("create", "--help", name="kubectl-pull_secret"))
    assert (code, err) == (0, "")
    assert out.startswith("Usage: kubectl pull-secret create")
    assert "  kubectl pull-secret create harbor" in out


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_finds_it(world: World, tmp_path: Path, namespace: str) -> None:
    path = f"{BIN}:{os.environ['PATH']}"
    environment = {"HOME": str(tmp_path), "KUBECONFIG": str(world.kubeconfig), "PATH": path}
    kubectl = ["kubectl", "pull-secret", "list", "-n", namespace]
    done = subprocess.run(
        kubectl, env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert done.stderr == f"No pull Secrets found in namespace {namespace!r}.\n"


def test_completion_for_kubectl(start: Start) -> None:
    code, out, _ = ended(start("sh", name="kubectl_complete-pull_secret"))
    assert code == 0
    assert out.splitlines()[0].startswith("show\t")
    assert out.splitlines()[-1] == ":4"


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.parametrize("made", [False, True], ids=["installed", "made by hand"])
def test_kubectl_completes_its_plugin(tmp_path: Path, made: bool) -> None:
    """`kubectl __complete` is what kubectl's own script for a shell runs."""
    path = f"{BIN}:{os.environ['PATH']}"
    environment = {"HOME": str(tmp_path), "PATH": path}
    if made:
        file = tmp_path / "kubectl_complete-pull_secret"
        text = subprocess.run(
            [f"{BIN}/kubectl-pull_secret", "completion", "kubectl"], env=environment, capture_output=True,
            timeout=SECONDS, check=True,
        ).stdout  # fmt: skip
        file.write_bytes(text)
        file.chmod(0o755)
        environment["PATH"] = f"{tmp_path}:{path}"
    done = subprocess.run(
        ["kubectl", "__complete", "pull-secret", "attach", "--all-s"], env=environment, capture_output=True,
        text=True, timeout=SECONDS, check=True,
    )  # fmt: skip
    assert done.stdout == "--all-serviceaccounts\tEvery ServiceAccount of the namespace\n:4\n"


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("name", ["pullsecret", "kubectl-pull_secret"])
def test_completion_in_bash(tmp_path: Path, name: str) -> None:
    script = (
        f"source <(pullsecret completion bash); complete -p {name}; COMP_WORDS=({name} li); COMP_CWORD=1; "
        f'_pullsecret_completion {name}; echo "${{COMPREPLY[@]}}"'
    )
    environment = {"HOME": str(tmp_path), "PATH": f"{BIN}:/usr/bin:/bin"}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert (done.stdout.splitlines()[1:], done.stderr) == (["list"], "")
    assert f"-F _pullsecret_completion {name}" in done.stdout


def test_without_words_it_shows_its_help(start: Start) -> None:
    code, out, err = ended(start())
    assert (code, err) == (0, "")
    assert out.startswith("Usage: pullsecret")
