"""What people are told: once, counted up, limited, and never at the cost of the work."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from pullsecret.core.errors import Forbidden, NotFound
from pullsecret.core.objects import EVENT, Object
from pullsecret.operator.events import About, EventRecorder
from support.clusters import START, TestCluster
from support.sandboxes import StillTime, settle

POLICY = About("pullsecret.dev/v1alpha1", "ClusterPullSecret", "", "harbor", "u-1")
ACCOUNT = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "default", "namespace": "web", "uid": "u-2"},
}


class Told:
    """A recorder under way, its cluster and its time."""

    def __init__(self) -> None:
        self.time, self.cluster = StillTime(), TestCluster()
        for name in ("default", "web"):
            self.cluster.namespace(name)
        self.recorder = EventRecorder(
            self.cluster,
            instance="pullsecret-0",
            clock=lambda: self.time.at,
            now=lambda: START + timedelta(seconds=self.time.at),
        )

    async def events(self) -> list[Object]:
        await asyncio.wait_for(self.recorder.flush(), 5)
        return await self.cluster.list(EVENT)


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    made = Told()
    task = asyncio.create_task(made.recorder.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_event_says_what_happened_to_whom(told):
    told.recorder.record(ACCOUNT, "SecretConflict", "Secret web/harbor is somebody else's", warning=True)
    (event,) = await told.events()
    assert event["involvedObject"] == {
        "apiVersion": "v1", "kind": "ServiceAccount", "namespace": "web", "name": "default", "uid": "u-2",
    }  # fmt: skip
    said = {key: event[key] for key in ("type", "reason", "message", "count", "source", "lastTimestamp")}
    assert said == {
        "type": "Warning",
        "reason": "SecretConflict",
        "message": "Secret web/harbor is somebody else's",
        "count": 1,
        "source": {"component": "pullsecret"},
        "lastTimestamp": "2026-11-21T12:00:00Z",
    }
    assert (event["metadata"]["namespace"], event["reportingInstance"]) == ("web", "pullsecret-0")


async def test_events_of_what_has_no_namespace_are_in_default(told):
    told.recorder.record(POLICY, "Synced", "3 copies written")
    (event,) = await told.events()
    assert (event["metadata"]["namespace"], event["involvedObject"]["namespace"]) == ("default", "")
    assert event["type"] == "Normal"


async def test_the_same_thing_told_again_counts_up(told):
    for _ in range(3):
        told.recorder.record(POLICY, "Synced", "3 copies written")
        await told.events()
        await told.time.advance(1)
    told.recorder.record(POLICY, "Synced", "4 copies written")
    first, second = await told.events()
    assert (first["count"], first["firstTimestamp"], first["lastTimestamp"], second["count"]) == (
        3, "2026-11-21T12:00:00Z", "2026-11-21T12:00:02Z", 1,
    )  # fmt: skip
    assert told.cluster.writes == [
        ("create", "events"), ("patch", "events"), ("patch", "events"), ("create", "events"),
    ]  # fmt: skip


async def test_told_many_times_before_it_is_written_it_is_one_write(told):
    for _ in range(5):
        told.recorder.record(POLICY, "Synced", "3 copies written")
    (event,) = await told.events()
    assert (event["count"], len(told.cluster.writes)) == (5, 1)


async def test_an_event_that_the_server_forgot_is_made_again(told):
    told.recorder.record(POLICY, "Synced", "done")
    (event,) = await told.events()
    await told.cluster.delete(EVENT, event["metadata"]["name"], namespace="default")
    told.recorder.record(POLICY, "Synced", "done")
    (again,) = await told.events()
    assert (again["count"], again["metadata"]["name"] != event["metadata"]["name"]) == (1, True)


async def test_one_object_cannot_flood_the_cluster_nor_silence_the_others(told):
    for number in range(200):
        told.recorder.record(POLICY, "SyncFailed", f"failure {number}")
    told.recorder.record(ACCOUNT, "SyncFailed", "failure")
    assert len(await told.events()) == 26
    await told.time.advance(600)
    for number in range(200):
        told.recorder.record(POLICY, "SyncFailed", f"failure {number}")
    assert len(told.cluster.writes) - 26 <= 2
    assert sum(event["count"] for event in await told.events()) == 28


async def test_a_failure_is_logged_once_and_stops_nothing(told, caplog):
    caplog.set_level(logging.WARNING)
    told.cluster.refuse("create", Forbidden("may not", status=403), times=2)
    told.recorder.record(POLICY, "Synced", "one")
    await told.events()
    told.recorder.record(POLICY, "Synced", "two")
    assert (await told.events(), len(told.cluster.writes)) == ([], 0)  # for a while none is tried
    await told.time.advance(31)
    told.recorder.record(POLICY, "Synced", "three")
    assert await told.events() == []
    await told.time.advance(31)
    told.recorder.record(POLICY, "Synced", "four")
    assert [event["message"] for event in await told.events()] == ["four"]
    assert [record.message for record in caplog.records] == ["Events cannot be written: may not"]


async def test_a_namespace_that_is_gone_does_not_hold_up_the_others(told):
    told.cluster.refuse("create", NotFound("no namespace", status=404))
    told.recorder.record(ACCOUNT, "Synced", "one")
    told.recorder.record(POLICY, "Synced", "two")
    assert [event["message"] for event in await told.events()] == ["two"]


async def test_without_anybody_who_writes_telling_waits_for_nothing_and_keeps_no_more_than_it_can():
    alone = Told()
    for number in range(5000):
        alone.recorder.record(About("v1", "Pod", "web", f"p{number}", ""), "PodEvicted", "evicted")
    assert len(alone.recorder._waiting) == 1000
    await settle()


async def test_no_password_and_no_escape_sequence_reaches_an_event(told):
    told.recorder.record(
        POLICY, "SyncFailed", "GET https://robot:s3cret-word@harbor.example.com failed \x1b[31m" + "x" * 2000
    )
    (event,) = await told.events()
    assert "s3cret" not in event["message"]
    assert "\x1b" not in event["message"]
    assert len(event["message"]) == 1024


async def test_an_object_with_the_longest_name_has_a_valid_event(told):
    told.recorder.record(About("v1", "Secret", "web", "n" * 253, "u"), "SecretConflict", "x")
    (event,) = await told.events()
    assert len(event["metadata"]["name"]) <= 253
