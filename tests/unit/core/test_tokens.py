from urllib.parse import parse_qs, urlsplit

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.endpoints import Endpoint
from pullsecret.core.exchange import Request, Response, TokenNeeded
from pullsecret.core.realms import RealmPolicy
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.tokens import token_flow
from support.flows import drive, failing, refusal, reply

ENDPOINT = Endpoint("harbor.test", "https://harbor.test")
NEEDED = TokenNeeded("https://harbor.test/service/token", "harbor-registry", "repository:team/app:pull")
LOGIN = TokenNeeded("https://harbor.test/service/token", "harbor-registry")
ADMIN = Credential("admin", Sensitive("secret1"))
REFRESH = Credential(identity_token=Sensitive("refresh/1="))
CLI = RealmPolicy.cli()


def asked(needed: TokenNeeded, credential: Credential, *answers: Response) -> list[Request]:
    return drive(token_flow(needed, credential, ENDPOINT, CLI), *answers).requests


def test_a_password_goes_by_get_with_basic() -> None:
    (request,) = asked(NEEDED, ADMIN, reply(body={"token": "t"}))
    assert request.method == "GET"
    assert request.url == (
        "https://harbor.test/service/token?service=harbor-registry&scope=repository%3Ateam%2Fapp%3Apull"
    )
    assert request.authorization.reveal() == "Basic YWRtaW46c2VjcmV0MQ=="
    assert (request.login, request.follow, request.form) == (True, False, Sensitive())


def test_no_credential_asks_anonymously() -> None:
    (request,) = asked(NEEDED, ANONYMOUS, reply(body={"token": "t"}))
    assert (request.method, request.authorization, request.login) == ("GET", Sensitive(), False)


def test_a_refresh_token_goes_by_post() -> None:
    (request,) = asked(NEEDED, REFRESH, reply(body={"access_token": "t"}))
    assert (request.method, request.url, request.authorization) == ("POST", NEEDED.realm, Sensitive())
    assert parse_qs(request.form.reveal()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["pullsecret"],
        "service": ["harbor-registry"],
        "scope": ["repository:team/app:pull"],
        "refresh_token": ["refresh/1="],
    }
    assert (request.login, request.follow) == (True, False)


@pytest.mark.parametrize("status", [404, 405])
def test_a_service_without_post_is_asked_with_the_password_beside_the_refresh_token(status: int) -> None:
    both = Credential("admin", Sensitive("secret1"), identity_token=Sensitive("refresh"))
    first, second = asked(NEEDED, both, reply(status), reply(body={"token": "t"}))
    assert (first.method, second.method) == ("POST", "GET")


@pytest.mark.parametrize(
    ("realm", "url"),
    [
        pytest.param(
            "https://harbor.test/t?a=1", "https://harbor.test/t?a=1&service=harbor-registry", id="query-stays"
        ),
        pytest.param(
            "https://harbor.test/t#x", "https://harbor.test/t?service=harbor-registry", id="fragment-goes"
        ),
        pytest.param("https://harbor.test", "https://harbor.test?service=harbor-registry", id="no-path"),
    ],
)
def test_the_realms_own_address_is_kept(realm: str, url: str) -> None:
    (request,) = asked(TokenNeeded(realm, "harbor-registry"), ADMIN, reply(body={"token": "t"}))
    assert request.url == url


def test_without_service_and_scope_nothing_is_added() -> None:
    (request,) = asked(TokenNeeded("https://harbor.test/t"), ADMIN, reply(body={"token": "t"}))
    assert urlsplit(request.url).query == ""


