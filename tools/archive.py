"""Builds the command line as an archive that needs no Python, and its Krew manifest. Run by `make archive`.

One folder, not one file: a single file unpacks itself at every start. What is built is for this machine's
system and architecture, and for a C library no older than its own. The manifest names what lies in the output
folder, built here or elsewhere, and nothing else.
"""

import argparse
import gzip
import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from pullsecret._version import __version__

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "deploy" / "krew" / "pull-secret.yaml"
ENTRY = Path(__file__).parent / "entry.py"
PROGRAM = "pullsecret"
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# What PyInstaller finds in libraries of ours that never runs.
UNUSED = ("tkinter", "unittest", "pydoc", "doctest", "lib2to3", "test", "pip", "setuptools")
_NAME = re.compile(rf"{PROGRAM}-v(?P<version>[^-]+)-(?P<os>\w+)-(?P<arch>\w+)\.tar\.gz")


def target() -> tuple[str, str]:
    """Give this machine's system and architecture, as Go and Krew name them."""
    machine = platform.machine().lower()
    return platform.system().lower(), ARCHITECTURES.get(machine, machine)


def freeze(folder: Path) -> Path:
    """Put the program, its libraries and a Python into one folder below `folder`."""
    words = [
        sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--name", PROGRAM,
        "--onedir", "--console", "--collect-submodules", "pullsecret",
        *(word for name in UNUSED for word in ("--exclude-module", name)),
        "--distpath", str(folder / "dist"), "--workpath", str(folder / "work"), "--specpath", str(folder),
        str(ENTRY),
    ]  # fmt: skip
    subprocess.run(words, check=True)  # noqa: S603  our own words
    made = folder / "dist" / PROGRAM
    shutil.copy(ROOT / "LICENSE", made)
    return made


def pack(folder: Path, archive: Path) -> None:
    """Write a folder as a tar.gz whose bytes depend on its content alone; links become files."""
    archive.parent.mkdir(parents=True, exist_ok=True)

    def neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    # Krew unpacks files and folders only: what a link leads to is stored in its place.
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w", dereference=True) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            tar.add(path, arcname=str(path.relative_to(folder)), recursive=False, filter=neutral)


def sha256(path: Path) -> str:
    """Give the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def platforms(output: Path, url: str) -> Iterator[dict[str, Any]]:
    """Describe each archive of this version that lies in the output folder."""
    for path in sorted(output.glob(f"{PROGRAM}-v{__version__}-*.tar.gz")):
        if found := _NAME.fullmatch(path.name):
            yield {
                "selector": {"matchLabels": {"os": found["os"], "arch": found["arch"]}},
                "uri": f"{url.rstrip('/')}/{path.name}",
                "sha256": sha256(path),
                "bin": PROGRAM + (".exe" if found["os"] == "windows" else ""),
            }


def manifest(output: Path, url: str) -> dict[str, Any]:
    """Give the Krew manifest of the archives in the output folder, which can be fetched below `url`."""
    made: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text("utf-8"))
    spec = {**made["spec"], "version": f"v{__version__}", "platforms": list(platforms(output, url))}
    return {**made, "spec": spec}


def main(argv: Sequence[str]) -> int:
    """Build the archive, and where a URL is given, the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for what is built")
    parser.add_argument("--url", help="where the archives will be fetched: makes the Krew manifest")
    given = parser.parse_args(argv)
    archive = given.output / f"{PROGRAM}-v{__version__}-{'-'.join(target())}.tar.gz"
    with tempfile.TemporaryDirectory() as folder:
        pack(freeze(Path(folder)), archive)
    (archive.parent / f"{archive.name}.sha256").write_text(f"{sha256(archive)}  {archive.name}\n", "utf-8")
    print(archive)  # noqa: T201
    if given.url:
        path = given.output / TEMPLATE.name
        path.write_text(yaml.safe_dump(manifest(given.output, given.url), sort_keys=False), "utf-8")
        print(path)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
