import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from pullsecret.core.sensitive import Sensitive
from pullsecret.sandbox.accounts import Accounts, Tokens, User, basic_pair, may_pull

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
CI = User("robot$ci", Sensitive("secret"), pull=("lnmp/*",), identity_token=Sensitive("refresh"))
ANYBODY = User("", pull=("public/*",))


@pytest.mark.parametrize(
    ("name", "password", "known"),
    [
        pytest.param("robot$ci", "secret", True, id="right"),
        pytest.param("robot$ci", "wrong", False, id="wrong password"),
        pytest.param("robot$ci", "", False, id="no password"),
        pytest.param("nobody", "secret", False, id="unknown user"),
        pytest.param("", "", False, id="the anonymous user cannot log in"),
    ],
)
def test_users_are_known_by_their_password(name: str, password: str, known: bool) -> None:
    accounts = Accounts([CI, ANYBODY])

    assert (accounts.by_password(name, password) is not None) == known


def test_users_are_known_by_their_identity_token() -> None:
    accounts = Accounts([CI, ANYBODY])

    assert accounts.by_identity_token("refresh") == CI
    assert accounts.by_identity_token("") is None


def test_passwords_change_and_users_go_while_a_registry_runs() -> None:
    accounts = Accounts([CI])
    accounts.put(User("robot$ci", Sensitive("new")))

    assert accounts.by_password("robot$ci", "secret") is None
    assert accounts.by_password("robot$ci", "new") is not None
    accounts.remove("robot$ci")
    assert accounts.by_password("robot$ci", "new") is None


def test_nobody_may_pull_without_a_login_unless_it_is_said() -> None:
    assert not Accounts([CI]).anonymous.may_pull("public/app")
    assert Accounts([CI, ANYBODY]).anonymous.may_pull("public/app")


@pytest.mark.parametrize(
    ("user", "scope", "repository", "allowed"),
    [
        pytest.param(CI, "repository:lnmp/nginx:pull", "lnmp/nginx", True, id="what he may"),
        pytest.param(CI, "repository:lnmp/nginx:pull,push", "lnmp/nginx", True, id="less than he asked for"),
        pytest.param(CI, "repository:team/app:pull", "team/app", False, id="what he may not"),
        pytest.param(CI, "repository:lnmp/nginx:pull", "lnmp/other", False, id="another repository"),
        pytest.param(CI, "registry:catalog:*", "catalog", False, id="another kind"),
        pytest.param(ANYBODY, "repository:public/app:pull", "public/app", True, id="anybody"),
    ],
)
def test_a_token_holds_as_much_as_the_user_may_do(
    user: User, scope: str, repository: str, allowed: bool
) -> None:
    tokens = Tokens("registry", lambda: NOW)

    access = tokens.access(tokens.issue(user, [scope]))

    assert access is not None
    assert may_pull(access, repository) == allowed
    assert "push" not in access[0]["actions"]


def test_a_token_is_a_json_web_token_with_an_expiry() -> None:
    payload = Tokens("registry", lambda: NOW).issue(CI, []).split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))

    assert (claims["sub"], claims["aud"]) == ("robot$ci", "registry")
    assert claims["exp"] == NOW.timestamp() + 300


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c", "a.b."])
def test_a_token_that_is_none_allows_nothing(token: str) -> None:
    assert Tokens("registry", lambda: NOW).access(token) is None


def test_a_token_of_another_registry_or_time_allows_nothing() -> None:
    now = NOW
    tokens = Tokens("registry", lambda: now)
    token = tokens.issue(CI, [])

    assert Tokens("registry", lambda: NOW).access(token) is None
    now += timedelta(minutes=6)
    assert tokens.access(token) is None


@pytest.mark.parametrize(
    ("header", "pair"),
    [
        pytest.param(
            "Basic " + base64.b64encode(b"a:b:c").decode(), ("a", "b:c"), id="colon in the password"
        ),
        pytest.param("basic " + base64.b64encode(b"a:b").decode(), ("a", "b"), id="lower case"),
        pytest.param("Bearer abc", None, id="another scheme"),
        pytest.param("Basic !!!", None, id="no base64"),
        pytest.param("Basic //8=", None, id="no UTF-8"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_basic_headers_are_read(header: str, pair: tuple[str, str] | None) -> None:
    assert basic_pair(header) == pair


def test_a_user_does_not_show_his_password() -> None:
    assert "secret" not in repr(CI)
    assert "refresh" not in repr(CI)
