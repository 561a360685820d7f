"""What following a kind of objects brings: all of them first, then each change."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pullsecret.core.objects import Object


class ChangeType(StrEnum):
    """What happened to an object, as a watch calls it.

    An object that begins to match the selectors is `ADDED`, one that ceases to is `DELETED`.
    """

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All objects there are, as one consistent list: what was known before and is not in it is gone.

    One comes first, and again whenever changes may have been missed.

    Attributes:
        objects: each with `apiVersion` and `kind`.
        resource_version: what the list shows.
    """

    objects: Sequence[Object]
    resource_version: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change since the last batch. The same one may come twice; an older one never follows a newer.

    Attributes:
        type: what happened.
        object: as it is now; of a deletion, as it was last, with the deletion's resource version.
    """

    type: ChangeType
    object: Object


Batch = Snapshot | Change
