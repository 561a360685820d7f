"""A watch on which nothing comes any more: the condition and the metric tell, and tell when it is over."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from pullsecret.app.ports import Followed, Watcher
from pullsecret.core.errors import PullSecretError
from pullsecret.core.objects import Kind
from pullsecret.core.watching import Batch
from pullsecret.operator import controller
from support.operating import Replica, Stage, condition

LONG = 0.5
"""Seconds that count as long here; looked at ten times as often."""


@dataclass
class Ages:
    """Watches as they are, but for their age.

    Attributes:
        of: by what is followed, the seconds since its last sign of life; 0 for all others.
    """

    of: dict[str, float] = field(default_factory=dict)

    def over(self, watcher: Watcher) -> Watcher:
        return _Aging(watcher, self)


class _Aging:
    def __init__(self, watcher: Watcher, ages: Ages) -> None:
        self._watcher, self._ages = watcher, ages

    def follow(self, kind: Kind, **how: Any) -> Followed:
        name = how.get("field_selector", "").removeprefix("metadata.name=")
        return _Aged(self._watcher.follow(kind, **how), self._ages, f"{kind.plural}/{name}".rstrip("/"))


class _Aged:
    def __init__(self, followed: Followed, ages: Ages, label: str) -> None:
        self._followed, self._ages, self._label = followed, ages, label

    def __aiter__(self) -> AsyncIterator[Batch]:
        return aiter(self._followed)

    @property
    def age(self) -> float:
        return self._ages.of.get(self._label, 0.0)

    @property
    def last_seen(self) -> float:
        return self._followed.last_seen

    @property
    def failure(self) -> PullSecretError | None:
        return self._followed.failure

    async def aclose(self) -> None:
        await self._followed.aclose()


def shown_age(replica: Replica, watch: str) -> float | None:
    return replica.metrics.registry.get_sample_value("pullsecret_watch_age_seconds", {"watch": watch})


async def test_it_is_noticed_told_and_over(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "STALE", LONG)
    ages, team = Ages(), await stage.new_namespace()
    one, other = await stage.cluster_policy(team), await stage.cluster_policy(team)
    async with stage.operator(watcher=ages.over) as replica:
        replica.metrics.watch(leads=lambda: True, depth=lambda: 0, ages=replica.controller.ages)
        for name in (one, other):
            await stage.ready(name)
        assert shown_age(replica, "serviceaccounts") == 0

        ages.of = {"serviceaccounts": 2 * LONG}
        for name in (one, other):
            ready = condition(await stage.ready(name, "WatchStale"))
            assert (ready["status"], "serviceaccounts" in ready["message"]) == ("False", True)
        assert shown_age(replica, "serviceaccounts") == 2 * LONG

        ages.of = {f"secrets/{one}": 2 * LONG}
        await stage.ready(other)
        ready = condition(await stage.ready(one, "WatchStale"))
        assert f"secrets/{one}" in ready["message"], "told of the policy that needs it"
        assert (shown_age(replica, "serviceaccounts"), shown_age(replica, f"secrets/{one}")) == (0, 2 * LONG)

        ages.of = {f"secrets/{one}": LONG}
        await stage.ready(one)
        ages.of = {}
        assert shown_age(replica, f"secrets/{one}") == 0
