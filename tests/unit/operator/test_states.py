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


TOLD = {"secretNames": ["harbor"]}
BEFORE = {"secretNames": ["before", "middle", "harbor"]}


def leaving(state):
    return [policy.secret_name for policy in state.leaving]


@pytest.mark.parametrize(
    ("spec", "status", "metadata", "names"),
    [
        pytest.param({}, {}, {}, [], id="nothing"),
        pytest.param({}, TOLD, {}, [], id="the-same"),
        pytest.param({}, BEFORE, {}, ["before", "middle"], id="renamed"),
        pytest.param({"x": 1}, BEFORE, {}, [], id="not-sound"),
        pytest.param({}, TOLD, {"deletionTimestamp": GONE}, ["harbor"], id="deleted"),
        pytest.param({}, BEFORE, {"deletionTimestamp": GONE}, ["before", "middle", "harbor"], id="both"),
        pytest.param({"deletionPolicy": "Orphan"}, TOLD, {"deletionTimestamp": GONE}, [], id="orphan"),
        pytest.param(
            {"x": 1}, BEFORE, {"deletionTimestamp": GONE}, ["before", "middle", "harbor"],
            id="deleted-unsound",
        ),
        pytest.param({"secretName": "never"}, {}, {"deletionTimestamp": GONE}, [], id="never-told"),
        pytest.param(
            {"x": 1, "deletionPolicy": "Orphan"}, TOLD, {"deletionTimestamp": GONE}, [], id="unsound-orphan"
        ),
    ],
)  # fmt: skip
def test_what_has_to_be_taken_away(spec, status, metadata, names):
    state = a_state(spec, status, **metadata)
    assert leaving(state) == names
    assert all(policy.uid == "policy-uid" for policy in state.leaving)


def test_every_name_is_followed_until_the_status_tells_it_no_more():
    states, obj = PolicyStates(), whole({**SPEC, "secretName": "two"}, uid="u")
    state = states.see({**obj, "status": {"secretNames": ["harbor", "one"]}})
    assert state.former_names == ("harbor", "one")
    assert state.secret_names == {"harbor", "one", "two"}
    assert states.of_secret("one") == [state]
    states.see({**obj, "status": {"secretNames": ["two"]}})
    assert state.former_names == ()
    assert states.of_secret("one") == []


@pytest.mark.parametrize(
    ("status", "content", "reconciled", "there", "keeps"),
    [
        pytest.param({}, False, False, None, False, id="never-had-anything"),
        pytest.param({}, True, True, None, True, id="has-something"),
        pytest.param(TOLD, False, False, None, True, id="had-something-when-last-looked-at"),
        pytest.param({"secretNames": ["before"]}, False, False, None, False, id="not-of-this-name"),
        pytest.param(TOLD, False, True, None, False, id="cannot-make-one-here"),
        pytest.param(TOLD, False, "before it was edited", None, True, id="not-looked-at-since-it-was-edited"),
        pytest.param(TOLD, False, True, a_copy(), True, id="last-good-copy-here"),
        pytest.param(TOLD, False, True, foreign(), False, id="anothers-here"),
    ],
)
def test_whom_it_holds_off(status, content, reconciled, there, keeps):
    state = a_state(status=status)
    state.reconciled = bool(reconciled)
    state.observed = state.generation if reconciled is True else state.generation - 1
    if content:
        state.hand_out(a_content())
    assert state.keeps(there) == keeps


@pytest.mark.parametrize(
    ("hampered", "there", "keeps"),
    [
        pytest.param(False, None, True, id="a-bad-moment"),
        pytest.param(True, None, False, id="for-long"),
        pytest.param(True, a_copy(), True, id="but-has-a-copy-here"),
    ],
)
def test_what_cannot_be_written_to_for_long_holds_nobody_off(hampered, there, keeps):
    state = a_state(status=TOLD)
    state.reconciled, state.hampered = True, hampered
    state.hand_out(a_content())
    assert state.keeps(there) == keeps


@pytest.mark.parametrize("metadata", [{"deletionTimestamp": GONE}, {"name": "x" * 64}])
def test_what_goes_or_is_not_sound_holds_nobody_off(metadata):
    state = a_state(status=TOLD, **metadata)
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


def test_another_spec_may_mean_other_namespaces_and_another_policy_is_another():
    states = PolicyStates()
    obj = whole(SPEC, uid="one", generation=1)
    state = states.see(obj)
    state.tried, state.synced = (), {"web"}
    assert states.see(copy.deepcopy(obj)) is state
    assert state.tried == ()
    states.see(whole(SPEC, uid="one", generation=2))
    assert (state.tried, state.synced) == ((), set()), "what was tried stays so"
    assert states.see(whole(SPEC, uid="two", generation=1)) is not state


def test_who_begins_to_lead_forgets_what_was_found():
    states = PolicyStates()
    state = states.see(whole(SPEC, uid="u"))
    state.hand_out(a_content())
    state.reconciled, state.failures["web"] = True, Failure("web", "x", "y")
    states.renew()
    (fresh,) = states
    assert fresh.policy == state.policy
    assert (fresh.content, fresh.data, fresh.reconciled, fresh.failures) == (None, "", False, {})


def test_what_is_out_of_bounds_is_not_sound():
    states = PolicyStates(Bounds(frozenset({"other"})))
    state = states.see(whole(SPEC, uid="u", finalizers=[FINALIZER]))
    assert state.policy is None
    assert state.fault is not None
    assert state.fault.place == "spec.credentials[0].secretRef.namespace"
    assert states.of_source(SecretRef("platform", "harbor-login")) == [state], "nobody deletes what it names"
    going = whole(SPEC, uid="u", finalizers=[FINALIZER], deletionTimestamp=GONE)
    going = states.see({**going, "status": TOLD})
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
