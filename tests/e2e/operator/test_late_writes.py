"""Writes of a former leader that arrive after another has led are refused by the API server, each of them."""

from contextlib import AsyncExitStack

from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from support.faultproxies import FaultProxy
from support.fleets import (
    COPY,
    Seen,
    at_once,
    cluster_policy,
    create_policy,
    listed,
    password_of,
    patched_account,
    policy_gone,
    put_source,
)

NAMESPACES, SOME = 60, 20
QUICK = ("--lease-duration", "3s", "--renew-deadline", "2s", "--retry-period", "500ms")


class Steps:
    """What a leader begins and another ends: creating copies, changing them, taking them away."""

    def __init__(self, cluster, home, names, copies, accounts):
        self.cluster, self.home, self.names = cluster, home, names
        self.copies, self.accounts = copies, accounts
        self.name = f"{home}-late"

    async def begin(self, step):
        if step == "change":
            await put_source(self.cluster, self.home, "second")
        elif step == "delete":
            await self.cluster.delete(CLUSTER_PULL_SECRET, self.name)
        else:
            await create_policy(
                self.cluster, cluster_policy(self.name, self.home, [self.names[0][:-3] + "[0-9]*"])
            )

    async def ended(self, step):
        wanted = {"create": "first", "change": "second", "delete": ""}[step]
        await self.copies.until(
            lambda there: all(password_of(there.get(name)) == wanted for name in self.names), step
        )
        await self.accounts.until(
            lambda there: all((COPY in listed(there[name])) == bool(wanted) for name in self.names), step
        )
        if not wanted:
            await policy_gone(self.cluster, self.name)

    async def versions(self):
        """The versions of all copies and ServiceAccounts there are."""
        secrets = await self.cluster.list(SECRET, field_selector=f"metadata.name={COPY}")
        accounts = await self.cluster.list(SERVICE_ACCOUNT, field_selector="metadata.name=default")
        return {
            obj["metadata"]["uid"]: obj["metadata"]["resourceVersion"]
            for obj in (*secrets, *accounts)
            if obj["metadata"]["namespace"] in self.names
        }


async def test_late_writes_of_a_former_leader_are_refused(
    real, cluster, fleet, home, operators, tmp_path, figure
):
    names = await fleet.names(cluster, NAMESPACES, "d")
    await at_once(lambda name: patched_account(cluster, name, []), names)
    await put_source(cluster, home, "first")
    async with AsyncExitStack() as stack:
        copies = await stack.enter_async_context(Seen(cluster, SECRET, COPY))
        accounts = await stack.enter_async_context(Seen(cluster, SERVICE_ACCOUNT, "default"))
        steps, answers = Steps(cluster, home, names, copies, accounts), {}
        proxy = await stack.enter_async_context(FaultProxy(real["KUBECONFIG"]).serve())
        leader = await operators.start(home, *QUICK, kubeconfig=proxy.kubeconfig(tmp_path))
        for step in ("create", "change", "delete"):
            proxy.hold()
            await steps.begin(step)
            await proxy.kept(SOME)
            await leader.kill()
            former, proxy = proxy, await stack.enter_async_context(FaultProxy(real["KUBECONFIG"]).serve())
            leader = await operators.start(home, *QUICK, kubeconfig=proxy.kubeconfig(tmp_path))
            await steps.ended(step)
            before = await steps.versions()
            answers[step] = dict(await former.deliver())
            assert await steps.versions() == before, step
    figure(f"late writes of a former leader, by the API server's answer: {answers}")
    assert all(sum(counts.values()) >= SOME for counts in answers.values())
    assert {status for counts in answers.values() for status in counts} <= {404, 409, 422}
