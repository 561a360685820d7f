"""What is written in one namespace: marks, precedence, opting out, adopting; nothing where all is well."""

import base64

import pytest

from pullsecret.core.plan import (
    CreateSecret,
    DeleteSecret,
    Intent,
    NamespacePlan,
    PatchAccount,
    PatchSecret,
    Verdict,
)
from pullsecret.core.policy.model import Attach, AttachTo
from pullsecret.core.policy.names import EXCLUDE, MANAGED_BY, POLICY_LABEL, POLICY_UID
from pullsecret.core.pullsecrets import TYPE_JSON
from support.syncing import (
    UID,
    a_claim,
    a_content,
    a_copy,
    a_namespace,
    a_policy,
    a_view,
    an_account,
    foreign,
    planned,
    steps,
)

DROP, KEEP = Intent.DROP, Intent.KEEP
GONE = a_namespace(deletionTimestamp="2026-01-01T00:00:00Z")


def test_a_new_namespace_gets_one_secret_and_one_patch_in_that_order():
    plan = planned(a_claim(), an_account("default", "theirs"), an_account("other"))
    create, attach = plan.steps
    assert (plan.verdict, plan.reason, plan.adopted) == (Verdict.SYNCED, "", False)
    assert create.manifest == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "harbor",
            "namespace": "web",
            "labels": {
                "app.kubernetes.io/managed-by": "pullsecret",
                "pullsecret.dev/policy": "ClusterPullSecret.harbor",
            },
            "annotations": {"pullsecret.dev/policy-uid": UID},
        },
        "type": TYPE_JSON,
        "data": {".dockerconfigjson": a_content().data},
    }
    assert attach.patch == {
        "metadata": {"resourceVersion": "5", "annotations": {"pullsecret.dev/attached": "harbor"}},
        "imagePullSecrets": [{"name": "theirs"}, {"name": "harbor"}],
    }


def test_steady_state_writes_nothing():
    plan = planned(a_claim(), an_account("default", "harbor", attached="harbor"), secret=a_copy())
    assert plan == NamespacePlan("web", Verdict.SYNCED)
    assert plan.lines() == ["nothing to do"]


@pytest.mark.parametrize(
    ("secret", "patch", "why"),
    [
        pytest.param(
            a_copy(a_content("old.io")),
            {"metadata": {"resourceVersion": "3"}, "data": {".dockerconfigjson": a_content().data}},
            "content",
            id="content",
        ),
        pytest.param(
            a_copy(data=None),
            {"metadata": {"resourceVersion": "3"}, "data": {".dockerconfigjson": a_content().data}},
            "content",
            id="emptied",
        ),
        pytest.param(
            a_copy(
                metadata={"labels": {MANAGED_BY: "helm", POLICY_LABEL: "ClusterPullSecret.harbor", "x": "y"}}
            ),
            {"metadata": {"labels": {MANAGED_BY: "pullsecret"}, "annotations": {}, "resourceVersion": "3"}},
            "marks",
            id="a-mark",
        ),
    ],
)
def test_a_copy_that_somebody_changed_is_put_back_in_place(secret, patch, why):
    (step,) = planned(a_claim(), secret=secret).steps
    assert (step.patch, step.why) == (patch, why)


def test_every_write_is_conditional():
    changed = a_copy(a_content("old.io"))
    every = [
        *planned(a_claim(), an_account(), secret=changed).steps,
        *planned(a_claim(DROP), an_account("default", "harbor", attached="harbor"), secret=changed).steps,
        *planned(a_claim(DROP), an_account("default", attached="harbor")).steps,
    ]
    assert len(every) == 5
    for step in every:
        if isinstance(step, DeleteSecret):
            assert (step.uid, step.resource_version) == ("copy-uid", "3")
        else:
            assert isinstance(step, PatchSecret | PatchAccount)
            assert step.patch["metadata"]["resourceVersion"]


# opting out


