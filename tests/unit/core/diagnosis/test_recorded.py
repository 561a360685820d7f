"""What a real cluster was seen to say, diagnosed without asking a registry, and with its answers."""

from typing import Any

import pytest

from pullsecret.core.credentials import ANONYMOUS
from pullsecret.core.diagnosis import diagnose, wanted_probes
from pullsecret.core.diagnosis.model import Diagnosis, Probe, Snapshot
from support.podcases import RECORDED, recorded

GIVEN = Probe(status=200, platforms=("linux/amd64",))


def answer(cause: str, **details: Any) -> Probe:
    from pullsecret.core.causes import Cause

    return Probe(Cause(cause), f"the registry says {cause}", **details)


WANTS_LOGIN = answer("auth-missing", status=401)
REJECTED = answer("credential-rejected", status=401)
UNTOLD = answer("denied-or-missing", status=401)
NOT_FOUND = answer("image-not-found", status=404, code="MANIFEST_UNKNOWN")
ARM = Probe(status=200, platforms=("linux/arm64",))

# Without probes; what the registry says without a login, and to the credentials of the case; with both.
CASES: dict[str, tuple[str, Probe, Probe, str]] = {
    "closed": ("network-timeout", answer("registry-error"), answer("registry-error"), "registry-error"),
    "cut": ("network-timeout", WANTS_LOGIN, answer("registry-error"), "registry-error"),
    "docker-hub": ("dns-failure", answer("dns-failure"), GIVEN, "dns-failure"),
    "forbidden": (
        "credential-forbidden",
        UNTOLD,
        answer("credential-forbidden", status=403),
        "credential-forbidden",
    ),
    "html": ("mirror-misconfigured", WANTS_LOGIN, answer("registry-error"), "registry-error"),
    "init-fails": ("image-not-found", WANTS_LOGIN, NOT_FOUND, "image-not-found"),
    "internal-error": ("registry-error", WANTS_LOGIN, answer("registry-error", status=500), "registry-error"),
    "invalid-certificate": (
        "tls-invalid-certificate",
        answer("tls-invalid-certificate"),
        GIVEN,
        "tls-invalid-certificate",
    ),
    "invalid-name": ("invalid-image-name", GIVEN, GIVEN, "invalid-image-name"),
    "invalid-name-scheme": ("invalid-image-name", GIVEN, GIVEN, "invalid-image-name"),
    "missing-digest": ("image-not-found", WANTS_LOGIN, NOT_FOUND, "image-not-found"),
    "missing-repository": ("image-not-found", WANTS_LOGIN, NOT_FOUND, "image-not-found"),
    "missing-tag": ("image-not-found", WANTS_LOGIN, NOT_FOUND, "image-not-found"),
    "never-pull": ("never-pull", GIVEN, GIVEN, "never-pull"),
    "no-route": ("network-timeout", answer("network-timeout"), GIVEN, "network-timeout"),
    "no-secret": ("no-pull-secret", WANTS_LOGIN, GIVEN, "no-pull-secret"),
    "plain-http": ("http-https-mismatch", answer("http-https-mismatch"), GIVEN, "http-https-mismatch"),
    "platform-mismatch": ("platform-mismatch", WANTS_LOGIN, ARM, "platform-mismatch"),
    "pod-predates-attach": ("pod-predates-attach", WANTS_LOGIN, GIVEN, "pod-predates-attach"),
    "rate-limited": ("rate-limited", answer("rate-limited"), answer("rate-limited"), "rate-limited"),
    "redirect-loop": ("registry-error", WANTS_LOGIN, answer("registry-error"), "registry-error"),
    "refused": ("connection-refused", answer("connection-refused"), GIVEN, "connection-refused"),
    "second-fails": ("image-not-found", WANTS_LOGIN, NOT_FOUND, "image-not-found"),
    "secret-malformed": ("secret-malformed", WANTS_LOGIN, GIVEN, "secret-malformed"),
    "secret-malformed-array": ("secret-malformed", WANTS_LOGIN, GIVEN, "secret-malformed"),
    "secret-malformed-entry": ("secret-malformed", WANTS_LOGIN, GIVEN, "secret-malformed"),
    "secret-malformed-field": ("secret-malformed", WANTS_LOGIN, GIVEN, "secret-malformed"),
    "secret-malformed-no-colon": ("secret-malformed", WANTS_LOGIN, GIVEN, "secret-malformed"),
    # The kubelet decodes it all the same, to a password that is cut.
    "secret-malformed-padding": ("unauthorized", WANTS_LOGIN, REJECTED, "credential-rejected"),
    "secret-missing": ("secret-missing", WANTS_LOGIN, GIVEN, "secret-missing"),
    "secret-no-credential": ("secret-no-credential", WANTS_LOGIN, GIVEN, "secret-no-credential"),
    "secret-wrong-host": ("secret-host-mismatch", WANTS_LOGIN, GIVEN, "secret-host-mismatch"),
    "secret-wrong-path": ("secret-host-mismatch", WANTS_LOGIN, GIVEN, "secret-host-mismatch"),
    "secret-wrong-port": ("secret-host-mismatch", WANTS_LOGIN, GIVEN, "secret-host-mismatch"),
    "secret-wrong-type": ("secret-wrong-type", WANTS_LOGIN, GIVEN, "secret-wrong-type"),
    "server-error": ("registry-error", answer("registry-error"), answer("registry-error"), "registry-error"),
    "tls-wrong-password": ("unauthorized", WANTS_LOGIN, REJECTED, "credential-rejected"),
    "token-denied": ("denied-or-missing", UNTOLD, UNTOLD, "denied-or-missing"),
    "token-no-secret": ("no-pull-secret", UNTOLD, GIVEN, "no-pull-secret"),
    "token-wrong-password": ("credential-rejected", UNTOLD, REJECTED, "credential-rejected"),
    "two-wrong-passwords": ("unauthorized", WANTS_LOGIN, REJECTED, "credential-rejected"),
    "unknown-authority": (
        "tls-unknown-authority",
        answer("tls-unknown-authority"),
        GIVEN,
        "tls-unknown-authority",
    ),
    "unknown-host": ("dns-failure", answer("dns-failure"), GIVEN, "dns-failure"),
    "wrong-password": ("unauthorized", WANTS_LOGIN, REJECTED, "credential-rejected"),
}
NOTHING_WRONG = {"running", "platform-mismatch-image"}


