"""Operators as processes of their own against the real API server, and the figures they come to."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import name_of, namespace_of
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from support.fleets import PREFIX, Fleet, drop_policies, sweep
from support.installed import sweep_installed
from support.operators import Operators
from support.policies import define

FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Note what was measured; it is printed at the end of the run, whatever came of the test."""
    noted = request.config.stash.setdefault(FIGURES, [])
    return lambda text: noted.append(f"{request.node.name}: {text}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(FIGURES, [])
    if figures:
        terminalreporter.section("the operator's reliability, in figures")
    for line in figures:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def fleet(real: dict[str, str]) -> Iterator[Fleet]:
    """Namespaces that all tests share, and removes them at the end of the run without waiting for it."""

    async def each(*steps: Callable[[ClusterClient], Awaitable[None]]) -> None:
        async with ClusterClient(load({"KUBECONFIG": real["KUBECONFIG"]})) as cluster:
            for step in steps:
                await step(cluster)

    asyncio.run(each(define, sweep, partial(sweep_installed, prefix=PREFIX)))
    made = Fleet(secrets.token_hex(3))
    yield made
    asyncio.run(each(made.remove))


@pytest.fixture(autouse=True)
async def _no_policy_left(cluster: ClusterClient) -> AsyncIterator[None]:
    """Take the test's policies away when its replicas have ended: the next operator would serve them too."""
    yield
    with suppress(NotFound):  # the definitions are gone
        await drop_policies(cluster, lambda obj: (namespace_of(obj) or name_of(obj)).startswith(PREFIX))


@pytest.fixture
async def operators(real: dict[str, str], tmp_path: Path) -> AsyncIterator[Operators]:
    """Start replicas, and end them with the test."""
    made = Operators(real["KUBECONFIG"], tmp_path)
    yield made
    await made.end()
    made.check()


@pytest.fixture
async def home(cluster: ClusterClient, fleet: Fleet) -> str:
    """The operators' own namespace."""
    return await fleet.home(cluster)
