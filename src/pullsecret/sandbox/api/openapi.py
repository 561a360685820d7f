"""The least of OpenAPI v3 that kubectl needs before it creates or applies.

It asks whether a PATCH of the kind takes the parameter `fieldValidation` (then the server validates, and
kubectl sends manifests as they are), and which patches it takes. No schemas are given: `kubectl explain`
has nothing to tell.
"""

from typing import Any

from pullsecret.core.objects import Object
from pullsecret.sandbox.api.openapi2 import INFO
from pullsecret.sandbox.api.patches import JSON_PATCH, MERGE_PATCH
from pullsecret.sandbox.kinds import Catalogue, Resource


def index(catalogue: Catalogue) -> Object:
    """Give ``/openapi/v3``: where the document of each group version is."""
    places = {_place(resource) for resource in catalogue}
    return {"paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}"} for place in sorted(places)}}


def of_group_version(catalogue: Catalogue, place: str) -> Object | None:
    """Give the document of ``api/v1`` or ``apis/GROUP/VERSION``; None when nothing of it is served."""
    served = [resource for resource in catalogue if _place(resource) == place]
    if not served:
        return None
    paths = {f"/{place}/{_scope(r)}{r.kind.plural}/{{name}}": {"patch": _patch(r)} for r in served}
    return {"openapi": "3.0.0", "info": INFO, "paths": paths, "components": {"schemas": {}}}


def _place(resource: Resource) -> str:
    kind = resource.kind
    return f"apis/{kind.api_version}" if kind.group else f"api/{kind.version}"


def _scope(resource: Resource) -> str:
    return "namespaces/{namespace}/" if resource.kind.namespaced else ""


def _patch(resource: Resource) -> dict[str, Any]:
    kind = resource.kind
    types = (JSON_PATCH, MERGE_PATCH)
    return {
        "parameters": [
            {"name": name, "in": "query", "schema": {"type": "string"}}
            for name in ("dryRun", "fieldValidation")
        ],
        "requestBody": {"content": {media_type: {"schema": {"type": "object"}} for media_type in types}},
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-group-version-kind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
    }
