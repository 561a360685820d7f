"""Uninstalling and the definitions: with them goes every policy of the cluster, whoever wrote it."""

import pytest

from pullsecret.app.install import install
from pullsecret.app.outcome import Action
from pullsecret.app.pretence import Pretended
from pullsecret.app.undefining import definitions_to_remove
from pullsecret.app.uninstall import UninstallRequest, look, uninstall
from pullsecret.core.errors import Forbidden, NotFound
from pullsecret.core.installation import Installation, manifests
from pullsecret.core.installation.kinds import CLUSTER_ROLE, ROLE, installed_kind
from pullsecret.core.objects import (
    DEPLOYMENT,
    MUTATING_WEBHOOK_CONFIGURATION,
    POD,
    SECRET,
    name_of,
    namespace_of,
    uid_of,
)
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.policy.schema import DEFINITION
from support.clusters import no_sleep
from support.policies import PolicyCluster

PLATFORM = Installation("system", "registry.example.com/pullsecret:1")
TEAM = Installation("ops", PLATFORM.image, watch_namespaces=("a",))
ALL = UninstallRequest("system", "pullsecret")
TEAMS = UninstallRequest("ops", "pullsecret", ("a",))
DEFINITIONS = [
    "customresourcedefinition/clusterpullsecrets.pullsecret.dev",
    "customresourcedefinition/pullsecrets.pullsecret.dev",
]


@pytest.fixture
def cluster():
    """A team's installation with a policy of its own, and no other."""
    made = PolicyCluster()
    for name in ("a", "b"):
        made.namespace(name)
    made.copy(made.policy("mine", namespace="a"), namespace="a", name="mine")
    return made


def of(outcome):
    """Give what is told of the definitions."""
    return {c.resource: (c.action, c.detail) for c in outcome.changes if c.resource in DEFINITIONS}


def stays(outcome, *words):
    """Whether both definitions are told to stay, and why in these words."""
    told = of(outcome)
    assert sorted(told) == DEFINITIONS
    return all(a is Action.UNCHANGED and all(word in why for word in words) for a, why in told.values())


def release(cluster, name):
    for definition in cluster.store.snapshot(DEFINITION):
        definition["metadata"]["annotations"] = {"meta.helm.sh/release-name": name}
        cluster.store.update(DEFINITION, definition)


async def test_a_teams_installation_leaves_everybody_elses_policies(cluster):
    await install(cluster, TEAM)
    cluster.copy(cluster.policy("theirs", namespace="b"), namespace="b", name="theirs")
    cluster.copy(cluster.policy("harbor"), namespace="b")
    found = await look(cluster, TEAMS)
    assert found.definitions == ()
    assert [change.resource for change in found.staying] == DEFINITIONS
    outcome = await uninstall(cluster, TEAMS, no_sleep)
    assert stays(outcome, "--watch-namespaces", "without it")
    cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
    cluster.store.get(PULL_SECRET, "theirs", "b")
    for name in ("theirs", "harbor"):
        assert cluster.store.get(SECRET, name, "b")
    with pytest.raises(NotFound):
        cluster.store.get(SECRET, "mine", "a")


async def test_a_teams_installation_leaves_them_also_where_no_other_policy_is_yet(cluster):
    await install(cluster, TEAM)
    assert stays(await uninstall(cluster, TEAMS, no_sleep), "--watch-namespaces")
    assert len(cluster.store.snapshot(DEFINITION)) == 2


async def test_who_may_not_look_at_definitions_uninstalls_what_is_his(cluster):
    await install(cluster, TEAM)
    no = Forbidden("no", status=403, reason="Forbidden")
    reading = cluster.get

    async def get(kind, name, *, namespace=""):
        if kind == DEFINITION:
            raise no
        return await reading(kind, name, namespace=namespace)

    cluster.get = get
    assert not (await look(cluster, TEAMS)).staying
    outcome = await uninstall(cluster, TEAMS, no_sleep)
    assert (of(outcome), outcome.exit_code) == ({}, 0)
    assert cluster.store.snapshot(DEPLOYMENT) == []


