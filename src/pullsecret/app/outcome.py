"""What a command that changes things did, as data: the CLI prints it, tests compare it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from pullsecret.core.errors import PullSecretError
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
    STOPPED = "stopped"
    RELEASED = "released"
    STUCK = "stuck"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Change:
    """One object and what happened to it.

    Attributes:
        resource: kubectl's spelling of the object: ``secret/harbor``, ``deployment/web``.
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
        stopped: what ended it halfway; the changes before it were made.
        failures: what went wrong with single objects while the others went on.
    """

    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    made: Object | None = field(default=None, repr=False)
    stopped: PullSecretError | None = None
    failures: list[PullSecretError] = field(default_factory=list)

    @contextmanager
    def until_it_fails(self) -> Iterator[None]:
        """Keep what was done so far beside the error that ends it; where nothing was, the error is all."""
        try:
            yield
        except PullSecretError as error:
            if not self.changes:
                raise
            self.stopped = error

    def fail(self, resource: str, namespace: str, error: PullSecretError) -> None:
        """Note that one object could not be dealt with, and why."""
        reason = f"{error.message}; {error.hint}" if error.hint else error.message
        self.changes.append(Change(resource, namespace, Action.FAILED, reason))
        self.failures.append(error)

    @property
    def exit_code(self) -> int:
        """0 when all went well, else the gravest of what did not."""
        errors = [*self.failures, *([self.stopped] if self.stopped else [])]
        return max((error.exit_code for error in errors), default=int(self.failed))

    @property
    def failed(self) -> bool:
        """Whether any object could not be dealt with, or a Pod is still stuck where it should not be."""
        return any(change.action is Action.FAILED for change in self.changes)
