"""What an operation runs on: streams, environment, clock, and the adapters, opened when they are needed."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from pullsecret.cli.invocation import Globals
from pullsecret.cli.output import Output
from pullsecret.cli.words import SAY
from pullsecret.core.plaintext import printable
from pullsecret.sources.wakeups import signals_told

if TYPE_CHECKING:
    from pullsecret.core.calls import Call, Observe
    from pullsecret.core.commands import Command
    from pullsecret.kube.client import ClusterClient
    from pullsecret.kube.config import ClusterConfig
    from pullsecret.registry.client import RegistryClient

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RegistryOptions:
    """How to speak to registries.

    Attributes:
        ca_file: certificates of authorities to trust besides the system's.
        plain_http: speak plain HTTP with the registries that the command names.
        plain_hosts: speak plain HTTP with these, where a command finds registries by itself.
        ca_pem: certificates of authorities as a policy holds them; empty for none.
    """

    ca_file: str | None = None
    plain_http: bool = False
    plain_hosts: tuple[str, ...] = ()
    ca_pem: str = ""


class Session:
    """One run of one command. Operations get everything from outside through it."""

    def __init__(
        self,
        options: Globals,
        environment: Mapping[str, str],
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
        *,
        program: str = "pullsecret",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self.options, self.environment, self.program = options, environment, program
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.clock, self._sleep = clock, sleep

    @cached_property
    def out(self) -> Output:
        """Where results are printed, in the format that was asked for."""
        color = False if self.options.no_color or self.environment.get("NO_COLOR") else None
        return Output(self.stdout, self.options.output, color=color)

    def warn(self, text: str) -> None:
        """Say something on standard error; what came from elsewhere in it is shown, not obeyed."""
        print(printable(text), file=self.stderr)

    @property
    def observe(self) -> "Observe | None":
        """What is told of each request: at `-v` a line on standard error, with nothing that may be secret."""
        return self._tell if self.options.verbose else None

    def _tell(self, call: "Call") -> None:
        status = call.status or SAY["no-answer"]
        fields = {"method": call.method, "address": call.address, "status": status}
        self.warn(SAY["call"].format(**fields, ms=round(call.seconds * 1000)))

    def program_words(self, command: "Command") -> str:
        """Give a command for copying, under the name that this program was called by."""
        text = command.shell
        return self.program + text.removeprefix("pullsecret") if text.startswith("pullsecret ") else text

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run asynchronous work to its end; Ctrl-C cancels it cleanly, and at once."""
        import asyncio  # 20 ms, which what asks nobody does not pay

        async def woken() -> T:
            loop = asyncio.get_running_loop()
            with signals_told() as told:
                loop.add_reader(told, os.read, told, 4096)
                try:
                    return await work
                finally:
                    loop.remove_reader(told)

        return asyncio.run(woken())

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        """Wait some seconds."""
        import asyncio

        return self._sleep or asyncio.sleep

    @cached_property
    def cluster_config(self) -> "ClusterConfig":
        """The cluster that the kubeconfig and the options name, not yet spoken to."""
        from pullsecret.kube.config import load
        from pullsecret.kube.durations import parse_timeout

        options = self.options
        timeout = parse_timeout(options.request_timeout) if options.request_timeout is not None else None
        return load(
            self.environment,
            kubeconfig=options.kubeconfig,
            context=options.context,
            namespace=options.namespace,
            as_user=options.as_user,
            as_groups=options.as_groups,
            request_timeout=timeout,
        )

    @property
    def namespace(self) -> str:
        """The namespace to work in: `-n`, else the context's."""
        return self.options.namespace or self.cluster_config.namespace

    @property
    def scope(self) -> str:
        """The namespace to list in; empty for all of them."""
        return "" if self.options.all_namespaces else self.namespace

    @asynccontextmanager
    async def cluster(self) -> "AsyncIterator[ClusterClient]":
        """Open the cluster."""
        from pullsecret.kube.client import ClusterClient

        async with ClusterClient(self.cluster_config, observe=self.observe) as client:
            yield client

    @asynccontextmanager
    async def registries(
        self, how: RegistryOptions, named: Collection[str] = ()
    ) -> "AsyncIterator[RegistryClient]":
        """Open the registries; `--plain-http` holds for those that the command named."""
        from pullsecret.core.realms import RealmPolicy
        from pullsecret.registry.client import RegistryClient

        async with RegistryClient(
            ca_file=how.ca_file,
            ca_pem=how.ca_pem,
            plain_http=frozenset({*how.plain_hosts, *(named if how.plain_http else ())}),
            environment=self.environment,
            policy=RealmPolicy.cli(),
            observe=self.observe,
        ) as client:
            yield client

    @property
    def interactive(self) -> bool:
        """Whether somebody sits at a terminal and can be asked."""
        return self.stdin.isatty() and self.stderr.isatty()
