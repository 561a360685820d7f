from collections.abc import Iterator
from pathlib import Path

import pytest

from pullsecret.cli.sandboxes import SandboxThread
from support.beside import Beside
from support.cliworlds import SPECS, SPEED, World
from support.commandline import CommandLine


@pytest.fixture(scope="session")
def the_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with SandboxThread(registries=SPECS, speed=SPEED) as beside:
        kubeconfig = tmp_path_factory.mktemp("world") / "kubeconfig"
        beside.sandbox.kubeconfig(kubeconfig)
        yield World(beside, kubeconfig)


@pytest.fixture
def world(the_world: World) -> World:
    the_world.calm()
    return the_world


@pytest.fixture
def namespace(world: World) -> str:
    return world.namespace()


@pytest.fixture
def cli(world: World, tmp_path: Path) -> CommandLine:
    """Commands against the sandbox, in a home of their own."""
    return CommandLine(tmp_path, {"KUBECONFIG": str(world.kubeconfig)})


@pytest.fixture(scope="session")
def beside() -> Iterator[Beside]:
    """A place for servers of a test's own."""
    made = Beside()
    yield made
    made.close()
