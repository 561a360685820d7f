import asyncio
import io
from types import SimpleNamespace

import pytest

from pullsecret.cli.invocation import Globals
from pullsecret.cli.session import Session
from support.interrupts import interrupted_at


def test_ctrl_c_in_the_instant_before_a_wait_ends_it():
    found = []

    async def work() -> None:
        selector = asyncio.get_running_loop()._selector
        epoll = selector._selector

        def poll(*args):
            selector._selector = epoll
            found.extend(events := interrupted_at(epoll.poll)(*args))
            return events

        selector._selector = SimpleNamespace(poll=poll)
        await asyncio.sleep(10)

    session = Session(Globals(), {}, io.StringIO(), io.StringIO(), io.StringIO())
    with pytest.raises(KeyboardInterrupt):
        session.run(work())
    assert found, "it did not wait for its time to be over"
