"""Waits that every signal ends, also one that comes in the instant before them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def signals_told() -> Iterator[int]:
    """Give a descriptor that can be read from once a signal has come, for a wait to watch too.

    Python runs the handlers of signals between its own steps. Of a signal that comes after the last of them
    and before the system's call that waits, the handler runs only when the wait is over; what Python writes
    here at once (`signal.set_wakeup_fd`) ends it. In other threads than the main one nothing is told: they
    handle none.
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)  # as Python wants it
    before: int | None = None
    with suppress(ValueError):  # no thread but the main one may handle signals
        before = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    try:
        yield told
    finally:
        if before is not None:
            signal.set_wakeup_fd(before)
        os.close(told)
        os.close(tell)
