"""What the API server finds wrong with objects, in its words (pkg/apis/core/validation, k8s.io/apimachinery).

Each function gives the faults it finds, in the order in which the server tells them.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pullsecret.core.objects import NAMESPACE, Object
from pullsecret.sandbox.failures import Fault
from pullsecret.sandbox.kinds import CUSTOM_RESOURCE_DEFINITION, Resource

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_CONFIG_KEY = r"[-._a-zA-Z0-9]+"
_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    f"and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
    f"validation is '{_LABEL}')"
)
_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
    "must start and end with an alphanumeric character (e.g. 'example.com', regex "
    f"used for validation is '{_SUBDOMAIN}')"
)
_NAME_PART_WORDS = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex "
    f"used for validation is '{_QUALIFIED}')"
)
_LABEL_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
    f"regex used for validation is '({_QUALIFIED})?')"
)
_CONFIG_KEY_WORDS = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  "
    f"or 'KEY_NAME',  or 'key-name', regex used for validation is '{_CONFIG_KEY}')"
)
MAX_ANNOTATIONS = 256 * 1024
IMMUTABLE = "field is immutable"


def invalid_value(field: str, value: str, why: str) -> Fault:
    """Form the fault of a value that is not allowed."""
    return Fault(field, f'Invalid value: "{value}": {why}')


def required(field: str, why: str = "") -> Fault:
    """Form the fault of a value that is missing."""
    return Fault(field, f"Required value: {why}" if why else "Required value")


def unsupported(field: str, value: str, supported: Iterable[str]) -> Fault:
    """Form the fault of a value that is none of those that there are."""
    names = ", ".join(f'"{name}"' for name in supported)
    return Fault(field, f'Unsupported value: "{value}": supported values: {names}')


def metadata_faults(resource: Resource, obj: Object) -> list[Fault]:
    """Check name, labels, annotations and finalizers."""
    metadata = obj["metadata"]
    name = metadata.get("name", "")
    if not name:
        return [required("metadata.name", "name or generateName is required")]
    is_label = resource.kind == NAMESPACE
    faults = label_faults("metadata.name", name) if is_label else subdomain_faults("metadata.name", name)
    faults += string_map_faults("metadata.labels", metadata.get("labels") or {}, values_are_labels=True)
    annotations = metadata.get("annotations") or {}
    faults += string_map_faults("metadata.annotations", annotations)
    # What is no Unicode is kept as an escape, which UTF-8 cannot hold.
    size = sum(len(f"{key}{value}".encode("utf-8", "replace")) for key, value in annotations.items())
    if size > MAX_ANNOTATIONS:
        faults.append(Fault("metadata.annotations", f"Too long: must have at most {MAX_ANNOTATIONS} bytes"))
    for index, finalizer in enumerate(metadata.get("finalizers") or ()):
        plain = "/" not in finalizer and finalizer not in {"kubernetes", "orphan", "foregroundDeletion"}
        if plain and not resource.custom and resource.kind != CUSTOM_RESOURCE_DEFINITION:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            faults.append(invalid_value(f"metadata.finalizers[{index}]", finalizer, why))
    return faults


def metadata_change_faults(new: Object, old: Object) -> list[Fault]:
    """Check what may not change of the metadata."""
    faults = []
    if (uid := new["metadata"].get("uid")) != old["metadata"]["uid"]:
        faults.append(invalid_value("metadata.uid", str(uid), IMMUTABLE))
    before = old["metadata"].get("finalizers") or ()
    added = [name for name in new["metadata"].get("finalizers") or () if name not in before]
    if added and "deletionTimestamp" in old["metadata"]:
        names = ", ".join(f'"{name}"' for name in added)
        why = "no new finalizers can be added if the object is being deleted, found new finalizers"
        faults.append(Fault("metadata.finalizers", f"Forbidden: {why} []string{{{names}}}"))
    return faults


def label_faults(field: str, name: str) -> list[Fault]:
    """Check a DNS label: the name of a Namespace, a container, a port."""
    if len(name) > 63:
        return [invalid_value(field, name, "must be no more than 63 characters")]
    return [] if re.fullmatch(_LABEL, name) else [invalid_value(field, name, _LABEL_WORDS)]


def subdomain_faults(field: str, name: str) -> list[Fault]:
    """Check a DNS subdomain: the name of most objects."""
    if len(name) > 253:
        return [invalid_value(field, name, "must be no more than 253 characters")]
    return [] if re.fullmatch(_SUBDOMAIN, name) else [invalid_value(field, name, _SUBDOMAIN_WORDS)]


def string_map_faults(
    field: str, values: Mapping[str, Any], *, values_are_labels: bool = False
) -> list[Fault]:
    """Check labels or annotations: their keys, and the values of labels."""
    faults = []
    for key, value in sorted(values.items()):
        # Of annotations the server looks at the key in lower case.
        prefix, slash, name = (key if values_are_labels else key.lower()).rpartition("/")
        if slash and not re.fullmatch(_SUBDOMAIN, prefix):
            faults.append(invalid_value(field, key, f"prefix part {_SUBDOMAIN_WORDS}"))
        if len(name) > 63:
            faults.append(invalid_value(field, key, "name part must be no more than 63 characters"))
        elif not re.fullmatch(_QUALIFIED, name):
            faults.append(invalid_value(field, key, _NAME_PART_WORDS))
        if values_are_labels and len(str(value)) > 63:
            faults.append(invalid_value(field, str(value), "must be no more than 63 characters"))
        elif values_are_labels and not re.fullmatch(f"({_QUALIFIED})?", str(value)):
            faults.append(invalid_value(field, str(value), _LABEL_VALUE_WORDS))
    return faults


def config_key_faults(field: str, keys: Iterable[str]) -> list[Fault]:
    """Check the keys of a Secret's or a ConfigMap's data."""
    return [
        invalid_value(f"{field}[{key}]", key, _CONFIG_KEY_WORDS)
        for key in keys
        if not re.fullmatch(_CONFIG_KEY, key)
    ]
