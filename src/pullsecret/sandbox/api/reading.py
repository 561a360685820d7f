"""Reading: one object, a list in pages, a watch."""

import base64
import json
from typing import Any

from pullsecret.core.errors import ApiError, Gone
from pullsecret.core.objects import Object, name_of, namespace_of
from pullsecret.sandbox.api.forms import Form
from pullsecret.sandbox.api.messages import Request, Response
from pullsecret.sandbox.api.paths import Target
from pullsecret.sandbox.api.watches import Watch
from pullsecret.sandbox.failures import bad_request
from pullsecret.sandbox.selectors import Match, field_match, label_match
from pullsecret.sandbox.store import Store

_CONTINUE_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter."
)


def get(store: Store, target: Target, form: Form) -> Response:
    """Answer one object."""
    obj = store.get(target.resource.kind, target.name, target.namespace)
    return Response.of(form.one(target.resource, obj))


def matches(target: Target, request: Request) -> Match:
    """Read the request's selectors, and the name in its path."""
    labelled = label_match(request.query.get("labelSelector", ""))
    chosen = field_match(target.resource.kind, request.query.get("fieldSelector", ""))
    return lambda obj: target.name in ("", name_of(obj)) and labelled(obj) and chosen(obj)


def list_or_watch(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Answer the objects that the selectors choose, or what happens to them."""
    if target.watched or request.flag("watch"):
        return Response(200, watch=_watch(store, target, request, form))
    return Response.of(_page(store, target, request, form))


def _watch(store: Store, target: Target, request: Request, form: Form) -> Watch:
    # No version and version 0 both mean: what is there now first, then what happens.
    return Watch(
        store,
        target.resource,
        namespace=target.namespace,
        matches=matches(target, request),
        form=form,
        since=_version(store, request) or None,
        timeout=request.number("timeoutSeconds"),
        bookmarks=request.flag("allowWatchBookmarks"),
    )


def _page(store: Store, target: Target, request: Request, form: Form) -> Object:
    """Give one page of a list; all pages show the state at the first one's version."""
    limit = request.number("limit") or 0
    token = request.query.get("continue", "")
    version, after = _read_token(token) if token else (_exact_version(store, request), ("", ""))
    try:
        objs = store.snapshot(target.resource.kind, target.namespace, at=version)
    except Gone as error:
        message = _CONTINUE_TOO_OLD if token else "The resourceVersion for the provided list is too old."
        raise Gone(message, status=error.status, reason=error.reason) from None
    chosen = matches(target, request)
    rest = [obj for obj in objs if (namespace_of(obj), name_of(obj)) > after and chosen(obj)]
    page = rest[:limit] if limit else rest
    shown_at = store.resource_version if version is None else version
    metadata: dict[str, Any] = {"resourceVersion": str(shown_at)}
    if len(page) < len(rest):
        metadata["continue"] = _write_token(shown_at, page[-1])
        if not (request.query.get("labelSelector") or request.query.get("fieldSelector")):
            metadata["remainingItemCount"] = len(rest) - len(page)
    return form.many(target.resource, page, metadata)


def _exact_version(store: Store, request: Request) -> int | None:
    """Give the version that a list must show; None for the newest, which "not older than" allows too."""
    version = _version(store, request)
    return version if request.query.get("resourceVersionMatch") == "Exact" else None


def _version(store: Store, request: Request) -> int | None:
    text = request.query.get("resourceVersion", "")
    if not text:
        return None
    if not text.isdigit():
        raise bad_request(f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    if (version := int(text)) > store.resource_version:
        message = f"Timeout: Too large resource version: {version}, current: {store.resource_version}"
        raise ApiError(message, status=504, reason="Timeout", retry_after=1)
    return version


def _write_token(version: int, last: Object) -> str:
    token = {"v": "meta.k8s.io/v1", "rv": version, "start": f"{namespace_of(last)}/{name_of(last)}"}
    return base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")


def _read_token(text: str) -> tuple[int, tuple[str, str]]:
    try:
        token = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        namespace, _, name = token["start"].partition("/")
        return int(token["rv"]), (namespace, name)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise bad_request(f"invalid continue token: continue key is not valid: {text!r}") from None
