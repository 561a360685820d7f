"""All of a policy's life with no more rights than `pullsecret install` gives, Secrets by name only."""

import asyncio
import time

import pytest

from pullsecret.core.errors import Forbidden
from pullsecret.core.installation import Installation
from pullsecret.core.objects import DEPLOYMENT, EVENT, NAMESPACE, POD, SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from support.contract import MERGE_PATCH, gone
from support.fleets import (
    COPY,
    REGISTRY,
    SOURCE,
    Seen,
    cluster_policy,
    create_policy,
    listed,
    make_namespaces,
    password_of,
    patched_account,
    policy_gone,
    policy_settled,
    put_source,
    ready,
    remove_namespaces,
    team_policy,
)
from support.installed import MARK, Installed
from support.operators import free_port
from support.realcluster import WEBHOOK_HOST, deployment, until

WAITING = [{
    "name": "app", "image": "", "imageID": "", "ready": False, "restartCount": 0,
    "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}},
}]  # fmt: skip


@pytest.fixture
async def installed(cluster, home):
    port = free_port()
    wanted = Installation(
        namespace=home, image="unused", name=home, secret_names=(COPY,), team_sources=(SOURCE,),
        recover_pods=True,
    )  # fmt: skip
    made = Installed(cluster, wanted, url=f"https://{WEBHOOK_HOST}:{port}/serviceaccounts")
    await made.create()
    yield made
    await made.remove()


async def works_through_its_life(cluster, fleet, home, names):
    """What happens to a policy, one after another."""
    policy = f"{home}-rights"
    async with Seen(cluster, SECRET, COPY) as copies, Seen(cluster, SERVICE_ACCOUNT, "default") as accounts:
        await put_source(cluster, home, "first")
        stuck = await stuck_pod(cluster, names[2])
        spec = cluster_policy(policy, home, [fleet.pattern("r")], recoverPods=True)
        await create_policy(cluster, spec)
        await policy_settled(cluster, policy, lambda policy: ready(policy) == "Synced")
        await put_source(cluster, home, "second")
        await copies.until(lambda there: all(password_of(there.get(n)) == "second" for n in names), "changed")
        await cluster.delete(SECRET, COPY, namespace=names[0])
        await patched_account(cluster, names[1], ["theirs"])
        await copies.until(lambda there: password_of(there.get(names[0])) == "second", "put back")
        await accounts.until(lambda there: COPY in listed(there[names[1]]), "attached again")
        fresh = await until(cluster, POD, names[2], lambda pod: pod["metadata"]["uid"] != stuck)
        assert listed(fresh["spec"]) == [COPY]
        await refuses_another_name(cluster, policy)
        await cluster.delete(CLUSTER_PULL_SECRET, policy)
        await policy_gone(cluster, policy)
        assert not copies.of(names)
        assert all(COPY not in listed(account) for account in accounts.of(names).values())


async def stuck_pod(cluster, namespace):
    """Make a Pod from before the attachment that waits for an image, and give its UID."""
    await patched_account(cluster, namespace, [])
    stuck = deployment("web", f"{REGISTRY}/app:1", nodeSelector={"no": "node"})
    await cluster.create(DEPLOYMENT, stuck, namespace=namespace)
    pod = await until(cluster, POD, namespace, lambda _: True)
    status = {"status": {"phase": "Pending", "containerStatuses": WAITING}}
    await cluster.patch(
        POD,
        pod["metadata"]["name"],
        status,
        patch_type=MERGE_PATCH,
        namespace=namespace,
        subresource="status",
    )
    return pod["metadata"]["uid"]


async def refuses_another_name(cluster, policy):
    """A name that the installation does not cover is a matter of the policy, not of rights that fail."""
    for name, reason in (("elsewhere", "InvalidSpec"), (COPY, "Synced")):
        change = {"spec": {"secretName": name}}
        await cluster.patch(CLUSTER_PULL_SECRET, policy, change, patch_type=MERGE_PATCH)
        await policy_settled(
            cluster, policy,
            lambda obj, reason=reason: ready(obj) == reason
            and obj["status"]["observedGeneration"] == obj["metadata"]["generation"],
        )  # fmt: skip


