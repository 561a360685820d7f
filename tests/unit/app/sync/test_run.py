"""A run over all namespaces: one that fails stops no other, what was done is known, none is written twice."""

import asyncio

import pytest

from pullsecret.app.sync.gather import AT_ONCE
from pullsecret.app.sync.report import SyncReport
from pullsecret.app.sync.run import sync
from pullsecret.core.errors import (
    ApiError,
    ClusterUnreachable,
    Conflict,
    Forbidden,
    NotFound,
    Unauthorized,
    UsageError,
)
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.model import Attach, AttachTo, DockerConfigSource, SecretRef
from pullsecret.core.policy.names import EXCLUDE
from pullsecret.core.policy.selecting import Namespaces, Selector
from support.clusters import TestCluster, names_in, no_sleep
from support.policies import PolicyCluster
from support.syncing import a_content, a_request, synced


@pytest.fixture
def cluster() -> TestCluster:
    made = TestCluster()
    for name in ("batch", "shop", "web"):
        made.namespace(name)
    return made


def listed(cluster, namespace, account="default"):
    return names_in(cluster.store.get(SERVICE_ACCOUNT, account, namespace))


def copies(cluster):
    found = (obj["metadata"] for obj in cluster.store.list(SECRET))
    return sorted(meta["namespace"] for meta in found if meta["name"] == "harbor")


def label(cluster, name, **labels):
    obj = cluster.store.get(NAMESPACE, name)
    obj["metadata"]["labels"] = labels
    cluster.store.update(NAMESPACE, obj)


def forbidden(message="no"):
    return Forbidden(message, status=403, reason="Forbidden", hint="ask")


async def test_every_namespace_gets_its_copy_and_the_second_run_writes_nothing(cluster):
    report = await synced(cluster)
    assert copies(cluster) == ["batch", "shop", "web"]
    assert {listed(cluster, name)[0] for name in ("batch", "shop", "web")} == {"harbor"}
    assert [settled.plan.namespace for settled in report.settled] == ["batch", "shop", "web"]
    assert [f"{name}: {step}" for name, step in report.steps[:2]] == [
        "batch: create secret/harbor",
        "batch: attach harbor to serviceaccount/default",
    ]
    assert (report.total, report.done, report.exit_code, len(report.steps)) == (3, 3, 0, 6)
    cluster.writes.clear()
    again = await synced(cluster)
    assert (again.steps, again.exit_code, cluster.writes) == ([], 0, [])


async def test_a_changed_source_reaches_every_copy_in_place(cluster):
    await synced(cluster)
    before = {obj["metadata"]["uid"] for obj in cluster.store.list(SECRET)}
    report = await synced(cluster, content=a_content(password="new"))
    assert {str(step) for _, step in report.steps} == {"update secret/harbor (content)"}
    assert {obj["metadata"]["uid"] for obj in cluster.store.list(SECRET)} == before


async def test_only_those_that_are_meant(cluster):
    label(cluster, "web", team="a")
    label(cluster, "shop", team="a")
    await synced(cluster, namespaces=Namespaces(exclude=("s*",), selector=Selector({"team": "a"})))
    assert copies(cluster) == ["web"]


async def test_a_dry_run_says_what_a_run_does_and_writes_nothing(cluster):
    planned = await synced(cluster, dry_run=True)
    assert cluster.writes == []
    done = await synced(cluster)
    assert [(n, str(s)) for n, s in planned.steps] == [(n, str(s)) for n, s in done.steps]


async def test_what_fails_is_told_and_stops_no_other(cluster):
    cluster.secret("harbor", namespace="batch")
    label(cluster, "shop", **{EXCLUDE: "true"})
    cluster.namespace("gone")
    cluster.store.delete(NAMESPACE, "gone")
    report = await synced(cluster)
    assert [settled.plan.namespace for settled in report.settled] == ["web"]
    assert [plan.namespace for plan in report.skipped] == ["shop"]
    assert [(f.namespace, f.reason, f.exit_code) for f in report.failures] == [
        ("batch", "SecretConflict", 1),
        ("gone", "NamespaceTerminating", 1),
    ]
    assert all(failure.message and failure.hint for failure in report.failures)
    assert (report.exit_code, report.done) == (1, 4)


