"""What the operator does with copies and with ServiceAccounts, on both clusters."""

from typing import Any

import pytest

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, annotations_of, uid_of
from pullsecret.core.policy.names import ATTACHED, CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from support.clusters import login, names_in
from support.contract import gone
from support.operating import HOST, Stage, condition, password_of, stays
from support.realcluster import PATIENCE, is_there

EXCLUDE = "pullsecret.dev/exclude"


async def test_copies_are_made_followed_and_put_back(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        first = await stage.copy(team, name)
        await stage.attached(team, name)
        await stage.ready(name)
        assert first["type"] == "kubernetes.io/dockerconfigjson"
        assert first["metadata"]["labels"] == {
            "app.kubernetes.io/managed-by": "pullsecret",
            "pullsecret.dev/policy": f"ClusterPullSecret.{name}",
        }

        await stage.source(password="another-word")
        second = await stage.copy(team, name, password="another-word")
        assert uid_of(second) == uid_of(first), "changed in place: the kubelet ties images to the UID"

        await stage.patch(SECRET, name, {"data": {".dockerconfigjson": "e30="}}, team)
        await stage.copy(team, name, password="another-word")

        await stage.delete(SECRET, name, team)
        third = await stage.copy(team, name, password="another-word")
        assert uid_of(third) != uid_of(first)
        await stage.ready(name)


async def test_what_was_there_before_the_operator(stage: Stage) -> None:
    """Policies of both kinds are there when it starts: none hides the others."""
    team, shop = await stage.new_namespace(), await stage.new_namespace()
    name = await stage.cluster_policy(team)
    await stage.cluster.create(SECRET, _source(), namespace=shop)
    own = await stage.own_policy(shop)
    async with stage.operator():
        await stage.copy(team, name)
        await stage.copy(shop, own)
        await stage.ready(name)
        await stage.ready(own, namespace=shop)
    async with stage.operator() as replica:
        await stage.ready(name)
        await stage.ready(own, namespace=shop)
        assert replica.sent == []


async def test_namespaces_begin_and_cease_to_match(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, namespaces={"selector": {"matchLabels": {"run": stage.run}}})
    async with stage.operator():
        await stage.status(name, lambda s: s.get("namespaces") == {"desired": 0, "synced": 0, "failed": 0})
        await stage.patch(NAMESPACE, team, {"metadata": {"labels": {"run": stage.run}}})
        await stage.copy(team, name)
        await stage.attached(team, name)

        late = await stage.new_namespace()
        await stage.patch(NAMESPACE, late, {"metadata": {"labels": {"run": stage.run}}})
        await stage.attached(late, name)
        await stage.status(name, lambda s: s["namespaces"] == {"desired": 2, "synced": 2, "failed": 0})

        await stage.patch(NAMESPACE, team, {"metadata": {"labels": {"run": None}}})
        await stage.detached(team, name)
        await gone(stage.cluster, SECRET, name, team)
        await stage.status(name, lambda s: s["namespaces"]["desired"] == 1)
        assert await is_there(stage.cluster, SECRET, name, late)


async def test_accounts_that_are_made_later(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, attach={"to": "Named", "serviceAccounts": ["builder"]})
    async with stage.operator():
        await stage.ready(name)
        await stage.cluster.create(SERVICE_ACCOUNT, {"metadata": {"name": "builder"}}, namespace=team)
        await stage.attached(team, name, "builder")
        default = await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=team)
        assert name not in names_in(default)

        await stage.patch(SERVICE_ACCOUNT, "builder", {"imagePullSecrets": [{"name": "theirs"}]}, team)
        account = await stage.attached(team, name, "builder")
        assert names_in(account) == ["theirs", name], "put back beside what others put there"


