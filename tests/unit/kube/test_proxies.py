"""Which way leads to the API server; the cases of NO_PROXY are those of golang.org/x/net/http/httpproxy."""

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.proxies import proxy_from_environment, proxy_of
from pullsecret.kube.settings import Proxy
from support.showing import all_shown

SERVER = "https://api.foo.com:6443"


@pytest.mark.parametrize(
    ("server", "environment", "proxy"),
    [
        pytest.param(SERVER, {}, "", id="none"),
        pytest.param(
            SERVER, {"HTTPS_PROXY": "http://p:1", "https_proxy": "http://q:1"}, "http://p:1", id="upper"
        ),
        pytest.param(SERVER, {"https_proxy": "http://q:1"}, "http://q:1", id="lower case"),
        pytest.param(
            SERVER, {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://p:1"}, "", id="others do not count"
        ),
        pytest.param("http://api.foo.com", {"HTTP_PROXY": "http://p:1"}, "http://p:1", id="for plain HTTP"),
        pytest.param(SERVER, {"HTTPS_PROXY": "p:3128"}, "http://p:3128", id="no scheme"),
        pytest.param(SERVER, {"HTTPS_PROXY": "p"}, "http://p:80", id="no port"),
        pytest.param(SERVER, {"HTTPS_PROXY": "https://p"}, "https://p:443", id="TLS to the proxy"),
        pytest.param(SERVER, {"HTTPS_PROXY": "http://[fd00::1]:1"}, "http://[fd00::1]:1", id="IPv6"),
        pytest.param("https://localhost:6443", {"HTTPS_PROXY": "http://p:1"}, "", id="localhost"),
        pytest.param("https://127.0.0.9:6443", {"HTTPS_PROXY": "http://p:1"}, "", id="loopback"),
        pytest.param("https://[::1]:6443", {"HTTPS_PROXY": "http://p:1"}, "", id="IPv6 loopback"),
    ],
)
def test_the_environment_names_a_proxy(server: str, environment: dict[str, str], proxy: str) -> None:
    found = proxy_from_environment(server, environment)
    assert (found.url if found else "") == proxy


@pytest.mark.parametrize(
    ("exceptions", "server", "direct"),
    [
        pytest.param("*", SERVER, True, id="all"),
        pytest.param("foo.com", SERVER, True, id="a domain means what is in it"),
        pytest.param("foo.com", "https://foo.com", True, id="and itself"),
        pytest.param("FOO.com", SERVER, True, id="case does not count"),
        pytest.param("foo.com", "https://barfoo.com", False, id="but not what ends alike"),
        pytest.param(".foo.com", SERVER, True, id="a dot means what is in it"),
        pytest.param(".foo.com", "https://foo.com", False, id="and not itself"),
        pytest.param("*.foo.com", SERVER, True, id="so does a star"),
        pytest.param("*foo.com", "https://foo.com", False, id="a star alone is no pattern"),
        pytest.param("foo.com:6443", SERVER, True, id="with its port"),
        pytest.param("foo.com:443", SERVER, False, id="with another port"),
        pytest.param("foo.com:443", "https://foo.com", True, id="with the default port"),
        pytest.param("x.org, api.foo.com ,", SERVER, True, id="several, with spaces"),
        pytest.param("10.0.0.0/8", "https://10.1.2.3:6443", True, id="network"),
        pytest.param("10.0.0.0/8", "https://11.1.2.3", False, id="another network"),
        pytest.param("10.0.0.0/99", "https://10.1.2.3", False, id="no network"),
        pytest.param("10.0.0.0/8", SERVER, False, id="a name is in no network"),
        pytest.param("10.1.2.3", "https://10.1.2.3:6443", True, id="address"),
        pytest.param("10.1.2.3:6443", "https://10.1.2.3:6443", True, id="address and port"),
        pytest.param("10.1.2.3:443", "https://10.1.2.3:6443", False, id="address and another port"),
        pytest.param("fd00::1", "https://[fd00::1]:6443", True, id="IPv6"),
        pytest.param("[fd00::1]:6443", "https://[fd00::1]:6443", True, id="IPv6 and port"),
        pytest.param("fd00::/8", "https://[fd00::1]:6443", True, id="IPv6 network"),
        pytest.param("1.2.3", "https://11.2.3", False, id="part of a name"),
        pytest.param("foo.com", "https://api.foo.com.:6443", True, id="a dot at the end"),
    ],
)
def test_no_proxy_makes_exceptions(exceptions: str, server: str, direct: bool) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        environment = {"HTTPS_PROXY": "http://p:1", name: exceptions}
        assert (proxy_from_environment(server, environment) is None) is direct


def test_user_and_password_are_taken_out_of_the_address() -> None:
    proxy = proxy_of(Sensitive("http://me:s%40cret@p:3128"), place="here")
    assert proxy == Proxy("http://p:3128", "me", Sensitive("s@cret"))
    assert "s@cret" not in repr(proxy)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        pytest.param("socks5://me:hunter2@p:1", "here: socks proxies are not spoken", id="socks5"),
        pytest.param("socks5h://me:hunter2@p:1", "here: socks proxies are not spoken", id="socks5h"),
        pytest.param("ftp://me:hunter2@p", "here: is no address of a proxy", id="another scheme"),
        pytest.param("http://me:hunter2@p:port", "here: is no address of a proxy", id="no port"),
        pytest.param("http://me:hunter2@[p", "here: is no address of a proxy", id="broken"),
        pytest.param("http://", "here: is no address of a proxy", id="no host"),
        pytest.param("hunter2", "here: is no address of a proxy", id="no address"),
    ],
)
def test_an_error_shows_nothing_of_the_address(address: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        proxy_of(Sensitive(address), place="here")
    assert "hunter2" not in all_shown(caught.value)
