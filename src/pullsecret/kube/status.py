"""An unhappy answer of the API server as one of our errors, with what to do about it. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pullsecret.core.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthorized,
)
from pullsecret.kube.hints import hint_of
from pullsecret.kube.withheld import without_dumps, without_sent

_BY_REASON: dict[str, type[ApiError]] = {
    "Unauthorized": Unauthorized,
    "Forbidden": Forbidden,
    "NotFound": NotFound,
    "AlreadyExists": AlreadyExists,
    "Conflict": Conflict,
    "Gone": Gone,
    "Expired": Gone,
    "Invalid": Invalid,
    "TooManyRequests": TooManyRequests,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict, 410: Gone, 422: Invalid,
    429: TooManyRequests,
}  # fmt: skip
_LONGEST = 1000


def error_of(
    status: int,
    body: bytes,
    *,
    request: str,
    retry_after: float | None = None,
    options: Sequence[str] = (),
    sent: Any = None,
) -> ApiError:
    """Make the error for an answer that is none of the happy ones.

    Args:
        status: the HTTP status.
        body: a `Status`, or whatever stood between the API server and us wrote.
        request: what was asked, as ``GET https://...``.
        retry_after: what the header of that name said, in seconds.
        options: those of the command that say which cluster is meant and as whom, for hints.
        sent: the body of the request; no value of a Secret in it is repeated.
    """
    answer = without_sent(_decoded(body), sent)
    if answer.get("kind") != "Status":
        text = without_sent(body[:4096].decode("utf-8", "replace"), sent)
        return _unexplained(status, text, request, retry_after)
    return error_of_status(
        answer, http_status=status, request=request, retry_after=retry_after, options=options
    )


def error_of_status(
    answer: Mapping[str, Any],
    *,
    http_status: int = 0,
    request: str,
    retry_after: float | None = None,
    options: Sequence[str] = (),
) -> ApiError:
    """Make the error for a `Status` object, from an answer or from a watch's ERROR event.

    What is wrong with an object the server says well enough; what is wrong with the server itself is told
    with the request.
    """
    details = _mapping(answer.get("details"))
    reason = str(answer.get("reason") or "")
    code = answer.get("code") if isinstance(answer.get("code"), int) else http_status
    status = code or http_status
    kind = _BY_REASON.get(reason) or _BY_STATUS.get(status, ApiError)
    message = clean(str(answer.get("message") or reason or f"status {code}"))
    causes = _causes(details)
    hint = hint_of(kind, status, message, causes, options)
    if status >= 500 or (kind is TooManyRequests and not causes):
        message = f"{request}: answered {status}{f' {clean(reason)}' if reason else ''}: {message}"
    asked = details.get("retryAfterSeconds")
    if retry_after is None and isinstance(asked, int) and asked > 0:
        retry_after = float(asked)
    return kind(
        message,
        status=status,
        reason=reason,
        retry_after=retry_after,
        causes=causes,
        hint=hint,
    )


def clean(text: str) -> str:
    """Give a server's text as one line of bounded length, without what it repeats of any object."""
    line = " ".join(without_dumps(text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _decoded(body: bytes) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _causes(details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    causes = details.get("causes")
    return tuple(
        (clean(str(cause.get("field") or cause.get("reason") or "")), clean(str(cause.get("message") or "")))
        for cause in (causes if isinstance(causes, list) else ())
        if isinstance(cause, dict)
    )


def _unexplained(status: int, said: str, request: str, retry_after: float | None) -> ApiError:
    """An answer without a `Status`: from a proxy or load balancer, or of an unknown path."""
    text = clean(said)
    if status == 400 and "HTTP request to an HTTPS server" in text:
        message, hint = (
            f"{request}: this server speaks HTTPS",
            "write its address as https://... in the kubeconfig",
        )
    elif status == 404:
        message = f"{request}: the server has no such path"
        hint = "does it serve this kind? kubectl api-resources tells; is the address that of an API server?"
    else:
        page = text.lstrip().startswith("<")
        words = "a web page" if page else text[:200] or "nothing"
        message = f"{request}: answered {status} and said: {words}"
        hint = (
            "the answer is not the API server's own; look at the proxy or load balancer before it"
            if page
            else ""
        )
    kind = _BY_STATUS.get(status, ApiError)
    hint = hint or hint_of(kind, status, text)
    return kind(message, status=status, retry_after=retry_after, hint=hint)
