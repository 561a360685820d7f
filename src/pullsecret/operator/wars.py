"""Two who keep undoing each other: somebody puts back what we write, we put it back again.

Argo CD does so with a ServiceAccount whose manifest has a list of its own. Nobody wins, and the API server
pays; so after a few rounds we wait, ever longer, and say so.
"""

from collections.abc import Iterable

ROUNDS = 5
"""How often the same thing is written in `WINDOW` seconds until it is a war."""
WINDOW = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 300.0
_PEACE = 900.0


class Wars:
    """Counts what one policy writes again and again. Many different writes in a namespace are no war."""

    def __init__(self) -> None:
        self._written: dict[str, dict[str, tuple[float, ...]]] = {}
        self._pauses: dict[str, tuple[float, float]] = {}

    def pause(self, namespace: str, now: float) -> float:
        """Tell how many seconds to leave a namespace alone before the next repair; 0 for not at all."""
        until, _ = self._pauses.get(namespace, (now, 0.0))
        return max(until - now, 0.0)

    def wrote(self, namespace: str, steps: Iterable[str], now: float) -> bool:
        """Note what was written, each step in its words; tell whether a pause begins."""
        self._forget_before(namespace, now - WINDOW)
        fought = [step for step in steps if self._is_one_too_many(namespace, step, now)]
        if not fought:
            return False
        until, length = self._pauses.get(namespace, (now, 0.0))
        length = min(length * 2, _LONGEST_PAUSE) if length and now - until < _PEACE else _FIRST_PAUSE
        self._pauses[namespace] = (now + length, length)
        for step in fought:  # once more after the pause is enough to begin the next one
            self._written[namespace][step] = (now + length,) * (ROUNDS - 1)
        return True

    def forget(self, namespace: str) -> None:
        """Forget a namespace that is gone."""
        self._written.pop(namespace, None)
        self._pauses.pop(namespace, None)

    def _forget_before(self, namespace: str, time: float) -> None:
        """Forget what is no longer written: jobs that come with ServiceAccounts of their own never end."""
        written = self._written.get(namespace, {})
        self._written[namespace] = {step: times for step, times in written.items() if times[-1] >= time}

    def _is_one_too_many(self, namespace: str, step: str, now: float) -> bool:
        written = self._written[namespace]
        times = written[step] = (*written.get(step, ()), now)[-ROUNDS:]
        return len(times) == ROUNDS and now - times[0] <= WINDOW
