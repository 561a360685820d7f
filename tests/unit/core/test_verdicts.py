import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.exchange import Response
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.verdicts import SAID_MAX, Asked, Step, judge, retry_after, said_by
from pullsecret.core.verdictwords import HINTS, WORDS
from support.flows import refusal, reply

ADMIN = Credential("admin", Sensitive("Harbor12345"))
IMAGE = "team/app:1.0"

BASIC = Asked("a.test", Step.IMAGE, IMAGE, ADMIN, "basic", proven=True)
BASIC_UNPROVEN = Asked("a.test", Step.IMAGE, IMAGE, ADMIN, "basic")
BEARER = Asked("a.test", Step.IMAGE, IMAGE, ADMIN, "bearer", proven=True)
REGISTRY_TOKEN = Asked(
    "a.test", Step.IMAGE, IMAGE, Credential(registry_token=Sensitive("tokentoken")), "bearer"
)
ANONYMOUS_BASIC = Asked("a.test", Step.IMAGE, IMAGE, ANONYMOUS, "basic")
ANONYMOUS_BEARER = Asked("a.test", Step.IMAGE, IMAGE, ANONYMOUS, "bearer")
NEVER_ASKED = Asked("a.test", Step.IMAGE, IMAGE)
PING = Asked("a.test", Step.PING)
LOGIN = Asked("a.test", Step.LOGIN, credential=ADMIN, scheme="bearer")
CONFIG = Asked("a.test", Step.CONFIG, IMAGE, ADMIN, "bearer", proven=True)

