"""`check`: what would come of the images of manifests, on what the cluster has and registries answer."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pullsecret.app.check import CheckRequest, check
from pullsecret.core.causes import Cause
from pullsecret.core.check.model import CheckItem, CheckReport, ManifestObject, Result
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import ClusterUnreachable, Forbidden
from support.clusters import TestCluster, login
from support.manifests import account, deployment, maker, manifest, named, secret
from support.registries import FakeRegistries

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
IMAGE = "harbor.example.com/app:1"


@pytest.fixture
def cluster() -> TestCluster:
    made = TestCluster()
    made.namespace("web")
    return made


async def checked(
    *objects: ManifestObject, cluster: Any = None, registries: Any = None, **request: Any
) -> CheckReport:
    return await check(CheckRequest(objects, "web", **request), cluster, registries, lambda: NOW)


def only(report: CheckReport) -> CheckItem:
    (item,) = [*report.items, *report.notes]
    return item


def results(report: CheckReport) -> list[str]:
    return [part.result.value for part in report.checked]


def whole(part: ManifestObject) -> ManifestObject:
    """Make a Deployment that the API server would take, and not a patch to another one."""
    part.obj["spec"]["selector"] = {"matchLabels": {"app": "web"}}
    return part


def a_bare_pod(image: str) -> ManifestObject:
    spec = {"containers": [{"name": "c", "image": image}]}
    return manifest({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"}, "spec": spec})


def expired_token() -> str:
    parts = [{"alg": "HS256"}, {"exp": int((NOW - timedelta(hours=2)).timestamp())}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "signature"])


# which Secrets the Pod would have


async def test_own_list_from_the_manifests() -> None:
    report = await checked(secret("pull"), deployment(IMAGE, imagePullSecrets=named("pull")))
    assert results(report) == ["covered"]
    assert report.checked[0].because == "Secret pull has a login for harbor.example.com"


async def test_account_of_the_manifests_comes_first(cluster: TestCluster) -> None:
    cluster.account("default", "old")
    report = await checked(account("default", "pull"), secret("pull"), deployment(IMAGE), cluster=cluster)
    assert results(report) == ["covered"]


async def test_account_without_a_list_keeps_the_clusters(cluster: TestCluster) -> None:
    cluster.secret("pull")
    cluster.account("default", "pull")
    report = await checked(account("default", lists=False), deployment(IMAGE), cluster=cluster)
    assert results(report) == ["covered"]


async def test_account_and_secret_from_the_cluster(cluster: TestCluster) -> None:
    cluster.secret("pull")
    cluster.account("builder", "pull")
    report = await checked(deployment(IMAGE, serviceAccountName="builder"), cluster=cluster)
    assert results(report) == ["covered"]
    assert cluster.writes == []


async def test_own_list_hides_the_accounts(cluster: TestCluster) -> None:
    cluster.secret("pull")
    cluster.account("default", "pull")
    report = await checked(deployment(IMAGE, imagePullSecrets=named("other")), cluster=cluster)
    item = only(report)
    assert item.cause is Cause.SECRET_MISSING
    assert "names other itself, so its ServiceAccount's Secrets are not used" in item.evidence[0]


async def test_own_list_without_a_name_is_an_own_list(cluster: TestCluster) -> None:
    cluster.secret("pull")
    cluster.account("default", "pull")
    report = await checked(secret("pull"), deployment(IMAGE, imagePullSecrets=[{}]), cluster=cluster)
    item = only(report)
    assert (item.cause, item.summary) == (
        Cause.NO_PULL_SECRET,
        "the list of deployment/web names no pull Secret",
    )
    assert item.fixes[0].description == "name Secret pull in spec.template.spec.imagePullSecrets"


async def test_namespace_of_the_manifest_or_the_one_given(cluster: TestCluster) -> None:
    cluster.secret("pull")
    cluster.account("default", "pull")
    here = deployment(IMAGE, namespace="")
    there = deployment(IMAGE, name="far", namespace="elsewhere")
    report = await checked(here, there, cluster=cluster)
    assert [part.workload.namespace for part in report.checked] == ["web", "elsewhere"]
    assert results(report) == ["covered", "may-fail"]


async def test_a_missing_account_gets_no_pods_but_default_is_made(cluster: TestCluster) -> None:
    objects = [deployment("nginx", serviceAccountName="builder"), deployment("nginx", name="other")]
    report = await checked(*objects, cluster=cluster)
    assert report.remarks == (
        "ServiceAccount builder is neither in the manifests nor in namespace web: it gets no Pods",
    )


async def test_kustomizations_are_told_of() -> None:
    obj = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    report = await checked(manifest(obj, file="kustomization.yaml"))
    assert report.remarks == (
        (
            "kustomization.yaml:1: kustomize was not run; what it would change is not seen: "
            "kubectl kustomize . | pullsecret check -f -"
        ),
    )


async def test_what_cannot_be_read_is_told_with_its_place_and_the_rest_checked() -> None:
    broken = secret("pull", data={".dockerconfigjson": "%%%"})
    report = await checked(broken, deployment("nginx"))
    (problem,) = report.problems
    assert (str(problem.place), problem.message) == (
        "secrets.yaml:7",
        '.data[".dockerconfigjson"]: is no base64',
    )
    assert results(report) == ["assumed-public"]


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    ("other", "cause"),
    [
        pytest.param(login("harbor.example.com:8443"), Cause.SECRET_HOST_MISMATCH, id="host-mismatch"),
        pytest.param(login("quay.io"), Cause.SECRET_HOST_MISMATCH, id="something-else"),
        pytest.param(None, Cause.SECRET_MISSING, id="missing"),
    ],
)
async def test_a_secret_of_the_cluster_that_would_do_is_named_first(
    cluster: TestCluster, own: bool, other: DockerConfig | None, cause: Cause
) -> None:
    cluster.secret("fitting")
    if other is not None:
        cluster.secret("other", other)
    if not own:
        cluster.account("default", "other")
    spec = {"imagePullSecrets": named("other")} if own else {}
    item = only(await checked(deployment(IMAGE, **spec), cluster=cluster))

    assert item.cause is cause
    first = item.fixes[0]
    if own:
        assert first.description == "name Secret fitting in spec.template.spec.imagePullSecrets"
    else:
        assert str(first.command) == "pullsecret attach fitting -n web --serviceaccount default"


async def test_what_may_not_be_listed_is_not_offered(cluster: TestCluster) -> None:
    cluster.secret("fitting")
    cluster.refuse("list secrets", Forbidden("no", status=403))
    report = await checked(deployment(IMAGE), cluster=cluster)
    assert "fitting" not in str(only(report).fixes)
    assert report.denied == ()


async def test_where_every_image_has_a_login_nothing_else_is_read(cluster: TestCluster) -> None:
    cluster.secret("pull")
    cluster.account("default", "pull")
    cluster.refuse("list secrets", Forbidden("no", status=403), times=9)
    assert results(await checked(deployment(IMAGE), cluster=cluster)) == ["covered"]
    assert len(cluster.before["list secrets"]) == 9


@pytest.mark.parametrize(
    ("obj", "result", "said"),
    [
        pytest.param(whole(deployment("")), "fails", "container c0 names no image", id="a template without"),
        pytest.param(
            whole(deployment(" ")), "may-fail", "the image of container c0 is blank", id="a blank one"
        ),
        pytest.param(a_bare_pod(" "), "fails", "container c names no image", id="a Pod's blank one"),
    ],
)
async def test_a_container_without_an_image(obj: ManifestObject, result: str, said: str) -> None:
    report = await checked(obj)
    assert results(report) == [result]
    item = only(report)
    assert (item.cause, item.place.line) == (Cause.INVALID_IMAGE_NAME, 1)
    assert said in item.summary
    assert item.fixes


async def test_containers_of_other_kinds_may_only_be_changes() -> None:
    containers = [{"name": "a", "image": "nginx"}, {"name": "prometheus", "resources": {}}]
    obj = {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": {"name": "x"},
           "spec": {"spec": {"containers": containers}}}  # fmt: skip
    assert results(await checked(manifest(obj))) == ["assumed-public"]


# without asking registries


async def test_offline_nothing_is_claimed_of_what_was_not_seen() -> None:
    report = await checked(
        deployment(IMAGE, name="account"), deployment(IMAGE, imagePullSecrets=named("pull"))
    )
    assert results(report) == ["unknown", "unknown"]
    assert [part.because for part in report.checked] == [
        "which Secrets ServiceAccount default lists is not in the manifests, and was not looked at",
        "Secret pull is not in the manifests, and was not looked at",
    ]
    assert not report.items


@pytest.mark.parametrize(
    ("kind", "name", "spec"),
    [
        pytest.param("SealedSecret", "pull", {}, id="by its own name"),
        pytest.param("ExternalSecret", "x", {"target": {"name": "pull"}}, id="external"),
        pytest.param("VaultStaticSecret", "x", {"destination": {"name": "pull"}}, id="vault"),
        pytest.param("PullSecret", "x", {"secretName": "pull"}, id="ours"),
        pytest.param("OnePasswordItem", "pull", {}, id="a kind not named so"),
    ],
)
async def test_a_secret_that_another_object_makes_is_not_missing(
    cluster: TestCluster, kind: str, name: str, spec: dict[str, Any]
) -> None:
    objects = [maker(kind, name, **spec), deployment(IMAGE, imagePullSecrets=named("pull"))]
    report = await checked(*objects, cluster=cluster)
    assert results(report) == ["unknown"]
    assert report.checked[0].because == (
        f"Secret pull is made by {kind} {name}, and is not there yet to be looked at"
    )


async def test_a_secret_that_was_made_already_is_looked_at(cluster: TestCluster) -> None:
    cluster.secret("pull")
    objects = [maker("SealedSecret", "pull"), deployment(IMAGE, imagePullSecrets=named("pull"))]
    assert results(await checked(*objects, cluster=cluster)) == ["covered"]


@pytest.mark.parametrize(
    ("image", "names", "result"),
    [
        pytest.param("nginx", [], "assumed-public", id="Docker Hub's own"),
        pytest.param("nginx", ["gone"], "assumed-public", id="Docker Hub's own, whatever is missing"),
        pytest.param("bitnami/redis", [], "assumed-public", id="Docker Hub"),
        pytest.param("ghcr.io/acme/app", ["gone"], "assumed-public", id="often public, a Secret missing"),
        pytest.param("registry.k8s.io/pause:3.9", [], "assumed-public", id="open"),
        pytest.param(IMAGE, [], "may-fail", id="looks private"),
        pytest.param(IMAGE, ["gone"], "fails", id="looks private, a Secret missing"),
        pytest.param(IMAGE, ["other"], "may-fail", id="looks private, a Secret for something else"),
    ],
)
async def test_images_that_nothing_covers(
    cluster: TestCluster, image: str, names: list[str], result: str
) -> None:
    cluster.secret("other", login("quay.io"))
    cluster.account("default", *names)
    assert results(await checked(deployment(image), cluster=cluster)) == [result]


async def test_images_of_known_public_registries_offline_with_unknown_secrets() -> None:
    report = await checked(deployment("nginx", "ghcr.io/acme/app"))
    assert results(report) == ["assumed-public", "unknown"]


@pytest.mark.parametrize(
    ("hosts", "image", "confidence", "said"),
    [
        pytest.param(["harbor.example.com:8443"], IMAGE, "likely", "names no port: they must", id="port"),
        pytest.param(
            ["harbor.example.com"], "harbor.example.com:5000/app", "likely", "names port 5000", id="no port"
        ),
        pytest.param(
            ["harbor.example.com/team"], IMAGE, "possible", "for paths that start with /team only", id="path"
        ),
        pytest.param(["registry.example.com"], IMAGE, "possible", "has one for registry.ex", id="sibling"),
        pytest.param(["Harbor.example.com"], IMAGE, "likely", "not as images write it", id="spelling"),
        pytest.param(["quay.io/acme"], "quay.io/other/app", "-", "many images of quay.io", id="public host"),
    ],
)
async def test_near_misses(hosts: list[str], image: str, confidence: str, said: str) -> None:
    objects = [secret("pull", login(*hosts)), deployment(image, imagePullSecrets=named("pull"))]
    report = await checked(*objects)
    (part,) = report.checked
    assert said in part.because
    if part.item is None:
        assert confidence == "-"
    else:
        assert (part.item.cause, part.item.confidence) == (Cause.SECRET_HOST_MISMATCH, confidence)
        assert part.item.fixes[0].command is None, "a Secret of the manifests is changed there"
        assert str(part.item.fixes[0].description).endswith("to Secret pull, at secrets.yaml:7")


async def test_a_relative_says_less_than_a_missing_secret(cluster: TestCluster) -> None:
    cluster.secret("pull", login("registry.example.com"))
    report = await checked(deployment(IMAGE, imagePullSecrets=named("pull", "gone")), cluster=cluster)
    assert only(report).cause is Cause.SECRET_MISSING


async def test_a_public_image_with_a_key_for_another_port_is_a_note() -> None:
    objects = [
        secret("pull", login("quay.io:5000")),
        deployment("quay.io/a/b", imagePullSecrets=named("pull")),
    ]
    report = await checked(*objects)
    assert results(report) == ["may-fail"]
    assert not report.items
    assert only(report).confidence == "possible"


@pytest.mark.parametrize(
    ("kind", "result", "confidence"),
    [
        pytest.param("Opaque", "fails", "likely", id="would cover if it were of the right type"),
    ],
)
async def test_wrong_type(cluster: TestCluster, kind: str, result: str, confidence: str) -> None:
    cluster.secret("pull", type=kind)
    report = await checked(deployment(IMAGE, imagePullSecrets=named("pull")), cluster=cluster)
    item = only(report)
    assert results(report) == [result]
    assert (item.cause, item.confidence) == (Cause.SECRET_WRONG_TYPE, confidence)
    assert [fix.command.argv if fix.command else None for fix in item.fixes] == [
        None,
        ("pullsecret", "show", "pull", "-n", "web"),
    ]


async def test_wrong_type_without_anything_in_it() -> None:
    objects = [
        secret("pull", type="Opaque", data={"a": "Yg=="}),
        deployment(IMAGE, imagePullSecrets=named("pull")),
    ]
    item = only(await checked(*objects))
    assert (item.cause, item.confidence) == (Cause.SECRET_WRONG_TYPE, "likely")
    command = item.fixes[1].command
    assert command is not None
    assert command.argv == ("pullsecret", "show", "--file", "secrets.yaml")


async def test_an_entry_without_a_login() -> None:
    config = DockerConfig.parse(b'{"auths":{"harbor.example.com":{}}}')
    item = only(await checked(secret("pull", config), deployment(IMAGE, imagePullSecrets=named("pull"))))
    assert (item.cause, item.confidence) == (Cause.SECRET_NO_CREDENTIAL, "likely")


async def test_one_malformed_secret_spoils_all_also_for_public_images() -> None:
    broken = secret(
        "broken", stringData={".dockerconfigjson": '{"auths":{"a.io":{"auth":"!!!"}}}'}, data=None
    )
    objects = [secret("pull"), broken, deployment(IMAGE, "nginx", imagePullSecrets=named("pull", "broken"))]
    report = await checked(*objects)
    assert [(item.cause, item.confidence) for item in report.items] == [
        (Cause.SECRET_MALFORMED, "certain")
    ] * 2
    assert "since broken is malformed" in report.items[0].summary


async def test_malformed_on_standard_input_offers_no_command_that_cannot_work() -> None:
    text = {".dockerconfigjson": "[]"}
    obj = {
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": "pull"}, "stringData": text,
    }  # fmt: skip
    item = only(await checked(manifest(obj, file="-"), deployment(IMAGE, imagePullSecrets=named("pull"))))
    assert [fix.command for fix in item.fixes] == [None, None]


async def test_malformed_in_the_cluster_offers_to_write_it_anew(cluster: TestCluster) -> None:
    cluster.secret("pull", data={".dockerconfigjson": base64.b64encode(b'{"auths":[]}').decode()})
    item = only(await checked(deployment(IMAGE, imagePullSecrets=named("pull")), cluster=cluster))
    command = item.fixes[1].command
    assert command is not None
    assert command.argv[:6] == ("pullsecret", "create", "pull", "-n", "web", "--replace")


async def test_expired_by_its_own_word() -> None:
    objects = [
        secret("pull", login("harbor.example.com", password=expired_token())),
        deployment(IMAGE, imagePullSecrets=named("pull")),
    ]
    item = only(await checked(*objects))
    assert (item.cause, item.confidence) == (Cause.CREDENTIAL_EXPIRED, "likely")
    assert item.summary == "the credential in Secret pull has expired 120m ago"


async def test_one_that_has_not_expired_is_enough() -> None:
    config = login("harbor.example.com", password=expired_token())
    objects = [
        secret("old", config), secret("new"), deployment(IMAGE, imagePullSecrets=named("old", "new"))
    ]  # fmt: skip
    assert results(await checked(*objects)) == ["covered"]


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        pytest.param("harbor.example.com/${APP}:1", True, id="variable"),
        pytest.param("{{ .Values.image }}", True, id="template"),
        pytest.param("harbor.example.com/App", False, id="upper case"),
        pytest.param("harbor.example.com:99999/app", False, id="no port that there is"),
    ],
)
async def test_names_that_are_none(image: str, hint: bool) -> None:
    item = only(await checked(deployment(image)))
    assert (item.cause, item.confidence) == (Cause.INVALID_IMAGE_NAME, "certain")
    assert bool(item.evidence) is hint


async def test_patches_without_an_image_are_passed_over() -> None:
    assert (await checked(deployment(" "))).checked == ()


async def test_never_pulled() -> None:
    obj = deployment(IMAGE)
    obj.obj["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Never"
    registries = FakeRegistries()
    assert results(await checked(obj, registries=registries)) == ["not-pulled"]
    assert registries.asked == []


# mends


async def test_a_secret_that_is_there_is_offered(cluster: TestCluster) -> None:
    report = await checked(secret("pull"), deployment(IMAGE), cluster=cluster)
    (fix,) = only(report).fixes
    assert fix.command is not None
    assert fix.command.shell == "pullsecret attach pull -n web --serviceaccount default"


async def test_a_new_secret_is_attached(cluster: TestCluster) -> None:
    (fix,) = only(await checked(deployment(IMAGE), cluster=cluster)).fixes
    assert fix.command is not None
    assert fix.command.shell == (
        "pullsecret create harbor-example-com -n web --registry harbor.example.com --username USER "
        "--attach default"
    )


async def test_a_new_secret_beside_an_own_list_is_named_there(cluster: TestCluster) -> None:
    cluster.secret("other", login("quay.io"))
    report = await checked(deployment(IMAGE, imagePullSecrets=named("other")), cluster=cluster)
    first, second = only(report).fixes
    assert first.command is not None
    assert "--attach" not in first.command.argv
    assert second.description == "name Secret harbor-example-com in spec.template.spec.imagePullSecrets"


async def test_a_missing_secret_is_made_by_its_name(cluster: TestCluster) -> None:
    report = await checked(deployment(IMAGE, imagePullSecrets=named("pull")), cluster=cluster)
    (fix,) = only(report).fixes
    assert fix.command is not None
    assert fix.command.shell == "pullsecret create pull -n web --registry harbor.example.com --username USER"


# what the cluster does not let us see


async def test_permissions_that_we_lack_are_told(cluster: TestCluster) -> None:
    cluster.refuse("get", Forbidden("no", status=403), times=2)
    objects = [deployment(IMAGE), deployment(IMAGE, name="own", imagePullSecrets=named("pull"))]
    report = await checked(*objects, cluster=cluster)
    assert report.denied == ("get serviceaccounts in namespace web", "get secrets in namespace web")
    assert results(report) == ["unknown", "unknown"]


async def test_a_cluster_that_cannot_be_reached_is_an_error(cluster: TestCluster) -> None:
    def fail() -> None:
        raise ClusterUnreachable("nobody there")

    cluster.meddle("get", fail)
    with pytest.raises(ClusterUnreachable):
        await checked(deployment(IMAGE), cluster=cluster)


# asking registries


async def test_given_with_the_credential() -> None:
    objects = [secret("pull"), deployment(IMAGE, imagePullSecrets=named("pull"))]
    registries = FakeRegistries()
    report = await checked(*objects, registries=registries)
    assert results(report) == ["pulled"]
    assert report.checked[0].because == "the registry gives it to robot (Secret pull)"
    assert registries.asked == [("harbor.example.com", "robot")]


async def test_one_question_for_each_image_and_credential() -> None:
    objects = [deployment(IMAGE, IMAGE, name=name, imagePullSecrets=named("pull")) for name in ("a", "b")]
    registries = FakeRegistries()
    await checked(secret("pull"), *objects, registries=registries)
    assert len(registries.asked) == 1


async def test_a_public_image_needs_nothing(cluster: TestCluster) -> None:
    registries = FakeRegistries(open_hosts=("harbor.example.com",))
    report = await checked(deployment(IMAGE), cluster=cluster, registries=registries)
    assert results(report) == ["pulled"]
    assert report.checked[0].because == "the registry gives it to anybody"


async def test_a_private_image_without_a_secret(cluster: TestCluster) -> None:
    item = only(await checked(deployment(IMAGE), cluster=cluster, registries=FakeRegistries()))
    assert (item.cause, item.confidence) == (Cause.NO_PULL_SECRET, "certain")
    assert item.evidence == ("asked from here without a credential: harbor.example.com says no",)


async def test_a_registry_that_does_not_tell(cluster: TestCluster) -> None:
    registries = FakeRegistries(failures={"harbor.example.com": Cause.DENIED_OR_MISSING})
    item = only(await checked(deployment(IMAGE), cluster=cluster, registries=registries))
    assert (item.cause, item.confidence) == (Cause.NO_PULL_SECRET, "likely")
    assert item.alternatives == (Cause.IMAGE_NOT_FOUND,)


async def test_a_private_image_and_secrets_that_were_not_looked_at() -> None:
    report = await checked(deployment(IMAGE), registries=FakeRegistries())
    assert results(report) == ["unknown"]
    assert "was not looked at; asked from here without a credential" in report.checked[0].because


async def test_a_rejected_credential() -> None:
    config = login("harbor.example.com", password="wrong")
    objects = [secret("pull", config), deployment(IMAGE, imagePullSecrets=named("pull"))]
    item = only(await checked(*objects, registries=FakeRegistries()))
    assert (item.cause, item.confidence) == (Cause.CREDENTIAL_REJECTED, "certain")
    assert item.fixes[0].description == "put a password that works into Secret pull, at secrets.yaml:7"


async def test_a_rejected_credential_of_the_cluster(cluster: TestCluster) -> None:
    cluster.secret("pull", login("harbor.example.com", password="wrong"))
    objects = [deployment(IMAGE, imagePullSecrets=named("pull"))]
    item = only(await checked(*objects, cluster=cluster, registries=FakeRegistries()))
    assert item.fixes[0].command is not None
    assert item.fixes[0].command.shell == (
        "pullsecret rotate pull -n web --registry harbor.example.com --username robot"
    )


async def test_a_rejected_token_that_has_expired() -> None:
    config = login("harbor.example.com", password=expired_token())
    objects = [secret("pull", config), deployment(IMAGE, imagePullSecrets=named("pull"))]
    item = only(await checked(*objects, registries=FakeRegistries()))
    assert (item.cause, item.confidence) == (Cause.CREDENTIAL_EXPIRED, "certain")
    assert item.summary == "the token in Secret pull expired 120m ago"


async def test_any_credential_that_works_is_enough() -> None:
    bad, good = login("harbor.example.com", password="wrong"), login("harbor.example.com")
    objects = [secret("a", bad), secret("b", good), deployment(IMAGE, imagePullSecrets=named("a", "b"))]
    assert results(await checked(*objects, registries=FakeRegistries())) == ["pulled"]


async def test_an_image_that_is_not_there() -> None:
    registries = FakeRegistries(failures={"harbor.example.com": Cause.IMAGE_NOT_FOUND})
    objects = [secret("pull"), deployment(IMAGE, imagePullSecrets=named("pull"))]
    item = only(await checked(*objects, registries=registries))
    assert (item.cause, item.confidence) == (Cause.IMAGE_NOT_FOUND, "certain")
    assert [fix.description for fix in item.fixes] == ["look at it"]


async def test_an_image_that_is_not_there_for_anybody() -> None:
    registries = FakeRegistries(failures={"docker.io": Cause.IMAGE_NOT_FOUND})
    report = await checked(deployment("nginx:nope"), registries=registries)
    assert only(report).cause is Cause.IMAGE_NOT_FOUND


async def test_a_registry_that_cannot_be_asked_is_no_finding() -> None:
    registries = FakeRegistries(failures={"harbor.example.com": Cause.DNS_FAILURE})
    report = await checked(deployment(IMAGE), registries=registries)
    item = only(report)
    assert results(report) == ["not-asked"]
    assert not report.items
    assert (item.cause, item.confidence) == (Cause.DNS_FAILURE, "possible")
    assert item.fixes[0].command is not None
    assert item.fixes[0].command.argv == ("pullsecret", "verify", IMAGE)


async def test_a_registry_out_of_reach_takes_nothing_from_what_the_secrets_tell(cluster: TestCluster) -> None:
    registries = FakeRegistries(failures={"harbor.example.com": Cause.CONNECTION_REFUSED})
    objects = [deployment(IMAGE, imagePullSecrets=named("gone"))]
    item = only(await checked(*objects, cluster=cluster, registries=registries))
    assert (item.cause, item.confidence) == (Cause.SECRET_MISSING, "likely")
    assert item.evidence[-1] == "the registry could not be asked: harbor.example.com failed"


@pytest.mark.parametrize(
    ("there", "wanted", "result"),
    [
        pytest.param(("linux/amd64",), ("linux/amd64",), "pulled", id="there"),
        pytest.param(("linux/arm64/v8",), ("linux/arm64",), "pulled", id="a variant"),
        pytest.param(("linux/amd64",), ("linux/amd64", "linux/arm64"), "fails", id="one lacks"),
        pytest.param((), ("linux/arm64",), "fails", id="none named"),
    ],
)
async def test_platforms(there: tuple[str, ...], wanted: tuple[str, ...], result: str) -> None:
    registries = FakeRegistries(open_hosts=("docker.io",), platforms=there)
    report = await checked(deployment("nginx"), registries=registries, platforms=wanted)
    assert results(report) == [result]
    if result == "fails":
        item = only(report)
        assert item.cause is Cause.PLATFORM_MISMATCH
        assert item.summary == "it is not there for linux/arm64"


@pytest.mark.parametrize("image", ["localhost:5000/app", "127.0.0.1:5000/app", "localhost/app"])
async def test_a_nodes_own_registry_is_not_asked(image: str) -> None:
    registries = FakeRegistries(open_hosts=(image.partition("/")[0], "docker.io"))
    objects = [account("default"), deployment(image, "nginx")]
    report = await checked(*objects, registries=registries)
    assert results(report) == ["unknown", "pulled"]
    assert "is the node's own registry" in report.checked[0].because
    assert [host for host, _ in registries.asked] == ["docker.io"]
    assert results(await checked(deployment(image), registries=registries, on_node=True)) == ["pulled"]


async def test_a_malformed_list_is_not_probed() -> None:
    broken = secret("pull", stringData={".dockerconfigjson": "[]"}, data=None)
    registries = FakeRegistries()
    report = await checked(broken, deployment(IMAGE, imagePullSecrets=named("pull")), registries=registries)
    assert only(report).cause is Cause.SECRET_MALFORMED
    assert registries.asked == []


async def test_no_password_in_what_is_shown() -> None:
    config = login("harbor.example.com", password="hunter2-pw")
    objects = [secret("pull", config), deployment(IMAGE, imagePullSecrets=named("pull"))]
    for registries in (None, FakeRegistries()):
        report = await checked(*objects, registries=registries)
        assert "hunter2-pw" not in repr(report) + repr(objects)
    assert Result.FAILS in {part.result for part in report.checked}
