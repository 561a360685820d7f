"""How much at once is asked of a server: less when it says that it is busy, more as it bears it.

The rule is TCP's (RFC 5681, "additive increase, multiplicative decrease"): halved when told to slow down, one
more for each round that goes well.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pullsecret.core.errors import ApiError


class Courtesy:
    """The rule itself; pure. Times are in seconds of any clock that only grows."""

    def __init__(self, most: int) -> None:
        """Allow `most` at once, for as long as the server does not complain."""
        self._most, self._limit = most, float(most)
        self._not_before = float("-inf")

    @property
    def limit(self) -> int:
        """How many may be under way at once, for now."""
        return int(self._limit)

    def allow(self, most: int) -> None:
        """Begin anew with so many at once; a wait that was asked for still holds."""
        self._most, self._limit = most, float(most)

    def wait(self, now: float) -> float:
        """Give the seconds until anything may begin; 0 when it may."""
        return max(self._not_before - now, 0.0)

    def slow_down(self, seconds: float, now: float) -> None:
        """Begin nothing for so many seconds; said by many about the same moment, it halves once."""
        if now >= self._not_before:
            self._limit = max(1.0, self._limit / 2)
        self._not_before = max(self._not_before, now + max(seconds, 0.001))

    def went_well(self, now: float) -> None:
        """One thing is done without complaint."""
        if now >= self._not_before:
            self._limit = min(self._most, self._limit + 1 / self._limit)


class Turns:
    """Requests of many tasks to one server, which keep to one courtesy together: first come, first served."""

    def __init__(
        self, most: int, *, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._courtesy, self._clock, self._sleep = Courtesy(most), clock, sleep
        self._door, self._left = asyncio.Lock(), asyncio.Event()
        self._under_way = 0

    @asynccontextmanager
    async def turn(self, *, longest: float) -> AsyncIterator[None]:
        """Wait for one's turn; what the server says of the request is heeded by all.

        Args:
            longest: seconds; who asks for more is not waited for by anybody.
        """
        async with self._door:
            await self._come()
        try:
            yield
        except ApiError as error:
            asked = error.asks_to_wait
            if asked is None:
                self._courtesy.went_well(self._clock())
            elif asked <= longest:
                self._courtesy.slow_down(asked, self._clock())
            raise
        else:
            self._courtesy.went_well(self._clock())
        finally:
            self._under_way -= 1
            self._left.set()

    async def _come(self) -> None:
        while True:
            if (seconds := self._courtesy.wait(self._clock())) > 0:
                await self._sleep(seconds)
            elif self._under_way >= self._courtesy.limit:
                self._left.clear()
                await self._left.wait()
            else:
                break
        self._under_way += 1
