"""Whose a Secret is: foreign ones, those that are handed over, and the precedence of policies."""

import base64

import pytest

from pullsecret.core.plan import Intent, PatchAccount, Verdict, winner_of
from pullsecret.core.policy.model import PolicyKey
from pullsecret.core.policy.names import ADOPT, POLICY_LABEL, POLICY_UID, local_uid
from support.clusters import login
from support.syncing import (
    UID,
    a_claim,
    a_content,
    a_copy,
    a_policy,
    an_account,
    foreign,
    planned,
    steps,
)

DROP, KEEP = Intent.DROP, Intent.KEEP


@pytest.mark.parametrize("intent", [KEEP, DROP])
@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(foreign(), id="bare"),
        pytest.param(foreign(metadata={"labels": a_copy()["metadata"]["labels"]}), id="our-labels-alone"),
        pytest.param(foreign(metadata={"annotations": {POLICY_UID: "another"}}), id="of-another-policy"),
        pytest.param(foreign(metadata={"annotations": {POLICY_UID: ""}}), id="empty-mark"),
    ],
)
def test_a_foreign_secret_is_never_changed_or_deleted(intent, secret):
    plan = planned(a_claim(intent), an_account(), secret=secret)
    assert plan.steps == ()
    assert plan.verdict is (Verdict.CONFLICT if intent is KEEP else Verdict.SYNCED)


def test_a_conflict_says_whose_it_is_and_how_it_would_be_handed_over():
    assert planned(a_claim(), secret=foreign()).reason == (
        "Secret 'harbor' was not made by pullsecret; "
        "its annotation pullsecret.dev/adopt: harbor would hand it over"
    )
    others = foreign(metadata={"labels": {POLICY_LABEL: "PullSecret.x"}})
    assert "is kept by PullSecret.x" in planned(a_claim(), secret=others).reason


def test_a_run_by_hand_is_not_advised_to_take_over_what_an_operator_keeps():
    marks = {"labels": {POLICY_LABEL: "ClusterPullSecret.harbor"}, "annotations": {POLICY_UID: "9e04ad6a"}}
    kept = foreign(metadata=marks)
    assert planned(a_claim(uid=local_uid("platform", "login")), secret=kept).reason == (
        "Secret 'harbor' is kept by ClusterPullSecret.harbor, and an operator looks after that: leave it; "
        "only if that policy is gone its annotation pullsecret.dev/adopt: harbor would hand it over"
    )
    by_hand = foreign(metadata={**marks, "annotations": {POLICY_UID: local_uid("platform", "other")}})
    assert "an operator" not in planned(a_claim(uid=local_uid("platform", "login")), secret=by_hand).reason


@pytest.mark.parametrize(
    ("to", "verdict"),
    [
        pytest.param("harbor", Verdict.SYNCED, id="the-policys-name"),
        pytest.param("ClusterPullSecret.harbor", Verdict.SYNCED, id="kind-and-name"),
        pytest.param("pull", Verdict.CONFLICT, id="the-copies-name"),
    ],
)
def test_copies_of_a_policy_in_a_file_are_handed_over_to_the_same_one_in_the_cluster(to, verdict):
    """`sync -f` marks them with the policy's kind and name, the operator with its UID."""
    marks = {POLICY_UID: local_uid("ClusterPullSecret", "harbor"), ADOPT: to}
    copy = a_copy(metadata={"name": "pull", "annotations": marks})
    plan = planned(a_claim(secret_name="pull"), an_account(), secret=copy)
    assert plan.verdict is verdict
    assert ("update secret/pull (adopt)" in map(str, plan.steps)) is (verdict is Verdict.SYNCED)


def adoptable(content=None, *, to="harbor", **parts):
    return foreign(
        metadata={"annotations": {ADOPT: to}}, **({"data": data_of(content)} if content else {}), **parts
    )


def data_of(content):
    return {".dockerconfigjson": content.data}


def data_of_two_logins(one, other):
    config = login(one, password="first").merged(login(other, password="second"))
    return {".dockerconfigjson": base64.b64encode(config.to_secret_bytes()).decode()}


