"""A replica's webhook that is behind undoes the leader's writes within the write: that is tried again."""

from typing import Any

import pytest

from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT, Kind, Object
from pullsecret.core.policy.names import ATTACHED, CLUSTER_PULL_SECRET
from support.clusters import login, names_in
from support.engines import Engine
from support.operating import HOST
from support.policies import PolicyCluster


class Behind(PolicyCluster):
    """A cluster whose webhook puts `harbor` into every ServiceAccount, as long as it is behind."""

    behind = False

    async def patch(self, kind: Kind, name: str, patch: Any, **how: Any) -> Object:
        obj = await super().patch(kind, name, patch, **how)
        if not self.behind or kind != SERVICE_ACCOUNT:
            return obj
        metadata = {**obj["metadata"], "annotations": {ATTACHED: "harbor"}}
        return self.store.update(
            kind, {**obj, "imagePullSecrets": [{"name": "harbor"}], "metadata": metadata}
        )


@pytest.fixture
async def leaving() -> tuple[Behind, Engine]:
    """A policy that no longer means `web`, which the webhook does not know yet."""
    cluster = Behind()
    for name in ("web", "platform"):
        cluster.namespace(name)
    cluster.secret("login", login(HOST), namespace="platform")
    policy = cluster.policy(told=(), namespaces={"include": ["web"]})
    engine = Engine(cluster)
    await engine.settle()
    assert listed(cluster) == ["harbor"]
    policy = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
    spec = {**policy["spec"], "namespaces": {"include": ["none"]}}
    cluster.store.update(CLUSTER_PULL_SECRET, {**policy, "spec": spec})
    cluster.behind = True
    await engine.run(20, seconds=1)
    return cluster, engine


def listed(cluster: Behind) -> list[str]:
    return names_in(cluster.store.get(SERVICE_ACCOUNT, "default", "web"))


async def test_the_secret_stays_while_its_name_is_put_in_again(leaving: tuple[Behind, Engine]) -> None:
    cluster, engine = leaving
    assert engine.find(SECRET, "harbor", "web")
    assert listed(cluster) == ["harbor"]
    cluster.behind = False
    await engine.settle()
    assert engine.find(SECRET, "harbor", "web") is None
    assert listed(cluster) == []


async def test_somebody_who_never_stops_is_left_to_it(leaving: tuple[Behind, Engine]) -> None:
    cluster, engine = leaving
    await engine.settle()
    assert engine.find(SECRET, "harbor", "web") is None
    assert cluster.writes.count(("patch", "serviceaccounts")) < 40
