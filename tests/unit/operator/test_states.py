"""What is known of each policy, and which policies have to do with a Secret."""

import copy

import pytest

from pullsecret.core.policy.model import SecretRef
from pullsecret.core.policy.names import FINALIZER
from pullsecret.core.policy.status import Failure
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.states import PolicyStates
from support.syncing import OWN_SPEC, SPEC, a_content, a_copy, foreign, whole

GONE = "2026-11-21T12:00:00Z"


def a_state(spec=None, status=None, **metadata):
    obj = whole({**SPEC, **(spec or {})}, **{"uid": "policy-uid", "generation": 1, **metadata})
    return PolicyStates().see({**obj, "status": status or {}})


def handed(result="Accepted"):
    return {"credentials": [{"result": result}]}


def leaving(state):
    return [policy.secret_name for policy in state.leaving]


@pytest.mark.parametrize(
    ("spec", "status", "metadata", "names"),
    [
        pytest.param({}, {}, {}, [], id="nothing"),
        pytest.param({}, {"secretName": "harbor"}, {}, [], id="the-same"),
        pytest.param({}, {"secretName": "before"}, {}, ["before"], id="renamed"),
        pytest.param({"x": 1}, {"secretName": "before"}, {}, [], id="not-sound"),
        pytest.param({}, {}, {"deletionTimestamp": GONE}, ["harbor"], id="deleted"),
        pytest.param(
            {}, {"secretName": "before"}, {"deletionTimestamp": GONE}, ["before", "harbor"], id="both"
        ),
        pytest.param({"deletionPolicy": "Orphan"}, {}, {"deletionTimestamp": GONE}, [], id="orphan"),
        pytest.param(
            {"x": 1}, {"secretName": "before"}, {"deletionTimestamp": GONE}, ["before"], id="deleted-unsound"
        ),
        pytest.param(
            {"x": 1, "secretName": "named"}, {}, {"deletionTimestamp": GONE}, ["named"], id="never-told"
        ),
        pytest.param(
            {"x": 1, "deletionPolicy": "Orphan"}, {}, {"deletionTimestamp": GONE}, [], id="unsound-orphan"
        ),
    ],
)
def test_what_has_to_be_taken_away(spec, status, metadata, names):
    state = a_state(spec, status, **metadata)
    assert leaving(state) == names
    assert all(policy.uid == "policy-uid" for policy in state.leaving)


def test_every_name_since_the_last_rest_is_remembered():
    states = PolicyStates()
    state = states.see(whole(SPEC, uid="u"))
    for name in ("one", "two"):
        states.see(whole({**SPEC, "secretName": name}, uid="u"))
    assert state.former_names == ("harbor", "one")
    assert state.secret_names == {"harbor", "one", "two"}
    assert states.of_secret("one") == [state]
    states.renamed(state)
    assert state.former_names == ()
    assert states.of_secret("one") == []


@pytest.mark.parametrize(
    ("status", "content", "reconciled", "there", "keeps"),
    [
        pytest.param({}, False, False, None, False, id="never-had-anything"),
        pytest.param({}, True, True, None, True, id="has-something"),
        pytest.param(handed(), False, False, None, True, id="had-something-when-last-looked-at"),
        pytest.param(handed(), False, True, None, False, id="cannot-make-one-here"),
        pytest.param(handed("Rejected"), False, False, None, False, id="all-rejected"),
        pytest.param(handed("Rejected"), False, True, a_copy(), True, id="last-good-copy-here"),
        pytest.param(handed(), False, True, foreign(), False, id="anothers-here"),
    ],
)
def test_whom_it_holds_off(status, content, reconciled, there, keeps):
    state = a_state(status=status)
    state.reconciled = reconciled
    if content:
        state.hand_out(a_content())
    assert state.keeps(there) == keeps


@pytest.mark.parametrize("metadata", [{"deletionTimestamp": GONE}, {"name": "x" * 64}])
def test_what_goes_or_is_not_sound_holds_nobody_off(metadata):
    state = a_state(status=handed(), **metadata)
    assert not state.keeps(a_copy())
    assert not state.promises


def test_other_content_is_no_longer_as_it_was():
    state = a_state()
    state.hand_out(a_content())
    state.synced, wars = {"web"}, state.wars
    state.hand_out(a_content())
    assert (state.synced, state.wars) == ({"web"}, wars)
    state.hand_out(a_content(password="new"))
    assert state.synced == set()
    assert state.wars is not wars


def test_another_spec_is_tried_anew_and_another_policy_is_another():
    states = PolicyStates()
    obj = whole(SPEC, uid="one", generation=1)
    state = states.see(obj)
    state.tried, state.synced = (), {"web"}
    assert states.see(copy.deepcopy(obj)) is state
    assert state.tried == ()
    states.see(whole(SPEC, uid="one", generation=2))
    assert (state.tried, state.synced) == (None, set())
    assert states.see(whole(SPEC, uid="two", generation=1)) is not state


def test_who_begins_to_lead_forgets_what_was_found():
    states = PolicyStates()
    state = states.see(whole(SPEC, uid="u"))
    states.see(whole({**SPEC, "secretName": "other"}, uid="u"))
    state.hand_out(a_content())
    state.reconciled, state.failures["web"] = True, Failure("web", "x", "y")
    states.renew()
    (fresh,) = states
    assert fresh.policy == state.policy
    assert (fresh.content, fresh.data, fresh.reconciled, fresh.failures) == (None, "", False, {})
    assert fresh.former_names == ("harbor",), "no status tells of it"


def test_what_is_out_of_bounds_is_not_sound():
    states = PolicyStates(Bounds(frozenset({"other"})))
    state = states.see(whole(SPEC, uid="u", finalizers=[FINALIZER]))
    assert state.policy is None
    assert state.fault is not None
    assert state.fault.place == "spec.credentials[0].secretRef.namespace"
    assert states.of_source(SecretRef("platform", "harbor-login")) == [state], "nobody deletes what it names"
    going = states.see(whole(SPEC, uid="u", finalizers=[FINALIZER], deletionTimestamp=GONE))
    assert leaving(going) == ["harbor"], "it may go all the same"


def test_who_has_to_do_with_what():
    states = PolicyStates()
    wide, own = states.see(whole(SPEC)), states.see(whole(OWN_SPEC, kind="PullSecret"))
    assert len(states) == 2
    assert {s.key for s in states.of_secret("harbor")} == {wide.key, own.key}
    assert states.of_source(SecretRef("platform", "harbor-login")) == [wide]
    assert states.of_source(SecretRef("shop", "login")) == [own]
    assert {s.key for s in states.concerning("shop")} == {wide.key, own.key}
    assert states.concerning("web") == [wide]
    before = states.revision
    states.see(whole(SPEC))
    assert states.revision == before, "nothing else is followed"
    states.see(whole({**SPEC, "secretName": "other"}))
    states.lose(own.key)
    states.lose(own.key)
    assert states.revision > before
    assert states.concerning("shop") == [wide]
    assert states.get(own.key) is None
