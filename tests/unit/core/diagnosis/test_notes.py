"""Notes on what runs, and similar Pods folded into one finding."""

from dataclasses import replace
from typing import Any

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.commands import Command
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis import blocks, diagnose, fold
from pullsecret.core.diagnosis.model import Confidence, Diagnosis, Event, Fix, Item, PodFacts, Probe
from pullsecret.core.sensitive import Sensitive
from support.podcases import HOST, IMAGE, PASSWORD, a_pod, a_secret, a_snapshot, an_account

ROBOT = Credential("robot", Sensitive(PASSWORD))
GIVEN = Probe(status=200)
WANTS_LOGIN = Probe(Cause.AUTH_MISSING, "asks for a login", status=401)
REJECTED = Probe(Cause.CREDENTIAL_REJECTED, "rejects it", status=401)
NOT_FOUND = Probe(Cause.IMAGE_NOT_FOUND, "has none", status=404)
UNREACHED = Probe(Cause.DNS_FAILURE, "no such host")


def noted(pod: dict[str, Any], *secrets: Any, answers: Any = None, **parts: Any) -> Diagnosis:
    probes = {(IMAGE, credential): probe for credential, probe in (answers or {}).items()}
    return diagnose(a_snapshot(pod, *secrets, **{"events": (), "probes": probes, **parts}))


@pytest.mark.parametrize(
    ("names", "answers", "cause"),
    [
        pytest.param([], {ANONYMOUS: WANTS_LOGIN}, "no-pull-secret", id="no Secret"),
        pytest.param([], {ANONYMOUS: NOT_FOUND}, "image-not-found", id="no image any more"),
        pytest.param(
            ["pull"], {ROBOT: REJECTED, ANONYMOUS: WANTS_LOGIN}, "credential-rejected", id="rejected"
        ),
        pytest.param([], {ANONYMOUS: GIVEN}, None, id="public"),
        pytest.param(["pull"], {ROBOT: GIVEN}, None, id="works"),
        pytest.param([], {ANONYMOUS: UNREACHED}, None, id="could not be asked"),
        pytest.param([], {}, None, id="not asked"),
    ],
)
def test_a_pod_that_runs_only_from_the_nodes_cache(names: list[str], answers: Any, cause: str | None) -> None:
    found = noted(a_pod(names, reason="Running"), a_secret(), answers=answers)

    assert found.items == ()
    assert [note.cause for note in found.notes] == ([cause] if cause else [])
    assert all("runs only because its image is on node node1 already" in note.summary for note in found.notes)


def test_an_image_that_was_pulled_or_that_never_is() -> None:
    pulled = Event("Pulled", f'Successfully pulled image "{IMAGE}" in 1s', container="web")
    never = a_pod(reason="Running")
    never["spec"]["containers"][0]["imagePullPolicy"] = "Never"
    never["spec"]["nodeName"] = None

    assert noted(a_pod(reason="Running"), answers={ANONYMOUS: WANTS_LOGIN}, events=(pulled,)) == Diagnosis()
    assert noted(never, answers={ANONYMOUS: WANTS_LOGIN}) == Diagnosis()


def test_a_secret_that_we_may_not_read_may_be_the_one() -> None:
    assert (
        noted(a_pod(["pull"], reason="Running"), answers={ANONYMOUS: WANTS_LOGIN}, secrets={}) == Diagnosis()
    )


def test_of_a_workloads_equal_pods_one_is_noted() -> None:
    snapshot = a_snapshot(a_pod(reason="Running"), events=(), probes={(IMAGE, ANONYMOUS): WANTS_LOGIN})
    bare = replace(snapshot.pods[0], owner="")

    assert len(diagnose(replace(snapshot, pods=snapshot.pods * 3)).notes) == 1
    assert len(diagnose(replace(snapshot, pods=(bare,) * 3)).notes) == 3


