"""`sandbox up`: serve the imitation cluster and its registry on loopback, until Ctrl-C."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.parser import Command, option
from pullsecret.cli.session import Session
from pullsecret.cli.words import SANDBOX
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.sandbox.world import Sandbox


FASTEST = 1000


@dataclass(frozen=True, slots=True)
class SandboxUp:
    """Serve a sandbox."""

    action: str = "up"
    write_kubeconfig: str | None = None
    port: int = 0
    speed: float = 1.0

    def run(self, session: Session) -> int:
        """Serve until somebody ends it; that is no error."""
        with tempfile.TemporaryDirectory(prefix="pullsecret-sandbox-") as folder:
            path = Path(self.write_kubeconfig or Path(folder, "kubeconfig")).absolute()
            if path.exists() or path.is_symlink():  # it may lead to somebody's real clusters
                raise UsageError(f"{path} is there already, and is left as it is", hint="name a new file")
            try:
                session.run(self._serve(session, path))
            except KeyboardInterrupt:
                pass
            finally:
                path.unlink(missing_ok=True)
        return 0

    async def _serve(self, session: Session, kubeconfig: Path) -> None:
        import asyncio
        import signal

        from pullsecret.cli.sandboxes import kubelet_client
        from pullsecret.sandbox.world import Sandbox

        async with Sandbox(puller=kubelet_client, port=self.port, speed=self.speed) as sandbox:
            ended = asyncio.Event()  # heeded before anybody is told of what would stay otherwise
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
            sandbox.kubeconfig(kubeconfig)
            _explain(session, sandbox, kubeconfig)
            await ended.wait()


def _explain(session: Session, sandbox: "Sandbox", kubeconfig: Path) -> None:
    registry = sandbox.registries["private"]
    user = registry.spec.users[0]
    words = {
        "url": sandbox.url,
        "kubeconfig": str(kubeconfig),
        "registry": registry.host,
        "username": user.name,
        "password": user.password.reveal(),  # made up, the same in every sandbox, and of use nowhere else
        "image": f"{registry.host}/lnmp/nginx:v2",
    }
    if session.out.for_people or session.out.form == "name":
        for line in SANDBOX.format(**words).splitlines():
            session.out.line(line)
    else:
        session.out.report("Sandbox", words)
    session.stdout.flush()


def _parse(speed: float, **params: Any) -> SandboxUp:
    if not 0 < speed <= FASTEST:  # which is not true of nan either
        raise UsageError(f"--speed is a number above 0, {FASTEST} at most")
    return SandboxUp(speed=speed, **params)


command = Command(
    "sandbox",
    _parse,
    [
        click.Argument(["action"], type=click.Choice(("up",)), metavar="up"),
        option("--write-kubeconfig", metavar="FILE"),
        option("--port", type=click.IntRange(0, 65535), default=0),
        option("--speed", type=float, default=1.0),
    ],
)
