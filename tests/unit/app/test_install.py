"""Installing and uninstalling: idempotent, conditional, nothing of others, and nothing left behind."""

import pytest

from pullsecret.app.install import install
from pullsecret.app.outcome import Action
from pullsecret.app.uninstall import LOOKS, UninstallRequest, look, uninstall
from pullsecret.core.errors import (
    AlreadyExists,
    ClusterError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    UsageError,
)
from pullsecret.core.installation import Installation
from pullsecret.core.installation.kinds import CLUSTER_ROLE, ROLE, SERVICE
from pullsecret.core.objects import (
    DEPLOYMENT,
    LEASE,
    MUTATING_WEBHOOK_CONFIGURATION,
    NAMESPACE,
    POD,
    SECRET,
    SERVICE_ACCOUNT,
)
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, MANAGED_BY, MANAGER
from pullsecret.core.policy.schema import DEFINITION
from pullsecret.sandbox.definitions import Definitions
from support.clusters import TestCluster, names_in, no_sleep
from support.policies import PolicyCluster

WANTED = Installation("system", "registry.example.com/pullsecret:1")
REQUEST = UninstallRequest("system", "pullsecret")
CONFLICT = Conflict("changed", status=409, reason="Conflict")


@pytest.fixture
def cluster() -> TestCluster:
    made = TestCluster()
    Definitions(made.store)
    return made


def actions(outcome):
    return {change.action for change in outcome.changes}


async def test_all_is_made_after_all_was_tried(cluster):
    outcome = await install(cluster, WANTED)
    assert actions(outcome) == {Action.CREATED}
    assert outcome.changes[0].resource == "namespace/system"
    made = [change.resource for change in outcome.changes]
    assert {"deployment/pullsecret", "customresourcedefinition/pullsecrets.pullsecret.dev"} <= set(made)
    cluster.store.get(CLUSTER_ROLE, "pullsecret")


async def test_again_writes_nothing(cluster):
    await install(cluster, WANTED)
    before = {obj["metadata"]["uid"]: obj for obj in cluster.store.snapshot(DEPLOYMENT)}
    outcome = await install(cluster, WANTED)
    assert actions(outcome) == {Action.UNCHANGED}
    assert {obj["metadata"]["uid"]: obj for obj in cluster.store.snapshot(DEPLOYMENT)} == before


async def test_changes_are_made_and_what_is_not_wanted_goes(cluster):
    await install(cluster, WANTED)
    without = Installation("system", "registry.example.com/pullsecret:2", webhook=False)
    outcome = await install(cluster, without)
    told = {change.resource: change.action for change in outcome.changes}
    assert told["deployment/pullsecret"] is Action.CONFIGURED
    assert told["mutatingwebhookconfiguration/pullsecret"] is Action.DELETED
    assert told["service/pullsecret-webhook"] is Action.DELETED
    assert told["service/pullsecret-metrics"] is Action.UNCHANGED


async def test_definitions_alone(cluster):
    outcome = await install(cluster, WANTED, definitions_only=True)
    assert [change.resource for change in outcome.changes] == [
        "customresourcedefinition/clusterpullsecrets.pullsecret.dev",
        "customresourcedefinition/pullsecrets.pullsecret.dev",
    ]
    with pytest.raises(NotFound):
        cluster.store.get(NAMESPACE, "system")


async def test_definitions_that_somebody_else_put_there_are_brought_up_to_date():
    cluster = PolicyCluster()
    outcome = await install(cluster, WANTED, definitions_only=True)
    assert actions(outcome) == {Action.CONFIGURED}


async def test_what_is_foreign_is_refused_before_anything_is_written(cluster):
    cluster.namespace("system")
    theirs = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "pullsecret-metrics"}}
    cluster.store.create(SERVICE, theirs, "system")
    with pytest.raises(UsageError, match="service/pullsecret-metrics in namespace 'system'"):
        await install(cluster, WANTED)
    assert cluster.writes == []


async def test_a_refusal_of_the_server_leaves_everything_as_it_was(cluster):
    cluster.namespace("system")
    cluster.meddle("create", *[lambda: None] * 5)
    cluster.refuse("create", Invalid("no", status=422, reason="Invalid"))
    with pytest.raises(Invalid):
        await install(cluster, WANTED)
    assert cluster.store.snapshot(DEFINITION) == []


async def test_a_namespace_that_somebody_makes_meanwhile(cluster):
    cluster.meddle("create", lambda: cluster.namespace("system"))
    outcome = await install(cluster, WANTED)
    assert "namespace/system" not in [change.resource for change in outcome.changes]


