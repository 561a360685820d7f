"""What a policy's status tells: times that stay while nothing changes, verdicts that outlive a restart."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pullsecret.core.policy.status import (
    MESSAGE_LIMIT,
    Condition,
    Facts,
    Failure,
    Result,
    TriedCredential,
    result_of,
    secret_names_of,
    status_of,
)
from pullsecret.core.policy.statusschema import FAILURES_SHOWN
from support.syncing import a_content

NOW, LATER = datetime(2026, 1, 31, 8, tzinfo=UTC), datetime(2026, 1, 31, 9, tzinfo=UTC)
READY = Condition("Ready", "True", "Synced", "all well")


def facts(**changes):
    return Facts(**{"generation": 3, "secret_names": ["harbor", "before"], "conditions": (READY,), **changes})


def held(*hosts, **how):
    return a_content(*hosts, **how).credentials


def tried(result=Result.ACCEPTED, **changes):
    return TriedCredential(replace(held()[0], **changes), result, "2026-01-31T08:00:00Z")


def test_all_that_is_known():
    credentials = [tried(expires=LATER), TriedCredential(held("h.io")[0])]
    status = status_of(
        facts(
            desired=5,
            synced=4,
            failures=[Failure("a", "Forbidden", "no")],
            credentials=credentials,
            tried_way="as-told",
        ),
        {},
        NOW,
    )
    assert status == {
        "observedGeneration": 3,
        "secretNames": ["harbor", "before"],
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "Synced",
                "message": "all well",
                "lastTransitionTime": "2026-01-31T08:00:00Z",
                "observedGeneration": 3,
            }
        ],
        "namespaces": {"desired": 5, "synced": 4, "failed": 1},
        "summary": {
            "registries": "harbor.example.com +1", "synced": "4/5", "expires": "2026-01-31T09:00:00Z",
        },
        "failures": [{"namespace": "a", "reason": "Forbidden", "message": "no"}],
        "credentials": [
            {
                "registry": "harbor.example.com",
                "username": "robot",
                "expiresAt": "2026-01-31T09:00:00Z",
                "lastVerifiedAt": "2026-01-31T08:00:00Z",
                "sourceUID": "source-uid",
                "sourceResourceVersion": "7",
                "result": "Accepted",
            },
            {
                "registry": "h.io",
                "username": "robot",
                "sourceUID": "source-uid",
                "sourceResourceVersion": "7",
                "result": "NotTried",
            },
        ],
        "verifiedWay": "as-told",
    }  # fmt: skip
    assert "s3cret-word" not in str(status)


def test_the_same_facts_give_the_same_status_at_any_time():
    before = status_of(facts(credentials=[tried()]), {}, NOW)
    assert status_of(facts(credentials=[tried()]), before, LATER) == before


def test_a_condition_that_turns_gets_a_new_time():
    before = status_of(facts(), {}, NOW)
    bad = replace(READY, status="False", reason="SourceMissing")
    (condition,) = status_of(facts(conditions=(bad,)), before, LATER)["conditions"]
    assert condition["lastTransitionTime"] == "2026-01-31T09:00:00Z"
    other = replace(READY, reason="Syncing")
    (condition,) = status_of(facts(conditions=(other,)), before, LATER)["conditions"]
    assert condition["lastTransitionTime"] == "2026-01-31T08:00:00Z", "only its reason did"


def test_what_is_not_known_now_stays_as_it_was():
    before = status_of(facts(credentials=[tried()], tried_way="as-told"), {}, NOW)
    after = status_of(facts(), before, LATER)
    assert [after[part] for part in ("credentials", "verifiedWay")] == [before["credentials"], "as-told"]
    nothing = status_of(facts(), {}, NOW)
    assert (nothing["credentials"], nothing["summary"]) == (
        [],
        {"registries": None, "synced": "0/0", "expires": None},
    )


def test_it_does_not_grow_without_end():
    failures = [Failure(f"n{i}", "Forbidden", "x" * 5000) for i in range(FAILURES_SHOWN + 5)]
    status = status_of(facts(failures=failures), {}, NOW)
    assert len(status["failures"]) == FAILURES_SHOWN
    assert status["namespaces"]["failed"] == FAILURES_SHOWN + 5
    assert {len(failure["message"]) for failure in status["failures"]} == {MESSAGE_LIMIT}
    assert status["failures"][0]["message"].endswith("…")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, (Result.REJECTED, "2026-01-31T08:00:00Z"), id="the-same"),
        pytest.param({"source_version": "8"}, (Result.NOT_TRIED, ""), id="changed-source"),
        pytest.param({"source_uid": "other"}, (Result.NOT_TRIED, ""), id="source-made-anew"),
        pytest.param({"name": "h.io"}, (Result.NOT_TRIED, ""), id="another-registry"),
    ],
)
def test_a_rejected_credential_is_remembered_across_restarts(changes, expected):
    status = status_of(facts(credentials=[tried(Result.REJECTED)]), {}, NOW)
    assert result_of(status, replace(held()[0], **changes)) == expected


@pytest.mark.parametrize("results", [(Result.ACCEPTED, Result.REJECTED), (Result.REJECTED, Result.ACCEPTED)])
@pytest.mark.parametrize("second", ["http://h.io", "https://h.io", "https://h.io/v1/"])
def test_the_two_of_an_overlap_are_told_apart(second, results):
    both = [TriedCredential(one, result) for one, result in zip(held("h.io", second), results, strict=True)]
    status = status_of(facts(credentials=both), {}, NOW)
    assert tuple(result_of(status, one.held)[0] for one in both) == results
    assert status["summary"]["registries"] == "h.io"


@pytest.mark.parametrize(
    "status",
    [
        pytest.param({}, id="none"),
        pytest.param({"credentials": None}, id="null"),
        pytest.param({"credentials": ["x"]}, id="malformed"),
        pytest.param(
            {"credentials": [{"registry": "harbor.example.com", "sourceUID": "source-uid",
                              "sourceResourceVersion": "7", "result": "Perhaps"}]},
            id="of-another-version",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_was_not_tried(status):
    assert result_of(status, held()[0]) == (Result.NOT_TRIED, "")


@pytest.mark.parametrize(
    ("status", "names"),
    [
        pytest.param({}, (), id="none"),
        pytest.param({"secretNames": None}, (), id="null"),
        pytest.param({"secretNames": ["", 5, "a", "b", "a"]}, ("a", "b"), id="malformed"),
        pytest.param(status_of(facts(), {}, NOW), ("harbor", "before"), id="ours"),
    ],
)
def test_the_names_under_which_there_may_be_copies(status, names):
    assert secret_names_of(status) == names


def test_nothing_in_it_is_obeyed_by_a_terminal_and_nothing_is_endless():
    one = replace(held("h.io\x1b[31m\n")[0], username="\u202eu" * 300)
    given = [TriedCredential(one, Result.REJECTED, "2026-01-31T08:00:00Z")]
    trouble = replace(READY, message="no\x07")
    status = status_of(facts(credentials=given, conditions=(trouble,)), {}, NOW)
    told = status["credentials"][0]
    assert told["registry"] == status["summary"]["registries"] == r"h.io\x1b[31m\n"
    assert (len(told["username"]), told["username"][:7]) == (256, r"\u202eu")
    assert status["conditions"][0]["message"] == r"no\x07"
    assert result_of(status, one)[0] is Result.REJECTED


def test_a_key_without_a_host_has_a_name_too():
    one = replace(held()[0], name="")
    given = [TriedCredential(one, Result.NOT_TRIED), TriedCredential(held("h.io")[0])]
    status = status_of(facts(credentials=given), {}, NOW)
    assert [told["registry"] for told in status["credentials"]] == ['""', "h.io"], "the schema requires one"
    assert status["summary"]["registries"] == '"" +1'
