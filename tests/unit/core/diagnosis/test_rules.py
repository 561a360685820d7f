"""One cause for each container that cannot pull: rules over Secrets, accounts, answers and times."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis import diagnose, wanted_probes
from pullsecret.core.diagnosis.model import Event, Item, Probe, Remedy, Snapshot
from pullsecret.core.sensitive import Sensitive
from support.podcases import (
    HOST,
    IMAGE,
    NOW,
    PASSWORD,
    REFUSED,
    a_pod,
    a_secret,
    a_snapshot,
    an_account,
    failed,
)

ROBOT = Credential("robot", Sensitive(PASSWORD))
OTHER = Credential("other", Sensitive(PASSWORD))
GIVEN = Probe(status=200, platforms=("linux/amd64", "linux/arm64/v8"))
WANTS_LOGIN = Probe(Cause.AUTH_MISSING, "asks for a login", status=401)
REJECTED = Probe(Cause.CREDENTIAL_REJECTED, "rejects it", status=401)
FORBIDDEN = Probe(Cause.CREDENTIAL_FORBIDDEN, "does not let it", status=403)
UNTOLD = Probe(Cause.DENIED_OR_MISSING, "does not tell", status=403)
NOT_FOUND = Probe(Cause.IMAGE_NOT_FOUND, "has none", status=404)
NO_NAME = Probe(Cause.DNS_FAILURE, "no such host")
DENIED = (
    f'failed to resolve reference "{IMAGE}": pull access denied, repository does not exist or may require '
    "authorization: server message: insufficient_scope: authorization failed"
)
MISSING = (
    f'rpc error: code = NotFound desc = failed to pull and unpack image "{IMAGE}": '
    f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'
)
NO_HOST = f'Head "https://{HOST}/v2/": dial tcp: lookup {HOST} on 192.0.2.53:53: no such host'
UNPARSED = "illegal base64 data at input byte 0"
NO_MATCH = f'failed to pull and unpack image "{IMAGE}": no match for platform in manifest: not found'


def asked(answers: Mapping[Credential, Probe]) -> dict[Any, Probe]:
    return {(IMAGE, credential): probe for credential, probe in answers.items()}


def only(snapshot: Snapshot) -> Item:
    (item,) = diagnose(snapshot).items
    return item


def with_message(message: str, *names: str, **pod: Any) -> tuple[dict[str, Any], tuple[Event, ...]]:
    return a_pod(names, message=message, **pod), (failed(message=message),)


def snapshot_of(message: str, *secrets: Any, names: tuple[str, ...] = (), **parts: Any) -> Snapshot:
    return a_snapshot(a_pod(names, message=message), *secrets, events=(failed(message=message),), **parts)


# Which list the Pod has, and what stands behind the names -------------------------------------------


def test_neither_pod_nor_account_names_a_secret() -> None:
    item = only(a_snapshot(probes=asked({ANONYMOUS: WANTS_LOGIN})))

    assert (item.cause, item.confidence) == ("no-pull-secret", "certain")
    assert item.owner == "deployment/web"
    assert "Neither Pod web-1-x nor its ServiceAccount default names a pull Secret" in item.summary
    create, remake = item.fixes
    assert create.command is not None
    assert create.command.argv[:4] == ("pullsecret", "create", "harbor-example-com", "-n")
    assert remake.remedy == Remedy("evict", "shop", pod="web-1-x")


def test_a_secret_of_the_namespace_that_covers_the_image_is_offered() -> None:
    item = only(a_snapshot(a_pod(), a_secret("login"), a_secret("other", {"quay.io": ("a", "b")})))

    assert item.fixes[0].remedy == Remedy("attach", "shop", secret="login", service_account="default")
    assert item.fixes[1].remedy == Remedy("evict", "shop", secret="login", pod="web-1-x")


def test_what_covers_the_image_is_looked_for_beside_missing_secrets() -> None:
    pod = a_pod()
    del pod["metadata"]["creationTimestamp"]
    item = only(a_snapshot(pod, a_secret("login"), account=an_account("absent")))

    assert item.fixes[0].remedy == Remedy("attach", "shop", secret="login", service_account="default")
    item = only(a_snapshot(pod, a_secret("login"), account=an_account("login")))
    assert not any("the Pod was made" in sentence for sentence in item.evidence)


def test_of_several_secrets_the_one_that_the_registry_accepts_is_offered() -> None:
    secrets = (a_secret("a"), a_secret("b", {HOST: ("other", PASSWORD)}))
    probes = asked({ANONYMOUS: WANTS_LOGIN, ROBOT: REJECTED, OTHER: GIVEN})
    item = only(a_snapshot(a_pod(), *secrets, probes=probes))

    assert item.fixes[0].remedy == Remedy("attach", "shop", secret="b", service_account="default")


def test_a_bare_pod_is_made_again_by_hand() -> None:
    item = only(a_snapshot(a_pod(owner=""), owner="", template_own=None))

    assert item.fixes[1].remedy is None
    assert "keep its manifest" in item.fixes[1].description


def test_a_pod_of_a_job_is_deleted_by_hand() -> None:
    item = only(a_snapshot(a_pod(owner="Job"), owner="job/web"))

    assert item.fixes[1].remedy is None
    assert str(item.fixes[1].command) == "kubectl -n shop delete pod web-1-x"


def test_the_account_lists_only_a_secret_that_is_missing() -> None:
    snapshot = a_snapshot(account=an_account("regcred"), elsewhere={"regcred": ("shop", "platform")})
    item = only(snapshot)

    assert item.cause == "no-pull-secret"
    assert "regcred" in item.summary
    assert [fix.remedy and fix.remedy.kind for fix in item.fixes] == ["copy", None, "evict"]


@pytest.mark.parametrize(
    ("registry", "message", "alternatives"),
    [
        pytest.param("quay.io", DENIED, ("image-not-found",), id="a public registry: the name may be wrong"),
        pytest.param(HOST, DENIED, (), id="a private one"),
    ],
)
def test_where_names_are_mistyped_that_is_said(
    registry: str, message: str, alternatives: tuple[str, ...]
) -> None:
    pod = a_pod(image=f"{registry}/lnmp/nginx:v2", message=message)

    assert only(a_snapshot(pod, events=())).alternatives == alternatives


def test_a_pod_that_was_made_before_the_attachment() -> None:
    account = an_account("pull", written="2026-11-22T07:40:00Z")
    probes = asked({ANONYMOUS: WANTS_LOGIN, ROBOT: GIVEN})
    item = only(a_snapshot(a_pod(), a_secret(), account=account, probes=probes))

    assert (item.cause, item.confidence) == ("pod-predates-attach", "certain")
    assert (
        "the Pod was made at 2026-11-22T07:30:00Z, 30m ago; its ServiceAccount's list was last written "
        "at 2026-11-22T07:40:00Z, 20m ago" in item.evidence
    )
    assert [fix.remedy for fix in item.fixes] == [Remedy("evict", "shop", secret="pull", pod="web-1-x")]


def test_a_pod_that_inherited_only_some_of_the_list() -> None:
    secrets = (a_secret("old", {"quay.io": ("a", "b")}), a_secret("new"))
    account = an_account("old", "new")

    assert only(a_snapshot(a_pod(["old"]), *secrets, account=account)).cause == "pod-predates-attach"


@pytest.mark.parametrize(
    ("managed", "cause", "alternatives"),
    [
        pytest.param({"f:imagePullSecrets": {}}, "secret-host-mismatch", (), id="written for it"),
        pytest.param({"f:containers": {}}, "pod-predates-attach", ("secret-host-mismatch",), id="inherited"),
        pytest.param({}, "secret-host-mismatch", ("pod-predates-attach",), id="that cannot be told"),
    ],
)
def test_a_bare_pod_whose_names_are_all_its_accounts(
    managed: dict[str, Any], cause: str, alternatives: tuple[str, ...]
) -> None:
    pod = a_pod(["old"], owner="")
    pod["metadata"]["managedFields"] = [{"manager": "kubectl", "fieldsV1": {"f:spec": managed}}]
    secrets = (a_secret("old", {"quay.io": ("a", "b")}), a_secret("new"))
    account = an_account("old", "new")
    item = only(a_snapshot(pod, *secrets, account=account, owner="", template_own=None))

    assert (item.cause, item.alternatives) == (cause, alternatives)
    assert any("cannot be told" in sentence for sentence in item.evidence) is not bool(managed)
    assert not any(fix.remedy for fix in item.fixes), "nobody makes a bare Pod again"
    assert any("by hand" in fix.description or "make Pod" in fix.description for fix in item.fixes)


def test_making_the_pod_again_is_not_offered_where_it_would_be_refused_again() -> None:
    probes = asked({ANONYMOUS: WANTS_LOGIN, ROBOT: REJECTED})
    item = only(a_snapshot(a_pod(), a_secret(), account=an_account("pull"), probes=probes))

    assert (item.cause, item.confidence) == ("pod-predates-attach", "likely")
    assert item.alternatives == ("credential-rejected",)
    assert not any(fix.remedy for fix in item.fixes)


def test_a_secret_of_the_account_that_we_may_not_read() -> None:
    snapshot = a_snapshot(account=an_account("pull"), secrets={}, unreadable=frozenset({("shop", "pull")}))
    item = only(snapshot)

    assert (item.cause, item.confidence) == ("pod-predates-attach", "possible")
    assert "could not be read" in item.evidence[2]


@pytest.mark.parametrize(
    ("owner", "template_own", "names", "mend"),
    [
        pytest.param("deployment/web", True, ["mine"], "--workload deployment/web", id="a workload's"),
        pytest.param("", None, ["mine"], "", id="a bare Pod's"),
        pytest.param("", None, [""], "", id="a list without a name"),
    ],
)
def test_an_own_list_hides_the_accounts(
    owner: str, template_own: bool | None, names: list[str], mend: str
) -> None:
    secrets = (a_secret("mine", {"quay.io": ("a", "b")}), a_secret("pull"))
    item = only(
        a_snapshot(a_pod(names), *secrets, account=an_account("pull"), owner=owner, template_own=template_own)
    )

    assert item.cause == ("secret-host-mismatch" if names[0] else "no-pull-secret")
    assert any("its own list is used instead" in sentence for sentence in item.evidence)
    if names[0]:
        command = item.fixes[0].command
        assert mend in str(command) if mend else command is None


def test_a_secret_that_is_missing() -> None:
    item = only(a_snapshot(a_pod(["absent"]), probes=asked({ANONYMOUS: WANTS_LOGIN})))

    assert (item.cause, item.confidence) == ("secret-missing", "certain")
    assert item.summary == "Pod web-1-x names Secret absent, which does not exist in namespace shop"
    assert not any(fix.remedy for fix in item.fixes)


def test_a_secret_that_other_namespaces_have() -> None:
    snapshot = a_snapshot(a_pod(["absent"]), elsewhere={"absent": ("platform", "team-a")})
    item = only(snapshot)

    assert item.summary.endswith("only in platform and team-a")
    assert item.fixes[0].remedy == Remedy("copy", "shop", secret="absent")
    assert str(item.fixes[0].command) == "pullsecret copy absent -n platform --to shop"


@pytest.mark.parametrize(
    ("secret", "cause", "said"),
    [
        pytest.param(a_secret(kind="Opaque"), "secret-wrong-type", "is of type Opaque", id="wrong type"),
        pytest.param(
            a_secret(kind="kubernetes.io/tls", auths=[]),
            "secret-wrong-type",
            "kubernetes.io/tls",
            id="no docker config",
        ),
        pytest.param(
            replace(a_secret(), data={"config": b"{}"}),
            "secret-wrong-type",
            "has nothing under",
            id="wrong key",
        ),
        pytest.param(
            a_secret(auths={HOST: {}}), "secret-no-credential", "without user name and password", id="empty"
        ),
        pytest.param(
            a_secret(auths={HOST: {"identitytoken": "abc"}}),
            "secret-no-credential",
            "without user",
            id="token only",
        ),
        pytest.param(a_secret(auths={}), "secret-no-credential", "for no registry at all", id="no entry"),
        pytest.param(
            a_secret(auths={f"{HOST}:8443": ("a", "b")}), "secret-host-mismatch", "another port", id="port"
        ),
        pytest.param(
            a_secret(auths={f"{HOST}/team": ("a", "b")}), "secret-host-mismatch", "other paths", id="path"
        ),
        pytest.param(
            a_secret(auths={"registry.example.com": ("a", "b")}),
            "secret-host-mismatch",
            "another host",
            id="host",
        ),
        pytest.param(
            a_secret(auths={"quay.io": ("a", "b"), "ghcr.io": ("c", "d")}),
            "secret-host-mismatch",
            "is for quay.io and ghcr.io",
            id="other registries",
        ),
        pytest.param(
            a_secret(auths={HOST: {"auth": "!!!"}}),
            "secret-malformed",
            "cannot read Secret pull",
            id="malformed",
        ),
    ],
)
def test_what_stands_in_the_secret(secret: Any, cause: str, said: str) -> None:
    item = only(
        a_snapshot(a_pod(["pull"]), secret, template_own=True, probes=asked({ANONYMOUS: WANTS_LOGIN}))
    )

    assert item.cause == cause
    assert said in item.summary
    assert item.fixes


def test_the_nearest_miss_comes_before_a_missing_secret() -> None:
    pod = a_pod(["absent", "pull"])
    item = only(a_snapshot(pod, a_secret(auths={f"{HOST}:8443": ("a", "b")}), template_own=True))

    assert item.cause == "secret-host-mismatch"
    assert item.alternatives == ("secret-missing",)


def test_an_image_with_a_port_and_an_entry_without() -> None:
    pod = a_pod(["pull"], image=f"{HOST}:8443/lnmp/nginx:v2")
    item = only(a_snapshot(pod, a_secret()))

    assert "with no port; the image's registry harbor.example.com:8443 has port 8443" in item.evidence[0]


def test_one_malformed_secret_spoils_the_good_ones() -> None:
    pod = a_pod(["pull", "bad"], message=UNPARSED)
    bad = a_secret("bad", {"quay.io": {"auth": "!!!"}})
    item = only(a_snapshot(pod, a_secret(), bad, events=(failed(message=UNPARSED),)))

    assert (item.cause, item.confidence) == ("secret-malformed", "certain")
    assert "not pull either" in item.summary
    assert '.auths["quay.io"].auth' in item.summary


def test_a_malformed_secret_that_we_may_not_read() -> None:
    snapshot = snapshot_of(UNPARSED, names=("pull",), secrets={})
    item = only(snapshot)

    assert item.cause == "secret-malformed"
    assert "we may not look at pull" in item.summary


@pytest.mark.parametrize(
    ("changed", "confidence", "said"),
    [
        pytest.param(
            {("shop", "pull"): NOW - timedelta(minutes=1)}, "likely", "was changed", id="mended since"
        ),
        pytest.param({}, "possible", "can be read", id="nobody knows when"),
    ],
)
def test_a_secret_that_was_malformed(changed: Any, confidence: str, said: str) -> None:
    item = only(snapshot_of(UNPARSED, a_secret(), names=("pull",), changed=changed))

    assert (item.cause, item.confidence) == ("secret-malformed", confidence)
    assert said in item.summary


def test_an_account_that_we_may_not_read() -> None:
    item = only(a_snapshot(accounts={}))

    assert (item.cause, item.confidence) == ("auth-missing", "possible")
    assert item.alternatives == ("no-pull-secret", "pod-predates-attach")


def test_an_account_that_is_gone_and_one_that_is_malformed() -> None:
    gone = only(a_snapshot(accounts={("shop", "default"): None}))
    assert gone.cause == "no-pull-secret"
    assert "ServiceAccount default does not exist any more" in gone.evidence[0]

    malformed = {("shop", "default"): {"metadata": {}, "imagePullSecrets": 7}}
    assert only(a_snapshot(accounts=malformed)).cause == "auth-missing"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        pytest.param(REFUSED, "unauthorized", id="what the node said"),
        pytest.param("", "unauthorized", id="the node said nothing"),
    ],
)
def test_secrets_that_we_may_not_read(message: str, cause: str) -> None:
    parts: dict[str, Any] = {"secrets": {}, "unreadable": frozenset({("shop", "pull")})}
    denied = ("get secrets in namespace shop",)
    snapshot = a_snapshot(a_pod(["pull"], message=message), events=(), denied=denied, **parts)
    diagnosis = diagnose(snapshot)

    (item,) = diagnosis.items
    assert (item.cause, item.confidence) == (cause, "possible")
    assert diagnosis.denied == denied


# What registries say ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "cause", "confidence"),
    [
        pytest.param({ROBOT: REJECTED}, "credential-rejected", "certain", id="rejected"),
        pytest.param(
            {ROBOT: FORBIDDEN, ANONYMOUS: WANTS_LOGIN}, "credential-forbidden", "certain", id="forbidden"
        ),
        pytest.param({ROBOT: UNTOLD, ANONYMOUS: UNTOLD}, "denied-or-missing", "certain", id="not told"),
        pytest.param({ROBOT: UNTOLD, OTHER: GIVEN}, "credential-forbidden", "certain", id="another gets it"),
        pytest.param(
            {ROBOT: NOT_FOUND, ANONYMOUS: WANTS_LOGIN}, "image-not-found", "certain", id="not found"
        ),
        pytest.param(
            {ROBOT: Probe(Cause.REGISTRY_BLOCKED, "by a rule", "ask")},
            "registry-blocked",
            "certain",
            id="blocked",
        ),
        pytest.param({ROBOT: Probe(Cause.DIGEST_MISMATCH)}, "digest-mismatch", "certain", id="without words"),
    ],
)
def test_what_the_registry_says_of_the_pods_credential(answers: Any, cause: str, confidence: str) -> None:
    item = only(a_snapshot(a_pod(["pull"]), a_secret(), probes=asked(answers)))

    assert (item.cause, item.confidence) == (cause, confidence)
    assert item.fixes
    assert item.evidence[0].startswith("asked from here just now as robot (Secret pull, entry")


def test_the_credential_that_got_furthest_counts() -> None:
    secrets = (a_secret("one"), a_secret("two", {HOST: ("other", PASSWORD)}))
    probes = asked({ROBOT: REJECTED, OTHER: NOT_FOUND})

    assert only(a_snapshot(a_pod(["one", "two"]), *secrets, probes=probes)).cause == "image-not-found"


@pytest.mark.parametrize(
    ("image", "details", "said"),
    [
        pytest.param(
            IMAGE, {}, "no tag v2 of lnmp/nginx: the tag or the repository is missing", id="not told"
        ),
        pytest.param(IMAGE, {"code": "NAME_UNKNOWN"}, "has no repository lnmp/nginx", id="by its code"),
        pytest.param(IMAGE, {"repository_there": False}, "has no repository lnmp/nginx", id="no tags"),
        pytest.param(
            IMAGE, {"repository_there": True}, "a repository lnmp/nginx, and no tag v2 in it", id="tags"
        ),
        pytest.param(
            f"{HOST}/a@sha256:{'0' * 64}", {}, f"has no digest sha256:{'0' * 64} of a", id="a digest"
        ),
    ],
)
def test_what_of_an_image_is_missing(image: str, details: Any, said: str) -> None:
    pod = a_pod(["pull"], image=image)
    item = only(a_snapshot(pod, a_secret(), probes={(image, ROBOT): replace(NOT_FOUND, **details)}))

    assert said in item.summary
    assert "set image deployment/web web=" in str(item.fixes[0].command)


def test_a_rejected_credential_for_a_public_image_may_as_well_be_taken_out() -> None:
    item = only(a_snapshot(a_pod(["pull"]), a_secret(), probes=asked({ROBOT: REJECTED, ANONYMOUS: GIVEN})))

    assert [str(fix.command) for fix in item.fixes] == [
        f"pullsecret rotate pull -n shop --registry {HOST} --username robot --verify {IMAGE}",
        f"pullsecret remove pull -n shop {HOST}",
    ]


def token(expires: int) -> str:
    parts = ({"alg": "none"}, {"exp": expires})
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + "."
    )


@pytest.mark.parametrize(
    ("probes", "confidence"),
    [pytest.param(True, "certain", id="probed"), pytest.param(False, "likely", id="not probed")],
)
def test_a_token_whose_time_is_over(probes: bool, confidence: str) -> None:
    password = token(int((NOW - timedelta(hours=2)).timestamp()))
    credential = Credential("robot", Sensitive(password))
    answers = asked({credential: REJECTED}) if probes else {}
    item = only(a_snapshot(a_pod(["pull"]), a_secret(auths={HOST: ("robot", password)}), probes=answers))

    assert (item.cause, item.confidence) == ("credential-expired", confidence)
    assert "expired 120m ago" in item.summary
    assert password not in str(item)


def test_an_annotation_may_tell_the_time_too() -> None:
    secret = a_secret(annotations={"pullsecret.dev/expires-at": "2026-11-22T07:00:00Z"})

    assert only(a_snapshot(a_pod(["pull"]), secret)).cause == "credential-expired"


def test_half_a_login_is_rejected_whatever_the_registry_calls_it() -> None:
    half = Credential("robot")
    secret = a_secret(auths={HOST: {"username": "robot"}})
    item = only(a_snapshot(a_pod(["pull"]), secret, probes=asked({half: UNTOLD})))

    assert item.cause == "credential-rejected"


@pytest.mark.parametrize(
    ("answer", "message", "cause", "confidence"),
    [
        pytest.param(NOT_FOUND, MISSING, "image-not-found", "likely", id="there is none"),
        pytest.param(UNTOLD, DENIED, "no-pull-secret", "likely", id="it does not tell"),
        pytest.param(WANTS_LOGIN, "", "no-pull-secret", "likely", id="the node said nothing"),
        pytest.param(NO_NAME, REFUSED, "no-pull-secret", "likely", id="we cannot ask"),
        pytest.param(NO_NAME, "", "dns-failure", "possible", id="we cannot ask, and the node said nothing"),
        pytest.param(None, MISSING, "image-not-found", "likely", id="the node found none"),
        pytest.param(None, "", "no-pull-secret", "possible", id="nothing is known"),
    ],
)
def test_an_image_without_a_credential(
    answer: Probe | None, message: str, cause: str, confidence: str
) -> None:
    events = (failed(message=message),) if message else ()
    probes = asked({ANONYMOUS: answer}) if answer else {}
    item = only(a_snapshot(a_pod(message=message), events=events, probes=probes))

    assert (item.cause, item.confidence) == (cause, confidence)


# The registry gives it to us, and did not give it to the node ------------------------------------------


@pytest.mark.parametrize(
    ("platform", "message", "has", "cause", "confidence"),
    [
        pytest.param(
            "linux/arm64", NO_MATCH, ("linux/amd64",), "platform-mismatch", "certain", id="both say so"
        ),
        pytest.param(
            "linux/arm64", REFUSED, ("linux/amd64",), "platform-mismatch", "likely", id="the node does not"
        ),
        pytest.param(
            "", NO_MATCH, ("linux/amd64",), "platform-mismatch", "likely", id="of a node we may not see"
        ),
        pytest.param(
            "linux/arm64", NO_MATCH, ("linux/arm64/v8",), "platform-mismatch", "possible", id="pushed since"
        ),
        pytest.param("", REFUSED, ("linux/amd64",), "unauthorized", "possible", id="nothing to compare with"),
    ],
)
def test_the_nodes_platform(
    platform: str, message: str, has: tuple[str, ...], cause: str, confidence: str
) -> None:
    probe = Probe(status=200, platforms=has)
    item = only(
        snapshot_of(message, a_secret(), names=("pull",), platform=platform, probes=asked({ROBOT: probe}))
    )

    assert (item.cause, item.confidence) == (cause, confidence)


def test_a_secret_that_came_late() -> None:
    secret = a_secret(created="2026-11-22T07:58:00Z")
    for probes in (asked({ROBOT: GIVEN}), {}):
        item = only(a_snapshot(a_pod(["pull"]), secret, probes=probes))

        assert (item.cause, item.confidence) == ("secret-missing", "likely")
        assert "will recover by itself" in item.summary
        assert [(fix.command, fix.remedy) for fix in item.fixes] == [(None, None)]


def test_a_secret_older_than_the_pod_did_not_come_late() -> None:
    pod = a_pod(["pull"])
    pod["metadata"]["creationTimestamp"] = "2026-11-22T07:59:00Z"
    item = only(a_snapshot(pod, a_secret(created="2026-11-22T07:58:00Z"), events=(), probes={}))

    assert item.cause != "secret-missing"
    assert not any("last tried" in sentence for sentence in item.evidence)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        pytest.param(REFUSED, "unauthorized", id="refused"),
        pytest.param("", "unauthorized", id="said nothing"),
    ],
)
def test_a_secret_that_was_changed_since(message: str, cause: str) -> None:
    events = (failed(),) if message else ()
    snapshot = a_snapshot(
        a_pod(["pull"], message=message),
        a_secret(),
        events=events,
        probes=asked({ROBOT: GIVEN}),
        changed={("shop", "pull"): NOW - timedelta(minutes=1)},
    )
    item = only(snapshot)

    assert (item.cause, item.confidence) == (cause, "likely")
    assert "was changed at 2026-11-22T07:59:00Z, 60s ago" in item.summary


def test_an_image_that_was_pushed_since() -> None:
    item = only(snapshot_of(MISSING, a_secret(), names=("pull",), probes=asked({ROBOT: GIVEN})))

    assert (item.cause, item.confidence) == ("image-not-found", "possible")
    assert "mirror-misconfigured" in item.alternatives


@pytest.mark.parametrize(
    ("count", "names", "said"),
    [
        pytest.param(1, ["pull"], "happens once when its cache of Secrets is late", id="one refusal"),
        pytest.param(9, ["pull"], "the node sees another registry", id="many"),
        pytest.param(9, [], "without a login", id="a public image"),
    ],
)
def test_the_node_sees_something_else(count: int, names: list[str], said: str) -> None:
    answers = asked({ROBOT: GIVEN, ANONYMOUS: GIVEN})
    item = only(a_snapshot(a_pod(names), a_secret(), events=(failed(count),), probes=answers))

    assert (item.cause, item.confidence) == ("unauthorized", "possible")
    assert said in item.summary
    assert item.alternatives == ("mirror-misconfigured", "proxy-failure")


# Without a registry's word ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "count", "cause", "confidence"),
    [
        pytest.param(REFUSED, 1, "unauthorized", "possible", id="one 401 proves nothing"),
        pytest.param(REFUSED, 2, "credential-rejected", "likely", id="two of them do"),
        pytest.param(DENIED, 5, "denied-or-missing", "likely", id="it does not tell"),
        pytest.param(MISSING, 1, "image-not-found", "likely", id="there is none"),
        pytest.param("something that nobody has ever said", 1, "unknown", "possible", id="unknown"),
    ],
)
def test_a_credential_that_covers_and_was_not_tried(
    message: str, count: int, cause: str, confidence: str
) -> None:
    pod = a_pod(["pull"], message=message)
    item = only(a_snapshot(pod, a_secret(), events=(failed(count, message=message),)))

    assert (item.cause, item.confidence) == (cause, confidence)


def test_neither_the_node_nor_the_registry_says_anything() -> None:
    pod = a_pod(["pull"], message="")
    item = only(a_snapshot(pod, a_secret(), events=(), probes=asked({ROBOT: NO_NAME})))

    assert (item.cause, item.confidence) == ("dns-failure", "possible")


def test_a_registry_that_cannot_be_asked_leaves_the_nodes_word() -> None:
    item = only(a_snapshot(a_pod(["pull"]), a_secret(), probes=asked({ROBOT: NO_NAME})))

    assert item.cause == "unauthorized"
    assert any("no such host" in sentence for sentence in item.evidence)


@pytest.mark.parametrize(
    ("answer", "confidence", "said"),
    [
        pytest.param(NO_NAME, "certain", "from here it is the same", id="we meet it too"),
        pytest.param(GIVEN, "likely", "the node's own way", id="we do not"),
        pytest.param(REJECTED, "likely", "the node's own way", id="we get a verdict"),
        pytest.param(Probe(Cause.NETWORK_TIMEOUT, "no answer"), None, "", id="we meet something else"),
        pytest.param(None, None, "", id="not asked"),
    ],
)
def test_the_way_to_the_registry(answer: Probe | None, confidence: str | None, said: str) -> None:
    probes = asked({ROBOT: answer}) if answer else {}
    item = only(snapshot_of(NO_HOST, a_secret(), names=("pull",), probes=probes))

    assert item.cause == "dns-failure"
    assert confidence is None or item.confidence == confidence
    assert said in item.summary
    assert ("credential-rejected" in item.alternatives) == (answer is REJECTED)


def test_what_only_the_node_knows() -> None:
    message = (
        f'failed to pull and unpack image "{IMAGE}": write /var/lib/containerd/x: no space left on device'
    )
    item = only(snapshot_of(message, a_secret(), names=("pull",), probes=asked({ROBOT: REJECTED})))

    assert item.cause == "disk-full"
    assert any("no space left on device" in sentence for sentence in item.evidence)


# Names, policies, states --------------------------------------------------------------------------------


def test_a_name_that_is_none() -> None:
    item = only(
        a_snapshot(a_pod(image="Harbor/LNMP", reason="InvalidImageName", message="couldn't parse"), events=())
    )
    assert (item.cause, item.confidence) == ("invalid-image-name", "certain")
    assert "lower case" in item.summary

    odd = only(a_snapshot(a_pod(reason="InvalidImageName", message="couldn't parse"), events=()))
    assert odd.summary == f"The node takes {IMAGE} for no image's name"


def test_a_policy_that_forbids_pulling() -> None:
    pod = a_pod(reason="ErrImageNeverPull", message=f'Container image "{IMAGE}" is not present')
    pod["spec"]["nodeName"] = None
    item = only(a_snapshot(pod, events=()))

    assert item.cause == "never-pull"
    assert item.summary.endswith("is not on the node")


def test_the_nodes_own_image_needs_no_secret() -> None:
    message = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "
        '"registry.k8s.io/pause:3.8": failed to pull image "registry.k8s.io/pause:3.8": dial tcp: lookup '
        "registry.k8s.io on 192.0.2.53:53: no such host"
    )
    event = Event("FailedCreatePodSandBox", message, 4, NOW)
    item = only(a_snapshot(a_pod(reason="ContainerCreating", message=""), events=(event,)))

    assert (item.role, item.container, item.image) == ("sandbox", "", "registry.k8s.io/pause:3.8")
    assert item.cause == "dns-failure"

    unknown = Event("FailedCreatePodSandBox", 'failed to get sandbox image "registry.k8s.io/pause:3.8": odd')
    snapshot = a_snapshot(a_pod(reason="ContainerCreating", message=""), events=(unknown,))
    assert only(snapshot).fixes == ()
    assert wanted_probes(snapshot) == ()


def test_the_end_of_a_long_message_is_kept_and_no_login_in_it() -> None:
    message = f"{'x' * 500} https://robot:{PASSWORD}@{HOST}/v2/: 401 Unauthorized {PASSWORD}"
    item = only(a_snapshot(a_pod(["pull"], message=message), a_secret(), events=()))

    assert any(sentence.endswith("401 Unauthorized ***") for sentence in item.evidence)
    assert PASSWORD not in str(item)


def test_what_only_repeats_the_image_is_not_quoted() -> None:
    said = [one for one in only(a_snapshot()).evidence if one.startswith("node node1 said")]
    assert said == [
        (
            "node node1 said at 2026-11-22T07:55:00Z, 5m ago: "
            f"pulling from host {HOST} failed with status code [manifests v2]: 401 Unauthorized"
        )
    ]
