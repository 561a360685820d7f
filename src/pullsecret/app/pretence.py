"""A cluster that is read, and written to as a dry run only: what a command would do is what it does there."""

from dataclasses import dataclass, field

from pullsecret.app.ports import Cluster, Keep, Patch
from pullsecret.core.errors import NotFound
from pullsecret.core.objects import NAMESPACE, Kind, Object, name_of, namespace_of


@dataclass(slots=True)
class Pretended:
    """Has the server try every write and keep none; what was deleted is not there any more, all the same.

    What would be made in a namespace that would be made is not tried: the server does not know that.

    Attributes:
        cluster: the real one.
        without: kinds of which there is nothing: what controllers would take away.
    """

    cluster: Cluster
    without: tuple[Kind, ...] = ()
    _gone: set[tuple[Kind, str, str]] = field(default_factory=set)
    _made: set[str] = field(default_factory=set)

    async def get(self, kind: Kind, name: str, *, namespace: str = "") -> Object:
        """Read one object."""
        if (kind, namespace, name) in self._gone:
            raise NotFound(f"{kind.singular} {name!r} would be gone", status=404, reason="NotFound")
        return await self.cluster.get(kind, name, namespace=namespace)

    async def list(
        self, kind: Kind, *, namespace: str = "", label_selector: str = "", field_selector: str = "",
        metadata_only: bool = False, keep: Keep | None = None,
    ) -> list[Object]:  # fmt: skip
        """Read all objects."""
        if kind in self.without:
            return []
        found = await self.cluster.list(
            kind,
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            metadata_only=metadata_only,
            keep=keep,
        )
        return [obj for obj in found if (kind, namespace_of(obj), name_of(obj)) not in self._gone]

    async def create(self, kind: Kind, obj: Object, *, namespace: str = "", dry_run: bool = True) -> Object:
        """Have it tried."""
        if namespace in self._made:
            return obj
        made = await self.cluster.create(kind, obj, namespace=namespace, dry_run=True)
        self._made |= {name_of(obj)} if kind == NAMESPACE else set()
        return made

    async def patch(
        self, kind: Kind, name: str, patch: Patch, *, patch_type: str, namespace: str = "",
        dry_run: bool = True, subresource: str = "",
    ) -> Object:  # fmt: skip
        """Have it tried."""
        return await self.cluster.patch(
            kind,
            name,
            patch,
            patch_type=patch_type,
            namespace=namespace,
            dry_run=True,
            subresource=subresource,
        )

    async def delete(
        self, kind: Kind, name: str, *, namespace: str = "", uid: str = "", resource_version: str = "",
        dry_run: bool = True,
    ) -> None:  # fmt: skip
        """Have it tried, and hide it from now on."""
        await self.cluster.delete(
            kind, name, namespace=namespace, uid=uid, resource_version=resource_version, dry_run=True
        )
        self._gone.add((kind, namespace, name))

    async def evict(self, name: str, *, namespace: str, uid: str = "", resource_version: str = "") -> None:
        """Leave it where it is: a server tries no eviction."""
