"""What happens to policies, told to people (events, logs) and to machines (metrics)."""

import logging
from datetime import UTC, datetime

from pullsecret.app.outcome import Action, Change
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.status import Facts, Ready, Result
from pullsecret.core.stuckpods import StuckPod
from pullsecret.operator.events import About, EventRecorder
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.states import PolicyState

_LOG = logging.getLogger(__name__)


class Telling:
    """Fits `policies.Notices`."""

    def __init__(self, recorder: EventRecorder, metrics: Metrics) -> None:
        self._recorder, self._metrics = recorder, metrics

    def tell(self, state: PolicyState, reason: str, message: str, *, warning: bool = False) -> None:
        """Tell something about a policy."""
        self._recorder.record(About.of(state.obj), reason, message, warning=warning)
        _LOG.log(
            logging.WARNING if warning else logging.INFO,
            "%s: %s",
            reason,
            message,
            extra={"policy": policy_name(state.key)},
        )

    def gone(self, key: PolicyKey) -> None:
        """Forget a policy."""
        self._metrics.forget(policy_name(key))

    def counted(self, state: PolicyState, facts: Facts) -> None:
        """Tell how a policy stands."""
        name, ready = policy_name(state.key), facts.conditions[0]
        self._metrics.set_namespaces(
            name, desired=facts.desired, synced=facts.synced, failed=len(facts.failures)
        )
        self._metrics.set_ready(name, ready=ready.status == "True")
        if ready.reason == Ready.SYNCED:
            self._metrics.set_synced(name, datetime.now(UTC))
        if facts.credentials is not None:
            self._metrics.set_credentials(
                name, {t.held.registry: (t.held.expires, _verified(t.result)) for t in facts.credentials}
            )

    def recovered(self, key: NamespaceKey, pod: StuckPod, change: Change) -> None:
        """Tell what became of a stuck Pod; kubectl finds Events by the UID of what they are about."""
        evicted = change.action is Action.EVICTED
        reason = "PodEvicted" if evicted else "RecoveryFailed"
        what = "it was made before its ServiceAccount named the pull Secret" if evicted else "it stays stuck"
        about = About("v1", "Pod", pod.namespace, pod.name, pod.uid)
        self._recorder.record(about, reason, f"{what}: {change.detail}", warning=not evicted)
        _LOG.info("%s: %s", reason, change.detail, extra={"policy": policy_name(key.policy), "pod": pod.name})


def policy_name(key: PolicyKey) -> str:
    """Name a policy as metrics and logs do: ``harbor``, ``team-a/harbor``."""
    return f"{key.namespace}/{key.name}" if key.namespace else key.name


def _verified(result: Result) -> bool | None:
    return {Result.ACCEPTED: True, Result.REJECTED: False}.get(result)
