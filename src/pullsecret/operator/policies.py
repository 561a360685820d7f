"""The worker of one policy: reads its sources, tries what is new, and has its namespaces worked on."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from pullsecret.app.ports import Cluster, PatchType
from pullsecret.app.secrets import TRIES
from pullsecret.core.errors import ApiError, ClusterError, Conflict, InvalidInput, NotFound
from pullsecret.core.objects import Object, resource_version_of
from pullsecret.core.policy.model import Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import FINALIZER
from pullsecret.core.policy.sources import Content, HeldCredential, SourceMissing, content_of
from pullsecret.core.policy.status import Condition, Facts, Ready, Result, TriedCredential, result_of, told_of
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.pacing import Clock
from pullsecret.operator.states import PolicyState
from pullsecret.operator.stock import presumed_of
from pullsecret.operator.trials import Trials
from pullsecret.operator.verifying import Open, Trial
from pullsecret.operator.world import World

Now = Callable[[], datetime]
REFUSED_LONG = 300.0
"""Seconds for which a policy's status or finalizer cannot be written before others go on without it."""


class Notices(Protocol):
    """Who is told what happens to policies: events, metrics."""

    def tell(self, state: PolicyState, reason: str, message: str, *, warning: bool = False) -> None:
        """Tell something about a policy."""

    def counted(self, state: PolicyState, facts: Facts) -> None:
        """Tell how a policy stands."""

    def gone(self, key: PolicyKey) -> None:
        """Forget a policy."""