@pytest.mark.parametrize("intent", [KEEP, DROP])
@pytest.mark.parametrize(
    ("view", "reason"),
    [
        pytest.param(
            {"namespace": a_namespace(labels={EXCLUDE: "true"}), "secret": a_copy()},
            "the namespace opted out by its label pullsecret.dev/exclude",
            id="namespace",
        ),
        pytest.param(
            {"secret": a_copy(metadata={"annotations": {POLICY_UID: UID, EXCLUDE: "true"}})},
            "the Secret opted out by its annotation pullsecret.dev/exclude",
            id="secret",
        ),
    ],
)
def test_who_opts_out_is_left_as_it_is(intent, view, reason):
    plan = planned(a_claim(intent), an_account("default", "harbor", attached="harbor"), **view)
    assert plan == NamespacePlan("web", Verdict.EXCLUDED, reason)
    assert plan.lines() == [reason]


@pytest.mark.parametrize("intent", [KEEP, DROP])
def test_a_service_account_that_opts_out_is_left_alone(intent):
    out = an_account(
        "default", *(["harbor"] if intent is DROP else []), attached="harbor", labels={EXCLUDE: "true"}
    )
    assert not any(
        isinstance(step, PatchAccount) for step in planned(a_claim(intent), out, secret=a_copy()).steps
    )


# who names it


@pytest.mark.parametrize(
    ("attach", "account", "expected"),
    [
        pytest.param(Attach(), an_account(), ["attach harbor to serviceaccount/default"], id="attached"),
        pytest.param(Attach(), an_account("default", "harbor"), [], id="named-before-us"),
        pytest.param(Attach(), an_account("builder"), [], id="not-meant"),
        pytest.param(
            Attach(AttachTo.ALL), an_account("builder"), ["attach harbor to serviceaccount/builder"], id="all"
        ),
        pytest.param(
            Attach(AttachTo.NONE),
            an_account("default", "harbor", attached="harbor"),
            ["detach harbor from serviceaccount/default"],
            id="no-longer-meant",
        ),
        pytest.param(Attach(AttachTo.NONE), an_account("default", "harbor"), [], id="anothers-entry-stays"),
        pytest.param(
            Attach(AttachTo.NONE),
            an_account("default", "harbor", attached="other"),
            [],
            id="ours-for-another-name",
        ),
        pytest.param(
            Attach(AttachTo.NONE),
            an_account("default", attached="harbor"),
            ["detach harbor from serviceaccount/default"],
            id="taken-off-by-hand",
        ),
        pytest.param(Attach(), {**an_account(), "imagePullSecrets": "x"}, [], id="malformed-is-passed-over"),
        pytest.param(
            Attach(), {**an_account(), "kind": "PartialObjectMetadata"}, [], id="one-that-is-not-whole"
        ),
    ],
)
def test_which_lists_are_changed(attach, account, expected):
    assert steps(a_claim(attach=attach), account, secret=a_copy()) == expected


def test_the_mark_names_all_that_is_ours_once():
    (attach,) = planned(a_claim(), an_account("default", "a", attached="b, a,,b"), secret=a_copy()).steps
    assert attach.patch["metadata"]["annotations"] == {"pullsecret.dev/attached": "b,a,harbor"}
    (detach,) = planned(a_claim(DROP), an_account("default", "x", "harbor", "a", attached="harbor,a")).steps
    assert detach.patch == {
        "metadata": {"resourceVersion": "5", "annotations": {"pullsecret.dev/attached": "a"}},
        "imagePullSecrets": [{"name": "x"}, {"name": "a"}],
    }


def test_a_mark_that_stands_for_nothing_more_goes():
    (detach,) = planned(a_claim(DROP), an_account("default", attached="harbor")).steps
    assert detach.patch == {
        "metadata": {"resourceVersion": "5", "annotations": {"pullsecret.dev/attached": None}}
    }


# leaving


def test_leaving_detaches_first_and_then_deletes_what_is_ours():
    accounts = an_account("default", "harbor", attached="harbor"), an_account("theirs", "harbor")
    assert steps(a_claim(DROP), *accounts, secret=a_copy()) == [
        "detach harbor from serviceaccount/default",
        "delete secret/harbor",
    ]


def test_nothing_is_deleted_where_nothing_is():
    assert planned(a_claim(DROP)) == NamespacePlan("web", Verdict.SYNCED)


