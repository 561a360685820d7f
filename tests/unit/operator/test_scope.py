"""What the operator follows: Secrets by name, and in some namespaces nothing beyond them."""

import pytest

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.operator.feeds import Choice
from pullsecret.operator.scope import Scope
from pullsecret.operator.states import PolicyStates
from support.syncing import OWN_SPEC, SPEC, whole

TOLD = {"status": {"secretNames": ["harbor"]}}


def followed(scope, *objs):
    states = PolicyStates()
    for obj in objs:
        states.see(obj)
    return {choice.label for choice in scope.secrets(states)}


def test_a_whole_cluster():
    assert {(c.kind, c.metadata_only) for c in Scope().lasting()} == {
        (CLUSTER_PULL_SECRET, False), (PULL_SECRET, False), (SERVICE_ACCOUNT, False), (NAMESPACE, True)
    }  # fmt: skip
    assert all(not choice.namespace and not choice.name for choice in Scope().lasting())


def test_some_namespaces():
    choices = Scope(("web", "shop")).lasting()
    assert {choice.label for choice in choices} == {
        f"{kind}/{namespace}"
        for kind in ("namespaces", "pullsecrets", "serviceaccounts")
        for namespace in ("web", "shop")
    }
    own = {choice for choice in choices if choice.kind == NAMESPACE}
    assert own == {Choice(NAMESPACE, "", name, metadata_only=True) for name in ("web", "shop")}


@pytest.mark.parametrize(
    ("obj", "labels"),
    [
        pytest.param(whole(SPEC), {"secrets/harbor", "secrets/platform/harbor-login"}, id="cluster"),
        pytest.param(
            whole(OWN_SPEC, kind="PullSecret"), {"secrets/harbor", "secrets/login"}, id="own-namespace"
        ),
        pytest.param(
            {**whole(SPEC), "status": {"secretNames": ["before", "middle"]}},
            {"secrets/harbor", "secrets/before", "secrets/middle", "secrets/platform/harbor-login"},
            id="renamed",
        ),
        pytest.param(whole({}), set(), id="not-sound"),
        pytest.param({**whole({}), **TOLD}, {"secrets/harbor"}, id="sound-no-more"),
        pytest.param(whole(SPEC, deletionTimestamp="x"), set(), id="goes-and-had-nothing"),
        pytest.param(
            {**whole(SPEC, deletionTimestamp="x"), **TOLD}, {"secrets/harbor"}, id="goes-without-its-source"
        ),
    ],
)
def test_secrets_by_name(obj, labels):
    assert followed(Scope(), obj) == labels


def test_secrets_within_some_namespaces():
    policy = whole(OWN_SPEC, kind="PullSecret")
    for scope in (Scope(("shop",)), Scope(("web", "shop"))):
        assert followed(scope, policy) == {"secrets/shop/harbor", "secrets/shop/login"}, "its own alone"


LASTING = {"pullsecrets", "serviceaccounts", "namespaces"}


@pytest.mark.parametrize(
    ("scope", "needed"),
    [
        pytest.param(
            Scope(), {*LASTING, "clusterpullsecrets", "secrets/harbor", "secrets/login"}, id="whole-cluster"
        ),
        pytest.param(
            Scope(("web", "shop")),
            {*(f"{kind}/shop" for kind in LASTING), "secrets/shop/harbor", "secrets/shop/login"},
            id="its-own-namespace-alone",
        ),
    ],
)
def test_what_a_policy_depends_on(scope, needed):
    state = PolicyStates().see(whole(OWN_SPEC, kind="PullSecret"))
    assert {choice.label for choice in scope.needed(state)} == needed


@pytest.mark.parametrize(
    ("scope", "namespace"), [(Scope(), "shop"), (Scope(("shop",)), "")], ids=["whole-cluster", "no-namespace"]
)
def test_where_all_was_seen_before_one_leads(scope, namespace):
    assert scope.within(namespace) == []


@pytest.mark.parametrize(
    ("choice", "covered"),
    [
        (Choice(SECRET), True),
        (Choice(SECRET, "web"), True),
        (Choice(SECRET, "", "harbor"), True),
        (Choice(SECRET, "web", "harbor"), True),
        (Choice(SECRET, "shop"), False),
        (Choice(SECRET, "", "other"), False),
        (Choice(SERVICE_ACCOUNT), False),
    ],
)
def test_what_a_watch_is_about(choice, covered):
    obj = {"kind": "Secret", "metadata": {"name": "harbor", "namespace": "web"}}
    assert choice.covers(obj) == covered


def test_a_watch_of_one_kind_is_about_no_other():
    """Policies of both kinds are kept together: a list of one kind says nothing of the other."""
    assert not Choice(CLUSTER_PULL_SECRET).covers(whole(OWN_SPEC, kind="PullSecret"))
    assert not Choice(PULL_SECRET).covers(whole(SPEC))