async def test_somebody_who_was_quicker(cluster):
    await install(cluster, WANTED)
    cluster.refuse("patch", CONFLICT, times=2)
    changed = Installation("system", "registry.example.com/pullsecret:2")
    assert Action.CONFIGURED in actions(await install(cluster, changed))
    cluster.refuse("patch", CONFLICT, times=5)
    with pytest.raises(ClusterError, match="deployment/pullsecret changed 5 times"):
        await install(cluster, WANTED)


async def test_kinds_that_may_not_be_listed_are_not_pruned(cluster):
    await install(cluster, WANTED)
    cluster.refuse("list services", Forbidden("no", status=403, reason="Forbidden"), times=2)
    outcome = await install(cluster, Installation("system", WANTED.image, webhook=False))
    assert "service/pullsecret-webhook" not in [change.resource for change in outcome.changes]


async def test_who_has_rights_in_namespaces_alone_finds_what_is_there(cluster):
    cluster.namespace("web")
    some = Installation("system", "x", watch_namespaces=("web",))
    await install(cluster, some)
    no = Forbidden("no", status=403, reason="Forbidden")
    for plural in ("roles", "clusterroles"):
        cluster.refuse(f"list {plural}", no)
    request = UninstallRequest("system", "pullsecret", ("web",), keep_definitions=True)
    roles = [obj for kind, obj in (await look(cluster, request)).objects if kind == ROLE]
    assert [obj["metadata"]["namespace"] for obj in roles] == ["system", "web"]


async def test_definitions_may_be_somebody_elses_matter(cluster):
    await install(cluster, WANTED, with_definitions=False)
    assert cluster.store.snapshot(DEFINITION) == []


async def test_what_helm_keeps_is_not_pruned(cluster):
    await install(cluster, WANTED)
    helms = cluster.store.get(SERVICE, "pullsecret-webhook", "system")
    helms["metadata"]["annotations"] = {"meta.helm.sh/release-name": "x"}
    cluster.store.update(SERVICE, helms)
    outcome = await install(cluster, Installation("system", WANTED.image, webhook=False))
    assert "service/pullsecret-webhook" not in [change.resource for change in outcome.changes]


async def test_uninstalling_leaves_nothing(cluster):
    await install(cluster, WANTED)
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "pullsecret-operator"},
    }
    cluster.store.create(LEASE, lease, "system")
    cluster.secret("pullsecret-webhook-ca", namespace="system", metadata={"labels": {MANAGED_BY: MANAGER}})
    found = await look(cluster, REQUEST)
    assert not found.nothing
    assert len(found.definitions) == 2
    outcome = await uninstall(cluster, REQUEST, no_sleep)
    resources = [change.resource for change in outcome.changes]
    assert resources[:2] == ["mutatingwebhookconfiguration/pullsecret", "deployment/pullsecret"]
    assert outcome.changes[1].action is Action.STOPPED
    assert resources[-2:] == [
        "customresourcedefinition/clusterpullsecrets.pullsecret.dev",
        "customresourcedefinition/pullsecrets.pullsecret.dev",
    ]
    for kind in (
        DEPLOYMENT,
        CLUSTER_ROLE,
        LEASE,
        DEFINITION,
        SERVICE,
        MUTATING_WEBHOOK_CONFIGURATION,
        SECRET,
    ):
        assert cluster.store.snapshot(kind) == []
    assert (await look(cluster, REQUEST)).nothing
    assert (await uninstall(cluster, REQUEST, no_sleep)).changes == []


async def test_uninstalling_detaches_first(cluster):
    cluster = PolicyCluster()
    cluster.namespace("web")
    await install(cluster, WANTED)
    cluster.copy(cluster.policy())
    cluster.attach("theirs", "harbor")
    await uninstall(cluster, REQUEST, no_sleep)
    assert names_in(cluster.store.get(SERVICE_ACCOUNT, "default", "web")) == ["theirs"]
    with pytest.raises(NotFound):
        cluster.store.get(SECRET, "harbor", "web")


async def test_detaching_only_leaves_the_rest_to_somebody_else():
    cluster = PolicyCluster()
    await install(cluster, WANTED)
    cluster.policy()
    outcome = await uninstall(cluster, UninstallRequest("system", "pullsecret", detach_only=True), no_sleep)
    assert [(change.resource, change.action) for change in outcome.changes] == [
        ("mutatingwebhookconfiguration/pullsecret", Action.DELETED),
        ("deployment/pullsecret", Action.STOPPED),
        ("clusterpullsecret/harbor", Action.RELEASED),
    ]
    assert cluster.store.get(DEPLOYMENT, "pullsecret", "system")["spec"]["replicas"] == 0
    again = await uninstall(cluster, UninstallRequest("system", "pullsecret", detach_only=True), no_sleep)
    assert again.changes == []


