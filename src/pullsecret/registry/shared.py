"""Work that is done once, however many ask for it at once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Outcomes by key: the first who asks has the work done, the others wait for it and get the same.

    A failure is an outcome too, and stays. The work does not end when one of those who wait gives up.
    """

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[T]] = {}

    async def get(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Give the outcome for a key; `work` is called if there is none yet."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(work())
            # Everybody who waited may have given up: then nobody is left to be told of the failure.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)

    def peek(self, key: Hashable) -> T | None:
        """Give the outcome for a key if it is there already and good."""
        task = self._tasks.get(key)
        if task is None or not task.done() or task.cancelled() or task.exception():
            return None
        return task.result()

    def forget(self, key: Hashable) -> None:
        """Have the work done anew for whoever asks next."""
        self._tasks.pop(key, None)

    async def close(self) -> None:
        """Stop what is still going on."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
