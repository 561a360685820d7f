import pytest

from pullsecret.core.endpoints import Endpoint
from pullsecret.core.realms import RealmPolicy

OPERATOR = RealmPolicy.operator(allowed=["Tokens.Other.test", "pinned.test:8443"])


def at(host: str, *, plain: bool = False) -> Endpoint:
    return Endpoint(host, f"{'http' if plain else 'https'}://{host}")


@pytest.mark.parametrize(
    ("realm", "registry"),
    [
        pytest.param(
            "https://harbor.test:5445/service/token", at("harbor.test:5443"), id="same-host-other-port"
        ),
        pytest.param("https://auth.docker.io/token", at("registry-1.docker.io"), id="docker-hub"),
        pytest.param("https://gitlab.com/jwt/auth", at("registry.gitlab.com"), id="parent-of-the-registry"),
        pytest.param("https://auth.example.com/t", at("example.com"), id="below-the-registry"),
        pytest.param("https://AUTH.example.com/t", at("registry.example.com"), id="case"),
        pytest.param(
            "https://dockerauth.cn-hangzhou.aliyuncs.com/auth",
            at("registry.cn-hangzhou.aliyuncs.com"),
            id="aliyun",
        ),
        pytest.param("https://tokens.other.test/t", at("harbor.test"), id="allowed"),
        pytest.param("https://tokens.other.test:9/t", at("harbor.test"), id="allowed-at-any-port"),
        pytest.param("https://pinned.test:8443/t", at("harbor.test"), id="allowed-at-one-port"),
        pytest.param(
            "http://harbor.test:81/t", at("harbor.test:80", plain=True), id="plain-to-plain-same-host"
        ),
        pytest.param("https://[::1]:1/t", at("[::1]:5000"), id="same-ipv6"),
    ],
)
def test_both_faces_send_to_the_registrys_own_token_service(realm: str, registry: Endpoint) -> None:
    assert OPERATOR.refusal(realm, registry) == ""
    assert RealmPolicy.cli().refusal(realm, registry) == ""


@pytest.mark.parametrize(
    ("realm", "registry"),
    [
        pytest.param("https://evil.test/t", at("harbor.example.com"), id="elsewhere"),
        pytest.param("https://evil.com/t", at("example.com"), id="same-top-level"),
        pytest.param("https://evil.co.uk/t", at("example.co.uk"), id="co-uk"),
        pytest.param("https://evil.com.cn/t", at("example.com.cn"), id="com-cn"),
        pytest.param("https://evil.a.bc/t", at("b.a.bc"), id="short-second-level"),
        pytest.param("https://evil.azurecr.io/t", at("mine.azurecr.io"), id="other-customer-of-a-hoster"),
        pytest.param("https://a.evil.github.io/t", at("b.evil.github.io"), id="below-a-hosters-suffix"),
        pytest.param("https://a.b.example.com/t", at("registry.example.com"), id="nephew"),
        pytest.param("https://10.0.0.6/t", at("10.0.0.5"), id="addresses-have-no-parent"),
        pytest.param("https://registry/t", at("10.0.0.5"), id="name-and-address"),
        pytest.param("https://auth/t", at("registry"), id="names-of-one-label"),
        pytest.param("https://pinned.test/t", at("harbor.test"), id="allowed-at-another-port"),
    ],
)
def test_only_the_cli_sends_elsewhere(realm: str, registry: Endpoint) -> None:
    assert "elsewhere" in OPERATOR.refusal(realm, registry)
    assert RealmPolicy.cli().refusal(realm, registry) == ""


@pytest.mark.parametrize(
    ("realm", "registry", "why"),
    [
        pytest.param("http://auth.test/t", at("harbor.test"), "plain HTTP", id="plain-elsewhere"),
        pytest.param(
            "http://harbor.test/t", at("harbor.test"), "plain HTTP", id="plain-though-the-registry-has-tls"
        ),
        pytest.param(
            "http://auth.test/t", at("harbor.test", plain=True), "plain HTTP", id="plain-to-another-host"
        ),
        pytest.param(
            "https://u:p@harbor.test/t", at("harbor.test"), "login of its own", id="login-in-the-address"
        ),
        pytest.param("https://@harbor.test/t", at("harbor.test"), "login of its own", id="empty-login"),
        pytest.param("ftp://harbor.test/t", at("harbor.test"), "no usable", id="ftp"),
        pytest.param("/service/token", at("harbor.test"), "no usable", id="relative"),
        pytest.param("", at("harbor.test"), "no usable", id="empty"),
        pytest.param("https:///t", at("harbor.test"), "no usable", id="no-host"),
        pytest.param("https://harbor.test:x/t", at("harbor.test"), "no usable", id="bad-port"),
        pytest.param("https://auth.example.com./t", at("a.example.com."), "no usable", id="trailing-dot"),
        pytest.param("https://[::1/t", at("harbor.test"), "no usable", id="bad-ipv6"),
        pytest.param("https://evil.com\\@harbor.test/t", at("harbor.test"), "no usable", id="backslash"),
        pytest.param(
            "https://evil.com%2f.example.com/t", at("registry.example.com"), "no usable", id="percent-in-host"
        ),
        pytest.param("https://harbor.test/t\n", at("harbor.test"), "no usable", id="line-break"),
        pytest.param("https://hаrbor.test/t", at("harbor.test"), "no usable", id="cyrillic-a"),
        pytest.param("https://harbor.test/" + "t" * 3000, at("harbor.test"), "no usable", id="endless"),
    ],
)
def test_nobody_sends_there(realm: str, registry: Endpoint, why: str) -> None:
    assert why in RealmPolicy.cli().refusal(realm, registry)
    assert why in OPERATOR.refusal(realm, registry)
