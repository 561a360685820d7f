"""`explain`: what it tells beside the cause, what context adds, and several tries in one message."""

import pytest

from pullsecret.core.catalogue import variants
from pullsecret.core.causes import Cause
from pullsecret.core.explain import explain
from pullsecret.core.explain.rules import RULES
from pullsecret.core.explain.words import NOTES, SUMMARIES

BACK_OFF = 'Back-off pulling image "reg.test/a:1"'
FAILED = 'Failed to pull image "reg.test/a:1": '


def test_an_explanation_names_the_case():
    image = "reg.test:5000/team/app:1.0"
    explanation = explain(
        f'Failed to pull image "{image}": rpc error: code = NotFound desc = failed to pull and unpack image'
        f' "{image}": failed to resolve reference "{image}": {image}: not found'
    )
    assert explanation.summary == f"{image} is not there: reg.test:5000 has no such repository, tag or digest"
    assert (explanation.image, explanation.registry) == (image, "reg.test:5000")
    assert explanation.source == "containerd"
    assert explanation.confidence == "likely"
    assert explanation.alternatives == (Cause.DENIED_OR_MISSING,)
    assert explanation.said == "failed to resolve reference …: …: not found"


def test_names_that_are_not_told_are_words():
    summary = explain("manifest unknown: manifest unknown").summary
    assert summary == "The image is not there: the registry has no such repository, tag or digest"
    assert explain("no space left on device").summary.endswith("there was no room for the image")


def test_the_status_is_what_was_said_where_no_words_decide():
    explanation = explain(
        "unexpected status from HEAD request to https://reg.test/v2/a/manifests/1: 403 Forbidden"
    )
    assert explanation.said == "403"
    assert explain("denied: whatever it says").said == "DENIED: whatever it says"
    assert explain("rpc error: code = DeadlineExceeded desc = x").said == "DeadlineExceeded"


@pytest.mark.parametrize(
    ("message", "context", "cause", "image"),
    [
        pytest.param(BACK_OFF, "", Cause.UNKNOWN, "reg.test/a:1", id="a mere back-off"),
        pytest.param(
            BACK_OFF, f"{FAILED}no such host", Cause.DNS_FAILURE, "reg.test/a:1", id="another event"
        ),
        pytest.param(BACK_OFF, "no such host", Cause.DNS_FAILURE, "", id="context without an image"),
        pytest.param(
            BACK_OFF,
            'Failed to pull image "reg.test/b:1": no such host',
            Cause.UNKNOWN,
            "reg.test/a:1",
            id="of another",
        ),
        pytest.param(BACK_OFF, "the weather is fine", Cause.UNKNOWN, "reg.test/a:1", id="nothing in it"),
        pytest.param("no such host", FAILED, Cause.DNS_FAILURE, "reg.test/a:1", id="the image's name"),
        pytest.param("no such host", "nothing", Cause.DNS_FAILURE, "", id="no name either"),
        pytest.param(
            f"{FAILED}EOF: EOF", "no such host", Cause.NETWORK_TIMEOUT, "reg.test/a:1", id="not overruled"
        ),
    ],
)
def test_context(message, context, cause, image):
    explanation = explain(message, context)
    assert (explanation.cause, explanation.image) == (cause, image)
    if cause is Cause.DNS_FAILURE and message == BACK_OFF:
        assert explanation.confidence == "possible"


@pytest.mark.parametrize(
    ("parts", "cause", "alternative"),
    [
        pytest.param(
            ["failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
             "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized"],
            Cause.CREDENTIAL_REJECTED, Cause.AUTH_MISSING, id="a wrong login, then none",
        ),
        pytest.param(
            ["received unexpected HTTP status: 500 Internal Server Error", "unauthorized: authentication"],
            Cause.UNAUTHORIZED, Cause.REGISTRY_ERROR, id="a failure, then a refusal",
        ),
    ],
)  # fmt: skip
def test_several_tries_are_one_explanation(parts, cause, alternative):
    tries = ", ".join(f"rpc error: code = Unknown desc = {part}" for part in parts)
    explanation = explain(f"{FAILED}[{tries}]")
    assert explanation.cause is cause
    assert explanation.alternatives[0] is alternative
    assert explanation.image == "reg.test/a:1"


def test_every_rule_has_its_sentence():
    assert {rule.cause for rule in RULES} <= set(SUMMARIES)
    assert {rule.note for rule in RULES if rule.note} == set(NOTES)
    assert all(rule.source or rule.cause is Cause.UNKNOWN or rule.confidence == "possible" for rule in RULES)
    assert set(variants.ENTRIES) <= set(NOTES)
    assert all(rule.words or rule.when for rule in RULES)


def test_what_only_doctor_can_tell_is_not_claimed():
    claimed = {rule.cause for rule in RULES}
    assert claimed.isdisjoint({Cause.NO_PULL_SECRET, Cause.POD_PREDATES_ATTACH, Cause.SECRET_WRONG_TYPE})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\\" * 40_000, id="backslashes"),
        pytest.param(" " * 40_000, id="blanks"),
        pytest.param("\n" * 40_000, id="lines"),
        pytest.param('"' * 40_000, id="quotes"),
        pytest.param("a." * 20_000, id="dots"),
        pytest.param("://:" * 10_000, id="addresses"),
        pytest.param("https://a" * 4_000, id="schemes"),
        pytest.param(": " * 20_000, id="links"),
        pytest.param("│\n" * 20_000, id="boxes"),
        pytest.param("[a](https://" * 3_000, id="Markdown"),
        pytest.param("Get <url> " * 4_000, id="requests"),
        pytest.param("lookup a " * 4_000, id="look-ups"),
        pytest.param("not found image " * 2_500, id="words"),
        pytest.param('invalid port "' * 3_000, id="ports"),
        pytest.param("image pull secrets (" * 2_000, id="secrets"),
        pytest.param("certificate is valid for a, no " * 1_500, id="certificates"),
        pytest.param("dial tcp " + "a-" * 20_000, id="connections"),
        pytest.param("retrieve pull secret, " * 2_000, id="the kubelet's log"),
        pytest.param("Failed to inspect image: " * 2_000, id="inspections"),
        pytest.param("error code " * 4_000, id="bare words"),
    ],
)
@pytest.mark.timeout(5)
def test_no_text_takes_long(text):
    explain(text)
