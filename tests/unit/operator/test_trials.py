"""How often registries are asked: once for a new credential, and for a refused one never without a reason."""

import pytest

from pullsecret.core.objects import SECRET
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from support.clusters import login
from support.engines import Engine
from support.operating import HOST, IMAGE, FakeRegistries, condition
from support.policies import PolicyCluster

KEY, OTHER = "harbor", "other.example.com"
TOLD = ("patch", "clusterpullsecrets")


class World:
    """A policy whose source holds what its registry refuses, and everybody who asked that registry."""

    def __init__(self):
        self.cluster, self.registries = PolicyCluster(), FakeRegistries()
        for name in ("web", "platform"):
            self.cluster.namespace(name)
        self.cluster.secret("login", login(HOST, password="bad"), namespace="platform")
        self.policy()
        self.engine = Engine(self.cluster, registries=self.registries)

    @property
    def tries(self):
        return len(self.registries.asked)

    def policy(self, name=KEY, **spec):
        return self.cluster.policy(
            name, told=(), **{"namespaces": {"include": ["web"]}, "verify": {}, "secretName": name, **spec}
        )

    def respec(self, **spec):
        obj = self.cluster.store.get(CLUSTER_PULL_SECRET, KEY)
        whole = {name: value for name, value in {**obj["spec"], **spec}.items() if value is not None}
        self.cluster.store.update(CLUSTER_PULL_SECRET, {**obj, "spec": whole})

    def mark(self, kind, **marks):
        obj = self.cluster.store.get(SECRET, "login", "platform")
        metadata = {**obj["metadata"], kind: marks}
        self.cluster.store.update(SECRET, {**obj, "metadata": metadata})

    def hold(self, config):
        obj = self.cluster.store.get(SECRET, "login", "platform")
        self.cluster.store.update(SECRET, {**obj, "data": secret_manifest("login", config)["data"]})

    def replace(self):
        obj = self.cluster.store.get(SECRET, "login", "platform")
        self.cluster.store.delete(SECRET, "login", "platform")
        self.cluster.secret("login", login(HOST, password="bad"), namespace="platform")
        assert (
            self.cluster.store.get(SECRET, "login", "platform")["metadata"]["uid"] != obj["metadata"]["uid"]
        )

    async def settle(self):
        await self.engine.settle()

    def start(self):
        self.engine = Engine(self.cluster, registries=self.registries)


@pytest.fixture
async def world():
    made = World()
    await made.settle()
    assert condition(made.engine.status(KEY))["reason"] == "CredentialRejected"
    assert made.tries == 1
    return made


def bad_and(host):
    return login(HOST, password="bad").with_entry(host, "robot", "bad")


EVENTS = [
    # what happens, tries that it costs a running operator, and one that starts afterwards
    pytest.param(lambda w: w.respec(), 0, 0, id="nothing"),
    pytest.param(lambda w: w.respec(recoverPods=True), 0, 0, id="recoverPods"),
    pytest.param(lambda w: w.respec(attach={"to": "All"}), 0, 0, id="attach"),
    pytest.param(lambda w: w.respec(secretName="renamed"), 0, 0, id="secretName"),
    pytest.param(lambda w: w.respec(namespaces={"include": ["*"]}), 0, 0, id="namespaces"),
    pytest.param(lambda w: w.respec(verify={"onUnreachable": "Deny"}), 0, 0, id="onUnreachable"),
    pytest.param(lambda w: w.respec(verify={"image": IMAGE}), 1, 1, id="image"),
    pytest.param(lambda w: w.respec(verify={"plainHTTP": True}), 1, 1, id="plainHTTP"),
    pytest.param(lambda w: w.mark("labels", touched="yes"), 0, 1, id="label-of-the-source"),
    pytest.param(lambda w: w.mark("annotations", touched="yes"), 0, 1, id="annotation-of-the-source"),
    pytest.param(lambda w: w.hold(login(HOST, password="worse")), 1, 1, id="another-password"),
    pytest.param(lambda w: w.hold(login(HOST, username="r2", password="bad")), 1, 1, id="another-user"),
    pytest.param(lambda w: w.hold(bad_and(OTHER)), 1, 2, id="another-registry-beside-it"),
    pytest.param(lambda w: w.replace(), 1, 1, id="source-made-again"),
]  # fmt: skip


