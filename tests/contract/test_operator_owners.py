"""Whose a Secret is: others' are left alone, adopted with leave, and of two policies one has the name."""

from typing import Any

import pytest

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, annotations_of, uid_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, POLICY_UID, PULL_SECRET, local_uid
from pullsecret.core.pullsecrets import secret_manifest
from support.clusters import login, names_in
from support.contract import gone
from support.operating import HOST, PASSWORD, Stage, condition, password_of, stays
from support.realcluster import is_there

ADOPT = "pullsecret.dev/adopt"


def foreign(name: str, *hosts: str, **parts: Any) -> Any:
    return {**secret_manifest(name, login(*(hosts or (HOST,)), password="theirs")), **parts}


async def policy_uid(stage: Stage, name: str, namespace: str = "") -> str:
    kind = PULL_SECRET if namespace else CLUSTER_PULL_SECRET
    return uid_of(await stage.cluster.get(kind, name, namespace=namespace))


async def test_a_foreign_secret_is_left_alone(stage: Stage) -> None:
    team, other = await stage.new_namespace(), await stage.new_namespace()
    name = f"{stage.run}-taken"
    theirs = await stage.cluster.create(SECRET, foreign(name), namespace=team)
    await stage.cluster_policy(team, other, name=name)
    async with stage.operator():
        await stage.attached(other, name)
        status = await stage.ready(name, "NamespacesFailed")
        assert status["namespaces"] == {"desired": 2, "synced": 1, "failed": 1}
        assert status["failures"][0]["namespace"] == team
        assert status["failures"][0]["reason"] == "SecretConflict"
        await stays(stage.cluster, SECRET, theirs, 0)
        account = await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=team)
        assert name not in names_in(account)

        await stage.delete(SECRET, name, team)
        await stage.copy(team, name)
        await stage.ready(name)


