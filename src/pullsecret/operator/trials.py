"""What is tried of all policies: each new credential once, and one that was refused never again.

A credential is new when its source is another Secret or holds something else, or when `spec.verify` has it
tried in another way. In memory the credentials themselves are compared: what else is edited in a source or a
policy is no reason to ask a registry again. Across restarts the status decides, by the source's UID and
version: no hash of a secret is kept anywhere.

A refusal counts only beside the same other logins for the registry. In a rotation with an overlap the
registry refuses the new one until it knows it, and the old one makes up for that; when the old one goes, the
new one has to stand alone, and is tried.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from pullsecret.core.credentials import Credential
from pullsecret.core.objects import Object, uid_of
from pullsecret.core.policy.model import Policy, Verify
from pullsecret.core.policy.sources import Content, HeldCredential
from pullsecret.core.policy.status import Result, TriedCredential, result_of
from pullsecret.core.times import parse_time
from pullsecret.operator.states import PolicyState, PolicyStates
from pullsecret.operator.verifying import TRIAL_SECONDS, Open, Recall, Trial, Tried, try_out

_TEAM_TURN, _SHARED_TURN = 1.0, 0.2


class Trials:
    """Tries credentials; policies that share a source and how it is tried share what comes of it."""

    def __init__(self, states: PolicyStates, open_: Open, now: Callable[[], datetime]) -> None:
        """Try nothing yet; `open_` opens registries."""
        self._states, self._open, self._now = states, open_, now
        self._teams: set[str] = set()
        self._shared: set[tuple[str, str]] = set()

    def pause(self, policy: Policy, sources: Iterable[Object]) -> float | None:
        """Tell in how many seconds a policy has its turn; None for now.

        A team's registries hold up that team alone, and what another policy is trying is not tried beside it.
        """
        if policy.verify is None:
            return None
        if policy.key.namespace in self._teams:
            return _TEAM_TURN
        shared = {(uid_of(source), policy.verify.way) for source in sources}
        return None if self._shared.isdisjoint(shared) else _SHARED_TURN

    async def of(self, state: PolicyState, policy: Policy, verify: Verify, content: Content) -> Trial:
        """Try what was not tried yet; what comes of it is remembered in the state.

        Raises:
            InvalidInput: as `try_out` does.
        """
        team = {policy.key.namespace} - {""}
        shared = {(held.source_uid, verify.way) for held in content.credentials}
        self._teams |= team
        self._shared |= shared
        try:
            recall = self._recall(state, policy, verify, content)
            trial = await try_out(verify, content, recall, self._now(), self._open)
        finally:
            self._teams -= team
            self._shared -= shared
        state.tried, state.tried_way = trial.credentials, verify.way
        return trial

    def _recall(self, state: PolicyState, policy: Policy, verify: Verify, content: Content) -> Recall:
        """Give the memory of what was tried: what this process saw is newer than what a status says."""
        told = state.status if state.status.get("verifiedWay") == verify.way else {}

        def recall(held: HeldCredential) -> Tried | None:
            now = _beside(content.credentials, held)
            for own, all_tried in self._seen(state, policy, verify.way):
                one = next((tried for tried in all_tried if _same(tried.held, held)), None)
                if one is None:
                    continue
                if one.result is Result.REJECTED and _beside((t.held for t in all_tried), held) != now:
                    continue
                if _is_final(one.result) or (not own and self._is_fresh(one)):
                    return one.result, one.tried
            result, when = result_of(told, held)
            return (result, when) if _is_final(result) else None

        return recall

    def _seen(
        self, state: PolicyState, policy: Policy, way: str
    ) -> Iterator[tuple[bool, tuple[TriedCredential, ...]]]:
        """Give what was tried in this way, by the policy itself or by those that share a source with it."""
        sharing = (other for source in policy.sources for other in self._states.of_source(source.ref))
        for one in (state, *sharing):
            if one.tried_way == way:
                yield one is state, one.tried or ()

    def _is_fresh(self, one: TriedCredential) -> bool:
        """Tell whether another policy has just found that a registry does not answer."""
        if one.result is not Result.UNREACHABLE:
            return False
        return (self._now() - parse_time(one.tried)).total_seconds() < TRIAL_SECONDS


def _same(one: HeldCredential, other: HeldCredential) -> bool:
    return (one.key, one.source_uid, one.credential) == (other.key, other.source_uid, other.credential)


def _beside(all_held: Iterable[HeldCredential], held: HeldCredential) -> set[tuple[str, Credential]]:
    """Give the logins for a credential's registry, itself among them."""
    return {(one.key, one.credential) for one in all_held if one.registry == held.registry}


def _is_final(result: Result) -> bool:
    return result in (Result.ACCEPTED, Result.REJECTED)