@pytest.mark.parametrize(("happens", "running", "started"), EVENTS)
async def test_what_is_a_reason_to_try_again(world, happens, running, started):
    happens(world)
    await world.settle()
    assert world.tries == 1 + running
    world.engine.stop()
    world.start()
    await world.settle()
    assert world.tries == 1 + running, "whoever starts next knows of it"


@pytest.mark.parametrize(("happens", "running", "started"), EVENTS)
async def test_what_is_a_reason_while_nobody_runs(world, happens, running, started):
    world.engine.stop()
    happens(world)
    world.start()
    await world.settle()
    assert world.tries == 1 + started


async def test_switched_off_and_on_again_it_is_tried_again(world):
    world.respec(verify=None)
    await world.settle()
    assert world.tries == 1
    world.respec(verify={})
    await world.settle()
    assert world.tries == 2


async def test_a_refusal_that_another_login_made_up_for_counts_no_more_when_that_login_goes():
    """A rotation with an overlap: the registry takes the new password later, and then it stands alone."""
    world = World()
    world.hold(login(HOST, password="new").with_entry(f"http://{HOST}", "robot", "s3cret-word"))
    await world.settle()
    assert condition(world.engine.status(KEY))["reason"] == "Synced"
    assert world.tries == 2
    world.registries.good = {"new"}
    world.hold(login(HOST, password="new"))
    await world.settle()
    assert condition(world.engine.status(KEY))["reason"] == "Synced"
    assert world.tries == 3


async def test_many_edits_cost_nothing(world):
    for number in range(10):
        world.respec(recoverPods=number % 2 == 0)
        world.mark("labels", number=str(number))
        await world.settle()
    assert world.tries == 1


async def test_a_refusal_is_told_before_anything_else():
    world = World()
    world.cluster.writes.clear()
    while not world.tries:
        await world.engine.step(*world.engine.steps()[0])
    assert world.engine.status(KEY)["credentials"][0]["result"] == "Rejected"
    assert world.cluster.writes[-1] == TOLD
    world.engine.stop()  # killed there and then
    world.start()
    await world.settle()
    assert world.tries == 1


async def test_a_refusal_is_told_though_somebody_writes_the_policy_meanwhile():
    world = World()
    ask = world.registries.login

    async def meddling(host, credential):
        world.respec(recoverPods=True)
        return await ask(host, credential)

    world.registries.login = meddling
    while not world.tries:
        await world.engine.step(*world.engine.steps()[0])
    world.registries.login = ask
    world.engine.stop()
    world.start()
    await world.settle()
    assert world.tries == 1


@pytest.mark.parametrize("password", ["bad", "s3cret-word"])
async def test_policies_that_share_a_source_share_what_comes_of_it(password):
    world = World()
    world.hold(login(HOST, password=password))
    for number in range(4):
        world.policy(f"p{number}")
    await world.settle()
    assert world.tries == 1
    results = {
        world.engine.status(name)["credentials"][0]["result"] for name in (KEY, "p0", "p1", "p2", "p3")
    }
    assert results == {"Rejected" if password == "bad" else "Accepted"}
    world.policy("in-another-way", verify={"plainHTTP": True})
    await world.settle()
    assert world.tries == 2


async def test_a_registry_that_does_not_answer_is_asked_once_for_all():
    world = World()
    world.registries.down = True
    for number in range(4):
        world.policy(f"p{number}")
    for _ in range(200):
        if steps := world.engine.steps():
            await world.engine.step(*steps[0])
    assert world.tries == 1