@pytest.mark.parametrize(
    ("error", "reason", "hint", "code"),
    [
        pytest.param(forbidden(), "Forbidden", "ask", 1, id="forbidden"),
        pytest.param(forbidden("exceeded quota: secrets"), "QuotaExceeded", "ResourceQuota", 1, id="quota"),
        pytest.param(ApiError("boom", status=500), "ApiError", "", 1, id="without-a-reason"),
        pytest.param(ClusterUnreachable("down"), "ClusterUnreachable", "", 3, id="unreachable"),
        pytest.param(
            Unauthorized("who?", status=401, reason="Unauthorized"), "Unauthorized", "", 3, id="401"
        ),
    ],
)
async def test_how_refusals_are_told(cluster, error, reason, hint, code):
    cluster.refuse("create", error)
    report = await synced(cluster)
    (failure,) = report.failures
    assert (failure.reason, failure.message) == (reason, error.message)
    assert hint in failure.hint
    assert (report.exit_code, len(report.settled)) == (code, 2)


async def test_what_was_written_before_a_failure_is_told(cluster):
    cluster.refuse("patch", forbidden())
    report = await synced(cluster, namespaces=Namespaces(("web",)))
    assert [str(step) for _, step in report.steps] == ["create secret/harbor"]
    assert report.settled == []


async def test_named_namespaces_that_are_not_there_or_may_not_be_read(cluster):
    cluster.refuse("list serviceaccounts", forbidden())
    report = await synced(cluster, namespaces=Namespaces(("nowhere", "web")))
    assert [(f.namespace, f.reason, f.hint) for f in report.failures] == [
        ("nowhere", "NotFound", "kubectl create namespace nowhere"),
        ("web", "Forbidden", "ask"),
    ]
    assert (report.total, cluster.writes) == (2, [])


async def test_a_cluster_that_goes_away_is_not_asked_a_thousand_times():
    cluster = TestCluster()
    for index in range(AT_ONCE * 3):
        cluster.namespace(f"n{index}")
    cluster.refuse("create", ClusterUnreachable("down"), times=999)
    report = await synced(cluster)
    assert len(cluster.writes) == 0
    assert len(report.failures) == AT_ONCE * 3
    assert sum("was not tried" in failure.message for failure in report.failures) == AT_ONCE * 2
    assert report.exit_code == 3


