"""A replica that takes the lead over acts on what is so, not on what it saw last."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from pullsecret.app.ports import Followed, Watcher
from pullsecret.core.errors import PullSecretError
from pullsecret.core.objects import SECRET, Kind
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.watching import Batch
from support.operating import Stage, stays


@dataclass
class Hanging:
    """Follows as another does, until the connections of that time hang half open: nothing comes any more."""

    watcher: Watcher
    hang: asyncio.Event
    kind: Kind
    hung: list["_Hung"] = field(default_factory=list)

    def follow(self, kind: Kind, **choice: Any) -> Followed:
        followed = self.watcher.follow(kind, **choice)
        if kind != self.kind or self.hang.is_set():
            return followed
        self.hung.append(_Hung(followed, self.hang))
        return self.hung[-1]


@dataclass
class _Hung:
    followed: Followed
    hang: asyncio.Event
    missed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def last_seen(self) -> float:
        return self.followed.last_seen

    @property
    def age(self) -> float:
        return self.followed.age

    @property
    def failure(self) -> PullSecretError | None:
        return self.followed.failure

    async def __aiter__(self) -> AsyncIterator[Batch]:
        async for batch in self.followed:
            if self.hang.is_set():
                self.missed.set()
                await asyncio.Event().wait()
            yield batch

    async def aclose(self) -> None:
        await self.followed.aclose()


@pytest.mark.parametrize("kind", [SECRET, CLUSTER_PULL_SECRET], ids=lambda kind: kind.plural)
async def test_a_new_leader_brings_nothing_old_back(stage: Stage, kind: Kind) -> None:
    """Its watches of the sources, or of the policies, had hung when the former leader did its work."""
    team, later = await stage.new_namespace(), await stage.new_namespace()
    name = await stage.cluster_policy(team)
    hang, leads, hanging = asyncio.Event(), asyncio.Event(), list[Hanging]()

    def watcher(real: Watcher) -> Watcher:
        hanging.append(Hanging(real, hang, kind))
        return hanging[-1]

    async with stage.operator(watcher=watcher, leads=leads) as standby:
        async with stage.operator():
            await stage.ready(name)
            hang.set()
            await stage.source(password="rotated")
            await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"namespaces": {"include": [team, later]}}})
            copies = [await stage.copy(one, name, password="rotated") for one in (team, later)]
            await stage.attached(later, name)
        assert any(one.missed.is_set() for one in hanging[0].hung)
        leads.set()
        await stage.ready(name)
        for copy in copies:
            await stays(stage.cluster, SECRET, copy, 1)
        assert [line for line in standby.sent if "/secrets/" in line] == []
