"""Views of what runs images: Pods, the workloads that make them, custom resources that hold a Pod template.

A view reads an object once and complains with the place. What the API server takes is taken: null for an
empty list, entries of `imagePullSecrets` without a name. What has no image yet is left to the reader: a
kustomize patch often names none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import WORKLOADS, Object
from pullsecret.core.reading import Node, Path, place_of, type_name

Role = Literal["container", "init", "ephemeral", "volume"]
"""What an image is for in a Pod: ``volume`` is an image mounted as one (Kubernetes 1.31 and later)."""

_ROLES: tuple[tuple[str, Role], ...] = (
    ("initContainers", "init"), ("containers", "container"), ("ephemeralContainers", "ephemeral"),
)  # fmt: skip

_TEMPLATE_PATHS: dict[tuple[str, str], Path] = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    **{(kind.group, kind.kind): ("spec", "template") for kind in WORKLOADS},
    **{("extensions", name): ("spec", "template") for name in ("Deployment", "DaemonSet", "ReplicaSet")},
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
}

_REQUIRED: dict[tuple[str, str], tuple[str, ...]] = {
    **{("apps", name): ("selector",) for name in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")},
    ("batch", "CronJob"): ("schedule",),
}
"""By kind, what the API server requires of its spec beside the template (Kubernetes API reference)."""


@dataclass(frozen=True, slots=True)
class Container:
    """One image that a Pod needs.

    Attributes:
        image: as it is written, empty when none is.
        path: where in the object it stands.
        pull_policy: as it is written, empty when none is.
    """

    name: str
    image: str
    role: Role
    path: Path = field(default=(), compare=False, repr=False)
    pull_policy: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Workload:
    """What matters for pulling in one Pod or Pod template.

    Attributes:
        kind: of the object; with `api_version`, `name` and `namespace` as the object has them.
        containers: all images: of volumes, then of init, ordinary and ephemeral containers.
        secret_names: the Secrets that the spec itself names, in its order, without nameless entries.
        own_list: whether the spec has an `imagePullSecrets` list that is not empty. If so, the
            ServiceAccount's is not inherited, even where no entry has a name.
        service_account: what it runs as; ``default`` when it does not say.
        template_path: where in the object the Pod template is; empty for a Pod.
        obj: the object itself.
    """

    kind: str
    api_version: str
    name: str
    namespace: str
    containers: tuple[Container, ...]
    secret_names: tuple[str, ...]
    own_list: bool
    service_account: str
    template_path: Path
    obj: Object = field(repr=False, compare=False)

    @property
    def images(self) -> tuple[str, ...]:
        """Every image that is named, once, in order."""
        return tuple(dict.fromkeys(part.image for part in self.containers if part.image.strip()))

    @property
    def ref(self) -> str:
        """The object as kubectl names it: ``deployment/web``."""
        return f"{self.kind.lower()}/{self.name}"

    def place(self, *path: str | int) -> str:
        """Write the place of something in the Pod template: ``spec.template.spec.containers[0]``."""
        return place_of((*self.template_path, *path))


def needs_images(workload: Workload) -> bool:
    """Whether the API server would want an image of every container.

    It knows so of its own kinds. Containers of others may change those that a controller adds; and an object
    without what its kind requires beside the template (a selector, a schedule) is a patch to another one.
    """
    key = (workload.api_version.rpartition("/")[0], workload.kind)
    if key not in _TEMPLATE_PATHS:
        return False
    spec = Node(workload.obj, lenient=True).at("spec").mapping()
    return all(spec.get(name) for name in _REQUIRED.get(key, ()))


def items_of(obj: Any) -> list[Object]:
    """Flatten a List, and Lists in it, into the objects it holds; null (an empty document) holds none.

    Items of a typed list (PodList) do not say what they are: they get `apiVersion` and `kind` from it.

    Raises:
        InvalidInput: something in it is no object.
    """
    found: list[Object] = []
    stack = [] if obj is None else [Node(obj)]
    seen: set[int] = set()  # aliases of YAML can make a List that holds itself
    while stack:
        node = stack.pop()
        if not isinstance(node.value, dict):
            raise InvalidInput(f"{type_name(node.value)} is no Kubernetes object", place=place_of(node.path))
        if not _is_list(node.value):
            found.append(node.value)
        elif id(node.value) not in seen:
            seen.add(id(node.value))
            stack.extend(_typed(item, node.value) for item in reversed(node.at("items").items()))
    return found


def _typed(item: Node, of: Object) -> Node:
    kind = of["kind"].removesuffix("List")
    if not kind or not isinstance(item.value, dict) or "kind" in item.value:
        return item
    return Node({"apiVersion": of.get("apiVersion"), "kind": kind, **item.value}, item.path)


def _is_list(obj: Object) -> bool:
    """Tell a List from a custom resource whose kind happens to end so: no list has a name."""
    kind, metadata = obj.get("kind"), obj.get("metadata")
    named = isinstance(metadata, dict) and "name" in metadata
    return isinstance(kind, str) and (
        kind == "List" or (kind.endswith("List") and "items" in obj and not named)
    )


def workload_of(obj: Object) -> Workload | None:
    """View an object as what runs images; of several Pod templates the first; None when it has none."""
    return next(iter(workloads_of(obj)), None)


def workloads_of(obj: Object) -> tuple[Workload, ...]:
    """View every Pod template in an object, or in each object of a List.

    Objects of unknown kinds are searched for the shape of a Pod template; what in them does not look
    like a Pod's is passed over, since nobody told us their schema.

    Raises:
        InvalidInput: a part of a known kind is of a type that the API server would refuse.
    """
    return tuple(view for item in items_of(obj) for view in _views(item))


def _views(obj: Object) -> Iterator[Workload]:
    root = Node(obj, owner=_label(obj))
    api_version, kind = root.at("apiVersion").text(), root.at("kind").text()
    path = _TEMPLATE_PATHS.get((api_version.rpartition("/")[0], kind))
    if path is not None:
        yield _view(root, root.at(*(str(step) for step in path)))
    elif kind != "CustomResourceDefinition":
        for found, template in _templates_by_shape(obj):
            yield _view(root, Node(template, found, root.owner, lenient=True))


def _label(obj: Object) -> str:
    metadata = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else ""
    return f"{obj.get('kind')}/{name}" if name else ""


def _view(root: Node, template: Node) -> Workload:
    spec, metadata = template.at("spec"), root.at("metadata")
    secrets = spec.at("imagePullSecrets").items()
    names = [entry.at("name").text() for entry in secrets]
    return Workload(
        kind=root.at("kind").text(),
        api_version=root.at("apiVersion").text(),
        name=metadata.at("name").text() or metadata.at("generateName").text(),
        namespace=metadata.at("namespace").text(),
        containers=tuple(_containers(spec)),
        secret_names=tuple(dict.fromkeys(name for name in names if name)),
        own_list=bool(secrets),
        # `serviceAccount` is the field's old name; the API server reads it where the new one is empty.
        service_account=spec.at("serviceAccountName").text() or spec.at("serviceAccount").text() or "default",
        template_path=template.path,
        obj=root.value,
    )


def _containers(spec: Node) -> Iterator[Container]:
    for volume in spec.at("volumes").items():
        mounted = volume.at("image")
        if image := mounted.at("reference").text():
            policy = mounted.at("pullPolicy").text()
            yield Container(volume.at("name").text(), image, "volume", mounted.path, policy)
    for key, role in _ROLES:
        for part in spec.at(key).items():
            policy = part.at("imagePullPolicy").text()
            yield Container(part.at("name").text(), part.at("image").text(), role, part.path, policy)


def _templates_by_shape(obj: Object) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Find Pod templates in document order.

    Each value is visited once, by a stack and not by recursion: aliases of YAML can make an object that
    holds itself, or one that unfolds to billions of values.
    """
    top = {key: value for key, value in obj.items() if key not in ("metadata", "status")}
    stack: list[tuple[Path, Any]] = [((), top)]
    seen: set[int] = set()
    while stack:
        path, value = stack.pop()
        if not isinstance(value, dict | list) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict) and _is_pod_spec(value.get("spec")):
            yield path, value
            continue
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        children = [((*path, step if isinstance(step, int) else str(step)), child) for step, child in steps]
        stack.extend(reversed(children))


def _is_pod_spec(spec: Any) -> bool:
    """Tell a Pod's spec by its containers: objects, of which one at least has an image.

    Not all need one: a custom resource may list changes to the containers that its controller adds
    (Prometheus), and a single container may go without a name (Knative).
    """
    containers = spec.get("containers") if isinstance(spec, dict) else None
    if not isinstance(containers, list) or not all(isinstance(part, dict) for part in containers):
        return False
    return any(isinstance(part.get("image"), str) and part["image"].strip() for part in containers)
