"""Attaching and detaching: what others put there stays, and Pods that came too early are told of."""

import pytest

from pullsecret.app.attach import AttachRequest, attach
from pullsecret.app.detach import detach
from pullsecret.app.outcome import Action
from pullsecret.core.errors import ClusterError, Forbidden, InvalidInput, TooManyRequests, UsageError
from pullsecret.core.objects import DEPLOYMENT, POD, REPLICA_SET, SERVICE_ACCOUNT, STATEFUL_SET
from support.clusters import login, names_in, no_sleep, replica_set

TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


def request(**changes):
    return AttachRequest(**{"name": "harbor", "namespace": "web", **changes})


def account(cluster, name="default"):
    return names_in(cluster.store.get(SERVICE_ACCOUNT, name, "web"))


def deployment(cluster, *, secrets=(), kind=DEPLOYMENT, name="web", **extra):
    spec = {
        **TEMPLATE["spec"],
        **({"imagePullSecrets": [{"name": s} for s in secrets]} if secrets else {}),
        **extra,
    }
    obj = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {**TEMPLATE, "spec": spec}},
    }
    return cluster.store.create(kind, obj, "web")


def template_names(cluster):
    return names_in(cluster.store.get(DEPLOYMENT, "web", "web")["spec"]["template"]["spec"])


async def test_attaches_to_default_unless_told_otherwise(cluster):
    cluster.secret("harbor")
    outcome = await attach(request(), cluster, no_sleep)
    assert [(c.resource, c.action, c.detail) for c in outcome.changes] == [
        ("serviceaccount/default", Action.ATTACHED, "harbor")
    ]
    assert account(cluster) == ["harbor"]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param({"service_accounts": ("builder", "runner")}, {"builder", "runner"}, id="named"),
        pytest.param({"all_service_accounts": True}, {"default", "builder", "runner"}, id="all"),
    ],
)
async def test_attaches_to_several(cluster, targets, expected):
    cluster.secret("harbor")
    cluster.account("builder", "theirs")
    cluster.account("runner")
    await attach(request(**targets), cluster, no_sleep)
    assert {
        name for name in ("default", "builder", "runner") if "harbor" in account(cluster, name)
    } == expected
    assert account(cluster, "builder") == ["theirs", "harbor"]


async def test_attached_already_is_not_written_again(cluster):
    cluster.secret("harbor")
    cluster.account("default", "harbor")
    outcome = await attach(request(), cluster, no_sleep)
    assert outcome.changes[0].action is Action.UNCHANGED
    assert cluster.writes == []


async def test_dry_run_writes_nothing(cluster):
    cluster.secret("harbor")
    assert (await attach(request(dry_run=True), cluster, no_sleep)).changes[0].action is Action.ATTACHED
    assert account(cluster) == []


@pytest.mark.parametrize(
    ("made", "asked", "error", "message"),
    [
        pytest.param(None, {}, UsageError, "no Secret 'harbor'", id="secret-missing"),
        pytest.param({"type": "Opaque", "data": {}}, {}, UsageError, "would pass over", id="wrong-type"),
        pytest.param(
            {"data": {".dockerconfigjson": "eyJhdXRocyI6W119"}},
            {},
            UsageError,
            "refuse every other Secret",
            id="malformed",
        ),
        pytest.param(
            {}, {"service_accounts": ("nobody",)}, UsageError, "no ServiceAccount 'nobody'", id="account"
        ),
        pytest.param(
            {}, {"workload": "deployment/nothing"}, UsageError, "no Deployment 'nothing'", id="workload"
        ),
        pytest.param({}, {"workload": "web"}, UsageError, "KIND/NAME", id="no-kind"),
        pytest.param({}, {"workload": "deploymnt/web"}, InvalidInput, "deployment", id="kind-misspelt"),
    ],
)
async def test_refuses(cluster, made, asked, error, message):
    if made is not None:
        cluster.secret("harbor", **made)
    with pytest.raises(error) as raised:
        await attach(request(**asked), cluster, no_sleep)
    assert message in f"{raised.value} {raised.value.hint}"
    assert cluster.writes == []


async def test_a_list_that_changes_in_between_is_planned_anew_and_loses_nothing(cluster):
    cluster.secret("harbor")
    cluster.meddle("patch", lambda: cluster.account("default", "theirs"))
    await attach(request(), cluster, no_sleep)
    assert account(cluster) == ["theirs", "harbor"]


