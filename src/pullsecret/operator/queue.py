"""A queue of work that holds a key once, tries again with back-off, and slows down when it is told to.

The rules are those of client-go, `util/workqueue`: a key that is added while it is worked on is worked on
again afterwards, never at the same time. How many are worked on at once follows the server: see
`kube.courtesy`.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from pullsecret.kube.courtesy import Courtesy
from pullsecret.operator.delays import Delays
from pullsecret.operator.pacing import Backoff, Clock, Jitter, Sleep, first_of

K = TypeVar("K", bound=Hashable)

_URGENT, _ORDINARY, _NOWHERE = range(3)


class WorkQueue(Generic[K]):
    """Keys that wait for work, and those that are worked on.

    It belongs to one event loop. What waits for its time costs logarithmic time, all else constant.
    """

    def __init__(
        self,
        *,
        backoff: Backoff | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        jitter: Jitter = random.random,
    ) -> None:
        self._backoff = backoff or Backoff()
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._lines: tuple[deque[K], deque[K]] = (deque(), deque())
        self._waiting: dict[K, int] = {}  # key -> the line where it counts; in the other it is passed over
        self._working: dict[K, asyncio.Task[None]] = {}
        self._again: dict[K, int] = {}
        self._delays: Delays[K] = Delays()
        self._failures: dict[K, int] = {}
        self._courtesy = Courtesy(1)
        self._worker: Callable[[K], Awaitable[None]] | None = None
        self._failed: Callable[[K, Exception], None] = _ignore
        self._changed, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._closed = False

    @property
    def depth(self) -> int:
        """How many keys wait to be worked on now."""
        return len(self._waiting) + len(self._again)

    @property
    def delayed(self) -> int:
        """How many keys wait for their time."""
        return len(self._delays)

    @property
    def working(self) -> int:
        """How many keys are worked on."""
        return len(self._working)

    @property
    def limit(self) -> int:
        """How many keys may be worked on at once, for now."""
        return self._courtesy.limit

    def add(self, key: K, *, urgent: bool = False) -> None:
        """Have a key worked on as soon as may be; urgent ones (new namespaces) pass the rest (a resync)."""
        line = _URGENT if urgent else _ORDINARY
        if self._closed:
            return
        self._idle.clear()
        if key in self._working:
            self._again[key] = min(line, self._again.get(key, line))
        elif line < self._waiting.get(key, _NOWHERE):
            self._waiting[key] = line
            self._lines[line].append(key)
            self._begin()
            if self._courtesy.wait(self._clock()):
                self._changed.set()  # `run` slept with nothing to wake up for

    def add_after(self, key: K, seconds: float) -> None:
        """Have a key worked on in so many seconds; the nearest of several times counts.

        The time is forgotten when work on the key begins before: a worker that still needs it asks again.
        """
        if not self._closed and self._delays.put(key, self._clock() + seconds):
            self._changed.set()

    def retry(self, key: K, *, at_least: float = 0.0) -> None:
        """Have a key tried again: later each time until it is forgotten, after `at_least` seconds."""
        self._failures[key] = self.failures(key) + 1
        self.add_after(key, max(at_least, self._backoff.delay(self.failures(key), self._jitter())))

    def failures(self, key: K) -> int:
        """Tell how often in a row a key was retried."""
        return self._failures.get(key, 0)

    def forget(self, key: K) -> None:
        """Begin with short waits again; so it is after work that ended without error and without `retry`."""
        self._failures.pop(key, None)

    def throttle(self, seconds: float = 1.0) -> None:
        """Begin no key for so many seconds, and work on half as many at once from then on.

        Said by many workers about the same moment, it counts once.
        """
        self._courtesy.slow_down(seconds, self._clock())
        self._changed.set()

    async def run(
        self,
        worker: Callable[[K], Awaitable[None]],
        count: int = 32,
        *,
        failed: Callable[[K, Exception], None] | None = None,
    ) -> None:
        """Work until the queue is closed; when cancelled, what is worked on is cancelled too.

        Args:
            worker: does the work of one key. When it raises, the key is retried.
            count: how many keys are worked on at once, at most.
            failed: is told what a worker raised.
        """
        self._courtesy.allow(count)
        self._worker, self._failed = worker, failed or _ignore
        try:
            while not self._closed or self._working:
                self._changed.clear()
                for key in self._delays.ripe(self._clock()):
                    self.add(key)
                self._begin()
                await first_of(self._changed, self._sleep, self._until_next())
        finally:
            self._worker = None
            for task in self._working.values():
                task.cancel()
            await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def idle(self) -> None:
        """Wait until no key is worked on and none waits for more than its time."""
        await self._idle.wait()

    def close(self) -> None:
        """Begin no key any more; `run` ends when those that are worked on are done."""
        self._closed = True
        for kept in (self._waiting, self._again, self._delays):
            kept.clear()
        self._settle()

    def _begin(self) -> None:
        """Begin to work on as many keys as may be."""
        if self._worker is None or self._courtesy.wait(self._clock()):
            return
        while self._waiting and len(self._working) < self.limit:
            key = self._next_key()
            self._delays.drop(key)
            self._working[key] = asyncio.create_task(self._work(key, self._worker))

    def _next_key(self) -> K:
        while True:
            line = _URGENT if self._lines[_URGENT] else _ORDINARY
            key = self._lines[line].popleft()
            if self._waiting.get(key) == line:
                del self._waiting[key]
                return key

    async def _work(self, key: K, worker: Callable[[K], Awaitable[None]]) -> None:
        failures = self.failures(key)
        try:
            await worker(key)
        except Exception as error:  # noqa: BLE001  one key's fault must not end the work on the others
            self.retry(key)
            self._failed(key, error)
        else:
            if self.failures(key) == failures:
                self.forget(key)
            self._courtesy.went_well(self._clock())
        finally:
            self._done(key)

    def _done(self, key: K) -> None:
        del self._working[key]
        line = self._again.pop(key, None)
        if line is not None:
            self.add(key, urgent=line == _URGENT)
        self._begin()
        self._settle()

    def _settle(self) -> None:
        if not self._waiting and not self._working:
            self._idle.set()
        if self._closed:
            self._changed.set()

    def _until_next(self) -> float | None:
        """Give the seconds until something may begin by itself; None when nothing waits for its time."""
        now, due = self._clock(), self._delays.next()
        waits = [] if due is None else [due - now]
        if self._waiting and (held := self._courtesy.wait(now)):
            waits.append(held)
        return min(waits, default=None)


def _ignore(_key: object, _error: Exception) -> None:
    """Stand for somebody who wants to know of no failure."""
