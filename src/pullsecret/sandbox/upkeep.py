"""What the controller manager does for every cluster: `default` ServiceAccounts, namespaces, garbage.

In a real cluster these come a moment later; here they are done before the write that causes them returns.
"""

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import NAMESPACE, SERVICE_ACCOUNT, Kind, Object, name_of, namespace_of, uid_of
from pullsecret.sandbox.definitions import Definitions
from pullsecret.sandbox.disruptions import Disruptions
from pullsecret.sandbox.store import Change, Store

Place = tuple[Kind, str, str]


class Upkeep:
    """Keeps one store so from now on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owned: dict[str, set[Place]] = {}
        store.follow(self._react)
        Definitions(store)
        Disruptions(store)

    def _react(self, change: Change) -> None:
        going = "deletionTimestamp" in change.obj["metadata"]
        if change.event == "DELETED":
            self._collect(uid_of(change.obj))
            self._after_deletion(change.kind, change.obj)
            return
        self._remember(change.kind, change.obj)
        if change.kind == NAMESPACE:
            self._empty(change.obj) if going else self._give_account(name_of(change.obj))
        elif going:
            self._release(change.kind, change.obj)

    def _give_account(self, namespace: str) -> None:
        try:
            self._store.get(SERVICE_ACCOUNT, "default", namespace)
        except NotFound:
            self._store.create(SERVICE_ACCOUNT, {"metadata": {"name": "default"}}, namespace)

    def _after_deletion(self, kind: Kind, obj: Object) -> None:
        """Finish a namespace that is going with its last object, or replace its `default` account."""
        if not kind.namespaced:
            return
        namespace = self._namespace(namespace_of(obj))
        if namespace is None:
            return
        if "deletionTimestamp" in namespace["metadata"]:
            self._finish(namespace)
        elif kind == SERVICE_ACCOUNT and name_of(obj) == "default":
            self._give_account(name_of(namespace))

    def _empty(self, namespace: Object) -> None:
        for kind, obj in self._store.contents(name_of(namespace)):
            self._delete((kind, namespace_of(obj), name_of(obj)))
        self._finish(namespace)

    def _finish(self, namespace: Object) -> None:
        current = self._namespace(name_of(namespace))
        if current is not None and not self._store.contents(name_of(namespace)):
            current["spec"] = {}
            self._store.update(NAMESPACE, current, subresource="finalize")

    def _namespace(self, name: str) -> Object | None:
        """Read a namespace; None when it went with the last of its content, told before this one."""
        try:
            return self._store.get(NAMESPACE, name)
        except NotFound:
            return None

    def _remember(self, kind: Kind, obj: Object) -> None:
        for reference in obj["metadata"].get("ownerReferences") or ():
            place = (kind, namespace_of(obj), name_of(obj))
            self._owned.setdefault(reference.get("uid", ""), set()).add(place)

    def _collect(self, uid: str) -> None:
        """Delete what an object owned, or drop the reference where it has other owners."""
        for place in sorted(self._owned.pop(uid, ()), key=str):
            if not self._disown(place, uid):
                self._delete(place)

    def _release(self, kind: Kind, obj: Object) -> None:
        """Do what a deletion waits for: orphan the dependents, or delete them first."""
        finalizers, uid = obj["metadata"].get("finalizers") or (), uid_of(obj)
        if "orphan" in finalizers:
            for place in self._owned.pop(uid, ()):
                self._disown(place, uid, even_alone=True)
        elif "foregroundDeletion" in finalizers:
            self._collect(uid)
        else:
            return
        current = self._store.get(kind, name_of(obj), namespace_of(obj))
        kept = [name for name in finalizers if name not in {"orphan", "foregroundDeletion"}]
        current["metadata"]["finalizers"] = kept
        self._store.update(kind, current)

    def _disown(self, place: Place, uid: str, *, even_alone: bool = False) -> bool:
        """Drop a reference to an owner; False when it is the object's only one and stays."""
        kind, namespace, name = place
        try:
            obj = self._store.get(kind, name, namespace)
        except NotFound:
            return True
        references = obj["metadata"].get("ownerReferences") or []
        others = [reference for reference in references if reference.get("uid") != uid]
        if len(others) == len(references):
            return True  # made anew under the same name, or disowned by hand
        if not others and not even_alone:
            return False
        obj["metadata"]["ownerReferences"] = others
        self._store.update(kind, obj)
        return True

    def _delete(self, place: Place) -> None:
        kind, namespace, name = place
        try:
            self._store.delete(kind, name, namespace)
        except NotFound:  # gone with an owner of its own
            return
