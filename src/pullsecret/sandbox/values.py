"""JSON values as the store keeps them: copying, and times in the API server's form."""

from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")


def copied(value: T) -> T:
    """Copy a JSON value through and through; several times faster than `copy.deepcopy`."""
    return _copied(value)  # type: ignore[no-any-return]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


def timestamp(moment: datetime) -> str:
    """Write a time as `metav1.Time`: UTC, whole seconds, ``2026-01-31T08:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime:
    """Read a `metav1.Time` or `metav1.MicroTime`."""
    return datetime.fromisoformat(text)
