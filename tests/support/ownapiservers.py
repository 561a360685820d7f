"""A second API server over the cluster's own storage, which a test may kill and start again.

What several API servers share is in etcd, so one of them may go while the others serve: the cluster's own
goes on, and notices nothing. It is started with the words of the one that runs, but for its port and folder.
"""

import asyncio
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import yaml

from support.faultproxies import upstream_of
from support.operators import free_port

PATIENCE = 90.0
_OWN = ("--secure-port", "--cert-dir")


class OwnApiServer:
    """One API server of a test's own.

    Attributes:
        kubeconfig: by which it is reached, as the one that was given reaches the cluster's.
    """

    def __init__(self, command: list[str], kubeconfig: str, folder: Path) -> None:
        port = free_port()
        self._command = [*command, f"--secure-port={port}", f"--cert-dir={folder / 'apiserver'}"]
        self._log = folder / "apiserver.log"
        self._process: asyncio.subprocess.Process | None = None
        read = yaml.safe_load(Path(kubeconfig).read_text())
        for cluster in read["clusters"]:
            cluster["cluster"]["server"] = f"https://127.0.0.1:{port}"
        path = folder / "own-apiserver.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(read))
        self.kubeconfig = str(path)

    async def start(self) -> None:
        """Start it, and wait until it is ready. It ends with us, however we end."""
        with self._log.open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                "setpriv", "--pdeathsig", "KILL", *self._command,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        server, tls = upstream_of(self.kubeconfig)
        async with asyncio.timeout(PATIENCE):
            while not await _is_ready(server, tls):
                assert self._process.returncode is None, self._log.read_text()[-3000:]
                await asyncio.sleep(0.2)  # it tells nobody

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


async def _is_ready(server: str, tls: ssl.SSLContext | bool) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{server}/readyz", ssl=tls) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


@asynccontextmanager
async def own_api_server(kubeconfig: str, folder: Path) -> AsyncIterator[OwnApiServer | None]:
    """Give one that serves; None where the cluster's own is not a process of this machine, as on kind."""
    command = _command_of(urlsplit(upstream_of(kubeconfig)[0]).port)
    if not command:
        yield None
        return
    made = OwnApiServer(command, kubeconfig, folder)
    try:
        await made.start()
        yield made
    finally:
        await made.kill()


def _command_of(port: int | None) -> list[str]:
    """Give the words that the API server at a port of this machine was started with, but for its own ones."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")[:-1]
        except OSError:
            continue  # it ended meanwhile
        if words and Path(words[0]).name == "kube-apiserver" and f"--secure-port={port}" in words:
            return [word for word in words if not word.startswith(_OWN)]
    return []
