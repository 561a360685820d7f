"""What is served, as clients ask for it."""

from typing import Any

from pullsecret.core.objects import Object
from pullsecret.sandbox.api import openapi, openapi2
from pullsecret.sandbox.api.messages import Request, Response
from pullsecret.sandbox.failures import no_such_resource
from pullsecret.sandbox.kinds import Catalogue, Resource

VERSION = {
    "major": "1",
    "minor": "32",
    "gitVersion": "v1.32.0-pullsecret.sandbox",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "none: an imitation in Python",
    "compiler": "none",
    "platform": "linux/amd64",
}
"""The API whose behaviour is imitated; the name says that it is an imitation."""

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
REVIEW = {
    "name": "selfsubjectaccessreviews",
    "singularName": "selfsubjectaccessreview",
    "namespaced": False,
    "kind": "SelfSubjectAccessReview",
    "verbs": ["create"],
}
SERVED_BESIDE = {"authorization.k8s.io": "v1"}
"""Groups that hold no resource of the store."""


def document(catalogue: Catalogue, path: str, request: Request) -> Response | None:
    """Answer a path of discovery; None when it is none."""
    if request.method not in {"GET", "HEAD"}:
        return None
    match path.strip("/").split("/"):
        case ["version"]:
            return Response.of(VERSION)
        case ["openapi", *place]:
            return _openapi(catalogue, place, request)
        case ["api" | "apis", *place] as parts:
            told = _told(catalogue, parts[0], place)
            if told is None:
                raise no_such_resource()
            return Response.of(told)
    return None


def _told(catalogue: Catalogue, root: str, place: list[str]) -> Object | None:
    groups = _groups(catalogue)
    match root, place:
        case "api", []:
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        case "api", ["v1"]:
            return _resources(catalogue, "", "v1")
        case "apis", []:
            listed = [_group(group, versions) for group, versions in groups.items()]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
        case "apis", [group] if group in groups:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, groups[group])}
        case "apis", [group, version] if version in groups.get(group, ()):
            return _resources(catalogue, group, version)
    return None


def _openapi(catalogue: Catalogue, place: list[str], request: Request) -> Response | None:
    match place:
        case ["v2"]:
            if openapi2.ASKED in request.headers.get("accept", ""):
                return Response(200, openapi2.as_protobuf(catalogue), openapi2.ANSWERED)
            return Response.of(openapi2.as_json())
        case ["v3"]:
            return Response.of(openapi.index(catalogue))
        case ["v3", *group_version]:
            told = openapi.of_group_version(catalogue, "/".join(group_version))
            return None if told is None else Response.of(told)
    return None


def _groups(catalogue: Catalogue) -> dict[str, list[str]]:
    groups = {group: [version] for group, version in SERVED_BESIDE.items()}
    for resource in catalogue:
        versions = groups.setdefault(resource.kind.group, [])
        if resource.kind.version not in versions:
            versions.append(resource.kind.version)
    groups.pop("")
    return dict(sorted(groups.items()))


def _group(name: str, versions: list[str]) -> Object:
    told = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": told, "preferredVersion": told[0]}


def _resources(catalogue: Catalogue, group: str, version: str) -> Object:
    served = [r for r in catalogue if (r.kind.group, r.kind.version) == (group, version)]
    told = [entry for resource in served for entry in _entries(resource)]
    if group == "authorization.k8s.io":
        told.append(REVIEW)
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": told}


def _entries(resource: Resource) -> list[dict[str, Any]]:
    kind = resource.kind
    entry: dict[str, Any] = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": VERBS,
    }
    if kind.short_names:
        entry["shortNames"] = list(kind.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    entries = [entry]
    if resource.has_status:
        entries.append(_subresource(resource, "status", kind.kind, ["get", "patch", "update"]))
    if resource.scalable:
        scale = _subresource(resource, "scale", "Scale", ["get", "patch", "update"])
        entries.append({**scale, "group": "autoscaling", "version": "v1"})
    if (kind.group, kind.plural) == ("", "pods"):
        binding = _subresource(resource, "binding", "Binding", ["create"])
        eviction = _subresource(resource, "eviction", "Eviction", ["create"])
        entries += [binding, {**eviction, "group": "policy", "version": "v1"}]
    return entries


def _subresource(resource: Resource, name: str, kind: str, verbs: list[str]) -> dict[str, Any]:
    return {
        "name": f"{resource.kind.plural}/{name}",
        "singularName": "",
        "namespaced": resource.kind.namespaced,
        "kind": kind,
        "verbs": verbs,
    }
