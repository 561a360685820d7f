"""Writing: create, update, patch, delete."""

from typing import Any

from pullsecret.core.objects import POD, Object, name_of, namespace_of, uid_of
from pullsecret.sandbox.api.bodies import check_fields, check_identity, dry_run_of, read_object, read_value
from pullsecret.sandbox.api.forms import Form
from pullsecret.sandbox.api.messages import Request, Response
from pullsecret.sandbox.api.patches import patched
from pullsecret.sandbox.api.paths import Target
from pullsecret.sandbox.api.reading import matches
from pullsecret.sandbox.failures import bad_request, conflict, invalid, success
from pullsecret.sandbox.rules import is_held
from pullsecret.sandbox.rules.validation import unsupported
from pullsecret.sandbox.store import Store

PROPAGATIONS = ("Foreground", "Background", "Orphan")


def create(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Create an object."""
    kind = target.resource.kind
    obj = read_object(target, request)
    dry_run = dry_run_of("CreateOptions", request.query.get("dryRun", ""))
    made = store.create(kind, obj, target.namespace, dry_run=dry_run)
    return Response.of(form.one(target.resource, made), status=201)


def update(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Replace an object, or a subresource of it."""
    kind = target.resource.kind
    obj = read_object(target, request)
    current = store.get(kind, target.name, target.namespace)
    check_identity(target, obj)
    if (uid := uid_of(obj)) and uid != uid_of(current):
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {uid_of(current)}"
        raise conflict(kind, target.name, why)
    dry_run = dry_run_of("UpdateOptions", request.query.get("dryRun", ""))
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
    check_identity(target, new)
    check_fields(target, new, request)
    dry_run = dry_run_of("PatchOptions", request.query.get("dryRun", ""))
    made = store.update(kind, new, subresource=target.subresource, dry_run=dry_run)
    return Response.of(form.one(target.resource, made))


def delete(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Delete an object; the answer is a `Status` when it is gone, else the object on its way."""
    kind = target.resource.kind
    left = delete_with(store, target, _delete_options(request))
    if kind == POD or is_held(kind, left):
        return Response.of(form.one(target.resource, left))
    return Response.of(success(kind, target.name, uid_of(left)))


def delete_collection(store: Store, target: Target, request: Request, form: Form) -> Response:
    """Delete all objects that the selectors choose."""
    options = _delete_options(request)
    chosen = matches(target, request)
    objs = [obj for obj in store.snapshot(target.resource.kind, target.namespace) if chosen(obj)]
    for obj in objs:
        one = Target(target.resource, namespace_of(obj), name_of(obj))
        delete_with(store, one, options)
    return Response.of(form.many(target.resource, objs, {"resourceVersion": str(store.resource_version)}))


def _delete_options(request: Request) -> dict[str, Any]:
    """Read `DeleteOptions`: the body where there is one, else the query."""
    if request.body.strip():
        return read_value(request)
    query = request.query
    options: dict[str, Any] = {name: query[name] for name in ("propagationPolicy", "dryRun") if name in query}
    if (grace := request.number("gracePeriodSeconds")) is not None:
        options["gracePeriodSeconds"] = grace
    if query.get("orphanDependents") == "true":
        options["propagationPolicy"] = "Orphan"
    return options


def delete_with(store: Store, target: Target, options: dict[str, Any]) -> Object:
    """Delete the target as `DeleteOptions` say, and give it as it was last."""
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
        dry_run=dry_run_of("DeleteOptions", options.get("dryRun")),
    )
