"""When objects were made and last changed, as far as they tell."""

from datetime import datetime

from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Object
from pullsecret.core.reading import Node
from pullsecret.core.times import parse_time


def created_at(obj: Object) -> datetime | None:
    """Give the time of creation; None when it has none that can be read."""
    return moment(Node(obj, lenient=True).at("metadata", "creationTimestamp").text())


def last_change(obj: Object, name: str = "") -> datetime | None:
    """Give the latest time in `metadata.managedFields`, else that of its creation.

    Args:
        obj: the object, read whole.
        name: only entries that manage this field of the object count (``imagePullSecrets``); empty: all.
            Where nobody is said to manage it, None.
    """
    entries = Node(obj, lenient=True).at("metadata", "managedFields").items()
    times = [
        moment(entry.at("time").text())
        for entry in entries
        if not name or f"f:{name}" in entry.at("fieldsV1").mapping()
    ]
    known = [time for time in times if time is not None]
    if known:
        return max(known)
    return None if name else created_at(obj)


def moment(text: str) -> datetime | None:
    """Read a time; None when it is none."""
    try:
        return parse_time(text)
    except InvalidInput:
        return None
