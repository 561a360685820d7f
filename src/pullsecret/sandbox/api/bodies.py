"""What requests carry: objects in their bodies, and whether they are meant."""

import json
from typing import Any

from pullsecret.core.objects import Object, name_of
from pullsecret.sandbox.api.messages import JSON, Request
from pullsecret.sandbox.api.paths import Target
from pullsecret.sandbox.api.protobuf import PROTOBUF, read_protobuf
from pullsecret.sandbox.failures import Fault, bad_request, invalid, no_such_resource, unsupported_media_type
from pullsecret.sandbox.rules import unknown_fields


def read_value(request: Request, kind: str = "") -> dict[str, Any]:
    """Read the JSON object (or protobuf message) in a request's body.

    Raises:
        ApiError: 400, it cannot be read; 415, it is of another format.
    """
    media_type = request.headers.get("content-type", JSON).partition(";")[0].strip()
    if media_type == PROTOBUF:
        return read_protobuf(request.body)
    if media_type != JSON:
        raise unsupported_media_type((JSON, PROTOBUF))
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        must = f" (must be of type {kind})" if kind else ""
        raise bad_request(
            f"the object provided is unrecognized{must}: couldn't get version/kind; json parse error: {error}"
        ) from None
    if not isinstance(value, dict):
        raise bad_request("couldn't get version/kind; json parse error: the body is no JSON object")
    return value


def read_object(target: Target, request: Request) -> Object:
    """Read the object in a request's body, which must be of the target's kind and namespace."""
    kind = target.resource.kind
    obj = read_value(request, kind.kind)
    if target.resource.custom and not (obj.get("kind") and obj.get("apiVersion")):
        missing = "apiVersion" if obj.get("kind") else "Kind"
        raise bad_request(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"unmarshalerDecoder: Object '{missing}' is missing"
        )
    named = (obj.get("kind") or kind.kind, obj.get("apiVersion") or kind.api_version)
    if named != (kind.kind, kind.api_version):
        version = str(named[1]).rpartition("/")[2]
        raise bad_request(
            f'{named[0]} in version "{version}" cannot be handled as a {kind.kind}: '
            f'the path is that of {kind.kind} in version "{kind.api_version}"'
        )
    if not isinstance(obj.setdefault("metadata", {}), dict):
        raise bad_request(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: no metadata'
        )
    _check_namespace(target, obj)
    check_fields(target, obj, request)
    return obj


def check_fields(target: Target, obj: Object, request: Request) -> None:
    """Refuse fields that the kind does not know where the client asked for it; else they are dropped."""
    kind = target.resource.kind
    unknown = unknown_fields(target.resource, obj) if request.query.get("fieldValidation") == "Strict" else []
    if unknown:
        told = ", ".join(f'unknown field "{path}"' for path in unknown)
        raise bad_request(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"strict decoding error: {told}"
        )


def check_identity(target: Target, obj: Object) -> None:
    """Refuse an object whose name or namespace is not the path's."""
    if (name := name_of(obj)) != target.name:
        raise bad_request(
            f"the name of the object ({name}) does not match the name on the URL ({target.name})"
        )
    _check_namespace(target, obj)


def dry_run_of(options: str, value: Any) -> bool:
    """Read `dryRun`, of a query or a body: ``All`` is the only one there is."""
    given = [value] if isinstance(value, str) and value else value or []
    if given not in ([], ["All"]):
        shown = "[]string{" + ", ".join(f'"{item}"' for item in given) + "}"
        fault = Fault("dryRun", f'Unsupported value: {shown}: supported values: "All"')
        raise invalid(f"{options}.meta.k8s.io", "", [fault])
    return bool(given)


def _check_namespace(target: Target, obj: Object) -> None:
    if not target.resource.kind.namespaced:
        return
    if not target.namespace:
        raise no_such_resource()
    if obj["metadata"].setdefault("namespace", target.namespace) != target.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
