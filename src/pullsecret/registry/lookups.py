"""Names are looked up in threads, and one whose server never answers keeps its thread for half a minute."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult


class OwnThreads(AbstractResolver):
    """Finds addresses by name, as the system does, in a few threads of its own.

    The event loop's threads, which are few on a small machine, are shared by all: who names hosts without end
    that nobody answers for would keep everybody else from finding theirs.
    """

    def __init__(self, count: int) -> None:
        """Look up so many names at once; no thread yet."""
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Find the addresses of a host.

        Raises:
            OSError: there are none, or nobody knows.
        """
        look_up = partial(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(
                hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=numeric
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Begin no look-up any more; those under way are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
