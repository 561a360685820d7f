"""Pods that came too early for an attachment, in all namespaces of a run."""

import asyncio
from collections.abc import Sequence
from functools import partial

from pullsecret.app.finding import find
from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.restart import restart, stuck_of_accounts
from pullsecret.app.sync.gather import AT_ONCE
from pullsecret.app.sync.report import SyncReport
from pullsecret.core.attachment import secret_names
from pullsecret.core.errors import InvalidInput, PullSecretError
from pullsecret.core.objects import SERVICE_ACCOUNT, Object, name_of, namespace_of
from pullsecret.core.policy.model import AttachTo, Policy
from pullsecret.core.policy.optout import opt_out_of
from pullsecret.core.policy.sources import Content
from pullsecret.core.pullsecrets import KEY_JSON, TYPE_JSON, Secret
from pullsecret.core.workloads import workload_of


async def recover(
    cluster: Cluster,
    policy: Policy,
    content: Content,
    namespaces: Sequence[str],
    report: SyncReport,
    sleep: Sleep,
    *,
    dry_run: bool = False,
) -> None:
    """Have the stuck Pods of some namespaces made again, and put down what became of each.

    Args:
        cluster: where.
        policy: whose copies they should have.
        content: what those hold: only Pods that would pull with it are touched.
        namespaces: which have their copy, and its name in the ServiceAccounts' lists.
        report: takes what is done; a namespace that fails is put down too.
        sleep: waits some seconds.
        dry_run: only say which are stuck.
    """
    slots, why_not = asyncio.Semaphore(AT_ONCE), partial(why_no_name, cluster, policy.secret_name)
    data = {KEY_JSON: content.config.to_secret_bytes()}

    async def one(namespace: str) -> None:
        secret = Secret(policy.secret_name, namespace, TYPE_JSON, data)
        async with slots:
            try:
                accounts = await _accounts(cluster, policy, namespace, dry_run=dry_run)
                for pod in await stuck_of_accounts(cluster, secret, accounts):
                    if dry_run:
                        told = pod.why_not or "it would be evicted, so that it is made again"
                        change = Change(f"pod/{pod.name}", namespace, Action.STUCK, told)
                    else:
                        change = await restart(cluster, pod, policy.secret_name, sleep, why_not)
                    report.pods.append(change)
            except PullSecretError as error:
                report.fail(namespace, error)

    try:
        async with asyncio.TaskGroup() as tasks:
            for namespace in namespaces:
                tasks.create_task(one(namespace))
    finally:
        report.sort()


async def _accounts(cluster: Cluster, policy: Policy, namespace: str, *, dry_run: bool) -> list[str]:
    """Name the ServiceAccounts that give the name to new Pods; with a dry run those that would by then."""
    if policy.attach.to is AttachTo.NONE:
        return []
    accounts = await cluster.list(SERVICE_ACCOUNT, namespace=namespace)
    wanted = [account for account in accounts if policy.attach.wants(name_of(account))]
    if dry_run:
        return [name_of(account) for account in wanted if not opt_out_of(account, "ServiceAccount")]
    return [name_of(account) for account in wanted if gives(account, policy.secret_name)]


def gives(account: Object, name: str) -> bool:
    """Whether a Pod that is made now gets a name from its ServiceAccount, which did not opt out.

    Else making one again would help nobody: it would be as stuck as before.
    """
    try:
        return not opt_out_of(account, "ServiceAccount") and name in secret_names(account)
    except InvalidInput:  # as when lists are planned: nothing is done about it
        return False


async def why_no_name(cluster: Cluster, name: str, pod: Object) -> str:
    """Say why a Pod would not get a name if it was made again now; empty when it would."""
    view = workload_of(pod)
    account = await find(cluster, SERVICE_ACCOUNT, view.service_account, namespace_of(pod)) if view else None
    if account is not None and gives(account, name):
        return ""
    return f"its ServiceAccount does not list {name}, or opted out"
