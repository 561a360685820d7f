"""What the API server finds wrong with Secrets and ConfigMaps, in its words."""

import base64

from pullsecret.core.objects import Object
from pullsecret.sandbox.failures import Fault
from pullsecret.sandbox.rules.gosyntax import syntax_fault
from pullsecret.sandbox.rules.validation import IMMUTABLE, config_key_faults, invalid_value, required

MAX_SECRET_SIZE = 1024 * 1024
_SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name"
_IMMUTABLE_SET = Fault("", "Forbidden: field is immutable when `immutable` is set")


def secret_faults(secret: Object) -> list[Fault]:
    """Check a Secret's keys, size, and what its type demands (ValidateSecret).

    Of a docker config the server checks only that it is a JSON object or null; the kubelet finds the rest.
    """
    data: dict[str, str] = secret.get("data") or {}
    faults = config_key_faults("data", data)
    if sum(len(base64.b64decode(value)) for value in data.values()) > MAX_SECRET_SIZE:
        faults.append(Fault("data", f"Too long: must have at most {MAX_SECRET_SIZE} bytes"))
    return faults + _type_faults(secret, data)


def secret_change_faults(new: Object, old: Object) -> list[Fault]:
    """Check what may not change of a Secret: its type, and all of it once it is immutable."""
    faults = []
    if new.get("type") != old.get("type"):
        faults.append(invalid_value("type", str(new.get("type")), IMMUTABLE))
    return faults + _immutable_faults(new, old, ("data",))


def config_map_faults(config_map: Object) -> list[Fault]:
    """Check a ConfigMap's keys."""
    return config_key_faults("data", config_map.get("data") or {})


def config_map_change_faults(new: Object, old: Object) -> list[Fault]:
    """Check what may not change of a ConfigMap once it is immutable."""
    return _immutable_faults(new, old, ("data", "binaryData"))


def _type_faults(secret: Object, data: dict[str, str]) -> list[Fault]:
    match secret.get("type"):
        case "kubernetes.io/dockerconfigjson":
            return _docker_config_faults(data, ".dockerconfigjson")
        case "kubernetes.io/dockercfg":
            return _docker_config_faults(data, ".dockercfg")
        case "kubernetes.io/basic-auth" if not {"username", "password"} & set(data):
            # One of the two is enough; the odd field names are the server's.
            return [required("data[%s][username]"), required("data[%s][password]")]
        case "kubernetes.io/ssh-auth" if not data.get("ssh-privatekey"):
            return [required("data[%s][ssh-privatekey]")]
        case "kubernetes.io/tls":
            return [required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data]
        case "kubernetes.io/service-account-token":
            named = (secret["metadata"].get("annotations") or {}).get(_SERVICE_ACCOUNT_NAME)
            return [] if named else [required(f"metadata.annotations[{_SERVICE_ACCOUNT_NAME}]")]
        case _:
            return []


def _immutable_faults(new: Object, old: Object, parts: tuple[str, ...]) -> list[Fault]:
    if not old.get("immutable"):
        return []
    changed = [part for part in parts if (new.get(part) or {}) != (old.get(part) or {})]
    if not new.get("immutable"):
        changed.insert(0, "immutable")
    return [_IMMUTABLE_SET._replace(field=part) for part in changed]


def _docker_config_faults(data: dict[str, str], key: str) -> list[Fault]:
    field = f"data[{key}]"
    if key not in data:
        return [required(field)]
    why = _json_object_fault(base64.b64decode(data[key]))
    return [invalid_value(field, "<secret contents redacted>", why)] if why else []


def _json_object_fault(text: bytes) -> str:
    """Tell why Go's encoding/json would not read text into a map; empty when it would."""
    if fault := syntax_fault(text):
        return fault
    first = text.lstrip(b" \t\r\n")[:1]
    if first in {b"{", b"n"}:
        return ""
    found = {b"[": "array", b'"': "string", b"t": "bool", b"f": "bool"}.get(first, "number")
    return f"json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
