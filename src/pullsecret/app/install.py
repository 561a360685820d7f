"""Put the operator's manifests into a cluster, and again when they have changed."""

import asyncio
from collections.abc import Iterable, Sequence

from pullsecret.app.finding import find
from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster, PatchType
from pullsecret.app.secrets import TRIES, busy
from pullsecret.core.errors import AlreadyExists, Conflict, Forbidden, NotFound
from pullsecret.core.installation import (
    Installation,
    definitions,
    manifests,
    namespace_of_installation,
)
from pullsecret.core.installation.difference import (
    HELM_RELEASE,
    PART_OF,
    difference,
    is_of_installation,
    refuse_foreign,
)
from pullsecret.core.installation.kinds import INSTALLED, installed_kind
from pullsecret.core.installation.options import NAME
from pullsecret.core.objects import (
    NAMESPACE,
    Kind,
    Object,
    annotations_of,
    name_of,
    namespace_of,
    uid_of,
)
from pullsecret.core.policy.schema import DEFINITION


async def install(
    cluster: Cluster, wanted: Installation, *, with_definitions: bool = True, definitions_only: bool = False
) -> Outcome:
    """Make the cluster hold the manifests: new ones, changed ones; and take away what is no longer wanted.

    Every object is tried by the server before the first is written, so that a refusal leaves everything as
    it was (but for the namespace, without which nothing in it can be tried).

    Raises:
        UsageError: an object of the same name is somebody else's; nothing was changed.
        ClusterError: the cluster refused.
    """
    outcome = Outcome()
    parts = [] if definitions_only else manifests(wanted)
    defined = [(DEFINITION, obj) for obj in definitions(wanted)] if with_definitions else []
    everything = [*defined, *_with_kinds(parts)]
    for kind, obj in everything:
        await _look(cluster, kind, obj, wanted.name)
    with outcome.until_it_fails():
        if parts:
            outcome.changes += await _namespace(cluster, wanted)
        for kind, obj in everything:
            await _put(cluster, kind, obj, wanted.name, dry_run=True)
        for kind, obj in everything:
            outcome.changes.append(await _put(cluster, kind, obj, wanted.name))
        if parts:
            outcome.changes += await _prune(cluster, wanted, parts)
    return outcome


async def objects_of(cluster: Cluster, name: str, namespaces: Sequence[str]) -> list[tuple[Kind, Object]]:
    """Find the objects of the installation of this name, in the order in which they are taken away.

    Args:
        cluster: where.
        name: of the installation.
        namespaces: where to look if we may not look everywhere. A kind that this cluster does not serve, or
            that we may not list, counts as empty.
    """

    async def read(kind: Kind, *where: str) -> list[Object]:
        found: list[Object] = []
        for namespace in where:
            try:
                found += await cluster.list(kind, namespace=namespace, label_selector=f"{PART_OF}={NAME}")
            except NotFound:
                continue
            except Forbidden:
                if not namespace and kind.namespaced:
                    return await read(kind, *namespaces)
        return found

    found = zip(INSTALLED, await asyncio.gather(*(read(kind, "") for kind in INSTALLED)), strict=True)
    ours = [(kind, obj) for kind, objs in found for obj in objs if is_of_installation(obj, name)]
    return list({uid_of(obj): (kind, obj) for kind, obj in ours}.values())


async def remove(cluster: Cluster, objects: Iterable[tuple[Kind, Object]]) -> list[Change]:
    """Delete objects, if they still are those that were seen."""
    changes = []
    for kind, obj in objects:
        where = namespace_of(obj)
        try:
            await cluster.delete(kind, name_of(obj), namespace=where, uid=uid_of(obj))
        except NotFound:
            continue
        changes.append(Change(_ref(kind, obj), where, Action.DELETED))
    return changes


def _with_kinds(objs: Sequence[Object]) -> list[tuple[Kind, Object]]:
    return [(installed_kind(obj), obj) for obj in objs]


async def _namespace(cluster: Cluster, wanted: Installation) -> list[Change]:
    if await find(cluster, NAMESPACE, wanted.namespace) is not None:
        return []
    try:
        await cluster.create(NAMESPACE, namespace_of_installation(wanted))
    except AlreadyExists:
        return []
    return [Change(f"namespace/{wanted.namespace}", "", Action.CREATED)]


async def _look(cluster: Cluster, kind: Kind, obj: Object, name: str) -> Object | None:
    """Read what is there; a definition is ours by its group, whoever made it."""
    live = await find(cluster, kind, name_of(obj), namespace_of(obj))
    if live is not None and kind != DEFINITION:
        refuse_foreign(live, name)
    return live


async def _put(cluster: Cluster, kind: Kind, wanted: Object, name: str, *, dry_run: bool = False) -> Change:
    """Create or change one object; anew when somebody else was quicker."""
    where = namespace_of(wanted)

    def told(action: Action) -> Change:
        return Change(_ref(kind, wanted), where, action)

    for _ in range(TRIES):
        live = await _look(cluster, kind, wanted, name)
        try:
            if live is None:
                await cluster.create(kind, wanted, namespace=where, dry_run=dry_run)
                return told(Action.CREATED)
            patch = difference(live, wanted)
            if patch is None:
                return told(Action.UNCHANGED)
            await cluster.patch(
                kind, name_of(wanted), patch, patch_type=PatchType.MERGE, namespace=where, dry_run=dry_run
            )
            return told(Action.CONFIGURED)
        except (AlreadyExists, Conflict):
            continue
    raise busy(_ref(kind, wanted))


async def _prune(cluster: Cluster, wanted: Installation, parts: Sequence[Object]) -> list[Change]:
    """Take away what an earlier installation had and this one has not: a webhook without a server delays."""
    kept = {(kind.kind, namespace_of(obj), name_of(obj)) for kind, obj in _with_kinds(parts)}
    stale = [
        (kind, obj)
        for kind, obj in await objects_of(cluster, wanted.name, wanted.namespaces)
        if (kind.kind, namespace_of(obj), name_of(obj)) not in kept and not _is_of_helm(obj)
    ]
    return await remove(cluster, stale)


def _is_of_helm(obj: Object) -> bool:
    return HELM_RELEASE in annotations_of(obj)


def _ref(kind: Kind, obj: Object) -> str:
    return f"{kind.singular}/{name_of(obj)}"
