"""Servers on an event loop of their own thread, for commands that run a loop themselves."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


class Beside:
    """An event loop in a thread; `up` keeps an async context manager open on it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="beside", daemon=True)
        self._thread.start()

    @contextmanager
    def up(self, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Enter it on the loop, and leave it at the end."""
        opened: asyncio.Future[T] = self._loop.create_future()
        done = asyncio.Event()

        async def keep() -> None:
            # One task enters and leaves it, as cancel scopes and timeouts want.
            try:
                async with manager as value:
                    opened.set_result(value)
                    await done.wait()
                    for _ in range(10):  # who has just connected is taken in, and so closed in good order
                        await asyncio.sleep(0)
            except BaseException as error:
                if opened.done():
                    raise
                opened.set_exception(error)

        async def value() -> T:
            return await opened

        kept = asyncio.run_coroutine_threadsafe(keep(), self._loop)
        try:
            yield asyncio.run_coroutine_threadsafe(value(), self._loop).result(30)
        finally:
            self._loop.call_soon_threadsafe(done.set)
            kept.result(30)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(_end_others(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


async def _end_others() -> None:
    """End what still answers connections that are gone: a server waits only for those that it knows."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
