"""Add registries to a pull Secret, or take one out; in place, the other entries untouched."""

from pullsecret.app.outcome import Change
from pullsecret.app.ports import Cluster
from pullsecret.app.secrets import change_config
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import UsageError


async def add(
    cluster: Cluster,
    name: str,
    namespace: str,
    more: DockerConfig,
    *,
    replace: bool = False,
    dry_run: bool = False,
) -> Change:
    """Add entries to an existing pull Secret.

    Raises:
        UsageError: an entry is there with another credential, and `replace` was not asked for.
    """

    def merge(have: DockerConfig) -> DockerConfig:
        differing = [
            key
            for key, entry in more.entries.items()
            if key in have.entries and have.entries[key] != entry and have.entries[key].has_credential
        ]
        if differing and not replace:
            raise UsageError(
                f"Secret {name!r} in namespace {namespace!r} differs in {', '.join(differing)}",
                hint="--replace puts the new one in its place",
            )
        return have.merged(more)

    return await change_config(cluster, name, namespace, merge, dry_run=dry_run)


async def remove(cluster: Cluster, name: str, namespace: str, host: str, *, dry_run: bool = False) -> Change:
    """Take one registry's entries out of a pull Secret.

    Raises:
        UsageError: it is not in there, or is the last one: an empty pull Secret is of no use to anybody.
    """

    def drop(have: DockerConfig) -> DockerConfig:
        rest = have.without(host)
        if not rest.entries:
            raise UsageError(
                f"{host} is the only registry in Secret {name!r}; nothing was changed",
                hint=f"`delete {name}` detaches and deletes it",
            )
        return rest

    return await change_config(cluster, name, namespace, drop, dry_run=dry_run)
