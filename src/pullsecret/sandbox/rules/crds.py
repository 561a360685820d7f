"""Custom resource definitions: what is wrong with one, and the resource types that it makes."""

from typing import Any

from pullsecret.core.objects import Kind, Object, name_of
from pullsecret.sandbox.failures import Fault
from pullsecret.sandbox.kinds import Column, Resource
from pullsecret.sandbox.rules.validation import invalid_value, required, unsupported

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer that keeps a definition until its last custom resource is gone."""

_SCOPES = ("Cluster", "Namespaced")


def faults(definition: Object) -> list[Fault]:
    """Check the parts of a custom resource definition that are read here."""
    spec = definition.get("spec") or {}
    names = spec.get("names") or {}
    found = [required(f"spec.names.{part}") for part in ("plural", "kind") if not names.get(part)]
    expected = f"{names.get('plural', '')}.{spec.get('group', '')}"
    if name_of(definition) != expected:
        why = 'must be spec.names.plural+"."+spec.group'
        found.append(invalid_value("metadata.name", name_of(definition), why))
    if spec.get("scope") not in _SCOPES:
        found.append(unsupported("spec.scope", str(spec.get("scope", "")), _SCOPES))
    versions = spec.get("versions") or []
    if [bool(version.get("storage")) for version in versions].count(True) != 1:
        why = "must have exactly one version marked as storage version"
        found.append(Fault("spec.versions", f"Invalid value: {why}"))
    for index, version in enumerate(versions):
        if not version.get("schema"):
            why = "schemas are required"
            found.append(required(f"spec.versions[{index}].schema.openAPIV3Schema", why))
    return found


def resources_of(definition: Object) -> list[Resource]:
    """Give the resource type of each version that a definition serves."""
    spec = definition["spec"]
    return [_resource(spec, version) for version in spec["versions"] if version.get("served")]


def accepted(definition: Object, now: str) -> dict[str, Any]:
    """Give the status of a definition whose names were accepted and whose resources are served."""
    spec, names = definition["spec"], dict(definition["spec"]["names"])
    names.setdefault("singular", names["kind"].lower())
    names.setdefault("listKind", f"{names['kind']}List")
    told = (
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    )
    conditions = [
        {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now}
        for kind, reason, message in told
    ]
    stored = [version["name"] for version in spec["versions"] if version.get("storage")]
    return {"conditions": conditions, "acceptedNames": names, "storedVersions": stored}


def _resource(spec: dict[str, Any], version: dict[str, Any]) -> Resource:
    names = spec["names"]
    kind = Kind(
        spec["group"],
        version["name"],
        names["kind"],
        names["plural"],
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
    )
    columns = tuple(
        Column(entry["name"], entry["type"], entry["jsonPath"], entry.get("priority", 0))
        for entry in version.get("additionalPrinterColumns") or ()
    )
    return Resource(
        kind,
        has_status="status" in (version.get("subresources") or {}),
        counts_generations=True,
        categories=tuple(names.get("categories") or ()),
        custom=True,
        columns=columns,
        schema=version["schema"].get("openAPIV3Schema") or {},
    )
