"""Applies patches as the API server does: by their content type, with its refusals."""

import json
from typing import Any

import jsonpatch

from pullsecret.core.errors import ApiError, Invalid
from pullsecret.core.objects import Kind, Object
from pullsecret.sandbox.api.strategic import strategic_merge
from pullsecret.sandbox.failures import bad_request, unsupported_media_type
from pullsecret.sandbox.values import copied

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


def patched(kind: Kind, obj: Object, body: bytes, content_type: str, *, custom: bool = False) -> Object:
    """Give what the patch in `body` makes of the object, which is not changed.

    Custom resources know no strategic merge patch: only Go types carry its rules.

    Raises:
        Invalid: 422, a JSON patch's test failed or its path leads nowhere.
        ApiError: 400, the body is no patch; 415, the server takes no such patch for this kind.
    """
    media_type = content_type.partition(";")[0].strip()
    accepted = (JSON_PATCH, MERGE_PATCH) if custom else (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH)
    if media_type not in accepted:
        raise unsupported_media_type(accepted)
    try:
        patch = json.loads(body)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from None
    if media_type == JSON_PATCH:
        return _json_patched(obj, patch)
    if media_type == STRATEGIC_PATCH:
        return strategic_merge(kind, obj, patch)
    merged = merge(obj, patch)
    if not isinstance(merged, dict):
        raise bad_request("the patch makes something of the object that is none")
    return merged


def merge(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return copied(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def _json_patched(obj: Object, patch: Any) -> Object:
    if not isinstance(patch, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    try:
        result = jsonpatch.apply_patch(copied(obj), patch)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, KeyError, TypeError):
        message = "the server rejected our request due to an error in our request"
        raise Invalid(message, status=422, reason="Invalid") from None
    if not isinstance(result, dict):
        raise _no_object()
    return result


def _no_object() -> ApiError:
    return bad_request("the patch makes something of the object that is none")
