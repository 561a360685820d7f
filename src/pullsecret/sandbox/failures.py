"""The API server's refusals: our errors with its own words, and the `Status` that tells them.

The words are those of k8s.io/apimachinery/pkg/api/errors and of what a real server was seen to answer.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from pullsecret.core.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    TooManyRequests,
)
from pullsecret.core.objects import Kind, Object

MODIFIED_MEANWHILE = (
    "the object has been modified; please apply your changes to the latest version and try again"
)

_CAUSE_REASONS = {
    "Invalid value": "FieldValueInvalid",
    "Required value": "FieldValueRequired",
    "Unsupported value": "FieldValueNotSupported",
    "Forbidden": "FieldValueForbidden",
    "Duplicate value": "FieldValueDuplicate",
    "Not found": "FieldValueNotFound",
    "Too long": "FieldValueTooLong",
}
_SUBJECT = re.compile(r'(?:Operation cannot be fulfilled on )?(\w+)(?:\.([\w.-]+))? "([^"]*)"')


class Fault(NamedTuple):
    """One thing wrong with an object: the path of the field, and what is wrong with it."""

    field: str
    message: str


def resource(kind: Kind) -> str:
    """Name a resource as messages do: ``secrets``, ``deployments.apps``."""
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural


def qualified(kind: Kind) -> str:
    """Name a kind as messages do: ``Secret``, ``Deployment.apps``."""
    return f"{kind.kind}.{kind.group}" if kind.group else kind.kind


def not_found(kind: Kind, name: str) -> NotFound:
    """404: no such object."""
    return NotFound(f'{resource(kind)} "{name}" not found', status=404, reason="NotFound")


def no_such_resource() -> NotFound:
    """404: the path leads to no resource."""
    return NotFound("the server could not find the requested resource", status=404, reason="NotFound")


def already_exists(kind: Kind, name: str) -> AlreadyExists:
    """409: the name is taken."""
    return AlreadyExists(f'{resource(kind)} "{name}" already exists', status=409, reason="AlreadyExists")


def conflict(kind: Kind, name: str, why: str = MODIFIED_MEANWHILE, *, on: str = "") -> Conflict:
    """409: not the object that was read; `on` names the resource where the server does so otherwise."""
    subject = on or resource(kind)
    return Conflict(
        f'Operation cannot be fulfilled on {subject} "{name}": {why}', status=409, reason="Conflict"
    )


def invalid(subject: str, name: str, faults: Iterable[Fault]) -> Invalid:
    """422: what validation found, all of it."""
    found = list(dict.fromkeys(faults))
    told = [f"{fault.field}: {fault.message}" for fault in found]
    words = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    return Invalid(
        f'{subject} "{name}" is invalid: {words}', status=422, reason="Invalid", causes=tuple(found)
    )


def forbidden(kind: Kind, name: str, why: str, *, causes: tuple[Fault, ...] = ()) -> Forbidden:
    """403: an admission plugin forbids it."""
    message = f'{resource(kind)} "{name}" is forbidden: {why}'
    return Forbidden(message, status=403, reason="Forbidden", causes=causes)


def bad_request(message: str) -> ApiError:
    """400: the request cannot be understood."""
    return ApiError(message, status=400, reason="BadRequest")


def method_not_allowed() -> ApiError:
    """405: the resource does not know this verb."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(message, status=405, reason="MethodNotAllowed")


def unsupported_media_type(accepted: Iterable[str]) -> ApiError:
    """415: a body or patch of a format that the resource does not take."""
    message = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(
        accepted
    )
    return ApiError(message, status=415, reason="UnsupportedMediaType")


def too_old(version: int, oldest: int) -> Gone:
    """410: the history does not reach back to this resource version."""
    return Gone(f"too old resource version: {version} ({oldest})", status=410, reason="Expired")


def too_many_requests(message: str, *, causes: tuple[Fault, ...] = ()) -> TooManyRequests:
    """429: what a disruption budget forbids."""
    return TooManyRequests(message, status=429, reason="TooManyRequests", causes=causes)


def status_of(error: ApiError) -> Object:
    """Tell an error as the `Status` object that the server answers with."""
    details = _details(error)
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": error.message,
        **({"reason": error.reason} if error.reason else {}),
        **({"details": details} if details else {}),
        "code": error.status,
    }


def success(kind: Kind, name: str, uid: str) -> Object:
    """Tell that an object is gone, as the server answers a deletion."""
    details = {"name": name, "group": kind.group, "kind": kind.plural, "uid": uid}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: value for key, value in details.items() if value},
    }


def _details(error: ApiError) -> dict[str, Any]:
    """Form `details` from the message's own subject: the server makes both of the same parts."""
    subject = _SUBJECT.match(error.message)
    kind, group, name = subject.groups() if subject else ("", "", "")
    details: dict[str, Any] = {"name": name, "group": group, "kind": kind}
    details["causes"] = [
        {"reason": _cause_reason(message), "message": message, "field": field}
        for field, message in error.causes
    ]
    if error.retry_after is not None:
        details["retryAfterSeconds"] = int(error.retry_after)
    return {key: value for key, value in details.items() if value}


def _cause_reason(message: str) -> str:
    if message.endswith("is being terminated"):
        return "NamespaceTerminating"
    if message.startswith("The disruption budget"):
        return "DisruptionBudget"
    return _CAUSE_REASONS.get(message.split(":", 1)[0], "FieldValueInvalid")
