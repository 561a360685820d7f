"""`sandbox up`: it serves until it is ended, and leaves nothing behind, nor takes anything away."""

import io
import json
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from pullsecret.cli.commands.sandbox import SandboxUp
from pullsecret.cli.invocation import Globals
from pullsecret.cli.session import Session
from support.programs import SECONDS, Process, Start, ended


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


def test_the_sandbox_is_ended_as_soon_as_it_has_told_how(tmp_path: Path) -> None:
    class Hasty(io.StringIO):
        def write(self, text: str) -> int:
            if "Ctrl-C ends it" in text:
                signal.raise_signal(signal.SIGTERM)
            return super().write(text)

    def late(*_: Any) -> None:
        raise AssertionError("nobody heeds it yet, and the kubeconfig would stay")

    before = signal.signal(signal.SIGTERM, late)
    kubeconfig = tmp_path / "kubeconfig"
    try:
        session = Session(Globals(), {}, io.StringIO(), Hasty(), io.StringIO())
        assert SandboxUp(write_kubeconfig=str(kubeconfig)).run(session) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not kubeconfig.exists()


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
