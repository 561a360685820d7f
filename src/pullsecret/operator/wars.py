"""Two who keep undoing each other: somebody puts back what we write, we put it back again.

Argo CD does so with a ServiceAccount whose manifest has a list of its own. Nobody wins, and the API server
pays; so after a few rounds we wait, ever longer, and say so.
"""

from collections import deque
from collections.abc import Hashable

ROUNDS = 5
"""How many repairs of one namespace in `WINDOW` seconds are a war."""
WINDOW = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 300.0
_PEACE = 900.0


class Wars:
    """Counts repairs."""

    def __init__(self) -> None:
        self._repairs: dict[Hashable, deque[float]] = {}
        self._pauses: dict[Hashable, tuple[float, float]] = {}

    def pause(self, key: Hashable, now: float) -> float:
        """Tell how many seconds to leave something alone before the next repair; 0 for not at all."""
        until, _ = self._pauses.get(key, (now, 0.0))
        return max(until - now, 0.0)

    def repaired(self, key: Hashable, now: float) -> bool:
        """Note a repair; tell whether it is one too many, so that a pause begins."""
        repairs = self._repairs.setdefault(key, deque(maxlen=ROUNDS))
        repairs.append(now)
        if len(repairs) < ROUNDS or now - repairs[0] > WINDOW:
            return False
        until, length = self._pauses.get(key, (now, 0.0))
        length = min(length * 2, _LONGEST_PAUSE) if length and now - until < _PEACE else _FIRST_PAUSE
        self._pauses[key] = (now + length, length)
        # One more repair after the pause is enough to begin the next one.
        self._repairs[key] = deque([now + length] * (ROUNDS - 1), maxlen=ROUNDS)
        return True

    def forget(self, key: Hashable) -> None:
        """Forget what is over."""
        self._repairs.pop(key, None)
        self._pauses.pop(key, None)
