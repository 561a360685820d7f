"""The alerts and the dashboard of the chart ask for metrics that there are, with labels that they have."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric

from pullsecret.operator.metrics import Metrics

CHART = Path(__file__).parents[3] / "deploy" / "helm" / "pullsecret"
ALERTS = (CHART / "templates" / "monitoring.yaml").read_text()
DASHBOARD = json.loads((CHART / "files" / "dashboard.json").read_text())

SERIES = re.compile(r"\b(pullsecret_[a-z_]+)\b(?:\{([^}]*)\})?")
GROUPED = re.compile(r"by \(([a-z_, ]+)\) \(+(?:rate\(|increase\()?(pullsecret_[a-z_]+)")


def families() -> list[Metric]:
    """Give every metric with an example of each series."""
    metrics, moment = Metrics(), datetime.now(UTC)
    metrics.set_namespaces("p", desired=1, synced=1, failed=0)
    metrics.set_synced("p", moment)
    metrics.set_ready("p", ready=True)
    metrics.set_credentials("p", {"r": (moment, True)})
    metrics.reconciled("changed", 0.1)
    metrics.requested("GET", 200)
    metrics.admitted("patched")
    metrics.watch(leads=lambda: True, depth=lambda: 0, ages=lambda: {"namespaces": 1.0})
    return list(metrics.registry.collect())


LABELS: dict[str, set[str]] = {}
for family in families():
    for sample in family.samples:
        LABELS.setdefault(sample.name, set()).update(sample.labels)

DASHBOARD_QUERIES = [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ()) if "expr" in target
]
ALERT_QUERIES = re.findall(r"^\s+expr: (.+)$", ALERTS, re.MULTILINE)


@pytest.mark.parametrize("query", [*DASHBOARD_QUERIES, *ALERT_QUERIES])
def test_a_query_asks_for_what_there_is(query):
    asked = SERIES.findall(query)
    assert asked, "it asks for nothing of ours"
    for name, matchers in asked:
        assert name in LABELS
        assert set(re.findall(r"([a-z_]+)\s*[=!]", matchers)) <= LABELS[name]
    for labels, name in GROUPED.findall(query):
        assert set(re.split(r",\s*", labels)) - {"instance", "pod", "le"} <= LABELS[name]


def test_both_were_found_and_every_promised_alert_is_there():
    assert len(DASHBOARD_QUERIES) >= 5
    assert any("pullsecret_policy_ready" in query for query in DASHBOARD_QUERIES)
    (failing,) = re.findall(r"alert: PullSecretSyncFailing\s+expr: (.+)", ALERTS)
    assert "pullsecret_policy_ready) == 0" in failing, "a source that is missing fails in no namespace"
    alerts = set(re.findall(r"alert: (\w+)", ALERTS))
    assert {"PullSecretCredentialExpiresSoon", "PullSecretSyncFailing", "PullSecretWatchStale"} <= alerts
