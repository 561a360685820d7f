"""A copy that is a policy's source is left, whoever should take it away: it may hold the only credential."""

import asyncio
from typing import Any

from pullsecret.app.sync.gather import sources_of
from pullsecret.app.sync.run import SyncRequest, sync
from pullsecret.core.objects import EVENT, SECRET, SERVICE_ACCOUNT, Object, annotations_of, uid_of
from pullsecret.core.policy.model import DockerConfigSource, Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, LOCAL, POLICY_UID, PULL_SECRET, local_uid
from pullsecret.core.policy.selecting import Namespaces
from pullsecret.core.policy.sources import content_of
from pullsecret.core.pullsecrets import secret_manifest
from support.clusters import login
from support.contract import gone
from support.operating import HOST, PASSWORD, Stage, condition, password_of, stays
from support.realcluster import until


def reads(name: str, namespace: str = "") -> list[Object]:
    """Give credentials that are read from a Secret."""
    ref = {"name": name, **({"namespace": namespace} if namespace else {})}
    return [{"type": "DockerConfig", "secretRef": ref}]


async def in_use(stage: Stage, name: str, by: str) -> Object:
    """Wait until a policy tells that a copy of its is read from."""
    status = await stage.ready(name, "NamespacesFailed")
    (failure,) = status["failures"]
    assert failure["reason"] == "SecretInUse"
    assert f"{by} reads its credential from it" in failure["message"]
    return status


async def test_a_namespace_that_is_excluded_keeps_what_a_team_reads_from(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, secretName=f"{stage.run}-regcred")
    async with stage.operator():
        copy = await stage.copy(team, f"{stage.run}-regcred")
        await stage.attached(team, f"{stage.run}-regcred")
        mine = await stage.own_policy(team, credentials=reads(f"{stage.run}-regcred"))
        await stage.ready(mine, namespace=team)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"namespaces": {"exclude": [team]}}})
        status = await in_use(stage, name, f"PullSecret {team}/{mine}")
        assert condition(status)["message"].startswith("1 namespaces failed"), "not one of none"
        await stage.detached(team, f"{stage.run}-regcred")
        await stays(stage.cluster, SECRET, copy, 0.3)
        await stage.ready(mine, namespace=team)

        await stage.delete(PULL_SECRET, mine, team)
        await gone(stage.cluster, SECRET, f"{stage.run}-regcred", team)
        status = await stage.ready(name)
        assert status["failures"] == []


async def test_a_policy_goes_and_leaves_what_another_reads_from(stage: Stage) -> None:
    team, other = await stage.new_namespace(), await stage.new_namespace()
    first = await stage.cluster_policy(stage.platform, other)
    async with stage.operator():
        copy = await stage.copy(stage.platform, first)
        await stage.attached(stage.platform, first)
        second = await stage.cluster_policy(team, credentials=reads(first, stage.platform))
        await stage.ready(second)
        await stage.delete(CLUSTER_PULL_SECRET, first)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, first)
        await gone(stage.cluster, SECRET, first, other)
        await stays(stage.cluster, SECRET, copy, 0.3)
        await stage.detached(stage.platform, first)
        await stage.ready(second)

        def farewell(event: Object) -> bool:
            about = event["involvedObject"]["name"] == first
            return about and event["reason"] == "Detached" and f"{stage.platform}/{first}" in event["message"]

        event = await until(stage.cluster, EVENT, "default", farewell, patience=10)
        assert f"ClusterPullSecret {second} reads its credential from it" in event["message"]


async def test_what_both_go_for_goes(stage: Stage) -> None:
    team = await stage.new_namespace()
    first = await stage.cluster_policy(stage.platform)
    async with stage.operator():
        await stage.copy(stage.platform, first)
        second = await stage.cluster_policy(team, credentials=reads(first, stage.platform))
        await stage.ready(second)
        for name in (second, first):
            await stage.delete(CLUSTER_PULL_SECRET, name)
        for name in (second, first):
            await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, SECRET, first, stage.platform)
        await gone(stage.cluster, SECRET, second, team)