@pytest.mark.parametrize(
    ("to", "accounts", "left"),
    [
        pytest.param("None", set(), {"default", "builder"}, id="none"),
        pytest.param("All", {"default", "builder"}, set(), id="all"),
    ],
)
async def test_attach_is_changed(stage: Stage, to: str, accounts: set[str], left: set[str]) -> None:
    team = await stage.new_namespace()
    await stage.cluster.create(SERVICE_ACCOUNT, {"metadata": {"name": "builder"}}, namespace=team)
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.attached(team, name)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"attach": {"to": to}}})
        for account in accounts:
            await stage.attached(team, name, account)
        for account in left:
            await stage.detached(team, name, account)
        await stage.ready(name)
        assert await is_there(stage.cluster, SECRET, name, team)


async def test_an_entry_that_was_there_before_us_stays(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = f"{stage.run}-there"
    await stage.patch(SERVICE_ACCOUNT, "default", {"imagePullSecrets": [{"name": name}]}, team)
    await stage.cluster_policy(team, name=name)
    async with stage.operator():
        await stage.ready(name)
        account = await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=team)
        assert ATTACHED not in annotations_of(account)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stays(stage.cluster, SERVICE_ACCOUNT, account, 0.2)
        assert not await is_there(stage.cluster, SECRET, name, team)


async def test_a_policy_that_is_deleted_detaches_then_deletes(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.patch(SERVICE_ACCOUNT, "default", {"imagePullSecrets": [{"name": "theirs"}]}, team)
    name = await stage.cluster_policy(team)
    async with stage.operator() as replica:
        await stage.attached(team, name)
        await stage.ready(name)
        before = len(replica.sent)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        account = await stage.detached(team, name)
        assert names_in(account) == ["theirs"]
        assert not await is_there(stage.cluster, SECRET, name, team)
        sent = [line.split()[:2] for line in replica.sent[before:] if team in line]
        assert sent == [
            ["PATCH", f"{team}/serviceaccounts/default"],
            ["DELETE", f"{team}/secrets/{name}"],
        ]


async def test_orphaned_copies_stay(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team, deletionPolicy="Orphan")
    async with stage.operator():
        account, copy = await stage.attached(team, name), await stage.copy(team, name)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stays(stage.cluster, SERVICE_ACCOUNT, account, 0.3)
        await stays(stage.cluster, SECRET, copy, 0)


async def test_another_secret_name(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    renamed = f"{name}-renamed"
    async with stage.operator() as replica:
        await stage.attached(team, name)
        await stage.ready(name)
        before = len(replica.sent)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"secretName": renamed}})
        await stage.copy(team, renamed)
        await gone(stage.cluster, SECRET, name, team)
        account = await stage.detached(team, name)
        assert names_in(account) == [renamed]
        await stage.status(name, lambda s: s["secretNames"] == [renamed] and condition(s)["status"] == "True")
        sent = [line.split()[0] for line in replica.sent[before:] if team in line]
        assert sent == ["POST", "PATCH", "PATCH", "DELETE"], "the new one first"


async def test_another_secret_name_while_nobody_runs(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.ready(name)
    await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"secretName": f"{name}-renamed"}})
    async with stage.operator():
        await stage.copy(team, f"{name}-renamed")
        await gone(stage.cluster, SECRET, name, team)
        await stage.detached(team, name)


@pytest.mark.parametrize("ends", ["renamed-on", "deleted"])
async def test_renamed_twice_with_a_foreign_secret_and_a_restart_between(stage: Stage, ends: str) -> None:
    """The first new name is taken in one namespace, so that neither old nor new copies are all there is."""
    taken, team = await stage.new_namespace(), await stage.new_namespace()
    name = await stage.cluster_policy(taken, team)
    second, third = f"{name}-second", f"{name}-third"
    theirs = secret_manifest(second, login(HOST, password="theirs"))
    await stage.cluster.create(SECRET, theirs, namespace=taken)
    async with stage.operator():
        await stage.ready(name)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"secretName": second}})
        await stage.attached(team, second)
        status = await stage.ready(name, "NamespacesFailed")
        assert status["secretNames"] == [name, second]
    await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"secretName": third}})
    if ends == "deleted":
        await stage.delete(CLUSTER_PULL_SECRET, name)
    async with stage.operator():
        if ends == "renamed-on":
            await stage.attached(team, third)
            status = await stage.ready(name)
            assert status["secretNames"] == [third]
        else:
            await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        for former in (name, second):
            for namespace in (taken, team):
                await stage.detached(namespace, former)
            assert not await is_there(stage.cluster, SECRET, former, team)
    assert not await is_there(stage.cluster, SECRET, name, taken)
    assert password_of(await stage.cluster.get(SECRET, second, namespace=taken)) == "theirs"


