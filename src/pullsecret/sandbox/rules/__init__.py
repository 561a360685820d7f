"""What happens to an object on its way into the store: admission, defaults, validation, by its kind.

The order is the API server's: admission plugins, defaults, validation of names, validation of the kind.
"""

from typing import Protocol

from pullsecret.core.objects import (
    LEASE,
    NAMESPACE,
    POD,
    SECRET,
    WORKLOADS,
    Kind,
    Object,
    name_of,
    resource_version_of,
)
from pullsecret.sandbox import failures
from pullsecret.sandbox.failures import Fault
from pullsecret.sandbox.kinds import CONFIG_MAP, CUSTOM_RESOURCE_DEFINITION, POD_DISRUPTION_BUDGET, Resource
from pullsecret.sandbox.rules import (
    admission,
    crds,
    data,
    defaults,
    fields,
    pods,
    schemas,
    shapes,
    validation,
)
from pullsecret.sandbox.rules.deletion import before_delete, is_held, mark_deleted
from pullsecret.sandbox.values import copied

__all__ = [
    "before_create",
    "before_delete",
    "before_update",
    "check_version",
    "is_held",
    "mark_deleted",
    "unknown_fields",
]

_SERVERS_OWN = (
    "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName",
)  # fmt: skip


_MUST_NAME_VERSION = frozenset({LEASE, POD_DISRUPTION_BUDGET, CUSTOM_RESOURCE_DEFINITION})
_NO_VERSION = Fault("metadata.resourceVersion", "Invalid value: 0x0: must be specified for an update")


class Reader(Protocol):
    """What admission needs to see of the store."""

    def get(self, kind: Kind, name: str, namespace: str = "") -> Object:
        """Read one object; `NotFound` when there is none."""


def before_create(store: Reader, resource: Resource, obj: Object) -> None:
    """Complete and check an object that is to be created; it is changed in place."""
    kind = resource.kind
    admission.check_namespace(store, kind, obj)
    shapes.check(resource, obj)
    fields.drop_unknown(kind.kind, obj)
    defaults.before_create(resource, obj)
    if kind == POD:
        admission.give_service_account(store, kind, obj)
    faults = validation.metadata_faults(resource, obj)
    _refuse(kind, obj, faults + _faults_of(resource, obj))


def before_update(resource: Resource, new: Object, old: Object, subresource: str) -> None:
    """Complete and check a new state of an object; it is changed in place."""
    kind = resource.kind
    shapes.check(resource, new)
    fields.drop_unknown(kind.kind, new)
    _keep_metadata(resource, new, old, subresource)
    _keep_others_parts(resource, new, old, subresource)
    if not subresource:
        defaults.before_update(resource, new)
    if resource.counts_generations and not subresource and _wanted(resource, new) != _wanted(resource, old):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
    faults = validation.metadata_faults(resource, new) + validation.metadata_change_faults(new, old)
    if not subresource:
        faults += _change_faults_of(kind, new, old)
    _refuse(kind, new, faults + _faults_of(resource, new))


def unknown_fields(resource: Resource, obj: Object) -> list[str]:
    """Give the paths of the fields of an object that its kind does not know."""
    if resource.custom:
        return schemas.unknown_fields(resource.schema, obj)
    return fields.unknown_fields(resource.kind.kind, obj)


def check_version(resource: Resource, new: Object, old: Object) -> None:
    """Refuse a write over another version than the one that was read; some kinds must name theirs."""
    version = resource_version_of(new)
    if version and version != resource_version_of(old):
        raise failures.conflict(resource.kind, name_of(old))
    if not version and (resource.custom or resource.kind in _MUST_NAME_VERSION):
        _refuse(resource.kind, old, [_NO_VERSION])


def _faults_of(resource: Resource, obj: Object) -> list[Fault]:
    kind = resource.kind
    if resource.custom:
        return schemas.faults(resource.schema, obj)
    if kind == SECRET:
        return data.secret_faults(obj)
    if kind == CONFIG_MAP:
        return data.config_map_faults(obj)
    if kind == POD:
        return pods.pod_faults(obj["spec"], "spec")
    if kind == CUSTOM_RESOURCE_DEFINITION:
        return crds.faults(obj)
    return pods.workload_faults(kind, obj) if kind in WORKLOADS else []


def _change_faults_of(kind: Kind, new: Object, old: Object) -> list[Fault]:
    if kind == SECRET:
        return data.secret_change_faults(new, old)
    if kind == CONFIG_MAP:
        return data.config_map_change_faults(new, old)
    if kind == POD:
        return pods.pod_change_faults(new, old)
    return pods.workload_change_faults(kind, new, old) if kind in WORKLOADS else []


def _refuse(kind: Kind, obj: Object, faults: list[Fault]) -> None:
    if faults:
        raise failures.invalid(failures.qualified(kind), name_of(obj), faults)


def _keep_metadata(resource: Resource, new: Object, old: Object, subresource: str) -> None:
    metadata = new["metadata"]
    for name in _SERVERS_OWN:
        metadata.pop(name, None)
        if name in old["metadata"]:
            metadata[name] = old["metadata"][name]
    metadata.setdefault("uid", old["metadata"]["uid"])
    metadata["resourceVersion"] = old["metadata"]["resourceVersion"]
    metadata.pop("managedFields", None)
    if subresource == "status" and resource.custom:
        new["metadata"] = copied(old["metadata"])


def _keep_others_parts(resource: Resource, new: Object, old: Object, subresource: str) -> None:
    """Put back what is not this subresource's to write."""
    if subresource == "status":
        kept = {name for name in {*new, *old} if name not in {"status", "metadata", "apiVersion", "kind"}}
    else:
        kept = {"status"} if resource.has_status else set()
        if resource.kind == NAMESPACE and subresource != "finalize":
            kept.add("spec")
    for name in kept:
        new.pop(name, None)
        if name in old:
            new[name] = copied(old[name])


def _wanted(resource: Resource, obj: Object) -> Object:
    """Give the part of an object whose changes `metadata.generation` counts."""
    ignored = {"metadata", "apiVersion", *(("status",) if resource.has_status else ())}
    return {name: value for name, value in obj.items() if name not in ignored}
