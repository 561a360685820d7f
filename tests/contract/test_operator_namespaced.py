"""The operator for some namespaces alone: what happens to these themselves is seen at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pullsecret.app.ports import Followed, Watcher
from pullsecret.core.errors import Forbidden, PullSecretError
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Kind, Object
from pullsecret.core.policy.names import EXCLUDE, PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.core.watching import Batch
from pullsecret.operator import controller, feeds
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


class Late:
    """A watch that we have no right to, until somebody gives it."""

    def __init__(self, real: Followed, given: asyncio.Event) -> None:
        self._real, self._given, self.age = real, given, 0.0

    @property
    def failure(self) -> PullSecretError | None:
        return self._real.failure if self._given.is_set() else Forbidden("no right", status=403)

    async def __aiter__(self) -> AsyncIterator[Batch]:
        await self._given.wait()
        async for batch in self._real:
            yield batch

    async def aclose(self) -> None:
        await self._real.aclose()


class LateWatcher:
    """Follows some kinds of one namespace only when the right to it is given."""

    def __init__(self, real: Watcher, namespace: str, given: dict[Kind, asyncio.Event]) -> None:
        self._real, self._namespace, self._given = real, namespace, given

    def follow(self, kind: Kind, **options: Any) -> Followed:
        followed = self._real.follow(kind, **options)
        mine = self._namespace in (options["namespace"], options["field_selector"].rpartition("=")[2])
        return Late(followed, self._given[kind]) if mine and kind in self._given else followed


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param([NAMESPACE], id="the-namespace"),
        pytest.param([SERVICE_ACCOUNT], id="its-accounts"),
        pytest.param([NAMESPACE, SERVICE_ACCOUNT], id="and-then-its-accounts"),
    ],
)
async def test_a_policy_is_not_let_go_before_its_namespace_was_seen(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, kinds: list[Kind]
) -> None:
    """What is not seen cannot be taken away: the copy and the entry would stay for ever."""
    monkeypatch.setattr(feeds, "_PATIENCE", 0.1)
    monkeypatch.setattr(controller, "_REFUSED_AGAIN", 0.1)
    team, name = await a_team(stage)
    scope, given = Scope((team, stage.platform)), {kind: asyncio.Event() for kind in kinds}
    async with stage.operator(scope=scope):
        await stage.attached(team, name)
    async with stage.operator(scope=scope, watcher=lambda real: LateWatcher(real, team, given)):
        await stage.delete(PULL_SECRET, name, team)
        for kind in kinds:
            await stage.status(name, tells(f"; {kind.plural}/{team} cannot be followed"), namespace=team)
            assert await is_there(stage.cluster, SECRET, name, team)
            given[kind].set()
        await gone(stage.cluster, PULL_SECRET, name, team)
        assert not await is_there(stage.cluster, SECRET, name, team)
        assert names_in(await stage.cluster.get(SERVICE_ACCOUNT, "default", namespace=team)) == []


def tells(text: str) -> Callable[[Object], bool]:
    return lambda status: text in str(status)


def _of_copies(replica: Replica) -> list[str]:
    return [line for line in replica.sent if "/secrets" in line or "/serviceaccounts" in line]