async def test_where_other_operators_cannot_be_seen_they_stay(cluster):
    """With the definitions every policy of the cluster would go, and nothing brings them back."""
    await install(cluster, PLATFORM)
    no = Forbidden("no", status=403, reason="Forbidden")
    cluster.refuse("list deployments", no, times=9)
    policies = {
        uid_of(obj) for kind in (CLUSTER_PULL_SECRET, PULL_SECRET) for obj in cluster.store.list(kind)
    }
    definitions = await definitions_to_remove(cluster, policies, set())
    assert definitions.going == ()
    assert all("cannot be seen whether another operator" in told.detail for told in definitions.staying)
    assert len(definitions.staying) == 2


async def test_a_teams_installation_leaves_the_operator_of_the_platform(cluster):
    """Both are called the same: that is the name where nobody gives another."""
    await install(cluster, PLATFORM)
    cluster.namespace("ops")
    for obj in manifests(TEAM):
        cluster.store.create(installed_kind(obj), obj, namespace_of(obj))
    await uninstall(cluster, TEAMS, no_sleep)
    left = {namespace_of(obj) for kind in (DEPLOYMENT, ROLE) for obj in cluster.store.snapshot(kind)}
    assert left == {"system"}
    for kind in (CLUSTER_ROLE, MUTATING_WEBHOOK_CONFIGURATION):
        assert "pullsecret" in {name_of(obj) for obj in cluster.store.snapshot(kind)}
    assert cluster.store.get(DEPLOYMENT, "pullsecret", "system")["spec"]["replicas"] == 2


async def test_a_policy_of_meanwhile_stays(cluster):
    """Whoever wrote it was told of nothing; without an operator it has no copies, but it is his."""
    await install(cluster, PLATFORM)
    cluster.meddle("list deployments", lambda: cluster.policy("late", namespace="b"))
    outcome = await uninstall(cluster, ALL, no_sleep)
    assert stays(outcome, "PullSecret b/late", "run it again")
    cluster.store.get(PULL_SECRET, "late", "b")
    again = of(await uninstall(cluster, ALL, no_sleep))
    assert [action for action, _ in again.values()] == [Action.DELETED] * 2


async def test_another_installation_goes_on_with_them(cluster):
    await install(cluster, PLATFORM)
    await install(cluster, Installation("ops", PLATFORM.image, "team", watch_namespaces=("a",)))
    assert (await look(cluster, ALL)).definitions == ()
    outcome = await uninstall(cluster, ALL, no_sleep)
    assert stays(outcome, "deployment/team", "'ops'")
    assert len(cluster.store.snapshot(DEFINITION)) == 2
    await uninstall(cluster, UninstallRequest("ops", "team", ("a",)), no_sleep)
    assert len((await look(cluster, ALL)).definitions) == 2


@pytest.mark.parametrize("with_operator", [True, False], ids=["beside-an-operator", "alone"])
async def test_a_helm_release_keeps_its_own(cluster, with_operator):
    """`crds.keep` leaves them behind with the release's name on them; Helm takes them up again by that."""
    if with_operator:
        await install(cluster, PLATFORM)
    release(cluster, "prod")
    found = await look(cluster, ALL)
    assert (found.definitions, len(found.staying)) == ((), 2)
    outcome = await uninstall(cluster, ALL, no_sleep)
    assert stays(outcome, "Helm release 'prod'", "kubectl delete crd", "crds.keep=false")
    assert (await look(cluster, ALL)).nothing is False, "another's finalizer holds the policy"
    assert len(cluster.store.snapshot(DEFINITION)) == 2


async def test_one_definition_may_be_missing(cluster):
    cluster.store.delete(DEFINITION, "clusterpullsecrets.pullsecret.dev")
    await uninstall(cluster, ALL, no_sleep)
    with pytest.raises(NotFound):
        cluster.store.get(SECRET, "mine", "a")


@pytest.mark.parametrize(
    "request_",
    [pytest.param(ALL, id="all"), pytest.param(TEAMS, id="of-a-team")],
)
@pytest.mark.parametrize("helms", [True, False], ids=["of-helm", "of-nobody"])
async def test_a_dry_run_says_the_same(cluster, request_, helms):
    await install(cluster, TEAM if request_ is TEAMS else PLATFORM)
    if helms:
        release(cluster, "prod")
    said = await uninstall(Pretended(cluster, without=(POD,)), request_, no_sleep)
    assert said.changes == (await uninstall(cluster, request_, no_sleep)).changes