async def test_a_policy_that_is_made_of_its_own_copy_is_refused(stage: Stage) -> None:
    """Whoever does so takes the first source away next: then the copies hold all that there is."""
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, stage.platform)
    async with stage.operator():
        there = await stage.copy(team, name)
        copy = await stage.copy(stage.platform, name)
        await stage.ready(name)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"credentials": reads(name, stage.platform)}})
        status = await stage.ready(name, "SourceInvalid")
        assert condition(status)["message"].startswith("spec.credentials[0]: ")
        await stage.delete(SECRET, "login", stage.platform)
        await stays(stage.cluster, SECRET, copy, 0.3)
        await stays(stage.cluster, SECRET, there, 0)

        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, SECRET, name, team)
        await stays(stage.cluster, SECRET, copy, 0.3)


async def test_a_copy_of_a_former_name_that_is_the_source_now(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.cluster.create(
        SECRET, secret_manifest("login", login(HOST, password=PASSWORD)), namespace=team
    )
    name = await stage.own_policy(team)
    async with stage.operator():
        copy = await stage.copy(team, name)
        await stage.ready(name, namespace=team)
        spec = {"secretName": f"{name}-new", "credentials": reads(name)}
        await stage.patch(PULL_SECRET, name, {"spec": spec}, team)
        status = await stage.ready(name, "SourceInvalid", namespace=team)
        assert f"{team}/{name} is a copy that this policy made" in condition(status)["message"]
        await stays(stage.cluster, SECRET, copy, 0.3)

        await stage.patch(PULL_SECRET, name, {"spec": {"credentials": reads("login")}}, team)
        await stage.copy(team, f"{name}-new")
        await gone(stage.cluster, SECRET, name, team)
        await stage.ready(name, namespace=team)


async def test_sync_prunes_no_source(stage: Stage) -> None:
    team, other = await stage.new_namespace(), await stage.new_namespace()

    async def run(*namespaces: str, **request: Any) -> Any:
        policy = Policy(
            PolicyKey(LOCAL, "", "login"), f"{stage.run}-pull",
            (DockerConfigSource(SecretRef(stage.platform, "login")),),
            Namespaces(namespaces), uid=local_uid(stage.platform, "login"),
        )  # fmt: skip
        content = content_of(policy, await sources_of(stage.cluster, policy))
        return await sync(stage.cluster, SyncRequest(policy, content, **request), asyncio.sleep)

    assert (await run(team, other)).exit_code == 0
    mine = await stage.own_policy(team, credentials=reads(f"{stage.run}-pull"))
    report = await run(other, prune=True)
    assert [(f.namespace, f.reason) for f in report.failures] == [(team, "SecretInUse")]
    assert f"PullSecret {team}/{mine}" in report.failures[0].message
    copy = await stage.cluster.get(SECRET, f"{stage.run}-pull", namespace=team)
    assert password_of(copy) == PASSWORD
    account = await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=team)
    assert "imagePullSecrets" not in account or not account["imagePullSecrets"]
    await stage.delete(PULL_SECRET, mine, team)
    assert (await run(other, prune=True)).exit_code == 0
    await gone(stage.cluster, SECRET, f"{stage.run}-pull", team)


async def test_a_secret_copied_by_hand_with_its_marks_is_nobody_elses(stage: Stage) -> None:
    """A policy of one namespace gives way to nobody in another."""
    team, other = await stage.new_namespace(), await stage.new_namespace()
    name = f"{stage.run}-regcred"
    await stage.cluster.create(SECRET, secret_manifest("login", login(HOST, password="of-b")), namespace=team)
    async with stage.operator():
        await stage.own_policy(team, name=name)
        await stage.ready(name, namespace=team)
        made = await stage.copy(team, name, password="of-b")
        marks = {part: made["metadata"][part] for part in ("labels", "annotations")}
        manifest = {
            **secret_manifest(name, login(HOST, password="of-b")),
            "metadata": {"name": name, **marks},
        }
        theirs = await stage.cluster.create(SECRET, manifest, namespace=other)
        await stage.cluster_policy(other, name=name)
        status = await stage.ready(name, "NamespacesFailed")
        assert status["failures"][0]["reason"] == "SecretConflict"
        await stays(stage.cluster, SECRET, theirs, 0.3)
        assert annotations_of(theirs)[POLICY_UID] == uid_of(
            await stage.cluster.get(PULL_SECRET, name, namespace=team)
        )
