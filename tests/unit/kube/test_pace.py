"""When a watch that broke goes on."""

import pytest

from pullsecret.core.errors import ApiError, ClusterUnreachable, Gone, PullSecretError, TooManyRequests
from pullsecret.kube.pace import Course, Pace

PACE = Pace(first_delay=1, longest_delay=16, longest_asked=60, spacing=0.125, between=1, settled=30)
AWAY = ClusterUnreachable("away")
OLD = Gone("old", status=410)


@pytest.mark.parametrize(
    ("error", "failures", "jitter", "seconds"),
    [
        pytest.param(AWAY, 1, 1.0, 1.0, id="first"),
        pytest.param(AWAY, 1, 0.0, 0.5, id="first-jittered"),
        pytest.param(AWAY, 3, 1.0, 4.0, id="doubled"),
        pytest.param(AWAY, 3, 0.5, 3.0, id="doubled-jittered"),
        pytest.param(AWAY, 9, 1.0, 16.0, id="bounded"),
        pytest.param(AWAY, 10**6, 1.0, 16.0, id="no overflow"),
        pytest.param(OLD, 1, 1.0, 0.0, id="too old"),
        pytest.param(OLD, 2, 1.0, 2.0, id="too old again"),
        pytest.param(TooManyRequests("x", status=429, retry_after=7), 1, 1.0, 7.0, id="asked"),
        pytest.param(ApiError("x", status=503, retry_after=1), 4, 1.0, 8.0, id="asked for less"),
        pytest.param(ApiError("x", status=503, retry_after=10**6), 1, 1.0, 60.0, id="asked for days"),
    ],
)
def test_the_wait_after_a_failure(
    error: PullSecretError, failures: int, jitter: float, seconds: float
) -> None:
    assert PACE.delay(error, failures=failures, jitter=jitter) == seconds


def test_watches_do_not_all_end_at_once() -> None:
    assert [Pace().seconds(quiet=False, jitter=jitter) for jitter in (0.0, 0.5, 1.0)] == [300, 450, 600]
    assert Pace().seconds(quiet=True, jitter=0.5) < Pace().silence


def test_a_course_without_failures_waits_for_nothing_but_the_next_watch() -> None:
    course = Course().asking(100.0).asking(100.0)
    assert course.due(PACE, 100.0) == 0
    opened = course.opening(PACE, 100.0)
    assert opened.due(PACE, 100.25) == 0
    assert opened.due(PACE, 100.25, watch=True) == 0.75
    assert opened.due(PACE, 200.0, watch=True) == 0


def test_while_a_server_fails_requests_are_spaced() -> None:
    failed = Course().asking(100.0).failed(AWAY, PACE, 100.0, 1.0)
    assert failed.due(PACE, 100.0) == 1.0
    again = failed.asking(101.0)
    assert again.due(PACE, 101.0) == 0.125
    assert again.going().due(PACE, 101.0) == 0.125
    assert again.asking(140.0).due(PACE, 140.0) == 0


def test_failures_in_a_row_are_counted_until_something_comes() -> None:
    course = Course()
    for now in (1.0, 2.0, 3.0):
        course = course.failed(AWAY, PACE, now, 1.0)
    assert course.failures == 3
    assert course.due(PACE, 3.0) == 4.0
    assert course.going().failed(AWAY, PACE, 9.0, 1.0).due(PACE, 9.0) == 1.0


def test_a_version_that_is_too_old_is_no_failing_server() -> None:
    course = Course().opening(PACE, 100.0).failed(OLD, PACE, 100.0, 1.0)
    assert course.due(PACE, 100.0) == 0
    assert course.asking(100.0).due(PACE, 100.0) == 0
    assert course.due(PACE, 100.0, watch=True) == 1.0
