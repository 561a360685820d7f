"""The subresource `scale`: the number of replicas alone."""

from pullsecret.core.objects import Object
from pullsecret.sandbox.api.bodies import dry_run_of, read_value
from pullsecret.sandbox.api.messages import Request, Response
from pullsecret.sandbox.api.patches import patched
from pullsecret.sandbox.api.paths import Target
from pullsecret.sandbox.failures import bad_request, method_not_allowed
from pullsecret.sandbox.selectors import selector_text
from pullsecret.sandbox.store import Store

_METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def answer(store: Store, target: Target, request: Request) -> Response:
    """Read, replace or patch the scale of a workload."""
    kind = target.resource.kind
    current = store.get(kind, target.name, target.namespace)
    scale = _scale_of(current)
    match request.method:
        case "GET":
            return Response.of(scale)
        case "PUT":
            new = read_value(request)
        case "PATCH":
            new = patched(kind, scale, request.body, request.headers.get("content-type", ""), custom=True)
        case _:
            raise method_not_allowed()
    replicas = (new.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or replicas < 0:
        raise bad_request(f"spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0")
    current["spec"]["replicas"] = replicas
    current["metadata"]["resourceVersion"] = (new.get("metadata") or {}).get("resourceVersion", "")
    dry_run = dry_run_of("UpdateOptions", request.query.get("dryRun", ""))
    return Response.of(_scale_of(store.update(kind, current, dry_run=dry_run)))


def _scale_of(obj: Object) -> Object:
    selector = selector_text(obj["spec"].get("selector"))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: obj["metadata"][name] for name in _METADATA if name in obj["metadata"]},
        "spec": {"replicas": obj["spec"].get("replicas", 1)},
        "status": {"replicas": obj.get("status", {}).get("replicas", 0), "selector": selector},
    }