def test_what_another_policy_keeps_now_stays_named():
    anothers = a_copy(metadata={"annotations": {POLICY_UID: "another"}})
    assert steps(a_claim(DROP), an_account("default", "harbor", attached="harbor"), secret=anothers) == []


def test_a_foreign_secret_stays_and_our_entry_goes():
    ours = an_account("default", "harbor", attached="harbor")
    assert steps(a_claim(DROP), ours, secret=foreign()) == ["detach harbor from serviceaccount/default"]


def test_what_a_policy_reads_its_credential_from_is_only_detached():
    ours = an_account("default", "harbor", attached="harbor")
    plan = planned(a_claim(DROP, used_by="PullSecret web/mine"), ours, secret=a_copy())
    assert [str(step) for step in plan.steps] == ["detach harbor from serviceaccount/default"]
    assert (plan.verdict, plan.reason) == (
        Verdict.IN_USE,
        "Secret 'harbor' stays: PullSecret web/mine reads its credential from it",
    )
    assert planned(a_claim(DROP, used_by="PullSecret web/mine"), ours).verdict is Verdict.SYNCED


def test_a_uid_that_somebody_put_on_by_hand_keeps_no_entry_of_ours():
    ours = an_account("default", "harbor", attached="harbor")
    marked = foreign(metadata={"annotations": {POLICY_UID: "dead"}})
    assert steps(a_claim(DROP), ours, secret=marked) == ["detach harbor from serviceaccount/default"]


def test_a_copy_that_is_going_already_is_not_deleted_again():
    going = a_copy(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    assert steps(a_claim(DROP), an_account("default", "harbor", attached="harbor"), secret=going) == [
        "detach harbor from serviceaccount/default"
    ]


def test_a_policy_without_a_uid_owns_nothing():
    unmarked = a_copy(metadata={"annotations": {POLICY_UID: ""}})
    assert steps(a_claim(DROP, uid=""), secret=unmarked) == []


# what cannot be


def test_a_namespace_that_is_being_deleted_is_left():
    assert planned(a_claim(), an_account(), namespace=GONE).verdict is Verdict.TERMINATING
    assert planned(a_claim(), namespace=GONE).reason == "the namespace is being deleted"
    dropped = planned(a_claim(DROP), an_account("default", "harbor", attached="harbor"), namespace=GONE)
    assert dropped == NamespacePlan("web", Verdict.SYNCED)
    assert planned(a_claim(), namespace={"metadata": None}).verdict is Verdict.SYNCED


def test_a_copy_made_immutable_is_kept_while_it_is_right_and_told_of_when_it_is_not():
    assert planned(a_claim(), secret=a_copy(immutable=True)).verdict is Verdict.SYNCED
    plan = planned(a_claim(), an_account(), secret=a_copy(a_content("old.io"), immutable=True))
    assert plan.verdict is Verdict.IMMUTABLE
    assert "delete it to have it made anew" in plan.reason
    assert [str(step) for step in plan.steps] == ["attach harbor to serviceaccount/default"]


def test_a_copy_of_another_type_is_none():
    plan = planned(a_claim(), an_account(), secret=a_copy(type="Opaque"))
    assert (plan.verdict, plan.steps, plan.reason) == (
        Verdict.CONFLICT,
        (),
        "Secret 'harbor' is of type Opaque",
    )


def test_nothing_is_kept_without_content():
    with pytest.raises(ValueError, match="no content for the copies of ClusterPullSecret harbor"):
        type(a_claim())(a_policy(), KEEP)


# telling it


def test_a_plan_prints_itself_and_holds_no_credential():
    claim = a_claim(content=a_content(password="s3cret-word"))
    plan = planned(claim, an_account(), secret=a_copy(a_content("old.io")))
    assert plan.lines() == ["update secret/harbor (content)", "attach harbor to serviceaccount/default"]
    created = planned(claim)
    assert created.lines() == ["create secret/harbor"]
    assert isinstance(created.steps[0], CreateSecret)
    view = a_view(secret=a_copy(a_content(password="s3cret-word")))
    for shown in (claim, plan, created, view, *plan.steps, *created.steps):
        assert claim.data not in repr(shown)
        assert base64.b64encode(b"robot:s3cret-word").decode() not in repr(shown)
