"""The whole sandbox: an API server, a node, controllers and private registries, in one process on loopback.

It is an imitation, for trying and testing, and keeps everything in memory; the real thing is Kubernetes.
"""

import asyncio
import base64
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import NAMESPACE, NODE, Kind, Object
from pullsecret.sandbox.api import Api
from pullsecret.sandbox.certificates import Authority
from pullsecret.sandbox.controllers import ControllerManager
from pullsecret.sandbox.inprocess import InProcessCluster
from pullsecret.sandbox.kubelet import Kubelet
from pullsecret.sandbox.node import NODE_NAME, node_object
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.pulls import ImageManager, Puller
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.registry_server import RegistryServer, RegistrySpec
from pullsecret.sandbox.server import ApiServer
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.upkeep import Upkeep
from pullsecret.sandbox.values import timestamp

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
CONTEXT = "pullsecret-sandbox"
PullerFactory = Callable[[str | None], AbstractAsyncContextManager[Puller]]
T = TypeVar("T")


class Sandbox:
    """One sandbox; an async context manager, and gone without a trace when left.

    Attributes:
        store: everything in the cluster.
        cluster: the cluster for use cases (fits `app.ports.Cluster`), without sockets.
        registries: the running registries by their names.
        url: where the API server listens.
        ca_file: the file with the sandbox's certificate authority; None when nothing speaks TLS.
        images: the node's images; `images.cache.clear()` makes it pull all anew.
    """

    def __init__(
        self,
        *,
        puller: PullerFactory,
        speed: float = 1.0,
        registries: Iterable[RegistrySpec] = (RegistrySpec(),),
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
    ) -> None:
        """Plan a sandbox.

        Args:
            puller: makes what asks registries, anew for each pull; given `ca_file`.
            speed: how many times faster than in a real cluster the node's and controllers' waits pass.
            registries: the registries to run; their names must differ.
            host: the loopback address that the API server listens on.
            port: its port; 0 for any free one.
            tls: whether it speaks TLS.
        """
        self._pace = Pace.sped_up(speed)
        self._puller, self._host, self._port, self._tls = puller, host, port, tls
        specs = tuple(registries)
        self._authority: Authority | None = None
        if tls or any(spec.tls for spec in specs):
            self._authority = Authority.create(self._pace.now())
        self.registries = {spec.name: RegistryServer(spec, self._authority, self._pace.now) for spec in specs}
        self.store = Store(clock=self._pace.now, new_uid=lambda: str(uuid4()))
        api = Api(self.store, clock=self._pace.now)
        self.cluster = InProcessCluster(api)
        tls_context = self._authority.server_context([host]) if self._authority and tls else None
        self._server = ApiServer(api, host=host, port=port, tls=tls_context)
        recorder = Recorder(self.store, self._pace, "kubelet", NODE_NAME)
        self.images = ImageManager(self.store, self._pace, recorder, lambda: puller(self.ca_file))
        self._kubelet = Kubelet(self.store, self._pace, self.images, recorder, NODE_NAME)
        self._stack = AsyncExitStack()
        self.ca_file: str | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            if self._authority:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pullsecret-sandbox-"))
                self.ca_file = _written(Path(folder, "ca.crt"), self._authority.certificate_pem)
            for registry in self.registries.values():
                await stack.enter_async_context(registry)
            self._furnish()
            controllers = ControllerManager(self.store, self._pace)
            self._kubelet.start()
            stack.push_async_callback(self._kubelet.close)
            controllers.start()
            stack.push_async_callback(controllers.close)
            await stack.enter_async_context(self._server)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return self._server.url

    def kubeconfig(self, path: str | os.PathLike[str], *, namespace: str = "default") -> None:
        """Write a kubeconfig for this sandbox, for its owner's eyes only; replaces a file that is there."""
        import yaml

        cluster: dict[str, Any] = {"server": self.url}
        if self._authority and self._tls:
            pem = self._authority.certificate_pem
            cluster["certificate-authority-data"] = base64.b64encode(pem).decode()
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": cluster}],
            # Any token will do; without one kubectl would ask for a user name.
            "users": [{"name": CONTEXT, "user": {"token": "sandbox"}}],
            "contexts": [
                {"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT, "namespace": namespace}}
            ],
            "current-context": CONTEXT,
        }
        target = Path(path)
        target.unlink(missing_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            yaml.safe_dump(content, file, sort_keys=False)

    async def wait_until(self, condition: Callable[[], T], *, within: float = 30.0, what: str = "") -> T:
        """Wait until a condition gives something true, looking again after each change in the cluster.

        Args:
            condition: looks at the sandbox.
            within: seconds by everybody's clock, whatever the sandbox's speed.
            what: names what is waited for in the error.

        Returns:
            What the condition gave.

        Raises:
            TimeoutError: it did not come true in time.
        """
        changed = asyncio.Event()
        unsubscribe = self.store.follow(lambda _: changed.set())
        try:
            async with asyncio.timeout(within):
                while not (found := condition()):
                    await changed.wait()
                    changed.clear()
                return found
        except TimeoutError:
            raise TimeoutError(f"waited {within:g} seconds in vain for {what or 'a condition'}") from None
        finally:
            unsubscribe()

    async def wait_for(
        self,
        kind: Kind,
        name: str = "",
        *,
        namespace: str = "",
        predicate: Callable[[Object], bool] = lambda _: True,
        within: float = 30.0,
    ) -> Object:
        """Wait for an object that fits, and give it.

        Args:
            kind: its kind.
            name: its name; empty for any object of the kind.
            namespace: its namespace; empty for any.
            predicate: what must be true of it.
            within: seconds by everybody's clock, whatever the sandbox's speed.

        Raises:
            TimeoutError: none came in time.
        """

        def fitting() -> Object | None:
            found = [self.store.get(kind, name, namespace)] if name else self.store.list(kind, namespace)
            return next(filter(predicate, found), None)

        def look() -> Object | None:
            try:
                return fitting()
            except NotFound:
                return None

        what = f"{kind.singular} {namespace}/{name}" if namespace else f"{kind.singular} {name}".strip()
        found = await self.wait_until(look, within=within, what=what)
        assert found is not None  # noqa: S101 - wait_until gives nothing else
        return found

    def _furnish(self) -> None:
        """Make what every cluster has."""
        Upkeep(self.store)
        for name in NAMESPACES:
            self.store.create(NAMESPACE, {"metadata": {"name": name}})
        self.store.create(NODE, node_object(timestamp(self._pace.now())))


def _written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)
