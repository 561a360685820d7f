"""Credential helpers for tests: a working store that keeps a JSON file, and scripts that misbehave."""

import json
import sys
from pathlib import Path

STORE = """#!{python} -SE
import json, pathlib, sys
file = pathlib.Path({file!r})
kept = json.loads(file.read_text())
verb, question = sys.argv[1], sys.stdin.read()
with open({calls!r}, "a") as calls:
    calls.write(verb + " " + (question if verb in ("get", "erase") else "") + "\\n")
if verb == "list":
    print(json.dumps({{url: user for url, (user, _) in kept.items()}}))
elif verb == "store":
    told = json.loads(question)
    kept[told["ServerURL"]] = [told["Username"], told["Secret"]]
    file.write_text(json.dumps(kept))
elif question not in kept:
    print("credentials not found in native keychain")
    sys.exit(1)
elif verb == "get":
    user, secret = kept[question]
    print(json.dumps({{"ServerURL": question, "Username": user, "Secret": secret}}))
else:
    del kept[question]
    file.write_text(json.dumps(kept))
"""


class FakeStore:
    """A `docker-credential-SUFFIX` in a folder, and what it keeps: user name and secret by registry."""

    def __init__(self, folder: Path, suffix: str, kept: dict[str, tuple[str, str]] | None = None) -> None:
        self._file, self._calls = folder / f"{suffix}.kept", folder / f"{suffix}.calls"
        self._file.write_text(json.dumps(kept or {}))
        self._calls.write_text("")
        text = STORE.format(python=sys.executable, file=str(self._file), calls=str(self._calls))
        write_helper(folder, suffix, text)

    @property
    def kept(self) -> dict[str, list[str]]:
        return dict(json.loads(self._file.read_text()))

    @property
    def calls(self) -> list[str]:
        return [line.strip() for line in self._calls.read_text().splitlines()]


def write_helper(folder: Path, suffix: str, text: str, *, mode: int = 0o755) -> Path:
    """Write a helper program; text without a `#!` line is for the shell."""
    path = folder / f"docker-credential-{suffix}"
    path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
    path.chmod(mode)
    return path


def environment(folder: Path) -> dict[str, str]:
    """An environment with these helpers on PATH, and a home in the same folder."""
    return {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run")}
