"""What an operator knows of what was before it, or of what another replica did; on both clusters."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from pullsecret.core.objects import SECRET
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.serving import health_app, served
from support.operating import SOON, Stage

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


async def test_nobody_promises_what_never_was_handed_out(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.source(password="bad-word")
    name = await stage.cluster_policy(team, verify={})
    async with stage.operator() as leader, stage.operator(leads=asyncio.Event()) as follower:
        status = await stage.ready(name, "CredentialRejected")
        assert not status.get("secretNames")
        for replica in (leader, follower):
            assert await replica.controller.names_for(team, "default") == ()


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
