"""The columns of each kind, as the server prints them (pkg/printers/internalversion/printers.go).

A name with ``+`` is shown by ``-o wide`` only. `AGE` is filled in by whoever asks.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pullsecret.core.objects import Object, name_of
from pullsecret.sandbox.api.podrow import pod_cells
from pullsecret.sandbox.selectors import selector_text
from pullsecret.sandbox.values import moment_of

AGE = "Age"
NONE = "<none>"
UNKNOWN = "<unknown>"
Cells = Callable[[Object, datetime], list[Any]]


def age(created: str | None, now: datetime) -> str:
    """Tell how long ago something was, as kubectl does (k8s.io/apimachinery/pkg/util/duration)."""
    if not created:
        return UNKNOWN
    seconds = int((now - moment_of(created)).total_seconds())
    return duration(seconds)


def duration(seconds: int) -> str:
    """Write a duration in the one or two units that matter: ``90s``, ``5m10s``, ``3h5m``, ``2d``."""
    if seconds < -1:
        return "<invalid>"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    steps = (
        (120, f"{max(seconds, 0)}s", ""),
        (600, f"{minutes}m", f"{seconds % 60}s"),
        (3 * 3600, f"{minutes}m", ""),
        (8 * 3600, f"{hours}h", f"{minutes % 60}m"),
        (48 * 3600, f"{hours}h", ""),
        (8 * 86400, f"{days}d", f"{hours % 24}h"),
        (730 * 86400, f"{days}d", ""),
        (8 * 365 * 86400, f"{days // 365}y", f"{days % 365}d"),
    )
    for limit, whole, rest in steps:
        if seconds < limit:
            return whole + (rest if not rest.startswith("0") else "")
    return f"{days // 365}y"


def _namespace(obj: Object, _: datetime) -> list[Any]:
    return [name_of(obj), obj["status"]["phase"]]


def _secret(obj: Object, _: datetime) -> list[Any]:
    return [name_of(obj), obj.get("type", ""), len(obj.get("data") or ())]


def _counting(field: str) -> Cells:
    return lambda obj, _: [name_of(obj), len(obj.get(field) or ())]


def _node(obj: Object, _: datetime) -> list[Any]:
    status, labels = obj.get("status", {}), obj["metadata"].get("labels") or {}
    ready = [c.get("status") for c in status.get("conditions") or () if c.get("type") == "Ready"]
    state = {("True",): "Ready", (): "Unknown"}.get(tuple(ready), "NotReady")
    if obj.get("spec", {}).get("unschedulable"):
        state += ",SchedulingDisabled"
    prefix = "node-role.kubernetes.io/"
    roles = ",".join(sorted(label.removeprefix(prefix) for label in labels if label.startswith(prefix)))
    addresses = {entry.get("type"): entry.get("address") for entry in status.get("addresses") or ()}
    info = status.get("nodeInfo", {})
    return [
        name_of(obj), state, roles or NONE, info.get("kubeletVersion", ""), addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE), info.get("osImage", UNKNOWN), info.get("kernelVersion", UNKNOWN),
        info.get("containerRuntimeVersion", UNKNOWN),
    ]  # fmt: skip


def _event(obj: Object, now: datetime) -> list[Any]:
    involved = obj.get("involvedObject", {})
    source = ", ".join(filter(None, (obj.get("source", {}).get(name) for name in ("component", "host"))))
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    last = obj.get("series", {}).get("lastObservedTime") or obj.get("lastTimestamp") or first
    subject = f"{involved.get('kind', '').lower()}/{involved.get('name', '')}"
    return [
        age(last, now), obj.get("type", ""), obj.get("reason", ""), subject, involved.get("fieldPath", ""),
        source or obj.get("reportingComponent", ""), obj.get("message", "").strip(), age(first, now),
        obj.get("series", {}).get("count") or obj.get("count") or 1, name_of(obj),
    ]  # fmt: skip


def _of_template(obj: Object, template: dict[str, Any]) -> list[Any]:
    containers = template.get("spec", {}).get("containers") or ()
    names = ",".join(container.get("name", "") for container in containers)
    images = ",".join(container.get("image", "") for container in containers)
    return [names, images, selector_text(obj["spec"].get("selector")) or NONE]


def _counts(obj: Object, *names: str) -> list[Any]:
    return [obj.get("status", {}).get(name, 0) for name in names]


def _ready(obj: Object) -> str:
    return f"{obj.get('status', {}).get('readyReplicas', 0)}/{obj['spec'].get('replicas', 1)}"


def _deployment(obj: Object, _: datetime) -> list[Any]:
    counts = _counts(obj, "updatedReplicas", "availableReplicas")
    return [name_of(obj), _ready(obj), *counts, *_of_template(obj, obj["spec"]["template"])]


def _replica_set(obj: Object, _: datetime) -> list[Any]:
    counts = [obj["spec"].get("replicas", 1), *_counts(obj, "replicas", "readyReplicas")]
    return [name_of(obj), *counts, *_of_template(obj, obj["spec"]["template"])]


def _stateful_set(obj: Object, _: datetime) -> list[Any]:
    return [name_of(obj), _ready(obj), *_of_template(obj, obj["spec"]["template"])[:2]]


def _daemon_set(obj: Object, _: datetime) -> list[Any]:
    counts = _counts(
        obj, "desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled",
        "numberAvailable",
    )  # fmt: skip
    template = obj["spec"]["template"]
    node = ",".join(f"{k}={v}" for k, v in sorted((template["spec"].get("nodeSelector") or {}).items()))
    return [name_of(obj), *counts, node or NONE, *_of_template(obj, template)]


def _job(obj: Object, now: datetime) -> list[Any]:
    status, spec = obj.get("status", {}), obj["spec"]
    done = f"{status.get('succeeded', 0)}/{spec.get('completions') or 1}"
    started, ended = status.get("startTime"), status.get("completionTime")
    took = age(started, moment_of(ended) if ended else now) if started else ""
    return [name_of(obj), done, took, *_of_template(obj, spec["template"])]


def _cron_job(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    last = age(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else NONE
    state = [spec.get("schedule", ""), bool(spec.get("suspend")), len(status.get("active") or ()), last]
    template = spec["jobTemplate"]["spec"]["template"]
    return [name_of(obj), *state, *_of_template(obj, template)]


def _budget(obj: Object, _: datetime) -> list[Any]:
    spec = obj["spec"]
    limits = [spec.get("minAvailable", "N/A"), spec.get("maxUnavailable", "N/A")]
    return [name_of(obj), *limits, *_counts(obj, "disruptionsAllowed")]


def _lease(obj: Object, _: datetime) -> list[Any]:
    return [name_of(obj), obj.get("spec", {}).get("holderIdentity", "")]


def _definition(obj: Object, _: datetime) -> list[Any]:
    return [name_of(obj), obj["metadata"]["creationTimestamp"]]


_TEMPLATE = ("+Containers", "+Images", "+Selector")
_REPLICA_SET = ("Name", "Desired", "Current", "Ready", AGE, *_TEMPLATE)

COLUMNS: dict[tuple[str, str], tuple[tuple[str, ...], Cells]] = {
    ("", "configmaps"): (("Name", "Data", AGE), _counting("data")),
    ("", "events"): (
        ("Last Seen", "Type", "Reason", "Object", "+Subobject", "+Source", "Message", "+First Seen", "+Count",
         "+Name"), _event),
    ("", "namespaces"): (("Name", "Status", AGE), _namespace),
    ("", "nodes"): (
        ("Name", "Status", "Roles", AGE, "Version", "+Internal-IP", "+External-IP", "+OS-Image",
         "+Kernel-Version", "+Container-Runtime"), _node),
    ("", "pods"): (
        ("Name", "Ready", "Status", "Restarts", AGE, "+IP", "+Node", "+Nominated Node", "+Readiness Gates"),
        pod_cells),
    ("", "replicationcontrollers"): (_REPLICA_SET, _replica_set),
    ("", "secrets"): (("Name", "Type", "Data", AGE), _secret),
    ("", "serviceaccounts"): (("Name", "Secrets", AGE), _counting("secrets")),
    ("apps", "daemonsets"): (
        ("Name", "Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector", AGE, *_TEMPLATE),
        _daemon_set),
    ("apps", "deployments"): (
        ("Name", "Ready", "Up-to-date", "Available", AGE, *_TEMPLATE), _deployment),
    ("apps", "replicasets"): (_REPLICA_SET, _replica_set),
    ("apps", "statefulsets"): (("Name", "Ready", AGE, *_TEMPLATE[:2]), _stateful_set),
    ("batch", "cronjobs"): (
        ("Name", "Schedule", "Suspend", "Active", "Last Schedule", AGE, *_TEMPLATE), _cron_job),
    ("batch", "jobs"): (("Name", "Completions", "Duration", AGE, *_TEMPLATE), _job),
    ("coordination.k8s.io", "leases"): (("Name", "Holder", AGE), _lease),
    ("policy", "poddisruptionbudgets"): (
        ("Name", "Min Available", "Max Unavailable", "Allowed Disruptions", AGE), _budget),
    ("apiextensions.k8s.io", "customresourcedefinitions"): (("Name", "Created At"), _definition),
}  # fmt: skip
"""By group and plural: the columns, and what gives the cells of one object (all but its age)."""
