"""Whom doctor looks at, which mends it does, and that it does nothing else."""

import pytest

from pullsecret.app.doctor import DoctorRequest, doctor, mend, pods_of, remedies_for, remedies_of, settled
from pullsecret.app.outcome import Action
from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis.model import Confidence, Diagnosis, Fix, Item, Remedy
from pullsecret.core.errors import RegistryFailure, UsageError
from pullsecret.core.objects import DEPLOYMENT, POD, REPLICA_SET, SECRET, SERVICE_ACCOUNT
from pullsecret.core.pullsecrets import Secret
from support.clusters import START, login, names_in, replica_set
from support.registries import FakeRegistries

TEMPLATE = {"metadata": {"labels": {"app": "w"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
SPEC = {"selector": {"matchLabels": {"app": "w"}}, "template": TEMPLATE}


async def no_sleep(seconds):
    return None


def names(pods):
    return sorted(pod["metadata"]["name"] for pod in pods)


@pytest.fixture
def workload(cluster):
    """A Deployment with two Pods, a ReplicaSet of nobody with one, and a bare Pod."""
    deployment = cluster.store.create(DEPLOYMENT, {"metadata": {"name": "w"}, "spec": SPEC}, "web")
    above = {**replica_set("w", deployment["metadata"]["uid"]), "kind": "Deployment"}
    of_it = {"metadata": {"name": "w-1", "ownerReferences": [above]}, "spec": SPEC}
    made = cluster.store.create(REPLICA_SET, of_it, "web")
    alone = cluster.store.create(REPLICA_SET, {"metadata": {"name": "alone"}, "spec": SPEC}, "web")
    for name, owner in (("w-1-a", made), ("w-1-b", made), ("alone-a", alone)):
        reference = replica_set(owner["metadata"]["name"], owner["metadata"]["uid"])
        cluster.pod(name, waiting="ErrImagePull", owner=reference)
    cluster.pod("bare", waiting="ErrImagePull")


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param((), ["alone-a", "bare", "w-1-a", "w-1-b"], id="all"),
        pytest.param(("bare",), ["bare"], id="a-name-is-a-pod"),
        pytest.param(("pod/bare", "po/w-1-a"), ["bare", "w-1-a"], id="pods"),
        pytest.param(("deployment/w",), ["w-1-a", "w-1-b"], id="through-its-replicasets"),
        pytest.param(("rs/alone", "deploy/w", "bare"), ["alone-a", "bare", "w-1-a", "w-1-b"], id="mixed"),
        pytest.param(("bare", "bare"), ["bare"], id="twice"),
    ],
)
async def test_finds_the_pods_that_are_meant(cluster, workload, targets, expected):
    assert names(await pods_of(DoctorRequest("web", targets), cluster)) == expected


@pytest.mark.parametrize(
    ("target", "message"),
    [
        pytest.param("nobody", "no Pod 'nobody'", id="pod"),
        pytest.param("deployment/nobody", "deployment/nobody in namespace 'web' has no Pods", id="workload"),
    ],
)
async def test_says_who_is_not_there(cluster, target, message):
    with pytest.raises(UsageError, match=message):
        await pods_of(DoctorRequest("web", (target,)), cluster)


async def test_a_namespace_that_is_not_there_is_not_well(cluster):
    with pytest.raises(UsageError, match="no namespace 'nowhere'"):
        await doctor(DoctorRequest("nowhere"), cluster, None, lambda: START)
    assert (await doctor(DoctorRequest("web"), cluster, None, lambda: START)).items == ()
    assert (await doctor(DoctorRequest(""), cluster, None, lambda: START)).items == ()


@pytest.mark.parametrize(
    ("password", "image", "on_node", "refused"),
    [
        pytest.param("s3cret-word", "harbor.example.com/app:1", False, False, id="good"),
        pytest.param("wrong-word", "harbor.example.com/app:1", False, True, id="rejected"),
        pytest.param("wrong-word", "127.0.0.1:5000/app:1", False, False, id="loopback-is-not-asked"),
        pytest.param("wrong-word", "127.0.0.1:5000/app:1", True, True, id="loopback-on-the-node"),
    ],
)
async def test_a_secret_that_is_refused_is_not_copied(cluster, password, image, on_node, refused):
    cluster.namespace("platform")
    cluster.secret("harbor", login(image.partition("/")[0], password=password), namespace="platform")
    cluster.pod("p", waiting="ErrImagePull", containers=[{"name": "c", "image": image}])
    registries = FakeRegistries()
    found = await doctor(DoctorRequest("web", on_node=on_node), cluster, registries, lambda: START)
    plan = remedies_for(found, cluster, ("platform", "harbor"), registries, on_node=on_node)
    if refused:
        with pytest.raises(RegistryFailure):
            await plan
    else:
        assert isinstance(await plan, list)


async def test_names_the_cause_with_registries_and_without(cluster):
    cluster.secret("harbor", login("harbor.example.com", password="wrong-word"))
    cluster.pod("p", waiting="ErrImagePull", imagePullSecrets=[{"name": "harbor"}])
    registries = FakeRegistries()
    probed = await doctor(DoctorRequest("web"), cluster, registries, lambda: START)
    assert [item.cause for item in probed.items] == [Cause.CREDENTIAL_REJECTED]
    assert registries.asked.count(("harbor.example.com", "robot")) == 1
    alone = await doctor(DoctorRequest("web"), cluster, None, lambda: START)
    assert [item.cause for item in alone.items] != [Cause.CREDENTIAL_REJECTED]


def diagnosis(*remedies):
    fixes = tuple(Fix("do it", remedy=remedy) for remedy in remedies)
    item = Item(
        "web", "p", "c", "i", Cause.SECRET_MISSING, Confidence.CERTAIN, "s", fixes=(*fixes, Fix("by hand"))
    )
    return Diagnosis(items=(item,))


ATTACH = Remedy("attach", "web", secret="harbor", service_account="default")
COPY = Remedy("copy", "web", secret="harbor")
EVICT = Remedy("evict", "web", secret="harbor", pod="p")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(None, [ATTACH, EVICT], id="nothing-is-copied-unasked"),
        pytest.param(("platform", "harbor"), [COPY, ATTACH, EVICT], id="the-one-that-was-named"),
        pytest.param(("platform", "other"), [ATTACH, EVICT], id="not-another"),
    ],
)
def test_picks_the_safe_mends_in_order_each_once(source, expected):
    assert remedies_of(diagnosis(EVICT, ATTACH, COPY, ATTACH), source) == expected


