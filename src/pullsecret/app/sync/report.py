"""What a run did, or would do: filled while it goes on, so that whoever stops it can still be told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pullsecret.app.outcome import Action, Change
from pullsecret.app.sync.gather import FATAL
from pullsecret.app.sync.settle import Settled
from pullsecret.core.errors import ApiError, PullSecretError
from pullsecret.core.plan import NamespacePlan, Step, Verdict

SHOWN = 3
"""So many namespaces stand by name in a warning."""

_HINTS = {
    Verdict.TERMINATING: "once it is gone this is no fault any more; --exclude leaves it out until then",
    Verdict.CONFLICT: "or take another name for the copies",
    Verdict.IMMUTABLE: "",
    Verdict.IN_USE: "",
}


@dataclass(frozen=True, slots=True)
class NamespaceFailure:
    """A namespace that could not be put right; `reason` is a CamelCase word for machines."""

    namespace: str
    reason: str
    message: str
    hint: str = ""
    exit_code: int = 1


@dataclass(slots=True)
class SyncReport:
    """What a run did, or with a dry run would do.

    Attributes:
        total: how many namespaces are worked on.
        settled: namespaces that are as the policy says, by name, with what was written in each.
        removed: those of them from which a copy was taken away, with `prune`.
        skipped: namespaces where somebody opted out.
        written: all steps, by namespace, also where a later one failed; with a dry run what would be.
        pods: what became of Pods that predate the attachment.
        absent: by ServiceAccount that was named, the namespaces that have none of that name.
        operated: whether the operator keeps this policy, so that nothing was looked at.
    """

    total: int = 0
    settled: list[Settled] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    skipped: list[NamespacePlan] = field(default_factory=list)
    failures: list[NamespaceFailure] = field(default_factory=list)
    written: dict[str, list[Step]] = field(default_factory=dict)
    pods: list[Change] = field(default_factory=list)
    absent: dict[str, list[str]] = field(default_factory=dict)
    operated: bool = False

    @property
    def steps(self) -> list[tuple[str, Step]]:
        """Everything that was written, with its namespace."""
        return [(name, step) for name, steps in sorted(self.written.items()) for step in steps]

    @property
    def done(self) -> int:
        """How many namespaces came to an end, good or bad."""
        return len(self.settled) + len(self.skipped) + len(self.failures)

    @property
    def kept(self) -> list[str]:
        """The namespaces that have their copy now."""
        names = (settled.plan.namespace for settled in self.settled)
        return [name for name in names if name not in self.removed]

    @property
    def exit_code(self) -> int:
        """0 when all is as it should be; 3 where the cluster could not be reached; else 1."""
        failed = any(change.action is Action.FAILED for change in self.pods)
        return max((failure.exit_code for failure in self.failures), default=int(failed))

    def note(self, settled: Settled) -> None:
        """Put down how a namespace ended that nothing went wrong in."""
        plan = settled.plan
        if plan.verdict is Verdict.SYNCED:
            self.settled.append(settled)
        elif plan.verdict is Verdict.EXCLUDED:
            self.skipped.append(plan)
        else:
            failure = NamespaceFailure(plan.namespace, plan.verdict, plan.reason, _HINTS[plan.verdict])
            self.failures.append(failure)

    def fail(self, namespace: str, error: PullSecretError) -> None:
        """Put down what went wrong in a namespace."""
        exit_code = 3 if isinstance(error, FATAL) else 1
        message, hint = error.message, error.hint
        reason = (error.reason if isinstance(error, ApiError) else "") or type(error).__name__
        if "exceeded quota" in message:
            reason, hint = "QuotaExceeded", "raise its ResourceQuota, or delete what it no longer needs"
        self.failures.append(NamespaceFailure(namespace, reason, message, hint, exit_code))

    def warnings(self) -> Iterator[str]:
        """Say what is not wrong, and may still not be what was meant."""
        for account, namespaces in sorted(self.absent.items()):
            names = sorted(namespaces)
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            yield f"there is no ServiceAccount {account!r} in {', '.join(names[:SHOWN])}{more}"

    def sort(self) -> None:
        """Put all into the order of the namespaces: what runs at once ends in any."""
        self.settled.sort(key=lambda settled: settled.plan.namespace)
        self.skipped.sort(key=lambda plan: plan.namespace)
        self.failures.sort(key=lambda failure: failure.namespace)
        self.pods.sort(key=lambda change: (change.namespace, change.resource))
