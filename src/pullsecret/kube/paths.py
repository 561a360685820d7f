"""Paths of the API: where the objects of a kind are."""

from urllib.parse import quote

from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Kind


def collection_path(kind: Kind, namespace: str = "") -> str:
    """Give the path of a kind's objects: of one namespace, or of all where it is empty."""
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    within = f"/namespaces/{_segment(namespace, 'namespace')}" if namespace and kind.namespaced else ""
    return f"{root}{within}/{kind.plural}"


def object_path(kind: Kind, name: str, namespace: str = "") -> str:
    """Give the path of one object.

    Raises:
        InvalidInput: the name or the namespace is none, so that the path would lead elsewhere.
    """
    if kind.namespaced and not namespace:
        raise InvalidInput(f"no namespace is given for {kind.singular} {name!r}")
    return f"{collection_path(kind, namespace)}/{_segment(name, kind.singular)}"


def watch_path(kind: Kind, name: str) -> str:
    """Give the path, of the older form, of the watch of one object without a namespace."""
    root = collection_path(kind).removesuffix(f"/{kind.plural}")
    return f"{root}/watch/{kind.plural}/{_segment(name, kind.singular)}"


def _segment(name: str, what: str) -> str:
    """Refuse what would be another path (apimachinery, pkg/api/validation/path)."""
    if name in {"", ".", ".."} or "/" in name or "%" in name:
        raise InvalidInput(f"{name!r} is no name of a {what}")
    return quote(name.encode("utf-8", "replace"), safe="")
