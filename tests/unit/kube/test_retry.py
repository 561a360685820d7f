import pytest

from pullsecret.core.errors import ApiError, ClusterError, ClusterUnreachable, TooManyRequests
from pullsecret.kube.retry import LONGEST_WAIT, retry_delay
from pullsecret.kube.unreachable import ConnectionFailure

REFUSED = ConnectionFailure("refused", passing=True)
BROKEN = ConnectionFailure("broken off", sent=True, passing=True)
UNKNOWN_AUTHORITY = ConnectionFailure("unknown authority")
BUSY = TooManyRequests("busy", status=429)
BUDGET = TooManyRequests("budget", status=429, causes=(("DisruptionBudget", "web"),))
SHUTTING_DOWN = ApiError("down", status=503, retry_after=1)
UNAVAILABLE = ApiError("down", status=503)
BAD_GATEWAY = ApiError("gateway", status=502)
INTERNAL = ApiError("internal", status=500)
LATER = ApiError("internal", status=500, retry_after=1)


@pytest.mark.parametrize(
    ("error", "read", "write"),
    [
        pytest.param(REFUSED, True, True, id="never sent"),
        pytest.param(BROKEN, True, False, id="perhaps done"),
        pytest.param(UNKNOWN_AUTHORITY, False, False, id="does not pass"),
        pytest.param(BUSY, True, True, id="flow control"),
        pytest.param(BUDGET, False, False, id="a disruption budget's verdict"),
        pytest.param(SHUTTING_DOWN, True, True, id="refused before it was handled"),
        pytest.param(UNAVAILABLE, True, False, id="503 of something between"),
        pytest.param(BAD_GATEWAY, True, False, id="502"),
        pytest.param(INTERNAL, False, False, id="500"),
        pytest.param(LATER, True, False, id="500 that asks to come back"),
        pytest.param(ApiError("conflict", status=409), False, False, id="a verdict"),
        pytest.param(ClusterUnreachable("HTML"), False, False, id="no API server"),
    ],
)
def test_only_what_surely_took_no_effect_is_repeated(error: ClusterError, read: bool, write: bool) -> None:
    for repeatable, wanted in ((True, read), (False, write)):
        delay = retry_delay(error, attempt=0, repeatable=repeatable, jitter=0.5)
        assert (delay is not None) is wanted


def test_delays_grow_and_scatter() -> None:
    delays = [retry_delay(UNAVAILABLE, attempt=n, repeatable=True, jitter=1) for n in range(5)]
    assert delays == [0.25, 0.5, 1.0, 2.0, None]
    assert retry_delay(UNAVAILABLE, attempt=3, repeatable=True, jitter=0) == 1.0


def test_where_nothing_listens_one_is_told_soon() -> None:
    assert [retry_delay(REFUSED, attempt=n, repeatable=True, jitter=1) for n in range(3)] == [0.25, 0.5, None]


def test_the_server_s_wish_is_honoured_up_to_a_bound() -> None:
    def delay(asked: float) -> float | None:
        error = TooManyRequests("busy", status=429, retry_after=asked)
        return retry_delay(error, attempt=0, repeatable=False, jitter=0)

    assert delay(7) == 7
    assert delay(LONGEST_WAIT) == LONGEST_WAIT
    assert delay(LONGEST_WAIT + 1) is None