async def test_an_eviction_that_would_bring_nothing_is_not_offered():
    assert remedies_of(diagnosis(Remedy("evict", "web", pod="p")), None) == []


async def test_a_secret_that_was_named_mends_pods_that_have_none(cluster):
    cluster.namespace("platform")
    cluster.secret("harbor", namespace="platform")
    cluster.pod("p", waiting="ImagePullBackOff", owner=replica_set())
    other = [{"name": "c", "image": "other.example.com/app:1"}]
    cluster.pod("uncovered", waiting="ImagePullBackOff", owner=replica_set(), containers=other)
    found = await doctor(DoctorRequest("web"), cluster, FakeRegistries(), lambda: START)
    assert await remedies_for(found, cluster, ("platform", "harbor")) == [COPY, ATTACH, EVICT]
    assert await remedies_for(found, cluster, None) == []


async def test_a_secret_is_copied_into_the_one_namespace_that_was_looked_at(cluster):
    for name in ("platform", "shop"):
        cluster.namespace(name)
    cluster.secret("harbor", namespace="platform")
    for namespace in ("web", "shop"):
        cluster.pod("p", namespace=namespace, waiting="ImagePullBackOff", owner=replica_set())
    source = ("platform", "harbor")
    found = await doctor(DoctorRequest("web"), cluster, FakeRegistries(), lambda: START)
    remedies = await remedies_for(found, cluster, source)
    await mend([one for one in remedies if one.kind == "copy"], cluster, no_sleep, source)
    held = {obj["metadata"]["namespace"] for obj in cluster.store.list(SECRET)}
    assert held == {"platform", "web"}


async def test_mends_by_copy_attach_and_eviction(cluster):
    cluster.namespace("platform")
    cluster.secret("harbor", namespace="platform")
    cluster.pod("p", waiting="ImagePullBackOff", owner=replica_set())

    async def sleep(seconds):
        cluster.pod("q", waiting="ErrImagePull", owner=replica_set())

    outcome = await mend([COPY, ATTACH, EVICT], cluster, sleep, ("platform", "harbor"))
    assert [c.action for c in outcome.changes] == [Action.CREATED, Action.ATTACHED, Action.EVICTED]
    assert Secret.from_manifest(cluster.store.get(SECRET, "harbor", "web")).config == login(
        "harbor.example.com"
    )
    assert names_in(cluster.store.get(SERVICE_ACCOUNT, "default", "web")) == ["harbor"]
    assert "pod/q has harbor" in outcome.changes[2].detail


async def test_never_overwrites_what_is_there(cluster):
    cluster.namespace("platform")
    cluster.secret("harbor", namespace="platform")
    before = cluster.secret("harbor", login("theirs.example.com"))
    with pytest.raises(UsageError, match="other content"):
        await mend([COPY], cluster, no_sleep, ("platform", "harbor"))
    assert cluster.store.get(SECRET, "harbor", "web") == before


async def test_copies_nothing_that_was_not_named(cluster):
    assert (await mend([COPY], cluster, no_sleep, None)).changes == []
    assert cluster.writes == []


async def test_a_pod_that_is_gone_needs_no_mend(cluster):
    outcome = await mend([EVICT], cluster, no_sleep, None)
    assert outcome.changes[0].action is Action.UNCHANGED


async def test_an_eviction_that_is_for_no_secret_is_content_with_any_new_pod(cluster):
    cluster.pod("p", waiting="ImagePullBackOff", owner=replica_set())

    async def sleep(seconds):
        cluster.pod("q", waiting="ErrImagePull", owner=replica_set())

    outcome = await mend([Remedy("evict", "web", pod="p")], cluster, sleep, None)
    assert (outcome.changes[0].action, outcome.changes[0].detail) == (
        Action.EVICTED,
        "pod/q is made in its place",
    )


async def test_waits_until_nothing_waits_for_an_image_but_not_for_ever(cluster):
    cluster.pod("p", waiting="ImagePullBackOff")
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            pod = cluster.store.get(POD, "p", "web")
            pod["status"]["containerStatuses"][0]["state"] = {"running": {}}
            cluster.store.update_status(POD, pod)

    await settled(DoctorRequest("web"), cluster, sleep)
    assert len(slept) == 3
    cluster.pod("q", waiting="ImagePullBackOff")
    await settled(DoctorRequest("web"), cluster, sleep)
    assert len(slept) == 43
