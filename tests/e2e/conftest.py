"""The real cluster that KUBECONFIG names, its registries (E2E_*), and our program as a user runs it."""

import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from pullsecret.core.objects import NAMESPACE, SERVICE_ACCOUNT
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from support.realcluster import Ran, Registry, registry_of, until

REAL = {name: value for name, value in os.environ.items() if name == "KUBECONFIG" or name.startswith("E2E_")}
REQUIRED = os.environ.get("E2E_REQUIRED", "0") not in ("", "0")
PROGRAM = str(Path(sys.executable).parent / "pullsecret")


@pytest.fixture(scope="session")
def real() -> dict[str, str]:
    if "KUBECONFIG" not in REAL:
        pytest.skip("no KUBECONFIG: these tests need a real cluster")
    if "E2E_REGISTRY" not in REAL:
        pytest.skip("no E2E_REGISTRY: these tests need the private registries of the test cluster")
    return REAL


@pytest.fixture
def plain(real: dict[str, str]) -> Registry:
    return registry_of(real, "plain")


@pytest.fixture(params=["plain", "tls", "token"])
def registry(real: dict[str, str], request: pytest.FixtureRequest) -> Registry:
    return registry_of(real, request.param)


@pytest.fixture
def run(real: dict[str, str], tmp_path: Path) -> Callable[..., Ran]:
    """Run our program in an empty home, as a user would, and check that no secret is in what it says."""

    def call(*args: str, stdin: str = "", code: int | None = 0, hide: str = "", **extra: str) -> Ran:
        home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "KUBECONFIG": real["KUBECONFIG"], **extra}
        done = subprocess.run(
            [PROGRAM, *args], input=stdin, capture_output=True, text=True, env=home, timeout=120, check=False
        )
        ran = Ran(done.returncode, done.stdout, done.stderr)
        assert code is None or ran.code == code, (args, ran)
        hidden = hide or stdin.strip()
        assert not hidden or hidden not in ran.out + ran.err, "a password was shown"
        return ran

    return call


@pytest.fixture
async def cluster(real: dict[str, str]) -> AsyncIterator[ClusterClient]:
    async with ClusterClient(load({"KUBECONFIG": real["KUBECONFIG"]})) as client:
        yield client


@pytest.fixture
async def new_namespace(cluster: ClusterClient) -> AsyncIterator[Callable[[], Any]]:
    """Make namespaces that are removed at the end; each has its `default` ServiceAccount when it is given."""
    made: list[str] = []

    async def make() -> str:
        name = f"e2e-{secrets.token_hex(4)}"
        await cluster.create(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        made.append(name)
        await until(cluster, SERVICE_ACCOUNT, name, lambda sa: sa["metadata"]["name"] == "default")
        return name

    yield make
    for name in made:
        await cluster.delete(NAMESPACE, name)


@pytest.fixture
async def namespace(new_namespace: Callable[[], Any]) -> str:
    name: str = await new_namespace()
    return name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With `E2E_REQUIRED=1` a test that was skipped has failed: a run that is green left nothing out."""
    report = yield
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        _, _, why = report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, report.longrepr)
        report.outcome, report.longrepr = "failed", f"E2E_REQUIRED, but: {why}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A kubelet's back-off alone may take five minutes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(400))
