"""Two writers of one ServiceAccount's list at the same time, 200 times: nothing is lost."""

import asyncio

from pullsecret.app.attach import attach_service_accounts
from pullsecret.app.detach import AttachRequest, detach
from pullsecret.app.outcome import Action
from pullsecret.core.errors import ClusterError, Conflict
from pullsecret.core.objects import SERVICE_ACCOUNT
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load

TIMES = 200


def names(account):
    return [entry["name"] for entry in account.get("imagePullSecrets") or []]


async def other_writer(cluster, namespace, name):
    """Add a name as a careful stranger does: a JSON patch that tests the version it read."""
    while True:
        account = await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)
        entries = [*(account.get("imagePullSecrets") or []), {"name": name}]
        patch = {
            "metadata": {"resourceVersion": account["metadata"]["resourceVersion"]},
            "imagePullSecrets": entries,
        }
        try:
            await cluster.patch(
                SERVICE_ACCOUNT,
                "default",
                patch,
                patch_type="application/merge-patch+json",
                namespace=namespace,
            )
        except Conflict:
            continue
        return


async def ours(cluster, namespace, number):
    """Attach, and take every other one off again; where others write without end we say so, and go on."""
    name = f"ours-{number}"
    while True:
        try:
            (change,) = await attach_service_accounts(cluster, name, namespace, ["default"])
            if number % 2:
                await detach(AttachRequest(name, namespace), cluster)
        except ClusterError:
            continue
        assert change.action in (Action.ATTACHED, Action.UNCHANGED)
        return


async def test_nothing_is_lost(real, cluster, namespace):
    async with ClusterClient(load({"KUBECONFIG": real["KUBECONFIG"]})) as another:
        for number in range(TIMES):
            await asyncio.gather(
                ours(cluster, namespace, number), other_writer(another, namespace, f"theirs-{number}")
            )
    listed = names(await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace))
    assert {n for n in listed if n.startswith("theirs")} == {f"theirs-{n}" for n in range(TIMES)}
    assert {n for n in listed if n.startswith("ours")} == {f"ours-{n}" for n in range(0, TIMES, 2)}
    assert len(listed) == len(set(listed))
