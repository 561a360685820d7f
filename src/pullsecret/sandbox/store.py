"""The imitation's state: objects, their versions and their history. Pure: no HTTP, no clock of its own.

Whoever writes here, a request or a controller, passes the same admission and validation (`rules`), as
everything that reaches a real cluster's store does.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pullsecret.core.objects import POD, Kind, Object, name_of, namespace_of
from pullsecret.sandbox import failures, rules
from pullsecret.sandbox.kinds import Catalogue
from pullsecret.sandbox.selectors import field_match, label_match
from pullsecret.sandbox.values import copied, timestamp

Objects = list[Object]
Contents = list[tuple[Kind, Object]]

HISTORY = 10_000
"""Changes that are remembered: watches and pages older than these are told that they are too old."""

FIRST_VERSION = 100
"""The version of an empty store; no cluster remembers its very first ones."""


@dataclass(frozen=True, slots=True)
class Change:
    """One commit. Its objects are the store's own: they must not be changed.

    Attributes:
        version: the resource version that it made.
        event: ``ADDED``, ``MODIFIED`` or ``DELETED``.
        kind: the kind that was written.
        obj: the object after the commit; of a deletion, the object as it was last.
        before: the object before the commit; None for one that is new.
    """

    version: int
    event: str
    kind: Kind
    obj: Object
    before: Object | None


class Store:
    """All objects of one imitation cluster.

    Objects come out as copies, and are refused with the kinds of `ApiError`, in the API server's words.
    A namespace is given for namespaced kinds; empty, it means all of them in `list`.
    """

    def __init__(
        self, *, clock: Callable[[], datetime], new_uid: Callable[[], str], history: int = HISTORY
    ) -> None:
        self.catalogue = Catalogue()
        self.resource_version = self._forgotten = FIRST_VERSION
        self._clock, self._new_uid = clock, new_uid
        self._objects: dict[tuple[str, str], dict[tuple[str, str], Object]] = {}
        self._history: deque[Change] = deque(maxlen=history)
        self._followers: list[Callable[[Change], None]] = []
        self._untold: deque[Change] = deque()
        self._telling = False

    def get(self, kind: Kind, name: str, namespace: str = "") -> Object:
        """Read one object; `NotFound` when there is none."""
        return _as(kind, copied(self._stored(kind, name, namespace)))

    def list(
        self, kind: Kind, namespace: str = "", *, label_selector: str = "", field_selector: str = ""
    ) -> Objects:
        """Read the objects that both selectors match, by namespace and name."""
        labelled, chosen = label_match(label_selector), field_match(kind, field_selector)
        found = (obj for obj in self.snapshot(kind, namespace) if labelled(obj) and chosen(obj))
        return [_as(kind, copied(obj)) for obj in found]

    def create(self, kind: Kind, obj: Object, namespace: str = "", *, dry_run: bool = False) -> Object:
        """Create an object after admission, defaulting and validation."""
        new = _as(kind, copied(obj))
        metadata = new["metadata"] = dict(new.get("metadata") or {})
        metadata.pop("resourceVersion", None)
        if kind.namespaced:
            metadata["namespace"] = namespace or metadata.get("namespace", "")
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"][:58] + self._suffix()
        metadata["uid"] = self._new_uid()
        metadata["creationTimestamp"] = timestamp(self._clock())
        for ours in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"):
            metadata.pop(ours, None)
        rules.before_create(self, self.catalogue.of(kind), new)
        if _key(new) in self._bucket(kind):
            raise failures.already_exists(kind, name_of(new))
        if not dry_run:
            self._commit("ADDED", kind, new)
        return copied(new)

    def update(self, kind: Kind, obj: Object, *, subresource: str = "", dry_run: bool = False) -> Object:
        """Write an object back; what is not `subresource`'s (``status``, ``binding``) stays as it was.

        Raises:
            Conflict: the object carries a resource version that is not the latest.
            Invalid: a field that is fixed would change, or the new object is not valid.
        """
        old = self._stored(kind, name_of(obj), namespace_of(obj))
        new = _as(kind, copied(obj))
        rules.check_version(self.catalogue.of(kind), new, old)
        rules.before_update(self.catalogue.of(kind), new, old, subresource)
        if new == old or dry_run:
            return new
        finished = "deletionTimestamp" in old["metadata"] and not rules.is_held(kind, new)
        self._commit("DELETED" if finished else "MODIFIED", kind, new)
        return copied(new)

    def update_status(self, kind: Kind, obj: Object) -> Object:
        """Write an object's `status` alone."""
        return self.update(kind, obj, subresource="status")

    def delete(
        self,
        kind: Kind,
        name: str,
        namespace: str = "",
        *,
        uid: str = "",
        resource_version: str = "",
        grace_period: int | None = None,
        propagation: str = "",
        dry_run: bool = False,
    ) -> Object:
        """Delete an object, or mark it as going where something holds it.

        Finalizers hold any object, its content a namespace, and its node a Pod that has one: that Pod
        stays, marked, until its kubelet deletes it with a `grace_period` of 0. `propagation` is what
        becomes of the objects it owns: ``Background`` (the default), ``Foreground`` or ``Orphan``.
        """
        old = self._stored(kind, name, namespace)
        rules.before_delete(kind, old, uid=uid, resource_version=resource_version)
        new = copied(old)
        marked = rules.mark_deleted(kind, new, self._clock(), grace_period, propagation)
        held = rules.is_held(kind, new)
        if not held and kind != POD:
            new = copied(old)  # what goes at once is told as it was
        if not dry_run and (marked or not held):
            self._commit("MODIFIED" if held else "DELETED", kind, new)
        return copied(new)

    def subscribe(self, callback: Callable[[str, Kind, Object], None]) -> Callable[[], None]:
        """Be told ``(ADDED|MODIFIED|DELETED, kind, a copy of the object)`` of each commit, in their order.

        It is called before the write returns. A write made by a callback is told after the change that
        caused it has been told to all. The answer ends the subscription.
        """
        return self.follow(lambda change: callback(change.event, change.kind, copied(change.obj)))

    def follow(self, follower: Callable[[Change], None]) -> Callable[[], None]:
        """Be told of each commit as `subscribe` is, without a copy and with what was before."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower)

    def since(self, version: int) -> Iterator[Change]:
        """Give the changes after a resource version; `Gone` when the history does not reach back to it."""
        self._check_reach(version)
        return (change for change in tuple(self._history) if change.version > version)

    def snapshot(self, kind: Kind, namespace: str = "", *, at: int | None = None) -> Objects:
        """Give the store's own objects of a kind as they were at a version, by namespace and name.

        Raises:
            Gone: the history does not reach back to it.
        """
        objects = dict(self._bucket(kind))
        if at is not None:
            self._check_reach(at)
            for change in reversed(self._history):
                if change.version <= at:
                    break
                if _bucket_key(change.kind) == _bucket_key(kind):
                    objects.pop(_key(change.obj), None)
                    if change.before is not None:
                        objects[_key(change.before)] = change.before
        return [objects[key] for key in sorted(objects) if namespace in {"", key[0]}]

    def contents(self, namespace: str) -> Contents:
        """Give the store's own objects that live in a namespace."""
        kinds = {_bucket_key(r.kind): r.kind for r in self.catalogue if r.kind.namespaced}
        return [(kind, obj) for kind in kinds.values() for obj in self.snapshot(kind, namespace)]

    def _check_reach(self, version: int) -> None:
        if version < self._forgotten:
            raise failures.too_old(version, self._forgotten)

    def _stored(self, kind: Kind, name: str, namespace: str) -> Object:
        found = self._bucket(kind).get((namespace if kind.namespaced else "", name))
        if found is None:
            raise failures.not_found(kind, name)
        return found

    def _bucket(self, kind: Kind) -> dict[tuple[str, str], Object]:
        return self._objects.setdefault(_bucket_key(kind), {})

    def _suffix(self) -> str:
        """Five characters of the alphabet that the server's own generated names use."""
        number = int.from_bytes(self._new_uid().encode(), "big")
        alphabet = "bcdfghjklmnpqrstvwxz2456789"
        return "".join(alphabet[number // 27**place % 27] for place in range(5))

    def _commit(self, event: str, kind: Kind, obj: Object) -> None:
        bucket = self._bucket(kind)
        self.resource_version += 1
        obj["metadata"]["resourceVersion"] = str(self.resource_version)
        before = bucket.get(_key(obj))
        kept = copied(obj)
        if event == "DELETED":
            del bucket[_key(obj)]
        else:
            bucket[_key(obj)] = kept
        change = Change(self.resource_version, event, kind, kept, before)
        if len(self._history) == self._history.maxlen:
            self._forgotten = self._history[0].version
        self._history.append(change)
        self._untold.append(change)
        self._tell()

    def _tell(self) -> None:
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                change = self._untold.popleft()
                for follower in tuple(self._followers):
                    follower(change)
        finally:
            self._telling = False


def _bucket_key(kind: Kind) -> tuple[str, str]:
    return kind.group, kind.plural


def _key(obj: Object) -> tuple[str, str]:
    return namespace_of(obj), name_of(obj)


def _as(kind: Kind, obj: Object) -> Object:
    """Show an object as one of this kind: the versions of one kind differ in nothing but their name."""
    return {**obj, "apiVersion": kind.api_version, "kind": kind.kind}