@pytest.mark.parametrize(
    ("body", "value", "expires_in"),
    [
        pytest.param({"token": "a"}, "a", 60, id="token"),
        pytest.param({"access_token": "b"}, "b", 60, id="access-token"),
        pytest.param({"token": "a", "access_token": "b"}, "b", 60, id="both"),
        pytest.param({"token": "a", "access_token": ""}, "a", 60, id="empty-access-token"),
        pytest.param({"token": "a", "expires_in": 300}, "a", 300, id="expires"),
        pytest.param({"token": "a", "expires_in": 5}, "a", 60, id="expires-too-soon-to-be-true"),
        pytest.param({"token": "a", "expires_in": -1}, "a", 60, id="expired"),
        pytest.param({"token": "a", "expires_in": 1e99}, "a", 86400, id="expires-never"),
        pytest.param({"token": "a", "expires_in": float("nan")}, "a", 60, id="expires-nan"),
        pytest.param({"token": "a", "expires_in": True}, "a", 60, id="expires-true"),
        pytest.param({"token": "a", "expires_in": "300"}, "a", 60, id="expires-text"),
    ],
)
def test_answers(body: dict[str, object], value: str, expires_in: float) -> None:
    result = drive(token_flow(NEEDED, ADMIN, ENDPOINT, CLI), reply(body=body)).result
    assert result is not None
    assert (result.value.reveal(), result.expires_in) == (value, expires_in)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="html"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"{}", id="no-token"),
        pytest.param(b'{"token": 1}', id="number"),
        pytest.param(b'{"token": "a\\r\\nX: y"}', id="line-break"),
        pytest.param('{"token": "ä"}'.encode(), id="not-ascii"),
        pytest.param(b"\xff\xfe\xfa", id="binary"),
    ],
)
def test_an_answer_without_a_token_is_none(body: bytes) -> None:
    failure = failing(token_flow(NEEDED, ADMIN, ENDPOINT, CLI), reply(body=body))
    assert (failure.cause, failure.host) == (Cause.REGISTRY_ERROR, "harbor.test")
    assert "without a token" in failure.message


@pytest.mark.parametrize(
    ("needed", "credential", "proven", "status", "cause"),
    [
        pytest.param(LOGIN, ADMIN, False, 401, Cause.CREDENTIAL_REJECTED, id="login"),
        pytest.param(LOGIN, ADMIN, False, 403, Cause.CREDENTIAL_REJECTED, id="login-at-github"),
        pytest.param(LOGIN, REFRESH, False, 401, Cause.CREDENTIAL_REJECTED, id="refresh-token"),
        pytest.param(NEEDED, ADMIN, False, 401, Cause.CREDENTIAL_REJECTED, id="scope"),
        pytest.param(NEEDED, ADMIN, False, 403, Cause.DENIED_OR_MISSING, id="scope-403"),
        pytest.param(NEEDED, ADMIN, True, 401, Cause.DENIED_OR_MISSING, id="scope-of-an-accepted-login"),
        pytest.param(NEEDED, ADMIN, True, 403, Cause.DENIED_OR_MISSING, id="scope-403-of-an-accepted-login"),
        pytest.param(NEEDED, ANONYMOUS, False, 401, Cause.AUTH_MISSING, id="anonymous"),
        pytest.param(NEEDED, ANONYMOUS, False, 403, Cause.DENIED_OR_MISSING, id="anonymous-at-github"),
        pytest.param(NEEDED, ADMIN, True, 302, Cause.REGISTRY_ERROR, id="redirect"),
        pytest.param(NEEDED, ADMIN, True, 404, Cause.REGISTRY_ERROR, id="no-service-there"),
        pytest.param(NEEDED, ADMIN, True, 503, Cause.REGISTRY_ERROR, id="down"),
        pytest.param(NEEDED, ADMIN, True, 429, Cause.RATE_LIMITED, id="rate"),
    ],
)
def test_refusals(
    needed: TokenNeeded, credential: Credential, proven: bool, status: int, cause: Cause
) -> None:
    flow = token_flow(needed, credential, ENDPOINT, CLI, proven=proven)
    assert failing(flow, refusal(status, "DENIED", "denied")).cause is cause


@pytest.mark.parametrize(
    ("policy", "hint"),
    [(CLI, "set the token service's address right"), (RealmPolicy.operator(), "--allow-realm")],
)
def test_nothing_goes_to_a_realm_that_the_policy_refuses(policy: RealmPolicy, hint: str) -> None:
    failure = failing(token_flow(TokenNeeded("http://evil.test/t"), ADMIN, ENDPOINT, policy))
    assert failure.cause is Cause.REGISTRY_ERROR
    assert failure.exit_code == 3
    assert hint in failure.hint
