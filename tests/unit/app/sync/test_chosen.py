"""What a person asked for, and nothing fits: that is told, rather than that nothing had to be done."""

import pytest

from pullsecret.app.sync.run import SyncRequest, sync
from pullsecret.core.errors import UsageError
from pullsecret.core.objects import SECRET
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.names import LOCAL
from pullsecret.core.policy.selecting import Namespaces, Selector
from support.clusters import TestCluster, no_sleep
from support.syncing import a_content, a_policy


@pytest.fixture
def cluster() -> TestCluster:
    made = TestCluster()
    for name in ALL:
        made.namespace(name)
    return made


async def run(cluster, *, prune=False, **policy):
    return await sync(cluster, SyncRequest(a_policy(**policy), a_content(), prune), no_sleep)


def copies(cluster):
    found = (obj["metadata"] for obj in cluster.store.list(SECRET))
    return sorted(meta["namespace"] for meta in found if meta["name"] == "harbor")


ALL = ("batch", "shop", "web")


def typed(*include, exclude=(), **labels):
    return {
        "key": PolicyKey(LOCAL, "", "harbor"),
        "namespaces": Namespaces(include or ("*",), exclude, Selector(labels)),
    }


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize(
    ("how", "message"),
    [
        pytest.param(typed("typo-*", "x?"), r"no namespace fits 'typo-\*', 'x\?'", id="patterns"),
        pytest.param(typed(team="x"), "no namespace matches the labels", id="labels"),
        pytest.param(typed("web", team="x"), "no namespace matches the labels", id="labels-of-a-named-one"),
    ],
)
async def test_a_person_is_told_that_nothing_fits(cluster, how, message, prune):
    with pytest.raises(UsageError, match=message):
        await run(cluster, prune=prune, **how)
    assert cluster.writes == []


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(typed(exclude=("*",)), id="all-left-out"),
        pytest.param({"namespaces": Namespaces(("typo-*",))}, id="a-policy-may-be-ahead-of-its-time"),
        pytest.param({"namespaces": Namespaces(selector=Selector({"team": "x"}))}, id="by-its-labels-too"),
    ],
)
async def test_nothing_may_be_meant(cluster, how):
    report = await run(cluster, **how)
    assert (report.total, report.exit_code) == (0, 0)


async def test_one_of_several_patterns_that_fits_nothing_is_a_failure(cluster):
    report = await run(cluster, **typed("*", "typo-*"))
    assert copies(cluster) == list(ALL)
    assert [(f.namespace, f.reason) for f in report.failures] == [("typo-*", "NotFound")]
    assert (report.total, report.exit_code) == (4, 1)
