"""The program as a process of its own, and the terminal it may stand at."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

BIN = Path(sys.executable).parent
SECONDS = 30

Process = subprocess.Popen[str]
Start = Callable[..., Process]


def ended(process: Process, stdin: str = "") -> tuple[int, str, str]:
    out, err = process.communicate(stdin, timeout=SECONDS)
    return process.returncode, out, err


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

    @property
    def shows(self) -> bool:
        """Whether it shows what is typed."""
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)

    def until_silent(self) -> None:
        deadline = time.monotonic() + SECONDS
        while self.shows:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def close(self) -> None:
        os.close(self.ours)
        os.close(self.theirs)
