"""The kubelet's back-off between tries: 10 seconds at first, doubled at each failure, 300 at most.

Source: client-go `util/flowcontrol/backoff.go`, with kubelet's `backOffPeriod` and `MaxContainerBackOff`.
"""

from dataclasses import dataclass, field

FIRST = 10.0
LONGEST = 300.0


@dataclass(slots=True)
class _Entry:
    seconds: float
    since: float


@dataclass(slots=True)
class BackOff:
    """Remembers by key how long to wait; times are seconds of any one clock."""

    _entries: dict[str, _Entry] = field(default_factory=dict)

    def failed(self, key: str, now: float) -> None:
        """Note a failure: from now on wait twice as long as before."""
        entry = self._current(key, now)
        self._entries[key] = _Entry(min(entry.seconds * 2, LONGEST) if entry else FIRST, now)

    def waiting(self, key: str, now: float) -> bool:
        """Say whether it is too early for another try."""
        entry = self._current(key, now)
        return entry is not None and now - entry.since < entry.seconds

    def _current(self, key: str, now: float) -> _Entry | None:
        """Give what is remembered; what is older than twice the longest wait is forgotten."""
        entry = self._entries.get(key)
        return entry if entry and now - entry.since <= 2 * LONGEST else None
