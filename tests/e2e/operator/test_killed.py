"""`kill -9` at random moments of a fan-out, and a restart: it converges, nothing is touched or doubled."""

import asyncio
import os
import random
import statistics
import time
from contextlib import AsyncExitStack

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT, Object, labels_of, name_of, namespace_of
from pullsecret.core.policy.names import ATTACHED, CLUSTER_PULL_SECRET, MANAGED_BY, MANAGER
from support.fleets import (
    COPY,
    Seen,
    at_once,
    cluster_policy,
    create_policy,
    ignoring,
    listed,
    password_of,
    patched_account,
    policy_gone,
    put_source,
    source,
)

SEED = int(os.environ.get("PULLSECRET_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
NAMESPACES, FOREIGN, ROUNDS = 300, 15, 20
STEPS = ("change", "delete", "create")


class Fanout:
    """300 namespaces, some of which hold a foreign Secret of the copies' name."""

    def __init__(self, cluster, home, names, copies, accounts):
        self.cluster, self.home, self.names = cluster, home, names
        self.foreign, self.kept = names[::20][:FOREIGN], [n for n in names if n not in names[::20][:FOREIGN]]
        self.copies, self.accounts = copies, accounts
        self.policy, self.password, self.wanted = f"{home}-killed", "", True

    async def prepare(self):
        for name in ("bystander", COPY):
            where = self.foreign if name == COPY else self.names[:30]
            await at_once(
                lambda n, name=name: self.cluster.create(SECRET, source("theirs", name=name), namespace=n),
                where,
            )
        await at_once(lambda n: patched_account(self.cluster, n, ["theirs"]), self.names)
        await self.act("change", 0)

    async def act(self, step, number):
        if step == "change":
            self.password = f"password-{number}"
            await put_source(self.cluster, self.home, self.password)
            return
        self.wanted = step == "create"
        if step == "delete":
            await self.cluster.delete(CLUSTER_PULL_SECRET, self.policy)
            return
        include = [self.names[0][:-3] + "[0-9]*"]
        await create_policy(self.cluster, cluster_policy(self.policy, self.home, include))

    def done(self):
        """How many namespaces are as they should be."""
        return sum(self._is_done(name) for name in self.names)

    def _is_done(self, name):
        copy, account = self.copies.get(name), self.accounts.get(name)
        if name in self.foreign:
            return True
        if not self.wanted:
            return copy is None and COPY not in listed(account)
        return password_of(copy) == self.password and COPY in listed(account)

    async def converged(self):
        """Wait until all is as it should be: the copies, who names them, and a policy that goes is gone."""
        want = len(self.names)
        await self.copies.until(lambda _: not self._copies_lag(), f"copies, wanted: {self.wanted}")
        await self.accounts.until(lambda _: self.done() == want, f"all, wanted: {self.wanted}")
        if not self.wanted:
            await policy_gone(self.cluster, self.policy)

    def _copies_lag(self):
        wanted = self.password if self.wanted else ""
        return any(password_of(self.copies.get(name)) != wanted for name in self.kept)

    async def foreign_state(self):
        """Versions of all that is not ours: nobody else writes to it."""
        secrets = [
            obj
            for name in ("bystander", COPY)
            for obj in await self.cluster.list(SECRET, field_selector=f"metadata.name={name}")
            if namespace_of(obj) in self.names and labels_of(obj).get(MANAGED_BY) != MANAGER
        ]
        return {
            (namespace_of(o), name_of(o)): (o["metadata"]["uid"], o["metadata"]["resourceVersion"])
            for o in secrets
        }

    async def check(self):
        """See by a fresh look that each thing is there once, and what is theirs as they left it."""
        secrets = await self.cluster.list(SECRET, label_selector=f"{MANAGED_BY}={MANAGER}")
        mine = [namespace_of(obj) for obj in secrets if namespace_of(obj) in self.names]
        assert sorted(mine) == (sorted(self.kept) if self.wanted else [])
        for account in await self.cluster.list(SERVICE_ACCOUNT, field_selector="metadata.name=default"):
            if namespace_of(account) in self.names:
                self._check_account(account)

    def _check_account(self, account: Object):
        ours = self.wanted and namespace_of(account) in self.kept
        assert listed(account) == ["theirs", COPY] if ours else ["theirs"], account
        mark = (account["metadata"].get("annotations") or {}).get(ATTACHED)
        assert mark == (COPY if ours else None), account


async def test_converges_after_kill_9_at_random_moments(cluster, fleet, home, operators, figure):
    moments = random.Random(SEED)
    names = await fleet.names(cluster, NAMESPACES)
    async with AsyncExitStack() as stack:
        copies = await stack.enter_async_context(Seen(cluster, SECRET, COPY))
        accounts = await stack.enter_async_context(Seen(cluster, SERVICE_ACCOUNT, "default"))
        world = Fanout(cluster, home, names, copies, accounts)
        await world.prepare()
        foreign = await world.foreign_state()
        operator = await operators.start(home, identity="only")
        began = time.monotonic()
        await world.act("create", 0)
        await world.converged()
        whole = time.monotonic() - began

        done, times = [], []
        for number in range(1, ROUNDS + 1):
            await world.act(STEPS[(number - 1) % len(STEPS)], number)
            await asyncio.sleep(moments.uniform(0.0, whole * 0.7))
            done.append(world.done())
            await operator.kill()
            began = time.monotonic()
            operator = await operators.start(home, identity="only", until="")
            await world.converged()
            times.append(time.monotonic() - began)
            await world.check()
            assert await world.foreign_state() == foreign
        figure(
            f"seed {SEED}; undisturbed {whole:.1f} s; killed when {sorted(done)} of {NAMESPACES} were done"
        )
        figure(
            f"{ROUNDS} of {ROUNDS} converged; from the restart median {statistics.median(times):.1f} s, "
            f"worst {max(times):.1f} s; {len(foreign)} foreign Secrets and {NAMESPACES} entries untouched"
        )
        assert any(len(world.foreign) < count < NAMESPACES for count in done), "no kill hit a fan-out"
        if world.wanted:
            await world.act("delete", 0)
            await world.converged()
        await world.check()
        await at_once(lambda n: ignoring(cluster.delete(SECRET, COPY, namespace=n), NotFound), world.foreign)
        assert await operator.stop() == 0
