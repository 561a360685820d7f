"""Secrets that are in the namespace already and would do: they are named before anything new is made."""

from typing import Any

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis import diagnose
from pullsecret.core.diagnosis.model import Item, Probe, Remedy, Snapshot
from pullsecret.core.sensitive import Sensitive
from support.podcases import HOST, IMAGE, PASSWORD, a_pod, a_secret, a_snapshot, an_account

FIT = Credential("fit", Sensitive(PASSWORD))
WANTS_LOGIN = Probe(Cause.AUTH_MISSING, "asks for a login", status=401)
GIVEN = Probe(status=200, platforms=("linux/amd64",))
REJECTED = Probe(Cause.CREDENTIAL_REJECTED, "rejects it", status=401)
NO_TAG = Probe(Cause.IMAGE_NOT_FOUND, "has none", status=404, repository_there=True)
ELSEWHERE = {"quay.io": ("a", "b")}
FITTING = a_secret("fitting", {HOST: ("fit", PASSWORD)})


def only(snapshot: Snapshot) -> Item:
    (item,) = diagnose(snapshot).items
    return item


def probes(answer: Probe | None) -> dict[Any, Probe]:
    return {(IMAGE, ANONYMOUS): WANTS_LOGIN, **({(IMAGE, FIT): answer} if answer else {})}


def commands(item: Item) -> list[str]:
    return [str(fix.command) for fix in item.fixes]


ATTACH = "pullsecret attach fitting -n shop --serviceaccount default --restart-stuck"
WORKLOAD = "pullsecret attach fitting -n shop --workload deployment/web"


@pytest.mark.parametrize(
    ("secret", "cause"),
    [
        pytest.param(a_secret("pull", {f"{HOST}:8443": ("a", "b")}), "secret-host-mismatch", id="port"),
        pytest.param(a_secret("pull", {"x.example.com": ("a", "b")}), "secret-host-mismatch", id="host"),
        pytest.param(a_secret("pull", ELSEWHERE), "secret-host-mismatch", id="something else"),
        pytest.param(a_secret("pull", {HOST: {}}), "secret-no-credential", id="no login"),
        pytest.param(a_secret("pull", kind="Opaque"), "secret-wrong-type", id="wrong type"),
        pytest.param(None, "secret-missing", id="missing"),
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_one_that_is_there_is_named_before_anything_new_is_made(secret: Any, cause: str, own: bool) -> None:
    secrets = [secret] if secret else []
    account = an_account() if own else an_account("pull")
    snapshot = a_snapshot(a_pod(["pull"]), *secrets, FITTING, account=account, template_own=own)
    item = only(snapshot)

    assert item.cause == cause
    assert commands(item)[0] == (WORKLOAD if own else ATTACH)
    assert f"Secret fitting of namespace shop has a login for {HOST}/lnmp/nginx" in " ".join(item.evidence)
    assert not any(fix.remedy for fix in item.fixes), "nobody asked the registry whether it would help"


def test_one_that_the_registry_accepts_may_be_attached_without_further_thought() -> None:
    pod, account = a_pod(["pull"]), an_account("pull")
    item = only(a_snapshot(pod, a_secret("pull", ELSEWHERE), FITTING, account=account, probes=probes(GIVEN)))

    assert [fix.remedy for fix in item.fixes if fix.remedy] == [
        Remedy("attach", "shop", secret="fitting", service_account="default"),
        Remedy("evict", "shop", secret="fitting", pod="web-1-x"),
    ]


def test_one_that_the_registry_refuses_is_not_offered_where_another_can_be_mended() -> None:
    pod, account = a_pod(["pull"]), an_account("pull")
    secrets = (a_secret("pull", ELSEWHERE), FITTING)
    item = only(a_snapshot(pod, *secrets, account=account, probes=probes(REJECTED)))

    assert not any("fitting" in command for command in commands(item))


def test_where_there_is_only_one_that_is_refused_its_login_comes_first() -> None:
    item = only(a_snapshot(a_pod(), FITTING, probes=probes(REJECTED)))

    assert item.cause == "no-pull-secret"
    assert commands(item)[0].startswith(f"pullsecret rotate fitting -n shop --registry {HOST} --username fit")
    assert commands(item)[1] == ATTACH
    assert not any(fix.remedy for fix in item.fixes)


def test_a_tag_that_is_missing_takes_nothing_from_a_secret_that_would_do() -> None:
    item = only(a_snapshot(a_pod(), FITTING, probes=probes(NO_TAG)))

    assert item.cause == "no-pull-secret"
    assert commands(item)[0] == ATTACH
    assert commands(item)[-1] == f"kubectl -n shop set image deployment/web web={HOST}/lnmp/nginx:TAG"
    assert not any("password" in fix.description or fix.remedy for fix in item.fixes)


def test_a_missing_secret_that_can_be_copied_is_copied_first() -> None:
    snapshot = a_snapshot(
        a_pod(["pull"]), FITTING, account=an_account("pull"), probes=probes(GIVEN),
        elsewhere={"pull": ("platform",)},
    )  # fmt: skip
    item = only(snapshot)

    assert commands(item)[0] == "pullsecret copy pull -n platform --to shop"
    assert [fix.remedy.kind for fix in item.fixes if fix.remedy] == ["copy"]


@pytest.mark.parametrize(("there", "first"), [
    pytest.param([FITTING], WORKLOAD, id="one that would do"),
    pytest.param([], "pullsecret create harbor-example-com -n shop", id="none"),
])  # fmt: skip
def test_a_list_without_a_name_hides_whatever_is_attached_to_the_account(
    there: list[Any], first: str
) -> None:
    item = only(a_snapshot(a_pod([""]), *there, template_own=True))

    assert item.cause == "no-pull-secret"
    assert commands(item)[0].startswith(first)
    assert not any("--serviceaccount" in command or "--attach" in command for command in commands(item))
    assert "--workload deployment/web" in commands(item)[-1]


def test_a_tag_that_is_missing_comes_after_the_pod_is_made_again() -> None:
    item = only(a_snapshot(a_pod(), FITTING, account=an_account("fitting"), probes=probes(NO_TAG)))

    assert (item.cause, item.confidence, item.alternatives) == (
        "pod-predates-attach", "likely", ("image-not-found",),
    )  # fmt: skip
    assert (
        "then it fails for another reason: harbor.example.com has a repository lnmp/nginx, and no tag v2"
        in (item.summary)
    )
    assert commands(item) == [
        ATTACH, f"kubectl -n shop set image deployment/web web={HOST}/lnmp/nginx:TAG",
    ]  # fmt: skip
    assert not any(fix.remedy for fix in item.fixes)
