"""Replicas of the operator as processes of their own, and what they say."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

PROGRAM = str(Path(sys.executable).parent / "pullsecret")
PASSED = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
PATIENCE = 60.0


class Operator:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, identity: str, address: str) -> None:
        self.process, self.log, self.identity, self._address = process, log, identity, address

    @property
    def said(self) -> list[dict[str, Any]]:
        """Everything it logged; a last line that is not whole yet is left out."""
        whole = self.log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    def times(self, message: str) -> int:
        """How often it said this."""
        return sum(entry["message"].startswith(message) for entry in self.said)

    async def says(self, message: str, *, times: int = 1, patience: float = PATIENCE) -> None:
        """Wait until it has said this so often since its start."""
        try:
            async with asyncio.timeout(patience):
                while self.times(message) < times:
                    assert self.process.returncode is None, self.log.read_text()[-3000:]
                    await asyncio.sleep(0.02)  # a file that grows tells nobody
        except TimeoutError:
            raise AssertionError(f"never said {message!r}: {self.log.read_text()[-3000:]}") from None

    async def requests(self) -> dict[tuple[str, str], float]:
        """How many requests it made, by verb and code, as its metrics tell."""
        (started,) = [entry for entry in self.said if entry["message"] == "started"]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://{self._address}:{started['http_port']}/metrics") as answer,
        ):
            text = await answer.text()
        (family,) = [f for f in text_string_to_metric_families(text) if f.name == "pullsecret_api_requests"]
        counted = [sample for sample in family.samples if sample.name.endswith("_total")]
        return {(sample.labels["verb"], sample.labels["code"]): sample.value for sample in counted}

    def send(self, sign: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(sign)

    async def kill(self) -> None:
        """End it at once, as the kernel does when memory runs out."""
        self.send(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        self.send(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 30)


class Operators:
    """All processes of one test, which end with it."""

    def __init__(self, kubeconfig: str, folder: Path) -> None:
        self._kubeconfig, self._folder = kubeconfig, folder
        self._all: list[Operator] = []
        self._started = 0

    async def start(
        self,
        namespace: str,
        *flags: str,
        kubeconfig: str = "",
        identity: str = "",
        extra: Mapping[str, str] | None = None,
        until: str = "leading",
    ) -> Operator:
        """Start one, and wait until it says something: by default, that it leads."""
        self._started += 1
        number = self._started
        identity, log = identity or f"replica-{number}", self._folder / f"operator-{number}.log"
        own = () if {"--webhook-url", "--watch-namespaces"}.intersection(flags) else ("--no-webhook",)
        with log.open("w") as stderr:
            process = await asyncio.create_subprocess_exec(
                PROGRAM, "operator", "--namespace", namespace, *own, "--http-port", "0",
                "--bind-address", "127.0.0.1", "--log-format", "json", "--identity", identity, *flags,
                stdin=asyncio.subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                env={**PASSED, "HOME": str(self._folder), "KUBECONFIG": kubeconfig or self._kubeconfig,
                     **(extra or {})},
            )  # fmt: skip
        bound = [flag.partition("=")[2] for flag in flags if flag.startswith("--bind-address=")]
        operator = Operator(process, log, identity, (bound or ["127.0.0.1"])[-1])
        self._all.append(operator)
        if until:
            await operator.says(until)
        return operator

    async def end(self) -> None:
        """End all that still run, those that are stopped too."""
        for operator in self._all:
            if operator.process.returncode is None:
                operator.send(signal.SIGCONT)
                operator.send(signal.SIGTERM)
        for operator in self._all:
            try:
                await asyncio.wait_for(operator.process.wait(), 10)
            except TimeoutError:
                await operator.kill()

    def check(self) -> None:
        """See that none of them met an error of its own."""
        for operator in self._all:
            faults = [
                entry for entry in operator.said if "error" in entry or "error of our own" in str(entry)
            ]
            assert not faults, faults[:2]
            assert "Traceback" not in operator.log.read_text(), operator.log.read_text()[-3000:]


def free_port() -> int:
    """Give a port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
