"""When a watch that broke goes on: soon where that is cheap, ever more seldom while a server fails. Pure."""

from dataclasses import dataclass, replace

from pullsecret.core.errors import ApiError, Gone, PullSecretError


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things last and how often they are tried, in seconds.

    Attributes:
        lasting: for how long a watch is asked for at least; at most twice as long (client-go: 300 to 600).
        silence: after which a stream is given up on which nothing came; bookmarks come every minute or so.
        between: from the opening of one watch to the next, however short it was.
        spacing: from one request to the next while a server fails: at most eight a second.
        first_delay: the wait after one failure; doubled with each further one (client-go: 0.8).
        longest_delay: what it grows to; client-go's 30 are for thousands of watches, these are a dozen.
        longest_asked: the most that a server's `Retry-After` is waited for.
        settled: after which a stream that broke was a good one, and the server no longer fails.
        stubborn: failures in a row after which all is listed anew: it may be the version that fails.
    """

    lasting: float = 300.0
    silence: float = 180.0
    between: float = 1.0
    spacing: float = 0.125
    first_delay: float = 0.8
    longest_delay: float = 15.0
    longest_asked: float = 300.0
    settled: float = 30.0
    stubborn: int = 4

    def delay(self, error: PullSecretError, *, failures: int, jitter: float) -> float:
        """Give the seconds to wait after a failure.

        Args:
            error: what it was.
            failures: how many there were in a row, with this one.
            jitter: a random number from 0 to 1.
        """
        if isinstance(error, Gone) and failures == 1:
            return 0.0  # nothing fails: the version is of long ago
        asked = (error.retry_after or 0.0) if isinstance(error, ApiError) else 0.0
        grown = min(self.longest_delay, self.first_delay * 2.0 ** min(failures - 1, 20))
        return max(grown * (0.5 + jitter / 2), min(asked, self.longest_asked))

    def seconds(self, *, quiet: bool, jitter: float) -> float:
        """Give for how long to ask for a watch.

        Args:
            quiet: whether the server was silent before. One that sends no bookmarks is asked to end the
                watch before it would be taken for dead: its end is a sign of life too.
            jitter: a random number from 0 to 1, so that not all watches end at once.
        """
        return self.silence / 2 if quiet else self.lasting * (1 + jitter)


@dataclass(frozen=True, slots=True)
class Course:
    """How a watch has gone so far, in seconds of the clock.

    Attributes:
        failures: how many there were in a row.
        failed_at: when the last one was; None while none was.
        asked_at: when the last request was sent.
        not_before: before this nothing is sent.
        watch_at: before this no watch is opened.
    """

    failures: int = 0
    failed_at: float | None = None
    asked_at: float | None = None
    not_before: float | None = None
    watch_at: float | None = None

    def due(self, pace: Pace, now: float, *, watch: bool = False) -> float:
        """Give the seconds until the next request, or the next `watch`, may be sent."""
        times = [now, self.not_before, self.watch_at if watch else None]
        failing = self.failed_at is not None and now - self.failed_at < pace.settled
        if failing and self.asked_at is not None:
            times.append(self.asked_at + pace.spacing)
        return max(time for time in times if time is not None) - now

    def asking(self, now: float) -> "Course":
        """A request is sent now."""
        return replace(self, asked_at=now)

    def opening(self, pace: Pace, now: float) -> "Course":
        """A watch is opened now: there is a least time until the next."""
        return replace(self, asked_at=now, watch_at=now + pace.between)

    def going(self) -> "Course":
        """Something came, so that the server does what it should."""
        return replace(self, failures=0)

    def failed(self, error: PullSecretError, pace: Pace, now: float, jitter: float) -> "Course":
        """Something failed now."""
        failures = self.failures + 1
        delay = pace.delay(error, failures=failures, jitter=jitter)
        return replace(
            self, failures=failures, failed_at=now if delay else self.failed_at, not_before=now + delay
        )
