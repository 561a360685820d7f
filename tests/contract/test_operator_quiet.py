"""That the operator is quiet when all is well, keeps secrets, tells what happens, and loses no war."""

import asyncio
import base64
import hashlib
import logging
from contextlib import suppress
from typing import Any

import pytest
from prometheus_client import generate_latest

from pullsecret.core.objects import DEPLOYMENT, EVENT, NAMESPACE, SECRET, SERVICE_ACCOUNT, Object
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.operator.election import Leadership
from pullsecret.operator.registries import opener
from pullsecret.operator.wars import ROUNDS
from support.clusters import names_in
from support.contract import TABLE, Raw, gone
from support.operating import HOST, PASSWORD, Stage, because, condition, stays
from support.pullworlds import PullWorld
from support.realcluster import FAILED_PULL, deployment, is_there, pod_of, runs, until


async def test_what_others_do_elsewhere_costs_nothing(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator() as replica:
        await stage.ready(name)
        await replica.recorder.flush()
        await replica.still()
        before = len(replica.calls)
        other = await stage.new_namespace()
        await stage.patch(NAMESPACE, team, {"metadata": {"annotations": {"theirs": "1"}}})
        await stage.patch(SERVICE_ACCOUNT, "default", {"metadata": {"annotations": {"theirs": "1"}}}, team)
        await stage.patch(SECRET, name, {"metadata": {"annotations": {"theirs": "1"}}}, team)
        await stage.source()
        await stage.cluster.create(SERVICE_ACCOUNT, {"metadata": {"name": "other"}}, namespace=team)
        await asyncio.sleep(1.5)
        assert not await is_there(stage.cluster, SECRET, name, other)
        assert [c for c in replica.calls[before:] if c.method != "GET"] == []


async def test_the_status_and_its_columns(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        status = await stage.ready(name)
        (ready,) = status["conditions"]
        assert {k: ready[k] for k in ("type", "status", "reason", "observedGeneration")} == {
            "type": "Ready", "status": "True", "reason": "Synced", "observedGeneration": 1
        }  # fmt: skip
        assert status["namespaces"] == {"desired": 1, "synced": 1, "failed": 0}
        assert (status["secretNames"], status["observedGeneration"]) == ([name], 1)
        answer = await Raw(stage.cluster)(
            "GET", f"/apis/pullsecret.dev/v1alpha1/clusterpullsecrets/{name}", accept=TABLE
        )
        columns = [column["name"] for column in answer["columnDefinitions"]]
        cells = dict(zip(columns, answer["rows"][0]["cells"], strict=True))
        assert {k: cells[k] for k in ("Name", "Ready", "Registries", "Synced")} == {
            "Name": name, "Ready": "True", "Registries": HOST, "Synced": "1/1"
        }  # fmt: skip

        since = ready["lastTransitionTime"]
        await asyncio.sleep(1.1)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"attach": {"to": "None"}}})
        await stage.detached(team, name)
        status = await stage.ready(name)
        assert condition(status)["observedGeneration"] == 2
        await stage.delete(SECRET, "login", stage.platform)
        status = await stage.ready(name, "SourceMissing")
        assert condition(status)["lastTransitionTime"] > since


async def test_events_tell_what_happened_and_nothing_of_a_look(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, verify={})
    async with stage.operator() as replica:
        await stage.ready(name)
        await replica.recorder.flush()
    assert await told_of(stage, name) == {"CredentialVerified", "Synced"}
    async with stage.operator() as replica:
        await stage.patch(CLUSTER_PULL_SECRET, name, {"metadata": {"labels": {"touched": "yes"}}})
        await asyncio.sleep(1)
        await replica.recorder.flush()
        assert [c.address for c in replica.calls if c.method == "POST" and "/events" in c.address] == []
        await stage.source(password="bad-word")
        await stage.ready(name, "CredentialRejected")
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await replica.recorder.flush()
    assert await told_of(stage, name) >= {"CredentialRejected", "Detached"}


async def events(stage: Stage, name: str) -> list[Object]:
    found = await stage.cluster.list(EVENT, namespace="default")
    return [event for event in found if event["involvedObject"].get("name") == name]


async def told_of(stage: Stage, name: str) -> set[str]:
    return {event["reason"] for event in await events(stage, name)}


