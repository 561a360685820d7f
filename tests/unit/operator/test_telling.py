"""What happens is told to people by events and logs, to machines by metrics."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest

from pullsecret.app.outcome import Action, Change
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.status import Condition, Facts, Failure, Result, TriedCredential
from pullsecret.core.stuckpods import StuckPod
from pullsecret.operator.metrics import Metrics
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.states import PolicyStates
from pullsecret.operator.telling import Telling, policy_name
from support.syncing import OWN_SPEC, a_content, whole

OWN = PolicyKey("PullSecret", "shop", "harbor")


class Recorder:
    def __init__(self):
        self.told = []

    def record(self, about, reason, message, *, warning=False):
        self.told.append((about.kind, about.namespace, about.name, reason, warning))


class Told:
    def __init__(self):
        self.recorder, self.metrics = Recorder(), Metrics()
        self.telling = Telling(self.recorder, self.metrics)
        self.state = PolicyStates().see(whole(OWN_SPEC, kind="PullSecret", uid="own"))

    def series(self, start):
        lines = generate_latest(self.metrics.registry).decode().splitlines()
        return [line for line in lines if line.startswith(f"pullsecret_{start}")]


@pytest.fixture
def told():
    return Told()


@pytest.mark.parametrize(("warning", "level"), [(True, logging.WARNING), (False, logging.INFO)])
def test_a_policy(told, caplog, warning, level):
    with caplog.at_level(logging.INFO):
        told.telling.tell(told.state, "SourceMissing", "no source", warning=warning)
    assert told.recorder.told == [("PullSecret", "shop", "harbor", "SourceMissing", warning)]
    (record,) = caplog.records
    assert (record.levelno, record.getMessage(), record.policy) == (
        level, "SourceMissing: no source", "shop/harbor"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "reason", "warning"),
    [(Action.EVICTED, "PodEvicted", False), (Action.FAILED, "RecoveryFailed", True)],
)
def test_a_pod(told, action, reason, warning):
    pod = StuckPod("shop", "web-1", "uid", "5", "ReplicaSet", "web", ("c",), evictable=True, why_not="")
    told.telling.recovered(NamespaceKey(OWN, "shop"), pod, Change("pod/web-1", "shop", action, "x"))
    assert told.recorder.told == [("Pod", "shop", "web-1", reason, warning)]


@pytest.mark.parametrize(
    ("result", "verified"),
    [
        (Result.ACCEPTED, ["1.0"]),
        (Result.REJECTED, ["0.0"]),
        (Result.NOT_TRIED, []),
        (Result.UNREACHABLE, []),
    ],
)
def test_metrics_of_a_policy(told, result, verified):
    (held,) = a_content().credentials
    expires = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    held = replace(held, expires=expires)
    ready = Condition("Ready", "True", "Synced")
    facts = Facts(1, "harbor", (ready,), 3, 2, [Failure("x", "y", "z")], [TriedCredential(held, result)])
    told.telling.counted(told.state, facts)
    assert [line.rpartition(" ")[2] for line in told.series("namespaces{")] == ["3.0", "2.0", "1.0"]
    assert [line.rpartition(" ")[2] for line in told.series("credential_verified{")] == verified
    (expiry,) = told.series("credential_expiry_timestamp_seconds{")
    assert float(expiry.rpartition(" ")[2]) == expires.timestamp()
    assert len(told.series("last_sync_timestamp_seconds{")) == 1
    assert told.series("policy_ready{") == ['pullsecret_policy_ready{policy="shop/harbor"} 1.0']
    told.telling.gone(OWN)
    assert not any(
        told.series(start)
        for start in (
            "namespaces{",
            "credential_expiry_timestamp_seconds{",
            "last_sync_timestamp_seconds{",
            "policy_ready{",
        )
    )


def test_what_is_not_synced_has_no_time(told):
    ready = Condition("Ready", "False", "Syncing")
    told.telling.counted(told.state, Facts(1, "harbor", (ready,)))
    assert told.series("last_sync_timestamp_seconds{") == []
    assert told.series("policy_ready{") == ['pullsecret_policy_ready{policy="shop/harbor"} 0.0']


def test_names():
    assert policy_name(OWN) == "shop/harbor"
    assert policy_name(PolicyKey("ClusterPullSecret", "", "harbor")) == "harbor"
