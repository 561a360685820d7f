"""What a Pod gets from its ServiceAccount, and when: once, at its creation."""

from pullsecret.core.objects import POD, SERVICE_ACCOUNT, Object
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, pod
from support.realcluster import until


async def attach(cluster: ClusterClient, namespace: str, *secrets: str) -> None:
    patch = {"imagePullSecrets": [{"name": name} for name in secrets]}
    await cluster.patch(SERVICE_ACCOUNT, "default", patch, patch_type=MERGE_PATCH, namespace=namespace)


async def inherited(cluster: ClusterClient, namespace: str, *secrets: str) -> None:
    """Wait until new Pods see the account as it is now: admission reads a cache, which is late at times."""
    for attempt in range(100):
        made = await cluster.create(POD, pod(f"probe-{attempt}"), namespace=namespace, dry_run=True)
        if references(made) == list(secrets):
            return
    raise AssertionError("admission never saw the change")


def references(obj: Object) -> list[str]:
    return [entry["name"] for entry in obj["spec"].get("imagePullSecrets") or ()]


async def test_a_pod_inherits_only_if_it_names_none(cluster: ClusterClient, namespace: str) -> None:
    await attach(cluster, namespace, "a", "b")
    await inherited(cluster, namespace, "a", "b")
    own = pod("own", imagePullSecrets=[{"name": "c"}])
    assert references(await cluster.create(POD, own, namespace=namespace)) == ["c"]
    empty = pod("empty", imagePullSecrets=[])
    assert references(await cluster.create(POD, empty, namespace=namespace)) == ["a", "b"]


async def test_a_pod_never_learns_of_a_change(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(POD, pod("early"), namespace=namespace)
    await attach(cluster, namespace, "a")
    await inherited(cluster, namespace, "a")
    assert references(await cluster.get(POD, "early", namespace=namespace)) == []
    late = await cluster.create(POD, pod("late"), namespace=namespace)
    await attach(cluster, namespace)
    assert references(late) == references(await cluster.get(POD, "late", namespace=namespace)) == ["a"]


async def test_a_pod_of_another_account(cluster: ClusterClient, namespace: str) -> None:
    account = {"metadata": {"name": "other"}, "imagePullSecrets": [{"name": "x"}]}
    await cluster.create(SERVICE_ACCOUNT, account, namespace=namespace)
    await until(cluster, SERVICE_ACCOUNT, namespace, lambda found: found["metadata"]["name"] == "other")
    for attempt in range(100):
        given = pod(f"p{attempt}", serviceAccountName="other", automountServiceAccountToken=False)
        made = await cluster.create(POD, given, namespace=namespace, dry_run=True)
        if references(made) == ["x"]:
            break
    assert made["spec"]["serviceAccount"] == "other"
    assert references(made) == ["x"]


async def test_the_default_account_comes_back(cluster: ClusterClient, namespace: str) -> None:
    before = await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)
    await cluster.delete(SERVICE_ACCOUNT, "default", namespace=namespace)
    again = await until(
        cluster,
        SERVICE_ACCOUNT,
        namespace,
        lambda found: (
            found["metadata"]["name"] == "default" and found["metadata"]["uid"] != before["metadata"]["uid"]
        ),
    )
    assert "imagePullSecrets" not in again
