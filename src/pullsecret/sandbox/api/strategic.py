"""Strategic merge patches, as the API server applies them to its built-in kinds.

Lists are replaced whole unless the Go types say ``patchStrategy=merge``; those that do are merged by a key.
kubectl's directives are understood: ``$patch``, ``$retainKeys``, ``$setElementOrder/LIST`` and
``$deleteFromPrimitiveList/LIST`` (k8s.io/apimachinery/pkg/util/strategicpatch).
"""

from typing import Any

from pullsecret.core.objects import Kind, Object
from pullsecret.sandbox.failures import bad_request
from pullsecret.sandbox.values import copied

MERGE_KEYS = {
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "podIPs": "ip",
    "ports": "containerPort",
    "secrets": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
    "addresses": "type",
}
"""The keys of lists of objects that are merged, by the lists' names: among the kinds here none has two."""

MERGED_SETS = frozenset({"finalizers", "podCIDRs"})
"""Lists of plain values that are merged."""

ATOMIC = {"ServiceAccount": frozenset({"imagePullSecrets"})}
"""Lists that a kind replaces whole though others merge a list of that name."""

_ORDER, _DELETED = "$setElementOrder/", "$deleteFromPrimitiveList/"


def strategic_merge(kind: Kind, obj: Object, patch: Any) -> Object:
    """Give the object that the patch makes of `obj`, which is not changed.

    Raises:
        ApiError: 400, the patch is malformed.
    """
    if not isinstance(patch, dict):
        raise bad_request("strategic merge patch: the patch is not an object")
    merged = _Merge(ATOMIC.get(kind.kind, frozenset())).objects(obj, patch)
    return merged if isinstance(merged, dict) else {}


class _Merge:
    """One patch of one kind."""

    def __init__(self, atomic: frozenset[str]) -> None:
        self._atomic = atomic

    def objects(self, current: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any] | None:
        """Merge two objects; None when the patch deletes this one."""
        match patch.get("$patch"):
            case "replace":
                return copied({name: value for name, value in patch.items() if name != "$patch"})
            case "delete":
                return None
            case None | "merge":
                pass
            case other:
                raise bad_request(f"Unknown patch type found: {other}")
        result = copied(current)
        if isinstance(kept := patch.get("$retainKeys"), list):
            result = {name: value for name, value in result.items() if name in kept}
        for name, value in patch.items():
            if name.startswith(_DELETED):
                listed = name.removeprefix(_DELETED)
                result[listed] = [item for item in result.get(listed) or () if item not in value]
            elif not name.startswith("$"):
                self._merge_field(result, name, value, patch.get(_ORDER + name))
        self._order_untouched_lists(result, patch)
        return result

    def _merge_field(self, result: dict[str, Any], name: str, value: Any, order: Any) -> None:
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            current = result.get(name)
            merged = self.objects(current if isinstance(current, dict) else {}, value)
            if merged is None:
                result.pop(name, None)
            else:
                result[name] = merged
        elif isinstance(value, list):
            result[name] = self._lists(name, result.get(name) or [], value, order)
        else:
            result[name] = value

    def _order_untouched_lists(self, result: dict[str, Any], patch: dict[str, Any]) -> None:
        """Sort the lists for which the patch gives an order and no items."""
        for name, order in patch.items():
            listed = name.removeprefix(_ORDER)
            if listed != name and listed not in patch and isinstance(result.get(listed), list):
                key = MERGE_KEYS.get(listed, "")
                result[listed] = _ordered(result[listed], order, result[listed], key)

    def _lists(self, name: str, current: list[Any], patch: list[Any], order: Any) -> list[Any]:
        key = MERGE_KEYS.get(name, "")
        if name in self._atomic or not (key or name in MERGED_SETS):
            return copied(patch)
        if {"$patch": "replace"} in patch:
            return [copied(item) for item in patch if item != {"$patch": "replace"}]
        if key:
            merged = self._merged_items(name, key, current, patch)
        else:
            merged = [*current, *(item for item in patch if item not in current)]
        return _ordered(merged, order or patch, current, key)

    def _merged_items(self, name: str, key: str, current: list[Any], patch: list[Any]) -> list[Any]:
        merged = copied(current)
        for item in patch:
            if not isinstance(item, dict) or key not in item:
                raise bad_request(f"map: {item} does not contain declared merge key: {key} (in {name})")
            at = next((index for index, old in enumerate(merged) if old.get(key) == item[key]), None)
            outcome = self.objects({} if at is None else merged[at], item)
            if at is None:
                merged += [] if outcome is None else [outcome]
            elif outcome is None:
                del merged[at]
            else:
                merged[at] = outcome
        return merged


def _ordered(items: list[Any], order: list[Any], before: list[Any], key: str) -> list[Any]:
    """Sort merged items: those that `order` names as it names them, the others between them as they stood.

    One that `order` does not name comes first only where it stood in front of the next named one `before`:
    so an item that is new goes to the front, unless kubectl's ``$setElementOrder`` says otherwise.
    """

    def identity(item: Any) -> Any:
        return item.get(key) if key and isinstance(item, dict) else item

    ranks = {identity(item): rank for rank, item in enumerate(order)}
    places = {identity(item): place for place, item in enumerate(before)}
    named = sorted(
        (item for item in items if identity(item) in ranks), key=lambda item: ranks[identity(item)]
    )
    others = [item for item in items if identity(item) not in ranks]
    result: list[Any] = []
    while named and others:
        other, next_named = places.get(identity(others[0])), places.get(identity(named[0]))
        in_front = other is not None and next_named is not None and other < next_named
        result.append(others.pop(0) if in_front else named.pop(0))
    return result + others + named
