"""The worker of one policy in one namespace: settles it, and remembers how it went."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pullsecret.app.ports import Cluster
from pullsecret.app.sync.settle import Settled, settle
from pullsecret.core.errors import ApiError, ClusterError, TooManyRequests
from pullsecret.core.plan import Claim, Intent, NamespacePlan, NamespaceView, PatchAccount, Verdict
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.status import Failure
from pullsecret.operator.guard import NotLeading
from pullsecret.operator.pacing import Clock
from pullsecret.operator.states import PolicyState
from pullsecret.operator.wars import Wars
from pullsecret.operator.world import World


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


class NamespaceWorker:
    """Settles namespaces; what it learns goes into the policy's state."""

    def __init__(
        self, world: World, *, throttle: Callable[[float], None], clock: Clock = time.monotonic
    ) -> None:
        self._world, self._throttle, self._clock = world, throttle, clock
        self._wars = Wars()
        self._wanted: dict[NamespaceKey, str] = {}

    async def work(self, cluster: Cluster, key: NamespaceKey) -> Result:
        """Put one namespace right, and note in the policy's state how it stands."""
        state = self._world.states.get(key.policy)
        if state is None:
            return Result()
        pause = self._wars.pause(key, self._clock())
        if pause:
            return Result(again_after=pause)
        claims = self._world.claims(state, key.namespace)
        self._note_wanted(key, claims)
        if not any(claim.intent is Intent.KEEP for claim, _ in claims):
            self._forget(state, key)
        total = Result()
        for claim, view in claims:
            result = await self._settle(cluster, state, claim, view)
            total = result if result.failed or result.written else total
        return self._watched_for_war(state, key, total)

    async def _settle(
        self, cluster: Cluster, state: PolicyState, claim: Claim, view: NamespaceView
    ) -> Result:
        try:
            settled = await settle(cluster, claim, view)
        except NotLeading:
            raise
        except ClusterError as error:
            self._note_error(state, view.name, error)
            return Result(failed=error)
        if claim.intent is Intent.KEEP:
            _note(state, settled.plan)
        return _result(settled)

    def _note_error(self, state: PolicyState, namespace: str, error: ClusterError) -> None:
        reason = (error.reason if isinstance(error, ApiError) else "") or type(error).__name__
        state.synced.discard(namespace)
        state.failures[namespace] = Failure(namespace, reason, error.message)
        if isinstance(error, TooManyRequests):
            self._throttle(error.retry_after or 1.0)

    def _watched_for_war(self, state: PolicyState, key: NamespaceKey, result: Result) -> Result:
        if not result.written or not self._wars.repaired(key, self._clock()):
            return result
        message = "somebody keeps undoing what is written here; it is tried again, ever less often"
        state.synced.discard(key.namespace)
        state.failures[key.namespace] = Failure(key.namespace, "WriteWar", message)
        return Result(again_after=self._wars.pause(key, self._clock()), written=result.written)

    def _note_wanted(self, key: NamespaceKey, claims: Sequence[tuple[Claim, NamespaceView]]) -> None:
        """Where something else is wanted than before, what is written is no repair."""
        wanted = next((claim.data for claim, _ in claims if claim.intent is Intent.KEEP), "")
        if wanted != self._wanted.get(key):
            self._wanted[key] = wanted
            self._wars.forget(key)

    def _forget(self, state: PolicyState, key: NamespaceKey) -> None:
        state.synced.discard(key.namespace)
        state.failures.pop(key.namespace, None)
        if self._world.namespaces.get("", key.namespace) is None:
            self._wanted.pop(key, None)
            self._wars.forget(key)


def _note(state: PolicyState, plan: NamespacePlan) -> None:
    state.synced.discard(plan.namespace)
    state.failures.pop(plan.namespace, None)
    if plan.verdict is Verdict.SYNCED:
        state.synced.add(plan.namespace)
    elif plan.verdict in (Verdict.CONFLICT, Verdict.IMMUTABLE):
        state.failures[plan.namespace] = Failure(plan.namespace, plan.verdict.value, plan.reason)


def _result(settled: Settled) -> Result:
    attached = any(isinstance(step, PatchAccount) and step.attached for step in settled.done)
    return Result(attached=attached, adopted=settled.plan.adopted, written=len(settled.done))
