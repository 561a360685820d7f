"""Registries that are none: they note who comes, and what he brings."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from aiohttp import web


class Witness:
    """One server that notes every request.

    Attributes:
        host: the address and port that it is reached at.
        connections: how often it was connected to, whatever came then.
        seen: path and `Authorization` header (or empty) of each request.
    """

    def __init__(self, realm: str = "", redirect: str = "") -> None:
        self._realm, self._redirect = realm, redirect
        self.host = ""
        self.connections = 0
        self.seen: list[tuple[str, str]] = []

    @property
    def logins(self) -> list[str]:
        """The headers that carry a credential."""
        return [header for _, header in self.seen if header]

    async def answer(self, request: web.Request) -> web.Response:
        """Ask for a login, at another place where it is told so."""
        header = request.headers.get("Authorization", "")
        body = await request.text()
        self.seen.append((request.path_qs, header or body))
        if self._redirect:
            return web.Response(status=307, headers={"Location": f"http://{self._redirect}{request.path_qs}"})
        if self._realm:
            challenge = f'Bearer realm="{self._realm}",service="registry"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        if header:
            return web.json_response({})
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="registry"'})


@asynccontextmanager
async def witnesses(address: str, *all_of_them: Witness) -> AsyncIterator[None]:
    """Let some of them serve at an address, each on a free port."""
    async with AsyncExitStack() as stack:
        for witness in all_of_them:
            await _serve(stack, address, witness)
        yield


async def _serve(stack: AsyncExitStack, address: str, witness: Witness) -> None:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", witness.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)

    def connected() -> asyncio.BaseProtocol:
        witness.connections += 1
        assert runner.server is not None
        return runner.server()

    server = await asyncio.get_running_loop().create_server(connected, address, 0)
    stack.callback(server.close)
    witness.host = f"{address}:{server.sockets[0].getsockname()[1]}"


@contextmanager
def address_of_our_own(address: str) -> Iterator[None]:
    """Give this machine one address more, on loopback, and take it away again; needs root.

    Raises:
        PermissionError: we may not.
    """
    words = [f"{address}/32", "dev", "lo"]
    done = subprocess.run(
        ["ip", "addr", "replace", *words], capture_output=True, text=True, check=False, timeout=10
    )
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["ip", "addr", "del", *words], check=True, timeout=10)


def own_address() -> str:
    """Give an address of this machine that is not loopback; empty when there is none.

    The address that it would be reached from, by the routes there are: nothing is sent.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.1", 9))
        except OSError:
            return ""
        address = str(probe.getsockname()[0])
    return "" if address.startswith(("127.", "169.254.")) else address
