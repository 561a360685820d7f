"""Take a pull Secret off ServiceAccounts or off a workload; Pods that are there keep what they have."""

from pullsecret.app.attach import AttachRequest, accounts_of, apply_plan, parse_workload
from pullsecret.app.finding import need
from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster
from pullsecret.core.attachment import plan_detach_service_account, plan_detach_workload
from pullsecret.core.objects import SERVICE_ACCOUNT


async def detach(request: AttachRequest, cluster: Cluster) -> Outcome:
    """Take the name out of the lists; the Secret need not be there any more."""
    if request.workload is not None:
        kind, name = parse_workload(request.workload)
        change = await apply_plan(
            cluster,
            kind,
            name,
            request.namespace,
            lambda obj: plan_detach_workload(obj, [request.name]),
            action=Action.DETACHED,
            detail=request.name,
            dry_run=request.dry_run,
        )
        return Outcome([change])
    outcome = Outcome()
    accounts = await accounts_of(request, cluster)
    if not request.all_service_accounts:
        for account in accounts:
            await need(cluster, SERVICE_ACCOUNT, account, request.namespace)
    with outcome.until_it_fails():
        for account in accounts:
            outcome.changes.append(
                await detach_service_account(
                    cluster, request.name, request.namespace, account, dry_run=request.dry_run
                )
            )
    return outcome


async def detach_service_account(
    cluster: Cluster, name: str, namespace: str, account: str, *, dry_run: bool = False
) -> Change:
    """Take the name out of one ServiceAccount's list; what others put there stays."""
    return await apply_plan(
        cluster,
        SERVICE_ACCOUNT,
        account,
        namespace,
        lambda obj: plan_detach_service_account(obj, [name]),
        action=Action.DETACHED,
        detail=name,
        dry_run=dry_run,
    )
