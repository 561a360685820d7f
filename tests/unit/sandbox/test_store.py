"""The store: what comes out is a copy, what is told keeps its order, what is old is forgotten."""

import pytest

from pullsecret.core.errors import Gone, NotFound
from pullsecret.core.objects import NAMESPACE, POD, SECRET, Kind, Object, name_of
from pullsecret.sandbox.store import Store
from support.apiservers import new_store


@pytest.fixture
def store() -> Store:
    return new_store(history=20)


def pod(name: str, **spec: object) -> Object:
    return {"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "x"}], **spec}}


def names(objs: list[Object]) -> list[str]:
    return [name_of(obj) for obj in objs]


def test_what_is_given_and_taken_is_copied(store: Store) -> None:
    given = {"metadata": {"name": "a"}, "data": {"x": "eQ=="}}
    made = store.create(SECRET, given, "default")
    assert "uid" not in given["metadata"]
    for obj in (made, store.get(SECRET, "a", "default"), store.list(SECRET, "default")[0]):
        obj["data"]["x"] = "changed"
    assert store.get(SECRET, "a", "default")["data"] == {"x": "eQ=="}


def test_a_subscriber_is_told_copies(store: Store) -> None:
    store.subscribe(lambda _event, _kind, obj: obj.clear())
    store.create(SECRET, {"metadata": {"name": "a"}}, "default")
    assert store.get(SECRET, "a", "default")["type"] == "Opaque"


def test_a_write_of_a_subscriber_is_told_after_its_cause(store: Store) -> None:
    told: list[str] = []

    def answer(event: str, _: Kind, obj: Object) -> None:
        if event == "ADDED" and name_of(obj) == "a":
            store.create(SECRET, {"metadata": {"name": "b"}}, "default")

    store.subscribe(answer)
    unsubscribe = store.subscribe(lambda event, _, obj: told.append(f"{event} {name_of(obj)}"))
    store.create(SECRET, {"metadata": {"name": "a"}}, "default")
    assert told == ["ADDED a", "ADDED b"]
    unsubscribe()
    store.delete(SECRET, "a", "default")
    assert len(told) == 2


def test_a_failing_subscriber_does_not_silence_the_store(store: Store) -> None:
    told: list[str] = []

    def fail(event: str, kind: Kind, obj: Object) -> None:
        raise RuntimeError

    unsubscribe = store.subscribe(fail)
    with pytest.raises(RuntimeError):
        store.create(SECRET, {"metadata": {"name": "a"}}, "default")
    unsubscribe()
    store.subscribe(lambda *change: told.append(name_of(change[2])))
    store.create(SECRET, {"metadata": {"name": "b"}}, "default")
    assert told == ["b"]


def test_a_snapshot_shows_a_state_of_before(store: Store) -> None:
    first = store.create(SECRET, {"metadata": {"name": "a"}}, "default")
    at = store.resource_version
    store.update(SECRET, {**first, "stringData": {"x": "y"}})
    store.create(SECRET, {"metadata": {"name": "b"}}, "default")
    store.delete(SECRET, "a", "default")
    (shown,) = store.snapshot(SECRET, at=at)
    assert (name_of(shown), shown["metadata"]["resourceVersion"]) == ("a", str(at))
    assert names(store.snapshot(SECRET)) == ["b"]


def test_what_is_older_than_the_history_is_gone(store: Store) -> None:
    at = store.resource_version
    for number in range(20):
        store.create(SECRET, {"metadata": {"name": f"s{number}"}}, "default")
    assert len(list(store.since(at))) == 20
    assert store.snapshot(SECRET, at=at) == []
    store.create(SECRET, {"metadata": {"name": "one-more"}}, "default")
    for look in (store.since, lambda version: store.snapshot(SECRET, at=version)):
        with pytest.raises(Gone) as caught:
            look(at)
        assert caught.value.message == f"too old resource version: {at} ({at + 1})"


def test_a_pod_without_a_node_goes_at_once(store: Store) -> None:
    store.create(POD, pod("p"), "default")
    store.delete(POD, "p", "default")
    with pytest.raises(NotFound):
        store.get(POD, "p", "default")


def test_a_pod_on_a_node_waits_for_its_kubelet(store: Store) -> None:
    store.create(POD, pod("p", nodeName="n", terminationGracePeriodSeconds=7), "default")
    assert store.delete(POD, "p", "default")["metadata"]["deletionGracePeriodSeconds"] == 7
    version = store.resource_version
    store.delete(POD, "p", "default", grace_period=9)
    assert store.resource_version == version, "a longer time is none of a Pod's that goes already"
    store.delete(POD, "p", "default", grace_period=2)
    assert store.get(POD, "p", "default")["metadata"]["deletionGracePeriodSeconds"] == 2
    store.delete(POD, "p", "default", grace_period=0)
    assert store.list(POD) == []


def test_a_pod_that_ended_goes_at_once(store: Store) -> None:
    made = store.create(POD, pod("p", nodeName="n"), "default")
    store.update_status(POD, {**made, "status": {"phase": "Succeeded"}})
    store.delete(POD, "p", "default")
    assert store.list(POD) == []


def test_a_scheduler_binds_by_a_subresource(store: Store) -> None:
    made = store.create(POD, pod("p"), "default")
    made["spec"]["nodeName"] = "n"
    assert store.update(POD, made, subresource="binding")["spec"]["nodeName"] == "n"


def test_a_dry_run_leaves_no_trace(store: Store) -> None:
    told: list[str] = []
    made = store.create(SECRET, {"metadata": {"name": "a"}}, "default")
    store.subscribe(lambda *change: told.append(change[0]))
    version = store.resource_version
    store.create(SECRET, {"metadata": {"name": "b"}}, "default", dry_run=True)
    store.update(SECRET, {**made, "stringData": {"x": "y"}}, dry_run=True)
    store.delete(SECRET, "a", "default", dry_run=True)
    assert (told, store.resource_version, names(store.list(SECRET))) == ([], version, ["a"])


def test_a_namespace_goes_with_its_last_pod(store: Store) -> None:
    store.create(NAMESPACE, {"metadata": {"name": "shop"}})
    store.create(POD, pod("p", nodeName="n"), "shop")
    store.delete(NAMESPACE, "shop")
    assert "deletionTimestamp" in store.get(POD, "p", "shop")["metadata"]
    store.delete(POD, "p", "shop", grace_period=0)
    assert "shop" not in names(store.list(NAMESPACE))
