"""The worker of one policy: reads its sources, tries what is new, and has its namespaces worked on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from pullsecret.app.ports import Cluster, PatchType
from pullsecret.core.errors import Conflict, InvalidInput, NotFound
from pullsecret.core.objects import Object, resource_version_of
from pullsecret.core.policy.model import Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, FINALIZER
from pullsecret.core.policy.sources import Content, HeldCredential, SourceMissing, content_of
from pullsecret.core.policy.status import Condition, Ready, Result, TriedCredential, result_of
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.states import PolicyState
from pullsecret.operator.verifying import Open, Trial, try_out
from pullsecret.operator.world import World

Now = Callable[[], datetime]


class Notices(Protocol):
    """Who is told what happens to policies: events, metrics."""

    def tell(self, state: PolicyState, reason: str, message: str, *, warning: bool = False) -> None:
        """Tell something about a policy."""

    def gone(self, key: PolicyKey) -> None:
        """Forget a policy."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the operator may do, by the flags it was started with.

    Attributes:
        sources: namespaces whose Secrets a `ClusterPullSecret` may read.
        secret_names: the only names that copies may have; empty for any.
    """

    sources: frozenset[str]
    secret_names: frozenset[str] = frozenset()


class PolicyWorker:
    """Reconciles policies, apart from what is in the namespaces."""

    def __init__(
        self, world: World, bounds: Bounds, open_: Open, notices: Notices, *,
        fan_out: Callable[[Iterable[NamespaceKey]], None], now: Now = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        """Make a worker.

        Args:
            world: what is seen.
            bounds: what may be done.
            open_: opens registries for trying credentials.
            notices: is told what happens.
            fan_out: has namespaces worked on.
            now: the time.
        """
        self._world, self._bounds, self._open, self._notices = world, bounds, open_, notices
        self._fan_out, self._now = fan_out, now

    async def work(self, cluster: Cluster, key: PolicyKey) -> float | None:
        """Look at one policy; give the seconds after which it should be looked at again, None for never."""
        state = self._world.states.get(key)
        if state is None:
            return None
        if state.deleting:
            return await self._leave(cluster, state)
        if not state.finalized:
            await self._finalize(cluster, state, [*_finalizers(state.obj), FINALIZER])
        again = await self._read(state)
        state.reconciled, state.observed = True, state.generation
        self._fan_out(NamespaceKey(key, name) for name in sorted(self._world.touched(state)))
        return again

    async def _read(self, state: PolicyState) -> float | None:
        """Find out what the copies should hold; whatever fails leaves what they held."""
        policy = state.policy
        if policy is None:
            fault = state.fault.message if state.fault else "it cannot be read"
            self._trouble(state, Ready.INVALID_SPEC, fault)
            return None
        if refusal := self._refusal(policy):
            self._trouble(state, Ready.INVALID_SPEC, refusal)
            return None
        try:
            content = content_of(policy, self._sources(policy))
        except SourceMissing as missing:
            self._trouble(state, Ready.SOURCE_MISSING, missing.message)
            return None
        except InvalidInput as invalid:
            self._trouble(state, Ready.SOURCE_INVALID, invalid.message)
            return None
        return await self._hand_out(state, policy, content)

    def _refusal(self, policy: Policy) -> str:
        """Say why the operator may not do what a policy wants; empty when it may."""
        names = self._bounds.secret_names
        if names and policy.secret_name not in names:
            return f"spec.secretName: the operator was given leave for {', '.join(sorted(names))} only"
        for position, source in enumerate(policy.sources):
            if (
                policy.key.kind == CLUSTER_PULL_SECRET.kind
                and source.ref.namespace not in self._bounds.sources
            ):
                allowed = ", ".join(sorted(self._bounds.sources))
                where = f"spec.credentials[{position}].secretRef.namespace"
                return f"{where}: the operator reads sources in {allowed} only (--source-namespaces)"
        return ""

    def _sources(self, policy: Policy) -> dict[SecretRef, Object]:
        found = {source.ref: self._world.source(source.ref) for source in policy.sources}
        return {ref: obj for ref, obj in found.items() if obj is not None}

    async def _hand_out(self, state: PolicyState, policy: Policy, content: Content) -> float | None:
        trial = await self._tried(state, policy, content)
        if trial is None:
            state.tried, state.verified = tuple(TriedCredential(held) for held in content.credentials), None
        else:
            state.tried, state.verified = trial.credentials, trial.condition
        if trial is not None and not trial.usable:
            reason = Ready.UNREACHABLE if trial.again else Ready.REJECTED
            self._trouble(state, reason, trial.condition.message)
            return _later(state) if trial.again else None
        self._note_expiry(state, content)
        state.content, state.data = content, content.data
        return _later(state) if trial is not None and trial.again else self._until_expiry(content)

    async def _tried(self, state: PolicyState, policy: Policy, content: Content) -> Trial | None:
        if policy.verify is None:
            return None
        trial = await try_out(policy.verify, content, _recall(state), self._now(), self._open)
        state.unanswered = state.unanswered + 1 if trial.again else 0
        if trial.fresh and trial.condition != state.verified:
            message = trial.condition.message or "the registries accept the credentials"
            self._notices.tell(state, trial.condition.reason, message, warning=not trial.accepted)
        return trial

    def _trouble(self, state: PolicyState, reason: Ready, message: str) -> None:
        """Note why there is nothing new to hand out; told once."""
        condition = Condition("Ready", "False", reason.value, message)
        if state.trouble != condition and reason not in (Ready.REJECTED, Ready.UNREACHABLE):
            self._notices.tell(state, reason.value, message, warning=True)
        state.trouble = condition

    def _note_expiry(self, state: PolicyState, content: Content) -> None:
        gone = [held.registry for held in content.credentials if held.expires and held.expires <= self._now()]
        if gone:
            self._trouble(state, Ready.EXPIRED, f"expired: {', '.join(gone)}")
        else:
            state.trouble = None

    def refused(self, state: PolicyState, what: str, reason: str) -> None:
        """Note that the API server does not let us see what a policy needs."""
        self._trouble(state, Ready.SOURCE_FORBIDDEN, f"{what} cannot be followed: {reason}")

    def _until_expiry(self, content: Content) -> float | None:
        left = [(held.expires - self._now()).total_seconds() for held in content.credentials if held.expires]
        return min((seconds for seconds in left if seconds > 0), default=None)

    async def _leave(self, cluster: Cluster, state: PolicyState) -> float | None:
        """Take away what is ours, everywhere, and only then let the policy go."""
        if not state.finalized:
            return None
        unfinished = self._world.unfinished(state)
        if unfinished:
            self._fan_out(NamespaceKey(state.key, name) for name in unfinished)
            self._fan_out(self._heirs(state, unfinished))
            return _LEAVE_AGAIN
        self._notices.tell(state, "Detached", "its copies are detached and gone")
        await self._finalize(cluster, state, [name for name in _finalizers(state.obj) if name != FINALIZER])
        self._notices.gone(state.key)
        return None

    def _heirs(self, state: PolicyState, namespaces: Iterable[str]) -> list[NamespaceKey]:
        """Give the work of those who take over a name that a policy leaves behind."""
        others = [
            o for name in state.secret_names for o in self._world.states.of_secret(name) if o is not state
        ]
        return [NamespaceKey(other.key, name) for name in namespaces for other in others]

    async def _finalize(self, cluster: Cluster, state: PolicyState, finalizers: list[str]) -> None:
        """Set the finalizers, if the policy still is as it was seen; if not, its change brings us back."""
        patch = {
            "metadata": {"resourceVersion": resource_version_of(state.obj), "finalizers": finalizers or None}
        }
        key = state.key
        try:
            await cluster.patch(
                key.resource, key.name, patch, patch_type=PatchType.MERGE, namespace=key.namespace
            )
        except NotFound:
            return
        except Conflict:
            self._world.policy_read(await cluster.get(key.resource, key.name, namespace=key.namespace))
            raise


_VERIFY_AGAIN, _VERIFY_SELDOM = 60.0, 3600.0
_LEAVE_AGAIN = 0.5


def _later(state: PolicyState) -> float:
    """Give the seconds until a registry that did not answer is asked again: twice as long each time."""
    return min(_VERIFY_AGAIN * 2.0 ** min(state.unanswered - 1, 10), _VERIFY_SELDOM)


def _finalizers(obj: Object) -> list[str]:
    return list(obj.get("metadata", {}).get("finalizers") or ())


def _recall(state: PolicyState) -> Callable[[HeldCredential], tuple[Result, str]]:
    """Give the memory of what was tried: what this process saw itself is newer than what the status says."""
    seen = {_state_of(one.held): (one.result, one.tried) for one in state.tried or ()}
    told = state.status if state.status.get("observedGeneration") == state.generation else {}
    return lambda held: seen.get(_state_of(held)) or result_of(told, held)


def _state_of(held: HeldCredential) -> tuple[str, str, str]:
    return held.key, held.source_uid, held.source_version
