"""Reading and changing pull Secrets in place, conditionally, and never those of others."""

from collections.abc import Callable

from pullsecret.app.finding import need
from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster, PatchType
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import ClusterError, Conflict, InvalidInput, UsageError
from pullsecret.core.objects import SECRET, Object
from pullsecret.core.pullsecrets import KEYS, Secret, with_config

POLICY_LABEL = "pullsecret.dev/policy"
TRIES = 5
"""How often a change is planned anew after somebody else's write came in between."""


async def read_secret(cluster: Cluster, name: str, namespace: str) -> Object:
    """Read one Secret; a missing one gives an error that says where to look."""
    hint = "`list -A` shows where pull Secrets are, `create` makes one"
    return await need(cluster, SECRET, name, namespace, hint=hint)


def own(obj: Object, *, deleting: bool = False) -> Secret:
    """View a Secret that we are about to change, or to delete, which an immutable one allows.

    Raises:
        UsageError: it is no pull Secret, cannot be changed, or is a copy that a policy keeps.
    """
    secret = Secret.from_manifest(obj)
    if secret.type not in KEYS:
        raise UsageError(
            f"{named(secret)} is of type {secret.type}, not a pull Secret; it is left as it is",
            hint="`list` shows those that are",
        )
    if not deleting:
        refuse_immutable(secret)
    policy = secret.labels.get(POLICY_LABEL)
    if policy:
        raise UsageError(
            f"{named(secret)} is a copy that the policy {policy} keeps, and would be put back",
            hint=f"change its source; `rotate {secret.name}` puts a new password there",
        )
    return secret


def refuse_immutable(secret: Secret) -> None:
    """Refuse what the API server would refuse to change."""
    if secret.immutable:
        raise UsageError(f"{named(secret)} is immutable", hint="make one of another name and attach that")


def named(secret: Secret) -> str:
    """Name a Secret in a message."""
    return f"Secret {secret.name!r} in namespace {secret.namespace!r}"


def config_of(secret: Secret) -> DockerConfig:
    """Give what a pull Secret holds; one that the kubelet would refuse is not edited blindly."""
    try:
        return secret.config
    except InvalidInput as error:
        raise InvalidInput(
            f"{named(secret)} cannot be read: {error}",
            hint=f"`create {secret.name} --replace` puts good content in its place",
        ) from error


async def change_config(
    cluster: Cluster,
    name: str,
    namespace: str,
    edit: Callable[[DockerConfig], DockerConfig],
    *,
    dry_run: bool = False,
) -> Change:
    """Change what a pull Secret holds, in place: same name, same UID, everything else untouched.

    The write carries the resource version that was read; when somebody else wrote in between, the
    edit is made again on what they wrote.
    """
    for _ in range(TRIES):
        obj = await read_secret(cluster, name, namespace)
        secret = own(obj)
        before = config_of(secret)
        after = edit(before)
        if after == before:
            return Change(f"secret/{name}", namespace, Action.UNCHANGED)
        if await write_config(cluster, obj, after, dry_run=dry_run) is not None:
            return Change(f"secret/{name}", namespace, Action.CONFIGURED)
    raise busy(f"Secret {name!r} in namespace {namespace!r}")


async def write_config(
    cluster: Cluster, obj: Object, config: DockerConfig, *, dry_run: bool
) -> Object | None:
    """Put a config into a Secret and give it as it is then; None if it is not as it was read any more."""
    secret = Secret.from_manifest(obj)
    try:
        return await cluster.patch(
            SECRET,
            secret.name,
            with_config(obj, config),
            patch_type=PatchType.MERGE,
            namespace=secret.namespace,
            dry_run=dry_run,
        )
    except Conflict:
        return None


def busy(what: str) -> ClusterError:
    """Make the error for an object that others keep changing under us."""
    return ClusterError(
        f"{what} changed {TRIES} times while it was being changed; nothing was written", hint="try again"
    )
