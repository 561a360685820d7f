"""The operator as a program: it says how it is, one of several leads, and it ends as it is told."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import LEASE, MUTATING_WEBHOOK_CONFIGURATION
from pullsecret.core.policy.schema import custom_resource_definitions
from pullsecret.kube.client import ClusterClient
from pullsecret.operator.lease import Record, record_of
from pullsecret.operator.webhookconfig import ENTRY
from pullsecret.sandbox.kinds import CUSTOM_RESOURCE_DEFINITION
from support.apiservers import served_sandbox
from support.contract import client_of
from support.programs import BIN

SECONDS = 30
QUICK = ("--lease-duration", "2s", "--renew-deadline", "1500ms", "--retry-period", "300ms")


@dataclass
class Replica:
    """One process."""

    identity: str
    port: int
    process: "asyncio.subprocess.Process"

    async def asked(self, path: str) -> tuple[int, str]:
        """Ask it; a process that does not listen yet or any more gives 0."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
                session.get(f"http://127.0.0.1:{self.port}{path}") as answer,
            ):
                return answer.status, await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return 0, ""

    async def ready(self) -> bool:
        return (await self.asked("/readyz"))[0] == 200

    async def leads(self) -> bool:
        return "pullsecret_leader 1.0" in (await self.asked("/metrics"))[1]

    async def end(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; give the exit code and all that was logged."""
        self.process.send_signal(sign)
        _, err = await asyncio.wait_for(self.process.communicate(), SECONDS)
        return self.process.returncode or 0, err.decode()


@dataclass
class Stage:
    """A sandbox served on loopback, and the replicas that work on it."""

    cluster: ClusterClient
    kubeconfig: Path
    home: Path
    replicas: list[Replica] = field(default_factory=list)

    async def define(self) -> None:
        for definition in custom_resource_definitions():
            await self.cluster.create(CUSTOM_RESOURCE_DEFINITION, definition)

    async def start(self, identity: str, *flags: str) -> Replica:
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            BIN / "pullsecret", "operator", "--identity", identity, "--http-port", str(port),
            "--bind-address", "127.0.0.1", *QUICK, *flags,
            env={"HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig), "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.replicas.append(Replica(identity, port, process))
        return self.replicas[-1]

    async def lease(self) -> Record:
        try:
            return record_of(await self.cluster.get(LEASE, "pullsecret-operator", namespace="default"))
        except NotFound:
            return Record()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def until(wanted: Callable[[], object]) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(SECONDS):
        while not await wanted():  # type: ignore[misc]  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with served_sandbox(tmp_path / "kubeconfig") as path, client_of(str(path)) as cluster:
        made = Stage(cluster, path, tmp_path)
        yield made
        for replica in made.replicas:
            if replica.process.returncode is None:
                replica.process.kill()
                await replica.process.communicate()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "ctrl-c"])
async def test_it_is_ready_when_it_has_seen_everything_and_hands_the_lead_over_when_it_ends(stage, sign):
    await stage.define()
    replica = await stage.start("one", "--log-format", "json")
    await until(replica.ready)
    await until(replica.leads)
    assert await replica.asked("/healthz") == (200, "ok\n")
    code, logged = await replica.end(sign)
    assert (code, (await stage.lease()).holder, (await stage.lease()).duration) == (0, "", 1)
    entries = [json.loads(line) for line in logged.splitlines()]
    said = [entry["message"] for entry in entries]
    assert [text for text in said if text in ("started", "leading", "stopping", "handed the Lease over")] == [
        "started", "leading", "stopping", "handed the Lease over",
    ]  # fmt: skip
    assert {entry["level"] for entry in entries} == {"info", "warning"}  # a warning: there is no webhook


async def test_without_the_definitions_it_says_so_and_goes_on_when_they_come(stage):
    replica = await stage.start("one")

    async def says_why() -> bool:
        status, text = await replica.asked("/readyz")
        return status == 503 and "clusterpullsecrets" in text

    await until(says_why)
    assert (await replica.asked("/healthz"))[0] == 200
    await stage.define()
    await until(replica.ready)


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_of_two_one_leads_and_the_other_follows_when_it_is_gone(stage, how):
    await stage.define()
    one = await stage.start("one")
    await until(one.leads)
    two = await stage.start("two")
    await until(two.ready)
    assert not await two.leads()
    one.process.send_signal(signal.SIGKILL if how == "killed" else signal.SIGSTOP)
    await until(two.leads)
    assert ((await stage.lease()).holder, (await stage.lease()).transitions) == ("two", 1)
    if how == "stopped":
        one.process.send_signal(signal.SIGCONT)
        await until(one.ready)
        assert not await one.leads()
        assert await two.leads()
        code, logged = await one.end()
        assert (code, "no longer leading" in logged) == (0, True)
        assert (await stage.lease()).holder == "two"


async def test_terminated_it_answers_the_api_server_for_a_while_after_it_handed_the_lease_over(stage):
    await stage.define()
    webhook = {"name": ENTRY, "clientConfig": {"url": "https://127.0.0.1:1/x"}}
    kind = MUTATING_WEBHOOK_CONFIGURATION
    await stage.cluster.create(
        kind,
        {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": "x"}, "webhooks": [webhook]},
    )
    port = free_port()
    replica = await stage.start(
        "one", "--webhook-configuration", "x", "--webhook-port", str(port),
        "--webhook-url", f"https://127.0.0.1:{port}/x",
    )  # fmt: skip
    await until(replica.ready)
    await until(replica.leads)
    replica.process.send_signal(signal.SIGTERM)

    async def stopping() -> bool:
        return await replica.asked("/readyz") == (503, "stopping\n") and not (await stage.lease()).holder

    await until(stopping)
    with socket.create_connection(("127.0.0.1", port)):
        pass
    assert await asyncio.wait_for(replica.process.wait(), SECONDS) == 0


async def test_alone_it_needs_no_lease(stage):
    await stage.define()
    replica = await stage.start("one", "--no-leader-election", "--no-webhook")
    await until(replica.leads)
    code, logged = await replica.end()
    assert (code, await stage.lease()) == (0, Record())
    assert "warning" not in logged


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        pytest.param(["--retry-period", "soon"], "--retry-period: 'soon' is no time limit", id="flag"),
        pytest.param(["--webhook", "--watch-namespaces", "a"], "do not go together", id="together"),
        pytest.param(["--lease-duration", "1s"], "cannot be kept", id="timing"),
        pytest.param(["--kubeconfig", "/nowhere"], "/nowhere", id="cluster"),
    ],
)
async def test_what_is_wrong_is_said_in_one_line_before_anything_begins(stage, flags, message):
    replica = await stage.start("one", *flags)
    _, err = await asyncio.wait_for(replica.process.communicate(), SECONDS)
    assert (replica.process.returncode, err.decode().count("\n")) == (2, 1)
    assert err.decode().startswith("error: ")
    assert message in err.decode()


async def test_a_port_that_is_taken_is_said_in_one_line(stage):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        replica = await stage.start("one", "--http-port", str(port))
        _, err = await asyncio.wait_for(replica.process.communicate(), SECONDS)
    assert (replica.process.returncode, err.decode().splitlines()[-1]) == (
        2, f"error: port {port} cannot be listened at: address already in use",
    )  # fmt: skip
