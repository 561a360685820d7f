"""The first Pod of a new namespace: Deployments made in the request after the namespace."""

import asyncio
import json
import signal
import socket
import statistics
import time
from base64 import b64encode
from collections import Counter
from contextlib import aclosing

import pytest

from pullsecret.core.installation import Installation
from pullsecret.core.objects import DEPLOYMENT, NAMESPACE, POD, SECRET, SERVICE_ACCOUNT, name_of, namespace_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.watching import ChangeType, Snapshot
from support.fleets import (
    COPY,
    SOURCE,
    Seen,
    at_once,
    cluster_policy,
    create_policy,
    listed,
    make_namespaces,
    policy_gone,
    policy_settled,
    ready,
    remove_namespaces,
)
from support.forwarders import Forwarder
from support.installed import MARK, Installed
from support.operators import free_port
from support.realcluster import WEBHOOK_HOST, deployment, registry_of, runs

NAMESPACES, EARLY, FEW = 100, 20, 5
LIMIT, UP = 60.0, 2.0
QUICK = ("--lease-duration", "3s", "--renew-deadline", "2s", "--retry-period", "500ms")


class Pods:
    """Every Pod of some namespaces that ever was, as a watch brings them."""

    def __init__(self, cluster, prefix):
        self._followed, self._prefix = cluster.follow(POD), prefix
        self._changed = asyncio.Event()
        self.first, self.there, self.began_to_run = {}, {}, {}

    async def __aenter__(self):
        self._task = asyncio.create_task(self._run())
        await self.until(lambda: True)
        return self

    async def __aexit__(self, *_):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, done, patience=90.0):
        try:
            async with asyncio.timeout(patience):
                await self._changed.wait()
                while not done():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not in {patience} s: {self._states()}") from None

    def _states(self):
        """Tell how many Pods are in which state, and whether they name the Secret."""
        states = Counter()
        for pod in self.there.values():
            statuses = pod["status"].get("containerStatuses") or [{"state": {"not on a node yet": {}}}]
            (what, detail), *_ = statuses[0]["state"].items()
            states[detail.get("reason") or what, *listed(pod["spec"])] += 1
        return dict(states)

    async def _run(self):
        async with aclosing(self._followed):
            async for batch in self._followed:
                for pod in batch.objects if isinstance(batch, Snapshot) else [batch.object]:
                    gone = not isinstance(batch, Snapshot) and batch.type is ChangeType.DELETED
                    if namespace_of(pod).startswith(self._prefix):
                        self._take(pod, gone=gone)
                self._changed.set()

    def _take(self, pod, *, gone):
        namespace, uid = namespace_of(pod), pod["metadata"]["uid"]
        self.first.setdefault(namespace, pod)
        if gone:
            self.there.pop(uid, None)
            return
        self.there[uid] = pod
        if runs(pod):
            self.began_to_run.setdefault(namespace, time.monotonic())


async def start_namespaces(cluster, names, manifest, **labels):
    """Make namespaces, each with a Deployment in the next request; give when each was begun."""
    began = {}

    async def start(name):
        began[name] = time.monotonic()
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        await cluster.create(NAMESPACE, namespace)
        await cluster.create(DEPLOYMENT, manifest, namespace=name)

    await at_once(start, names)
    return began


@pytest.fixture
async def policy(real, cluster, fleet, home):
    """Make a policy with the private registry's login over the namespaces of a group."""
    plain = registry_of(real, "plain")
    login = b64encode(f"{plain.username}:{plain.password}".encode()).decode()
    data = json.dumps({"auths": {plain.host: {"auth": login}}})
    ours = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
            "metadata": {"name": SOURCE}, "stringData": {".dockerconfigjson": data}}  # fmt: skip
    if any(name_of(secret) == SOURCE for secret in await cluster.list(SECRET, namespace=home)):
        await cluster.delete(SECRET, SOURCE, namespace=home)
    await cluster.create(SECRET, ours, namespace=home)
    made = []

    async def make(group, **spec):
        made.append(f"{home}-{group}")
        await create_policy(cluster, cluster_policy(made[-1], home, [fleet.pattern(group)], **spec))
        await policy_settled(cluster, made[-1], lambda policy: ready(policy) == "Synced")

    yield make
    for name in made:
        await cluster.delete(CLUSTER_PULL_SECRET, name)
    for name in made:
        await policy_gone(cluster, name)


