import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pullsecret.sources.process import run_bounded
from pullsecret.sources.rawbytes import RawBytes

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def sh(script: str, question: bytes = b"", *, seconds: float = 10, limit: int = 1 << 20):
    return run_bounded(
        ("/bin/sh", "-c", script), RawBytes(question), environment=ENVIRONMENT, seconds=seconds, limit=limit
    )


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_question_goes_in_and_answer_comes_out():
    outcome = sh("cat; echo why >&2; exit 3", b"question")
    assert (bytes(outcome.output), bytes(outcome.complaint), outcome.status) == (b"question", b"why\n", 3)
    assert outcome.exceeded == ""


def test_more_than_a_pipe_holds_goes_both_ways():
    question = b"x" * 300_000
    assert bytes(sh("cat", question).output) == question


def test_a_program_that_does_not_read_the_question():
    assert bytes(sh("exec <&-; echo answer", b"x" * 300_000).output) == b"answer\n"


def test_a_program_that_closes_its_output_and_goes_on():
    outcome = sh("exec >&-; exit 4")
    assert outcome.status == 4


def test_only_the_given_environment_is_seen(monkeypatch):
    monkeypatch.setenv("SECRET_OF_OURS", "x")
    assert b"SECRET_OF_OURS" not in sh("env").output


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("sleep 60", id="silent"),
        pytest.param("exec >&-; sleep 60", id="output closed"),
        pytest.param("while :; do echo x; sleep 0.05; done", id="dripping"),
        pytest.param("trap '' TERM INT HUP; sleep 60", id="deaf"),
    ],
)
def test_time_is_limited(script):
    start = time.monotonic()
    outcome = sh(script, seconds=0.3)
    assert (outcome.exceeded, outcome.status) == ("time", None)
    assert time.monotonic() - start < 5


def test_what_it_started_is_killed_too():
    outcome = sh("sleep 60 & echo $!; yes")  # ended for its size, and so not before it has told
    pid = int(bytes(outcome.output).partition(b"\n")[0])
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        os.sched_yield()
    assert not alive(pid)


def test_ctrl_c_in_the_instant_of_its_start_ends_it(monkeypatch):
    started = []

    class Interrupted(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        sh("sleep 60")
    assert [process.returncode for process in started] == [-signal.SIGKILL]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert sh("kill -INT $$; echo deaf").output == b"deaf\n"
    finally:
        signal.signal(signal.SIGINT, before)


def test_size_is_limited_at_once():
    outcome = sh("yes", limit=100_000)
    assert (outcome.exceeded, outcome.status) == ("size", None)
    assert len(outcome.output) < 300_000


def test_a_flood_of_complaints_is_cut_and_harmless():
    outcome = sh("yes no | head -c 5000000 >&2; echo answer")
    assert (outcome.status, bytes(outcome.output)) == (0, b"answer\n")
    assert len(outcome.complaint) <= 65536


def test_a_child_that_keeps_the_output_open_holds_nobody_up():
    start = time.monotonic()
    outcome = sh("sleep 3 & echo answer")
    assert (outcome.status, bytes(outcome.output)) == (0, b"answer\n")
    assert time.monotonic() - start < 2


def test_an_outcome_shows_no_output():
    assert "hunter2" not in repr(sh("echo hunter2"))


def test_what_cannot_be_started_is_an_os_error(tmp_path):
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF rubbish")
    program.chmod(0o755)
    with pytest.raises(OSError, match="format"):
        run_bounded((str(program),), RawBytes(), environment=ENVIRONMENT, seconds=1, limit=1)
