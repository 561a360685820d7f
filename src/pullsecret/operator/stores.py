"""Objects as they were last seen: fed by watches, and by our own writes before a watch brings them back."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pullsecret.core.objects import Object, name_of, namespace_of, resource_version_of, uid_of
from pullsecret.core.watching import Batch, Change, ChangeType, Snapshot

Changed = Callable[[Object | None, Object | None], None]
"""Told of a change that was not ours: the object as it was and as it is; None for not being there."""


class Store:
    """Objects of one kind by namespace and name.

    Our own writes are recognised by resource version: what a watch brings back of them, or brings late of
    the time before them, is not told of.
    """

    def __init__(self, slim: Callable[[Object], Object]) -> None:
        """Make an empty store; `slim` gives what is kept of an object."""
        self._slim = slim
        self.changed: Changed = _nobody_is_told
        self._objects: dict[str, dict[str, Object]] = {}
        self._held: dict[tuple[str, str], list[Change]] = {}
        self._writers: Counter[tuple[str, str]] = Counter()

    def get(self, namespace: str, name: str) -> Object | None:
        """Give one object; None when there is none."""
        return self._objects.get(namespace, {}).get(name)

    def within(self, namespace: str) -> list[Object]:
        """Give all objects of a namespace."""
        return list(self._objects.get(namespace, {}).values())

    def __iter__(self) -> Iterator[Object]:
        for objects in list(self._objects.values()):
            yield from list(objects.values())

    def __len__(self) -> int:
        return sum(map(len, self._objects.values()))

    def put(self, obj: Object, *, based_on: str = "") -> None:
        """Take note of what the server answered to our own write.

        Args:
            obj: the object as it is now.
            based_on: the version that the write was conditional on; empty for an object that we made. Where
                it is not the one that is known here, the answer brings what others did too: that is told of.
        """
        known = self.get(namespace_of(obj), name_of(obj))
        if known is not None and not _is_newer(obj, known):
            return
        slim = self._slim(obj)
        self._keep(slim)
        if based_on != (resource_version_of(known) if known else ""):
            self.changed(known, slim)

    def deleted(self, namespace: str, name: str, uid: str) -> None:
        """Take note that we deleted an object: it is gone, or goes when its finalizers are done."""
        known = self.get(namespace, name)
        if known is not None and uid_of(known) == uid:
            self._discard(known)
            self.changed(known, None)

    def read(self, obj: Object) -> None:
        """Take in an object that was read by itself, and may be newer than what the watch brought.

        One that is not known is passed over: it may be gone since, and no watch would tell of that again.
        """
        if self.get(namespace_of(obj), name_of(obj)) is not None:
            self._update(obj)

    @contextmanager
    def writing(self, namespace: str, name: str) -> Iterator[None]:
        """Hold back what a watch brings of an object while we write it.

        The API server tells watches before it answers us: only with the answer it is known what was ours.
        """
        key = (namespace, name)
        self._writers[key] += 1
        self._held.setdefault(key, [])
        try:
            yield
        finally:
            self._writers[key] -= 1
            if not self._writers[key]:  # the last of several who write at the same time
                del self._writers[key]
                for change in self._held.pop(key):
                    self.take(change)

    def take(self, batch: Batch, scope: Callable[[Object], bool] = lambda _obj: True) -> None:
        """Take in what a watch brought.

        Args:
            batch: a change, or everything there is.
            scope: tells for a snapshot which objects of the store the watch is about.
        """
        if isinstance(batch, Snapshot):
            self._replace(batch, scope)
        elif (held := self._held.get((namespace_of(batch.object), name_of(batch.object)))) is not None:
            held.append(batch)
        elif batch.type is ChangeType.DELETED:
            self._remove(batch.object)
        else:
            self._update(batch.object)

    def drop(self, scope: Callable[[Object], bool]) -> None:
        """Forget objects that nobody follows any more, without telling of it."""
        for obj in [obj for obj in self if scope(obj)]:
            self._discard(obj)

    def _replace(self, snapshot: Snapshot, scope: Callable[[Object], bool]) -> None:
        there = {(namespace_of(obj), name_of(obj)) for obj in snapshot.objects}
        seen_at = snapshot.resource_version  # none where the one object that is followed is not there
        for obj in [obj for obj in self if scope(obj)]:
            written_since = bool(seen_at) and _number(resource_version_of(obj)) > _number(seen_at)
            if (namespace_of(obj), name_of(obj)) not in there and not written_since:
                self._discard(obj)
                self.changed(obj, None)
        for obj in snapshot.objects:
            self._update(obj)

    def _update(self, obj: Object) -> None:
        known = self.get(namespace_of(obj), name_of(obj))
        if known is not None and not _is_newer(obj, known):
            return
        slim = self._slim(obj)
        self._keep(slim)
        self.changed(known, slim)

    def _remove(self, obj: Object) -> None:
        known = self.get(namespace_of(obj), name_of(obj))
        # A deletion carries its own, later version: one that is older is of an object before this one.
        if known is not None and not _is_newer(known, obj):
            self._discard(known)
            self.changed(known, None)

    def _keep(self, slim: Object) -> None:
        self._objects.setdefault(namespace_of(slim), {})[name_of(slim)] = slim

    def _discard(self, obj: Object) -> None:
        objects = self._objects.get(namespace_of(obj), {})
        objects.pop(name_of(obj), None)
        if not objects:
            self._objects.pop(namespace_of(obj), None)


def _nobody_is_told(old: Object | None, new: Object | None) -> None:
    """Do nothing."""


def _is_newer(one: Object, other: Object) -> bool:
    """Whether an object is a later state than another.

    Resource versions are numbers that grow in every server there is, and by contract since Kubernetes 1.35
    (KEP-5504); where they are none, any other version counts as later.
    """
    first, second = resource_version_of(one), resource_version_of(other)
    if first.isdecimal() and second.isdecimal():
        return int(first) > int(second)
    return first != second


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0
