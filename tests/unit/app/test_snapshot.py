"""What a snapshot holds: all that decides a pull, and what RBAC kept from us."""

import pytest

from pullsecret.app.snapshot import FEW, observe, with_probes, worth_a_look
from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis.model import Probe
from pullsecret.core.errors import Forbidden, InvalidInput
from pullsecret.core.images import ImageReference
from pullsecret.core.objects import DEPLOYMENT, EVENT, NODE, POD, REPLICA_SET
from pullsecret.core.sensitive import Sensitive
from support.clusters import START, login, replica_set
from support.registries import FakeRegistries

FORBIDDEN = Forbidden("no", status=403)


async def snapshot(cluster, namespace="web"):
    return await observe(cluster, await cluster.list(POD, namespace=namespace), namespace, START)


def event(cluster, pod, reason, message, **extra):
    about = {
        "kind": "Pod",
        "name": pod["metadata"]["name"],
        "namespace": "web",
        "uid": pod["metadata"]["uid"],
        "fieldPath": extra.pop("field", ""),
    }
    obj = {
        "metadata": {"generateName": "e-"},
        "involvedObject": about,
        "reason": reason,
        "message": message,
        **extra,
    }
    cluster.store.create(EVENT, obj, "web")


async def test_reads_what_pods_and_accounts_name(cluster):
    cluster.secret("own", login("a.example.com"))
    cluster.secret("inherited", login("b.example.com"))
    cluster.account("default", "inherited", "gone")
    cluster.pod("p", waiting="ErrImagePull", imagePullSecrets=[{"name": "own"}, {"name": "missing"}])
    seen = await snapshot(cluster)
    assert {name: secret is not None for (_, name), secret in seen.secrets.items()} == {
        "own": True, "inherited": True, "missing": False, "gone": False,
    }  # fmt: skip
    assert seen.accounts["web", "default"] is not None
    assert seen.now == START
    assert set(seen.changed) == {("web", "own"), ("web", "inherited")}


async def test_finds_missing_secrets_in_other_namespaces(cluster):
    cluster.namespace("platform")
    cluster.secret("harbor", namespace="platform")
    cluster.pod("p", waiting="ErrImagePull", imagePullSecrets=[{"name": "harbor"}])
    assert (await snapshot(cluster)).elsewhere == {"harbor": ("platform",)}


async def test_offers_the_pull_secrets_that_could_be_attached(cluster):
    cluster.secret("there")
    cluster.secret("opaque", type="Opaque", data={})
    cluster.pod("p", waiting="ErrImagePull")
    assert [name for _, name in (await snapshot(cluster)).secrets] == ["there"]


async def test_gives_each_pod_its_events_owner_and_platform(cluster):
    labels = {"matchLabels": {"app": "web"}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}],
                "imagePullSecrets": [{"name": "own"}]}}  # fmt: skip
    spec = {"selector": labels, "template": template}
    deployment = cluster.store.create(DEPLOYMENT, {"metadata": {"name": "web"}, "spec": spec}, "web")
    above = {**replica_set("web", deployment["metadata"]["uid"]), "kind": "Deployment"}
    made = cluster.store.create(
        REPLICA_SET, {"metadata": {"name": "web-1", "ownerReferences": [above]}, "spec": spec}, "web"
    )
    node = {
        "metadata": {"name": "n1"},
        "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "arm64"}},
    }
    cluster.store.create(NODE, node)
    cluster.store.create(NODE, {"metadata": {"name": "n2"}})
    pod = cluster.pod(
        "p", waiting="ErrImagePull", owner=replica_set("web-1", made["metadata"]["uid"]), nodeName="n1"
    )
    event(cluster, pod, "Failed", "second", lastTimestamp="2026-11-21T12:00:05Z", count=4)
    event(
        cluster,
        pod,
        "Pulling",
        "first",
        lastTimestamp="2026-11-21T12:00:01Z",
        field="spec.initContainers{setup}",
    )
    event(cluster, pod, "Odd", "no time", lastTimestamp="soon")
    bare = cluster.pod("bare", waiting="ErrImagePull")
    seen = {facts.pod["metadata"]["name"]: facts for facts in (await snapshot(cluster)).pods}
    facts = seen["p"]
    assert (facts.owner, facts.template_own, facts.platform) == ("deployment/web", True, "linux/arm64")
    assert [(e.reason, e.count, e.container) for e in facts.events] == [
        ("Odd", 1, ""), ("Pulling", 1, "setup"), ("Failed", 4, ""),
    ]  # fmt: skip
    alone = seen[bare["metadata"]["name"]]
    assert (alone.owner, alone.template_own, alone.platform, alone.events) == ("", None, "", ())