async def test_nothing_foreign_goes_with_the_policy(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = f"{stage.run}-taken"
    labels = {
        "app.kubernetes.io/managed-by": "pullsecret",
        "pullsecret.dev/policy": f"ClusterPullSecret.{name}",
    }
    manifest = foreign(name)
    manifest["metadata"]["labels"] = labels
    theirs = await stage.cluster.create(SECRET, manifest, namespace=team)
    await stage.cluster_policy(team, name=name)
    async with stage.operator():
        await stage.ready(name, "NamespacesFailed")
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stays(stage.cluster, SECRET, theirs, 0.2)


@pytest.mark.parametrize(
    ("how", "uid"),
    [
        pytest.param("{name}", "", id="by-name"),
        pytest.param("ClusterPullSecret.{name}", "", id="by-kind-and-name"),
        pytest.param("{name}", local_uid("platform", "login"), id="made-by-sync"),
    ],
)
async def test_adoption(stage: Stage, how: str, uid: str) -> None:
    team = await stage.new_namespace()
    name = f"{stage.run}-taken"
    manifest = foreign(name)
    manifest["metadata"]["annotations"] = {POLICY_UID: uid} if uid else {}
    theirs = await stage.cluster.create(SECRET, manifest, namespace=team)
    await stage.cluster_policy(team, name=name)
    async with stage.operator():
        await stage.ready(name, "NamespacesFailed")
        await stage.patch(SECRET, name, {"metadata": {"annotations": {ADOPT: how.format(name=name)}}}, team)
        copy = await stage.copy(team, name)
        assert uid_of(copy) == uid_of(theirs)
        await stage.ready(name)
        await stage.attached(team, name)


ONCE = foreign("any")["data"]
TWICE = secret_manifest("any", login(HOST, password="one").merged(login(f"http://{HOST}", password="two")))[
    "data"
]
REFUSED = [
    pytest.param({}, "another-policy", "adopt", id="another-policy"),
    pytest.param({"type": "Opaque"}, "{name}", "of type Opaque", id="type"),
    pytest.param({"immutable": True}, "{name}", "immutable", id="immutable"),
    pytest.param({"hosts": (HOST, "other.example.com")}, "{name}", "other.example.com", id="more"),
    pytest.param({"data": TWICE}, "{name}", f"two logins for {HOST}", id="a-second-login"),
    pytest.param({"data": {**ONCE, "tls.key": "eA=="}}, "{name}", "holds tls.key too", id="other-data"),
]


@pytest.mark.parametrize(("parts", "leave", "words"), REFUSED)
async def test_adoption_is_refused(stage: Stage, parts: Any, leave: str, words: str) -> None:
    team = await stage.new_namespace()
    name = f"{stage.run}-taken"
    given = dict(parts)
    manifest = foreign(name, *given.pop("hosts", ()), **given)
    manifest["metadata"]["annotations"] = {ADOPT: leave.format(name=name)}
    theirs = await stage.cluster.create(SECRET, manifest, namespace=team)
    await stage.cluster_policy(team, name=name)
    async with stage.operator():
        status = await stage.ready(name, "NamespacesFailed")
        assert words in status["failures"][0]["message"]
        await stays(stage.cluster, SECRET, theirs, 0.2)


async def test_a_pull_secret_wins_and_the_loser_takes_over(stage: Stage) -> None:
    team, other = await stage.new_namespace(), await stage.new_namespace()
    name = f"{stage.run}-shared"
    await stage.cluster.create(SECRET, foreign("login"), namespace=team)
    await stage.cluster_policy(team, other, name=name)
    async with stage.operator() as replica:
        first = await stage.copy(team, name)
        await stage.own_policy(team, name=name)
        second = await stage.copy(team, name, password="theirs", uid=await policy_uid(stage, name, team))
        assert uid_of(second) == uid_of(first)
        await stage.ready(name, namespace=team)
        status = await stage.ready(name, "NamespacesFailed")
        assert status["failures"][0]["reason"] == "SecretConflict"
        assert f"PullSecret {team}/{name}" in status["failures"][0]["message"]

        before = len(replica.sent)
        await stage.delete(PULL_SECRET, name, team)
        await gone(stage.cluster, PULL_SECRET, name, team)
        third = await stage.copy(team, name, uid=await policy_uid(stage, name))
        assert uid_of(third) == uid_of(first), "the same Secret all along"
        account = await stage.attached(team, name)
        assert names_in(account).count(name) == 1
        await stage.ready(name)
        sent = [line.split()[0] for line in replica.sent[before:] if f"{team}/secrets" in line]
        assert sent == ["PATCH"], "no gap"


async def test_the_older_wins(stage: Stage) -> None:
    team = await stage.new_namespace()
    older = await stage.cluster_policy(team, secretName=f"{stage.run}-shared")
    await stage.source("newer-login", password="newer")
    ref = {"namespace": stage.platform, "name": "newer-login"}
    async with stage.operator():
        await stage.ready(older)
        await stage.older()
        newer = await stage.cluster_policy(
            team, name=f"{stage.run}-z", secretName=f"{stage.run}-shared",
            credentials=[{"type": "DockerConfig", "secretRef": ref}],
        )  # fmt: skip
        status = await stage.ready(newer, "NamespacesFailed")
        assert older in status["failures"][0]["message"]
        first = await stage.copy(team, f"{stage.run}-shared", uid=await policy_uid(stage, older))

        await stage.patch(CLUSTER_PULL_SECRET, older, {"spec": {"secretName": f"{stage.run}-own"}})
        second = await stage.copy(
            team, f"{stage.run}-shared", password="newer", uid=await policy_uid(stage, newer)
        )
        assert uid_of(first) == uid_of(second)
        await stage.copy(team, f"{stage.run}-own")
        await stage.ready(older)
        await stage.ready(newer)
        account = await stage.attached(team, f"{stage.run}-own")
        assert sorted(names_in(account)) == [f"{stage.run}-own", f"{stage.run}-shared"]


async def test_the_winner_ceases_to_mean_the_namespace(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = f"{stage.run}-shared"
    await stage.patch(NAMESPACE, team, {"metadata": {"labels": {"run": stage.run}}})
    only = {"include": [team], "selector": {"matchLabels": {"run": stage.run}}}
    older = await stage.cluster_policy(name=f"{stage.run}-a", secretName=name, namespaces=only)
    async with stage.operator():
        first = await stage.copy(team, name)
        await stage.ready(older)
        await stage.older()
        newer = await stage.cluster_policy(team, name=f"{stage.run}-b", secretName=name)
        await stage.ready(newer, "NamespacesFailed")
        await stage.patch(NAMESPACE, team, {"metadata": {"labels": {"run": None}}})
        second = await stage.copy(team, name, uid=await policy_uid(stage, newer))
        assert uid_of(second) == uid_of(first)
        await stage.ready(newer)
        await stage.ready(older)
        await stage.attached(team, name)


async def test_the_winner_without_a_source_keeps_what_it_had(stage: Stage) -> None:
    """Its copies stay its own, also for who starts anew; a namespace where it has none is the other's."""
    team, late = await stage.new_namespace(), await stage.new_namespace()
    name = f"{stage.run}-shared"
    await stage.source("first", password="first-word")
    ref = {"namespace": stage.platform, "name": "first"}
    sources = [{"type": "DockerConfig", "secretRef": ref}]
    winner = await stage.cluster_policy(team, name=f"{stage.run}-a", secretName=name, credentials=sources)
    async with stage.operator():
        await stage.ready(winner)
        await stage.older()
        await stage.cluster_policy(team, late, name=f"{stage.run}-b", secretName=name)
        await stage.copy(late, name)
        await stage.delete(SECRET, "first", stage.platform)
        await stage.ready(winner, "SourceMissing")
        copy = await stage.copy(team, name, password="first-word")
    async with stage.operator():
        await stage.patch(CLUSTER_PULL_SECRET, winner, {"spec": {"namespaces": {"include": [team, late]}}})
        await stage.ready(winner, "SourceMissing")
        await stays(stage.cluster, SECRET, copy, 0.3)
        await stage.copy(late, name)
        await stage.source("first", password="first-word")
        await stage.ready(winner)
        await stage.copy(late, name, password="first-word")
        await stays(stage.cluster, SECRET, copy, 0)


async def test_a_broken_source_never_had_holds_nobody_off(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = f"{stage.run}-shared"
    ref = {"namespace": stage.platform, "name": "not-there"}
    sources = [{"type": "DockerConfig", "secretRef": ref}]
    older = await stage.cluster_policy(team, name=f"{stage.run}-a", secretName=name, credentials=sources)
    async with stage.operator():
        await stage.ready(older, "SourceMissing")
        await stage.older()
        newer = await stage.cluster_policy(team, name=f"{stage.run}-b", secretName=name)
        await stage.copy(team, name)
        await stage.ready(newer)


async def test_another_name_that_is_taken_loses_nothing(stage: Stage) -> None:
    """Renamed to what is somebody else's: the copy of the old name stays until there is one of the new."""
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    theirs = await stage.cluster.create(SECRET, foreign(f"{name}-taken"), namespace=team)
    async with stage.operator():
        copy = await stage.copy(team, name)
        await stage.ready(name)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"secretName": f"{name}-taken"}})
        status = await stage.ready(name, "NamespacesFailed")
        assert status["secretNames"] == [name, f"{name}-taken"]
        await stays(stage.cluster, SECRET, copy, 0.2)
        await stage.attached(team, name)
        await stays(stage.cluster, SECRET, theirs, 0)

        await stage.delete(SECRET, f"{name}-taken", team)
        await stage.copy(team, f"{name}-taken")
        await gone(stage.cluster, SECRET, name, team)
        status = await stage.ready(name)
        assert status["secretNames"] == [f"{name}-taken"]


