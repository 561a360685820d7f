"""Our image, built from the Dockerfile without an engine, by buildah and debootstrap.

The base is made once and kept between runs, beside the layers, outside of the source tree.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support.realcluster import Registry

ROOT = Path(__file__).parents[2]
SUITE = "bookworm"
BASE = f"localhost/pullsecret-e2e-base:{SUITE}"
CERTIFICATES = "/etc/ssl/certs"
"""What this machine trusts: pip in the build must trust the same, where a proxy is between."""


def missing() -> list[str]:
    """Name what is not there: programs, and root, without which neither can make a file system."""
    absent = [program for program in ("buildah", "debootstrap") if shutil.which(program) is None]
    return [*absent, *(["root"] if os.geteuid() else [])]


@dataclass(frozen=True)
class Pushed:
    """An image in a registry."""

    repository: str
    digest: str


class Buildah:
    """buildah with a store of its own, which stays."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def __call__(self, *words: str, secret: str = "") -> str:
        roots = ("--root", str(self._cache / "storage"), "--runroot", str(self._cache / "run"))
        return _run(["buildah", *roots, *words], secret=secret)

    def base(self) -> str:
        """Give the base image: Debian with Python and nothing else; made when there is none."""
        if BASE in self("images", "--format", "{{.Name}}:{{.Tag}}").split():
            return BASE
        rootfs = self._cache / f"rootfs-{SUITE}"
        shutil.rmtree(rootfs, ignore_errors=True)
        packages = "--include=python3,python3-venv,ca-certificates"
        _run(["debootstrap", "--variant=minbase", packages, SUITE, str(rootfs)])
        for rest in (
            "var/cache/apt",
            "var/lib/apt/lists",
            "usr/share/doc",
            "usr/share/man",
            "usr/share/locale",
        ):
            shutil.rmtree(rootfs / rest, ignore_errors=True)
        container = self("from", "scratch").strip()
        self("copy", "--quiet", container, str(rootfs), "/")
        self("commit", "--quiet", container, BASE)
        self("rm", container)
        shutil.rmtree(rootfs, ignore_errors=True)
        return BASE

    def build(self, tag: str) -> str:
        """Build our Dockerfile on the base."""
        self(
            "bud", "--quiet", "--isolation", "chroot", "--network", "host",
            "--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro",
            "--env", f"PIP_CERT={CERTIFICATES}/ca-certificates.crt",
            "--build-arg", f"BASE={self.base()}", "--file", str(ROOT / "deploy" / "Dockerfile"),
            "--tag", tag, str(ROOT),
        )  # fmt: skip
        return tag

    def push(self, tag: str, registry: Registry, path: str) -> Pushed:
        """Push an image; give it by its digest."""
        repository, digest = f"{registry.host}/{path}", self._cache / "digest"
        login = f"{registry.username}:{registry.password}"
        self(
            "push", "--quiet", "--tls-verify=false", "--creds", login, "--digestfile", str(digest),
            tag, f"docker://{repository}:e2e", secret=login,
        )  # fmt: skip
        return Pushed(repository, digest.read_text("utf-8").strip())

    def config(self, tag: str) -> str:
        """Give what the image says of itself."""
        return self("inspect", "--type", "image", tag)


def cache_folder() -> Path:
    """Give the place that outlives a run."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "/var/tmp") / "pullsecret-e2e"


def _run(words: Sequence[str], *, secret: str = "") -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1200)
    said = done.stdout + done.stderr
    assert done.returncode == 0, (words[0], (said.replace(secret, "***") if secret else said)[-3000:])
    return done.stdout
