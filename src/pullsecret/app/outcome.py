"""What a command that changes things did, as data: the CLI prints it, tests compare it."""

from dataclasses import dataclass, field
from enum import StrEnum

from pullsecret.core.objects import Object


class Action(StrEnum):
    """What happened to one object."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    ATTACHED = "attached"
    DETACHED = "detached"
    EVICTED = "evicted"
    STUCK = "stuck"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Change:
    """One object and what happened to it.

    Attributes:
        resource: kubectl's spelling of the object: ``secret/harbor``, ``deployment.apps/web``.
        namespace: where it is.
        action: what happened.
        detail: what a person should know besides; may be empty.
    """

    resource: str
    namespace: str
    action: Action
    detail: str = ""


@dataclass(slots=True)
class Outcome:
    """All that a command did, in order, with what it warns about.

    Attributes:
        made: the one object that the command is about, as the server has it; only a dry run prints it.
    """

    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    made: Object | None = field(default=None, repr=False)

    @property
    def failed(self) -> bool:
        """Whether any object could not be dealt with, or a Pod is still stuck where it should not be."""
        return any(change.action is Action.FAILED for change in self.changes)
