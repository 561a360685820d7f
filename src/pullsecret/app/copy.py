"""Copy a pull Secret to other namespaces, once."""

from collections.abc import Sequence

from pullsecret.app.create import CreateRequest, put_secret
from pullsecret.app.outcome import Action, Change, Outcome
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
    outcome = Outcome()
    for target in dict.fromkeys(to):
        request = CreateRequest(name, target, config, replace=replace, dry_run=dry_run)
        try:
            change, _ = await put_secret(request, cluster)
            outcome.changes.append(change)
        except PullSecretError as error:
            reason = f"{error.message}; {error.hint}" if error.hint else error.message
            outcome.changes.append(Change(f"secret/{name}", target, Action.FAILED, reason))
    return outcome
