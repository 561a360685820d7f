import pytest

from pullsecret.core.redirects import next_address

URL = "https://a.test/v2/x/manifests/1"


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        pytest.param(URL, "https://cdn.test/x?sig=1", "https://cdn.test/x?sig=1", id="elsewhere"),
        pytest.param(URL, "/v2/y", "https://a.test/v2/y", id="path"),
        pytest.param(URL, "2", "https://a.test/v2/x/manifests/2", id="relative"),
        pytest.param(URL, "//cdn.test/x", "https://cdn.test/x", id="same-scheme"),
        pytest.param("http://a.test/", "https://a.test/", "https://a.test/", id="up-to-https"),
        pytest.param("http://a.test/", "http://b.test:81/", "http://b.test:81/", id="plain-to-plain"),
    ],
)
def test_followed(url: str, location: str, target: str) -> None:
    assert next_address(url, location) == target


@pytest.mark.parametrize(
    ("location", "why"),
    [
        pytest.param("http://a.test/v2/x", "HTTPS to plain HTTP", id="down-to-http"),
        pytest.param("ftp://a.test/", "address that is none", id="ftp"),
        pytest.param("file:///etc/passwd", "address that is none", id="file"),
        pytest.param("https://u:p@a.test/", "address that is none", id="login"),
        pytest.param("https://[a/", "address that is none", id="bad-ipv6"),
        pytest.param("https://a.test:x/", "address that is none", id="bad-port"),
        pytest.param("https://a.test:0/", "address that is none", id="port-zero"),
        pytest.param("https://@/", "address that is none", id="no-host"),
    ],
)
def test_not_followed(location: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        next_address(URL, location)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        pytest.param(URL, "/v2/y", id="path"),
        pytest.param(URL, "https://A.test:443/v2/y", id="the-same-written-otherwise"),
        pytest.param("http://a.test:5000/", "https://a.test/", id="up-to-https"),
        pytest.param("https://[::1]:5000/", "https://[::1]:5000/x", id="ipv6"),
    ],
)
def test_who_stays_at_one_host_is_followed_there(url: str, location: str) -> None:
    assert next_address(url, location, elsewhere=False)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        pytest.param(URL, "https://cdn.test/x", id="elsewhere"),
        pytest.param(URL, "https://b.a.test/x", id="below"),
        pytest.param(URL, "//cdn.test/x", id="same-scheme"),
        pytest.param(URL, "https://a.test:8443/x", id="another-port"),
        pytest.param("http://a.test:5000/", "http://a.test/", id="another-port-by-plain-http"),
        pytest.param("http://a.test/", "https://b.test/", id="elsewhere-by-https"),
        pytest.param(URL, "https://a.test./x", id="a-dot-more"),
    ],
)
def test_and_nowhere_else(url: str, location: str) -> None:
    with pytest.raises(ValueError, match="sends on to another host"):
        next_address(url, location, elsewhere=False)
