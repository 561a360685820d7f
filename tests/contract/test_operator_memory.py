"""What an operator knows of what was before it, or of what another replica did; on both clusters."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pullsecret.core.credentials import Credential
from pullsecret.core.objects import SECRET
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.core.verdicts import LoginResult
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.serving import health_app, served
from support.clusters import login
from support.operating import HOST, PASSWORD, SOON, Stage, condition, stays
from support.realcluster import is_there

# what every replica promises


async def test_a_follower_promises_what_the_leader_does(stage: Stage) -> None:
    """Also while a new credential is refused: the last good one is handed out all the same."""
    team, other = await stage.new_namespace(), await stage.new_namespace()
    name = await stage.cluster_policy(team, other, verify={})
    never = asyncio.Event()
    async with stage.operator() as leader, stage.operator(leads=never) as before:
        await stage.ready(name)
        await stage.source(password="bad-word")
        await stage.ready(name, "CredentialRejected")
        async with stage.operator(leads=never) as since:
            for replica in (leader, before, since):
                assert await replica.controller.names_for(team, "default") == (name,)
                assert await replica.controller.names_for(team, "another") == ()
    async with stage.operator() as leader, stage.operator(leads=never) as follower:
        for replica in (leader, follower):
            assert await replica.controller.names_for(other, "default") == (name,), "after a restart too"


async def test_a_follower_sees_the_secrets_of_policies_that_came_after_it(stage: Stage) -> None:
    """It does not promise the name of a Secret that is somebody else's."""
    team, taken = await stage.new_namespace(), await stage.new_namespace()
    async with stage.operator() as leader, stage.operator(leads=asyncio.Event()) as follower:
        name = f"{stage.run}-late"
        theirs = secret_manifest(name, login(HOST, password="theirs"))
        await stage.cluster.create(SECRET, theirs, namespace=taken)
        await stage.cluster_policy(team, taken, name=name)
        await stage.ready(name, "NamespacesFailed")
        for replica in (leader, follower):
            async with asyncio.timeout(SOON):
                while await replica.controller.names_for(taken, "default") != ():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)  # its watch of the Secret has just begun
            assert await replica.controller.names_for(team, "default") == (name,)


async def test_nobody_promises_what_never_was_handed_out(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.source(password="bad-word")
    name = await stage.cluster_policy(team, verify={})
    async with stage.operator() as leader, stage.operator(leads=asyncio.Event()) as follower:
        status = await stage.ready(name, "CredentialRejected")
        assert not status.get("secretNames")
        for replica in (leader, follower):
            assert await replica.controller.names_for(team, "default") == ()


# what was tried


async def test_a_refused_credential_is_not_tried_again_for_other_edits(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.source(password="bad-word")
    name = await stage.cluster_policy(team, verify={})
    async with stage.operator():
        await stage.ready(name, "CredentialRejected")
        for number in range(3):
            await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"recoverPods": number % 2 == 0}})
            await stage.ready(name, "CredentialRejected")
            labels = {"metadata": {"labels": {"touched": str(number)}}}
            version = (await stage.patch(SECRET, "login", labels, stage.platform))["metadata"][
                "resourceVersion"
            ]
            await stage.status(name, lambda s, v=version: s["credentials"][0]["sourceResourceVersion"] == v)
        assert len(stage.registries.asked) == 1
    await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"attach": {"to": "All"}}})
    async with stage.operator():
        await stage.ready(name, "CredentialRejected")
        assert len(stage.registries.asked) == 1, "nor after a restart"
        await stage.source()
        await stage.ready(name)
        assert len(stage.registries.asked) == 2


async def test_policies_of_one_source_try_it_once(stage: Stage) -> None:
    """They are looked at at the same time, and the registry takes its time."""
    team = await stage.new_namespace()
    await stage.source(password="bad-word")
    names = [await stage.cluster_policy(team, verify={}) for _ in range(5)]
    ask = stage.registries.login

    async def slow(host: str, credential: Credential) -> LoginResult:
        await asyncio.sleep(0.3)
        return await ask(host, credential)

    stage.registries.login = slow  # type: ignore[method-assign]
    async with stage.operator():
        for name in names:
            await stage.ready(name, "CredentialRejected")
        assert len(stage.registries.asked) == 1


# what is not known any more


@pytest.mark.parametrize("source", ["missing", "rejected"])
async def test_copies_that_cannot_be_put_back_after_a_restart_are_told(stage: Stage, source: str) -> None:
    teams = [await stage.new_namespace() for _ in range(4)]
    name = await stage.cluster_policy(*teams, verify={})
    reason = {"missing": "SourceMissing", "rejected": "CredentialRejected"}[source]
    async with stage.operator():
        await stage.ready(name)
        if source == "missing":
            await stage.delete(SECRET, "login", stage.platform)
        else:
            await stage.source(password="bad-word")
        await stage.ready(name, reason)
    async with stage.operator() as replica:
        await stage.status(name, lambda s: s["namespaces"] == {"desired": 4, "synced": 4, "failed": 0})
        await stage.delete(SECRET, name, teams[0])
        theirs = secret_manifest(name, login(HOST, password="a-tenants-word"))["data"]
        edited = await stage.patch(SECRET, name, {"data": theirs}, teams[1])
        status = await stage.status(name, lambda s: s["namespaces"]["failed"] == 2)
        assert {one["namespace"]: one["reason"] for one in status["failures"]} == {
            teams[0]: "CopyMissing",
            teams[1]: "CopyChanged",
        }
        ready = condition(status)
        assert (ready["status"], ready["reason"], status["summary"]["synced"]) == ("False", reason, "2/4")
        assert "2 of 4 namespaces failed" in ready["message"]
        await stays(stage.cluster, SECRET, edited, 0.3)
        assert not await is_there(stage.cluster, SECRET, name, teams[0])
        assert not [line for line in replica.sent if "/secrets/" in line or "/serviceaccounts/" in line]
        await stage.source(password=PASSWORD)
        await stage.ready(name)
        for team in teams:
            await stage.copy(team, name)


# what Prometheus is told


@asynccontextmanager
async def scraped(metrics: Metrics) -> AsyncIterator[str]:
    """Serve metrics; give their address."""
    async with served(health_app(metrics, not_ready=str), host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}/metrics"


async def until_ready_is(address: str, policy: str, wanted: float) -> None:
    """Scrape until the metric says so."""
    async with asyncio.timeout(SOON), aiohttp.ClientSession() as session:
        while True:
            async with session.get(address) as answer:
                families = text_string_to_metric_families(await answer.text())
            samples = [s for f in families for s in f.samples if s.name == "pullsecret_policy_ready"]
            if [s.value for s in samples if s.labels == {"policy": policy}] == [wanted]:
                return
            await asyncio.sleep(0.05)  # Prometheus asks, it is not told


async def test_a_policy_that_is_not_ready_shows_in_a_metric(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator() as replica, scraped(replica.metrics) as address:
        await until_ready_is(address, name, 1)
        await stage.delete(SECRET, "login", stage.platform)
        await stage.ready(name, "SourceMissing")
        await until_ready_is(address, name, 0)
        await stage.source()
        await until_ready_is(address, name, 1)