def probed(case: str, anonymous: Probe, known: Probe) -> Snapshot:
    wanted = wanted_probes(recorded(case), on_node=True)
    probes = {
        (str(image), credential): anonymous if credential == ANONYMOUS else known
        for image, credential in wanted
    }
    return recorded(case, probes=probes)


def causes(diagnosis: Diagnosis) -> list[str]:
    return [str(item.cause) for item in diagnosis.items]


def test_every_recorded_case_is_here() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == CASES.keys() | NOTHING_WRONG


@pytest.mark.parametrize("case", CASES)
def test_the_cause_without_asking_a_registry(case: str) -> None:
    assert causes(diagnose(recorded(case))) == [CASES[case][0]]


@pytest.mark.parametrize("case", CASES)
def test_the_cause_with_what_the_registry_says(case: str) -> None:
    _, anonymous, known, cause = CASES[case]
    diagnosis = diagnose(probed(case, anonymous, known))

    assert causes(diagnosis) == [cause]
    assert "not-a-real-password" not in str(diagnosis)


@pytest.mark.parametrize("case", sorted(NOTHING_WRONG))
def test_nothing_is_said_of_images_that_were_pulled(case: str) -> None:
    assert diagnose(recorded(case)) == diagnose(probed(case, WANTS_LOGIN, GIVEN)) == Diagnosis()
