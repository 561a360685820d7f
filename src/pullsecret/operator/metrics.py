"""What Prometheus is told, in a registry of our own: base units, few labels, nothing of what is gone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from pullsecret._version import __version__

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, of which nobody asks

_STATES = ("desired", "synced", "failed")
# From a pass over memory that finds nothing to do, to an API server that makes us wait.
_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class _Watches(Collector):
    """Ages of watches, asked for when Prometheus asks."""

    def __init__(self) -> None:
        self.ages: Callable[[], Mapping[str, float]] = dict

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "pullsecret_watch_age_seconds",
            "Seconds since a watch last gave a sign of life.",
            labels=["watch"],
        )
        for watch, age in self.ages().items():
            family.add_metric([watch], age)
        yield family


class Metrics:
    """All metrics of one replica.

    A policy is named as kubectl would: ``harbor``, a `PullSecret` as ``NAMESPACE/NAME``.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._watches = _Watches()
        self._registries: dict[str, tuple[str, ...]] = {}
        self.registry.register(self._watches)
        self._expiry = self._gauge(
            "credential_expiry_timestamp_seconds", "When a credential expires.", "policy", "registry"
        )
        self._verified = self._gauge(
            "credential_verified", "Whether the registry accepted it when last asked.", "policy", "registry"
        )
        self._synced = self._gauge(
            "last_sync_timestamp_seconds", "When all namespaces of a policy were last as it says.", "policy"
        )
        self._ready = self._gauge("policy_ready", "Whether a policy's condition Ready is true.", "policy")
        self._namespaces = self._gauge(
            "namespaces", "Namespaces of a policy: desired, synced, failed.", "policy", "state"
        )
        self._leader = self._gauge("leader", "Whether this replica leads.")
        self._depth = self._gauge("queue_depth", "Keys that wait to be worked on.")
        self._gauge("build_info", "Which version runs.", "version").labels(__version__).set(1)
        self._reconciled = self._counter("reconcile", "Passes over one namespace.", "result")
        self._duration = Histogram(
            "pullsecret_reconcile_duration_seconds", "How long a pass took.",
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self._requests = self._counter("api_requests", "Requests to the API server.", "verb", "code")
        self._admissions = self._counter("webhook_requests", "ServiceAccounts that were admitted.", "result")

    def reconciled(self, result: str, seconds: float) -> None:
        """Count a pass: ``unchanged``, ``changed``, ``failed``, or ``postponed`` as the server asked."""
        self._reconciled.labels(result).inc()
        self._duration.observe(seconds)

    def requested(self, verb: str, code: int | str) -> None:
        """Count a request to the API server: its HTTP method and status, ``error`` when no answer came."""
        self._requests.labels(verb, str(code)).inc()

    def admitted(self, result: str) -> None:
        """Count an answer of the webhook: ``patched``, ``unchanged`` or ``failed``."""
        self._admissions.labels(result).inc()

    def set_synced(self, policy: str, moment: datetime) -> None:
        """Tell when all namespaces of a policy were last as it says."""
        self._synced.labels(policy).set(moment.timestamp())

    def set_ready(self, policy: str, *, ready: bool) -> None:
        """Tell whether a policy is as it says; why not is in its status."""
        self._ready.labels(policy).set(ready)

    def set_namespaces(self, policy: str, *, desired: int, synced: int, failed: int) -> None:
        """Tell how many namespaces a policy means, and how many of them are as it says."""
        for state, count in zip(_STATES, (desired, synced, failed), strict=True):
            self._namespaces.labels(policy, state).set(count)

    def set_credentials(
        self, policy: str, credentials: Mapping[str, tuple[datetime | None, bool | None]]
    ) -> None:
        """Tell of a policy's credentials, in place of what was told before.

        Args:
            policy: whose.
            credentials: by registry, when it expires and whether the registry accepted it; None where that
                is not known.
        """
        self._forget_credentials(policy)
        self._registries[policy] = tuple(credentials)
        for registry, (expires, verified) in credentials.items():
            if expires is not None:
                self._expiry.labels(policy, registry).set(expires.timestamp())
            if verified is not None:
                self._verified.labels(policy, registry).set(verified)

    def forget(self, policy: str) -> None:
        """Tell nothing more of a policy: it is gone."""
        self._forget_credentials(policy)
        _remove(self._synced, policy)
        _remove(self._ready, policy)
        for state in _STATES:
            _remove(self._namespaces, policy, state)

    def forget_all(self) -> None:
        """Tell nothing of any policy: another replica does now, and what we knew grows old."""
        self._registries.clear()
        for gauge in (self._expiry, self._verified, self._synced, self._ready, self._namespaces):
            gauge.clear()

    def watch(
        self, *, leads: Callable[[], bool], depth: Callable[[], int], ages: Callable[[], Mapping[str, float]]
    ) -> None:
        """Ask these whenever Prometheus asks.

        Args:
            leads: whether this replica leads.
            depth: how many keys wait.
            ages: seconds since each watch gave a sign of life, by its name.
        """
        self._leader.set_function(leads)
        self._depth.set_function(depth)
        self._watches.ages = ages

    def _forget_credentials(self, policy: str) -> None:
        for registry in self._registries.pop(policy, ()):
            _remove(self._expiry, policy, registry)
            _remove(self._verified, policy, registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"pullsecret_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"pullsecret_{name}", text, labels, registry=self.registry)


def _remove(gauge: Gauge, *labels: str) -> None:
    with suppress(KeyError):  # older versions of the library complain of a series that is not there
        gauge.remove(*labels)
