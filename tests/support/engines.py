"""The operator's engine without sockets and without time: watches and workers, one step after another.

Each step is chosen from outside: a watch brings its next change, or one key is worked on. So every order in
which things may happen can be tried.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from pullsecret.core.errors import ClusterError
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Kind, Object
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.policy.status import Facts
from pullsecret.core.watching import Batch, Change, ChangeType, Snapshot
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.election import Leadership
from pullsecret.operator.guard import GuardedCluster
from pullsecret.operator.namespaces import NamespaceKey, NamespaceWorker
from pullsecret.operator.policies import PolicyWorker
from pullsecret.operator.reactions import Reactions
from pullsecret.operator.states import PolicyState
from pullsecret.operator.statuses import StatusWorker
from pullsecret.operator.world import World
from support.operating import FakeRegistries
from support.policies import PolicyCluster

FOLLOWED = (CLUSTER_PULL_SECRET, PULL_SECRET, NAMESPACE, SERVICE_ACCOUNT, SECRET)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Todo:
    """What `Work` is, as sets; what should be done later is done when nothing else is left."""

    def __init__(self) -> None:
        self.now: dict[object, None] = {}
        self.later: dict[object, None] = {}

    def policy(self, key: PolicyKey, *, after: float | None = None) -> None:
        (self.now if after is None else self.later)[key] = None

    def namespace(self, key: NamespaceKey, *, urgent: bool = False) -> None:
        self.now[key] = None

    def fan_out(self, keys: Iterable[NamespaceKey]) -> None:
        for key in keys:
            self.namespace(key)

    def status(self, key: PolicyKey) -> None:
        self.later[("status", key)] = None


class Notes:
    """What policies' people are told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.forgotten: list[PolicyKey] = []
        self.stand: dict[PolicyKey, Facts] = {}

    def tell(self, state: PolicyState, reason: str, message: str, *, warning: bool = False) -> None:
        self.told.append((state.key.name, reason))

    def counted(self, state: PolicyState, facts: Facts) -> None:
        self.stand[state.key] = facts

    def gone(self, key: PolicyKey) -> None:
        self.forgotten.append(key)


class Engine:
    """One replica that leads, over a cluster without sockets.

    Attributes:
        pending: by kind, what the cluster did and the watch has not brought yet.
        clock: seconds; they pass only when nothing else is left to do.
    """

    def __init__(
        self,
        cluster: PolicyCluster,
        *,
        bounds: Bounds | None = None,
        registries: FakeRegistries | None = None,
    ) -> None:
        self.cluster, self.clock, self.notes, self.todo = cluster, 0.0, Notes(), Todo()
        self.registries = registries or FakeRegistries()
        self.world = World(bounds or Bounds(frozenset({"platform"})))
        self.pending: dict[str, deque[Batch]] = {kind.plural: deque() for kind in FOLLOWED}
        Reactions(self.world, self.todo, self.notes)  # type: ignore[arg-type]
        self.guarded = GuardedCluster(cluster, Leadership.always(), self.world)
        self.namespaces = NamespaceWorker(self.world, clock=lambda: self.clock)
        self.policies = PolicyWorker(
            self.world, self.registries.open, self.notes, fan_out=self.todo.fan_out, now=lambda: NOW,
            clock=lambda: self.clock,
        )  # fmt: skip
        self.statuses = StatusWorker(self.world, self.notes, now=lambda: NOW, clock=lambda: self.clock)
        self._stop = cluster.store.follow(self._note)
        for kind in FOLLOWED:  # nobody leads before all was seen
            self.relist(kind)
            self._deliver(kind.plural)

    def stop(self) -> None:
        """Die: what was under way is forgotten."""
        self._stop()

    def relist(self, kind: Kind) -> None:
        """Let the watch of a kind begin anew: all that is there comes as one."""
        version = str(self.cluster.store.resource_version)
        self.pending[kind.plural].append(Snapshot(self.cluster.store.list(kind), version))

    def _note(self, change: Any) -> None:
        if change.kind in FOLLOWED:
            obj = {**change.obj, "apiVersion": change.kind.api_version, "kind": change.kind.kind}
            self.pending[change.kind.plural].append(Change(ChangeType(change.event), obj))

    def steps(self) -> list[tuple[str, object]]:
        """Give what could happen next."""
        watches = [("watch", plural) for plural, batches in self.pending.items() if batches]
        return [*watches, *(("work", key) for key in self.todo.now)]

    async def step(self, what: str, which: Any) -> None:
        """Let one thing happen."""
        if what == "watch":
            self._deliver(which)
            return
        self.todo.now.pop(which, None)
        try:
            await self._work(which)
        except ClusterError:
            self.todo.later[which] = None

    def _deliver(self, plural: str) -> None:
        kind = next(kind for kind in FOLLOWED if kind.plural == plural)
        self.world.store_of(kind).take(
            self.pending[plural].popleft(), lambda obj: obj.get("kind") == kind.kind
        )

    async def _work(self, key: Any) -> None:
        if isinstance(key, PolicyKey):
            again = await self.policies.work(self.guarded, key)
            self.todo.status(key)
            if again is not None:
                self.todo.policy(key, after=again)
        elif isinstance(key, NamespaceKey):
            await self._work_on_namespace(key)
        elif await self.statuses.work(self.guarded, key[1]) is not None:
            self.todo.later[key] = None

    async def _work_on_namespace(self, key: NamespaceKey) -> None:
        if key.policy.namespace and self.world.goes(key.namespace):
            await self.policies.let_go(self.guarded, key.policy)
            return
        result = await self.namespaces.work(self.guarded, key)
        state = self.world.states.get(key.policy)
        if state is None:
            return
        state.written += result.written
        if result.written:
            self.todo.fan_out(self.namespaces.rivals(key))
        if result.again_after is not None:
            self.todo.later[key] = None
        if state.deleting:
            self.todo.policy(key.policy, after=1)
        self.todo.status(key.policy)
        if result.failed:
            raise result.failed

    async def settle(self, choose: Callable[[int], int] = lambda _count: 0, limit: int = 3000) -> None:
        """Let everything happen until nothing is left; `choose` says what comes next of so many."""
        for _ in range(limit):
            steps = self.steps()
            if steps:
                await self.step(*steps[choose(len(steps))])
            elif self.todo.later:
                self.clock += 1000
                self.todo.now, self.todo.later = self.todo.later, {}
            else:
                return
        raise AssertionError(f"it does not come to rest: {self.steps()} {self.todo.later}")

    async def run(self, steps: int, *, seconds: float = 60) -> None:
        """Let so many things happen, where it never comes to rest; so much time passes when nothing does."""
        for _ in range(steps):
            if ready := self.steps():
                await self.step(*ready[0])
            else:
                self.clock += seconds
                self.todo.now, self.todo.later = self.todo.later, {}

    # what there is

    def find(self, kind: Kind, name: str, namespace: str = "") -> Object | None:
        found = [obj for obj in self.cluster.store.list(kind, namespace) if obj["metadata"]["name"] == name]
        return found[0] if found else None

    def status(self, name: str, namespace: str = "") -> Object:
        kind = PULL_SECRET if namespace else CLUSTER_PULL_SECRET
        found: Object = self.cluster.store.get(kind, name, namespace).get("status", {})
        return found
