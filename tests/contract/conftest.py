"""The same tests on our imitation and, with ``--cluster=real``, on the cluster that KUBECONFIG names.

Where the two differ, the imitation is wrong.
"""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pullsecret.core.objects import NAMESPACE
from pullsecret.kube.client import ClusterClient
from support.apiservers import served_sandbox
from support.contract import Kubectl, Raw, client_of, make_namespace
from support.doctorworlds import DoctorWorld, real_doctor_world, sandbox_doctor_world
from support.operating import Stage
from support.policies import define
from support.pullworlds import Bench, PullWorld, real_world, sandbox_world

# Read here, at import: no test sees the environment of whoever runs it.
REAL = dict(os.environ)
REAL_KUBECONFIG = REAL.get("KUBECONFIG", "")


@pytest.fixture
async def kubeconfig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The kubeconfig of the cluster that this run is about."""
    if request.config.getoption("--cluster") == "real":
        if not REAL_KUBECONFIG:
            pytest.fail("--cluster=real needs KUBECONFIG")
        yield REAL_KUBECONFIG
        return
    async with served_sandbox(tmp_path / "kubeconfig") as path:
        yield str(path)


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PullWorld]:
    """A cluster with a node and private registries; a module that wants it makes `kubeconfig` from it."""
    if request.config.getoption("--cluster") == "real":
        if "E2E_REGISTRY" not in REAL:
            pytest.skip("needs the registries of E2E_REGISTRY and E2E_TOKEN_REGISTRY")
        yield real_world(REAL_KUBECONFIG, REAL)
        return
    async with sandbox_world(tmp_path / "kubeconfig") as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doctor_world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DoctorWorld]:
    """A cluster with registries of every kind, for all tests of a module."""
    folder = tmp_path_factory.mktemp("doctor")
    if request.config.getoption("--cluster") == "sandbox":
        async with sandbox_doctor_world(folder) as made:
            yield made
        return
    if "E2E_REGISTRY" not in REAL:
        pytest.skip("needs the registries of E2E_REGISTRY, E2E_TLS_REGISTRY and E2E_TOKEN_REGISTRY")
    async with real_doctor_world(folder, REAL_KUBECONFIG, REAL) as made:
        yield made


@pytest.fixture
def bench(cluster: ClusterClient, namespace: str) -> Bench:
    """A namespace in which Pods are tried."""
    return Bench(cluster, namespace)


@pytest.fixture
async def cluster(kubeconfig: str) -> AsyncIterator[ClusterClient]:
    async with client_of(kubeconfig) as client:
        yield client


@pytest.fixture
def raw(cluster: ClusterClient) -> Raw:
    return Raw(cluster)


@pytest.fixture
async def new_namespace(cluster: ClusterClient) -> AsyncIterator[Callable[[], Any]]:
    """Make namespaces that are removed at the end; each has its `default` ServiceAccount when it is given."""
    made: list[str] = []

    async def make() -> str:
        made.append(f"contract-{secrets.token_hex(4)}")
        await make_namespace(cluster, made[-1])
        return made[-1]

    yield make
    for name in made:
        if any(found["metadata"]["name"] == name for found in await cluster.list(NAMESPACE)):
            await cluster.delete(NAMESPACE, name)


@pytest.fixture
async def namespace(new_namespace: Callable[[], Any]) -> str:
    name: str = await new_namespace()
    return name


@pytest.fixture
def kubectl(kubeconfig: str, namespace: str, tmp_path: Path) -> Kubectl:
    """The real kubectl against the same cluster."""
    found = shutil.which("kubectl")
    if found is None:
        pytest.skip("kubectl is not installed")
    return Kubectl(found, kubeconfig, namespace, str(tmp_path))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give a real kubelet time, and let the doctor's many Pods come last.

    A kubelet sends events a few a second: what the doctor's Pods leave in its queue would hold up every
    test that waits for an event after them.
    """
    if config.getoption("--cluster") == "real":
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.timeout(400))
    items.sort(key=lambda item: item.path == Path(__file__).parent / "test_doctor.py")


@pytest.fixture
async def stage(
    cluster: ClusterClient, kubeconfig: str, new_namespace: Callable[[], Any]
) -> AsyncIterator[Stage]:
    """What the operator is tried on: our resources are known, and there is a source."""
    await define(cluster)
    made = Stage(cluster, kubeconfig, await new_namespace(), new_namespace)
    await made.source()
    yield made
    await made.end()
