"""When a request is worth repeating, and after how long. Pure."""

from pullsecret.core.errors import ApiError, ClusterError
from pullsecret.kube.unreachable import ConnectionFailure

MOST_REPEATS = 4
MOST_REPEATS_UNSENT = 2
"""Where nothing listens, a person should be told soon."""

FIRST_DELAY = 0.25
LONGEST_WAIT = 30.0
"""Seconds; a server that asks for more is not waited for."""

_PASSING = {500, 502, 503, 504}


def retry_delay(error: ClusterError, *, attempt: int, repeatable: bool, jitter: float) -> float | None:
    """Give the seconds to wait before the request is repeated; None to give up.

    Reads are repeated after what passes. Changes are repeated only if they surely took no effect: the
    connection was never made; 429; or 503 with `Retry-After`, which an API server sends before it
    handles a request (flow control, shutting down).

    Args:
        error: what the last attempt gave.
        attempt: how many were made before it.
        repeatable: whether the request changes nothing.
        jitter: a random number from 0 to 1.
    """
    match error:
        case ConnectionFailure():
            repeated = error.passing and (repeatable or not error.sent)
            most, asked = MOST_REPEATS if error.sent else MOST_REPEATS_UNSENT, None
        case ApiError():
            repeated, most, asked = _answered(error, repeatable), MOST_REPEATS, error.retry_after
        case _:
            return None
    if not repeated or attempt >= most or (asked or 0) > LONGEST_WAIT:
        return None
    delay = FIRST_DELAY * 2.0**attempt * (0.5 + jitter / 2)
    return max(delay, asked or 0)


def _answered(error: ApiError, repeatable: bool) -> bool:
    if error.status == 429:
        return error.asks_to_wait is not None
    if error.status == 503 and error.retry_after is not None:
        return True
    return repeatable and error.status in _PASSING and (error.status != 500 or error.retry_after is not None)