UNAUTHORIZED = refusal(401, "UNAUTHORIZED", "authentication required")
DENIED = refusal(403, "DENIED", "requested access to the resource is denied")
GOOGLE = refusal(
    403, "DENIED", 'Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "p"'
)
GOOGLE_UNSURE = refusal(403, "DENIED", 'Permission "x" denied on resource "p" (or it may not exist)')
AMAZON = refusal(403, "DENIED", "User: arn:x is not authorized to perform: ecr:BatchGetImage on resource: y")
ARTIFACTORY = refusal(401, "UNAUTHORIZED", "The client does not have permission for manifest")
AZURE_FIREWALL = refusal(403, "DENIED", "client with IP '1.2.3.4' is not allowed access.")
HUB_RATE = refusal(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.")
HTML = reply(404, b"<html>nginx</html>", content_type="text/html")


@pytest.mark.parametrize(
    ("response", "asked", "cause"),
    [
        pytest.param(UNAUTHORIZED, BASIC, Cause.CREDENTIAL_FORBIDDEN, id="basic-401-of-an-accepted-login"),
        pytest.param(DENIED, BASIC, Cause.CREDENTIAL_FORBIDDEN, id="basic-403"),
        pytest.param(UNAUTHORIZED, BASIC_UNPROVEN, Cause.CREDENTIAL_REJECTED, id="basic-401"),
        pytest.param(DENIED, BASIC_UNPROVEN, Cause.CREDENTIAL_FORBIDDEN, id="basic-403-unproven"),
        pytest.param(UNAUTHORIZED, BEARER, Cause.DENIED_OR_MISSING, id="harbor-and-hub-401"),
        pytest.param(DENIED, BEARER, Cause.DENIED_OR_MISSING, id="bearer-403"),
        pytest.param(GOOGLE, BEARER, Cause.CREDENTIAL_FORBIDDEN, id="google-names-the-permission"),
        pytest.param(GOOGLE_UNSURE, BEARER, Cause.DENIED_OR_MISSING, id="google-is-unsure"),
        pytest.param(AMAZON, BASIC, Cause.CREDENTIAL_FORBIDDEN, id="amazon"),
        pytest.param(ARTIFACTORY, BEARER, Cause.CREDENTIAL_FORBIDDEN, id="artifactory"),
        pytest.param(UNAUTHORIZED, REGISTRY_TOKEN, Cause.CREDENTIAL_REJECTED, id="registry-token-401"),
        pytest.param(UNAUTHORIZED, ANONYMOUS_BASIC, Cause.AUTH_MISSING, id="anonymous-basic"),
        pytest.param(UNAUTHORIZED, ANONYMOUS_BEARER, Cause.DENIED_OR_MISSING, id="anonymous-bearer"),
        pytest.param(DENIED, ANONYMOUS_BEARER, Cause.DENIED_OR_MISSING, id="anonymous-bearer-403"),
        pytest.param(DENIED, NEVER_ASKED, Cause.REGISTRY_BLOCKED, id="registry-k8s-io"),
        pytest.param(UNAUTHORIZED, LOGIN, Cause.CREDENTIAL_REJECTED, id="login-401"),
        pytest.param(DENIED, LOGIN, Cause.CREDENTIAL_REJECTED, id="login-403"),
        pytest.param(AZURE_FIREWALL, BEARER, Cause.REGISTRY_BLOCKED, id="azure-firewall"),
        pytest.param(reply(451), BEARER, Cause.REGISTRY_BLOCKED, id="451"),
        pytest.param(
            refusal(412, "PROJECTPOLICYVIOLATION", "vulnerabilities"),
            BEARER,
            Cause.REGISTRY_BLOCKED,
            id="harbor-policy",
        ),
        pytest.param(refusal(404, "MANIFEST_UNKNOWN"), BEARER, Cause.IMAGE_NOT_FOUND, id="no-manifest"),
        pytest.param(refusal(404, "NAME_UNKNOWN"), BEARER, Cause.IMAGE_NOT_FOUND, id="no-name"),
        pytest.param(reply(404), BEARER, Cause.IMAGE_NOT_FOUND, id="404-alone"),
        pytest.param(HTML, BEARER, Cause.REGISTRY_ERROR, id="404-page"),
        pytest.param(
            reply(404, b"<html>", docker_distribution_api_version="registry/2.0"),
            BEARER,
            Cause.IMAGE_NOT_FOUND,
            id="404-page-of-a-registry",
        ),
        pytest.param(refusal(400, "NAME_INVALID"), BEARER, Cause.IMAGE_NOT_FOUND, id="name-that-cannot-be"),
        pytest.param(reply(400), BEARER, Cause.REGISTRY_ERROR, id="400"),
        pytest.param(reply(404), PING, Cause.REGISTRY_ERROR, id="no-registry-there"),
        pytest.param(reply(404), CONFIG, Cause.REGISTRY_ERROR, id="config-missing"),
        pytest.param(HUB_RATE, BEARER, Cause.RATE_LIMITED, id="rate"),
        pytest.param(refusal(403, "TOOMANYREQUESTS"), BEARER, Cause.RATE_LIMITED, id="rate-by-code"),
        pytest.param(reply(407), PING, Cause.PROXY_FAILURE, id="proxy"),
        pytest.param(reply(500), BEARER, Cause.REGISTRY_ERROR, id="500"),
        pytest.param(reply(503), LOGIN, Cause.REGISTRY_ERROR, id="503-login"),
        pytest.param(
            reply(307, location="https://x/"), LOGIN, Cause.REGISTRY_ERROR, id="redirect-of-a-login"
        ),
        pytest.param(
            reply(403, url="https://cdn.test/x?sig=1"), CONFIG, Cause.REGISTRY_ERROR, id="storage-refuses"
        ),
        pytest.param(
            reply(401, url="https://other.test/x"), BEARER, Cause.REGISTRY_ERROR, id="other-registry-asks"
        ),
        pytest.param(
            reply(404, url="https://other.test/x"),
            BEARER,
            Cause.IMAGE_NOT_FOUND,
            id="other-registry-has-none",
        ),
        pytest.param(
            reply(400, b"Client sent an HTTP request to an HTTPS server."),
            PING,
            Cause.HTTP_HTTPS_MISMATCH,
            id="go-tls",
        ),
        pytest.param(
            reply(400, b"<html>The plain HTTP request was sent to HTTPS port"),
            PING,
            Cause.HTTP_HTTPS_MISMATCH,
            id="nginx",
        ),
        pytest.param(reply(200), BEARER, Cause.REGISTRY_ERROR, id="good-but-not-wanted"),
    ],
)
def test_causes(response: Response, asked: Asked, cause: Cause) -> None:
    failure = judge(response, asked)
    assert failure.cause is cause
    assert (failure.host, failure.status, failure.scheme) == ("a.test", response.status, asked.scheme)
    assert failure.message.startswith("a.test ")
    assert failure.hint


def test_a_failure_tells_who_what_and_the_registrys_own_words() -> None:
    failure = judge(DENIED, BEARER)
    assert failure.code == "DENIED"
    assert failure.message == (
        "a.test does not give team/app:1.0 to admin: there is none, or it is not allowed to"
        " (403 DENIED: requested access to the resource is denied)"
    )
    assert judge(reply(500), CONFIG).message == (
        "a.test did not answer as a registry when asked for the config of team/app:1.0 (500)"
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param(ANONYMOUS_BASIC, "asks for a login for team/app:1.0, and none was given", id="image"),
        pytest.param(PING, "asks for a login, and none was given", id="login"),
        pytest.param(Asked("a.test", Step.TOKEN, "", ADMIN), "rejects the login of admin", id="token"),
        pytest.param(ANONYMOUS_BEARER, "somebody without a login", id="anonymous"),
        pytest.param(REGISTRY_TOKEN, "rejects the login of this credential", id="no-name"),
        pytest.param(
            Asked("a.test", Step.TOKEN, "team/app"), "a login for team/app, and", id="token-for-an-image"
        ),
    ],
)
def test_words(asked: Asked, words: str) -> None:
    assert words in judge(UNAUTHORIZED, asked).message