async def test_the_rights_that_install_gives_are_enough(
    real, cluster, fleet, home, operators, installed, tmp_path, figure
):
    names = await fleet.names(cluster, 3, "r")
    kubeconfig = await installed.kubeconfig(real["KUBECONFIG"], tmp_path)
    operator = await operators.start(home, *installed.arguments(), kubeconfig=kubeconfig)
    await operator.says("the webhook is served")
    await works_through_its_life(cluster, fleet, home, names)
    await a_team_on_its_own(cluster, fleet)
    await admits(cluster, fleet, home)
    events = await cluster.list(EVENT, namespace="default")
    about = {e["reason"] for e in events if e["involvedObject"]["name"] == f"{home}-rights"}
    assert {"Synced", "Detached"} <= about
    counts = await operator.requests()
    refused = {what: count for what, count in counts.items() if what[1] in ("401", "403")}
    assert not refused, refused
    async with ClusterClient(load({"KUBECONFIG": kubeconfig})) as limited:
        for denied in (limited.list(SECRET), limited.get(SECRET, "other", namespace=names[0])):
            with pytest.raises(Forbidden):
                await denied
    assert await operator.stop() == 0
    figure(f"{sum(counts.values()):.0f} requests of a whole life, none refused; all Secrets: Forbidden")


async def test_namespaces_go_though_their_rights_go_with_them(
    real, cluster, fleet, home, operators, tmp_path, figure
):
    """A finalizer that nobody may take off any more would keep a namespace for ever."""
    names = await fleet.names(cluster, 10, "q")
    wanted = Installation(namespace=home, image="unused", name=f"{home}-own", watch_namespaces=tuple(names))
    installed = Installed(cluster, wanted)
    await installed.create()
    kubeconfig = await installed.kubeconfig(real["KUBECONFIG"], tmp_path)
    operator = await operators.start(home, *installed.arguments(), kubeconfig=kubeconfig)
    for name in names:
        await put_source(cluster, name, "team")
        await create_policy(cluster, team_policy("team"), name)
    for name in names:
        await policy_settled(cluster, "team", lambda obj: ready(obj) == "Synced", namespace=name)
    began = time.monotonic()
    await remove_namespaces(cluster, names)
    for name in names:
        await gone(cluster, NAMESPACE, name, patience=60)
    figure(
        f"{len(names)} namespaces with the operator's Roles in them went in {time.monotonic() - began:.0f} s"
    )
    assert await operator.stop() == 0
    await installed.remove()


async def a_team_on_its_own(cluster, fleet):
    """A team's policy, from a source of a name that the installation covers."""
    (namespace,) = await fleet.names(cluster, 1, "s")
    await put_source(cluster, namespace, "team")
    await create_policy(cluster, team_policy("team"), namespace)
    await policy_settled(cluster, "team", lambda obj: ready(obj) == "Synced", namespace=namespace)
    await cluster.delete(PULL_SECRET, "team", namespace=namespace)
    await policy_gone(cluster, "team", namespace)


async def admits(cluster, fleet, home):
    """A ServiceAccount is answered with the name on: in a dry run that is the webhook's doing alone."""
    name, policy = f"{fleet.prefix}-r900", f"{home}-admits"
    fleet.own(name)
    attach = {"to": "Named", "serviceAccounts": ["web"]}
    await create_policy(cluster, cluster_policy(policy, home, [fleet.pattern("r")], attach=attach))
    await policy_settled(cluster, policy, lambda obj: ready(obj) == "Synced")
    await make_namespaces(cluster, [name], labels={MARK: home})
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web"}}
    async with asyncio.timeout(20):
        while COPY not in listed(await tried(cluster, account, name)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # the API server hears of a new configuration a moment later
    await cluster.delete(CLUSTER_PULL_SECRET, policy)
    await policy_gone(cluster, policy)


async def tried(cluster, account, namespace):
    return await cluster.create(SERVICE_ACCOUNT, account, namespace=namespace, dry_run=True)
