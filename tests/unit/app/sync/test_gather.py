"""What a run sees: few requests, no Secret of another name, no right that is not needed."""

import pytest

from pullsecret.app.sync.gather import FEW, gather, sources_of
from pullsecret.core.errors import ClusterUnreachable, Forbidden
from pullsecret.core.objects import SERVICE_ACCOUNT
from pullsecret.core.policy.model import BasicSource, DockerConfigSource, SecretRef
from pullsecret.core.policy.selecting import Namespaces, Requirement, Selector
from support.clusters import TestCluster
from support.syncing import SOURCE, a_policy

NO = Forbidden("no", status=403, reason="Forbidden")


class Asked(TestCluster):
    """Remembers what was asked of it."""

    def __init__(self):
        super().__init__()
        self.asked = []

    async def get(self, kind, name, *, namespace=""):
        self.asked.append(("get", kind.plural, namespace, name))
        return await super().get(kind, name, namespace=namespace)

    async def list(self, kind, **how):
        self.asked.append(("list", kind.plural, how.get("namespace", ""), how.get("field_selector", "")))
        return await super().list(kind, **how)


@pytest.fixture
def cluster():
    made = Asked()
    for name in ("web", "batch", "shop"):
        made.namespace(name)
    made.secret("harbor", namespace="web")
    made.secret("other", namespace="web")
    return made


def names(seen):
    return sorted(view.name for view in seen.views)


async def test_patterns_take_three_lists_and_no_secret_of_another_name(cluster):
    seen = await gather(cluster, a_policy())
    assert names(seen) == ["batch", "shop", "web"]
    assert sorted(cluster.asked) == [
        ("list", "namespaces", "", ""),
        ("list", "secrets", "", "metadata.name=harbor"),
        ("list", "serviceaccounts", "", ""),
    ]
    (web,) = [view for view in seen.views if view.name == "web"]
    assert web.secret["metadata"]["name"] == "harbor"
    assert [account["metadata"]["name"] for account in web.accounts] == ["default"]


async def test_few_that_are_named_are_read_one_by_one(cluster):
    policy = a_policy(namespaces=Namespaces(("web", "nowhere")))
    seen = await gather(cluster, policy)
    assert (names(seen), seen.missing) == (["web"], ["nowhere"])
    assert all(namespace == "web" for verb, kind, namespace, _ in cluster.asked if kind != "namespaces")


async def test_many_that_are_named_take_three_lists_where_one_may_list(cluster):
    policy = a_policy(namespaces=Namespaces(("web", *(f"n{i}" for i in range(FEW)))))
    seen = await gather(cluster, policy)
    assert len(cluster.asked) == 3
    assert seen.missing == [f"n{i}" for i in range(FEW)]


async def test_many_that_are_named_need_no_right_over_all(cluster):
    cluster.refuse("list secrets", NO)
    policy = a_policy(namespaces=Namespaces(("web", *(f"n{i}" for i in range(FEW)))))
    assert names(await gather(cluster, policy)) == ["web"]


async def test_patterns_need_the_right_to_list(cluster):
    cluster.refuse("list namespaces", NO)
    with pytest.raises(Forbidden):
        await gather(cluster, a_policy())


async def test_one_that_may_not_be_read_does_not_stop_the_others(cluster):
    cluster.refuse("list serviceaccounts", NO)
    seen = await gather(cluster, a_policy(namespaces=Namespaces(("web", "batch"))))
    assert len(seen.views) == 1
    ((_, error),) = seen.unread
    assert error is NO


async def test_a_namespace_that_may_not_be_read_itself_is_worked_on(cluster):
    cluster.refuse("get", NO)
    (view,) = (await gather(cluster, a_policy(namespaces=Namespaces(("web",))))).views
    assert (view.name, view.secret["metadata"]["name"]) == ("web", "harbor")


async def test_but_not_one_that_is_chosen_by_its_labels(cluster):
    cluster.refuse("get", NO)
    chosen = Namespaces(("web",), selector=Selector({}, (Requirement("a", "DoesNotExist"),)))
    seen = await gather(cluster, a_policy(namespaces=chosen))
    assert (seen.views, [name for name, _ in seen.unread]) == ([], ["web"])


async def test_a_cluster_that_cannot_be_reached_is_no_fault_of_one_namespace(cluster):
    cluster.refuse("get", ClusterUnreachable("down"))
    with pytest.raises(ClusterUnreachable):
        await gather(cluster, a_policy(namespaces=Namespaces(("web", "batch"))))


async def test_everywhere_also_sees_what_is_not_meant(cluster):
    policy = a_policy(namespaces=Namespaces(("web",)))
    assert names(await gather(cluster, policy, everywhere=True)) == ["batch", "shop", "web"]


async def test_only_accounts_that_matter_are_kept_in_memory(cluster):
    cluster.account("builder")
    ours = cluster.account("old")
    ours["metadata"]["annotations"] = {"pullsecret.dev/attached": "harbor"}
    cluster.store.update(SERVICE_ACCOUNT, ours)
    (web,) = [view for view in (await gather(cluster, a_policy())).views if view.name == "web"]
    assert sorted(account["metadata"]["name"] for account in web.accounts) == ["default", "old"]


async def test_sources_are_read_once_each(cluster):
    cluster.namespace("platform")
    cluster.secret(SOURCE.name, namespace="platform")
    missing = SecretRef("platform", "nothing")
    policy = a_policy(
        sources=(
            DockerConfigSource(SOURCE),
            BasicSource(missing, "a.io"),
            BasicSource(missing, "b.io"),
        )
    )
    cluster.asked.clear()
    found = await sources_of(cluster, policy)
    assert list(found) == [SOURCE]
    assert cluster.asked == [
        ("get", "secrets", "platform", SOURCE.name),
        ("get", "secrets", "platform", "nothing"),
    ]