def test_a_token_service_that_is_away_is_told_as_one() -> None:
    assert "asked for a token (" in judge(reply(404), Asked("a.test", Step.TOKEN, credential=ADMIN)).message


def test_somebody_without_a_login_is_told_to_get_one() -> None:
    assert "give a credential for a.test" in judge(DENIED, ANONYMOUS_BEARER).hint
    assert "credential" not in judge(DENIED, BEARER).hint


@pytest.mark.parametrize(
    ("response", "target"),
    [
        pytest.param(
            reply(307, location="https://u:p@cdn.test/x?sig=secret"),
            "but sent on to cdn.test (",
            id="not-followed",
        ),
        pytest.param(
            reply(403, url="https://cdn.test/x?sig=secret"), "but sent on to cdn.test (", id="followed"
        ),
        pytest.param(reply(307), "asked for /v2/ (", id="nowhere"),
        pytest.param(reply(307, location="https://[x"), "asked for /v2/ (", id="no-address"),
    ],
)
def test_where_a_redirect_leads_is_told_without_its_secrets(response: Response, target: str) -> None:
    message = judge(response, LOGIN).message
    assert target in message
    assert "secret" not in message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30.0), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), ("9" * 99, None)],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    response = reply(429, retry_after=header)
    assert retry_after(response) == seconds
    failure = judge(response, BEARER)
    assert failure.retry_after == seconds
    assert ("wait 30 seconds" in failure.hint) is (seconds == 30)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({"errors": [{"code": "DENIED", "message": "no"}]}, ("DENIED", "no"), id="as-specified"),
        pytest.param({"errors": [{"code": "X"}]}, ("X", ""), id="no-message"),
        pytest.param(
            {"details": "incorrect username or password"},
            ("", "incorrect username or password"),
            id="hub-token",
        ),
        pytest.param(
            {"error": "invalid_grant", "error_description": "no"}, ("invalid_grant", "no"), id="oauth"
        ),
        pytest.param({"error": "no such thing"}, ("", "no such thing"), id="error-is-a-sentence"),
        pytest.param(
            {"errors": [{"code": "not a code", "message": "no"}]}, ("", "no"), id="code-is-a-sentence"
        ),
        pytest.param({"errors": [], "message": "no"}, ("", "no"), id="errors-empty"),
        pytest.param({"errors": ["x"]}, ("", ""), id="errors-of-text"),
        pytest.param({"errors": {"code": "X"}}, ("", ""), id="errors-no-list"),
        pytest.param({"message": {"a": 1}}, ("", ""), id="message-no-text"),
        pytest.param([], ("", ""), id="list"),
        pytest.param(b"plain words", ("", ""), id="plain-text"),
        pytest.param(b"[" * 99_999, ("", ""), id="deep"),
        pytest.param(b"\xff", ("", ""), id="binary"),
        pytest.param(b"<html>Sign in</html>", ("", "an HTML page"), id="html"),
        pytest.param({"message": "a\n\n  b\x1b[31mc"}, ("", r"a b\x1b[31mc"), id="control-characters"),
        pytest.param({"message": "x" * 5000}, ("", "x" * (SAID_MAX - 1) + "…"), id="long"),
    ],
)
def test_the_registrys_own_words(body: object, said: tuple[str, str]) -> None:
    assert said_by(reply(400, body)) == said


