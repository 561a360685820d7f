"""Serves what custom resource definitions define, and cleans up after them."""

from pullsecret.core.objects import Kind, Object, name_of, namespace_of
from pullsecret.sandbox.kinds import CUSTOM_RESOURCE_DEFINITION
from pullsecret.sandbox.rules.crds import CLEANUP, accepted, resources_of
from pullsecret.sandbox.store import Change, Store


class Definitions:
    """Keeps one store's catalogue in step with its custom resource definitions from now on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.follow(self._react)

    def _react(self, change: Change) -> None:
        if change.kind != CUSTOM_RESOURCE_DEFINITION:
            if change.event == "DELETED" and self._store.catalogue.of(change.kind).custom:
                self._finish_for(change.kind)
            return
        for resource in resources_of(change.before) if change.before else ():
            if change.event == "DELETED" or resource not in resources_of(change.obj):
                self._store.catalogue.remove(resource.kind)
        if change.event == "ADDED":
            self._accept(change.obj)
        if change.event != "DELETED":
            for resource in resources_of(change.obj):
                self._store.catalogue.add(resource)
        if change.event == "MODIFIED" and "deletionTimestamp" in change.obj["metadata"]:
            self._clean_up(change.obj)

    def _accept(self, definition: Object) -> None:
        current = self._store.get(CUSTOM_RESOURCE_DEFINITION, name_of(definition))
        current["metadata"]["finalizers"] = [*current["metadata"].get("finalizers", ()), CLEANUP]
        current = self._store.update(CUSTOM_RESOURCE_DEFINITION, current)
        current["status"] = accepted(current, current["metadata"]["creationTimestamp"])
        self._store.update_status(CUSTOM_RESOURCE_DEFINITION, current)

    def _clean_up(self, definition: Object) -> None:
        """Delete the custom resources of a definition that is going; the last one's end is its own."""
        kind = resources_of(definition)[0].kind
        for obj in self._store.snapshot(kind):
            self._store.delete(kind, name_of(obj), namespace_of(obj))
        self._finish(definition, kind)

    def _finish_for(self, kind: Kind) -> None:
        for definition in self._store.snapshot(CUSTOM_RESOURCE_DEFINITION):
            going = "deletionTimestamp" in definition["metadata"]
            if going and name_of(definition) == f"{kind.plural}.{kind.group}":
                self._finish(definition, kind)

    def _finish(self, definition: Object, kind: Kind) -> None:
        finalizers = definition["metadata"].get("finalizers") or []
        if CLEANUP in finalizers and not self._store.snapshot(kind):
            current = self._store.get(CUSTOM_RESOURCE_DEFINITION, name_of(definition))
            current["metadata"]["finalizers"] = [name for name in finalizers if name != CLEANUP]
            self._store.update(CUSTOM_RESOURCE_DEFINITION, current)
