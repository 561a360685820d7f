"""The worker of one policy in one namespace: settles it, and remembers how it went."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pullsecret.app.ports import Cluster
from pullsecret.app.sync.settle import settle
from pullsecret.core.errors import ApiError, ClusterError
from pullsecret.core.plan import Claim, Intent, NamespacePlan, PatchAccount, Step, Verdict
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.status import Failure
from pullsecret.operator.guard import NotLeading
from pullsecret.operator.pacing import Clock
from pullsecret.operator.states import PolicyState
from pullsecret.operator.stock import stock_of
from pullsecret.operator.world import World

_INHERITED = 5.0
"""Seconds until it is looked whether who inherits a copy has it; no write tells of one that failed."""
_OVERRULED, _OVERRULED_SOON, _OVERRULED_SELDOM = 120.0, 0.5, 30.0
"""Seconds for which it is tried again where admission undoes what is written, and the least and the most
between two tries. By then every replica of ours has seen what we have: it is somebody else, left to it."""


@dataclass(frozen=True, slots=True, order=True)
class NamespaceKey:
    """One root object: a policy and a namespace."""

    policy: PolicyKey
    namespace: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of working on a namespace.

    Attributes:
        attached: ServiceAccounts got the name: Pods made before are stuck.
        again_after: seconds until it should be looked at again; None when nobody needs to.
        failed: what refused us, for the queue to try again.
    """

    attached: bool = False
    adopted: bool = False
    written: int = 0
    again_after: float | None = None
    failed: ClusterError | None = None

    def after(self, before: "Result") -> "Result":
        """Add what came of it to what was done in the same pass before."""
        return replace(
            self,
            attached=self.attached or before.attached,
            adopted=self.adopted or before.adopted,
            written=self.written + before.written,
            again_after=self.again_after or before.again_after,
        )


class NamespaceWorker:
    """Settles namespaces; what it learns goes into the policy's state."""

    def __init__(self, world: World, *, clock: Clock = time.monotonic) -> None:
        self._world, self._clock = world, clock

    async def work(self, cluster: Cluster, key: NamespaceKey) -> Result:
        """Put one namespace right, and note in the policy's state how it stands.

        Nothing is done before the policy itself was looked at: its Secrets may not have been seen yet.
        """
        state = self._world.states.get(key.policy)
        if state is None or not state.reconciled:
            return Result()
        if (pause := state.wars.pause(key.namespace, self._clock())) and self._keeps(state, key.namespace):
            return Result(again_after=pause)
        state.working += 1
        try:
            return await self._work(cluster, state, key.namespace)
        finally:
            state.working -= 1

    def _keeps(self, state: PolicyState, namespace: str) -> bool:
        return any(claim.intent is Intent.KEEP for claim in self._world.claims(state, namespace))

    def rivals(self, key: NamespaceKey) -> Iterator[NamespaceKey]:
        """Give the others who have to do with the same Secret in a namespace."""
        state = self._world.states.get(key.policy)
        for name in state.secret_names if state else ():
            for other in self._world.states.of_secret(name):
                if other is not state and other.key.namespace in ("", key.namespace):
                    yield NamespaceKey(other.key, key.namespace)

    async def _work(self, cluster: Cluster, state: PolicyState, namespace: str) -> Result:
        was_right = namespace in state.synced
        claims = self._world.claims(state, namespace)
        if not any(claim.intent is Intent.KEEP for claim in claims):
            self._forget(state, namespace)
            self._take_stock(state, namespace)
        done: list[Step] = []
        total = Result()
        for claim in claims:
            result = await self._settle(cluster, state, claim, namespace, done)
            total = result.after(total)
            if result.failed or (claim.intent is Intent.KEEP and namespace not in state.synced):
                break  # what the copies were called before goes only when there is one of the new name
        return self._watched_for_war(state, namespace, done, total) if was_right else total

    async def _settle(
        self, cluster: Cluster, state: PolicyState, claim: Claim, namespace: str, done: list[Step]
    ) -> Result:
        if (view := self._world.view(claim, namespace)) is None:
            return Result()
        before, now = len(done), self._clock()
        patient = now - state.overruled.get(namespace, now) < _OVERRULED
        try:
            settled = await settle(cluster, claim, view, done=done, patient=patient)
        except NotLeading:
            raise
        except ClusterError as error:
            self._note_error(state, namespace, error)
            return replace(_result(done[before:]), failed=error)
        if claim.intent is Intent.KEEP or settled.plan.verdict is Verdict.IN_USE:
            _note(state, settled.plan)
        again = _INHERITED if self._world.handover.is_awaited(claim, namespace) else None
        if settled.overruled:
            since = now - state.overruled.setdefault(namespace, now)
            again = min(max(since, _OVERRULED_SOON), _OVERRULED_SELDOM) if patient else again
        elif settled.done:
            state.overruled.pop(namespace, None)
        return replace(_result(done[before:]), adopted=settled.plan.adopted, again_after=again)

    def _note_error(self, state: PolicyState, namespace: str, error: ClusterError) -> None:
        state.synced.discard(namespace)
        state.retried.add(namespace)
        if asked_to_wait(error) is not None:  # no failure of this namespace's
            return
        reason = (error.reason if isinstance(error, ApiError) else "") or type(error).__name__
        state.failures[namespace] = Failure(namespace, reason, error.message)

    def _watched_for_war(
        self, state: PolicyState, namespace: str, done: Sequence[Step], result: Result
    ) -> Result:
        """Look whether what was right a moment ago, and had to be written again, is so for the nth time."""
        now = self._clock()
        if not done or not state.wars.wrote(namespace, map(str, done), now):
            return result
        message = "somebody keeps undoing what is written here; it is tried again, ever less often"
        state.synced.discard(namespace)
        state.failures[namespace] = Failure(namespace, "WriteWar", message)
        return replace(result, again_after=state.wars.pause(namespace, now))

    def _take_stock(self, state: PolicyState, namespace: str) -> None:
        """Note how a namespace stands while nobody knows what its copy should hold; nothing is written."""
        stock = stock_of(self._world, state, namespace)
        if stock is None:
            return
        plan, failure = stock
        _note(state, plan)
        if failure is not None:
            state.synced.discard(namespace)
            state.failures[namespace] = failure

    def _forget(self, state: PolicyState, namespace: str) -> None:
        state.synced.discard(namespace)
        state.excluded.discard(namespace)
        state.retried.discard(namespace)
        state.failures.pop(namespace, None)
        if self._world.namespaces.get("", namespace) is None:
            state.wars.forget(namespace)
            state.overruled.pop(namespace, None)


def asked_to_wait(error: Exception | None) -> float | None:
    """Give the seconds for which the API server wants to be asked less; None where anything else failed."""
    return error.asks_to_wait if isinstance(error, ApiError) else None


def _note(state: PolicyState, plan: NamespacePlan) -> None:
    state.synced.discard(plan.namespace)
    state.excluded.discard(plan.namespace)
    state.retried.discard(plan.namespace)
    state.failures.pop(plan.namespace, None)
    if plan.verdict is Verdict.SYNCED:
        state.synced.add(plan.namespace)
    elif plan.verdict is Verdict.EXCLUDED:
        state.excluded.add(plan.namespace)
    elif plan.verdict in (Verdict.CONFLICT, Verdict.IMMUTABLE, Verdict.IN_USE):
        state.failures[plan.namespace] = Failure(plan.namespace, plan.verdict.value, plan.reason)


def _result(done: Sequence[Step]) -> Result:
    attached = any(isinstance(step, PatchAccount) and step.attached for step in done)
    return Result(attached=attached, written=len(done))
