"""What a rotation tells where nobody watches a bar: what it waits for, at once and every few seconds."""

import asyncio
import io

from pullsecret.app.rotatewait import FanOut
from pullsecret.cli.rotations import PAUSE, SHOWN, progress
from support.syncing import a_policy


class Log:
    """A session that stands at no terminal; time passes when a test says so."""

    def __init__(self):
        self.stderr, self.lines = io.StringIO(), []
        self.waits, self.passed = asyncio.Queue(), asyncio.Event()

    def warn(self, text):
        self.lines.append(text)

    async def sleep(self, seconds):
        self.waits.put_nowait(seconds)
        await self.passed.wait()
        self.passed.clear()

    async def pass_time(self):
        """Let one pause pass, until the next has begun."""
        assert await self.waits.get() == PAUSE
        self.passed.set()
        self.waits.put_nowait(await self.waits.get())


async def test_what_is_waited_for_is_told_at_once_and_again():
    log, fan_out = Log(), FanOut(a_policy(), copies=2, missing=("shop", "web"))
    async with progress(log, [fan_out]) as tell:
        tell(0, 2)
        assert log.lines == ["waiting: clusterpullsecret/harbor: 0 of 2 copies hold it; not yet in shop, web"]
        fan_out.missing = ("web",)
        tell(1, 2)
        assert len(log.lines) == 1
        await log.pass_time()
        assert log.lines[1:] == ["waiting: clusterpullsecret/harbor: 1 of 2 copies hold it; not yet in web"]
        await log.pass_time()
        assert log.lines[2:] == log.lines[1:2]
        fan_out.missing = ()
        await log.pass_time()
    assert len(log.lines) == 3


async def test_what_is_there_already_is_not_waited_for():
    log = Log()
    async with progress(log, [FanOut(a_policy(), copies=2)]) as tell:
        tell(2, 2)
    assert log.lines == []


async def test_many_namespaces_make_one_short_line():
    log, many = Log(), tuple(f"n{number:02}" for number in range(SHOWN + 5))
    async with progress(log, [FanOut(a_policy(), copies=20, missing=many)]) as tell:
        tell(0, 20)
    (line,) = log.lines
    assert line.endswith("n09 +5")
    assert line.count(",") == SHOWN - 1
