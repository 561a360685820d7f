"""Objects as they were last seen: what is told of, and what is known to be our own."""

import pytest

from pullsecret.core.watching import Change, ChangeType, Snapshot
from pullsecret.operator.stores import Store


def obj(version, name="x", namespace="web", uid="u", **parts):
    meta = {"name": name, "namespace": namespace, "resourceVersion": str(version), "uid": uid}
    return {"metadata": meta, **parts}


class Listening:
    """A store, and what it told."""

    def __init__(self):
        self.store, self.told = Store(lambda each: each), []
        self.store.changed = self._note

    def _note(self, old, new):
        versions = [each["metadata"]["resourceVersion"] if each else None for each in (old, new)]
        self.told.append(tuple(versions))

    def take(self, kind, each):
        self.store.take(Change(ChangeType(kind), each))

    def names(self):
        return sorted(each["metadata"]["name"] for each in self.store)


@pytest.fixture
def seen():
    return Listening()


def test_changes_of_others_are_told_once(seen):
    seen.take("ADDED", obj(1))
    seen.take("MODIFIED", obj(2))
    seen.take("MODIFIED", obj(2))
    seen.take("MODIFIED", obj(1))
    seen.take("DELETED", obj(3))
    seen.take("DELETED", obj(3))
    assert seen.told == [(None, "1"), ("1", "2"), ("2", None)]
    assert len(seen.store) == 0


def test_our_own_writes_are_not_told(seen):
    seen.take("ADDED", obj(1))
    seen.store.put(obj(2), based_on="1")
    seen.take("MODIFIED", obj(2))
    assert seen.told == [(None, "1")]
    assert seen.store.get("web", "x")["metadata"]["resourceVersion"] == "2"


def test_what_we_made_is_not_told(seen):
    seen.store.put(obj(1))
    seen.take("ADDED", obj(1))
    assert seen.told == []


@pytest.mark.parametrize("known", ["1", None])
def test_an_answer_that_brings_what_others_did_is_told(seen, known):
    """Another wrote version 2, of which no watch told yet; we read that and wrote version 3."""
    if known:
        seen.take("ADDED", obj(known))
    seen.told.clear()
    seen.store.put(obj(3), based_on="2")
    seen.take("MODIFIED", obj(2))
    seen.take("MODIFIED", obj(3))
    assert seen.told == [(known, "3")]


def test_a_change_while_we_write_waits_for_the_answer(seen):
    seen.take("ADDED", obj(1))
    with seen.store.writing("web", "x"):
        seen.take("MODIFIED", obj(2))
        seen.take("ADDED", obj(1, "other"))
        seen.store.put(obj(2), based_on="1")
    assert seen.told == [(None, "1"), (None, "1")]
    with seen.store.writing("web", "x"):
        seen.take("MODIFIED", obj(3))
    assert seen.told[2:] == [("2", "3")], "somebody else's, since no answer told of it"


def test_two_who_write_the_same_object(seen):
    """What is held back is let go when the last of them is done."""
    seen.take("ADDED", obj(1))
    with seen.store.writing("web", "x"):
        with seen.store.writing("web", "x"):
            seen.take("MODIFIED", obj(2))
            seen.store.put(obj(2), based_on="1")
        seen.take("MODIFIED", obj(3))
        seen.store.put(obj(3), based_on="2")
    assert seen.told == [(None, "1")]


def test_what_is_held_back_is_let_go_after_a_failure(seen):
    def fail():
        with seen.store.writing("web", "x"):
            seen.take("ADDED", obj(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert seen.told == [(None, "1")]


def test_a_late_deletion_of_an_earlier_object(seen):
    seen.take("ADDED", obj(5, uid="second"))
    seen.take("DELETED", obj(4, uid="first"))
    assert seen.names() == ["x"]


def test_what_we_deleted_is_gone_at_once(seen):
    seen.take("ADDED", obj(1))
    seen.store.deleted("web", "x", "another")
    assert seen.names() == ["x"]
    seen.store.deleted("web", "x", "u")
    seen.store.deleted("web", "x", "u")
    assert seen.told == [(None, "1"), ("1", None)]


def test_a_snapshot_replaces_what_it_is_about(seen):
    for name in ("a", "b", "c"):
        seen.take("ADDED", obj(1, name))
    seen.take("ADDED", obj(1, "a", "other"))
    seen.store.put(obj(9, "new"))
    seen.told.clear()
    within = Snapshot([obj(1, "a"), obj(3, "b")], "5")
    seen.store.take(within, lambda each: each["metadata"]["namespace"] == "web")
    assert seen.names() == ["a", "a", "b", "new"], "what we wrote after the list was made stays"
    assert seen.told == [("1", None), ("1", "3")]


def test_an_old_snapshot_undoes_no_write(seen):
    seen.store.put(obj(7))
    seen.store.take(Snapshot([obj(3)], "5"))
    assert seen.store.get("web", "x")["metadata"]["resourceVersion"] == "7"
    assert seen.told == []


def test_a_snapshot_without_a_version_is_the_whole_truth(seen):
    """The one object that is followed is not there, and no list tells a version."""
    seen.take("ADDED", obj(7))
    seen.store.take(Snapshot([], ""))
    assert seen.told == [(None, "7"), ("7", None)]


def test_what_is_read_alone_is_taken_in_and_told(seen):
    seen.take("ADDED", obj(1))
    seen.store.read(obj(2))
    seen.take("MODIFIED", obj(2))
    assert seen.told == [(None, "1"), ("1", "2")]
    seen.take("DELETED", obj(3))
    seen.store.read(obj(2))
    assert seen.names() == [], "what was read before it went is not there again"


def test_versions_that_are_no_numbers(seen):
    seen.take("ADDED", obj("a"))
    seen.take("MODIFIED", obj("a"))
    seen.take("MODIFIED", obj("b"))
    seen.store.take(Snapshot([], "c"))
    assert seen.told == [(None, "a"), ("a", "b"), ("b", None)]


def test_forgetting_is_not_told(seen):
    seen.take("ADDED", obj(1, "a"))
    seen.take("ADDED", obj(1, "b"))
    seen.told.clear()
    seen.store.drop(lambda each: each["metadata"]["name"] == "a")
    assert (seen.names(), seen.told) == (["b"], [])
    assert seen.store.within("web") == [obj(1, "b")]
    assert seen.store.within("nowhere") == []