class PolicyWorker:
    """Reconciles policies, apart from what is in the namespaces."""

    def __init__(
        self, world: World, open_: Open, notices: Notices, *,
        fan_out: Callable[[Iterable[NamespaceKey]], None], now: Now = lambda: datetime.now(UTC),
        clock: Clock = time.monotonic,
    ) -> None:  # fmt: skip
        """Make a worker.

        Args:
            world: what is seen.
            open_: opens registries for trying credentials.
            notices: is told what happens.
            fan_out: has namespaces worked on.
            now: the time.
            clock: seconds that only ever pass.
        """
        self._world, self._notices, self._clock = world, notices, clock
        self._trials = Trials(world.states, open_, now)
        self._fan_out, self._now = fan_out, now

    async def work(self, cluster: Cluster, key: PolicyKey) -> float | None:
        """Look at one policy; give the seconds after which it should be looked at again, None for never."""
        state = self._world.states.get(key)
        if state is None:
            return None
        if self._world.goes(key.namespace):
            await self.let_go(cluster, key)
            return None
        try:
            again = await self._work(cluster, state)
        except ApiError as error:
            if error.asks_to_wait is None and not isinstance(error, Conflict):
                self._note_refused(state, refused=True)
            raise
        self._note_refused(state, refused=False)
        return again

    def _note_refused(self, state: PolicyState, *, refused: bool) -> None:
        """Note for how long a policy cannot be written to, and have others looked at where that counts."""
        now, before = self._clock(), state.hampered
        state.refused = (now if state.refused is None else state.refused) if refused else None
        state.hampered = state.refused is not None and now - state.refused >= REFUSED_LONG
        if state.hampered != before:
            self._have_looked_at(self._rivals(state))

    async def _work(self, cluster: Cluster, state: PolicyState) -> float | None:
        if state.deleting:
            return await self._leave(cluster, state)
        if not state.finalized and not await self._finalize(
            cluster, state, [*_finalizers(state.obj), FINALIZER]
        ):
            return None
        sources = self._sources(state.policy).values() if state.policy is not None else ()
        if state.policy is not None and (pause := self._trials.pause(state.policy, sources)) is not None:
            return pause
        generation, began = state.generation, state.content is None
        again = await self._read(cluster, state)
        if state.content is None and not state.presumed:
            state.presumed = presumed_of(self._world, state)
        await self._note_name(cluster, state)
        state.reconciled, state.observed = True, generation
        self._have_looked_at([state, *(self._rivals(state) if began and state.content is not None else ())])
        return again

    def _have_looked_at(self, states: Iterable[PolicyState]) -> None:
        """Have all namespaces worked on that policies have to do with."""
        for state in states:
            self._fan_out(NamespaceKey(state.key, name) for name in sorted(self._world.touched(state)))

    async def _read(self, cluster: Cluster, state: PolicyState) -> float | None:
        """Find out what the copies should hold; whatever fails leaves what they held."""
        policy = state.policy
        if policy is None:
            fault = state.fault.message if state.fault else "it cannot be read"
            self._trouble(state, Ready.INVALID_SPEC, fault)
            return None
        try:
            content = content_of(policy, self._sources(policy))
        except SourceMissing as missing:
            self._trouble(state, Ready.SOURCE_MISSING, missing.message)
            return None
        except InvalidInput as invalid:
            hint = f"; {invalid.hint}" if invalid.hint else ""
            self._trouble(state, Ready.SOURCE_INVALID, f"{invalid.message}{hint}")
            return None
        try:
            return await self._hand_out(cluster, state, policy, content)
        except InvalidInput as invalid:
            self._trouble(state, Ready.INVALID_SPEC, _said(invalid))
            return None

    def _sources(self, policy: Policy) -> dict[SecretRef, Object]:
        found = {source.ref: self._world.source(source.ref) for source in policy.sources}
        return {ref: obj for ref, obj in found.items() if obj is not None}

    async def _hand_out(
        self, cluster: Cluster, state: PolicyState, policy: Policy, content: Content
    ) -> float | None:
        generation = state.generation
        trial = await self._tried(cluster, state, policy, content)
        if state.generation != generation:  # it says something else by now, and is looked at again
            return None
        if trial is None:
            state.tried, state.tried_way = tuple(TriedCredential(held) for held in content.credentials), ""
        state.verified = trial.condition if trial is not None else None
        if trial is not None and not trial.usable:
            reason = Ready.UNREACHABLE if trial.again else Ready.REJECTED
            self._trouble(state, reason, trial.condition.message)
            return _later(state) if trial.again else None
        self._note_expiry(state, content)
        if (state.data or state.presumed) not in ("", content.data):
            self._world.forget_texts()
        state.hand_out(content)
        return _later(state) if trial is not None and trial.again else self._until_expiry(content)

    async def _tried(
        self, cluster: Cluster, state: PolicyState, policy: Policy, content: Content
    ) -> Trial | None:
        if policy.verify is None:
            return None
        trial = await self._trials.of(state, policy, policy.verify, content)
        await self._tell_refused(cluster, state)
        state.unanswered = state.unanswered + 1 if trial.again else 0
        if trial.fresh and trial.condition != state.verified:
            message = trial.condition.message or "the registries accept the credentials"
            self._notices.tell(state, trial.condition.reason, message, warning=not trial.accepted)
        return trial

    async def _tell_refused(self, cluster: Cluster, state: PolicyState) -> None:
        """Have the status tell at once what was refused: whoever comes next must not try it again.

        Where somebody else keeps writing the policy it is told with the rest of the status.
        """
        for _ in range(TRIES):
            if not _refused(state.tried or ()) - _told_refused(state):
                return
            with suppress(Conflict):
                told = told_of(state.tried or (), state.tried_way)
                await self._patch(cluster, state, {"status": told}, subresource="status")

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
        state.observed = state.generation

    def _until_expiry(self, content: Content) -> float | None:
        left = [(held.expires - self._now()).total_seconds() for held in content.credentials if held.expires]
        return min((seconds for seconds in left if seconds > 0), default=None)

    async def _leave(self, cluster: Cluster, state: PolicyState) -> float | None:
        """Take away what is ours, everywhere, and only then let the policy go."""
        state.reconciled, state.trouble = True, None  # what it read from does not matter any more
        if not state.finalized:
            return None
        unfinished = self._world.unfinished(state)
        if unfinished or state.working:  # what is under way may still make a copy
            self._fan_out(self._left_to_do([state], unfinished))
            self._fan_out(self._left_to_do(self._rivals(state), unfinished))
            state.waits += 1
            return min(_LEAVE_AGAIN * 2.0**state.waits, _LEAVE_SELDOM)
        self._notices.tell(state, "Detached", _farewell(state, self._world.handover.used(state)))
        await self._finalize(cluster, state, _others_finalizers(state.obj))
        self._notices.gone(state.key)
        return None

    async def let_go(self, cluster: Cluster, key: PolicyKey) -> None:
        """Take our finalizer off a policy whose namespace is being deleted, with all that was made for it.

        Rights that are given in that namespace go too, in any order with the rest, but not within the first
        five seconds (`namespaceDeletionGracePeriod` of the namespace controller). A finalizer that we may not
        take off any more would keep the namespace for ever.
        """
        state = self._world.states.get(key)
        if state is not None and state.finalized:
            await self._finalize(cluster, state, _others_finalizers(state.obj))

    def _left_to_do(self, states: Iterable[PolicyState], namespaces: Iterable[str]) -> Iterator[NamespaceKey]:
        """Name what is not tried again anyway, ever later, because the cluster refused it."""
        names = list(namespaces)
        for state in states:
            yield from (NamespaceKey(state.key, name) for name in names if name not in state.retried)

    def _rivals(self, state: PolicyState) -> list[PolicyState]:
        """Give the others who want the same names: those who give way, or take over what is left behind."""
        return [
            other
            for name in state.secret_names
            for other in self._world.states.of_secret(name)
            if other is not state and other.policy is not None
        ]

    async def _note_name(self, cluster: Cluster, state: PolicyState) -> None:
        """Have the status tell the name of the copies before there is one: whoever comes next finds them.

        Raises:
            ClusterError: the cluster's definition of the policy is older, and drops what it does not know.
        """
        if state.policy is None or state.content is None or state.policy.secret_name in state.told_names:
            return
        names = [*state.told_names, state.policy.secret_name]
        if not await self._patch(cluster, state, {"status": {"secretNames": names}}, subresource="status"):
            return
        if self._world.states.get(state.key) is state and not state.told_names:
            raise ClusterError(
                "the definition of this kind is older than this operator; apply `pullsecret install --crds`"
            )

    async def _finalize(self, cluster: Cluster, state: PolicyState, finalizers: list[str]) -> bool:
        """Set the finalizers, if the policy still is as it was seen; if not, its change brings us back.

        Returns:
            False when it is gone: without our finalizer nobody would take away what is made for it now.
        """
        return await self._patch(cluster, state, {"metadata": {"finalizers": finalizers or None}})

    async def _patch(
        self, cluster: Cluster, state: PolicyState, patch: Object, *, subresource: str = ""
    ) -> bool:
        key = state.key
        metadata = {**patch.get("metadata", {}), "resourceVersion": resource_version_of(state.obj)}
        try:
            await cluster.patch(
                key.resource,
                key.name,
                {**patch, "metadata": metadata},
                patch_type=PatchType.MERGE,
                namespace=key.namespace,
                subresource=subresource,
            )
        except NotFound:
            return False
        except Conflict:
            self._world.policy_read(await cluster.get(key.resource, key.name, namespace=key.namespace))
            raise
        return True


