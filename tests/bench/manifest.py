"""A manifest as a whole process: ours against `kubectl create secret docker-registry --dry-run=client`.

The two are run in turn, so that what else the machine does falls on both alike.
"""

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pullsecret

TURNS = 20
LOGIN = ["--docker-server=harbor.example.com", "--docker-username=robot", "--docker-password=made-up"]
PRINT = ["--dry-run=client", "-o", "yaml"]
PACKAGE = str(Path(pullsecret.__file__).parent)
PROGRAM = str(Path(sys.executable).parent / "pullsecret")


def run() -> Iterator[str]:
    """Give one line a command: median milliseconds, and the ratio to kubectl's."""
    commands = {
        "pullsecret create": [PROGRAM, "create", "pull", *LOGIN, *PRINT],
        "pullsecret create -o json": [PROGRAM, "create", "pull", *LOGIN, "--dry-run=client", "-o", "json"],
        "pullsecret --help": [PROGRAM, "--help"],
    }
    if shutil.which("kubectl") is None:
        yield "kubectl is not installed: nothing to compare with"
        return
    rival = ["kubectl", "create", "secret", "docker-registry", "pull", *LOGIN, *PRINT]
    taken = _in_turns({"kubectl create secret": rival, **commands})
    base = taken["kubectl create secret"]
    for name, seconds in taken.items():
        yield f"{name:<26} {seconds * 1000:5.0f} ms   {seconds / base:4.2f} x"


def _in_turns(commands: dict[str, list[str]]) -> dict[str, float]:
    # As where it is installed: pip compiles what it installs, not every environment lets Python do so.
    compileall.compile_dir(PACKAGE, quiet=1)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, argv in commands.items():
            began = time.perf_counter()
            subprocess.run(argv, capture_output=True, check=True, timeout=60, env=environment)
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}
