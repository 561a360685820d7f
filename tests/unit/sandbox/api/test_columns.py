"""Cells of tables: ages, counts, selectors, paths."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pullsecret.sandbox.api.columns import COLUMNS, age, duration
from pullsecret.sandbox.api.jsonpath import found_at
from pullsecret.sandbox.selectors import selector_text

NOW = datetime(2026, 1, 10, tzinfo=UTC)
DAY = 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"),
        (600, "10m"), (10799, "179m"), (10800, "3h"), (11100, "3h5m"), (8 * 3600, "8h"), (2 * DAY - 1, "47h"),
        (2 * DAY, "2d"), (2 * DAY + 7200, "2d2h"), (8 * DAY, "8d"), (729 * DAY, "729d"), (730 * DAY, "2y"),
        (731 * DAY, "2y1d"), (9 * 365 * DAY, "9y"),
    ],
)  # fmt: skip
def test_durations(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_ages() -> None:
    assert age(None, NOW) == "<unknown>"
    assert age((NOW - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ"), NOW) == "5m"
    assert age("2026-01-09T23:59:58.123456Z", NOW) == "1s"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param(".spec.image", ["x"], id="field"),
        pytest.param(".spec.nothing.here", [], id="missing"),
        pytest.param(".spec.null", [], id="null"),
        pytest.param(".spec.names[1]", ["b"], id="index"),
        pytest.param(".spec.names[-1]", ["b"], id="from-the-end"),
        pytest.param(".spec.names[9]", [], id="index-too-far"),
        pytest.param(".spec.names[*]", ["a", "b"], id="all"),
        pytest.param('.status.conditions[?(@.type=="Ready")].status', ["True"], id="filter"),
        pytest.param(".status.conditions[?(@.type == 'Other')].status", [], id="filter-without-match"),
        pytest.param(r".metadata.labels.app\.kubernetes\.io/name", ["web"], id="escaped-dots"),
        pytest.param(".metadata.labels['app.kubernetes.io/name']", ["web"], id="quoted"),
        pytest.param(".spec.image[0]", [], id="index-of-text"),
        pytest.param(".spec[?(", [], id="no-path"),
    ],
)
def test_paths_of_printer_columns(path: str, found: list[Any]) -> None:
    obj = {
        "metadata": {"labels": {"app.kubernetes.io/name": "web"}},
        "spec": {"image": "x", "names": ["a", "b"], "null": None},
        "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "X", "status": "False"}]},
    }
    assert found_at(obj, path) == found


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        pytest.param(None, "", id="none"),
        pytest.param({"b": "2", "a": "1"}, "a=1,b=2", id="plain-labels"),
        pytest.param({"matchLabels": {"a": "1"}}, "a=1", id="labels"),
        pytest.param(
            {
                "matchExpressions": [
                    {"key": "a", "operator": "In", "values": ["x", "y"]},
                    {"key": "b", "operator": "NotIn", "values": ["z"]},
                    {"key": "c", "operator": "Exists"},
                    {"key": "d", "operator": "DoesNotExist"},
                ]
            },
            "a in (x,y),b notin (z),c,!d",
            id="expressions",
        ),
    ],
)
def test_selectors_as_text(selector: Any, text: str) -> None:
    assert selector_text(selector) == text


TEMPLATE = {
    "spec": {
        "containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}],
        "nodeSelector": {"n": "1"},
    }
}
SELECTOR = {"matchLabels": {"app": "web"}}


@pytest.mark.parametrize(
    ("key", "obj", "cells"),
    [
        pytest.param(
            ("apps", "deployments"),
            {
                "spec": {"replicas": 3, "template": TEMPLATE, "selector": SELECTOR},
                "status": {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1},
            },
            ["1/3", 2, 1, "a,b", "x,y", "app=web"],
            id="deployment",
        ),
        pytest.param(
            ("apps", "daemonsets"),
            {"spec": {"template": TEMPLATE, "selector": SELECTOR}, "status": {"numberReady": 1}},
            [0, 0, 1, 0, 0, "n=1", "a,b", "x,y", "app=web"],
            id="daemon-set",
        ),
        pytest.param(
            ("apps", "statefulsets"),
            {"spec": {"replicas": 2, "template": TEMPLATE}},
            ["0/2", "a,b", "x,y"],
            id="stateful-set",
        ),
        pytest.param(
            ("", "replicationcontrollers"),
            {
                "spec": {"replicas": 2, "template": TEMPLATE, "selector": {"a": "b"}},
                "status": {"replicas": 2},
            },
            [2, 2, 0, "a,b", "x,y", "a=b"],
            id="replication-controller",
        ),
        pytest.param(
            ("batch", "jobs"),
            {
                "spec": {"template": TEMPLATE},
                "status": {
                    "startTime": "2026-01-09T23:00:00Z",
                    "succeeded": 1,
                    "completionTime": "2026-01-09T23:01:00Z",
                },
            },
            ["1/1", "60s", "a,b", "x,y", "<none>"],
            id="job",
        ),
        pytest.param(
            ("batch", "cronjobs"),
            {
                "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": TEMPLATE}}},
                "status": {"lastScheduleTime": "2026-01-09T23:00:00Z"},
            },
            ["* * * * *", False, 0, "60m", "a,b", "x,y", "<none>"],
            id="cron-job",
        ),
        pytest.param(
            ("", "nodes"),
            {
                "metadata": {"labels": {"node-role.kubernetes.io/worker": ""}},
                "spec": {"unschedulable": True},
                "status": {
                    "conditions": [{"type": "Ready", "status": "True"}],
                    "nodeInfo": {"kubeletVersion": "v1"},
                    "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
                },
            },
            ["Ready,SchedulingDisabled", "worker", "v1", "10.0.0.1", "<none>", *["<unknown>"] * 3],
            id="node",
        ),
        pytest.param(
            ("", "nodes"),
            {"status": {"conditions": [{"type": "Ready", "status": "False"}]}},
            ["NotReady", "<none>", "", "<none>", "<none>", *["<unknown>"] * 3],
            id="node-not-ready",
        ),
        pytest.param(
            ("coordination.k8s.io", "leases"), {"spec": {"holderIdentity": "me"}}, ["me"], id="lease"
        ),
        pytest.param(
            ("policy", "poddisruptionbudgets"), {"spec": {"minAvailable": 1}}, [1, "N/A", 0], id="budget"
        ),
    ],
)
def test_cells(key: tuple[str, str], obj: Any, cells: list[Any]) -> None:
    whole = {**obj, "metadata": {"name": "o", **obj.get("metadata", {})}}
    assert COLUMNS[key][1](whole, NOW) == ["o", *cells]
