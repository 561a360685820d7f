"""What the API server finds wrong with Secrets and ConfigMaps, in its words."""

import base64
import json
from collections.abc import Callable

from pullsecret.core.objects import Object
from pullsecret.sandbox.failures import Fault
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
    why = json_object_fault(base64.b64decode(data[key]))
    return [invalid_value(field, "<secret contents redacted>", why)] if why else []


def json_object_fault(text: bytes) -> str:
    """Tell why Go's encoding/json would not read text into a map; empty when it would."""
    try:
        value = json.loads(text.decode("utf-8", "replace"), parse_constant=_no_constant)
    except RecursionError:
        return "exceeded max depth"
    except json.JSONDecodeError as error:
        return _syntax_fault(error)
    if value is None or isinstance(value, dict):
        return ""
    kinds: tuple[tuple[type, str], ...] = ((bool, "bool"), (str, "string"), (list, "array"))
    found = next((name for kind, name in kinds if isinstance(value, kind)), "number")
    return f"json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"


def _no_constant(text: str) -> Callable[[], None]:
    raise json.JSONDecodeError("Expecting value", text, 0)


def _syntax_fault(error: json.JSONDecodeError) -> str:
    rest = error.doc[error.pos :].lstrip(" \t\r\n")
    if not rest or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    where = {
        "Extra data": "after top-level value",
        "Expecting value": "looking for beginning of value",
        "Expecting ':' delimiter": "after object key",
        "Expecting ',' delimiter": "after object key:value pair",
        "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    }.get(error.msg, "in string literal")
    return f"invalid character '{rest[0]}' {where}"