async def test_gives_up_where_others_write_without_end(cluster):
    cluster.secret("harbor")
    cluster.meddle("patch", *[lambda n=n: cluster.account("default", f"theirs-{n}") for n in range(5)])
    with pytest.raises(ClusterError, match="changed 5 times"):
        await attach(request(), cluster, no_sleep)
    assert account(cluster) == ["theirs-4"]


async def test_a_workload_keeps_what_its_pods_inherited(cluster):
    cluster.secret("harbor")
    cluster.account("default", "inherited")
    deployment(cluster)
    outcome = await attach(request(workload="deploy/web"), cluster, no_sleep)
    assert template_names(cluster) == ["inherited", "harbor"]
    assert "inherited" in outcome.changes[0].detail
    assert outcome.changes[0].resource == "deployment/web"


async def test_a_workload_of_a_missing_service_account_inherits_nothing(cluster):
    cluster.secret("harbor")
    deployment(cluster, serviceAccountName="not-yet")
    await attach(request(workload="deployment/web"), cluster, no_sleep)
    assert template_names(cluster) == ["harbor"]


async def test_a_kind_without_a_pod_template_is_refused(cluster):
    cluster.secret("harbor")
    with pytest.raises(InvalidInput, match="'secret' is no kind that fits"):
        await attach(request(workload="secret/harbor"), cluster, no_sleep)


@pytest.mark.parametrize("workload", [None, "deployment/web"], ids=["serviceaccount", "workload"])
async def test_detaches_and_leaves_others_alone(cluster, workload):
    cluster.account("default", "theirs", "harbor")
    deployment(cluster, secrets=["theirs", "harbor"])
    outcome = await detach(request(workload=workload), cluster)
    assert [c.action for c in outcome.changes] == [Action.DETACHED]
    left = template_names(cluster) if workload else account(cluster)
    assert left == ["theirs"]


async def test_detaching_the_last_own_name_says_that_pods_inherit_again(cluster):
    deployment(cluster, secrets=["harbor"])
    outcome = await detach(request(workload="deployment/web"), cluster)
    assert "inherit" in outcome.changes[0].detail


async def test_a_controller_above_is_told(cluster):
    cluster.secret("harbor")
    made = deployment(cluster)
    owner = {
        "apiVersion": "platform.example.com/v1",
        "kind": "App",
        "name": "shop",
        "uid": "u",
        "controller": True,
    }
    made["metadata"]["ownerReferences"] = [owner]
    cluster.store.update(DEPLOYMENT, made)
    outcome = await attach(request(workload="deployment/web"), cluster, no_sleep)
    assert "may put its own list back" in outcome.changes[0].detail


async def test_stuck_pods_are_told_and_left(cluster):
    cluster.secret("harbor")
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set())
    outcome = await attach(request(), cluster, no_sleep)
    assert [(c.resource, c.action) for c in outcome.changes][1:] == [("pod/early", Action.STUCK)]
    assert "--restart-stuck" in outcome.warnings[0]
    assert ("evict", "early") not in cluster.writes


@pytest.mark.parametrize("restart_stuck", [True, False])
async def test_a_bare_pod_that_may_have_a_list_of_its_own_is_told_so_and_left(cluster, restart_stuck):
    cluster.secret("harbor")
    cluster.account("default", "old")
    cluster.pod("bare", waiting="ImagePullBackOff", imagePullSecrets=[{"name": "old"}])
    outcome = await attach(request(restart_stuck=restart_stuck), cluster, no_sleep)
    told = outcome.changes[1]
    assert told.resource == "pod/bare"
    assert ("not evicted" if restart_stuck else "or its list of Secrets is its own") in told.detail
    assert ("evict", "bare") not in cluster.writes


def successor(cluster, name="late", owner=None, **extra):
    """Make the Pod that a controller would make once the evicted one is gone."""
    return lambda *_: cluster.pod(name, waiting="ErrImagePull", owner=owner or replica_set(), **extra)


async def test_restarts_a_stuck_pod_and_looks_at_the_new_one(cluster):
    cluster.secret("harbor")
    cluster.pod("sibling", running=True, owner=replica_set())
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set())
    sleeps = []

    async def sleep(seconds):
        sleeps.append(seconds)
        if len(sleeps) == 1:
            cluster.pod("of-another", waiting="ErrImagePull", owner=replica_set("other", "rs-2"))
        else:
            successor(cluster)()

    outcome = await attach(request(restart_stuck=True), cluster, sleep)
    assert outcome.changes[1].action is Action.EVICTED
    assert "pod/late has harbor" in outcome.changes[1].detail
    assert len(sleeps) == 2


