"""What a path names: a resource, perhaps a namespace, an object and a subresource of it."""

from dataclasses import dataclass

from pullsecret.sandbox.failures import no_such_resource
from pullsecret.sandbox.kinds import Catalogue, Resource


@dataclass(frozen=True, slots=True)
class Target:
    """What one request is about; `namespace`, `name` and `subresource` may be empty.

    `watched` is for the older form of a watch, ``/api/v1/watch/namespaces/NAME``: all that the API server
    has that names one object by its path.
    """

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    watched: bool = False


def target_of(catalogue: Catalogue, path: str) -> Target | None:
    """Find what a path names; None when it is no resource's path at all.

    Raises:
        NotFound: it has the form of a resource's path, and there is no such resource.
    """
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    watched = rest[0] == "watch" and len(rest) > 1
    rest = rest[watched:]
    namespace = ""
    # `namespaces/NAME/status` is a subresource of the namespace itself, not a resource inside it.
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in {"status", "finalize"}:
        namespace, rest = rest[1], rest[2:]
    resource = catalogue.find(group, version, rest[0])
    if resource is None:
        known = {(served.kind.group, served.kind.version) for served in catalogue}
        if (group, version) not in known:
            return None
        raise no_such_resource()
    if len(rest) > 3 or (namespace and not resource.kind.namespaced):
        raise no_such_resource()
    name, subresource = [*rest[1:], "", ""][:2]
    return Target(resource, namespace, name, subresource, watched)
