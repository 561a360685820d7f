"""The program as a process: pipes, signals, terminals, encodings, and the sandbox that it serves."""

import asyncio
import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.objects import SECRET
from support.apiservers import write_kubeconfig
from support.beside import Beside
from support.cliworlds import PASSWORD, World, login
from support.fake_helpers import write_helper
from support.httpserver import serving

BIN = Path(sys.executable).parent
SECONDS = 30

Process = subprocess.Popen[str]
Start = Callable[..., Process]


@pytest.fixture
def start(world: World, tmp_path: Path) -> Iterator[Start]:
    """Start the program against the sandbox; what still runs at the end is killed."""
    started: list[Process] = []

    def popen(*argv: str, name: str = "pullsecret", environment: Any = None, **how: Any) -> Process:
        surroundings = {
            "HOME": str(tmp_path), "KUBECONFIG": str(world.kubeconfig), "PATH": f"{BIN}:/usr/bin:/bin",
            **(environment or {}),
        }  # fmt: skip
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE) | how
        process = subprocess.Popen([str(BIN / name), *argv], env=surroundings, text=True, **streams)
        started.append(process)
        return process

    yield popen
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def ended(process: Process, stdin: str = "") -> tuple[int, str, str]:
    out, err = process.communicate(stdin, timeout=SECONDS)
    return process.returncode, out, err


@pytest.fixture
def crowd(world: World) -> str:
    """A namespace whose list is longer than a pipe holds."""
    namespace = world.namespace("crowd")
    for number in range(200):
        data = {".dockerconfigjson": "eyJhdXRocyI6eyJoLmlvIjp7ImF1dGgiOiJkVHB3In19fQ=="}
        kind = "kubernetes.io/dockerconfigjson"
        world.make(SECRET, {"metadata": {"name": f"s{number}"}, "type": kind, "data": data}, namespace)
    return namespace


# pipes


@pytest.mark.parametrize("form", ["json", "yaml", "wide"])
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


# signals


@contextmanager
def holding(beside: Beside) -> Iterator[tuple[int, threading.Event]]:
    """A server that takes requests and answers none; gives its port, and what tells that it was asked."""
    asked = threading.Event()

    async def hold(request: web.BaseRequest) -> web.StreamResponse:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    with beside.up(serving(hold)) as server:
        yield server.port, asked


def interrupted(process: Process, asked: threading.Event) -> None:
    assert asked.wait(SECONDS)
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == 130
    assert process.stdout is not None
    assert process.stderr is not None
    assert (process.stdout.read(), process.stderr.read()) == ("", "interrupted\n")


def test_ctrl_c_while_a_registry_is_slow(start: Start, beside: Beside) -> None:
    with holding(beside) as (port, asked):
        process = start("verify", "--registry", f"127.0.0.1:{port}", "-u", "u", "--password-stdin")
        assert process.stdin is not None
        process.stdin.write("word")
        process.stdin.close()
        interrupted(process, asked)


@pytest.mark.parametrize("argv", [["list"], ["attach", "x"], ["show", "x", "-vv"]], ids=" ".join)
def test_ctrl_c_while_the_api_server_is_slow(
    start: Start, beside: Beside, tmp_path: Path, argv: list[str]
) -> None:
    with holding(beside) as (port, asked):
        write_kubeconfig(tmp_path / "slow", f"http://127.0.0.1:{port}")
        interrupted(start(*argv, "--kubeconfig", str(tmp_path / "slow")), asked)


def test_ctrl_c_takes_a_hanging_helper_along(start: Start, tmp_path: Path) -> None:
    fifo = tmp_path / "pid"
    os.mkfifo(fifo)
    write_helper(tmp_path, "hangs", f"echo $$ > {fifo}; exec sleep 60")
    config = tmp_path / "config.json"
    config.write_text('{"auths": {"h.io": {}}, "credsStore": "hangs"}')
    process = start(
        "create", "x", "--docker-config", str(config), environment={"PATH": f"{tmp_path}:/usr/bin:/bin"}
    )
    with fifo.open() as opened:
        helper = int(opened.read())
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, "", "interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(helper, 0)


# terminals


