"""One namespace: written once, planned anew when somebody else was quicker, nothing of theirs lost."""

import pytest

from pullsecret.app.sync.settle import settle
from pullsecret.core.errors import ClusterError, Conflict, Forbidden, NotFound
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.plan import Intent, NamespaceView, Verdict
from pullsecret.core.policy.model import Attach, AttachTo
from pullsecret.core.policy.names import ADOPT, ATTACHED, EXCLUDE, POLICY_UID
from pullsecret.core.pullsecrets import Secret
from support.clusters import TestCluster, login, names_in
from support.syncing import UID, a_claim, a_content


@pytest.fixture
def cluster() -> TestCluster:
    made = TestCluster()
    made.namespace("web")
    return made


def view(cluster, *, accounts=("default",)):
    """See what is there now."""
    secrets = [obj for obj in cluster.store.list(SECRET, "web") if obj["metadata"]["name"] == "harbor"]
    return NamespaceView(
        cluster.store.get(NAMESPACE, "web"),
        secrets[0] if secrets else None,
        [cluster.store.get(SERVICE_ACCOUNT, name, "web") for name in accounts],
    )


def copy(cluster):
    return cluster.store.get(SECRET, "harbor", "web")


def listed(cluster, account="default"):
    return names_in(cluster.store.get(SERVICE_ACCOUNT, account, "web"))


def done(settled):
    return [str(step) for step in settled.done]


async def test_one_create_and_one_patch_and_then_nothing(cluster):
    told = []
    settled = await settle(cluster, a_claim(), view(cluster), lambda kind, obj: told.append((kind, obj)))
    assert done(settled) == ["create secret/harbor", "attach harbor to serviceaccount/default"]
    assert cluster.writes == [("create", "secrets"), ("patch", "serviceaccounts")]
    assert [kind for kind, _ in told] == [SECRET, SERVICE_ACCOUNT]
    assert told[0][1]["metadata"]["resourceVersion"] == copy(cluster)["metadata"]["resourceVersion"]
    cluster.writes.clear()
    again = await settle(cluster, a_claim(), view(cluster))
    assert (again.done, again.plan.verdict, cluster.writes) == ((), Verdict.SYNCED, [])


class Overruling(TestCluster):
    """A cluster with an admission webhook that puts a name into every ServiceAccount, or takes it out."""

    __test__ = False

    def __init__(self, *, puts_in: bool) -> None:
        super().__init__()
        self.namespace("web")
        self.puts_in, self.active = puts_in, False

    async def patch(self, kind, name, patch, **how):
        obj = await super().patch(kind, name, patch, **how)
        if not self.active or kind != SERVICE_ACCOUNT:
            return obj
        entries, marks = ([{"name": "harbor"}], {ATTACHED: "harbor"}) if self.puts_in else ([], {})
        metadata = {**obj["metadata"], "annotations": marks}
        return self.store.update(kind, {**obj, "imagePullSecrets": entries, "metadata": metadata})


@pytest.mark.parametrize("patient", [True, False])
@pytest.mark.parametrize(
    ("intent", "puts_in"),
    [pytest.param(Intent.KEEP, False, id="taken-out"), pytest.param(Intent.DROP, True, id="put-in-again")],
)
async def test_what_a_webhook_makes_of_a_write_is_seen(intent, puts_in, patient):
    """A replica that lags may do so: the Secret must not go while it is named, and is looked at again."""
    cluster = Overruling(puts_in=puts_in)
    if intent is Intent.DROP:
        await settle(cluster, a_claim(), view(cluster))
    cluster.active = True
    settled = await settle(cluster, a_claim(intent), view(cluster), patient=patient)
    assert settled.overruled
    there = [obj for obj in cluster.store.list(SECRET, "web") if obj["metadata"]["name"] == "harbor"]
    assert bool(there) == (patient or intent is Intent.KEEP)
    cluster.active = False
    settled = await settle(cluster, a_claim(intent), view(cluster), patient=patient)
    assert not settled.overruled
    assert listed(cluster) == (["harbor"] if intent is Intent.KEEP else [])


async def test_one_that_a_webhook_changes_does_not_stop_the_others():
    cluster = Overruling(puts_in=False)
    cluster.active = True
    cluster.account("other")
    settled = await settle(
        cluster, a_claim(attach=Attach(AttachTo.ALL)), view(cluster, accounts=("default", "other"))
    )
    assert [step.name for step in settled.done[1:]] == ["default", "other"]


async def test_a_changed_source_changes_the_copy_in_place(cluster):
    await settle(cluster, a_claim(), view(cluster))
    before = copy(cluster)["metadata"]["uid"]
    claim = a_claim(content=a_content("harbor.example.com", password="new"))
    assert done(await settle(cluster, claim, view(cluster))) == ["update secret/harbor (content)"]
    assert copy(cluster)["metadata"]["uid"] == before
    assert copy(cluster)["data"][".dockerconfigjson"] == claim.data


async def test_leaving_detaches_first(cluster):
    await settle(cluster, a_claim(), view(cluster))
    cluster.account("default", "theirs", "harbor")
    cluster.writes.clear()
    settled = await settle(cluster, a_claim(Intent.DROP), view(cluster))
    assert done(settled) == ["detach harbor from serviceaccount/default", "delete secret/harbor"]
    assert cluster.writes == [("patch", "serviceaccounts"), ("delete", "secrets")]
    assert listed(cluster) == ["theirs"]
    with pytest.raises(NotFound):
        copy(cluster)


