"""The operator for some namespaces alone: what happens to these themselves is seen at once."""

import pytest

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import EXCLUDE
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.operator.scope import Scope
from support.clusters import login, names_in
from support.contract import gone, make_namespace
from support.operating import HOST, Replica, Stage, stays
from support.realcluster import is_there

TITANSOFT = "k8s.titansoft.com/imagepullsecret-patcher-exclude"


async def a_team(stage: Stage) -> tuple[str, str]:
    """Make a namespace with a source and a policy of its own."""
    team = await stage.new_namespace()
    await stage.cluster.create(SECRET, secret_manifest("login", login(HOST)), namespace=team)
    return team, await stage.own_policy(team)


async def opted_out(stage: Stage, team: str, name: str) -> None:
    await stage.status(name, lambda status: status["namespaces"]["desired"] == 0, namespace=team)


@pytest.mark.parametrize(
    ("where", "key"),
    [
        pytest.param("annotations", EXCLUDE, id="annotation"),
        pytest.param("labels", EXCLUDE, id="label"),
        pytest.param("annotations", TITANSOFT, id="titansoft"),
    ],
)
async def test_it_opts_out_and_in_again(stage: Stage, where: str, key: str) -> None:
    team, name = await a_team(stage)
    async with stage.operator(scope=Scope((team,))):
        await stage.ready(name, namespace=team)
        await stage.patch(NAMESPACE, team, {"metadata": {where: {key: "true"}}})
        await opted_out(stage, team, name)
        account = await stage.patch(SERVICE_ACCOUNT, "default", {"imagePullSecrets": []}, team)
        await stage.delete(SECRET, name, team)
        await stays(stage.cluster, SERVICE_ACCOUNT, account)
        assert not await is_there(stage.cluster, SECRET, name, team)
        await stage.patch(NAMESPACE, team, {"metadata": {where: {key: None}}})
        await stage.copy(team, name)
        await stage.attached(team, name)
        await stage.ready(name, namespace=team)


async def test_it_opted_out_before_the_start(stage: Stage) -> None:
    team, name = await a_team(stage)
    await stage.patch(NAMESPACE, team, {"metadata": {"annotations": {EXCLUDE: "true"}}})
    async with stage.operator(scope=Scope((team,))) as replica:
        await opted_out(stage, team, name)
        assert not await is_there(stage.cluster, SECRET, name, team)
        assert _of_copies(replica) == []


async def test_it_is_deleted_and_made_again(stage: Stage) -> None:
    """Nothing is written while it goes, nor of what was known before when it is there again."""
    team, name = await a_team(stage)
    async with stage.operator(scope=Scope((team,))) as replica:
        await stage.ready(name, namespace=team)
        before = len(replica.sent)
        await stage.delete(NAMESPACE, team)
        await gone(stage.cluster, NAMESPACE, team)
        assert [line for line in replica.sent[before:] if line.startswith("POST")] == []
        await make_namespace(stage.cluster, team)
        await stage.cluster.create(SECRET, secret_manifest("login", login(HOST)), namespace=team)
        again = await stage.own_policy(team)
        await stage.copy(team, again)
        account = await stage.attached(team, again)
        assert names_in(account) == [again]


def _of_copies(replica: Replica) -> list[str]:
    return [line for line in replica.sent if "/secrets" in line or "/serviceaccounts" in line]
