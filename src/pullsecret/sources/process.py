"""One run of another program: a question on its standard input, its answer, within a time and a size."""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pullsecret.sources.rawbytes import RawBytes

CHUNK = 65536
COMPLAINT_LIMIT = 65536
TICK = 0.1
"""Seconds between looks whether a program has gone while something it started still holds its output."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes:
        output: what it wrote to standard output; may hold a password.
        complaint: the start of what it wrote to standard error.
        status: its exit status, negative for a signal; None when it was killed for a limit.
        exceeded: which limit it was killed for, ``time`` or ``size``; empty when it ended by itself.
    """

    output: RawBytes
    complaint: RawBytes
    status: int | None
    exceeded: str = ""


def run_bounded(
    argv: Sequence[str], question: RawBytes, *, environment: Mapping[str, str], seconds: float, limit: int
) -> Outcome:
    """Run a program to its end, or until it has taken too long or said too much.

    It gets a session of its own, so that it can be killed with all that it started.

    Args:
        argv: the program's path and its arguments, none of them secret: process lists show them.
        question: what it reads on standard input.
        environment: its whole environment.
        seconds: how long it may take.
        limit: how many bytes it may write to standard output.

    Raises:
        OSError: it cannot be started.
    """
    with (
        _interrupts_held() as release,
        subprocess.Popen(  # noqa: S603 - the program is what the person's own config names
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,
            bufsize=0,
        ) as process,
    ):
        try:
            release()
            return _Exchange(process, question, time.monotonic() + seconds, limit).run()
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[Callable[[], None]]:
    """Put Ctrl-C off until what this gives is called, or the block ends.

    `Popen` that is interrupted once the program runs leaves nobody who could end it.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: None
        return
    came: list[int] = []

    def release() -> None:
        signal.signal(signal.SIGINT, before)
        if came:
            came.clear()
            signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield release
    finally:
        release()


class _Exchange:
    """Writes the question and gathers the answer, neither waiting for the other."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", question: RawBytes, deadline: float, limit: int
    ) -> None:
        assert process.stdin is not None  # noqa: S101 - pipes were asked for
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        self._process, self._deadline, self._limit = process, deadline, limit
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._unsent = memoryview(question)
        self._output, self._complaint = bytearray(), bytearray()

    def run(self) -> Outcome:
        with selectors.DefaultSelector() as self._selector:
            for stream, event in (
                (self._stdin, selectors.EVENT_WRITE),
                (self._stdout, selectors.EVENT_READ),
                (self._stderr, selectors.EVENT_READ),
            ):
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, event)
            exceeded = self._gather()
        status = None if exceeded else self._ended()
        return Outcome(
            RawBytes(self._output), RawBytes(self._complaint), status,
            exceeded or ("time" if status is None else ""),
        )  # fmt: skip

    def _gather(self) -> str:
        """Read until the output ends, or the program does; tell the limit that was exceeded."""
        while self._stdout in self._selector.get_map():
            left = self._deadline - time.monotonic()
            if left <= 0:
                return "time"
            gone = self._process.poll() is not None
            ready = self._selector.select(0 if gone else min(left, TICK))
            if gone and not any(key.fileobj is not self._stdin for key, _ in ready):
                return ""
            for key, _ in ready:
                self._serve(key.fileobj)
            if len(self._output) > self._limit:
                return "size"
        return ""

    def _serve(self, stream: object) -> None:
        if stream is self._stdin:
            self._send()
        elif stream is self._stdout:
            self._receive(self._stdout.fileno(), self._output, stream)
        else:
            self._receive(self._stderr.fileno(), self._complaint, stream)
            del self._complaint[COMPLAINT_LIMIT:]

    def _send(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._stdin.fileno(), self._unsent[:CHUNK]) :]
        except BrokenPipeError:  # it answers without reading the question, as `list` may
            self._unsent = self._unsent[:0]
        if not self._unsent:
            self._selector.unregister(self._stdin)
            self._stdin.close()

    def _receive(self, descriptor: int, gathered: bytearray, stream: object) -> None:
        part = os.read(descriptor, CHUNK)
        if part:
            gathered += part
        else:
            self._selector.unregister(stream)  # type: ignore[arg-type]

    def _ended(self) -> int | None:
        try:
            return self._process.wait(max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return None
