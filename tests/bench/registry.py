"""`pullsecret verify` of 200 images at one registry as a whole run, against `skopeo inspect` one by one.

Needs the registries of the test cluster (`E2E_*` variables) and skopeo; says so and does nothing else where
they are not. Two sets of images: 200 tags of one image, and 200 images that differ. They stand in
repositories of the benchmark's own, and their manifests are deleted afterwards.

What bounds the ratio is the registry: with htpasswd it hashes the password (bcrypt, about 2 ms) for each
request of either program, on the machine that both run on.
"""

import compileall
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pullsecret

REPOSITORIES, TAGS = 10, 20
RUNS = 3
GOAL = 20
SOURCE, SOURCE_TAG = "public/app", "1.0"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True)
class Registry:
    """One registry of the test cluster, and what is needed to speak to it."""

    kind: str
    host: str
    ca_file: str
    username: str
    password: str


def registries() -> list[Registry]:
    """The registries of the test cluster; none where there is no cluster."""
    names = {"tokens": "E2E_TOKEN_REGISTRY", "TLS, basic": "E2E_TLS_REGISTRY", "plain, basic": "E2E_REGISTRY"}
    found = {kind: os.environ.get(name, "") for kind, name in names.items()}
    login = os.environ.get("E2E_REGISTRY_USER", ""), os.environ.get("E2E_REGISTRY_PASSWORD", "")
    ca_file = os.environ.get("E2E_CA_FILE", "")
    return [Registry(kind, host, ca_file, *login) for kind, host in found.items() if host]


def run() -> Iterator[str]:
    """Give a line for each registry and set of images: both times, and how many times faster."""
    found = registries()
    if len(found) < 3 or shutil.which("skopeo") is None:
        yield "left out, since there is no test cluster (E2E_*) or no skopeo"
        return
    # All three stand over one storage, so what is put into the plain one is in each.
    compileall.compile_dir(Path(pullsecret.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        for words, differ in (("200 tags of one image", False), ("200 images that differ", True)):
            with images_in(found[-1], differ=differ) as names:
                for registry in found:
                    images = [f"{registry.host}/{name}" for name in names]
                    yield f"{words}, {registry.kind}: {compare(registry, images, Path(folder))}"


def compare(registry: Registry, images: list[str], folder: Path) -> str:
    """Time both programs in turn, so that what else the machine does falls on both; say how they compare."""
    ours, theirs = [], 0.0
    for run_number in range(RUNS):
        ours.append(seconds(verify(registry, images, folder)))
        theirs += sum(seconds(inspect(registry, image, folder)) for image in images[run_number::RUNS])
    return told(statistics.median(ours), theirs)


def told(ours: float, theirs: float) -> str:
    """Put two times into words."""
    return f"{ours:.2f} s, skopeo one by one {theirs:.2f} s: {theirs / ours:.1f} times faster (goal {GOAL})"


def verify(registry: Registry, images: list[str], folder: Path) -> list[str]:
    """The command line of one run of ours over all images."""
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(registry.password)
    login = ["--registry", registry.host, "--username", registry.username, "--password-file", str(password)]
    program = str(Path(sys.executable).with_name("pullsecret"))
    return [program, "verify", *images, *login, "--registry-ca", registry.ca_file]


def inspect(registry: Registry, image: str, folder: Path) -> list[str]:
    """The command line of skopeo for one image."""
    certificates = folder / "certificates"
    if not certificates.exists():
        certificates.mkdir()
        shutil.copy(registry.ca_file, certificates / "ca.crt")
    tls = "--tls-verify=false" if registry.kind.startswith("plain") else f"--cert-dir={certificates}"
    login = f"{registry.username}:{registry.password}"
    return ["skopeo", "inspect", tls, "--creds", login, f"docker://{image}"]


def seconds(command: list[str]) -> float:
    """Time one run, which must go well."""
    start = time.perf_counter()
    # As where it is installed: pip compiles what it installs.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


@contextmanager
def images_in(registry: Registry, *, differ: bool) -> Iterator[list[str]]:
    """Give 200 images for a while, as ``repository:tag``."""
    stage = Stage(registry, "differ" if differ else "same")
    try:
        for number in range(REPOSITORIES):
            for tag in range(TAGS):
                stage.put(f"app-{number}", f"v{tag}", variant=f"{number}.{tag}" if differ else "")
        yield list(stage.images)
    finally:
        stage.clear()


class Stage:
    """Images that the benchmark puts into a registry and takes away again."""

    def __init__(self, registry: Registry, group: str) -> None:
        self.registry = registry
        self.folder = f"pullsecret-bench-{group}"
        self.images: list[str] = []
        self._digests: set[tuple[str, str]] = set()
        self._manifest = json.loads(self._call("GET", f"{SOURCE}/manifests/{SOURCE_TAG}"))
        self._config = json.loads(self._call("GET", f"{SOURCE}/blobs/{self._manifest['config']['digest']}"))

    def put(self, name: str, tag: str, *, variant: str) -> None:
        """Put an image under a tag; images of different variants have nothing but their layer in common."""
        repository = f"{self.folder}/{name}"
        config = json.dumps(self._config | ({"author": variant} if variant else {})).encode()
        digest = "sha256:" + hashlib.sha256(config).hexdigest()
        layers = [layer["digest"] for layer in self._manifest["layers"]]
        manifest = json.dumps(
            self._manifest | {"config": self._manifest["config"] | {"digest": digest, "size": len(config)}}
        ).encode()
        manifest_digest = "sha256:" + hashlib.sha256(manifest).hexdigest()
        if (repository, manifest_digest) not in self._digests:
            for layer in layers:
                self._call("POST", f"{repository}/blobs/uploads/?mount={layer}&from={SOURCE}")
            self._upload(repository, digest, config)
            self._digests.add((repository, manifest_digest))
        self._call("PUT", f"{repository}/manifests/{tag}", manifest)
        self.images.append(f"{repository}:{tag}")

    def clear(self) -> None:
        """Take all of them away."""
        for repository, digest in self._digests:
            self._call("DELETE", f"{repository}/manifests/{digest}")

    def _upload(self, repository: str, digest: str, content: bytes) -> None:
        with self._open("POST", f"/v2/{repository}/blobs/uploads/") as answer:
            location = answer.headers["Location"]
        path = location.removeprefix(f"http://{self.registry.host}")
        with self._open("PUT", f"{path}&digest={digest}", content, "application/octet-stream"):
            pass

    def _call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        with self._open(method, f"/v2/{path}", body) as answer:
            content: bytes = answer.read()
            return content

    def _open(self, method: str, path: str, body: bytes | None = None, kind: str = DOCKER_MANIFEST) -> Any:
        pair = b64encode(f"{self.registry.username}:{self.registry.password}".encode()).decode()
        headers = {
            "Authorization": f"Basic {pair}",
            "Accept": f"{DOCKER_MANIFEST}, */*",
            "Content-Type": kind,
        }
        url = f"http://{self.registry.host}{path}"
        return urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method))
