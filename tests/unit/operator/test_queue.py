"""Work: each key once, again after failures, and never more than the server can bear."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from pullsecret.core.errors import ClusterUnreachable
from pullsecret.operator.pacing import Backoff
from pullsecret.operator.queue import WorkQueue
from support.sandboxes import StillTime, settle


@dataclass
class Bench:
    """A queue, its time, and a worker that does as the test says."""

    time: StillTime = field(default_factory=StillTime)
    begun: list[str] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    most: int = 0

    def __post_init__(self) -> None:
        self.gate.set()
        self.queue: WorkQueue[str] = WorkQueue(
            backoff=Backoff(first=1, most=10),
            clock=lambda: self.time.at,
            sleep=self.time.sleep,
            jitter=lambda: 1.0,
        )

    async def worker(self, key: str) -> None:
        self.begun.append(key)
        self.most = max(self.most, self.queue.working)
        await self.gate.wait()
        if self.failing.get(key):
            self.failing[key] -= 1
            raise ClusterUnreachable("no answer")

    def start(self, count: int = 4) -> "asyncio.Task[None]":
        failed = lambda key, error: self.failures.append(f"{key}: {error}")  # noqa: E731
        self.task = asyncio.create_task(self.queue.run(self.worker, count, failed=failed))
        return self.task


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    made.start()
    await settle()
    yield made
    made.gate.set()
    made.queue.close()
    await made.task


async def test_a_key_that_waits_is_held_once(bench):
    bench.gate.clear()
    for key in ("a", "b", "c", "d", "e", "e", "e"):
        bench.queue.add(key)
    await settle()
    assert (bench.queue.working, bench.queue.depth) == (4, 1)
    bench.gate.set()
    await bench.queue.idle()
    assert bench.begun == ["a", "b", "c", "d", "e"]


async def test_a_key_added_while_it_is_worked_on_is_worked_on_once_more_and_not_at_the_same_time(bench):
    bench.gate.clear()
    bench.queue.add("a")
    await settle()
    bench.queue.add("a")
    bench.queue.add("a", urgent=True)
    await settle()
    assert (bench.begun, bench.queue.depth) == (["a"], 1)
    bench.gate.set()
    await bench.queue.idle()
    assert (bench.begun, bench.most) == (["a", "a"], 1)


async def test_no_more_keys_are_worked_on_at_once_than_there_are_workers(bench):
    bench.gate.clear()
    for number in range(10):
        bench.queue.add(str(number))
    await settle()
    assert bench.queue.working == 4
    bench.gate.set()
    await bench.queue.idle()
    assert (len(bench.begun), bench.most) == (10, 4)


async def test_urgent_keys_pass_the_others_and_a_waiting_key_may_become_urgent():
    bench = Bench()
    for key in ("a", "b", "c"):
        bench.queue.add(key)
    bench.queue.add("new", urgent=True)
    bench.queue.add("c", urgent=True)
    bench.start(count=1)
    await bench.queue.idle()
    assert bench.begun == ["new", "c", "a", "b"]
    bench.queue.close()
    await bench.task


async def test_what_fails_is_tried_again_later_each_time_and_sooner_once_it_went_well(bench):
    bench.failing["a"] = 6
    bench.queue.add("a")
    began = []
    for _ in range(60):
        seen = len(bench.begun)
        await bench.time.advance(0.5)
        began += [bench.time.at] * (len(bench.begun) - seen)
    assert began == [0.5, 1.0, 3.0, 7.0, 15.0, 25.0]  # 1, 2, 4, 8, 10 seconds between
    await bench.time.advance(10)
    assert (bench.failures, bench.queue.failures("a")) == (["a: no answer"] * 6, 0)


async def test_a_worker_may_ask_for_a_retry_itself_and_for_the_servers_time():
    bench = Bench()

    async def asks_twice(key: str) -> None:
        bench.begun.append(key)
        if len(bench.begun) < 3:
            bench.queue.retry(key, at_least=20)

    task = asyncio.create_task(bench.queue.run(asks_twice))
    bench.queue.add("a")
    await bench.time.advance(19)
    assert (bench.begun, bench.queue.failures("a")) == (["a"], 1)
    await bench.time.advance(1)
    await bench.time.advance(20)
    assert (bench.begun, bench.queue.failures("a")) == (["a"] * 3, 0)
    bench.queue.close()
    await task


async def test_the_nearest_of_several_times_counts_and_work_before_it_makes_it_void(bench):
    bench.queue.add_after("a", 30)
    bench.queue.add_after("a", 5)
    bench.queue.add_after("a", 9)
    bench.queue.add_after("b", 3)
    bench.queue.add("b")
    await bench.time.advance(4)
    assert bench.begun == ["b"]
    await bench.time.advance(1)
    await bench.time.advance(60)
    assert (bench.begun, bench.queue.delayed) == (["b", "a"], 0)


async def test_told_that_the_server_is_busy_it_begins_nothing_for_that_long_and_less_afterwards(bench):
    bench.queue.throttle(5)
    bench.queue.throttle(2)
    bench.gate.clear()
    for number in range(6):
        bench.queue.add(str(number))
    await bench.time.advance(4.9)
    assert bench.begun == []
    await bench.time.advance(0.2)
    assert (bench.queue.working, bench.queue.limit) == (2, 2)
    bench.gate.set()
    await bench.queue.idle()
    for number in range(100):
        bench.queue.add(str(number))
    await bench.queue.idle()
    assert bench.queue.limit == 4


@pytest.mark.parametrize("added", [["a"], ["a", "a"]], ids=["once", "twice"])
async def test_what_is_added_while_the_server_is_busy_begins_when_it_may(bench, added):
    """Nothing else need happen for that: the queue knew of no work when it was told to wait."""
    bench.queue.throttle(5)
    await settle()
    for key in added:
        bench.queue.add(key)
        await settle()
    await bench.time.advance(5)
    assert bench.begun == ["a"]


async def test_one_is_worked_on_at_a_time_at_least(bench):
    for _ in range(5):
        bench.queue.throttle(1)
        await bench.time.advance(1)
    assert bench.queue.limit == 1
    bench.queue.add("a")
    await bench.queue.idle()
    assert bench.begun == ["a"]


async def test_closing_lets_what_is_worked_on_end_and_begins_nothing_more():
    bench = Bench()
    bench.start(count=1)
    bench.gate.clear()
    for key in ("a", "b"):
        bench.queue.add(key)
    bench.queue.add_after("c", 1)
    await settle()
    bench.queue.close()
    bench.queue.add("d")
    bench.queue.add_after("d", 1)
    await bench.time.advance(5)
    assert not bench.task.done()
    bench.gate.set()
    await bench.task
    assert (bench.begun, bench.queue.depth, bench.queue.delayed) == (["a"], 0, 0)


async def test_cancelled_it_cancels_what_is_worked_on():
    bench = Bench()
    bench.start()
    bench.gate.clear()
    bench.queue.add("a")
    await settle()
    bench.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bench.task
    assert bench.queue.working == 0


async def test_ten_thousand_keys_with_times_that_change_stay_cheap(bench):
    for round_ in range(20):
        for number in range(1000):
            bench.queue.add_after(str(number), 1000 - round_)
    assert (bench.queue.delayed, len(bench.queue._delays._heap) < 4000) == (1000, True)
    for number in range(10_000):
        bench.queue.add(str(number))
    await bench.queue.idle()
    assert len(bench.begun) == 10_000


@pytest.mark.parametrize(
    ("failures", "jitter", "seconds"),
    [
        pytest.param(1, 1.0, 0.2, id="first"),
        pytest.param(1, 0.0, 0.1, id="half-of-it-is-random"),
        pytest.param(4, 1.0, 1.6, id="twice-as-long-each-time"),
        pytest.param(5000, 1.0, 300.0, id="there-is-a-longest"),
    ],
)
def test_back_off(failures, jitter, seconds):
    assert Backoff().delay(failures, jitter) == seconds
