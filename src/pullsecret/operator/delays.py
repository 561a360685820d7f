"""Keys that have to wait for their time, each once."""

import heapq
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_SLACK = 64


class Delays(Generic[K]):
    """Which key is due when. Adding one takes logarithmic time, all else constant."""

    def __init__(self) -> None:
        self._due: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []  # an entry counts while `_due` agrees with it
        self._pushed = 0

    def __len__(self) -> int:
        return len(self._due)

    def put(self, key: K, due: float) -> bool:
        """Have a key wait until then; the nearest of several times counts. Tell whether this one does."""
        if due >= self._due.get(key, float("inf")):
            return False
        self._due[key] = due
        self._pushed += 1  # keys cannot be compared: of two that are due at once, the first one comes first
        heapq.heappush(self._heap, (due, self._pushed, key))
        if len(self._heap) > 2 * len(self._due) + _SLACK:
            self._heap = [entry for entry in self._heap if self._counts(entry)]
            heapq.heapify(self._heap)
        return True

    def drop(self, key: K) -> None:
        """Forget the time of a key."""
        self._due.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        self._due.clear()
        self._heap.clear()

    def next(self) -> float | None:
        """Give the time at which the next key is due; None when none waits."""
        while self._heap and not self._counts(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def ripe(self, now: float) -> Iterator[K]:
        """Take out the keys whose time has come, in the order of their times."""
        while (due := self.next()) is not None and due <= now:
            _, _, key = heapq.heappop(self._heap)
            del self._due[key]
            yield key

    def _counts(self, entry: tuple[float, int, K]) -> bool:
        return self._due.get(entry[2]) == entry[0]