async def test_definitions_may_stay():
    cluster = PolicyCluster()
    await install(cluster, WANTED)
    cluster.policy()
    request = UninstallRequest("system", "pullsecret", keep_definitions=True)
    assert (await look(cluster, request)).definitions == ()
    await uninstall(cluster, request, no_sleep)
    assert len(cluster.store.snapshot(DEFINITION)) == 2
    cluster.store.get(CLUSTER_PULL_SECRET, "harbor")


async def test_nothing_is_removed_while_something_could_not_be_taken_back():
    cluster = PolicyCluster()
    cluster.namespace("web")
    await install(cluster, WANTED)
    cluster.copy(cluster.policy())
    cluster.meddle("delete", lambda: None)
    cluster.refuse("delete", Forbidden("no", status=403, reason="Forbidden"))
    outcome = await uninstall(cluster, REQUEST, no_sleep)
    assert outcome.exit_code == 3
    assert cluster.store.get(DEPLOYMENT, "pullsecret", "system")["spec"]["replicas"] == 0
    assert len(cluster.store.snapshot(DEFINITION)) == 2


async def test_an_operator_that_does_not_end(cluster):
    await install(cluster, WANTED)
    cluster.account("default", namespace="system")
    pod = cluster.pod("pullsecret-1", namespace="system", running=True)
    pod["metadata"]["labels"] = WANTED.selector
    cluster.store.update(POD, pod)
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    with pytest.raises(ClusterError, match="do not end"):
        await uninstall(cluster, REQUEST, sleep)
    assert len(waited) == LOOKS
    assert len(cluster.store.snapshot(DEFINITION)) == 2


async def test_stopping_goes_on_from_what_others_wrote(cluster):
    await install(cluster, WANTED)
    cluster.refuse("patch", CONFLICT)
    assert Action.STOPPED in actions(await uninstall(cluster, REQUEST, no_sleep))
    await install(cluster, WANTED)
    cluster.refuse("patch", CONFLICT, times=5)
    with pytest.raises(ClusterError, match="deployment/pullsecret changed 5 times"):
        await uninstall(cluster, REQUEST, no_sleep)


async def test_what_is_foreign_stays(cluster):
    cluster.namespace("system")
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "pullsecret"},
    }  # fmt: skip
    cluster.store.create(MUTATING_WEBHOOK_CONFIGURATION, configuration)
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "pullsecret"}}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    cluster.store.create(DEPLOYMENT, {**deployment, "spec": spec}, "system")
    cluster.secret("pullsecret-webhook-ca", namespace="system")
    assert (await look(cluster, REQUEST)).nothing
    assert (await uninstall(cluster, REQUEST, no_sleep)).changes == []


async def test_what_helm_installed_is_helms_to_uninstall(cluster):
    await install(cluster, WANTED)
    deployment = cluster.store.get(DEPLOYMENT, "pullsecret", "system")
    deployment["metadata"]["annotations"] = {"meta.helm.sh/release-name": "prod"}
    cluster.store.update(DEPLOYMENT, deployment)
    with pytest.raises(UsageError, match="Helm release 'prod'"):
        await look(cluster, REQUEST)
    assert (await look(cluster, UninstallRequest("system", "pullsecret", detach_only=True))).objects == ()


async def test_with_namespaces_of_its_own_it_asks_for_nothing_of_the_cluster(cluster):
    cluster.namespace("web")
    await install(cluster, Installation("system", "x", watch_namespaces=("web",)))
    cluster.refuse("list roles", AlreadyExists("not asked", status=409))
    request = UninstallRequest("system", "pullsecret", ("web",), detach_only=True)
    outcome = await uninstall(cluster, request, no_sleep)
    assert [change.resource for change in outcome.changes] == ["deployment/pullsecret"]


async def test_what_is_gone_meanwhile_is_not_told(cluster):
    await install(cluster, WANTED)
    gone = NotFound("gone", status=404, reason="NotFound")
    cluster.meddle("delete", lambda: None)
    cluster.refuse("delete", gone)
    outcome = await uninstall(cluster, REQUEST, no_sleep)
    deleted = [c.resource for c in outcome.changes if c.action is Action.DELETED]
    assert "deployment/pullsecret" not in deleted
    assert "serviceaccount/pullsecret" in deleted