class Terminal:
    """A terminal of which the program has one end and we the other."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.shown = ""

    def until(self, text: str) -> None:
        deadline = time.monotonic() + SECONDS
        while text not in self.shown:
            assert select.select([self.ours], [], [], deadline - time.monotonic())[0], self.shown
            self.shown += os.read(self.ours, 4096).decode()

    def until_silent(self) -> None:
        """Wait until what is typed is not shown: input from before that is dropped."""
        deadline = time.monotonic() + SECONDS
        while termios.tcgetattr(self.theirs)[3] & termios.ECHO:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def close(self) -> None:
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


def test_a_password_is_asked_for_and_not_shown(
    start: Start, terminal: Terminal, world: World, namespace: str
) -> None:
    words = login(world.basic)[:-1]
    process = start("create", "asked", "-n", namespace, *words, stdin=terminal.theirs, stderr=terminal.theirs)
    terminal.until("Password for robot$lnmp+ci: ")
    terminal.until_silent()
    terminal.type(PASSWORD + "\n")
    assert process.wait(SECONDS) == 0
    terminal.type("end\n")
    terminal.until("end")
    assert PASSWORD not in terminal.shown
    secret = world.secret("asked", namespace)
    assert secret is not None
    assert secret.config.entries[world.basic.host].password.reveal() == PASSWORD


def test_ctrl_c_at_the_prompt(start: Start, terminal: Terminal, world: World) -> None:
    words = login(world.basic)[:-1]
    process = start("login", words[1], *words[2:], stdin=terminal.theirs, stderr=terminal.theirs)
    terminal.until("Password for")
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == 130
    terminal.until("interrupted")
    assert "Traceback" not in terminal.shown
    terminal.type("shown again\n")
    terminal.until("shown again")


@pytest.mark.parametrize(
    ("options", "environment", "colored"),
    [
        pytest.param([], {}, True, id="terminal"),
        pytest.param(["--no-color"], {}, False, id="option"),
        pytest.param([], {"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param([], {"NO_COLOR": ""}, True, id="NO_COLOR-empty"),
        pytest.param(["-o", "json"], {}, False, id="json"),
    ],
)
def test_colours(
    start: Start, terminal: Terminal, namespace: str, options: list[str], environment: Any, colored: bool
) -> None:
    surroundings = {"TERM": "xterm", **environment}
    argv = ["match", "127.0.0.1:1/x", "-n", namespace, *options]
    process = start(*argv, stdout=terminal.theirs, environment=surroundings)
    assert process.wait(SECONDS) == 1
    terminal.until("127.0.0.1:1/x")
    terminal.type("end\n")
    terminal.until("end")
    assert ("\x1b[" in terminal.shown) is colored


# the plugin


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


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_completion_in_bash(tmp_path: Path) -> None:
    script = (
        "source <(pullsecret completion bash); COMP_WORDS=(pullsecret li); COMP_CWORD=1; "
        '_pullsecret_completion pullsecret; echo "${COMPREPLY[@]}"'
    )
    environment = {"HOME": str(tmp_path), "PATH": f"{BIN}:/usr/bin:/bin"}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert (done.stdout, done.stderr) == ("list\n", "")


def test_without_words_it_shows_its_help(start: Start) -> None:
    code, out, err = ended(start())
    assert (code, err) == (0, "")
    assert out.startswith("Usage: pullsecret")


# the sandbox


def told(process: Process, last: str) -> list[str]:
    """Read what the sandbox says, up to its last line."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith(last):
            return lines
    raise AssertionError(lines, process.stderr and process.stderr.read())


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
@pytest.mark.parametrize("named", [True, False], ids=["named-kubeconfig", "its-own-kubeconfig"])
def test_the_sandbox_serves_until_it_is_ended(
    start: Start, tmp_path: Path, sign: signal.Signals, named: bool
) -> None:
    options = ["--write-kubeconfig", str(tmp_path / "kubeconfig")] if named else []
    sandbox = start("sandbox", "up", *options, "--speed", "20")
    lines = told(sandbox, "Ctrl-C ends it")
    kubeconfig = Path(next(line for line in lines if "KUBECONFIG=" in line).partition("=")[2])
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    create = next(line for line in lines if line.strip().startswith("pullsecret create")).split()[1:]
    made = ended(start(*create, environment={"KUBECONFIG": str(kubeconfig)}))
    assert made[:2] == (0, "secret/regcred created\nserviceaccount/default attached: regcred\n")
    sandbox.send_signal(sign)
    code, _, err = ended(sandbox)
    assert (code, err) == (0, "")
    assert not kubeconfig.exists()
    assert named or not kubeconfig.parent.exists()


def test_the_sandbox_tells_where_it_is_as_json(start: Start) -> None:
    sandbox = start("sandbox", "up", "-o", "json")
    report = json.loads("\n".join(told(sandbox, "}")))
    assert report["kind"] == "Sandbox"
    assert Path(report["kubeconfig"]).exists()
    sandbox.send_signal(signal.SIGINT)
    assert sandbox.wait(SECONDS) == 0


def test_the_sandbox_leaves_a_kubeconfig_that_is_there_alone(start: Start, tmp_path: Path) -> None:
    mine = tmp_path / "config"
    mine.write_text("my clusters")
    code, out, err = ended(start("sandbox", "up", "--write-kubeconfig", str(mine)))
    assert (code, out) == (2, "")
    assert str(mine) in err
    assert err.count("\n") == 1
    assert mine.read_text() == "my clusters"


def test_the_sandbox_on_a_port_that_is_taken(start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = ended(start("sandbox", "up", "--port", port))
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert port in err
    assert err.count("\n") == 1


def test_the_sandbox_in_a_folder_that_is_not_there(start: Start, tmp_path: Path) -> None:
    code, out, err = ended(start("sandbox", "up", "--write-kubeconfig", str(tmp_path / "no" / "kubeconfig")))
    assert (code, out) == (2, "")
    assert err == f"error: {tmp_path}/no/kubeconfig: No such file or directory\n"