async def test_it_is_told_how_far_it_is(cluster):
    told = []
    await sync(cluster, a_request(), no_sleep, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


async def test_who_stops_it_knows_what_was_done(cluster):
    report, going = SyncReport(), asyncio.Event()
    create = cluster.create

    async def slow(kind, obj, **how):
        if how["namespace"] == "shop":
            going.set()
            await asyncio.Event().wait()
        return await create(kind, obj, **how)

    cluster.create = slow
    task = asyncio.create_task(sync(cluster, a_request(), no_sleep, report=report))
    await going.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [settled.plan.namespace for settled in report.settled] == ["batch", "web"]
    assert (report.done, report.total) == (2, 3)


# pruning


async def narrowed(cluster, **how):
    """Run over all, then over `web` alone."""
    await synced(cluster)
    cluster.writes.clear()
    return await synced(cluster, namespaces=Namespaces(("web",)), **how)


async def test_without_prune_nothing_is_ever_deleted(cluster):
    report = await narrowed(cluster)
    assert (copies(cluster), report.steps, cluster.writes) == (["batch", "shop", "web"], [], [])


async def test_prune_takes_away_what_an_earlier_run_left(cluster):
    report = await narrowed(cluster, prune=True)
    assert copies(cluster) == report.kept == ["web"]
    assert report.removed == {"batch", "shop"}
    assert listed(cluster, "batch") == []
    assert [f"{name}: {step}" for name, step in report.steps][:2] == [
        "batch: detach harbor from serviceaccount/default",
        "batch: delete secret/harbor",
    ]


async def test_prune_leaves_what_is_anothers(cluster):
    await synced(cluster)
    cluster.store.delete(SECRET, "harbor", "batch")
    cluster.secret("harbor", namespace="batch")
    label(cluster, "shop", **{EXCLUDE: "true"})
    report = await synced(cluster, namespaces=Namespaces(("web",)), prune=True)
    assert copies(cluster) == ["batch", "shop", "web"]
    assert [plan.namespace for plan in report.skipped] == ["shop"]
    assert report.exit_code == 0


async def test_prune_finds_a_name_in_a_list_whose_copy_is_gone(cluster):
    await synced(cluster)
    cluster.store.delete(SECRET, "harbor", "batch")
    await synced(cluster, namespaces=Namespaces(("web",)), prune=True)
    assert listed(cluster, "batch") == []


async def test_prune_finds_a_name_in_a_list_whose_secret_is_another_by_now(cluster):
    await synced(cluster)
    cluster.store.delete(SECRET, "harbor", "batch")
    cluster.secret("harbor", namespace="batch")
    report = await synced(cluster, namespaces=Namespaces(("web",)), prune=True)
    assert (copies(cluster), listed(cluster, "batch")) == (["batch", "web"], [])
    assert report.exit_code == 0


async def test_prune_leaves_what_a_policy_of_the_cluster_reads_from():
    cluster = PolicyCluster()
    for name in ("batch", "shop", "web"):
        cluster.namespace(name)
    await synced(cluster)
    reads = {"type": "DockerConfig", "secretRef": {"name": "harbor"}}
    cluster.policy("mine", namespace="batch", credentials=[reads])
    report = await synced(cluster, namespaces=Namespaces(("web",)), prune=True)
    assert (copies(cluster), listed(cluster, "batch")) == (["batch", "web"], [])
    assert (report.removed, report.exit_code) == ({"shop"}, 1)
    (failure,) = report.failures
    assert (failure.namespace, failure.reason) == ("batch", "SecretInUse")
    assert "PullSecret batch/mine reads its credential from it" in failure.message


async def test_prune_leaves_what_the_policy_itself_reads_from(cluster):
    await synced(cluster)
    sources = (DockerConfigSource(SecretRef("batch", "harbor")),)
    report = await synced(cluster, sources=sources, prune=True)
    assert copies(cluster) == ["batch", "shop", "web"]
    assert [(f.namespace, f.reason) for f in report.failures] == [("batch", "SecretInUse")]


async def test_nothing_is_pruned_where_policies_may_not_be_looked_at(cluster):
    await synced(cluster)
    cluster.refuse("list clusterpullsecrets", forbidden())
    cluster.writes.clear()
    with pytest.raises(Forbidden):
        await synced(cluster, namespaces=Namespaces(("web",)), prune=True)
    assert cluster.writes == []


async def test_a_pattern_that_fits_nothing_takes_nothing_away(cluster):
    await synced(cluster)
    cluster.writes.clear()
    with pytest.raises(UsageError, match="pruning would take all 3 copies away"):
        await synced(cluster, namespaces=Namespaces(("wbe*",)), prune=True)
    assert cluster.writes == []
    report = await synced(cluster, namespaces=Namespaces(exclude=("*",)), prune=True)
    assert (copies(cluster), report.kept, report.exit_code) == ([], [], 0)


# ServiceAccounts


async def test_the_account_of_a_new_namespace_is_waited_for(cluster):
    cluster.store.delete(SERVICE_ACCOUNT, "default", "web")
    waits = []

    async def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            cluster.account("default")

    report = await sync(cluster, a_request(), sleep)
    assert listed(cluster, "web") == ["harbor"]
    assert (len(waits), report.absent, list(report.warnings())) == (3, {}, [])


async def test_it_is_not_waited_for_without_end(cluster):
    cluster.store.delete(SERVICE_ACCOUNT, "default", "web")
    report = await synced(cluster)
    assert "web" in copies(cluster)
    assert list(report.warnings()) == ["there is no ServiceAccount 'default' in web"]


async def test_nor_in_a_namespace_that_is_gone_or_left_alone(cluster):
    for name in ("web", "shop"):
        cluster.store.delete(SERVICE_ACCOUNT, "default", name)
    label(cluster, "shop", **{EXCLUDE: "true"})
    gone = NotFound("gone", status=404, reason="NotFound")
    cluster.refuse("get", gone, times=2)
    cluster.refuse("create", NotFound("gone", status=404, reason="NotFound"), times=3)

    async def never(seconds):
        raise AssertionError

    report = await sync(cluster, a_request(namespaces=Namespaces(exclude=("batch",))), never)
    assert [failure.reason for failure in report.failures] == ["NamespaceTerminating"]


async def test_an_account_that_is_nowhere_is_warned_about_once(cluster):
    cluster.namespace("x")
    cluster.account("builder", namespace="web")
    report = await synced(cluster, attach=Attach(accounts=("builder", "bilder")))
    assert listed(cluster, "web", "builder") == ["harbor"]
    assert list(report.warnings()) == [
        "there is no ServiceAccount 'bilder' in batch, shop, web and 1 more",
        "there is no ServiceAccount 'builder' in batch, shop, x",
    ]


@pytest.mark.parametrize("to", [AttachTo.ALL, AttachTo.NONE])
async def test_all_or_none(cluster, to):
    cluster.account("builder", namespace="web")
    report = await synced(cluster, attach=Attach(to))
    expected = ["harbor"] if to is AttachTo.ALL else []
    assert listed(cluster, "web", "builder") == listed(cluster, "web") == expected
    assert list(report.warnings()) == []


async def test_others_who_keep_changing_the_same_are_told_of(cluster):
    cluster.refuse("patch", Conflict("changed", status=409, reason="Conflict"), times=99)
    report = await synced(cluster, namespaces=Namespaces(("web",)))
    (failure,) = report.failures
    assert (failure.reason, failure.exit_code) == ("ClusterError", 1)
