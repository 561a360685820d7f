"""What there is to do: four queues for as long as this replica leads, and nothing while it does not."""

from collections.abc import Iterable

from pullsecret.core.policy.model import PolicyKey
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.queue import WorkQueue

_STATUS_SOON, _STATUS_BUSY = 0.1, 1.0
_DEPARTURE_SOON, _DEPARTURE_BUSY = 0.2, 2.0
_MUCH = 32
_LONGEST_ASKED = 300.0  # the most that a `Retry-After` is waited for; as for watches


class Work:
    """Takes note of work, if there is somebody to do it.

    Attributes:
        policies: policies to read and try out.
        namespaces: namespaces to put right.
        statuses: policies whose status may be another.
        recoveries: namespaces to look for stuck Pods in.
    """

    def __init__(self) -> None:
        self.active = False
        self.begin()
        self.end()

    def begin(self) -> None:
        """Begin a term, with nothing to do."""
        self.policies: WorkQueue[PolicyKey] = WorkQueue()
        self.namespaces: WorkQueue[NamespaceKey] = WorkQueue()
        self.statuses: WorkQueue[PolicyKey] = WorkQueue()
        self.recoveries: WorkQueue[NamespaceKey] = WorkQueue()
        self.active = True

    def end(self) -> None:
        """End a term; what is left is for whoever leads next."""
        self.active = False

    @property
    def depth(self) -> int:
        """How many namespaces wait to be worked on."""
        return self.namespaces.depth if self.active else 0

    def policy(self, key: PolicyKey, *, after: float | None = None) -> None:
        """Have a policy read, now or in so many seconds."""
        if self.active and after is not None:
            self.policies.add_after(key, after)
        elif self.active:
            self.policies.add(key)

    def namespace(self, key: NamespaceKey, *, urgent: bool = False) -> None:
        """Have a namespace put right; a new one goes first."""
        if self.active:
            self.namespaces.add(key, urgent=urgent)

    def fan_out(self, keys: Iterable[NamespaceKey]) -> None:
        """Have many namespaces put right."""
        for key in keys:
            self.namespace(key)

    def status(self, key: PolicyKey) -> None:
        """Have a status told: soon when all is done, seldom while there is much to do."""
        if self.active:
            self.statuses.add_after(key, _STATUS_BUSY if self.depth > _MUCH else _STATUS_SOON)

    def departure(self, key: PolicyKey) -> None:
        """Have a policy that goes looked at, with all its namespaces: seldom while there is much to do."""
        self.policy(key, after=_DEPARTURE_BUSY if self.depth > _MUCH else _DEPARTURE_SOON)

    def recovery(self, key: NamespaceKey, after: float) -> None:
        """Have stuck Pods looked for in so many seconds."""
        if self.active:
            self.recoveries.add_after(key, after)

    def throttle(self, seconds: float) -> None:
        """Do less for a while, all of it: the API server asks for it."""
        for queue in (self.policies, self.namespaces, self.statuses, self.recoveries):
            queue.throttle(min(seconds, _LONGEST_ASKED))