async def test_nothing_shows_a_password(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Neither status, events, logs nor metrics; nor a hash of it, nor the registry's own words."""
    caplog.set_level(logging.DEBUG)
    team, taken = await stage.new_namespace(), await stage.new_namespace()
    name = await stage.cluster_policy(team, taken, verify={})
    await stage.cluster.create(SECRET, {"metadata": {"name": name}, "type": "Opaque"}, namespace=taken)
    async with stage.operator() as replica:
        await stage.copy(team, name)
        await stage.source(password="bad-secret-word")
        await stage.ready(name, "CredentialRejected")
        await replica.recorder.flush()
        copy = await stage.cluster.get(SECRET, name, namespace=team)
        policy = await stage.cluster.get(CLUSTER_PULL_SECRET, name)
        shown = "\n".join([
            str(policy), str(await events(stage, name)), caplog.text, repr(replica.controller),
            generate_latest(replica.metrics.registry).decode(), str(copy["metadata"]),
            *map(repr, replica.controller._world.states), *map(str, replica.calls),
        ])  # fmt: skip
    assert name in shown
    for password in (PASSWORD, "bad-secret-word"):
        for secret in secret_forms(password, copy["data"][".dockerconfigjson"]):
            assert secret not in shown


def secret_forms(password: str, data: str) -> list[str]:
    """Give a password in all the forms that it could show in."""
    auth = base64.b64encode(f"robot:{password}".encode()).decode()
    plain = [password.encode(), auth.encode(), data.encode(), base64.b64decode(data)]
    hashes = [
        getattr(hashlib, kind)(text).hexdigest() for text in plain for kind in ("sha256", "sha1", "md5")
    ]
    return [password, auth, base64.b64encode(password.encode()).decode(), data, *hashes]


async def test_two_who_keep_undoing_each_other(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)

    async def fight() -> None:
        """Take our entry away as soon as it is there, as Argo CD does."""
        while True:
            await stage.attached(team, name)
            await stage.patch(SERVICE_ACCOUNT, "default", {"imagePullSecrets": []}, team)

    async with stage.operator() as replica:
        await stage.ready(name)
        fighting = asyncio.create_task(fight())
        try:
            status = await stage.ready(name, "NamespacesFailed")
            assert status["failures"][0]["reason"] == "WriteWar"
            before = len([line for line in replica.sent if "serviceaccounts" in line])
            await asyncio.sleep(5)
            after = len([line for line in replica.sent if "serviceaccounts" in line])
            assert before <= ROUNDS + 2
            assert after == before, "not while it waits"
        finally:
            fighting.cancel()
            with suppress(asyncio.CancelledError):
                await fighting
        await replica.recorder.flush()
        assert "WriteWar" in await told_of(stage, name)
        await stage.attached(team, name)
        await stage.ready(name)


async def test_many_changes_are_no_war(stage: Stage) -> None:
    """A Helm release brings ten ServiceAccounts, and ten rotations follow each other."""
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, attach={"to": "All"})
    async with stage.operator():
        await stage.ready(name)
        for number in range(2 * ROUNDS):
            account = {"metadata": {"name": f"a{number}"}}
            await stage.cluster.create(SERVICE_ACCOUNT, account, namespace=team)
            await stage.attached(team, name, f"a{number}")
        for number in range(2 * ROUNDS):
            await stage.source(password=f"word-{number}")
            await stage.copy(team, name, password=f"word-{number}")
        await stage.ready(name)


async def test_who_no_longer_leads_writes_nothing(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    leadership = Leadership.always()
    async with stage.operator(leadership=leadership) as replica:
        copy = await stage.copy(team, name)
        await stage.ready(name)
        leadership.end()
        await replica.still()
        before = len(replica.writes)
        await stage.source(password="another-word")
        late = await stage.new_namespace()
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"namespaces": {"include": [team, late]}}})
        await stays(stage.cluster, SECRET, copy, 2)
        assert not await is_there(stage.cluster, SECRET, name, late)
        assert replica.writes[before:] == []
    async with stage.operator():
        await stage.copy(team, name, password="another-word")
        await stage.copy(late, name, password="another-word")


async def test_a_second_term_begins_with_what_is_true_then(stage: Stage) -> None:
    """Who led before does not hand out what it knew then: another leader rotated since."""
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator() as replica:
        first = await stage.copy(team, name)
        await stage.ready(name)
        leading = replica.lead
        leading.cancel()
        with suppress(asyncio.CancelledError):
            await leading
        await stage.source(password="another-word")
        async with stage.operator():
            second = await stage.copy(team, name, password="another-word")
            source = await stage.cluster.get(SECRET, "login", namespace=stage.platform)
            version = source["metadata"]["resourceVersion"]
            await stage.status(
                name,
                lambda s: because("Synced")(s) and s["credentials"][0]["sourceResourceVersion"] == version,
            )
        before = len(replica.sent)
        replica.lead = asyncio.create_task(replica.controller.lead(Leadership.always()))
        await stays(stage.cluster, SECRET, second, 1)
        await stage.ready(name)
        assert replica.sent[before:] == []
        assert first["metadata"]["uid"] == second["metadata"]["uid"]