async def test_a_copy_is_not_made_of_its_own_source(stage: Stage) -> None:
    team = await stage.new_namespace()
    source = await stage.cluster.get(SECRET, "login", namespace=stage.platform)
    name = await stage.cluster_policy(team, stage.platform, secretName="login")
    async with stage.operator():
        await stage.copy(team, "login")
        status = await stage.ready(name)
        assert status["namespaces"] == {"desired": 1, "synced": 1, "failed": 0}
        await stays(stage.cluster, SECRET, source, 0.2)


async def test_an_immutable_copy_is_told_of(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.ready(name)
        await stage.patch(SECRET, name, {"immutable": True}, team)
        await stage.source(password="another-word")
        status = await stage.ready(name, "NamespacesFailed")
        assert status["failures"][0]["reason"] == "SecretImmutable"
        copy = await stage.cluster.get(SECRET, name, namespace=team)
        assert password_of(copy) == PASSWORD
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        assert not await is_there(stage.cluster, SECRET, name, team)


async def test_an_heir_of_an_immutable_copy(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = f"{stage.run}-shared"
    await stage.cluster_policy(team, name=f"{stage.run}-a", secretName=name)
    async with stage.operator():
        await stage.ready(f"{stage.run}-a")
        await stage.older()
        newer = await stage.cluster_policy(team, name=f"{stage.run}-b", secretName=name)
        await stage.ready(newer, "NamespacesFailed")
        await stage.patch(SECRET, name, {"immutable": True}, team)
        await stage.delete(CLUSTER_PULL_SECRET, f"{stage.run}-a")
        await gone(stage.cluster, CLUSTER_PULL_SECRET, f"{stage.run}-a")
        copy = await stage.copy(team, name, uid=await policy_uid(stage, newer))
        assert "immutable" not in copy
        await stage.ready(newer)
        await stage.attached(team, name)


async def test_an_heir_where_the_copy_opted_out(stage: Stage) -> None:
    """Nobody takes it over, and nobody waits for that."""
    team = await stage.new_namespace()
    name = f"{stage.run}-shared"
    await stage.cluster_policy(team, name=f"{stage.run}-a", secretName=name)
    async with stage.operator():
        await stage.ready(f"{stage.run}-a")
        await stage.older()
        await stage.cluster_policy(team, name=f"{stage.run}-b", secretName=name)
        await stage.ready(f"{stage.run}-b", "NamespacesFailed")
        patch = {"metadata": {"annotations": {"pullsecret.dev/exclude": "true"}}}
        copy = await stage.patch(SECRET, name, patch, team)
        await stage.delete(CLUSTER_PULL_SECRET, f"{stage.run}-a")
        await gone(stage.cluster, CLUSTER_PULL_SECRET, f"{stage.run}-a")
        await stays(stage.cluster, SECRET, copy, 0.2)
        assert annotations_of(copy)[POLICY_UID]


async def test_one_name_in_two_kinds_of_namespaces(stage: Stage) -> None:
    """What one policy leaves does not take another's entries of the same name with it."""
    team, shop = await stage.new_namespace(), await stage.new_namespace()
    name = f"{stage.run}-shared"
    one = await stage.cluster_policy(team, name=f"{stage.run}-a", secretName=name)
    two = await stage.cluster_policy(shop, name=f"{stage.run}-b", secretName=name)
    async with stage.operator():
        await stage.attached(team, name)
        await stage.attached(shop, name)
        await stage.ready(one)
        await stage.ready(two)
        account = await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=shop)
        await stage.delete(CLUSTER_PULL_SECRET, one)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, one)
        await stage.detached(team, name)
        await stays(stage.cluster, SERVICE_ACCOUNT, account, 0.3)
        assert condition(await stage.ready(two))["status"] == "True"
