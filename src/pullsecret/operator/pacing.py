"""Waiting: the types of injected clocks, and how long to wait before something is tried again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Gives seconds that only ever grow."""
Sleep = Callable[[float], Awaitable[None]]
Jitter = Callable[[], float]
"""Gives a random number from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before something is tried again.

    Attributes:
        first: seconds before the second try, at most.
        most: seconds that no wait is longer than.
    """

    first: float = 0.2
    most: float = 300.0

    def delay(self, failures: int, jitter: float) -> float:
        """Give the seconds to wait after so many failures: twice as long each time, half of it random."""
        longest = min(self.most, self.first * 2.0 ** min(failures - 1, 60))
        return longest * (0.5 + jitter / 2)


def uptime() -> float:
    """Give the seconds since the machine started, those included in which it was suspended.

    `time.monotonic` stands still while a machine sleeps: who measures a lease with it believes, on waking,
    that no time has passed.
    """
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


async def first_of(changed: asyncio.Event, sleep: Sleep, seconds: float | None) -> None:
    """Wait for an event, but no longer than so many seconds; None for as long as it takes."""
    waits: set[asyncio.Task[object]] = {asyncio.create_task(changed.wait())}
    if seconds is not None:
        waits.add(asyncio.create_task(_slept(sleep, max(seconds, 0.0))))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _slept(sleep: Sleep, seconds: float) -> None:
    await sleep(seconds)
