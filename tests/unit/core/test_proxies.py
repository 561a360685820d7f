import pytest

from pullsecret.core.proxies import proxy_fault, proxy_for
from pullsecret.core.sensitive import Sensitive

P = "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        pytest.param("https://a.test/", {"HTTPS_PROXY": P}, P, id="https"),
        pytest.param("https://a.test/", {"https_proxy": P}, P, id="lower-case"),
        pytest.param(
            "https://a.test/", {"HTTPS_PROXY": P, "https_proxy": "http://other"}, P, id="upper-case-first"
        ),
        pytest.param("https://a.test/", {"HTTP_PROXY": P}, "", id="of-the-other-scheme"),
        pytest.param("https://a.test/", {"ALL_PROXY": P}, "", id="all-proxy-is-not-read"),
        pytest.param("http://a.test/", {"HTTP_PROXY": P}, P, id="http"),
        pytest.param("http://a.test/", {"HTTP_PROXY": P, "REQUEST_METHOD": "GET"}, "", id="cgi"),
        pytest.param("https://a.test/", {"HTTPS_PROXY": P, "REQUEST_METHOD": "GET"}, P, id="cgi-https"),
        pytest.param("https://a.test/", {"HTTPS_PROXY": "proxy.test:3128"}, P, id="without-scheme"),
        pytest.param("https://localhost:5000/", {"HTTPS_PROXY": P}, "", id="localhost"),
        pytest.param("https://127.0.0.1/", {"HTTPS_PROXY": P}, "", id="loopback"),
        pytest.param("https://[::1]:5000/", {"HTTPS_PROXY": P}, "", id="loopback-ipv6"),
        pytest.param("https:///", {"HTTPS_PROXY": P}, P, id="no-host"),
        pytest.param("https://a.test/", {}, "", id="none"),
    ],
)
def test_which_proxy(url: str, environment: dict[str, str], proxy: str) -> None:
    assert proxy_for(url, environment).reveal() == proxy


@pytest.mark.parametrize(
    ("url", "no_proxy", "exempt"),
    [
        pytest.param("https://a.test/", "a.test", True, id="host"),
        pytest.param("https://b.a.test/", "a.test", True, id="below-host"),
        pytest.param("https://ba.test/", "a.test", False, id="ends-alike"),
        pytest.param("https://a.test/", ".a.test", False, id="dot-is-below-only"),
        pytest.param("https://b.a.test/", ".a.test", True, id="dot"),
        pytest.param("https://b.a.test/", "*.a.test", True, id="star"),
        pytest.param("https://a.test/", "*.a.test", False, id="star-is-below-only"),
        pytest.param("https://a.test/", "*", True, id="all"),
        pytest.param("https://a.test/", " x.test , A.TEST ", True, id="list-blanks-case"),
        pytest.param("https://a.test/", ",,", False, id="empty-entries"),
        pytest.param("https://a.test:8443/", "a.test:8443", True, id="port"),
        pytest.param("https://a.test/", "a.test:443", True, id="default-port"),
        pytest.param("https://a.test/", "a.test:8443", False, id="other-port"),
        pytest.param("https://a.test./", "a.test", True, id="trailing-dot"),
        pytest.param("https://10.1.2.3/", "10.0.0.0/8", True, id="network"),
        pytest.param("https://11.1.2.3/", "10.0.0.0/8", False, id="outside-the-network"),
        pytest.param("https://a.test/", "10.0.0.0/8", False, id="name-and-network"),
        pytest.param("https://10.1.2.3/", "10.0.0.0/99", False, id="no-network"),
        pytest.param("https://10.1.2.3/", "10.1.2.3", True, id="address"),
        pytest.param("https://10.1.2.3:99/", "10.1.2.3:99", True, id="address-and-port"),
        pytest.param("https://10.1.2.3/", "1.2.3", True, id="end-of-an-address"),
        pytest.param("https://[fd00::1]/", "fd00:0::1", True, id="ipv6"),
        pytest.param("https://[fd00::1]:99/", "[fd00::1]:99", True, id="ipv6-and-port"),
    ],
)
def test_no_proxy(url: str, no_proxy: str, exempt: bool) -> None:
    assert bool(proxy_for(url, {"HTTPS_PROXY": P, "NO_PROXY": no_proxy})) is not exempt


def test_a_proxys_password_is_not_shown() -> None:
    assert "hidden" not in repr(proxy_for("https://a.test/", {"HTTPS_PROXY": "http://u:hidden@p:1"}))


@pytest.mark.parametrize(
    ("proxy", "fault"),
    [
        pytest.param(P, "", id="http"),
        pytest.param("https://u:p@proxy.test", "", id="https"),
        pytest.param("socks5://proxy.test:1080", "kind socks5 are not supported", id="socks"),
        pytest.param("http://", "is none", id="no-host"),
        pytest.param("http://proxy.test:0", "is none", id="port-zero"),
        pytest.param("http://proxy.test:hidden", "is none", id="bad-port"),
        pytest.param("http://[x", "is none", id="bad-ipv6"),
    ],
)
def test_what_is_wrong_with_a_proxy(proxy: str, fault: str) -> None:
    told = proxy_fault(Sensitive(proxy))
    assert fault in told
    assert bool(told) is bool(fault)
    assert "hidden" not in told