@pytest.mark.parametrize("to", ["harbor", "ClusterPullSecret.harbor"])
def test_a_secret_that_its_owner_hands_over_is_taken_over_in_place(to):
    plan = planned(a_claim(), an_account(), secret=adoptable(a_content(password="old"), to=to))
    take, attach = plan.steps
    assert plan.adopted
    assert take.why == "adopt"
    assert take.patch["metadata"]["annotations"] == {POLICY_UID: UID}
    assert take.patch["data"] == data_of(a_content())
    assert isinstance(attach, PatchAccount)


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        pytest.param(adoptable(to="other"), "was not made by pullsecret", id="to-another"),
        pytest.param(adoptable(type="Opaque"), "it is of type Opaque", id="type"),
        pytest.param(adoptable(immutable=True), "it is immutable", id="immutable"),
        pytest.param(adoptable(data={".dockerconfigjson": "ew=="}), "cannot be read", id="malformed"),
        pytest.param(
            adoptable(a_content("harbor.example.com", "b.io", "a.io/team")),
            "no credential for a.io/team, b.io",
            id="it-would-lose-registries",
        ),
        pytest.param(
            adoptable(data=data_of_two_logins("harbor.example.com", "http://harbor.example.com")),
            "it holds two logins for harbor.example.com",
            id="it-would-lose-a-login",
        ),
        pytest.param(
            adoptable(data={**data_of(a_content()), "tls.key": "eA=="}),
            "it holds tls.key too",
            id="more-than-logins",
        ),
    ],
)
def test_a_secret_that_cannot_be_taken_over_whole_is_left(secret, reason):
    plan = planned(a_claim(), secret=secret)
    assert (plan.verdict, plan.steps) == (Verdict.CONFLICT, ())
    assert reason in plan.reason


def test_an_empty_one_loses_nothing_by_being_taken_over():
    assert planned(a_claim(), secret=adoptable(data={".dockerconfigjson": "e30="})).adopted


def test_one_login_under_two_spellings_of_its_host_is_not_lost():
    twice = adoptable(a_content("harbor.example.com", "http://harbor.example.com"))
    assert planned(a_claim(), secret=twice).adopted


# precedence


def test_the_loser_reports_a_conflict_and_touches_nothing():
    claim = a_claim(beaten_by="PullSecret web/harbor")
    plan = planned(claim, an_account("default", "harbor", attached="harbor"), secret=a_copy())
    assert (plan.verdict, plan.steps) == (Verdict.CONFLICT, ())
    assert plan.reason.startswith("PullSecret web/harbor wants the same Secret name")


def test_the_winner_takes_the_losers_copy_over_in_place():
    secret = a_copy(a_content("old.io"), metadata={"annotations": {POLICY_UID: "loser"}})
    plan = planned(a_claim(rivals=frozenset({"loser"})), secret=secret)
    (step,) = plan.steps
    assert not plan.adopted
    assert step.patch["metadata"]["annotations"] == {POLICY_UID: UID}
    assert planned(a_claim(), secret=secret).verdict is Verdict.CONFLICT


def test_a_policy_that_leaves_hands_over_to_the_one_that_has_precedence():
    claim = a_claim(DROP, beaten_by="PullSecret web/harbor")
    assert steps(claim, an_account("default", "harbor", attached="harbor"), secret=a_copy()) == []


@pytest.mark.parametrize(
    ("policies", "winner"),
    [
        pytest.param([], None, id="none"),
        pytest.param([("ClusterPullSecret", "2", "b"), ("ClusterPullSecret", "1", "c")], "c", id="older"),
        pytest.param([("ClusterPullSecret", "1", "a"), ("PullSecret", "2", "b")], "b", id="the-teams-own"),
        pytest.param([("PullSecret", "1", "b"), ("PullSecret", "1", "a")], "a", id="of-one-second"),
    ],
)
def test_one_name_has_one_owner(policies, winner):
    made = [
        a_policy(key=PolicyKey(kind, "web" if kind == "PullSecret" else "", uid), created=created, uid=uid)
        for kind, created, uid in policies
    ]
    for order in (made, made[::-1]):
        found = winner_of(order)
        assert (found.uid if found else None) == winner
