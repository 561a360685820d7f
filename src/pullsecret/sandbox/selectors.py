"""Label and field selectors, read as k8s.io/apimachinery/pkg/labels and .../fields read them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pullsecret.core import objects
from pullsecret.core.objects import Kind, Object
from pullsecret.sandbox.failures import bad_request

Match = Callable[[Object], bool]
_Test = Callable[[Mapping[str, str]], bool]

_KEY = r"[A-Za-z0-9][-A-Za-z0-9_./]*"
_REQUIREMENTS = (
    (re.compile(rf"\s*!\s*({_KEY})\s*$"), "absent"),
    (re.compile(rf"\s*({_KEY})\s*$"), "present"),
    (re.compile(rf"\s*({_KEY})\s*!=\s*([-A-Za-z0-9_.]*)\s*$"), "notin"),
    (re.compile(rf"\s*({_KEY})\s*==?\s*([-A-Za-z0-9_.]*)\s*$"), "in"),
    (re.compile(rf"\s*({_KEY})\s+(in|notin)\s*\(([^()]*)\)\s*$"), "set"),
)
_COMMA_OUTSIDE_PARENTHESES = re.compile(r",(?![^()]*\))")
_FIELD_REQUIREMENT = re.compile(r"(.*?)(!=|==|=)(.*)")

_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_SELECTABLE: dict[Kind, tuple[str, ...]] = {
    objects.SECRET: ("type",),
    objects.NAMESPACE: ("status.phase",),
    objects.NODE: ("spec.unschedulable",),
    objects.POD: (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "status.phase", "status.podIP", "status.nominatedNodeName",
    ),
    objects.EVENT: (*(f"involvedObject.{name}" for name in _INVOLVED), "reason", "source", "type",
                    "reportingComponent"),
    objects.REPLICA_SET: ("status.replicas",),
    objects.REPLICATION_CONTROLLER: ("status.replicas",),
    objects.JOB: ("status.successful",),
}  # fmt: skip


def label_match(selector: str) -> Match:
    """Read a label selector (``app=web,tier in (a, b),!canary``).

    Raises:
        ApiError: 400, it cannot be read.
    """
    parts = [part for part in _COMMA_OUTSIDE_PARENTHESES.split(selector) if part.strip()]
    tests = [_label_test(part) for part in parts]
    return lambda obj: all(test(obj["metadata"].get("labels") or {}) for test in tests)


def _label_test(part: str) -> _Test:
    for pattern, operator in _REQUIREMENTS:
        if not (found := pattern.match(part)):
            continue
        key = found[1]
        if operator in {"absent", "present"}:
            return lambda labels: (key in labels) is (operator == "present")
        is_set = operator == "set"
        values = {value.strip() for value in found[3].split(",")} if is_set else {found[2]}
        wanted = (found[2] if is_set else operator) == "in"
        # A label that is absent satisfies `!=` and `notin`.
        return lambda labels: (labels.get(key) in values) is wanted
    raise bad_request(f"unable to parse requirement: {part.strip()!r} is no label requirement")


def selector_match(selector: Mapping[str, object]) -> Callable[[Mapping[str, str]], bool]:
    """Read a `metav1.LabelSelector`, as workloads carry it, into a test of labels."""
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}  # type: ignore[assignment]
    expressions: list[dict[str, object]] = selector.get("matchExpressions") or []  # type: ignore[assignment]
    return lambda labels: (
        all(labels.get(key) == value for key, value in wanted.items())
        and all(_expression_holds(expression, labels) for expression in expressions)
    )


def _expression_holds(expression: Mapping[str, object], labels: Mapping[str, str]) -> bool:
    key, values = str(expression.get("key")), expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values  # type: ignore[operator]
        case "NotIn":
            return labels.get(key) not in values  # type: ignore[operator]
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def selector_text(selector: Mapping[str, Any] | None) -> str:
    """Write a workload's selector as a label selector; a ReplicationController's is plain labels."""
    selector = selector or {}
    structured = "matchLabels" in selector or "matchExpressions" in selector
    labels = selector.get("matchLabels") or {} if structured else selector
    told = [f"{key}={value}" for key, value in sorted(labels.items())]
    for expression in selector.get("matchExpressions") or () if structured else ():
        key, values = expression["key"], ",".join(expression.get("values") or ())
        match expression["operator"]:
            case "Exists":
                told.append(key)
            case "DoesNotExist":
                told.append(f"!{key}")
            case operator:
                told.append(f"{key} {operator.lower()} ({values})")
    return ",".join(told)


def field_match(kind: Kind, selector: str) -> Match:
    """Read a field selector (``metadata.name=web,status.phase!=Running``) for one kind.

    Raises:
        ApiError: 400, it cannot be read, or the server does not select this kind by that field.
    """
    terms = []
    for part in filter(None, selector.split(",")):
        if not (found := _FIELD_REQUIREMENT.fullmatch(part)):
            raise bad_request(f"invalid selector: '{selector}'; can't understand '{part}'")
        path, operator, value = found.groups()
        if path not in {"metadata.name", "metadata.namespace", *_SELECTABLE.get(kind, ())}:
            raise bad_request(
                f"field label not supported: {path}"
                if kind in _SELECTABLE
                else f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'
            )
        terms.append((path, operator != "!=", value))
    return lambda obj: all((_field(obj, path) == value) is equal for path, equal, value in terms)


def _field(obj: Object, path: str) -> str:
    value: object = obj
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if path == "source" and isinstance(value, dict):
        value = value.get("component")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
