"""Whatever happens to a work queue, and in whatever order: everything that was added is worked on."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from pullsecret.core.errors import ClusterUnreachable
from pullsecret.operator.pacing import Backoff
from pullsecret.operator.queue import WorkQueue
from support.sandboxes import StillTime, settle

KEYS = st.sampled_from("abc")
STEPS = st.one_of(
    st.tuples(st.just("add"), KEYS, st.booleans()),
    st.tuples(st.just("add later"), KEYS, st.sampled_from([0.5, 3.0])),
    st.tuples(st.just("throttle"), st.just(""), st.sampled_from([0.5, 2.0])),
    st.tuples(st.just("fail next"), KEYS, st.just(0)),
    st.tuples(st.just("advance"), st.just(""), st.sampled_from([0.2, 0.4, 2.5])),
)
ENOUGH = 60.0
"""Seconds after which every wait that there can be is over."""


class Line:
    """A queue, and which keys have been added since work on them last began."""

    def __init__(self) -> None:
        self.time = StillTime()
        self.owed: set[str] = set()
        self.failing: set[str] = set()
        self.queue: WorkQueue[str] = WorkQueue(
            backoff=Backoff(first=1, most=4), clock=lambda: self.time.at, sleep=self.time.sleep,
            jitter=lambda: 1.0,
        )  # fmt: skip

    async def work(self, key: str) -> None:
        self.owed.discard(key)
        await self.time.sleep(0.3)
        if key in self.failing:
            self.failing.discard(key)
            self.owed.add(key)
            raise ClusterUnreachable("no answer")

    async def step(self, what: str, key: str, how: float) -> None:
        if what == "add":
            self.owed.add(key)
            self.queue.add(key, urgent=bool(how))
        elif what == "add later":
            self.owed.add(key)
            self.queue.add_after(key, how)
        elif what == "throttle":
            self.queue.throttle(how)
        elif what == "fail next":
            self.failing.add(key)
        else:
            await self.time.advance(how)


@given(steps=st.lists(STEPS, max_size=12), count=st.integers(1, 3))
def test_all_that_was_added_is_worked_on(steps, count):
    async def body():
        line = Line()
        running = asyncio.create_task(line.queue.run(line.work, count))
        for step in steps:
            await line.step(*step)
            await settle()
        await line.time.advance(ENOUGH)
        assert (line.owed, line.queue.depth, line.queue.working) == (set(), 0, 0)
        line.queue.close()
        await settle()
        await running

    asyncio.run(body())
