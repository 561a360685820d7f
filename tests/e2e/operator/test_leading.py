"""Three replicas: the leader is killed, stopped and resumed, and asked to end; another leads each time."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack

import pytest

from pullsecret.core.objects import LEASE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from support.fleets import (
    COPY,
    Seen,
    cluster_policy,
    create_policy,
    listed,
    password_of,
    policy_gone,
    policy_settled,
    put_source,
    synced_from,
)

NAMESPACES = 200
LIMIT, HANDOVER = 20.0, 3.0


class Replicas:
    """Who leads, and what the copies hold."""

    def __init__(self, cluster, home, names, operators, lease, copies, accounts):
        self.cluster, self.home, self.names = cluster, home, names
        self.operators = {one.identity: one for one in operators}
        self.lease, self.copies, self.accounts = lease, copies, accounts

    @property
    def holder(self):
        return self.lease.get(self.home)["spec"].get("holderIdentity") or ""

    @property
    def leader(self):
        return self.operators[self.holder]

    async def taken_over(self, former):
        """Wait until another leads; give the seconds that took."""
        began = time.monotonic()
        await self.lease.until(lambda _: self.holder not in ("", former.identity), "another leads")
        return time.monotonic() - began

    async def holds(self, password):
        """Wait until all copies hold a password."""
        await self.copies.until(
            lambda _: all(password_of(self.copies.get(name)) == password for name in self.names), password
        )

    async def versions(self):
        """The versions of all that the operator writes, but the Lease."""
        secrets = await self.cluster.list(SECRET, field_selector=f"metadata.name={COPY}")
        accounts = await self.cluster.list(SERVICE_ACCOUNT, field_selector="metadata.name=default")
        policies = [await self.cluster.get(CLUSTER_PULL_SECRET, f"{self.home}-lead")]
        written = [obj for obj in (*secrets, *accounts) if obj["metadata"]["namespace"] in self.names]
        return {obj["metadata"]["uid"]: obj["metadata"]["resourceVersion"] for obj in (*written, *policies)}


@pytest.fixture
async def replicas(cluster, fleet, home, operators):
    names = await fleet.names(cluster, NAMESPACES)
    await put_source(cluster, home, "first")
    started = [await operators.start(home, identity="replica-a")]
    started += await asyncio.gather(
        *(operators.start(home, identity=f"replica-{name}", until="everything") for name in "bc")
    )
    include = [fleet.pattern()[: -len("[0-9]*")] + "[01]*"]
    await create_policy(cluster, cluster_policy(f"{home}-lead", home, include))
    async with AsyncExitStack() as stack:
        seen = [
            await stack.enter_async_context(Seen(cluster, kind, name, namespace))
            for kind, name, namespace in (
                (LEASE, "pullsecret-operator", home),
                (SECRET, COPY, ""),
                (SERVICE_ACCOUNT, "default", ""),
            )
        ]
        made = Replicas(cluster, home, names, started, *seen)
        await made.holds("first")
        yield made
    await cluster.delete(CLUSTER_PULL_SECRET, f"{home}-lead")
    await policy_gone(cluster, f"{home}-lead")


async def test_another_leads_and_the_former_changes_nothing(cluster, home, replicas, figure):
    former = replicas.leader
    await former.kill()
    await put_source(cluster, home, "second")
    killed = await replicas.taken_over(former)
    await replicas.holds("second")

    # Stopped in the middle of a fan-out: it has work left, and writes on their way.
    stopped = replicas.leader
    await put_source(cluster, home, "third")
    await replicas.copies.until(
        lambda _: any(password_of(replicas.copies.get(name)) == "third" for name in replicas.names), "begun"
    )
    stopped.send(signal.SIGSTOP)
    left = sum(password_of(replicas.copies.get(name)) != "third" for name in replicas.names)
    fourth = await put_source(cluster, home, "fourth")
    paused = await replicas.taken_over(stopped)
    await replicas.holds("fourth")
    await policy_settled(cluster, f"{home}-lead", lambda policy: synced_from(policy, fourth))
    leader, before = replicas.leader, await replicas.versions()

    stopped.send(signal.SIGCONT)
    await stopped.says("no longer leading", patience=15)
    await asyncio.sleep(4.0)  # whatever it had left to write would be written by now
    assert await replicas.versions() == before
    assert replicas.leader is leader
    assert stopped.process.returncode is None

    began = time.monotonic()
    assert await leader.stop() == 0
    await put_source(cluster, home, "fifth")
    await replicas.lease.until(lambda _: replicas.holder == stopped.identity, "the resumed one leads")
    handed = time.monotonic() - began
    await replicas.holds("fifth")
    assert all(listed(replicas.accounts.get(name)).count(COPY) == 1 for name in replicas.names)

    figure(
        f"another leads {killed:.1f} s after kill -9 and {paused:.1f} s after SIGSTOP (at most {LIMIT:.0f})"
    )
    figure(f"SIGSTOP came with {left} of {NAMESPACES} namespaces left to do; resumed, it changed nothing")
    figure(f"another leads {handed:.2f} s after SIGTERM (less than {HANDOVER:.0f}), exit code 0")
    assert max(killed, paused) <= LIMIT
    assert handed < HANDOVER
