"""Pods that came too early for an attachment, in all namespaces of a run."""

import asyncio
from collections.abc import Sequence

from pullsecret.app.outcome import Action, Change
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.restart import restart, stuck_of_accounts
from pullsecret.app.sync.gather import AT_ONCE
from pullsecret.app.sync.report import SyncReport
from pullsecret.core.errors import PullSecretError
from pullsecret.core.objects import SERVICE_ACCOUNT, name_of
from pullsecret.core.policy.model import AttachTo, Policy
from pullsecret.core.policy.sources import Content
from pullsecret.core.pullsecrets import KEY_JSON, TYPE_JSON, Secret


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
    slots = asyncio.Semaphore(AT_ONCE)
    data = {KEY_JSON: content.config.to_secret_bytes()}

    async def one(namespace: str) -> None:
        secret = Secret(policy.secret_name, namespace, TYPE_JSON, data)
        async with slots:
            try:
                for pod in await stuck_of_accounts(
                    cluster, secret, await _accounts(cluster, policy, namespace)
                ):
                    if dry_run:
                        told = pod.why_not or "it would be evicted, so that it is made again"
                        change = Change(f"pod/{pod.name}", namespace, Action.STUCK, told)
                    else:
                        change = await restart(cluster, pod, policy.secret_name, sleep)
                    report.pods.append(change)
            except PullSecretError as error:
                report.fail(namespace, error)

    try:
        async with asyncio.TaskGroup() as tasks:
            for namespace in namespaces:
                tasks.create_task(one(namespace))
    finally:
        report.sort()


async def _accounts(cluster: Cluster, policy: Policy, namespace: str) -> list[str]:
    """Give the ServiceAccounts that have the name by now."""
    if policy.attach.to is AttachTo.NONE:
        return []
    accounts = await cluster.list(SERVICE_ACCOUNT, namespace=namespace)
    return [name for account in accounts if policy.attach.wants(name := name_of(account))]
