"""Delete a pull Secret: detached first, and not while Pods, or policies, still need it."""

from pullsecret.app.detach import detach_service_account
from pullsecret.app.keepers import reader_of
from pullsecret.app.observe import list_kinds
from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster
from pullsecret.app.secrets import own, read_secret
from pullsecret.core.attachment import secret_names
from pullsecret.core.errors import Conflict, Finding, NotFound, UsageError
from pullsecret.core.objects import POD, SECRET, SERVICE_ACCOUNT, WORKLOADS, name_of, object_ref
from pullsecret.core.policy.model import SecretRef
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.secretusers import SecretUsers, pods_needing, users_by_secret


async def delete(
    cluster: Cluster, name: str, namespace: str, *, force: bool = False, dry_run: bool = False
) -> Outcome:
    """Take the name off the namespace's ServiceAccounts, then delete the Secret, if it still is that one.

    Raises:
        Finding: Pods, workloads or a policy still need it, and `force` was not given; nothing was changed.
    """
    secret = own(await read_secret(cluster, name, namespace), deleting=True)
    needing = await _needing(cluster, name, namespace)
    if needing and not force:
        raise Finding(
            f"Secret {name!r} in namespace {namespace!r} is still needed by {_some(needing)}",
            hint="--force deletes it all the same: what runs goes on, what is made again will not pull, and "
            "a policy that reads from it has nothing new to hand out",
        )
    outcome = Outcome()
    with outcome.until_it_fails():
        for account in await cluster.list(SERVICE_ACCOUNT, namespace=namespace):
            if name in secret_names(account):
                change = await detach_service_account(
                    cluster, name, namespace, name_of(account), dry_run=dry_run
                )
                outcome.changes.append(change)
        outcome.changes.append(await _delete(cluster, secret, dry_run=dry_run))
        if needing:
            outcome.warnings.append(f"still needed by {_some(needing)}")
    return outcome


async def _needing(cluster: Cluster, name: str, namespace: str) -> list[str]:
    """Name what needs the Secret: a policy, workloads, Pods, and the kinds that could not be looked at."""
    objects, unreadable = await list_kinds(cluster, (POD, *WORKLOADS), namespace)
    workloads = [obj for kind in WORKLOADS for obj in objects[kind]]
    users = users_by_secret([], [], workloads).get((namespace, name), SecretUsers())
    pods = pods_needing(name, objects[POD], namespace=namespace)
    reader = await reader_of(cluster, SecretRef(namespace, name))
    unknown = [f"perhaps {kind.plural}, which this account may not list" for kind in unreadable]
    return [*([reader] if reader else []), *users.workloads, *map(object_ref, pods), *unknown]


def _some(names: list[str]) -> str:
    """Name a few and count the rest."""
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


async def _delete(cluster: Cluster, secret: Secret, *, dry_run: bool) -> Change:
    try:
        await cluster.delete(
            SECRET,
            secret.name,
            namespace=secret.namespace,
            uid=secret.uid,
            resource_version=secret.resource_version,
            dry_run=dry_run,
        )
    except NotFound:
        return Change(f"secret/{secret.name}", secret.namespace, Action.UNCHANGED, "it is gone already")
    except Conflict as error:
        raise UsageError(
            f"Secret {secret.name!r} changed while it was being deleted, and is still there",
            hint="look at it with `show`, then try again",
        ) from error
    return Change(f"secret/{secret.name}", secret.namespace, Action.DELETED)
