"""Writing: create, update, patch, delete, evict."""

import json
from typing import Any

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import POD, Object, name_of, namespace_of, uid_of
from pullsecret.sandbox.api.forms import Form
from pullsecret.sandbox.api.messages import Request, Response
from pullsecret.sandbox.api.patches import patched
from pullsecret.sandbox.api.paths import Target
from pullsecret.sandbox.api.reading import matches
from pullsecret.sandbox.failures import (
    Fault,
    bad_request,
    conflict,
    invalid,
    no_such_resource,
    success,
    unsupported_media_type,
)
from pullsecret.sandbox.rules.validation import unsupported
from pullsecret.sandbox.store import Store

PROPAGATIONS = ("Foreground", "Background", "Orphan")
EVICTION_VERSIONS = ("policy/v1", "policy/v1beta1")


def create(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Create an object."""
    kind = target.resource.kind
    obj = read_object(target, request)
    dry_run = _dry_run("CreateOptions", request.query.get("dryRun", ""))
    made = store.create(kind, obj, target.namespace, dry_run=dry_run)
    return Response.of(form.one(target.resource, made), status=201)


def update(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Replace an object, or a subresource of it."""
    kind = target.resource.kind
    obj = read_object(target, request)
    current = store.get(kind, target.name, target.namespace)
    _check_identity(target, obj)
    if (uid := uid_of(obj)) and uid != uid_of(current):
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {uid_of(current)}"
        raise conflict(kind, target.name, why)
    dry_run = _dry_run("UpdateOptions", request.query.get("dryRun", ""))
    made = store.update(kind, obj, subresource=target.subresource, dry_run=dry_run)
    return Response.of(form.one(target.resource, made))


def patch(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Patch an object, or a subresource of it."""
    kind = target.resource.kind
    current = store.get(kind, target.name, target.namespace)
    content_type = request.headers.get("content-type", "")
    new = patched(kind, current, request.body, content_type, custom=target.resource.custom)
    if not isinstance(new.get("metadata"), dict):
        raise bad_request("the patch leaves the object without metadata")
    _check_identity(target, new)
    dry_run = _dry_run("PatchOptions", request.query.get("dryRun", ""))
    made = store.update(kind, new, subresource=target.subresource, dry_run=dry_run)
    return Response.of(form.one(target.resource, made))


def delete(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Delete an object; the answer is a `Status` when it is gone, else the object on its way."""
    kind = target.resource.kind
    left = _delete(store, target, request, _delete_options(request))
    try:
        current = store.get(kind, target.name, target.namespace)
    except NotFound:
        current = {}
    gone = uid_of(current) != uid_of(left)
    if kind == POD or not (gone or request.query.get("dryRun")):
        return Response.of(form.one(target.resource, left))
    return Response.of(success(kind, target.name, uid_of(left)))


def delete_collection(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Delete all objects that the selectors choose."""
    options = _delete_options(request)
    chosen = matches(target, request)
    objs = [obj for obj in store.snapshot(target.resource.kind, target.namespace) if chosen(obj)]
    for obj in objs:
        one = Target(target.resource, namespace_of(obj), name_of(obj))
        _delete(store, one, request, options)
    return Response.of(form.many(target.resource, objs, {"resourceVersion": str(store.resource_version)}))


def evict(store: Store, target: Target, request: Request) -> Response:
    """Evict a Pod: delete it, if it still is the one that the preconditions name."""
    eviction = _read_json(request)
    version = eviction.get("apiVersion", "")
    if version not in EVICTION_VERSIONS:
        raise bad_request(
            f'Eviction in version "{version}" cannot be handled as a Eviction: '
            f'no kind "Eviction" is registered for version "{version}"'
        )
    if name_of(eviction) != target.name:
        raise bad_request("name in URL does not match name in Eviction object")
    options = eviction.get("deleteOptions") or {}
    if request.query.get("dryRun"):
        options = {**options, "dryRun": [request.query["dryRun"]]}
    _delete(store, target, request, options)
    return Response.of(
        {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, status=201
    )


def bind(store: Store, target: Target, request: Request) -> Response:
    """Put a Pod onto a node, as a scheduler does."""
    pod = store.get(POD, target.name, target.namespace)
    pod["spec"]["nodeName"] = _read_json(request).get("target", {}).get("name", "")
    store.update(POD, pod, subresource="binding")
    return Response.of(
        {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, status=201
    )


def read_object(target: Target, request: Request) -> Object:
    """Read the object in a request's body, which must be of the target's kind and namespace."""
    kind = target.resource.kind
    obj = _read_json(request, kind.kind)
    named = (obj.get("kind") or kind.kind, obj.get("apiVersion") or kind.api_version)
    if named != (kind.kind, kind.api_version):
        version = named[1].rpartition("/")[2]
        raise bad_request(
            f'{named[0]} in version "{version}" cannot be handled as a {kind.kind}: '
            f'the path is that of {kind.kind} in version "{kind.api_version}"'
        )
    if not isinstance(obj.setdefault("metadata", {}), dict):
        raise bad_request(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            "metadata is not an object"
        )
    _check_namespace(target, obj)
    return obj


def _read_json(request: Request, kind: str = "") -> dict[str, Any]:
    content_type = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if content_type != "application/json":
        raise unsupported_media_type(("application/json",))
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


def _check_identity(target: Target, obj: Object) -> None:
    if (name := name_of(obj)) != target.name:
        raise bad_request(
            f"the name of the object ({name}) does not match the name on the URL ({target.name})"
        )
    _check_namespace(target, obj)


def _check_namespace(target: Target, obj: Object) -> None:
    if not target.resource.kind.namespaced:
        return
    if not target.namespace:
        raise no_such_resource()
    if obj["metadata"].setdefault("namespace", target.namespace) != target.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )


def _dry_run(options: str, value: Any) -> bool:
    given = [value] if isinstance(value, str) and value else value or []
    if given not in ([], ["All"]):
        shown = "[]string{" + ", ".join(f'"{item}"' for item in given) + "}"
        fault = Fault("dryRun", f'Unsupported value: {shown}: supported values: "All"')
        raise invalid(f"{options}.meta.k8s.io", "", [fault])
    return bool(given)


def _delete_options(request: Request) -> dict[str, Any]:
    """Read `DeleteOptions`: the body where there is one, else the query."""
    if request.body.strip():
        return _read_json(request)
    query = request.query
    options: dict[str, Any] = {name: query[name] for name in ("propagationPolicy", "dryRun") if name in query}
    if (grace := request.number("gracePeriodSeconds")) is not None:
        options["gracePeriodSeconds"] = grace
    if query.get("orphanDependents") == "true":
        options["propagationPolicy"] = "Orphan"
    return options


def _delete(store: Store, target: Target, request: Request, options: dict[str, Any]) -> Object:
    propagation = options.get("propagationPolicy") or ""
    if propagation and propagation not in PROPAGATIONS:
        raise invalid(
            "DeleteOptions.meta.k8s.io",
            "",
            [unsupported("propagationPolicy", propagation, (*PROPAGATIONS, "nil"))],
        )
    preconditions = options.get("preconditions") or {}
    return store.delete(
        target.resource.kind,
        target.name,
        target.namespace,
        uid=preconditions.get("uid") or "",
        resource_version=preconditions.get("resourceVersion") or "",
        grace_period=options.get("gracePeriodSeconds"),
        propagation=propagation,
        dry_run=_dry_run("DeleteOptions", options.get("dryRun") or request.query.get("dryRun", "")),
    )
