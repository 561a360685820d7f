"""What controllers share: owners and what they own, Pods made from templates, conditions."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import POD, Kind, Object, name_of, namespace_of, uid_of
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.values import copied

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""What Kubernetes makes random names of: no vowels, so no words."""


@dataclass(frozen=True, slots=True)
class Pods:
    """The Pods of one kind of owner.

    Attributes:
        store: the cluster.
        recorder: tells of Pods that were made and deleted.
        kind: the kind of the owners.
    """

    store: Store
    recorder: Recorder
    kind: Kind

    def active(self, owner: Object) -> list[Object]:
        """Give the owner's Pods that are neither going nor done, by name."""
        return [pod for pod in owned_by(self.store, POD, owner) if is_active(pod)]

    def make(self, owner: Object, pod: Object, told: str = "Created pod: {}") -> bool:
        """Make a Pod for an owner; False when the API server refuses it, which is told as an Event."""
        try:
            made = self.store.create(POD, pod, namespace_of(owner))
        except ApiError as error:
            self.recorder.tell(
                self.kind, owner, "FailedCreate", f"Error creating: {error.message}", warning=True
            )
            return False
        self.recorder.tell(self.kind, owner, "SuccessfulCreate", told.format(name_of(made)))
        return True

    def delete(self, owner: Object, pod: Object, told: str = "Deleted pod: {}") -> None:
        """Delete one of the owner's Pods."""
        self.store.delete(POD, name_of(pod), namespace_of(pod), uid=uid_of(pod))
        self.recorder.tell(self.kind, owner, "SuccessfulDelete", told.format(name_of(pod)))


def owned_by(store: Store, kind: Kind, owner: Object) -> list[Object]:
    """Give the objects of a kind that an owner controls, by name."""
    found = store.list(kind, namespace_of(owner))
    return [obj for obj in found if (ref := controller_of(obj)) and ref["uid"] == uid_of(owner)]


def controller_of(obj: Object) -> dict[str, Any] | None:
    """Give the reference to the object's controller, if it has one."""
    references = obj["metadata"].get("ownerReferences") or ()
    return next((ref for ref in references if ref.get("controller")), None)


def owner_reference(kind: Kind, owner: Object) -> dict[str, Any]:
    """Make the reference to a controller."""
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def pod_from_template(kind: Kind, owner: Object, labels: dict[str, str] | None = None) -> Object:
    """Make a Pod as the owner's template wants it, with labels of the controller's own added."""
    template = copied(owner["spec"]["template"])
    metadata = {
        "generateName": f"{name_of(owner)}-",
        "labels": template["metadata"].get("labels", {}) | (labels or {}),
        "annotations": template["metadata"].get("annotations", {}),
        "ownerReferences": [owner_reference(kind, owner)],
    }
    return {"metadata": metadata, "spec": template["spec"]}


def template_hash(template: Object) -> str:
    """Give a short name to a Pod template; equal templates have equal ones."""
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:10])


def is_active(pod: Object) -> bool:
    """Say whether a Pod is neither going nor done."""
    done = pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}
    return not done and "deletionTimestamp" not in pod["metadata"]


def is_ready(pod: Object) -> bool:
    """Say whether a Pod's condition `Ready` holds."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def without_zeros(status: dict[str, Any]) -> dict[str, Any]:
    """Leave out the counts that are 0, as the server's types do."""
    return {name: value for name, value in status.items() if value != 0}


def write_status(store: Store, kind: Kind, obj: Object, status: dict[str, Any]) -> None:
    """Write an object's status as it is now, whatever else was written to the object meanwhile."""
    current = store.get(kind, name_of(obj), namespace_of(obj))
    store.update_status(kind, current | {"status": status})
