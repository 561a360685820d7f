"""Which policies and namespaces a change is about."""

import pytest

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.watching import Change, ChangeType
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.reactions import Reactions
from pullsecret.operator.world import World
from support.engines import Notes, Todo
from support.syncing import OWN_SPEC, SPEC, a_copy, a_namespace, an_account, source_secret, whole

WIDE, OWN = PolicyKey("ClusterPullSecret", "", "harbor"), PolicyKey("PullSecret", "shop", "own")


class Seen:
    """A world in which two policies are seen already, and what there is to do after a change."""

    def __init__(self):
        self.world, self.todo, self.notes = World(), Todo(), Notes()
        Reactions(self.world, self.todo, self.notes)
        self.version = 0
        self.take(CLUSTER_PULL_SECRET, whole(SPEC, uid="wide"))
        self.take(PULL_SECRET, whole(OWN_SPEC, kind="PullSecret", uid="own", name="own"))
        self.take(NAMESPACE, a_namespace("web", labels={"a": "b"}))
        self.take(NAMESPACE, a_namespace("shop"))
        self.clear()

    def take(self, kind, obj, event="MODIFIED"):
        self.version += 1
        obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.version)}}
        self.world.store_of(kind).take(Change(ChangeType(event), obj))

    def clear(self):
        self.todo.now.clear()
        self.todo.later.clear()

    @property
    def work(self):
        return set(self.todo.now)


@pytest.fixture
def seen():
    return Seen()


def both(namespace):
    return {NamespaceKey(WIDE, namespace)} | ({NamespaceKey(OWN, "shop")} if namespace == "shop" else set())


@pytest.mark.parametrize(
    ("obj", "work"),
    [
        pytest.param(a_namespace("new"), both("new"), id="new"),
        pytest.param(a_namespace("shop", labels={"team": "x"}), both("shop"), id="labelled"),
        pytest.param(a_namespace("shop", deletionTimestamp="x"), both("shop"), id="goes"),
        pytest.param(a_namespace("web", labels={"a": "b"}), set(), id="nothing-that-counts"),
        pytest.param(
            a_namespace("web", labels={"a": "b"}, annotations={"theirs": "1"}), set(), id="their-annotation"
        ),
        pytest.param(
            a_namespace("web", labels={"a": "b"}, annotations={"pullsecret.dev/exclude": "true"}),
            both("web"), id="opts-out",
        ),
    ],
)  # fmt: skip
def test_namespaces(seen, obj, work):
    seen.take(NAMESPACE, obj)
    assert seen.work == work


def test_a_namespace_that_went_is_looked_at_where_it_was_told_of(seen):
    seen.world.states.get(WIDE).synced.add("web")
    seen.take(NAMESPACE, a_namespace("web"), "DELETED")
    seen.take(NAMESPACE, a_namespace("shop"), "DELETED")
    assert seen.work == both("web")


@pytest.mark.parametrize(
    ("obj", "work"),
    [
        pytest.param(an_account("default"), both("web"), id="wanted"),
        pytest.param(an_account("other"), set(), id="not-wanted"),
        pytest.param(an_account("other", attached="harbor"), both("web"), id="has-a-name-from-us"),
        pytest.param(an_account("other", attached="elses"), set(), id="has-anothers-name"),
    ],
)
def test_accounts(seen, obj, work):
    seen.take(SERVICE_ACCOUNT, obj)
    assert seen.work == work
    seen.clear()
    seen.take(SERVICE_ACCOUNT, obj, "DELETED")
    assert seen.work == set()


@pytest.mark.parametrize(
    ("obj", "work"),
    [
        pytest.param(a_copy(), both("web"), id="a-copy"),
        pytest.param(source_secret(), {WIDE}, id="a-source"),
        pytest.param(
            a_copy(metadata={"name": "own", "namespace": "shop"}), {NamespaceKey(OWN, "shop")}, id="own-copy"
        ),
        pytest.param(a_copy(metadata={"name": "own", "namespace": "web"}), set(), id="that-name-elsewhere"),
        pytest.param(a_copy(metadata={"name": "login", "namespace": "shop"}), {OWN}, id="own-source"),
        pytest.param(a_copy(metadata={"name": "theirs"}), set(), id="anothers"),
    ],
)
@pytest.mark.parametrize("event", ["ADDED", "DELETED"])
def test_secrets(seen, obj, work, event):
    seen.take(SECRET, obj)
    if event == "DELETED":
        seen.clear()
        seen.take(SECRET, obj, event)
    assert seen.work == work


@pytest.mark.parametrize(
    ("parts", "work"),
    [
        pytest.param({"status": {"x": 1}}, set(), id="status"),
        pytest.param({"metadata": {"labels": {"a": "b"}}}, set(), id="label"),
        pytest.param({"spec": {**SPEC, "recoverPods": True}}, {WIDE}, id="spec"),
        pytest.param({"metadata": {"finalizers": []}}, set(), id="the-same-finalizers"),
        pytest.param({"metadata": {"finalizers": ["theirs"]}}, {WIDE}, id="finalizers"),
        pytest.param({"metadata": {"deletionTimestamp": "x"}}, {WIDE}, id="deleted"),
        pytest.param({"metadata": {"uid": "another"}}, {WIDE}, id="made-again"),
        pytest.param({"spec": {**SPEC, "secretName": "own"}}, {WIDE, OWN}, id="a-name-that-others-want"),
    ],
)
def test_policies(seen, parts, work):
    obj = whole(SPEC, uid="wide")
    metadata = {**obj["metadata"], **parts.pop("metadata", {})}
    seen.take(CLUSTER_PULL_SECRET, {**obj, **parts, "metadata": metadata})
    assert seen.work == work
    assert ("status", WIDE) in seen.todo.later


def test_a_policy_that_went_is_forgotten(seen):
    seen.take(CLUSTER_PULL_SECRET, whole(SPEC, uid="wide"), "DELETED")
    assert seen.world.states.get(WIDE) is None
    assert seen.notes.forgotten == [WIDE]
    assert seen.work == set()