async def test_of_many_pods_only_those_that_wait_are_looked_at(cluster):
    for number in range(FEW + 1):
        cluster.pod(f"p{number}", running=True)
    cluster.pod("stuck", waiting="ImagePullBackOff")
    assert [facts.pod["metadata"]["name"] for facts in (await snapshot(cluster)).pods] == ["stuck"]
    kept = await cluster.list(POD, namespace="web", keep=worth_a_look())
    assert len(kept) == FEW + 2
    assert [facts.pod["metadata"]["name"] for facts in (await observe(cluster, kept, "web", START)).pods] == [
        "stuck"
    ]


async def test_of_many_that_run_no_more_are_kept_than_show_that_they_are_many(cluster):
    for number in range(FEW + 5):
        cluster.pod(f"p{number}", running=True)
    kept = await cluster.list(POD, namespace="web", keep=worth_a_look())
    assert len(kept) == FEW + 1
    assert (await observe(cluster, kept, "web", START)).pods == ()


@pytest.mark.parametrize(
    ("verb", "denied"),
    [
        pytest.param("list events", "list events in namespace web", id="events"),
        pytest.param("list nodes", "list nodes", id="nodes"),
        pytest.param("list secrets", None, id="secrets-on-offer"),
        pytest.param("get", "get serviceaccounts in namespace web", id="account"),
    ],
)
async def test_what_rbac_keeps_from_us_is_named(cluster, verb, denied):
    cluster.pod("p", waiting="ErrImagePull")
    pods = await cluster.list(POD, namespace="web")
    cluster.refuse(verb, FORBIDDEN)
    seen = await observe(cluster, pods, "web", START)
    assert seen.denied == ((denied,) if denied else ())
    assert len(seen.pods) == 1


async def test_secrets_kept_from_us_are_neither_there_nor_missing(cluster):
    cluster.pod("p", waiting="ErrImagePull", imagePullSecrets=[{"name": "hidden"}])
    pods = await cluster.list(POD, namespace="web")
    cluster.meddle("get", lambda: None, lambda: (_ for _ in ()).throw(FORBIDDEN))
    seen = await observe(cluster, pods, "web", START)
    assert seen.unreadable == {("web", "hidden")}
    assert ("web", "hidden") not in seen.secrets
    assert seen.denied == ("get secrets in namespace web",)


async def test_a_cluster_wide_search_may_be_forbidden(cluster):
    cluster.pod("p", waiting="ErrImagePull", imagePullSecrets=[{"name": "missing"}])
    pods = await cluster.list(POD, namespace="web")
    cluster.meddle("list secrets", lambda: None, lambda: None, lambda: (_ for _ in ()).throw(FORBIDDEN))
    seen = await observe(cluster, pods, "web", START)
    assert seen.elsewhere == {}


async def test_all_namespaces_at_once(cluster):
    cluster.pod("p", waiting="ErrImagePull")
    cluster.refuse("list events", FORBIDDEN)
    pods = await cluster.list(POD)
    assert (await observe(cluster, pods, "", START)).denied == ("list events in all namespaces",)


async def test_probes_are_kept_by_image_and_credential(cluster):
    good = Credential("u", Sensitive("s3cret-word"))
    image = ImageReference.parse("harbor.example.com/app:1")
    seen = await with_probes(await snapshot(cluster), [(image, good), (image, ANONYMOUS)], FakeRegistries())
    assert seen.probes[str(image), good] == Probe(platforms=("linux/amd64",))
    assert seen.probes[str(image), ANONYMOUS].cause is Cause.AUTH_MISSING


async def test_a_registry_that_cannot_be_is_no_obstacle(cluster):
    class Refusing(FakeRegistries):
        async def manifest(self, image, credential, *, platforms=False):
            raise InvalidInput("99999 is no port")

    image = ImageReference.parse("harbor.example.com:99999/app:1")
    seen = await with_probes(await snapshot(cluster), [(image, ANONYMOUS)], Refusing())
    assert seen.probes[str(image), ANONYMOUS].cause is Cause.INVALID_IMAGE_NAME


@pytest.mark.parametrize("there", [True, False])
async def test_of_an_image_that_is_missing_it_is_asked_whether_its_repository_is_there(cluster, there):
    image = ImageReference.parse("harbor.example.com/app:1")
    registries = FakeRegistries(
        failures={"harbor.example.com": Cause.IMAGE_NOT_FOUND}, repositories={"app": there}
    )
    seen = await with_probes(await snapshot(cluster), [(image, ANONYMOUS)], registries)
    assert seen.probes[str(image), ANONYMOUS].repository_there is there
