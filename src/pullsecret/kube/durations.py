"""Durations as kubectl's `--request-timeout` takes them."""

import re

from pullsecret.core.errors import InvalidInput

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_LONGEST = 2**63 / 1e9  # Go's time.Duration holds nanoseconds in 64 bits


def parse_timeout(text: str, *, place: str = "--request-timeout") -> float | None:
    """Read a time limit: ``30s``, ``1m30s``, a plain number of seconds, or ``0`` for none.

    The syntax is Go's `time.ParseDuration`, and whole seconds without a unit (client-go,
    tools/clientcmd/helpers.go).

    Returns:
        Seconds; None where there is no limit.

    Raises:
        InvalidInput: it is none of these, or negative.
    """
    seconds = _seconds(text.removeprefix("+"))
    if seconds is None or seconds >= _LONGEST:
        raise InvalidInput(
            f"{text!r} is no time limit", place=place, hint="write it as 30s, 1m30s or 2h; 0 means no limit"
        )
    return seconds or None


def _seconds(text: str) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 20 else None
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
