"""What happens to an object on its way into the store: admission, defaults, validation, by its kind.

The order is the API server's: admission plugins, defaults, validation of names, validation of the kind.
"""

from typing import Protocol

from pullsecret.core.objects import NAMESPACE, POD, SECRET, WORKLOADS, Kind, Object, name_of
from pullsecret.sandbox import failures
from pullsecret.sandbox.failures import Fault
from pullsecret.sandbox.kinds import CONFIG_MAP, CUSTOM_RESOURCE_DEFINITION, Resource
from pullsecret.sandbox.rules import admission, crds, data, defaults, pods, validation
from pullsecret.sandbox.values import copied

_SERVERS_OWN = (
    "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName",
)  # fmt: skip


class Reader(Protocol):
    """What admission needs to see of the store."""

    def get(self, kind: Kind, name: str, namespace: str = "") -> Object:
        """Read one object; `NotFound` when there is none."""


def before_create(store: Reader, resource: Resource, obj: Object) -> None:
    """Complete and check an object that is to be created; it is changed in place."""
    kind = resource.kind
    admission.check_namespace(store, kind, obj)
    defaults.before_create(resource, obj)
    if kind == POD:
        admission.give_service_account(store, kind, obj)
    faults = validation.metadata_faults(resource, obj)
    faults += _faults_of(kind, obj)
    _refuse(kind, obj, faults)


def before_update(resource: Resource, new: Object, old: Object, subresource: str) -> None:
    """Complete and check a new state of an object; it is changed in place."""
    kind = resource.kind
    _keep_metadata(resource, new, old, subresource)
    _keep_others_parts(resource, new, old, subresource)
    if not subresource:
        defaults.before_update(resource, new)
    if resource.counts_generations and not subresource and _wanted(new) != _wanted(old):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
    faults = validation.metadata_faults(resource, new) + validation.metadata_change_faults(new, old)
    if not subresource:
        faults += _change_faults_of(kind, new, old)
    _refuse(kind, new, faults + _faults_of(kind, new))


def before_delete(kind: Kind, obj: Object, *, uid: str, resource_version: str) -> None:
    """Check the preconditions of a deletion, and that the object may be deleted at all."""
    name, metadata = name_of(obj), obj["metadata"]
    if uid and uid != metadata["uid"]:
        why = (
            f"the UID in the precondition ({uid}) does not match the UID in record ({metadata['uid']}). "
            "The object might have been deleted and then recreated"
        )
        raise failures.conflict(kind, name, why, on=kind.kind)
    if resource_version and resource_version != metadata["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({resource_version}) does not match the "
            f"ResourceVersion in record ({metadata['resourceVersion']}). The object might have been modified"
        )
        raise failures.conflict(kind, name, why, on=kind.kind)
    if kind == NAMESPACE:
        admission.check_namespace_deletion(obj)


def add_propagation(metadata: Object, propagation: str) -> None:
    """Hold an object back with the finalizer that its deletion's propagation policy stands for."""
    finalizer = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}.get(propagation)
    if finalizer and finalizer not in metadata.get("finalizers", ()):
        metadata["finalizers"] = [*metadata.get("finalizers", ()), finalizer]


def mark_deleted(kind: Kind, obj: Object) -> None:
    """Mark what a deletion changes beside its time."""
    metadata = obj["metadata"]
    if metadata.get("generation"):
        metadata["generation"] += 1
    if kind == NAMESPACE:
        obj["status"]["phase"] = "Terminating"


def _faults_of(kind: Kind, obj: Object) -> list[Fault]:
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


def _wanted(obj: Object) -> Object:
    """Give the part of an object whose changes `metadata.generation` counts."""
    return {name: value for name, value in obj.items() if name not in {"metadata", "status", "apiVersion"}}
