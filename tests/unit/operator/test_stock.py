"""After a start without a good source: what is missing or changed is told, and mended once there is one."""

import pytest

from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from support.clusters import login
from support.engines import Engine
from support.operating import HOST, PASSWORD, condition, password_of
from support.policies import PolicyCluster

TEAMS = ("one", "two", "three")


class Cluster(PolicyCluster):
    """Three namespaces have copies of a source."""

    def __init__(self, *teams):
        super().__init__()
        for name in ("platform", *teams):
            self.namespace(name)
        self.secret("login", login(HOST), namespace="platform")
        include = {"include": list(TEAMS)}
        self.policy("harbor", told=(), namespaces=include, verify={})

    def missing(self):
        self.store.delete(SECRET, "login", "platform")

    def invalid(self):
        self._hold("login", "platform", "bnVsbA==")

    def rejected(self):
        self._hold("login", "platform", secret_manifest("x", login(HOST, password="bad"))["data"])

    def _hold(self, name, namespace, data):
        obj = self.store.get(SECRET, name, namespace)
        whole = data if isinstance(data, dict) else {".dockerconfigjson": data}
        self.store.update(SECRET, {**obj, "data": whole})

    def mend(self):
        if any(obj["metadata"]["name"] == "login" for obj in self.store.list(SECRET, "platform")):
            self._hold("login", "platform", secret_manifest("x", login(HOST))["data"])
        else:
            self.secret("login", login(HOST), namespace="platform")

    # what people do to the copies

    def lose(self, team="one"):
        self.store.delete(SECRET, "harbor", team)

    def edit(self, team="one"):
        theirs = secret_manifest("x", login(HOST, password="a-tenants-word"))
        self._hold("harbor", team, theirs["data"])

    def detach(self):
        self.account("default", namespace="one")

    def replace(self):
        self.store.delete(SECRET, "harbor", "one")
        self.secret("harbor", login("theirs.io"), namespace="one")

    def opt_out(self):
        obj = self.store.get(SECRET, "harbor", "one")
        metadata = {**obj["metadata"], "labels": {"pullsecret.dev/exclude": "true"}}
        self.store.update(SECRET, {**obj, "metadata": metadata})

    def rename(self):
        obj = self.store.get(CLUSTER_PULL_SECRET, "harbor")
        self.store.update(CLUSTER_PULL_SECRET, {**obj, "spec": {**obj["spec"], "secretName": "other"}})

    def nothing(self):
        """Leave all as it is."""


def counts(engine):
    found = engine.status("harbor")["namespaces"]
    return found["desired"], found["synced"], found["failed"]


def failures(engine):
    return {failed["namespace"]: failed["reason"] for failed in engine.status("harbor")["failures"]}


CASES = [
    pytest.param("nothing", (3, 3, 0), {}, id="nothing"),
    pytest.param("lose", (3, 2, 1), {"one": "CopyMissing"}, id="deleted"),
    pytest.param("edit", (3, 2, 1), {"one": "CopyChanged"}, id="edited"),
    pytest.param("detach", (3, 2, 1), {"one": "NotAttached"}, id="detached"),
    pytest.param("replace", (3, 2, 1), {"one": "SecretConflict"}, id="replaced-by-a-foreign-one"),
    pytest.param("opt_out", (2, 2, 0), {}, id="opted-out"),
    pytest.param("rename", (3, 0, 3), dict.fromkeys(TEAMS, "CopyMissing"), id="renamed"),
]


