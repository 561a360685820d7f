"""An API server is stopped or silent for 30 s, or fails at random: it converges, with bounded requests."""

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import AsyncExitStack

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from support.faultproxies import FaultProxy, most_in_a_second
from support.fleets import (
    COPY,
    Seen,
    cluster_policy,
    create_policy,
    ignoring,
    listed,
    make_namespaces,
    password_of,
    patched_account,
    policy_gone,
    put_source,
)
from support.ownapiservers import own_api_server

SEED = int(os.environ.get("PULLSECRET_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
NAMESPACES, GONE, CHAOS = 100, 30.0, 20.0
MOST = 10
QUIET = 60.0


class Through:
    """An operator behind a proxy, with a policy over namespaces."""

    def __init__(self, cluster, fleet, home, names, proxy, seen):
        self.cluster, self.fleet, self.home, self.names, self.proxy = cluster, fleet, home, names, proxy
        self.copies, self.accounts = seen

    def is_done(self, name, password):
        return (
            password_of(self.copies.get(name)) == password
            and listed(self.accounts.get(name)).count(COPY) == 1
        )

    async def converged(self, password):
        """Wait until all namespaces are right; give the seconds that took."""
        began = time.monotonic()

        def done(_):
            return all(self.is_done(name, password) for name in self.names)

        await self.copies.until(
            lambda _: all(password_of(self.copies.get(name)) == password for name in self.names), password
        )
        await self.accounts.until(done, password)
        return time.monotonic() - began

    def is_untouched(self, password):
        """Whether nobody has brought a password anywhere."""
        return all(password_of(self.copies.get(name)) != password for name in self.names)

    async def harm(self, number):
        """Do what the operator has to mend: somebody deletes a copy, and takes our entry from a list."""
        one, other = self.names[number], self.names[-number - 1]
        await ignoring(self.cluster.delete(SECRET, COPY, namespace=one), NotFound)
        await patched_account(self.cluster, other, ["theirs"])

    async def new_namespace(self, suffix):
        name = f"{self.fleet.prefix}-p{suffix}"
        self.fleet.own(name)
        await make_namespaces(self.cluster, [name])
        self.names = [*self.names, name]


async def through_proxy(stack, cluster, fleet, home, operators, folder, kubeconfig):
    proxy = await stack.enter_async_context(FaultProxy(kubeconfig, seed=SEED).serve())
    names = await fleet.names(cluster, NAMESPACES)
    await put_source(cluster, home, "first")
    seen = [
        await stack.enter_async_context(Seen(cluster, kind, name))
        for kind, name in ((SECRET, COPY), (SERVICE_ACCOUNT, "default"))
    ]
    include = [fleet.pattern()[: -len("[0-9]*")] + "0*", f"{fleet.prefix}-p*"]
    await create_policy(cluster, cluster_policy(f"{home}-proxy", home, include))
    stack.push_async_callback(policy_gone, cluster, f"{home}-proxy")
    stack.push_async_callback(cluster.delete, CLUSTER_PULL_SECRET, f"{home}-proxy")
    made = Through(cluster, fleet, home, names, proxy, seen)
    await operators.start(home, kubeconfig=proxy.kubeconfig(folder))
    await made.converged("first")
    return made


async def meanwhile(through, began, suffix):
    """Change everything through another API server while the operator's is gone; give what it asked for."""
    await put_source(through.cluster, through.home, "second")
    await through.harm(1)
    await through.new_namespace(suffix)
    await asyncio.sleep(began + GONE - time.monotonic())
    assert through.is_untouched("second")
    return through.proxy.since(began)


async def test_converges_after_its_api_server_was_stopped_for_30_seconds(
    cluster, fleet, home, operators, tmp_path, real, figure
):
    """It is killed and started again; where it is no process of this machine, all connections break."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(own_api_server(real["KUBECONFIG"], tmp_path))
        kubeconfig = server.kubeconfig if server else real["KUBECONFIG"]
        through = await through_proxy(stack, cluster, fleet, home, operators, tmp_path, kubeconfig)
        began = time.monotonic()
        if server:
            await server.kill()
        else:
            through.proxy.cut()
        asked = await meanwhile(through, began, "stopped")
        again = time.monotonic()
        if server:
            await server.start()
        through.proxy.mend()
        await through.converged("second")
        took = time.monotonic() - again
    most, watch = most_in_a_second(asked)
    figure(
        f"{NAMESPACES + 1} namespaces right {took:.1f} s after {'a kube-apiserver' if server else 'a proxy'} "
        f"was started again; while it was gone {len(asked)} requests in {GONE:.0f} s, at most {most} in a "
        f"second by one watch ({watch})"
    )
    assert most <= MOST


async def test_converges_after_its_api_server_said_nothing_for_30_seconds(
    cluster, fleet, home, operators, tmp_path, real, figure
):
    """It takes connections and requests, and never answers those."""
    async with AsyncExitStack() as stack:
        through = await through_proxy(stack, cluster, fleet, home, operators, tmp_path, real["KUBECONFIG"])
        began = time.monotonic()
        through.proxy.swallow()
        asked = await meanwhile(through, began, "silent")
        through.proxy.mend()
        took = await through.converged("second")
    most, watch = most_in_a_second(asked)
    figure(
        f"{NAMESPACES + 1} namespaces right {took:.1f} s after the API server spoke again; meanwhile "
        f"{len(asked)} requests in {GONE:.0f} s, at most {most} in a second by one watch ({watch})"
    )
    assert most <= MOST
    assert through.proxy.faults["swallowed"]


async def test_converges_after_410_429_500_and_broken_connections(
    cluster, fleet, home, operators, tmp_path, real, figure
):
    async with AsyncExitStack() as stack:
        through = await through_proxy(stack, cluster, fleet, home, operators, tmp_path, real["KUBECONFIG"])
        began = time.monotonic()
        through.proxy.fail(0.3)
        through.proxy._break_all()
        for number in range(1, 6):
            await put_source(cluster, home, f"password-{number}")
            await through.harm(number)
            await asyncio.sleep(CHAOS / 5)
        await through.new_namespace("chaos")
        asked = through.proxy.since(began)
        through.proxy.mend()
        took = await through.converged("password-5")
        said = through.proxy.faults
    most, watch = most_in_a_second(asked)
    figure(f"seed {SEED}: {', '.join(f'{count} {name}' for name, count in sorted(said.items()))}")
    figure(
        f"{NAMESPACES + 1} namespaces right {took:.1f} s after the last failure; while it failed "
        f"{len(asked)} requests in {CHAOS:.0f} s, at most {most} in a second by one watch ({watch})"
    )
    assert most <= MOST
    assert all(said[how] for how in ("410", "429", "500", "refused", "lost", "broken watch")), said


async def test_a_quiet_minute_asks_nothing_but_for_the_lease(
    cluster, fleet, home, operators, tmp_path, real, figure
):
    async with AsyncExitStack() as stack:
        through = await through_proxy(stack, cluster, fleet, home, operators, tmp_path, real["KUBECONFIG"])
        await asyncio.sleep(8.0)  # the status and the Event of the first round
        began = time.monotonic()
        await asyncio.sleep(QUIET)
        asked = through.proxy.since(began)
    leases = [one for one in asked if "/leases" in one.path]
    others = Counter(one.label for one in asked if one not in leases and not one.is_watch)
    watches = sum(one.is_watch for one in asked)
    figure(
        f"{QUIET:.0f} quiet seconds over {NAMESPACES} namespaces: {len(leases)} requests for the Lease, "
        f"{watches} watches opened again, {sum(others.values())} others"
    )
    assert not others
    assert len(leases) <= QUIET / 2 + 2
    assert watches <= 1
