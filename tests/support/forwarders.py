"""One address before several replicas, as a Service is: each connection goes to the first that takes it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress


class Forwarder:
    """What passes bytes on, of which it understands none.

    Attributes:
        ports: of the replicas on this machine, the one to be tried first in front.
        broken: connections on which a replica went while it was asked something: the call has no answer.
    """

    def __init__(self, ports: Sequence[int], target: str) -> None:
        self.ports, self._target = list(ports), target
        self.broken = 0
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serve(self, host: str, port: int) -> AsyncIterator["Forwarder"]:
        """Listen at an address."""
        server = await asyncio.start_server(self._connected, host, port)
        try:
            yield self
        finally:
            server.close()
            for task in list(self._connections):
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(asyncio.CancelledError):
                await self._pass_on(reader, writer)
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in self.ports:
            with suppress(OSError):
                replica = await asyncio.open_connection(self._target, port)
                break
        else:
            return
        await _Connection(self).run((reader, writer), replica)


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    """One connection, both ways.

    Whoever spoke last tells whether a call is under way: the replica speaks last when it has answered.
    """

    def __init__(self, owner: Forwarder) -> None:
        self._owner, self._asked = owner, False

    async def run(self, client: Ends, replica: Ends) -> None:
        """Pass bytes on until one of them ends it."""
        ways = [
            asyncio.create_task(self._one_way(client[0], replica[1], asking=True)),
            asyncio.create_task(self._one_way(replica[0], client[1], asking=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if ways[1].done() and self._asked:
                self._owner.broken += 1
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            replica[1].transport.abort()

    async def _one_way(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asking: bool
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                self._asked = asking
                writer.write(data)
                await writer.drain()