@pytest.mark.parametrize("source", ["missing", "invalid", "rejected"])
@pytest.mark.parametrize("running", [True, False], ids=["while-it-runs", "while-nobody-runs"])
@pytest.mark.parametrize(("happens", "found", "why"), CASES)
async def test_what_cannot_be_put_back_is_told(source, running, happens, found, why):
    cluster = Cluster(*TEAMS)
    engine = Engine(cluster)
    await engine.settle()
    getattr(cluster, source)()
    await engine.settle()
    engine.stop()
    cluster.writes.clear()
    if not running:
        getattr(cluster, happens)()
    engine = Engine(cluster)
    await engine.settle()
    if running:
        getattr(cluster, happens)()
        await engine.settle()
    assert (counts(engine), failures(engine)) == (found, why)
    ready = condition(engine.status("harbor"))
    assert (ready["status"], ready["reason"]) != ("True", "Synced")
    assert ("namespaces failed, such as" in ready["message"]) == bool(why)
    assert engine.status("harbor")["summary"]["synced"] == f"{found[1]}/{found[0]}"
    assert {kind for _, kind in cluster.writes} <= {"clusterpullsecrets"}, "nothing is guessed"

    cluster.mend()
    await engine.settle()
    name = "other" if happens == "rename" else "harbor"
    for team in TEAMS:
        if (happens, team) not in (("replace", "one"), ("opt_out", "one")):
            assert password_of(engine.find(SECRET, name, team)) == PASSWORD
    assert set(failures(engine).values()) <= {"SecretConflict"}


async def test_copies_that_disagree_are_all_told_of_and_none_is_spread():
    cluster = Cluster("one", "two")
    engine = Engine(cluster)
    await engine.settle()
    cluster.missing()
    engine.stop()
    cluster.edit("one")
    engine = Engine(cluster)
    await engine.settle()
    assert failures(engine) == {"one": "CopyChanged", "two": "CopyChanged"}
    assert password_of(engine.find(SECRET, "harbor", "two")) == PASSWORD


async def test_what_never_was_handed_out_is_missed_nowhere():
    cluster = Cluster(*TEAMS)
    cluster.missing()
    engine = Engine(cluster)
    await engine.settle()
    assert counts(engine) == (3, 0, 0)


async def test_with_its_memory_a_copy_is_put_back():
    cluster = Cluster(*TEAMS)
    engine = Engine(cluster)
    await engine.settle()
    cluster.missing()
    await engine.settle()
    cluster.lose("one")
    cluster.edit("two")
    await engine.settle()
    assert [password_of(engine.find(SECRET, "harbor", team)) for team in TEAMS] == [PASSWORD] * 3
    assert counts(engine) == (3, 3, 0)
    assert engine.find(SERVICE_ACCOUNT, "default", "one") is not None


@pytest.mark.parametrize("source", ["missing", "refused"])
async def test_another_spec_s_credential_goes_to_nobody_whom_that_spec_did_not_mean(source):
    """Who changes source and namespaces together must not find the old credential in the new namespaces."""
    cluster = Cluster("one", "two")
    engine = Engine(cluster)
    await engine.settle()
    cluster.namespace("dev")
    if source == "refused":
        cluster.secret("other", login(HOST, password="bad"), namespace="platform")
    obj = cluster.store.get(CLUSTER_PULL_SECRET, "harbor")
    ref = {"namespace": "platform", "name": "other"}
    spec = {
        **obj["spec"],
        "credentials": [{"type": "DockerConfig", "secretRef": ref}],
        "namespaces": {"include": ["one", "dev"]},
    }
    cluster.store.update(CLUSTER_PULL_SECRET, {**obj, "spec": spec})
    await engine.settle()
    assert engine.find(SECRET, "harbor", "dev") is None
    assert password_of(engine.find(SECRET, "harbor", "one")) == PASSWORD, "what is there stays"
    assert (counts(engine), failures(engine)) == ((2, 1, 1), {"dev": "CopyMissing"})

    cluster.lose("one")
    await engine.settle()
    assert failures(engine) == {"one": "CopyMissing", "dev": "CopyMissing"}
    cluster.store.update(CLUSTER_PULL_SECRET, {**cluster.store.get(CLUSTER_PULL_SECRET, "harbor"), "spec": {
        **spec, "credentials": obj["spec"]["credentials"]
    }})  # fmt: skip
    await engine.settle()
    assert [password_of(engine.find(SECRET, "harbor", team)) for team in ("one", "dev")] == [PASSWORD] * 2