@pytest.mark.parametrize(
    ("names", "secret", "listed", "cause"),
    [
        pytest.param(
            ["mine"], {"quay.io": ("a", "b")}, "pull", "secret-host-mismatch", id="for something else"
        ),
        pytest.param([""], {}, "pull", "no-pull-secret", id="without a name"),
        pytest.param(["mine"], {HOST: ("a", "b")}, "pull", None, id="it covers the image itself"),
        pytest.param(["mine"], {"quay.io": ("a", "b")}, "odd", None, id="the account's would not help"),
        pytest.param(["mine"], {HOST: {"auth": "!!!"}}, "pull", None, id="it is malformed"),
    ],
)
def test_a_list_that_hides_the_accounts(
    names: list[str], secret: Any, listed: str, cause: str | None
) -> None:
    found = noted(
        a_pod(names, reason="Running"), a_secret("mine", secret), a_secret(), account=an_account(listed),
        template_own=None, owner="",
    )  # fmt: skip

    assert [(note.cause, note.confidence) for note in found.notes] == ([(cause, "possible")] if cause else [])
    assert all(
        "it hides Secret pull, which ServiceAccount default lists" in note.summary for note in found.notes
    )


def test_an_inherited_list_hides_nothing() -> None:
    pod = a_pod(["old"], reason="Running")

    assert (
        noted(
            pod, a_secret("old", {"quay.io": ("a", "b")}), a_secret(), account=an_account("old", "pull")
        ).notes
        == ()
    )


def test_what_fails_and_what_has_no_name_is_not_noted() -> None:
    pod = a_pod()
    pod["spec"]["containers"].append({"name": "odd", "image": "UPPER/case"})

    assert noted(pod, answers={ANONYMOUS: WANTS_LOGIN}).notes == ()


def test_similar_pods_are_one_finding() -> None:
    first = a_snapshot()
    pods = tuple(
        PodFacts(a_pod(name=f"web-{n}"), first.pods[0].events, "deployment/web", template_own=False)
        for n in range(3)
    )
    bare = PodFacts(a_pod(name="alone", owner=""), first.pods[0].events)
    findings = fold(diagnose(replace(first, pods=(*pods, bare))).items)

    assert [(finding.pods, finding.containers, finding.count) for finding in findings] == [
        (("web-0", "web-1", "web-2"), ("web",), 3),
        (("alone",), ("web",), 1),
    ]
    assert findings[0].item.pod == "web-0"


def alike(owner: str, image: str = IMAGE, **changes: Any) -> Item:
    tag = image.rpartition(":")[2]
    repository = image.removesuffix(f":{tag}")
    values: dict[str, Any] = {
        "namespace": "shop", "pod": f"{owner}-1", "container": owner, "image": image,
        "cause": Cause.IMAGE_NOT_FOUND, "confidence": Confidence.CERTAIN, "owner": f"deployment/{owner}",
        "summary": f"{owner}-1: {HOST} has no tag {tag} of {repository}",
        "fixes": (Fix("push it"), Fix("name another", Command(("kubectl", "set", "image")))),
    }  # fmt: skip
    return Item(**{**values, **changes})


@pytest.mark.parametrize(
    ("other", "count"),
    [
        pytest.param(alike("b"), 1, id="another workload"),
        pytest.param(alike("b", f"{HOST}/team/app:3"), 1, id="another image"),
        pytest.param(alike("b", namespace="far"), 1, id="another namespace"),
        pytest.param(alike("b", "quay.io/lnmp/nginx:v2"), 2, id="another registry"),
        pytest.param(alike("b", cause=Cause.REGISTRY_ERROR), 2, id="another cause"),
        pytest.param(alike("b", confidence=Confidence.LIKELY), 2, id="less sure"),
        pytest.param(alike("b", summary="it is on fire"), 2, id="told otherwise"),
        pytest.param(alike("b", fixes=()), 2, id="mended otherwise"),
        pytest.param(alike("b", "UPPER/Case"), 2, id="no image's name"),
    ],
)
def test_findings_that_differ_in_names_alone_are_one_block(other: Item, count: int) -> None:
    found = blocks(fold([alike("a"), other]))
    assert len(found) == count
    assert found[0].registry == HOST
    assert found[0].item.pod == "a-1"
