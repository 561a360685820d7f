"""Give a pull Secret to ServiceAccounts or to a workload, and find the Pods that came too early for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pullsecret.app.finding import find, need, need_accounts
from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster, PatchType, Sleep
from pullsecret.app.restart import restart, stuck_of_accounts, stuck_of_workload
from pullsecret.app.secrets import TRIES, busy, read_secret
from pullsecret.core import attachment
from pullsecret.core.attachment import plan_attach_service_account, plan_attach_workload, secret_names
from pullsecret.core.errors import Conflict, Forbidden, InvalidPullSecret, UsageError
from pullsecret.core.keyring import Keyring
from pullsecret.core.objects import POD, SERVICE_ACCOUNT, WORKLOADS, Kind, Object, kind_by_name, name_of
from pullsecret.core.pullsecrets import KEYS, Secret
from pullsecret.core.stuckpods import StuckPod
from pullsecret.core.workloads import workload_of

_MAY_PREDATE = "it predates this, or its list of Secrets is its own: that cannot be told from it"

Planner = Callable[[Object], "attachment.Change | None"]


@dataclass(frozen=True, slots=True)
class AttachRequest:
    """What to attach (or detach) and where; without any target, the ServiceAccount `default`."""

    name: str
    namespace: str
    service_accounts: tuple[str, ...] = ()
    all_service_accounts: bool = False
    workload: str | None = None
    restart_stuck: bool = False
    dry_run: bool = False


async def attach(request: AttachRequest, cluster: Cluster, sleep: Sleep) -> Outcome:
    """Attach, then look for Pods that predate it and are stuck; have them made again where asked for."""
    outcome = Outcome()
    with outcome.until_it_fails():
        secret = await _attachable(request, cluster)
        outcome.warnings += [
            f"Secret {secret.name!r}: {fault}" for fault in secret.faults() if not fault.harmless
        ]
        if request.workload is not None:
            change, workload = await attach_workload(request, cluster)
            outcome.changes.append(change)
            looking = stuck_of_workload(cluster, secret, workload)
        else:
            accounts = await accounts_of(request, cluster)
            if not request.all_service_accounts:
                await need_accounts(cluster, accounts, request.namespace, sleep)
            for account in accounts:
                outcome.changes += await attach_service_accounts(
                    cluster, request.name, request.namespace, [account], dry_run=request.dry_run
                )
            looking = stuck_of_accounts(cluster, secret, accounts)
        try:
            stuck = await looking
        except Forbidden as error:
            if request.restart_stuck:
                raise
            outcome.warnings.append(f"whether Pods that predate this are stuck is not known: {error.message}")
            return outcome
        await _see_to_stuck(request, cluster, stuck, outcome, sleep)
    return outcome


async def _see_to_stuck(
    request: AttachRequest, cluster: Cluster, stuck: Sequence[StuckPod], outcome: Outcome, sleep: Sleep
) -> None:
    restarting = request.restart_stuck and not request.dry_run
    for pod in stuck:
        if restarting:
            outcome.changes.append(await restart(cluster, pod, request.name, sleep))
        else:
            why = _MAY_PREDATE if pod.untold else "it predates this and must be made again"
            outcome.changes.append(Change(f"pod/{pod.name}", pod.namespace, Action.STUCK, why))
    if stuck and not restarting:
        outcome.warnings.append("Pods that predate this stay stuck; --restart-stuck has them made again")


async def _attachable(request: AttachRequest, cluster: Cluster) -> Secret:
    """Read the Secret, and refuse one that would help nobody, or spoil the pulls of all who get it."""
    secret = Secret.from_manifest(await read_secret(cluster, request.name, request.namespace))
    if secret.skipped:
        raise UsageError(
            f"the kubelet would pass over Secret {request.name!r}: it is of type {secret.type}, or empty",
            hint=f"`create` makes one of type {next(iter(KEYS))}",
        )
    try:
        Keyring.from_secrets([secret])
    except InvalidPullSecret as error:
        raise UsageError(
            f"with Secret {request.name!r} the kubelet would refuse every other Secret too: {error}",
            hint=f"`create {request.name} --replace` puts good content in its place",
        ) from error
    return secret


async def accounts_of(request: AttachRequest, cluster: Cluster) -> Sequence[str]:
    """Give the names of the ServiceAccounts that are meant."""
    if request.all_service_accounts:
        return [name_of(obj) for obj in await cluster.list(SERVICE_ACCOUNT, namespace=request.namespace)]
    return tuple(dict.fromkeys(request.service_accounts)) or ("default",)


async def attach_service_accounts(
    cluster: Cluster, name: str, namespace: str, accounts: Sequence[str], *, dry_run: bool = False
) -> list[Change]:
    """Put the name into each ServiceAccount's list; what others put there stays."""
    return [
        await apply_plan(
            cluster,
            SERVICE_ACCOUNT,
            account,
            namespace,
            lambda obj: plan_attach_service_account(obj, [name]),
            action=Action.ATTACHED,
            detail=name,
            dry_run=dry_run,
        )
        for account in accounts
    ]


async def attach_workload(request: AttachRequest, cluster: Cluster) -> tuple[Change, Object]:
    """Put the name into a workload's Pod template, keeping what its Pods inherited so far.

    Returns:
        What was done, and the workload as it was before.
    """
    kind, name = parse_workload(request.workload or "")
    workload = await need(cluster, kind, name, request.namespace)
    view = workload_of(workload)
    account = view.service_account if view else "default"
    found = await find(cluster, SERVICE_ACCOUNT, account, request.namespace)
    inherited = secret_names(found) if found else ()
    change = await apply_plan(
        cluster,
        kind,
        name,
        request.namespace,
        lambda obj: plan_attach_workload(obj, [request.name], inherited),
        action=Action.ATTACHED,
        detail=request.name,
        dry_run=request.dry_run,
    )
    return change, workload


def parse_workload(text: str) -> tuple[Kind, str]:
    """Read ``deployment/web``; a Pod is one too, and what cannot be done with it is told when it is tried."""
    kind, slash, name = text.partition("/")
    if not (kind and slash and name):
        raise UsageError(f"{text!r} is no workload", hint="write KIND/NAME, as deployment/web")
    return kind_by_name(kind, (POD, *WORKLOADS)), name


async def apply_plan(
    cluster: Cluster,
    kind: Kind,
    name: str,
    namespace: str,
    plan: Planner,
    *,
    action: Action,
    detail: str,
    dry_run: bool = False,
) -> Change:
    """Read, plan, write if it still is as it was read; on a conflict, begin again."""
    resource = f"{kind.singular}/{name}"
    for _ in range(TRIES):
        planned = plan(await need(cluster, kind, name, namespace))
        if planned is None:
            return Change(resource, namespace, Action.UNCHANGED)
        try:
            await cluster.patch(
                kind, name, planned.patch, patch_type=PatchType.MERGE, namespace=namespace, dry_run=dry_run
            )
        except Conflict:
            continue
        return Change(resource, namespace, action, "; ".join([detail, *_notes(planned, detail)]))
    raise busy(f"{resource} in namespace {namespace!r}")


def _notes(planned: "attachment.Change", attached: str) -> list[str]:
    notes = []
    kept = [name for name in planned.inherited if name != attached]
    if kept:
        notes.append(f"keeping what its Pods inherited: {', '.join(kept)}")
    if planned.inherits_again:
        notes.append("its next Pods inherit the ServiceAccount's Secrets")
    if planned.managed_by:
        notes.append(f"{planned.managed_by} made it and may put its own list back")
    return notes
