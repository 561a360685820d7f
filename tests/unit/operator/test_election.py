"""Who leads: one at a time, on everybody's own clock, and nobody writes past the deadline."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from pullsecret.core.errors import ApiError, Conflict, InvalidInput, NotFound
from pullsecret.core.objects import LEASE
from pullsecret.operator.election import Election, Leadership
from pullsecret.operator.lease import Record, Timing, record_of
from support.clusters import START, TestCluster
from support.sandboxes import StillTime, settle

PLACE = {"namespace": "platform", "name": "pullsecret-operator"}


@dataclass
class Clock:
    """A machine's clock: the time of the test, and how long the machine was stopped or is ahead."""

    time: StillTime
    ahead: float = 0.0

    def __call__(self) -> float:
        return self.time.at + self.ahead


@dataclass
class Replica:
    """One candidate, and what it did while it led."""

    name: str
    cluster: TestCluster
    time: StillTime
    ahead: float = 0.0
    terms: list[Leadership] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock(self.time, self.ahead)
        self.election = Election(
            self.cluster, **PLACE, identity=self.name, clock=self.clock, sleep=self.time.sleep,
            now=lambda: START + timedelta(seconds=self.clock()), jitter=lambda: 1.0,
        )  # fmt: skip
        self.task = asyncio.create_task(self.election.run(self.lead))

    async def lead(self, leadership: Leadership) -> None:
        self.terms.append(leadership)
        await asyncio.Event().wait()

    async def stop(self) -> None:
        """Stop as on SIGTERM."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def leads(self) -> bool:
        return self.election.leads


@dataclass
class Cell:
    """A cluster and its candidates."""

    time: StillTime = field(default_factory=StillTime)
    cluster: TestCluster = field(default_factory=TestCluster)
    replicas: list[Replica] = field(default_factory=list)

    def replica(self, name: str, **how: Any) -> Replica:
        self.replicas.append(Replica(name, self.cluster, self.time, **how))
        return self.replicas[-1]

    async def lease(self) -> Record:
        return record_of(await self.cluster.get(LEASE, PLACE["name"], namespace="platform"))


@pytest.fixture
async def cell() -> AsyncIterator[Cell]:
    made = Cell()
    made.cluster.namespace("platform")
    yield made
    for replica in made.replicas:
        await replica.stop()


async def cut(replica: Replica) -> None:
    """Cut a replica off: every request of its own fails."""

    async def fail(*args: Any, **how: Any) -> Any:
        raise ApiError("the API server is busy", status=500)

    replica.election._cluster = type("Cut", (), dict.fromkeys(("get", "create", "patch"), fail))()


async def test_the_first_one_makes_the_lease_and_leads_and_the_others_wait(cell):
    a = cell.replica("a")
    await settle()
    b = cell.replica("b")
    await cell.time.advance(60)
    assert (a.leads, b.leads, b.election.holder) == (True, False, "a")
    assert (await cell.lease()) == Record(
        "a", 15, "2026-11-21T12:01:00.000000Z", "2026-11-21T12:00:00.000000Z", 0
    )
    assert len(a.terms) == 1


async def test_one_that_is_gone_is_followed_when_its_lease_is_over_and_not_before(cell):
    a, b = cell.replica("a"), cell.replica("b")
    await cell.time.advance(10)
    await cut(a)
    await cell.time.advance(14.5)
    assert not b.leads
    await cell.time.advance(3.5)
    assert (b.leads, a.leads, (await cell.lease()).transitions) == (True, False, 1)


async def test_two_never_lead_at_once_whatever_their_clocks_say(cell):
    a, b = cell.replica("a", ahead=-86400), cell.replica("b", ahead=86400)
    await cell.time.advance(10)
    assert (a.leads, b.leads) == (True, False)
    await cut(a)
    for _ in range(200):
        await cell.time.advance(0.1)
        assert not (a.leads and b.leads)
    assert b.leads


async def test_one_that_cannot_renew_stops_at_the_deadline_and_leads_again_when_it_can(cell):
    a = cell.replica("a")
    await cell.time.advance(9)
    working = a.election._cluster
    await cut(a)
    await cell.time.advance(8.9)  # last renewed at 8
    assert (a.leads, a.terms[0].may_write()) == (True, True)
    await cell.time.advance(0.2)
    assert (a.leads, a.terms[0].may_write()) == (False, False)
    a.election._cluster = working
    await cell.time.advance(3)
    assert (a.leads, a.terms[0].may_write(), len(a.terms)) == (True, False, 2)
    assert (await cell.lease()).transitions == 0


async def test_one_whose_requests_hang_stops_at_the_deadline_too(cell):
    election = Election(cell.cluster, **PLACE, identity="a", timing=Timing(0.4, 0.3, 0.05))
    terms, ended = [], asyncio.Event()

    async def lead(leadership: Leadership) -> None:
        terms.append(leadership)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(election.run(lead))
    while not terms:  # noqa: ASYNC110
        await asyncio.sleep(0)

    async def hang(*args: Any, **how: Any) -> Any:
        await asyncio.Event().wait()

    election._cluster = type("Hung", (), dict.fromkeys(("get", "create", "patch"), hang))()
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(ended.wait(), 5)
    assert asyncio.get_running_loop().time() - began < 1
    assert not terms[0].may_write()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_one_that_was_stopped_may_not_write_when_it_goes_on(cell):
    a = cell.replica("a")
    await cell.time.advance(5)
    a.clock.ahead += 10  # SIGSTOP, or a lid that was shut: no task of it has run
    assert not a.terms[0].may_write()
    lease = await cell.cluster.get(LEASE, PLACE["name"], namespace="platform")
    taken = {"metadata": {"resourceVersion": lease["metadata"]["resourceVersion"]},
             "spec": {"holderIdentity": "b", "leaseTransitions": 1}}  # fmt: skip
    await cell.cluster.patch(
        LEASE, PLACE["name"], taken, patch_type="application/merge-patch+json", namespace="platform"
    )
    await cell.time.advance(10)
    assert (a.leads, a.terms[0].may_write(), (await cell.lease()).holder) == (False, False, "b")


async def test_stopped_by_a_signal_it_hands_the_lease_over(cell):
    a, b = cell.replica("a"), cell.replica("b")
    await cell.time.advance(5)
    await a.stop()
    lease = await cell.lease()
    assert (a.leads, lease.holder, lease.duration) == (False, "", 1)
    await cell.time.advance(2.5)
    assert (b.leads, (await cell.lease()).transitions) == (True, 1)


async def test_stopped_while_it_renews_it_hands_the_lease_over_too(cell, monkeypatch):
    a = cell.replica("a")
    await settle()
    patch, asked = cell.cluster.patch, asyncio.Event()

    async def unanswered(*args: Any, **how: Any) -> None:
        monkeypatch.undo()
        await patch(*args, **how)
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(cell.cluster, "patch", unanswered)
    await cell.time.advance(2)
    assert asked.is_set()
    await a.stop()
    assert (await cell.lease()).holder == ""


async def test_one_that_never_led_leaves_the_lease_alone_when_it_stops(cell):
    a, b = cell.replica("a"), cell.replica("b")
    await cell.time.advance(5)
    await b.stop()
    await cell.time.advance(5)
    assert (a.leads, (await cell.lease()).holder) == (True, "a")


async def test_a_lease_that_somebody_took_is_lost_quietly(cell):
    a = cell.replica("a")
    await cell.time.advance(1)
    usurped = {"spec": {"holderIdentity": "kubectl", "leaseDurationSeconds": 30}}
    await cell.cluster.patch(
        LEASE, PLACE["name"], usurped, patch_type="application/merge-patch+json", namespace="platform"
    )
    await cell.time.advance(1.5)
    assert (a.leads, a.terms[0].may_write()) == (False, False)
    await cell.time.advance(27)
    assert not a.leads
    await cell.time.advance(6)
    assert (a.leads, (await cell.lease()).transitions) == (True, 1)


async def test_others_may_write_to_the_lease_without_ending_the_term(cell):
    a = cell.replica("a")
    await cell.time.advance(1)
    noted = {"metadata": {"annotations": {"note": "x"}}}
    await cell.cluster.patch(
        LEASE, PLACE["name"], noted, patch_type="application/merge-patch+json", namespace="platform"
    )
    await cell.time.advance(30)
    assert (a.leads, len(a.terms)) == (True, 1)


async def test_a_deleted_lease_is_made_again(cell):
    a = cell.replica("a")
    await cell.time.advance(1)
    await cell.cluster.delete(LEASE, PLACE["name"], namespace="platform")
    await cell.time.advance(30)
    assert (a.leads, len(a.terms), (await cell.lease()).holder) == (True, 1, "a")


async def test_a_steady_leader_sends_one_request_a_period(cell):
    cell.replica("a")
    await cell.time.advance(2)
    cell.cluster.writes.clear()
    await cell.time.advance(20)
    assert cell.cluster.writes == [("patch", "leases")] * 10


async def test_of_two_that_begin_together_one_leads(cell):
    cell.cluster.meddle("create", lambda: cell.cluster.store.create(LEASE, other()))
    a = cell.replica("a")
    await cell.time.advance(10)
    assert (a.leads, a.election.holder) == (False, "other")


def other():
    return {
        "apiVersion": LEASE.api_version,
        "kind": "Lease",
        "metadata": dict(PLACE),
        "spec": {"holderIdentity": "other", "leaseDurationSeconds": 15},
    }


async def test_work_that_ends_by_itself_ends_the_election_with_its_error(cell):
    async def broken(leadership: Leadership) -> None:
        raise RuntimeError("broken")

    election = Election(cell.cluster, **PLACE, identity="a", sleep=cell.time.sleep)
    with pytest.raises(RuntimeError, match="broken"):
        await election.run(broken)
    assert (await cell.lease()).holder == ""


async def test_a_lease_that_cannot_be_handed_over_keeps_nobody_from_ending(cell):
    a = cell.replica("a")
    await cell.time.advance(1)
    cell.cluster.refuse("patch", Conflict("changed", status=409))
    await a.stop()
    assert a.task.cancelled()


async def test_without_a_lease_to_read_none_is_made(cell):
    with pytest.raises(NotFound):
        await cell.lease()


async def test_a_namespace_that_is_missing_is_told_once_and_waited_for(cell, caplog):
    cell.cluster.refuse("create", NotFound('namespaces "platform" not found', status=404), times=6)
    a = cell.replica("a")
    await cell.time.advance(4)
    assert not a.leads
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        'the Lease cannot be had: namespaces "platform" not found'
    ]
    await cell.time.advance(10)
    assert a.leads


def test_the_leadership_of_one_that_is_alone_does_not_end():
    assert Leadership.always().may_write()


@pytest.mark.parametrize(
    ("timing", "holds"),
    [
        pytest.param((15, 10, 2), True, id="usual"),
        pytest.param((10, 10, 2), False, id="no-time-between-deadline-and-end"),
        pytest.param((15, 10, 9), False, id="one-late-try-misses-the-deadline"),
        pytest.param((15, 10, 0), False, id="no-pause"),
    ],
)
def test_times_that_cannot_work_are_refused(timing, holds):
    if holds:
        Timing(*timing)
        return
    with pytest.raises(InvalidInput, match="cannot be kept"):
        Timing(*timing)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(None, id="none"),
        pytest.param([], id="a-list"),
        pytest.param({"holderIdentity": 5, "leaseDurationSeconds": "x", "renewTime": None}, id="other-types"),
    ],
)
def test_a_malformed_lease_is_held_by_nobody(spec):
    assert record_of({"spec": spec}) == Record()
