"""Reading several kinds at once, as far as the cluster serves and allows them."""

import asyncio
from collections.abc import Iterable, Sequence

from pullsecret.app.ports import Cluster, Keep
from pullsecret.core.errors import Forbidden, NotFound
from pullsecret.core.objects import SECRET, Kind, Object
from pullsecret.core.pullsecrets import KEYS


async def list_kinds(
    cluster: Cluster, kinds: Sequence[Kind], namespace: str, *, keep: Keep | None = None
) -> tuple[dict[Kind, list[Object]], tuple[Kind, ...]]:
    """List objects of several kinds in one namespace, or in all when it is empty; of them what `keep` wants.

    Returns:
        The objects by kind, empty for a kind that this cluster does not serve; and the kinds that RBAC
        keeps from us, which are empty among the objects too.
    """

    async def read(kind: Kind) -> list[Object] | None:
        try:
            return await cluster.list(kind, namespace=namespace, keep=keep)
        except Forbidden:
            return None
        except NotFound:  # an older server: batch/v1 has CronJobs from 1.21 on
            return []

    answers = dict(zip(kinds, await asyncio.gather(*(read(kind) for kind in kinds)), strict=True))
    unreadable = tuple(kind for kind, answer in answers.items() if answer is None)
    return {kind: answer or [] for kind, answer in answers.items()}, unreadable


async def get_several(
    cluster: Cluster, kind: Kind, keys: Iterable[tuple[str, str]]
) -> tuple[dict[tuple[str, str], Object | None], frozenset[tuple[str, str]]]:
    """Read objects by namespace and name, all at once.

    Returns:
        Each object, None for one that is not there; and the keys that RBAC keeps from us.
    """
    forbidden: set[tuple[str, str]] = set()

    async def read(key: tuple[str, str]) -> Object | None:
        namespace, name = key
        try:
            return await cluster.get(kind, name, namespace=namespace)
        except NotFound:
            return None
        except Forbidden:
            forbidden.add(key)
            return None

    wanted = list(dict.fromkeys(keys))
    answers = await asyncio.gather(*(read(key) for key in wanted))
    found = {key: answer for key, answer in zip(wanted, answers, strict=True) if key not in forbidden}
    return found, frozenset(forbidden)


async def pull_secrets(cluster: Cluster, namespace: str) -> list[Object]:
    """Read the pull Secrets of a namespace, whoever names them; none where RBAC keeps them from us."""
    try:
        return [
            obj
            for kind in KEYS
            for obj in await cluster.list(SECRET, namespace=namespace, field_selector=f"type={kind}")
        ]
    except Forbidden:
        return []
