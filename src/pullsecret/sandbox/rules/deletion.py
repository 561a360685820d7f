"""Deletion: its preconditions, what it marks, and what holds an object that is going."""

from datetime import datetime, timedelta

from pullsecret.core.objects import NAMESPACE, POD, Kind, Object, name_of
from pullsecret.sandbox import failures
from pullsecret.sandbox.rules import admission
from pullsecret.sandbox.values import timestamp

_FINALIZERS = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


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


def mark_deleted(kind: Kind, obj: Object, now: datetime, grace: int | None, propagation: str) -> bool:
    """Mark an object as going, in place; False when it is already, and no sooner now."""
    metadata = obj["metadata"]
    seconds = _grace_of(kind, obj, grace)
    if seconds >= metadata.get("deletionGracePeriodSeconds", seconds + 1):
        return False
    metadata["deletionTimestamp"] = timestamp(now + timedelta(seconds=seconds))
    metadata["deletionGracePeriodSeconds"] = seconds
    if metadata.get("generation"):
        metadata["generation"] += 1
    if (finalizer := _FINALIZERS.get(propagation)) and finalizer not in metadata.get("finalizers", ()):
        metadata["finalizers"] = [*metadata.get("finalizers", ()), finalizer]
    if kind == NAMESPACE:
        obj["status"]["phase"] = "Terminating"
    return True


def is_held(kind: Kind, obj: Object) -> bool:
    """Tell whether something must happen before a deleted object may go."""
    if obj["metadata"].get("finalizers"):
        return True
    if kind == NAMESPACE:
        return bool(obj["spec"].get("finalizers"))
    return kind == POD and obj["metadata"].get("deletionGracePeriodSeconds", 0) > 0


def _grace_of(kind: Kind, obj: Object, asked: int | None) -> int:
    """Give the seconds that a deleted object may go on; 0 for all but Pods that a kubelet runs."""
    if kind != POD or not obj["spec"].get("nodeName"):
        return 0
    if obj.get("status", {}).get("phase") in {"Succeeded", "Failed"}:
        return 0
    return int(obj["spec"].get("terminationGracePeriodSeconds", 30)) if asked is None else asked