async def test_deletion_is_taken_up_again(stage: Stage) -> None:
    """Deleted while nobody ran: whoever starts next carries it out."""
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.ready(name)
    await stage.delete(CLUSTER_PULL_SECRET, name)
    await stage.delete(SECRET, "login", stage.platform)
    async with stage.operator():
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stage.detached(team, name)
        assert not await is_there(stage.cluster, SECRET, name, team)


async def test_a_policy_is_deleted_and_made_again(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        first = await stage.copy(team, name)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stage.cluster_policy(team, name=name)
        policy = await stage.cluster.get(CLUSTER_PULL_SECRET, name)
        second = await stage.copy(team, name, uid=uid_of(policy))
        assert uid_of(first) != uid_of(second)
        await stage.attached(team, name)
        await stage.ready(name)


async def test_a_namespace_is_deleted_and_made_again(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.attached(team, name)
        await stage.ready(name)
        await stage.delete(NAMESPACE, team)
        await gone(stage.cluster, NAMESPACE, team, patience=PATIENCE)
        await stage.status(name, lambda s: s["namespaces"]["desired"] == 0)
        await stage.cluster.create(NAMESPACE, {"metadata": {"name": team}})
        await stage.copy(team, name)
        await stage.attached(team, name)


def mark(where: str, name: str = EXCLUDE) -> Any:
    return {"metadata": {where: {name: "true"}}}


OPT_OUTS = [
    pytest.param(NAMESPACE, mark("annotations"), id="namespace-annotation"),
    pytest.param(NAMESPACE, mark("labels"), id="namespace-label"),
    pytest.param(
        NAMESPACE, mark("annotations", "k8s.titansoft.com/imagepullsecret-patcher-exclude"), id="titansoft"
    ),
    pytest.param(NAMESPACE, mark("annotations", "alexellis.io/registry-creds.ignore"), id="registry-creds"),
    pytest.param(NAMESPACE, mark("annotations", "pborn.eu/imagepullsecret-patcher-exclude"), id="pborn"),
    pytest.param(SECRET, mark("annotations"), id="secret-annotation"),
    pytest.param(SECRET, mark("labels"), id="secret-label"),
    pytest.param(SECRET, mark("annotations", "pborn.eu/imagepullsecret-patcher-exclude"), id="secret-pborn"),
]


@pytest.mark.parametrize(("kind", "patch"), OPT_OUTS)
async def test_who_opts_out_is_left_as_it_is(stage: Stage, kind: Any, patch: Any) -> None:
    team, other = await stage.new_namespace(), await stage.new_namespace()
    name = await stage.cluster_policy(team, other)
    async with stage.operator():
        await stage.attached(team, name)
        await stage.attached(other, name)
        await stage.ready(name)
        what, where = (team, "") if kind is NAMESPACE else (name, team)
        await stage.patch(kind, what, patch, where)
        status = await stage.status(name, lambda s: s["namespaces"]["desired"] == 1)
        assert status["summary"]["synced"] == "1/1"
        await stage.ready(name)
        copy = await stage.cluster.get(SECRET, name, namespace=team)
        account = await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=team)
        await stage.source(password="another-word")
        await stage.copy(other, name, password="another-word")
        await stays(stage.cluster, SECRET, copy, 0.5)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stays(stage.cluster, SECRET, copy, 0)
        await stays(stage.cluster, SERVICE_ACCOUNT, account, 0)


async def test_who_opts_in_again(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.patch(NAMESPACE, team, mark("annotations"))
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.status(name, lambda s: s["namespaces"]["desired"] == 0)
        assert not await is_there(stage.cluster, SECRET, name, team)
        await stage.patch(NAMESPACE, team, {"metadata": {"annotations": {EXCLUDE: None}}})
        await stage.attached(team, name)


async def test_an_account_that_opts_out(stage: Stage) -> None:
    team = await stage.new_namespace()
    account = {"metadata": {"name": "builder", "annotations": {EXCLUDE: "true"}}}
    await stage.cluster.create(SERVICE_ACCOUNT, account, namespace=team)
    name = await stage.cluster_policy(team, attach={"to": "All"})
    async with stage.operator():
        await stage.attached(team, name)
        await stage.ready(name)
        builder = await stage.cluster.get(SERVICE_ACCOUNT, "builder", namespace=team)
        assert names_in(builder) == []


@pytest.mark.parametrize("where", ["annotations", "labels"])
async def test_an_account_that_opts_out_after_it_was_attached(stage: Stage, where: str) -> None:
    """It is left as it is from then on: with our entry, until somebody takes that out; then without it."""
    team = await stage.new_namespace()
    await stage.cluster.create(SERVICE_ACCOUNT, {"metadata": {"name": "builder"}}, namespace=team)
    name = await stage.cluster_policy(team, attach={"to": "All"})
    async with stage.operator() as replica:
        await stage.attached(team, name)
        await stage.attached(team, name, "builder")
        await stage.ready(name)
        opted_out = await stage.patch(SERVICE_ACCOUNT, "builder", mark(where), team)
        await stays(stage.cluster, SERVICE_ACCOUNT, opted_out, 0.5)
        assert name in names_in(opted_out)

        emptied = await stage.patch(SERVICE_ACCOUNT, "builder", {"imagePullSecrets": []}, team)
        await stage.patch(SERVICE_ACCOUNT, "default", {"imagePullSecrets": []}, team)
        await stage.attached(team, name)  # the other one is put right; by then this one could be
        await stage.source(password="another-word")
        await stage.copy(team, name, password="another-word")
        assert await replica.controller.names_for(team, "default") == (name,)
        await stays(stage.cluster, SERVICE_ACCOUNT, emptied, 0.5)
    async with stage.operator():
        await stage.patch(SERVICE_ACCOUNT, "default", {"imagePullSecrets": []}, team)
        await stage.attached(team, name)
        await stays(stage.cluster, SERVICE_ACCOUNT, emptied, 0)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stays(stage.cluster, SERVICE_ACCOUNT, emptied, 0)


async def test_an_account_that_opted_out_keeps_what_it_had_when_the_policy_goes(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.attached(team, name)
        await stage.ready(name)
        opted_out = await stage.patch(SERVICE_ACCOUNT, "default", mark("annotations"), team)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, SECRET, name, team)
        await stays(stage.cluster, SERVICE_ACCOUNT, opted_out, 0)


async def test_a_namespaced_policy_and_the_names_for_the_webhook(stage: Stage) -> None:
    team = await stage.new_namespace()
    await stage.cluster.create(SECRET, _source(), namespace=team)
    own = await stage.own_policy(team, attach={"to": "Named", "serviceAccounts": ["builder"]})
    wide = await stage.cluster_policy(team)
    async with stage.operator() as replica:
        await stage.copy(team, own)
        await stage.copy(team, wide)
        assert await replica.controller.names_for(team, "builder") == (own,)
        assert await replica.controller.names_for(team, "default") == (wide,)
        await stage.patch(NAMESPACE, team, mark("labels"))
        await stage.status(wide, lambda s: s["namespaces"]["desired"] == 0)
        assert await replica.controller.names_for(team, "default") == ()
        assert await replica.controller.names_for("no-such-namespace", "default") == ()
        await stage.delete(PULL_SECRET, own, team)
        await gone(stage.cluster, PULL_SECRET, own, team)


def _source() -> Any:
    return secret_manifest("login", login(HOST))
