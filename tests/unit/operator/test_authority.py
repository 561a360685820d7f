"""One authority for all replicas, whoever makes or rotates it."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta

import pytest

from pullsecret.core.errors import Conflict, Finding, Forbidden
from pullsecret.core.objects import SECRET
from pullsecret.core.policy.names import MANAGED_BY
from pullsecret.operator.authority import shared_authority
from pullsecret.operator.certificates import split_bundle
from support.clusters import TestCluster

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PLACE = {"namespace": "ops", "name": "pullsecret-webhook-ca"}


@pytest.fixture
def cluster() -> TestCluster:
    made = TestCluster()
    made.namespace("ops")
    return made


async def secret_of(cluster):
    return await cluster.get(SECRET, PLACE["name"], namespace="ops")


async def test_the_first_one_makes_it_and_all_others_read_it(cluster):
    first = await shared_authority(cluster, **PLACE, now=NOW)
    second = await shared_authority(cluster, **PLACE, now=NOW + DAY)
    assert (first.authority.pair, first.bundle) == (second.authority.pair, second.bundle)
    assert cluster.writes == [("create", "secrets")]
    assert (await secret_of(cluster))["type"] == "kubernetes.io/tls"


async def test_of_many_that_begin_together_all_have_the_same(cluster):
    made = await asyncio.gather(*(shared_authority(cluster, **PLACE, now=NOW) for _ in range(5)))
    assert len({shared.bundle for shared in made}) == 1


async def test_the_one_that_loses_the_race_reads_what_the_other_wrote(cluster):
    other = TestCluster()
    other.namespace("ops")
    theirs = await shared_authority(other, **PLACE, now=NOW)
    secret = await secret_of(other)
    cluster.meddle("create", lambda: cluster.store.create(SECRET, secret, "ops"))
    ours = await shared_authority(cluster, **PLACE, now=NOW)
    assert ours.bundle == theirs.bundle


async def test_it_is_rotated_in_time_and_the_old_one_stays_trusted_until_its_time_is_over(cluster):
    old = await shared_authority(cluster, **PLACE, now=NOW)
    new = await shared_authority(cluster, **PLACE, now=NOW + 250 * DAY)
    assert split_bundle(new.bundle) == (new.authority.pair.pem, old.authority.pair.pem)
    assert new.trusts(old.authority.pair.pem)
    later = await shared_authority(cluster, **PLACE, now=NOW + 500 * DAY)
    assert split_bundle(later.bundle) == (later.authority.pair.pem, new.authority.pair.pem)
    assert not later.trusts(old.authority.pair.pem)


async def test_two_that_rotate_at_once_end_with_one(cluster):
    await shared_authority(cluster, **PLACE, now=NOW)
    made = await asyncio.gather(*(shared_authority(cluster, **PLACE, now=NOW + 250 * DAY) for _ in range(5)))
    assert len({shared.bundle for shared in made}) == 1
    assert len(split_bundle(made[0].bundle)) == 2


async def test_a_deleted_one_is_made_again(cluster):
    old = await shared_authority(cluster, **PLACE, now=NOW)
    await cluster.delete(SECRET, PLACE["name"], namespace="ops")
    new = await shared_authority(cluster, **PLACE, now=NOW)
    assert not new.trusts(old.authority.pair.pem)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"tls.key": base64.b64encode(b"x").decode()}, id="no-key"),
        pytest.param({"tls.crt": base64.b64encode(b"\xff").decode()}, id="no-text"),
        pytest.param({"tls.crt": None}, id="missing"),
    ],
)
async def test_what_nobody_could_use_is_replaced(cluster, data):
    await shared_authority(cluster, **PLACE, now=NOW)
    secret = await secret_of(cluster)
    secret["data"] = {key: value for key, value in {**secret["data"], **data}.items() if value is not None}
    secret["type"] = "Opaque"
    cluster.store.delete(SECRET, PLACE["name"], "ops")
    cluster.store.create(
        SECRET, {**secret, "metadata": {**PLACE, "labels": secret["metadata"]["labels"]}}, "ops"
    )
    shared = await shared_authority(cluster, **PLACE, now=NOW)
    assert (await shared_authority(cluster, **PLACE, now=NOW)).bundle == shared.bundle


@pytest.mark.parametrize("labels", [{}, {MANAGED_BY: "pullsecret"}, {MANAGED_BY: "Helm"}])
async def test_a_secret_of_somebody_else_is_left_alone(cluster, labels):
    cluster.secret(PLACE["name"], namespace="ops", metadata={"labels": labels})
    before = await secret_of(cluster)
    with pytest.raises(Finding, match="left as it is"):
        await shared_authority(cluster, **PLACE, now=NOW)
    assert (await secret_of(cluster), cluster.writes) == (before, [])


async def test_what_the_api_server_refuses_is_said(cluster):
    cluster.refuse("create", Forbidden("may not", status=403))
    with pytest.raises(Forbidden):
        await shared_authority(cluster, **PLACE, now=NOW)


async def test_a_secret_that_changes_all_the_time_is_given_up(cluster):
    await shared_authority(cluster, **PLACE, now=NOW)
    cluster.refuse("patch", Conflict("changed", status=409), times=10)
    with pytest.raises(Conflict):
        await shared_authority(cluster, **PLACE, now=NOW + 250 * DAY)
