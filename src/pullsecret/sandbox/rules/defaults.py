"""What the API server fills in, and how it writes an object back: its typed form, without what is empty."""

import base64
import binascii
from typing import Any

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import (
    CRON_JOB,
    DAEMON_SET,
    DEPLOYMENT,
    JOB,
    NAMESPACE,
    POD,
    REPLICA_SET,
    REPLICATION_CONTROLLER,
    SECRET,
    STATEFUL_SET,
    Kind,
    Object,
    name_of,
)
from pullsecret.sandbox import failures
from pullsecret.sandbox.kinds import CUSTOM_RESOURCE_DEFINITION, Resource
from pullsecret.sandbox.rules import schemas

EMPTY_IS_ABSENT = frozenset(
    {"labels", "annotations", "data", "stringData", "binaryData", "nodeSelector", "matchLabels"}
)
_DEPLOYMENT_STRATEGY = {
    "type": "RollingUpdate",
    "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
}


def before_create(resource: Resource, obj: Object) -> None:
    """Give a new object its defaults and its first status; it is changed in place."""
    kind = resource.kind
    before_update(resource, obj)
    if resource.counts_generations:
        obj["metadata"]["generation"] = 1
    else:
        obj["metadata"].pop("generation", None)
    if kind == POD:
        obj["status"] = {"phase": "Pending", "qosClass": _qos_class(obj["spec"])}
    elif kind == NAMESPACE:
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name_of(obj)
        obj["spec"] = {"finalizers": ["kubernetes"]}
        obj["status"] = {"phase": "Active"}
    elif resource.counts_generations and resource.has_status:
        obj.pop("status", None)
        if not resource.custom:
            obj["status"] = (
                {"replicas": 0} if kind in {REPLICA_SET, STATEFUL_SET, REPLICATION_CONTROLLER} else {}
            )


def before_update(resource: Resource, obj: Object) -> None:
    """Bring an object into the form in which the server keeps it; it is changed in place."""
    kind = resource.kind
    if kind == SECRET:
        _complete_secret(obj)
    if resource.custom:
        schemas.complete(resource.schema, obj)
    if not resource.custom and kind != CUSTOM_RESOURCE_DEFINITION:
        _drop_empty(obj)
    if kind == POD:
        complete_pod_spec(obj.setdefault("spec", {}))
        obj["spec"].setdefault("enableServiceLinks", True)
    elif kind in _WORKLOAD_DEFAULTS:
        spec = obj.setdefault("spec", {})
        _fill(spec, _WORKLOAD_DEFAULTS[kind])
        _complete_template(kind, spec)


_WORKLOAD_DEFAULTS: dict[Kind, dict[str, Any]] = {
    DEPLOYMENT: {
        "replicas": 1, "strategy": _DEPLOYMENT_STRATEGY, "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    },
    REPLICA_SET: {"replicas": 1},
    REPLICATION_CONTROLLER: {"replicas": 1},
    STATEFUL_SET: {
        "replicas": 1, "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
    },
    DAEMON_SET: {
        "revisionHistoryLimit": 10,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
    },
    JOB: {"parallelism": 1, "completions": 1, "backoffLimit": 6, "suspend": False},
    CRON_JOB: {
        "concurrencyPolicy": "Allow", "suspend": False, "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    },
}  # fmt: skip


def _complete_template(kind: Kind, spec: dict[str, Any]) -> None:
    if kind == CRON_JOB:
        spec = spec.setdefault("jobTemplate", {}).setdefault("spec", {})
    template = spec.setdefault("template", {})
    complete_pod_spec(template.setdefault("spec", {}), restarts=kind not in {JOB, CRON_JOB})
    template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    if kind == REPLICATION_CONTROLLER and not spec.get("selector") and template["metadata"].get("labels"):
        spec["selector"] = dict(template["metadata"]["labels"])


def complete_pod_spec(spec: dict[str, Any], *, restarts: bool = True) -> None:
    """Fill in what core/v1 defaulting fills in of a Pod's spec (pkg/apis/core/v1/defaults.go)."""
    if restarts:
        spec.setdefault("restartPolicy", "Always")
    _fill(spec, {
        "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    })  # fmt: skip
    if spec.get("serviceAccountName"):
        spec["serviceAccount"] = spec["serviceAccountName"]
    for container in [*spec.get("initContainers", ()), *spec.get("containers", ())]:
        _fill(container, {
            "resources": {}, "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File", "imagePullPolicy": _pull_policy(container.get("image", "")),
        })  # fmt: skip
        for port in container.get("ports", ()):
            port.setdefault("protocol", "TCP")


def _pull_policy(image: str) -> str:
    """``Always`` for the tag ``latest``, named or not; a digest or another tag is asked for once."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "Always" if tag == "latest" or not (tag or digest) else "IfNotPresent"


def _qos_class(spec: dict[str, Any]) -> str:
    asked = [container.get("resources") or {} for container in spec.get("containers", ())]
    if not any(resources.get("requests") or resources.get("limits") for resources in asked):
        return "BestEffort"
    whole = all(
        set(resources.get("limits") or ()) >= {"cpu", "memory"}
        and (resources.get("requests") or resources["limits"]) == resources["limits"]
        for resources in asked
    )
    return "Guaranteed" if whole else "Burstable"


def _complete_secret(secret: Object) -> None:
    """Merge `stringData` into `data`, and refuse data that is no base64."""
    data = secret.get("data") or {}
    plain = secret.pop("stringData", None) or {}
    if not isinstance(data, dict) or not isinstance(plain, dict):
        raise _not_a_secret("data and stringData must be objects")
    decoded = {key: _decoded(value) for key, value in data.items()}
    decoded |= {key: str("" if value is None else value).encode() for key, value in plain.items()}
    secret["data"] = {key: base64.b64encode(value).decode() for key, value in sorted(decoded.items())}
    secret["type"] = secret.get("type") or "Opaque"


def _decoded(value: Any) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise _not_a_secret(
            f"json: cannot unmarshal {_go_kind(value)} into Go struct field Secret.data of type []uint8"
        )
    text = value.replace("\r", "").replace("\n", "")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _not_a_secret(f"illegal base64 data at input byte {_first_illegal(text)}") from None


def _first_illegal(text: str) -> int:
    """Find where Go's decoder stops: the first foreign character, else the end of the last whole group."""
    foreign = (
        at for at, char in enumerate(text) if not (char.isascii() and (char.isalnum() or char in "+/"))
    )
    return next(foreign, len(text) - len(text) % 4)


def _go_kind(value: object) -> str:
    kinds: dict[type, str] = {bool: "bool", int: "number", float: "number", list: "array", dict: "object"}
    return kinds.get(type(value), "string")


def _not_a_secret(why: str) -> ApiError:
    return failures.bad_request(f'Secret in version "v1" cannot be handled as a Secret: {why}')


def _fill(target: dict[str, Any], values: dict[str, Any]) -> None:
    for name, value in values.items():
        if target.get(name) is None:
            target[name] = dict(value) if isinstance(value, dict) else value


def _drop_empty(value: Any) -> None:
    """Leave out what the server's Go types do not write: nulls, empty lists, empty maps of strings."""
    if isinstance(value, list):
        for item in value:
            _drop_empty(item)
    elif isinstance(value, dict):
        for name in list(value):
            item = value[name]
            if item is None or item == [] or (item == {} and name in EMPTY_IS_ABSENT):
                del value[name]
            else:
                _drop_empty(item)
