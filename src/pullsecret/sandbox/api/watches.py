"""A watch of one resource: pure, told of each change by the store, its events handed to whoever listens."""

from collections.abc import Callable

from pullsecret.core.errors import Gone
from pullsecret.core.objects import Object, namespace_of
from pullsecret.sandbox.api.forms import Form
from pullsecret.sandbox.failures import status_of
from pullsecret.sandbox.kinds import Resource
from pullsecret.sandbox.selectors import Match
from pullsecret.sandbox.store import Change, Store

Event = Object
"""``{"type": "ADDED", "object": ...}``, one JSON document a line on the wire."""


class Watch:
    """What happens to the objects of one resource that a namespace and selectors choose.

    Attributes:
        timeout: seconds after which the server ends it; None for its own choice.
        bookmarks: whether the client asked to be told resource versions while nothing happens.
    """

    def __init__(
        self,
        store: Store,
        resource: Resource,
        *,
        namespace: str,
        matches: Match,
        form: Form,
        since: int | None,
        timeout: int | None = None,
        bookmarks: bool = False,
    ) -> None:
        self.timeout, self.bookmarks = timeout, bookmarks
        self._store, self._resource, self._form = store, resource, form
        self._namespace, self._matches, self._since = namespace, matches, since
        self._unfollow: Callable[[], None] | None = None

    def start(self, send: Callable[[Event], None]) -> bool:
        """Send what happened since the version it starts from, and from now on every change.

        Without a version, what is there now comes first, as ``ADDED``.

        Returns:
            False when the version is too old: the event told that it is `Gone`, and none follows.
        """
        if self._since is None:
            for obj in self._store.snapshot(self._resource.kind, self._namespace):
                if self._matches(obj):
                    send(self._event("ADDED", obj))
        else:
            try:
                missed = list(self._store.since(self._since))
            except Gone as error:
                send({"type": "ERROR", "object": status_of(error)})
                return False
            for change in missed:
                self._tell(change, send)
        self._unfollow = self._store.follow(lambda change: self._tell(change, send))
        return True

    def stop(self) -> None:
        """Send no more."""
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None

    def bookmark(self) -> Event:
        """Give the event that tells the resource version up to which everything was sent."""
        kind = self._resource.kind
        metadata = {"resourceVersion": str(self._store.resource_version), "creationTimestamp": None}
        obj = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
        return {"type": "BOOKMARK", "object": obj}

    def _tell(self, change: Change, send: Callable[[Event], None]) -> None:
        kind = self._resource.kind
        if (change.kind.group, change.kind.plural) != (kind.group, kind.plural):
            return
        now = change.event != "DELETED" and self._chosen(change.obj)
        before = change.before is not None and self._chosen(change.before)
        if now:
            send(self._event("MODIFIED" if before else "ADDED", change.obj))
        elif before:
            send(self._event("DELETED", change.obj))

    def _chosen(self, obj: Object) -> bool:
        return self._namespace in {"", namespace_of(obj)} and self._matches(obj)

    def _event(self, kind: str, obj: Object) -> Event:
        return {"type": kind, "object": self._form.one(self._resource, obj)}
