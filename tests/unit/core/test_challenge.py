import base64

import pytest

from pullsecret.core.challenge import Challenge, basic, bearer, choose, parse_challenges
from pullsecret.core.credentials import Credential
from pullsecret.core.sensitive import Sensitive

HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'


@pytest.mark.parametrize(
    ("header", "scheme", "parameters"),
    [
        pytest.param('Basic realm="basic-realm"', "basic", {"realm": "basic-realm"}, id="basic"),
        pytest.param("BASIC", "basic", {}, id="basic-bare"),
        pytest.param(
            HUB,
            "bearer",
            {
                "realm": "https://auth.docker.io/token",
                "service": "registry.docker.io",
                "scope": "repository:a/b:pull,push",
            },
            id="commas-in-scope",
        ),
        pytest.param(
            'bearer Realm = "https://x/t" , SERVICE="s"',
            "bearer",
            {"realm": "https://x/t", "service": "s"},
            id="case-and-blanks",
        ),
        pytest.param(
            "Bearer realm=https://x/t?a=1,service=s",
            "bearer",
            {"realm": "https://x/t?a=1", "service": "s"},
            id="unquoted",
        ),
        pytest.param(r'Basic realm="a \"b\" \\c"', "basic", {"realm": r'a "b" \c'}, id="escapes"),
        pytest.param('Basic realm=""', "basic", {"realm": ""}, id="empty-value"),
        pytest.param(
            'Basic realm="x", , charset="UTF-8",',
            "basic",
            {"realm": "x", "charset": "UTF-8"},
            id="empty-elements",
        ),
        pytest.param('Bearer realm="a",realm="b"', "bearer", {"realm": "b"}, id="last-of-two-counts"),
        pytest.param('Bearer realm="https://never-closed', "bearer", {"realm": ""}, id="quote-never-closed"),
        pytest.param("Negotiate YIIabc==", "negotiate", {}, id="token68"),
        pytest.param("Basic realm", "basic", {}, id="word-without-value"),
    ],
)
def test_one_challenge(header: str, scheme: str, parameters: dict[str, str]) -> None:
    assert parse_challenges([header]) == (Challenge(scheme, parameters),)


@pytest.mark.parametrize(
    ("headers", "schemes"),
    [
        pytest.param(
            ['Bearer realm="https://x/t",service="s", Basic realm="y"'], ["bearer", "basic"], id="one-header"
        ),
        pytest.param(
            ['Basic realm="y"', 'Bearer realm="https://x/t"'], ["basic", "bearer"], id="two-headers"
        ),
        pytest.param(["Negotiate, Basic realm=y"], ["negotiate", "basic"], id="bare-then-basic"),
        pytest.param(["Negotiate abc=, Basic realm=y"], ["negotiate", "basic"], id="token68-then-basic"),
        pytest.param([""], [], id="empty"),
        pytest.param(['"quoted"'], [], id="no-scheme"),
        pytest.param([], [], id="none"),
    ],
)
def test_several_challenges(headers: list[str], schemes: list[str]) -> None:
    assert [c.scheme for c in parse_challenges(headers)] == schemes


def test_a_header_without_end_is_read_in_part() -> None:
    assert len(parse_challenges(["Basic, " * 100_000])) < 10_000


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        pytest.param('Basic realm="y", Bearer realm="https://x/t"', "bearer", id="bearer-before-basic"),
        pytest.param('Negotiate, Basic realm="y"', "basic", id="basic-before-what-nobody-speaks"),
        pytest.param('Bearer service="s", Basic realm="y"', "basic", id="bearer-without-realm-is-none"),
        pytest.param('Digest realm="y"', None, id="digest-alone"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_choosing(header: str, chosen: str | None) -> None:
    challenge = choose(parse_challenges([header]))
    assert (challenge.scheme if challenge else None) == chosen


def test_an_absent_parameter_is_empty() -> None:
    assert Challenge("bearer").get("service") == ""


@pytest.mark.parametrize(
    ("username", "password", "sent"),
    [
        pytest.param("admin", "pass:word", b"admin:pass:word", id="colon-in-password"),
        pytest.param("用户", "密码", "用户:密码".encode(), id="chinese"),
        pytest.param("u", "\ud800", b"u:\xed\xa0\x80", id="half-a-character"),
    ],
)
def test_basic_is_the_pair_in_base64(username: str, password: str, sent: bytes) -> None:
    header = basic(Credential(username, Sensitive(password)))
    assert header.reveal() == "Basic " + base64.b64encode(sent).decode()
    assert str(header) == "***"


def test_bearer() -> None:
    assert bearer(Sensitive("tok")).reveal() == "Bearer tok"
