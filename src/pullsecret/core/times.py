"""Points in time as Kubernetes writes them, and how long ago they were as kubectl says it.

Every `datetime` here is aware and in UTC. The clock is always an argument.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pullsecret.core.errors import InvalidInput

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400


def parse_time(text: str, *, place: str = "") -> datetime:
    """Read an RFC 3339 time, as `metadata.creationTimestamp` has it.

    Args:
        text: the time, with its offset: ``2026-11-22T08:00:00Z``.
        place: where it stands, for the error.

    Raises:
        InvalidInput: it is no RFC 3339 time.
    """
    if _RFC3339.fullmatch(text):
        # A month of 13 or a moment before the year 1 has the right form all the same.
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    raise InvalidInput(f"{text!r} is no RFC 3339 time", place=place, hint="write it as 2026-11-22T08:00:00Z")


def format_time(moment: datetime) -> str:
    """Write a time as the API server does, in whole seconds: ``2026-11-22T08:00:00Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def human_duration(span: timedelta) -> str:
    """Say a length of time as kubectl's AGE column does: ``47s``, ``5m30s``, ``3h20m``, ``2d4h``, ``2y25d``.

    A second below zero passes for a clock that is a little off; more is ``<invalid>``.
    The steps are those of apimachinery, `pkg/util/duration`, `HumanDuration`.
    """
    seconds = int(span.total_seconds())
    if seconds < -1:
        return "<invalid>"
    if seconds < 2 * _MINUTE:
        return f"{max(seconds, 0)}s"
    for below, unit, letter, rest, rest_letter in _STEPS:
        if seconds < below:
            return _in_units(seconds, unit, letter, rest, rest_letter)
    return f"{seconds // _YEAR}y"


# Up to (seconds), the unit, and the smaller unit that is named beside it (0: none).
_STEPS = (
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (2 * _YEAR, _DAY, "d", 0, ""),
    (8 * _YEAR, _YEAR, "y", _DAY, "d"),
)


def _in_units(seconds: int, unit: int, letter: str, rest: int, rest_letter: str) -> str:
    whole, left = divmod(seconds, unit)
    small = left // rest if rest else 0
    return f"{whole}{letter}{small}{rest_letter}" if small else f"{whole}{letter}"


def age(created: str, now: datetime) -> str:
    """Say how long ago an object was made, for an AGE column; ``<unknown>`` when it does not tell."""
    try:
        return human_duration(now - parse_time(created))
    except InvalidInput:
        return "<unknown>"
