"""A sandbox beside the commands that use it: it runs in a thread, so that they run as they always do."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, Self, TypeVar

from pullsecret.registry.client import RegistryClient
from pullsecret.sandbox.registry_server import RegistrySpec
from pullsecret.sandbox.world import Sandbox

T = TypeVar("T")


def kubelet_client(ca_file: str | None) -> RegistryClient:
    """Make what the sandbox's kubelet asks registries with; proxies are not for loopback."""
    return RegistryClient(ca_file=ca_file, environment={})


class SandboxThread:
    """A sandbox on an event loop of its own; `do` runs a coroutine there."""

    def __init__(self, *, registries: Iterable[RegistrySpec] = (RegistrySpec(),), speed: float = 1.0) -> None:
        self.sandbox = Sandbox(puller=kubelet_client, registries=registries, speed=speed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox")

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self.do(self.sandbox.__aenter__())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.do(self.sandbox.__aexit__(kind, error, trace))
        finally:
            self._stop()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine beside the sandbox, and give what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