@pytest.fixture
async def installed(cluster, home):
    port = free_port()
    url = f"https://{WEBHOOK_HOST}:{port}/serviceaccounts"
    made = Installed(cluster, Installation(namespace=home, image="unused", name=home), url)
    made.port = port
    await made.create()
    yield made
    await made.remove()


async def serves(cluster, operator, name, home):
    """Wait until the API server asks the webhook: it hears of a new configuration a moment later."""
    await operator.says("the webhook is served")
    await make_namespaces(cluster, [name], labels={MARK: home})
    await answers(cluster, name)


async def answers(cluster, namespace):
    """Wait until whoever is asked about a namespace now puts the name on."""
    probe = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "probe"}}
    async with asyncio.timeout(30):
        while True:
            if listed(await cluster.create(SERVICE_ACCOUNT, probe, namespace=namespace, dry_run=True)):
                return
            await asyncio.sleep(0.1)


NO_NODE = deployment("web", "registry.example.com/app:1", nodeSelector={"no": "node"})
"""No node takes its Pods: whether they name the Secret is decided at admission."""


def named_at_once(pods, names):
    """Give the namespaces whose first Pod names the Secret."""
    return [name for name in names if listed(pods.first[name]["spec"]) == [COPY]]


@pytest.fixture
async def replicas(cluster, fleet, home, operators, installed, policy):
    """Two replicas behind the one address that the API server calls, the leader tried first; both answer."""
    ports = [free_port(), free_port()]
    async with Forwarder(ports, WEBHOOK_HOST).serve(WEBHOOK_HOST, installed.port) as forwarder:
        leader, other = [
            await operators.start(home, *installed.arguments(port), *QUICK, identity=name, until=until)
            for port, name, until in ((ports[0], "first", "leading"), (ports[1], "second", "the webhook is"))
        ]
        await policy("f", attach={"to": "Named", "serviceAccounts": ["default", "probe"]})
        probed = f"{fleet.prefix}-f900"
        fleet.own(probed)
        await serves(cluster, leader, probed, home)
        forwarder.ports.reverse()
        await answers(cluster, probed)
        forwarder.ports.reverse()
        yield forwarder, leader, other


async def test_with_the_webhook_every_first_pod_names_the_secret(cluster, fleet, home, replicas, figure):
    names = [f"{fleet.prefix}-f{number:03d}" for number in range(NAMESPACES)]
    fleet.own(*names)
    async with Pods(cluster, names[0][:-3]) as pods:
        began = time.monotonic()
        await start_namespaces(cluster, names, NO_NODE, **{MARK: home})
        await pods.until(lambda: all(name in pods.first for name in names))
        took = time.monotonic() - began
        naming = named_at_once(pods, names)
        figure(
            f"{len(naming)} of {NAMESPACES} first Pods name the Secret at once (namespaces, Deployments and "
            f"Pods in {took:.1f} s)"
        )
        assert len(naming) == NAMESPACES
        assert len(pods.there) == NAMESPACES
    await remove_namespaces(cluster, names)


