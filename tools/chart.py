"""Writes what the Helm chart takes from elsewhere: definitions, dashboard, versions. Run by `make chart`."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from pullsecret._version import __version__
from pullsecret.core.policy.schema import custom_resource_definitions

CHART = Path(__file__).parent.parent / "deploy" / "helm" / "pullsecret"
HEAD = "# Made by `make chart` from src/pullsecret/core/policy/schema.py. Do not edit.\n"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

# Title, unit, PromQL and its legend.
PANELS: tuple[tuple[str, str, str, str], ...] = (
    ("Namespaces", "short", "max by (policy, state) (pullsecret_namespaces)", "{{policy}} {{state}}"),
    ("Policies that are ready", "bool_yes_no", "min by (policy) (pullsecret_policy_ready)", "{{policy}}"),
    (
        "Credentials expire in",
        "s",
        "max by (policy, registry) (pullsecret_credential_expiry_timestamp_seconds) - time()",
        "{{policy}} {{registry}}",
    ),
    (
        "Credentials accepted by their registry",
        "bool_yes_no",
        "max by (policy, registry) (pullsecret_credential_verified)",
        "{{policy}} {{registry}}",
    ),
    (
        "Time since the last sync",
        "s",
        "time() - max by (policy) (pullsecret_last_sync_timestamp_seconds)",
        "{{policy}}",
    ),
    ("Reconciles", "ops", "sum by (result) (rate(pullsecret_reconcile_total[5m]))", "{{result}}"),
    (
        "Duration of reconciles, 99th percentile",
        "s",
        "histogram_quantile(0.99, sum by (le) (rate(pullsecret_reconcile_duration_seconds_bucket[5m])))",
        "p99",
    ),
    (
        "Requests to the API server",
        "reqps",
        "sum by (verb, code) (rate(pullsecret_api_requests_total[5m]))",
        "{{verb}} {{code}}",
    ),
    ("Age of watches", "s", "max by (watch) (pullsecret_watch_age_seconds)", "{{watch}}"),
    ("Work queue", "short", "max(pullsecret_queue_depth)", "keys"),
    ("Replicas that lead", "short", "sum(pullsecret_leader)", "leaders"),
)


def dashboard() -> dict[str, Any]:
    """Give the Grafana dashboard: one panel a metric, two in a row."""
    variable = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    return {
        "uid": "pullsecret",
        "title": "pullsecret",
        "tags": ["kubernetes"],
        "schemaVersion": 39,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [variable]},
        "panels": [_panel(number, *panel) for number, panel in enumerate(PANELS)],
    }


def _panel(number: int, title: str, unit: str, expression: str, legend: str) -> dict[str, Any]:
    target = {"refId": "A", "datasource": SOURCE, "expr": expression, "legendFormat": legend}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": SOURCE,
        "gridPos": {"x": number % 2 * 12, "y": number // 2 * 8, "w": 12, "h": 8},
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "targets": [target],
    }


def files() -> dict[Path, str]:
    """Give every file of the chart that is made from something else, with what belongs into it."""
    made = {CHART / "files" / "dashboard.json": json.dumps(dashboard(), indent=2) + "\n"}
    for definition in custom_resource_definitions():
        name = definition["spec"]["names"]["plural"]
        text = yaml.safe_dump(definition, sort_keys=False, width=110, allow_unicode=True)
        made[CHART / "files" / "crds" / f"{name}.yaml"] = HEAD + text
    about = CHART / "Chart.yaml"
    versions = re.sub(r"(?m)^version: .*$", f"version: {__version__}", about.read_text("utf-8"))
    made[about] = re.sub(r"(?m)^appVersion: .*$", f'appVersion: "{__version__}"', versions)
    return made


def main() -> int:
    """Write the files; with `--check` only tell which differ."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if "--check" in sys.argv:
            print(f"{path} is not what `make chart` makes", file=sys.stderr)  # noqa: T201
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files()[path], "utf-8")
    return int("--check" in sys.argv and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
