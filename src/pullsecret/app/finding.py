"""Looking for one object that may not be there, and saying so in words that help."""

from collections.abc import Sequence

from pullsecret.app.ports import Cluster, Sleep
from pullsecret.core.commands import Command
from pullsecret.core.errors import ClusterError, NotFound, UsageError
from pullsecret.core.objects import NAMESPACE, SERVICE_ACCOUNT, Kind, Object

LOOKS, PAUSE = 20, 0.25
"""How often, and every how many seconds, it is looked for the ServiceAccount of a new namespace."""


async def find(cluster: Cluster, kind: Kind, name: str, namespace: str = "") -> Object | None:
    """Read one object; None where the API server says that there is none.

    Raises:
        NotFound: the 404 is none of the API server's own `Status`es: whoever answered there knows nothing
            of the object.
    """
    try:
        return await cluster.get(kind, name, namespace=namespace)
    except NotFound as error:
        if not error.reason:
            raise
        return None


async def need(cluster: Cluster, kind: Kind, name: str, namespace: str, *, hint: str = "") -> Object:
    """Read one object that the person named.

    Raises:
        UsageError: it is not there, or its namespace is not.
    """
    found = await find(cluster, kind, name, namespace)
    if found is not None:
        return found
    if not await _is_there(cluster, namespace):
        raise no_namespace(namespace)
    raise UsageError(f"there is no {kind.kind} {name!r} in namespace {namespace!r}", hint=hint)


async def need_accounts(cluster: Cluster, names: Sequence[str], namespace: str, sleep: Sleep) -> None:
    """Look that ServiceAccounts are there, before anything is written for the first of them.

    `default` is waited for: a controller makes it a moment after its namespace, and scripts are fast.

    Raises:
        UsageError: one is not there, or the namespace is not.
    """
    for name in names:
        for _ in range(LOOKS if name == "default" else 0):
            if await find(cluster, SERVICE_ACCOUNT, name, namespace) is not None:
                break
            if not await _is_there(cluster, namespace):
                raise no_namespace(namespace)
            await sleep(PAUSE)
        await need(cluster, SERVICE_ACCOUNT, name, namespace)


async def need_namespace(cluster: Cluster, namespace: str) -> None:
    """Look that a namespace is there: that nothing is wrong in one that is not would be a false word.

    Raises:
        UsageError: it is not there.
    """
    if namespace and not await _is_there(cluster, namespace):
        raise no_namespace(namespace)


def no_namespace(namespace: str) -> UsageError:
    """Make the error for a namespace that is not there."""
    command = Command(("kubectl", "create", "namespace", namespace))
    return UsageError(
        f"there is no namespace {namespace!r}", hint=f"name another with -n, or make it: {command}"
    )


async def _is_there(cluster: Cluster, namespace: str) -> bool:
    """Whether a namespace is there; where we may not look, it is taken to be."""
    try:
        return await find(cluster, NAMESPACE, namespace) is not None
    except ClusterError:
        return True