async def test_evicts_again_where_admission_still_read_the_old_list(cluster):
    cluster.secret("harbor")
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set())
    made = iter(["late-1", "late-2", "late-3"])

    async def sleep(seconds):
        name = next(made)
        # a list of its own that lacks the name stands for the stale one that admission copied
        stale = {"imagePullSecrets": [{"name": "old"}]} if name != "late-3" else {}
        successor(cluster, name, **stale)()

    outcome = await attach(request(restart_stuck=True), cluster, sleep)
    assert outcome.changes[1].action is Action.EVICTED
    assert [w for w in cluster.writes if w[0] == "evict"] == [
        ("evict", n) for n in ("early", "late-1", "late-2")
    ]


async def test_says_when_every_new_pod_missed_the_name(cluster):
    cluster.secret("harbor")
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set())
    made = iter(range(9))

    async def sleep(seconds):
        successor(cluster, f"late-{next(made)}", imagePullSecrets=[{"name": "old"}])()

    outcome = await attach(request(restart_stuck=True), cluster, sleep)
    assert outcome.changes[1].action is Action.FAILED
    assert outcome.failed


async def test_does_not_wait_for_ever_for_the_new_pod(cluster):
    cluster.secret("harbor")
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set())
    outcome = await attach(request(restart_stuck=True), cluster, no_sleep)
    assert (outcome.changes[1].action, outcome.changes[1].detail) == (
        Action.EVICTED,
        "no new Pod was seen yet",
    )


async def test_a_pod_that_nobody_makes_again_stays(cluster):
    cluster.secret("harbor")
    cluster.pod("bare", waiting="ImagePullBackOff")
    outcome = await attach(request(restart_stuck=True), cluster, no_sleep)
    assert outcome.changes[1].action is Action.FAILED
    assert cluster.store.get(POD, "bare", "web")


def begins_to_run(cluster):
    pod = cluster.store.get(POD, "early", "web")
    pod["status"]["containerStatuses"][0]["state"] = {"running": {}}
    cluster.store.update_status(POD, pod)


def made_anew(cluster):
    cluster.store.delete(POD, "early", "web", grace_period=0)
    cluster.pod("early", waiting="ErrImagePull", owner=replica_set())


def pulls_again(cluster):
    pod = cluster.store.get(POD, "early", "web")
    reason = pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"]
    other = "ErrImagePull" if reason == "ImagePullBackOff" else "ImagePullBackOff"
    pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = other
    cluster.store.update_status(POD, pod)


@pytest.mark.parametrize(
    ("meddle", "times", "action", "detail"),
    [
        pytest.param(begins_to_run, 1, Action.UNCHANGED, "runs by now", id="begins-to-run"),
        pytest.param(
            lambda c: c.store.delete(POD, "early", "web", grace_period=0),
            1,
            Action.UNCHANGED,
            "gone",
            id="gone",
        ),
        pytest.param(made_anew, 1, Action.UNCHANGED, "gone already", id="made-anew-under-its-name"),
        pytest.param(pulls_again, 1, Action.EVICTED, "no new Pod", id="its-status-changes-once"),
        pytest.param(
            pulls_again, 5, Action.UNCHANGED, "again and again", id="its-status-changes-without-end"
        ),
    ],
)
async def test_a_pod_that_changes_in_between_is_judged_anew(cluster, meddle, times, action, detail):
    cluster.secret("harbor")
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set())
    cluster.meddle("evict", *[lambda: meddle(cluster)] * times)
    outcome = await attach(request(restart_stuck=True), cluster, no_sleep)
    assert outcome.changes[1].action is action
    assert detail in outcome.changes[1].detail


async def test_an_eviction_that_is_refused_is_told(cluster):
    cluster.secret("harbor")
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set())
    cluster.refuse("evict", TooManyRequests("a disruption budget forbids it", status=429))
    outcome = await attach(request(restart_stuck=True), cluster, no_sleep)
    assert outcome.failed
    assert "budget" in outcome.changes[1].detail