@pytest.mark.parametrize(
    "echo",
    [
        pytest.param("Harbor12345", id="password"),
        pytest.param(base64.b64encode(b"admin:Harbor12345").decode(), id="header"),
        pytest.param("refreshtoken", id="identity-token"),
        pytest.param("registrytoken", id="registry-token"),
        pytest.param("admin:Harbor12345", id="pair"),
        pytest.param("YWRtaW46SGFyYm9yMTIzNDU%3D", id="header-in-a-form"),
        pytest.param("YWRtaW46SGFyYm9yMTIzNDU", id="header-without-padding"),
        pytest.param("SGFyYm9yMTIzNDU=", id="password-in-base64"),
        pytest.param("SGFyYm9yMTIzNDU", id="password-in-base64-without-padding"),
    ],
)
def test_a_server_that_repeats_the_credential_is_not_passed_on(echo: str) -> None:
    credential = Credential(
        "admin", Sensitive("Harbor12345"), Sensitive("refreshtoken"), Sensitive("registrytoken")
    )
    failure = judge(
        refusal(401, echo, f"bad login {echo}!"), Asked("a.test", Step.LOGIN, credential=credential)
    )
    assert echo not in failure.message + failure.code + failure.hint
    assert "***" in failure.message


@pytest.mark.parametrize(
    "spell",
    [
        pytest.param(quote_plus, id="form"),
        pytest.param(lambda s: json.dumps(s)[1:-1], id="JSON"),
        pytest.param(lambda s: json.dumps(s, ensure_ascii=False)[1:-1], id="JSON-not-ASCII"),
        pytest.param(html.escape, id="HTML"),
        pytest.param(lambda s: base64.b64encode(s.encode()).decode(), id="base64"),
    ],
)
@pytest.mark.parametrize("secret", ["password", "identity_token", "registry_token"])
def test_a_token_service_that_repeats_its_form_is_not_passed_on(
    spell: Callable[[str], str], secret: str
) -> None:
    word = 'w0rd <&>"ö\\%+/$-7'
    credential = Credential("admin", **{secret: Sensitive(word)})
    body = {"error": spell(word), "error_description": f"no grant for refresh_token={spell(word)} of x"}
    failure = judge(reply(400, body), Asked("a.test", Step.TOKEN, credential=credential))
    assert "no grant for refresh_token=*** of x" in failure.message
    assert spell(word) not in failure.message + failure.code


def test_a_token_that_is_nobody_s_credential_is_struck_out_by_its_looks() -> None:
    body = {"message": "who is Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl?"}
    assert said_by(reply(401, body)) == ("", "who is Bearer ***?")


def test_the_host_that_a_redirect_leads_to_may_be_the_password() -> None:
    response = reply(307, location="https://Harbor12345.evil.test/")
    assert "but sent on to ***.evil.test (" in judge(response, LOGIN).message


def test_a_user_name_without_a_password_is_no_secret() -> None:
    assert said_by(reply(400, {"message": "Og== YTo= of a"}), Credential("a")) == ("", "Og== YTo= of a")


def test_a_password_of_a_few_letters_does_not_garble_words() -> None:
    assert said_by(reply(400, {"message": "a bad day"}), Credential("u", Sensitive("a"))) == ("", "a bad day")


def test_there_are_words_and_hints_for_the_same_causes() -> None:
    assert set(WORDS) == set(HINTS)
