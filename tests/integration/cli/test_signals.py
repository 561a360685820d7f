"""Ctrl-C ends whatever is under way with 130 and one word; a prompt shows nothing that is typed."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from support.apiservers import write_kubeconfig
from support.beside import Beside
from support.cliworlds import PASSWORD, World, login
from support.fake_helpers import write_helper
from support.httpserver import serving
from support.programs import SECONDS, Process, Start, Terminal, ended


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
    assert process.stdout.read() == ""
    *told, last = process.stderr.read().splitlines()
    assert last == "interrupted"
    assert all(line.startswith("GET http://") for line in told), "at -vv requests are told, and no traceback"


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


def test_a_password_is_asked_for_and_not_shown(
    start: Start, terminal: Terminal, world: World, namespace: str
) -> None:
    words = login(world.basic)[:-1]
    process = start("create", "asked", "-n", namespace, *words, stdin=terminal.theirs, stderr=terminal.theirs)
    terminal.until("Password for robot$lnmp+ci: ")
    assert not terminal.shows, "not even what is typed at once"
    terminal.type(PASSWORD + "\n")
    assert process.wait(SECONDS) == 0
    terminal.type("end\n")
    terminal.until("end")
    assert PASSWORD not in terminal.shown
    secret = world.secret("asked", namespace)
    assert secret is not None
    assert secret.config.entries[world.basic.host].password.reveal() == PASSWORD


def test_what_was_typed_before_the_prompt_counts(
    start: Start, terminal: Terminal, world: World, namespace: str
) -> None:
    terminal.type(PASSWORD + "\n")
    words = login(world.basic)[:-1]
    process = start("create", "early", "-n", namespace, *words, stdin=terminal.theirs, stderr=terminal.theirs)
    assert process.wait(SECONDS) == 0
    assert terminal.shows
    secret = world.secret("early", namespace)
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT], ids=lambda one: one.name)
def test_other_signals_at_the_prompt(
    start: Start, terminal: Terminal, world: World, number: signal.Signals
) -> None:
    words = login(world.basic)[:-1]
    process = start("login", words[1], *words[2:], stdin=terminal.theirs, stderr=terminal.theirs)
    terminal.until("Password for")
    assert not terminal.shows
    process.send_signal(number)
    assert process.wait(SECONDS) == -number, "it ends as if it had not cared"
    assert terminal.shows


def test_ctrl_z_at_the_prompt(start: Start, terminal: Terminal, world: World, namespace: str) -> None:
    words = login(world.basic)[:-1]
    streams = {"stdin": terminal.theirs, "stderr": terminal.theirs}
    process = start("create", "later", "-n", namespace, *words, **streams, process_group=0)
    terminal.until("Password for robot$lnmp+ci: ")
    process.send_signal(signal.SIGTSTP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    assert terminal.shows, "to whoever works on meanwhile"
    process.send_signal(signal.SIGCONT)
    terminal.until_silent()
    terminal.type(PASSWORD + "\n")
    assert process.wait(SECONDS) == 0
    assert terminal.shows


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
