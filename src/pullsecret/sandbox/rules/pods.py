"""What the API server finds wrong with Pods and with the workloads that make them, in its words."""

from typing import Any

from pullsecret.core.objects import CRON_JOB, JOB, REPLICATION_CONTROLLER, Kind, Object
from pullsecret.sandbox.failures import Fault
from pullsecret.sandbox.rules.validation import IMMUTABLE, invalid_value, label_faults, required, unsupported
from pullsecret.sandbox.selectors import selector_match
from pullsecret.sandbox.values import copied

POD_SPEC_FIXED = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`, "
    "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` "
    "(only additions to existing tolerations)"
)
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_RESTART_POLICIES = ("Always", "OnFailure", "Never")


def pod_faults(
    spec: dict[str, Any], field: str, restarts: tuple[str, ...] = _RESTART_POLICIES
) -> list[Fault]:
    """Check the parts of a Pod's spec that this imitation acts on."""
    faults = []
    if not spec.get("containers"):
        faults.append(required(f"{field}.containers"))
    taken: set[str] = set()
    for role in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(role) or ()):
            faults += _container_faults(container, f"{field}.{role}[{index}]", taken)
    if (policy := spec.get("restartPolicy", "")) not in restarts:
        missing = required(f"{field}.restartPolicy")
        faults.append(unsupported(f"{field}.restartPolicy", policy, restarts) if policy else missing)
    return faults


def pod_change_faults(new: Object, old: Object) -> list[Fault]:
    """Check that only images, the deadline and tolerations of a Pod's spec change."""
    return [] if _fixed_part(new["spec"]) == _fixed_part(old["spec"]) else [Fault("spec", POD_SPEC_FIXED)]


def workload_faults(kind: Kind, obj: Object) -> list[Fault]:
    """Check a workload's selector and the Pod template it holds."""
    spec, field = obj["spec"], "spec"
    if kind == CRON_JOB:
        spec, field = spec["jobTemplate"]["spec"], "spec.jobTemplate.spec"
    template = spec["template"]
    faults = []
    if kind not in {JOB, CRON_JOB}:
        faults += _selector_faults(kind, spec.get("selector"), template["metadata"].get("labels"))
    once = kind in {JOB, CRON_JOB}
    policies = ("OnFailure", "Never") if once else ("Always",)
    return faults + pod_faults(template["spec"], f"{field}.template.spec", policies)


def workload_change_faults(kind: Kind, new: Object, old: Object) -> list[Fault]:
    """Check what may not change of a workload: its selector, and a Job's template."""
    fixed = {REPLICATION_CONTROLLER: (), CRON_JOB: (), JOB: ("template",)}.get(kind, ("selector",))
    return [
        Fault(f"spec.{name}", f"Invalid value: {IMMUTABLE}")
        for name in fixed
        if new["spec"].get(name) != old["spec"].get(name)
    ]


def _selector_faults(kind: Kind, selector: Any, labels: Any) -> list[Fault]:
    if kind == REPLICATION_CONTROLLER:
        return [] if selector else [required("spec.selector")]
    faults = [] if selector else [required("spec.selector")]
    if not selector or not selector_match(selector)(labels or {}):
        why = "`selector` does not match template `labels`"
        faults.append(Fault("spec.template.metadata.labels", f"Invalid value: {_go_map(labels)}: {why}"))
    return faults


def _container_faults(container: dict[str, Any], field: str, taken: set[str]) -> list[Fault]:
    faults = []
    name, image = container.get("name", ""), container.get("image", "")
    if not name:
        faults.append(required(f"{field}.name"))
    else:
        faults += label_faults(f"{field}.name", name)
    if name and name in taken:
        faults.append(Fault(f"{field}.name", f'Duplicate value: "{name}"'))
    taken.add(name)
    if not image:
        faults.append(required(f"{field}.image"))
    elif image != image.strip():
        faults.append(invalid_value(f"{field}.image", image, "must not have leading or trailing whitespace"))
    if (policy := container.get("imagePullPolicy", "")) not in _PULL_POLICIES:
        faults.append(unsupported(f"{field}.imagePullPolicy", policy, _PULL_POLICIES))
    return faults


def _fixed_part(spec: dict[str, Any]) -> dict[str, Any]:
    fixed = copied(spec)
    for name in ("activeDeadlineSeconds", "tolerations"):
        fixed.pop(name, None)
    for container in [*fixed.get("containers", ()), *fixed.get("initContainers", ())]:
        container.pop("image", None)
    return fixed


def _go_map(labels: dict[str, str] | None) -> str:
    """Show labels as Go's ``%#v`` does."""
    if not labels:
        return "map[string]string(nil)"
    return "map[string]string{" + ", ".join(f'"{k}":"{v}"' for k, v in sorted(labels.items())) + "}"