async def test_pods_of_a_controller_with_a_list_of_its_own_are_not_ours_to_restart(cluster):
    cluster.secret("harbor")
    made = deployment(cluster, kind=REPLICA_SET, name="own", secrets=["harbor-old"])
    owner = replica_set("own", made["metadata"]["uid"])
    cluster.account("default", "harbor-old")
    cluster.pod("early", waiting="ImagePullBackOff", owner=owner, imagePullSecrets=[{"name": "harbor-old"}])
    outcome = await attach(request(), cluster, no_sleep)
    assert [c.resource for c in outcome.changes] == ["serviceaccount/default"]
    deployment(cluster, kind=REPLICA_SET, name="inheriting")
    outcome = await attach(request(restart_stuck=True), cluster, no_sleep)
    assert [c.resource for c in outcome.changes] == ["serviceaccount/default"]


async def test_pods_that_the_secret_would_not_help_are_left(cluster):
    cluster.secret("harbor", login("elsewhere.example.com"))
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set())
    bad = [{"name": "c", "image": "UPPER/case::"}]
    cluster.pod("bad-name", waiting="ErrImagePull", owner=replica_set(), containers=bad)
    outcome = await attach(request(restart_stuck=True), cluster, no_sleep)
    assert [c.resource for c in outcome.changes] == ["serviceaccount/default"]


async def test_pods_that_a_stateful_set_waits_for_are_told(cluster):
    cluster.secret("harbor")
    made = deployment(cluster, kind=STATEFUL_SET)
    owner = {**replica_set("web", made["metadata"]["uid"]), "kind": "StatefulSet"}
    cluster.pod("web-0", waiting="ImagePullBackOff", owner=owner)
    outcome = await attach(request(workload="statefulset/web"), cluster, no_sleep)
    assert [(c.resource, c.action) for c in outcome.changes] == [
        ("statefulset/web", Action.ATTACHED),
        ("pod/web-0", Action.STUCK),
    ]


async def test_one_account_that_is_not_there_leaves_all_as_they_are(cluster):
    cluster.secret("harbor")
    for work in (attach(request(service_accounts=("default", "nobody")), cluster, no_sleep),
                 detach(request(service_accounts=("default", "nobody")), cluster)):  # fmt: skip
        with pytest.raises(UsageError, match="no ServiceAccount 'nobody'"):
            await work
    assert cluster.writes == []


async def test_what_was_attached_before_the_cluster_refused_is_told(cluster):
    cluster.secret("harbor")
    cluster.account("builder")
    cluster.meddle("patch", lambda: None)
    cluster.refuse("patch", Forbidden("no", status=403))
    outcome = await attach(request(service_accounts=("default", "builder")), cluster, no_sleep)
    assert [(c.resource, c.action) for c in outcome.changes] == [("serviceaccount/default", Action.ATTACHED)]
    assert outcome.exit_code == 3


@pytest.mark.parametrize(("restart", "code"), [(True, 3), (False, 0)], ids=["restart-asked-for", "not"])
async def test_pods_that_may_not_be_listed_do_not_hide_what_was_attached(cluster, restart, code):
    cluster.secret("harbor")
    cluster.refuse("list pods", Forbidden("no", status=403))
    outcome = await attach(request(restart_stuck=restart), cluster, no_sleep)
    assert outcome.changes[0].action is Action.ATTACHED
    assert outcome.exit_code == code


async def test_a_secret_without_a_credential_is_warned_about(cluster):
    cluster.secret("harbor", data={".dockerconfigjson": "eyJhdXRocyI6eyJoLmlvIjp7fX19"})
    (warning,) = (await attach(request(), cluster, no_sleep)).warnings
    assert "holds no credential" in warning


async def test_detaches_from_all(cluster):
    cluster.account("default", "harbor", "theirs")
    cluster.account("builder")
    outcome = await detach(request(all_service_accounts=True), cluster)
    assert {(c.resource, c.action) for c in outcome.changes} == {
        ("serviceaccount/default", Action.DETACHED),
        ("serviceaccount/builder", Action.UNCHANGED),
    }
    assert account(cluster) == ["theirs"]


async def test_pods_that_are_being_deleted_need_no_mend(cluster):
    cluster.secret("harbor")
    cluster.pod("early", waiting="ImagePullBackOff", owner=replica_set(), nodeName="n1")
    cluster.store.delete(POD, "early", "web", grace_period=30)
    outcome = await attach(request(), cluster, no_sleep)
    assert [c.resource for c in outcome.changes] == ["serviceaccount/default"]


async def test_what_is_attached_is_not_told_as_inherited(cluster):
    cluster.secret("harbor")
    cluster.account("default", "harbor")
    deployment(cluster)
    outcome = await attach(request(workload="deployment/web"), cluster, no_sleep)
    assert outcome.changes[0].detail == "harbor"
