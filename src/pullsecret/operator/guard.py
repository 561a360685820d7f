"""A cluster that is written to only by the leader, whose writes are known as ours, and that is heeded."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from pullsecret.app.ports import Cluster, Keep, Patch
from pullsecret.core.errors import ApiError, ClusterError
from pullsecret.core.objects import Kind, Object, name_of, resource_version_of
from pullsecret.operator.election import Leadership
from pullsecret.operator.world import World


class NotLeading(ClusterError):
    """Another replica leads, or may by now: nothing was sent, or its answer was not waited for."""


class GuardedCluster:
    """A `Cluster` that asks before each write whether we still lead, and takes note of what was written."""

    def __init__(
        self, cluster: Cluster, leadership: Leadership, world: World,
        throttle: Callable[[float], None] = lambda _seconds: None,
    ) -> None:  # fmt: skip
        """Guard a cluster.

        Args:
            cluster: what is read and written; it repeats nothing by itself.
            leadership: whether we lead.
            world: takes note of what was written.
            throttle: told for how many seconds the API server wants to be asked less, whenever it says so.
        """
        self._cluster, self._leadership, self._world = cluster, leadership, world
        self._throttle = throttle

    async def get(self, kind: Kind, name: str, *, namespace: str = "") -> Object:
        """Read one object."""
        with self._heeding():
            return await self._cluster.get(kind, name, namespace=namespace)

    async def list(
        self, kind: Kind, *, namespace: str = "", label_selector: str = "", field_selector: str = "",
        metadata_only: bool = False, keep: Keep | None = None,
    ) -> list[Object]:  # fmt: skip
        """Read all objects that the selectors choose."""
        with self._heeding():
            return await self._cluster.list(
                kind,
                namespace=namespace,
                label_selector=label_selector,
                field_selector=field_selector,
                metadata_only=metadata_only,
                keep=keep,
            )

    async def create(self, kind: Kind, obj: Object, *, namespace: str = "", dry_run: bool = False) -> Object:
        """Create an object, while we lead."""
        with self._world.writing(kind, namespace, name_of(obj)) as written:
            async with self._leading():
                return written(await self._cluster.create(kind, obj, namespace=namespace, dry_run=dry_run))

    async def patch(
        self, kind: Kind, name: str, patch: Patch, *, patch_type: str, namespace: str = "",
        dry_run: bool = False, subresource: str = "",
    ) -> Object:  # fmt: skip
        """Change an object, while we lead."""
        based_on = resource_version_of(patch) if isinstance(patch, dict) else ""
        with self._world.writing(kind, namespace, name, based_on) as written:
            async with self._leading():
                return written(await self._cluster.patch(
                    kind, name, patch, patch_type=patch_type, namespace=namespace, dry_run=dry_run,
                    subresource=subresource,
                ))  # fmt: skip

    async def delete(
        self, kind: Kind, name: str, *, namespace: str = "", uid: str = "", resource_version: str = "",
        dry_run: bool = False,
    ) -> None:  # fmt: skip
        """Delete an object, while we lead."""
        with self._world.writing(kind, namespace, name):
            async with self._leading():
                await self._cluster.delete(
                    kind, name, namespace=namespace, uid=uid, resource_version=resource_version,
                    dry_run=dry_run,
                )  # fmt: skip
            self._world.deleted(kind, namespace, name, uid)

    async def evict(self, name: str, *, namespace: str, uid: str = "", resource_version: str = "") -> None:
        """Evict a Pod, while we lead."""
        async with self._leading():
            await self._cluster.evict(name, namespace=namespace, uid=uid, resource_version=resource_version)

    @asynccontextmanager
    async def _leading(self) -> AsyncIterator[None]:
        """Write only while we lead, and wait for the answer only while nobody else can.

        A create is the one write that no resource version refuses when it comes late: another leader may
        have let the policy go by then, and nobody would ever look for its copy.
        """
        if not self._leadership.may_write():
            raise NotLeading("another replica leads, or may by now; nothing was written")
        try:
            async with self._leadership.awaiting():
                with self._heeding():
                    yield
        except TimeoutError:
            raise NotLeading("another replica may lead by now; what was being written was given up") from None

    @contextmanager
    def _heeding(self) -> Iterator[None]:
        try:
            yield
        except ApiError as error:
            if error.asks_to_wait is not None:
                self._throttle(error.asks_to_wait)
            raise
