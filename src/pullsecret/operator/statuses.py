"""The worker that tells a policy's status: written where it differs, never twice."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pullsecret.app.ports import Cluster, PatchType
from pullsecret.core.errors import Conflict, NotFound
from pullsecret.core.objects import Object, resource_version_of
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.status import Condition, Facts, Failure, Ready, shortened, status_of
from pullsecret.operator.pacing import Clock
from pullsecret.operator.policies import Notices
from pullsecret.operator.states import PolicyState
from pullsecret.operator.world import World

_LOG = logging.getLogger(__name__)
_STATUS = ""  # stands for the status where `Wars` counts by namespace


class StatusWorker:
    """Writes statuses."""

    def __init__(
        self, world: World, notices: Notices, *, now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Clock = time.monotonic,
    ) -> None:  # fmt: skip
        self._world, self._notices, self._now, self._clock = world, notices, now, clock

    async def work(self, cluster: Cluster, key: PolicyKey) -> float | None:
        """Write a policy's status, if it says something else than before.

        Returns:
            The seconds after which to try again where somebody keeps writing another, such as a second
            installation with other settings; else None.
        """
        state = self._world.states.get(key)
        if state is None or (state.deleting and not state.finalized) or self._world.goes(key.namespace):
            return None
        facts = self.facts(state)
        self._notices.counted(state, facts)
        if _is_first_look(state, facts):
            return None
        status = status_of(facts, state.status, self._now())
        differs = _without_nulls(status) != _without_nulls(state.status)
        if differs and not state.deleting and (pause := state.wars.pause(_STATUS, self._clock())):
            return pause
        self._announce(state, facts)
        if differs:
            await self._write(cluster, state, status)
            self._watch_for_war(state, facts)
        return None

    def _watch_for_war(self, state: PolicyState, facts: Facts) -> None:
        """Note what was told; the same again and again in a short time means that somebody undoes it."""
        if state.wars.wrote(_STATUS, [str((facts.conditions, facts.desired, facts.synced))], self._clock()):
            _LOG.warning(
                "somebody else keeps writing this policy's status: does a second operator run?",
                extra={"policy": str(state.key)},
            )

    def facts(self, state: PolicyState) -> Facts:
        """Gather what a status tells of."""
        meant = set(self._world.meant(state.policy)) if state.policy and not state.deleting else set()
        meant -= state.excluded
        failures = [failure for _, failure in sorted(state.failures.items())]
        synced = len(state.synced & meant)
        ready = self._ready(state, len(meant), synced, failures)
        return Facts(
            generation=state.observed or int(state.status.get("observedGeneration") or 0),
            secret_names=self._secret_names(state),
            conditions=(ready, state.verified) if state.verified else (ready,),
            desired=len(meant),
            synced=synced,
            failures=failures,
            credentials=state.tried,
            tried_way=state.tried_way,
        )

    def _ready(self, state: PolicyState, desired: int, synced: int, failures: Sequence[Failure]) -> Condition:
        ready = _ready(state, desired, synced, failures)
        waits = self._world.handover.awaited(state) if state.deleting else []
        if not waits:
            return ready
        (namespace, heir), more = waits[0], f" (one of {len(waits)})" if len(waits) > 1 else ""
        message = f"{ready.message}; in {namespace}{more} it waits for {heir} to take the copy over"
        return replace(ready, message=message)

    def _secret_names(self, state: PolicyState) -> Sequence[str]:
        """Give the names under which there may be copies: a former one goes when nothing of it is left.

        While something is under way, or was refused and is tried again, nobody knows what is left.
        """
        if state.policy is None or state.deleting or not state.reconciled or state.working or state.retried:
            return state.told_names
        former = state.former_names
        return [n for n in state.told_names if n not in former or self._world.handover.has_left(state, n)]

    def _announce(self, state: PolicyState, facts: Facts) -> None:
        """Tell once that all is done, or what is not; nothing of a look that changed nothing."""
        ready, before = facts.conditions[0], _ready_before(state.status)
        if facts.failures and not state.deleting and before != (ready.reason, shortened(ready.message)):
            self._notices.tell(state, _event_of(facts), ready.message, warning=True)
        if ready.status == "True" and state.written:
            self._notices.tell(state, "Synced", f"{facts.synced} namespaces are as the policy says")
            state.written = 0

    async def _write(self, cluster: Cluster, state: PolicyState, status: Object) -> None:
        key = state.key
        body = {"metadata": {"resourceVersion": resource_version_of(state.obj)}, "status": status}
        try:
            await cluster.patch(
                key.resource,
                key.name,
                body,
                patch_type=PatchType.MERGE,
                namespace=key.namespace,
                subresource="status",
            )
        except NotFound:
            return
        except Conflict:
            self._world.policy_read(await cluster.get(key.resource, key.name, namespace=key.namespace))
            raise


def _ready(state: PolicyState, desired: int, synced: int, failures: Sequence[Failure]) -> Condition:
    first = f", such as {failures[0].namespace}: {failures[0].message}" if failures else ""
    # What should have gone from a namespace and did not is a failure too, though no copy is desired there.
    among = f" of {desired}" if len(failures) <= desired else ""
    if state.deleting:
        left = f"; {len(failures)} namespaces failed{first}" if failures else ""
        left += f"; {state.trouble.message}" if state.trouble is not None else ""
        return Condition("Ready", "False", Ready.DELETING.value, f"its copies are taken away{left}")
    if state.trouble is not None:
        more = f"; {len(failures)}{among} namespaces failed{first}" if failures else ""
        return replace(state.trouble, message=f"{state.trouble.message}{more}")
    if state.stale:
        return Condition(
            "Ready", "False", Ready.STALE.value, f"no news of {state.stale}: changes may be missed"
        )
    if failures:
        message = f"{len(failures)}{among} namespaces failed{first}"
        return Condition("Ready", "False", Ready.SOME_FAILED.value, message)
    if not state.reconciled or synced < desired:
        return Condition("Ready", "False", Ready.SYNCING.value, "namespaces are being worked on")
    return Condition("Ready", "True", Ready.SYNCED.value)


def _is_first_look(state: PolicyState, facts: Facts) -> bool:
    """Whether it was told to be right and nothing else was found so far: after a start, not all was seen.

    What the API server has put off was found: nobody knows for how long it will.
    """
    ready = facts.conditions[0]
    return (
        ready.reason == Ready.SYNCING
        and not state.written
        and not state.retried
        and _ready_before(state.status)[0] == Ready.SYNCED
        and state.status.get("observedGeneration") == state.generation
    )


def _event_of(facts: Facts) -> str:
    reasons = {failure.reason for failure in facts.failures}
    return reasons.pop() if reasons in ({"SecretConflict"}, {"WriteWar"}) else "SyncFailed"


def _ready_before(status: Object) -> tuple[str, str]:
    for condition in status.get("conditions") or []:
        if isinstance(condition, dict) and condition.get("type") == "Ready":
            return str(condition.get("reason") or ""), str(condition.get("message") or "")
    return "", ""


def _without_nulls(value: Any) -> Any:
    """Take out what the API server does not keep: nulls and, in some versions, empty texts."""
    if isinstance(value, dict):
        cleaned = {key: _without_nulls(item) for key, item in value.items()}
        return {key: item for key, item in cleaned.items() if item not in (None, "")}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