async def test_a_policy_that_comes_and_goes_leaves_nothing(stage: Stage) -> None:
    """Deleted while its copies are being made: none of them is left behind."""
    teams = [await stage.new_namespace() for _ in range(6)]
    for number in range(4):
        name = await stage.cluster_policy(*teams, name=f"{stage.run}-{number}")
        async with stage.operator() as replica:
            if number:
                await stage.copy(teams[number], name)
            await stage.delete(CLUSTER_PULL_SECRET, name)
            await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        for team in teams:
            assert not await is_there(stage.cluster, SECRET, name, team), replica.sent
            account = await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=team)
            assert name not in names_in(account)
            assert "annotations" not in account["metadata"] or name not in str(
                account["metadata"]["annotations"]
            )


async def test_renamed_twice_in_a_row(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.ready(name)
        for number in (1, 2):
            await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"secretName": f"{name}-{number}"}})
        await stage.copy(team, f"{name}-2")
        await stage.status(name, lambda s: s["secretNames"] == [f"{name}-2"] and because("Synced")(s))
        for former in (name, f"{name}-1"):
            await gone(stage.cluster, SECRET, former, team)
            await stage.detached(team, former)


class TestOnANode:
    """With a kubelet and a registry."""

    @pytest.fixture
    def kubeconfig(self, world: PullWorld) -> str:
        return world.kubeconfig

    @pytest.mark.parametrize("later", [False, True], ids=["from-the-start", "switched-on-later"])
    async def test_stuck_pods_are_made_again(
        self,
        world: PullWorld,
        stage: Stage,
        later: bool,
    ) -> None:
        team = await stage.new_namespace()
        await _source_of(stage, world)
        await stage.cluster.create(DEPLOYMENT, deployment("web", world.plain.image), namespace=team)
        stuck = await pod_of(stage.cluster, team, FAILED_PULL)
        name = await stage.cluster_policy(team, recoverPods=not later)
        async with stage.operator():
            await stage.attached(team, name)
            if later:
                await stage.ready(name)
                await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"recoverPods": True}})
            pod = await pod_of(stage.cluster, team, runs)
            assert pod["metadata"]["uid"] != stuck["metadata"]["uid"]
            assert pod["spec"]["imagePullSecrets"] == [{"name": name}]
            await until(stage.cluster, EVENT, team, _evicted)  # told when the new Pod was looked at

    async def test_without_leave_no_pod_is_touched(self, world: PullWorld, stage: Stage) -> None:
        team = await stage.new_namespace()
        await _source_of(stage, world)
        await stage.cluster.create(DEPLOYMENT, deployment("web", world.plain.image), namespace=team)
        stuck = await pod_of(stage.cluster, team, FAILED_PULL)
        name = await stage.cluster_policy(team)
        async with stage.operator() as replica:
            await stage.ready(name)
            await asyncio.sleep(3)
            assert not [call for call in replica.calls if "/pods" in call.address]
        now = await pod_of(stage.cluster, team, lambda _pod: True)
        assert now["metadata"]["uid"] == stuck["metadata"]["uid"]

    async def test_the_registry_itself_is_asked(self, world: PullWorld, stage: Stage) -> None:
        team = await stage.new_namespace()
        await _source_of(stage, world)
        name = await stage.cluster_policy(team, verify={"image": world.plain.image, "plainHTTP": True})
        async with stage.operator(open_=opener({}, allow_realms=(), allow_local=True)):
            await stage.ready(name)
            patch = {"spec": {"verify": {"image": world.plain.image.replace("nginx", "no-such-image")}}}
            await stage.patch(CLUSTER_PULL_SECRET, name, patch)
            status = await stage.ready(name, "CredentialRejected")
            assert "image-not-found" in condition(status, "CredentialVerified")["message"]


def _evicted(event: Any) -> bool:
    return bool(event["reason"] == "PodEvicted" and event["involvedObject"]["kind"] == "Pod")


async def _source_of(stage: Stage, world: PullWorld) -> None:
    await stage.delete(SECRET, "login", stage.platform)
    await stage.source(host=world.plain.host, username=world.plain.username, password=world.plain.password)
