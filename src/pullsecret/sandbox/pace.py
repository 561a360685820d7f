"""How fast time passes in the sandbox. Its waits are divided by the speed; its clock stays everybody's."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class Pace:
    """The sandbox's time; tests hand in one that stands still.

    Attributes:
        now: the time of day, with a time zone: what timestamps say.
        seconds: a clock for lengths of time, in the sandbox's own seconds.
        sleep: waits for so many of these.
    """

    now: Callable[[], datetime]
    seconds: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]

    @classmethod
    def sped_up(cls, speed: float = 1.0) -> Self:
        """Give a pace at which a second lasts 1/`speed` of one."""
        return cls(
            now=lambda: datetime.now(UTC),
            seconds=lambda: time.monotonic() * speed,
            sleep=lambda seconds: asyncio.sleep(seconds / speed),
        )