async def test_so_does_it_when_the_leader_is_killed_among_them(cluster, fleet, home, replicas, figure):
    """The other answers from then on; only a call that is under way when its replica dies fails open."""
    forwarder, leader, other = replicas
    names = [f"{fleet.prefix}-f{number:03d}" for number in range(NAMESPACES, 2 * NAMESPACES)]
    fleet.own(*names)
    async with Pods(cluster, names[0][:-2]) as pods:
        starting = asyncio.create_task(start_namespaces(cluster, names, NO_NODE, **{MARK: home}))
        await pods.until(lambda: len(pods.first) >= NAMESPACES // 2)
        await leader.kill()
        before = len(pods.first)
        await starting
        await pods.until(lambda: all(name in pods.first for name in names))
        naming = named_at_once(pods, names)
        figure(
            f"{len(naming)} of {NAMESPACES} first Pods name the Secret at once, though the leader was killed "
            f"when {before} were there; {forwarder.broken} calls were under way at it then"
        )
        assert before < NAMESPACES
        assert len(naming) >= NAMESPACES - forwarder.broken
    await other.says("leading")  # who else would let the policy go
    await remove_namespaces(cluster, names)


async def test_without_it_stuck_pods_are_recovered(real, cluster, fleet, home, operators, policy, figure):
    """The first of the namespaces are made while the operator is stopped: their Pods come too early."""
    operator = await operators.start(home)
    await policy("g", recoverPods=True)
    names = [f"{fleet.prefix}-g{number:03d}" for number in range(NAMESPACES)]
    fleet.own(*names)
    manifest = deployment("web", registry_of(real, "plain").image)
    async with Pods(cluster, names[0][:-3]) as pods:
        operator.send(signal.SIGSTOP)
        began = await start_namespaces(cluster, names[:EARLY], manifest)
        await pods.until(lambda: all(name in pods.first for name in names[:EARLY]))
        operator.send(signal.SIGCONT)
        began |= await start_namespaces(cluster, names[EARLY:], manifest)
        await pods.until(lambda: all(name in pods.began_to_run for name in names), patience=150.0)
    took = [pods.began_to_run[name] - began[name] for name in names]
    early = [listed(pods.first[name]["spec"]) != [COPY] for name in names]
    figure(
        f"all {NAMESPACES} Deployments run {max(took):.1f} s after their namespace at worst (at most "
        f"{LIMIT:.0f}), half of them within {statistics.median(took):.1f} s"
    )
    figure(
        f"{sum(early[EARLY:])} of {NAMESPACES - EARLY} first Pods came before the name was there; so did "
        f"{EARLY} while the operator was stopped, which run after {max(took[:EARLY]):.1f} s at worst"
    )
    await remove_namespaces(cluster, names)
    assert sum(early) >= EARLY
    assert max(took) <= LIMIT


async def test_namespaces_come_up_without_the_webhook(
    cluster, fleet, home, operators, installed, policy, figure
):
    operator = await operators.start(home, *installed.arguments())
    await policy("h", attach={"to": "Named", "serviceAccounts": ["default", "probe"]})
    await serves(cluster, operator, f"{fleet.prefix}-h900", home)
    fleet.own(f"{fleet.prefix}-h900")
    await operator.kill()

    async def times(first):
        """Make some namespaces, one after another; give how long each takes to have its ServiceAccount."""
        taken = []
        async with Seen(cluster, SERVICE_ACCOUNT, "default") as accounts:
            for number in range(first, first + FEW):
                name = f"{fleet.prefix}-h{number:03d}"
                fleet.own(name)
                began = time.monotonic()
                namespace = {"metadata": {"name": name, "labels": {MARK: home}}}
                await cluster.create(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", **namespace})
                await accounts.until(lambda there, name=name: name in there, "default")
                taken.append(time.monotonic() - began)
        return max(taken)

    down = await times(0)
    with socket.create_server((WEBHOOK_HOST, installed.port)):  # takes connections, and never says a word
        black = await times(FEW)
    figure(
        f"a new namespace takes {down:.2f} s with the webhook down, {black:.2f} s with one that says nothing "
        f"(at most {UP:.0f})"
    )
    assert max(down, black) <= UP
    await operators.start(home, *installed.arguments(), identity=operator.identity)  # for the policy to go
