"""Planning who names a pull Secret: attaching to, and detaching from, ServiceAccounts and workloads.

`imagePullSecrets` is one list that several writers share. Each plan is a merge patch that carries the
whole new list and the resource version it was made from: had anybody written in between, the API server
answers 409 and changes nothing, and the plan is made again from what stands there now. Entries of others
are kept as they are, in their order, with fields that we do not know.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pullsecret.core.errors import InvalidInput, UsageError
from pullsecret.core.objects import (
    SERVICE_ACCOUNT,
    Kind,
    Object,
    Owner,
    controller_of,
    kind_of,
    name_of,
    namespace_of,
    object_ref,
    resource_version_of,
)  # fmt: skip
from pullsecret.core.reading import Node, Path
from pullsecret.core.workloads import Workload, workload_of

_FIELD = "imagePullSecrets"
_CHANGEABLE = (
    "serviceaccount, deployment, statefulset, daemonset, cronjob, replicaset or replicationcontroller"
)
# Made from the template of another object, which finds them by that template: a change is lost, or worse,
# leads to one more of them.
_DERIVED = ("Pod", "Job", "ReplicaSet", "ReplicationController")


@dataclass(frozen=True, slots=True)
class Change:
    """One conditional write to one object's list.

    Attributes:
        kind: of the object, in the version it was read in; with `namespace` and `name` it says where.
        before: the names that stood in its own list.
        after: those that will.
        patch: the JSON merge patch; it holds the resource version that was read.
        inherited: of `after`, the names its Pods had from their ServiceAccount until now, and keep.
        inherits_again: the workload's own list becomes empty, so that its next Pods inherit the
            ServiceAccount's.
        replaces_pods: the workload's controller makes new Pods by itself after this; else those that run
            stay as they are until somebody makes them again.
        managed_by: the controller that made the workload and may put its own list back; None if nobody.
    """

    kind: Kind
    namespace: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    patch: Object = field(compare=False)
    inherited: tuple[str, ...] = ()
    inherits_again: bool = False
    replaces_pods: bool = False
    managed_by: Owner | None = None

    @property
    def added(self) -> tuple[str, ...]:
        """Names that are new in the list."""
        return tuple(name for name in self.after if name not in self.before)

    @property
    def removed(self) -> tuple[str, ...]:
        """Names that leave the list."""
        return tuple(name for name in self.before if name not in self.after)

    @property
    def ref(self) -> str:
        """The object as kubectl names it: ``serviceaccount/default``."""
        return f"{self.kind.singular}/{self.name}"


def secret_names(service_account: Object) -> tuple[str, ...]:
    """Give the names in a ServiceAccount's list: what a Pod inherits that names none itself.

    Raises:
        InvalidInput: the object is no whole ServiceAccount, or is malformed.
    """
    return _names(_entries(_account(service_account)))


def plan_attach_service_account(sa: Object, names: Sequence[str]) -> Change | None:
    """Plan that the ServiceAccount names these Secrets; None when it does.

    Raises:
        InvalidInput: the object was not read whole from a cluster, or is malformed.
    """
    return _service_account_change(sa, lambda entries: _with(entries, names))


def plan_detach_service_account(sa: Object, names: Sequence[str]) -> Change | None:
    """Plan that the ServiceAccount names none of these Secrets; None when it does not.

    Raises:
        InvalidInput: the object was not read whole from a cluster, or is malformed.
    """
    return _service_account_change(sa, lambda entries: _without(entries, names))


def plan_attach_workload(obj: Object, names: Sequence[str], inherited: Sequence[str]) -> Change | None:
    """Plan that a workload's Pod template names these Secrets itself; None when it does.

    A list of its own replaces the inherited one, so where it had none, what its Pods inherited is put
    first in the new list.

    Args:
        obj: a Deployment or another workload, read from the cluster.
        names: the Secrets to name.
        inherited: what its ServiceAccount lists.

    Raises:
        UsageError: objects of this kind cannot be changed so; the hint says what can.
        InvalidInput: the object was not read whole from a cluster, or is malformed.
    """
    spec = _template_spec(obj)
    entries = _entries(spec)
    kept = () if entries or not names else tuple(dict.fromkeys(inherited))
    return _workload_change(obj, spec, _with([*entries, *_new(kept)], names), kept)


def plan_detach_workload(obj: Object, names: Sequence[str]) -> Change | None:
    """Plan that a workload's Pod template names none of these Secrets; None when it does not.

    Raises:
        UsageError: objects of this kind cannot be changed so; the hint says what can.
        InvalidInput: the object was not read whole from a cluster, or is malformed.
    """
    spec = _template_spec(obj)
    return _workload_change(obj, spec, _without(_entries(spec), names), ())


def _service_account_change(sa: Object, edit: Callable[[list[Any]], list[Any]]) -> Change | None:
    before = _entries(_account(sa))
    after = edit(before)
    if before == after:
        return None
    patch = _conditional_patch(sa, (), after)
    return Change(SERVICE_ACCOUNT, namespace_of(sa), name_of(sa), _names(before), _names(after), patch)


def _account(sa: Object) -> Node:
    # A metadata-only reading has no list either, and a plan made from it would wipe the real one.
    if kind_of(sa) != SERVICE_ACCOUNT:
        raise InvalidInput(f"{object_ref(sa)} is no ServiceAccount as a cluster gives it", place="kind")
    return Node(sa, owner=object_ref(sa))


def _workload_change(obj: Object, spec: Node, after: list[Any], kept: tuple[str, ...]) -> Change | None:
    before, kind = _entries(spec), kind_of(obj)
    if before == after or kind is None:
        return None
    return Change(
        kind,
        namespace_of(obj),
        name_of(obj),
        _names(before),
        _names(after),
        _conditional_patch(obj, spec.path, after),
        inherited=kept,
        inherits_again=not after,
        replaces_pods=_replaces_pods(obj),
        managed_by=controller_of(obj),
    )


def _entries(node: Node) -> list[Any]:
    return [entry.value for entry in node.at(_FIELD).items()]


def _name(entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""


def _names(entries: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in map(_name, entries) if name))


def _new(names: Sequence[str]) -> list[Any]:
    return [{"name": name} for name in names]


def _with(entries: Sequence[Any], names: Sequence[str]) -> list[Any]:
    if not all(names):
        raise InvalidInput("the name of a Secret is empty")
    present = _names(entries)
    return [*entries, *_new([name for name in dict.fromkeys(names) if name not in present])]


def _without(entries: Sequence[Any], names: Sequence[str]) -> list[Any]:
    return [entry for entry in entries if not _name(entry) or _name(entry) not in names]


def _conditional_patch(obj: Object, path: Path, after: list[Any]) -> Object:
    version = resource_version_of(obj)
    if not version:
        raise InvalidInput(
            f"{object_ref(obj)} was not read from a cluster: it has none", place="metadata.resourceVersion"
        )
    body: Object = {_FIELD: after}
    for step in reversed(path):
        body = {str(step): body}
    return {"metadata": {"resourceVersion": version}, **body}


def _template_spec(obj: Object) -> Node:
    """Find the spec that may be changed, or say why there is none and what to change instead."""
    kind, view, owner = kind_of(obj), workload_of(obj), controller_of(obj)
    ref = object_ref(obj)
    if kind is None or view is None:
        raise UsageError(f"{ref} has no list of pull Secrets to change", hint=f"it can be a {_CHANGEABLE}")
    if owner and kind.kind in _DERIVED:
        raise UsageError(
            f"{ref} is made by {owner}, which would not keep the change",
            hint=f"change {str(owner).lower()} instead",
        )
    if kind.kind in ("Pod", "Job"):
        raise UsageError(
            f"the imagePullSecrets of {ref} cannot be changed once it exists", hint=_instead(kind, view)
        )
    return Node(obj, owner=ref).at(*map(str, view.template_path), "spec")


def _instead(kind: Kind, view: Workload) -> str:
    account = f"serviceaccount/{view.service_account}"
    if view.own_list:
        return f"delete the {kind.kind} and create it again with another list"
    if kind.kind == "Job":
        return f"Pods that it makes from now on get the list of {account}: change that instead"
    return f"Pods get the list of {account} when they are made: change that, and make the Pod again"


def _replaces_pods(obj: Object) -> bool:
    """Whether a new template makes the controller replace Pods: Deployments do unless paused."""
    spec = Node(obj).at("spec")
    if obj["kind"] == "Deployment":
        return spec.mapping().get("paused") is not True
    if obj["kind"] in ("StatefulSet", "DaemonSet"):
        return spec.at("updateStrategy", "type").text() != "OnDelete"
    return False