def _farewell(state: PolicyState, used: Sequence[tuple[str, str]]) -> str:
    if state.orphans:
        return "its copies stay, as its deletionPolicy says"
    shown = used[:_SHOWN]
    left = ", ".join(f"{copy} is left, for {user} reads its credential from it" for copy, user in shown)
    more = f" and {len(used) - _SHOWN} more" if len(used) > _SHOWN else ""
    return f"its copies are detached and gone{'; but ' if left else ''}{left}{more}"


_VERIFY_AGAIN, _VERIFY_SELDOM = 60.0, 3600.0
_LEAVE_AGAIN, _LEAVE_SELDOM = 0.25, 4.0
_SHOWN = 3


def _later(state: PolicyState) -> float:
    """Give the seconds until a registry that did not answer is asked again: twice as long each time."""
    return min(_VERIFY_AGAIN * 2.0 ** min(state.unanswered - 1, 10), _VERIFY_SELDOM)


def _said(invalid: InvalidInput) -> str:
    """Say what is wrong with `spec.verify`; of its CA bundle alone the place is not told."""
    if invalid.place.startswith("spec."):
        return invalid.message
    return f"spec.verify.caBundle: {invalid.message.removeprefix(f'{invalid.place}: ')}"


def _finalizers(obj: Object) -> list[str]:
    return list(obj.get("metadata", {}).get("finalizers") or ())


def _others_finalizers(obj: Object) -> list[str]:
    return [name for name in _finalizers(obj) if name != FINALIZER]


def _refused(tried: Iterable[TriedCredential]) -> set[HeldCredential]:
    return {one.held for one in tried if one.result is Result.REJECTED}


def _told_refused(state: PolicyState) -> set[HeldCredential]:
    """Give those of what was tried that the status tells as refused, as of this state of their sources."""
    if state.status.get("verifiedWay") != state.tried_way:
        return set()
    return {one.held for one in state.tried or () if result_of(state.status, one.held)[0] is Result.REJECTED}
