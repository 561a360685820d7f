"""Take a pull Secret off ServiceAccounts or off a workload; Pods that are there keep what they have."""

from pullsecret.app.attach import AttachRequest, accounts_of, apply_plan, parse_workload
from pullsecret.app.outcome import Action, Outcome
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
    changes = [
        await apply_plan(
            cluster,
            SERVICE_ACCOUNT,
            account,
            request.namespace,
            lambda obj: plan_detach_service_account(obj, [request.name]),
            action=Action.DETACHED,
            detail=request.name,
            dry_run=request.dry_run,
        )
        for account in await accounts_of(request, cluster)
    ]
    return Outcome(changes)