MEDDLING = [
    pytest.param(
        "create",
        lambda c: c.secret("harbor"),
        Verdict.CONFLICT,
        ["default"],
        id="a-foreign-secret-comes-first",
    ),
    pytest.param(
        "create",
        lambda c: c.secret("harbor", metadata={"annotations": {ADOPT: "harbor"}}),
        Verdict.SYNCED,
        ["default", "harbor"],
        id="one-that-may-be-adopted-comes-first",
    ),
    pytest.param(
        "patch",
        lambda c: c.account("default", "theirs"),
        Verdict.SYNCED,
        ["theirs", "harbor"],
        id="their-entry",
    ),
    pytest.param(
        "patch",
        lambda c: c.store.delete(SECRET, "harbor", "web"),
        Verdict.SYNCED,
        ["harbor"],
        id="the-copy-is-deleted-after-it-was-made",
    ),
]


@pytest.mark.parametrize(("verb", "meddle", "verdict", "names"), MEDDLING)
async def test_whoever_is_quicker_keeps_what_is_theirs(cluster, verb, meddle, verdict, names):
    cluster.meddle(verb, lambda: meddle(cluster))
    settled = await settle(cluster, a_claim(), view(cluster))
    assert settled.plan.verdict is verdict
    if verdict is Verdict.CONFLICT:
        assert Secret.from_manifest(copy(cluster)).config == login("harbor.example.com")
        assert listed(cluster) == []
    else:
        assert listed(cluster) == [name for name in names if name != "default"]


async def test_a_copy_that_was_edited_meanwhile_is_planned_anew(cluster):
    await settle(cluster, a_claim(), view(cluster))
    stale = view(cluster)
    cluster.store.update(SECRET, {**copy(cluster), "data": {".dockerconfigjson": a_content("x.io").data}})
    claim = a_claim(content=a_content("harbor.example.com", password="new"))
    await settle(cluster, claim, stale)
    assert copy(cluster)["data"][".dockerconfigjson"] == claim.data


async def test_an_opt_out_meanwhile_is_honoured(cluster):
    def opt_out():
        obj = cluster.store.get(NAMESPACE, "web")
        obj["metadata"]["labels"] = {EXCLUDE: "true"}
        cluster.store.update(NAMESPACE, obj)
        cluster.account("default", "theirs")

    cluster.meddle("patch", opt_out)
    settled = await settle(cluster, a_claim(), view(cluster))
    assert settled.plan.verdict is Verdict.EXCLUDED
    assert done(settled) == ["create secret/harbor"]
    assert listed(cluster) == ["theirs"]


async def test_a_late_deletion_does_not_hit_anothers_secret(cluster):
    await settle(cluster, a_claim(), view(cluster))

    def made_anew():
        cluster.store.delete(SECRET, "harbor", "web")
        cluster.secret("harbor")

    cluster.meddle("delete", made_anew)
    await settle(cluster, a_claim(Intent.DROP), view(cluster))
    assert POLICY_UID not in copy(cluster)["metadata"].get("annotations", {})


async def test_an_account_that_is_gone_meanwhile_needs_nothing(cluster):
    cluster.account("builder")
    seen = view(cluster, accounts=("builder",))
    cluster.store.delete(SERVICE_ACCOUNT, "builder", "web")
    claim = a_claim(attach=Attach(accounts=("builder",)))
    settled = await settle(cluster, claim, seen)
    assert (settled.plan.verdict, done(settled)) == (Verdict.SYNCED, ["create secret/harbor"])


@pytest.mark.parametrize(
    "looking",
    [
        pytest.param(NotFound("gone", status=404, reason="NotFound"), id="readable"),
        pytest.param(Forbidden("no", status=403, reason="Forbidden"), id="unreadable"),
    ],
)
async def test_a_namespace_that_is_gone_meanwhile(cluster, looking):
    seen = view(cluster)
    cluster.refuse("create", NotFound('namespaces "web" not found', status=404, reason="NotFound"))
    cluster.refuse("get", looking)
    settled = await settle(cluster, a_claim(), seen)
    assert settled.plan.verdict is Verdict.TERMINATING
    assert settled.plan.reason == "there is no such namespace any more"


async def test_a_namespace_that_is_being_deleted_by_now(cluster):
    seen = view(cluster)
    cluster.store.delete(NAMESPACE, "web")
    settled = await settle(cluster, a_claim(), seen)
    assert (settled.plan.verdict, settled.done) == (Verdict.TERMINATING, ())
    assert settled.plan.reason == "the namespace is being deleted"


async def test_who_may_not_read_the_namespace_goes_on_all_the_same(cluster):
    cluster.meddle("patch", lambda: cluster.account("default", "theirs"))
    cluster.refuse("get", Forbidden("no", status=403, reason="Forbidden"))
    await settle(cluster, a_claim(), view(cluster))
    assert listed(cluster) == ["theirs", "harbor"]


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Forbidden("exceeded quota: x", status=403, reason="Forbidden"), id="quota"),
        pytest.param(NotFound("404 page not found", status=404), id="no-word-of-the-api-servers"),
    ],
)
async def test_what_the_server_refuses_is_raised_and_what_was_done_before_is_known(cluster, error):
    steps = []
    cluster.refuse("patch", error)
    with pytest.raises(type(error)) as raised:
        await settle(cluster, a_claim(), view(cluster), done=steps)
    assert raised.value is error
    assert [str(step) for step in steps] == ["create secret/harbor"]


async def test_two_who_undo_each_other_are_no_war(cluster):
    cluster.refuse("patch", Conflict("changed", status=409, reason="Conflict"), times=99)
    with pytest.raises(ClusterError, match="others kept changing the same objects of namespace 'web'"):
        await settle(cluster, a_claim(), view(cluster))
    assert len(cluster.writes) < 10
    assert UID in str(copy(cluster)["metadata"])
