"""Four writers who edit the same ServiceAccounts all along lose none of their entries to the operator."""

import asyncio
import os
import random
import time
from contextlib import AsyncExitStack

from pullsecret.core.errors import Conflict, Invalid
from pullsecret.core.objects import SERVICE_ACCOUNT, Object
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from support.contract import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Raw, path
from support.fleets import (
    COPY,
    Seen,
    at_once,
    cluster_policy,
    create_policy,
    listed,
    patched_account,
    policy_gone,
    put_source,
)

SEED = int(os.environ.get("PULLSECRET_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
NAMESPACES, SECONDS = 10, 10.0
KEPT = 12


class Writer:
    """Puts entries into lists and takes some out again, each time if nobody else wrote in between."""

    def __init__(self, cluster: ClusterClient, name: str, namespaces: list[str], seed: int):
        self.cluster, self.raw, self.name, self.random = cluster, Raw(cluster), name, random.Random(seed)
        self.wanted: dict[str, list[str]] = {namespace: [] for namespace in namespaces}
        self.done = self.refused = self.number = 0

    async def write_until(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            namespace = self.random.choice(list(self.wanted))
            wanted = self._next(namespace)
            while not await self._write(namespace, wanted):
                self.refused += 1
            self.wanted[namespace] = wanted
            self.done += 1

    def _next(self, namespace: str) -> list[str]:
        mine = self.wanted[namespace]
        if len(mine) >= KEPT or (mine and self.random.random() < 0.4):
            gone = self.random.choice(mine)
            return [name for name in mine if name != gone]
        self.number += 1
        return [*mine, f"{self.name}-{self.number}"]

    async def _write(self, namespace: str, wanted: list[str]) -> bool:
        account = await self.cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)
        mine = {name for name in listed(account) if name.startswith(f"{self.name}-")}
        assert mine == set(self.wanted[namespace]), "an entry was lost, or came back"
        others = [name for name in listed(account) if name not in mine]
        try:
            await self._send(account, namespace, [{"name": name} for name in (*others, *wanted)])
        except (Conflict, Invalid):
            return False
        return True

    async def _send(self, account: Object, namespace: str, entries: list[dict[str, str]]) -> None:
        version = {"resourceVersion": account["metadata"]["resourceVersion"]}
        whole = {"metadata": version, "imagePullSecrets": entries}
        if self.name == "replace":
            body = {**account, "imagePullSecrets": entries}
            await self.raw("PUT", path(SERVICE_ACCOUNT, namespace, "default"), body)
        elif self.name == "json":
            test = {"op": "test", "path": "/metadata/resourceVersion", "value": version["resourceVersion"]}
            add = {"op": "add", "path": "/imagePullSecrets", "value": entries}
            await self._patch(namespace, [test, add], JSON_PATCH)
        else:
            await self._patch(namespace, whole, MERGE_PATCH if self.name == "merge" else STRATEGIC_PATCH)

    async def _patch(self, namespace: str, patch: object, patch_type: str) -> None:
        await self.cluster.patch(
            SERVICE_ACCOUNT, "default", patch, patch_type=patch_type, namespace=namespace
        )


async def test_four_writers_lose_nothing(real, cluster, fleet, home, operators, figure):
    namespaces = await fleet.names(cluster, NAMESPACES, "w")
    await at_once(lambda name: patched_account(cluster, name, []), namespaces)
    await put_source(cluster, home, "first")
    operator = await operators.start(home)
    policy, include = f"{home}-writers", [fleet.pattern("w")]
    async with AsyncExitStack() as stack:
        accounts = await stack.enter_async_context(Seen(cluster, SERVICE_ACCOUNT, "default"))
        writers = [
            Writer(
                await stack.enter_async_context(ClusterClient(load({"KUBECONFIG": real["KUBECONFIG"]}))),
                name, namespaces, SEED + number,
            )
            for number, name in enumerate(("merge", "strategic", "replace", "json"))
        ]  # fmt: skip
        deadline = time.monotonic() + SECONDS
        writing = asyncio.gather(*(writer.write_until(deadline) for writer in writers))
        rounds = 0
        while time.monotonic() < deadline:  # ours goes in and out all the time too
            await create_policy(cluster, cluster_policy(policy, home, include))
            await accounts.until(lambda there: all(COPY in listed(there[n]) for n in namespaces), "attached")
            await cluster.delete(CLUSTER_PULL_SECRET, policy)
            await policy_gone(cluster, policy)
            rounds += 1
        await create_policy(cluster, cluster_policy(policy, home, include))
        await writing
        await accounts.until(lambda there: all(COPY in listed(there[n]) for n in namespaces), "attached")
    for namespace in namespaces:
        entries = listed(await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace))
        theirs = [name for writer in writers for name in writer.wanted[namespace]]
        assert sorted(entries) == sorted([*theirs, COPY])
    await cluster.delete(CLUSTER_PULL_SECRET, policy)
    await policy_gone(cluster, policy)
    assert await operator.stop() == 0
    figure(
        f"seed {SEED}: {sum(w.done for w in writers)} writes of four writers, "
        f"{sum(w.refused for w in writers)} refused and tried again; ours put in and taken out "
        f"{rounds} times in {NAMESPACES} lists: none lost"
    )
