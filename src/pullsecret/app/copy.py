"""Copy a pull Secret to other namespaces, once."""

from collections.abc import Sequence

from pullsecret.app.create import CreateRequest, put_secret
from pullsecret.app.outcome import Outcome
from pullsecret.app.ports import Cluster
from pullsecret.app.secrets import config_of, read_secret
from pullsecret.core.errors import PullSecretError, UsageError
from pullsecret.core.pullsecrets import KEYS, Secret


async def copy(
    cluster: Cluster,
    name: str,
    namespace: str,
    to: Sequence[str],
    *,
    replace: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Copy what a pull Secret holds; one namespace that refuses does not stop the others.

    Only the credentials go along: no labels or annotations, which say things of the original alone.
    """
    if namespace in to:
        raise UsageError(f"namespace {namespace!r} is where the Secret is copied from")
    secret = Secret.from_manifest(await read_secret(cluster, name, namespace))
    if secret.type not in KEYS:
        raise UsageError(
            f"Secret {name!r} in namespace {namespace!r} is of type {secret.type}, not a pull Secret"
        )
    config = config_of(secret)
    if not any(entry.has_credential for entry in config.entries.values()):
        raise UsageError(
            f"Secret {name!r} in namespace {namespace!r} holds no credential: a copy would help nobody",
            hint=f"`show {name}` says what it holds",
        )
    outcome = Outcome()
    for target in dict.fromkeys(to):
        request = CreateRequest(name, target, config, replace=replace, dry_run=dry_run)
        try:
            change, _ = await put_secret(request, cluster)
        except PullSecretError as error:
            outcome.fail(f"secret/{name}", target, error)
        else:
            outcome.changes.append(change)
    return outcome
