"""What Prometheus is told."""

from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest

from pullsecret.operator.metrics import Metrics

MOMENT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def lines(metrics: Metrics) -> list[str]:
    text = generate_latest(metrics.registry).decode()
    return [line for line in text.splitlines() if not line.startswith("#") and "_created" not in line]


def told(metrics: Metrics, start: str) -> list[str]:
    return [line for line in lines(metrics) if line.startswith(f"pullsecret_{start}")]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def test_a_policy_is_told_of_while_it_is_there(metrics):
    for policy in ("harbor", "web/ghcr"):
        metrics.set_namespaces(policy, desired=3, synced=2, failed=1)
        metrics.set_synced(policy, MOMENT)
        metrics.set_ready(policy, ready=policy == "harbor")
        metrics.set_credentials(policy, {"harbor.example.com": (MOMENT, True), "ghcr.io": (None, False)})
    metrics.forget("harbor")
    assert not any('policy="harbor"' in line for line in lines(metrics))
    assert told(metrics, "namespaces") == [
        'pullsecret_namespaces{policy="web/ghcr",state="desired"} 3.0',
        'pullsecret_namespaces{policy="web/ghcr",state="synced"} 2.0',
        'pullsecret_namespaces{policy="web/ghcr",state="failed"} 1.0',
    ]
    assert told(metrics, "policy_ready") == ['pullsecret_policy_ready{policy="web/ghcr"} 0.0']
    assert told(metrics, "last_sync") == [
        'pullsecret_last_sync_timestamp_seconds{policy="web/ghcr"} 1.7953344e+09'
    ]
    name, value = told(metrics, "credential_expiry")[0].split()
    assert name.endswith('_timestamp_seconds{policy="web/ghcr",registry="harbor.example.com"}')
    assert (float(value), len(told(metrics, "credential_expiry"))) == (MOMENT.timestamp(), 1)
    assert told(metrics, "credential_verified") == [
        'pullsecret_credential_verified{policy="web/ghcr",registry="harbor.example.com"} 1.0',
        'pullsecret_credential_verified{policy="web/ghcr",registry="ghcr.io"} 0.0',
    ]


def test_a_replica_that_leads_no_more_tells_of_no_policy(metrics):
    metrics.set_namespaces("harbor", desired=3, synced=2, failed=1)
    metrics.set_credentials("harbor", {"a.io": (MOMENT, True)})
    metrics.set_synced("harbor", MOMENT)
    metrics.set_ready("harbor", ready=True)
    metrics.forget_all()
    assert not any("harbor" in line for line in lines(metrics))
    metrics.set_credentials("harbor", {"b.io": (None, True)})
    assert told(metrics, "credential") == [
        'pullsecret_credential_verified{policy="harbor",registry="b.io"} 1.0'
    ]


def test_a_registry_that_a_policy_lost_is_told_of_no_more(metrics):
    metrics.set_credentials("harbor", {"a.io": (MOMENT, True)})
    metrics.set_credentials("harbor", {"b.io": (None, None)})
    assert told(metrics, "credential") == []


def test_passes_requests_and_admissions_are_counted(metrics):
    metrics.reconciled("changed", 0.02)
    metrics.reconciled("changed", 0.2)
    metrics.requested("PATCH", 200)
    metrics.requested("PATCH", "error")
    metrics.admitted("patched")
    assert told(metrics, "reconcile_total") == ['pullsecret_reconcile_total{result="changed"} 2.0']
    assert told(metrics, "reconcile_duration_seconds_count") == [
        "pullsecret_reconcile_duration_seconds_count 2.0"
    ]
    assert told(metrics, "api_requests_total") == [
        'pullsecret_api_requests_total{code="200",verb="PATCH"} 1.0',
        'pullsecret_api_requests_total{code="error",verb="PATCH"} 1.0',
    ]
    assert told(metrics, "webhook_requests_total") == [
        'pullsecret_webhook_requests_total{result="patched"} 1.0'
    ]


def test_what_changes_all_the_time_is_asked_for_when_prometheus_asks(metrics):
    state = {"leads": False, "depth": 0, "ages": {}}
    metrics.watch(leads=lambda: state["leads"], depth=lambda: state["depth"], ages=lambda: state["ages"])
    assert (told(metrics, "leader"), told(metrics, "watch_age")) == (["pullsecret_leader 0.0"], [])
    state |= {"leads": True, "depth": 7, "ages": {"namespaces": 1.5}}
    assert told(metrics, "leader") == ["pullsecret_leader 1.0"]
    assert told(metrics, "queue_depth") == ["pullsecret_queue_depth 7.0"]
    assert told(metrics, "watch_age") == ['pullsecret_watch_age_seconds{watch="namespaces"} 1.5']


def test_two_replicas_in_one_process_do_not_mix(metrics):
    Metrics().requested("GET", 200)
    assert told(metrics, "api_requests_total") == []
