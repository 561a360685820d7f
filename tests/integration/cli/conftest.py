import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pullsecret.cli.sandboxes import SandboxThread
from pullsecret.kube.client import ClusterClient
from support.beside import Beside
from support.cliworlds import SPECS, SPEED, World
from support.commandline import CommandLine
from support.programs import BIN, Process, Start, Terminal
from support.syncfans import Fan


@pytest.fixture(scope="module")  # not longer: its kubelet asks registries while unit tests refuse sockets
def the_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with SandboxThread(registries=SPECS, speed=SPEED) as beside:
        kubeconfig = tmp_path_factory.mktemp("world") / "kubeconfig"
        beside.sandbox.kubeconfig(kubeconfig)
        yield World(beside, kubeconfig)


@pytest.fixture
def world(the_world: World) -> World:
    the_world.calm()
    return the_world


@pytest.fixture
def namespace(world: World) -> str:
    return world.namespace()


@pytest.fixture
def cli(world: World, tmp_path: Path) -> CommandLine:
    """Commands against the sandbox, in a home of their own."""
    return CommandLine(tmp_path, {"KUBECONFIG": str(world.kubeconfig)})


@pytest.fixture
def fan(cli: CommandLine, world: World) -> Fan:
    return Fan(cli, world)


@pytest.fixture(scope="session")
def beside() -> Iterator[Beside]:
    """A place for servers of a test's own."""
    made = Beside()
    yield made
    made.close()


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


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is tried again at the API server be tried at once: its time passes, ours does not."""
    skipped = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal skipped
        skipped += seconds
        await asyncio.sleep(0)

    defaults = ClusterClient.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "sleep", sleep)
    monkeypatch.setitem(defaults, "clock", lambda: time.monotonic() + skipped)
