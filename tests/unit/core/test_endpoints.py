import pytest

from pullsecret.core.endpoints import Endpoint, endpoints, is_loopback
from pullsecret.core.errors import InvalidInput


@pytest.mark.parametrize(
    ("host", "plain", "bases"),
    [
        pytest.param("docker.io", False, ["https://registry-1.docker.io"], id="docker-hub"),
        pytest.param(
            "index.docker.io", False, ["https://registry-1.docker.io"], id="docker-hub-by-another-name"
        ),
        pytest.param("Harbor.Example.COM", False, ["https://harbor.example.com"], id="case"),
        pytest.param("harbor.test:5443", False, ["https://harbor.test:5443"], id="port"),
        pytest.param("10.0.0.5:80", True, ["http://10.0.0.5:80"], id="plain-asked-for"),
        pytest.param("10.0.0.5:80", False, ["https://10.0.0.5:80"], id="port-80-is-not-plain-by-itself"),
        pytest.param(
            "localhost:5000", False, ["http://localhost:5000", "https://localhost:5000"], id="loopback"
        ),
        pytest.param(
            "127.0.0.9:1", False, ["http://127.0.0.9:1", "https://127.0.0.9:1"], id="loopback-address"
        ),
        pytest.param("[::1]:5000", False, ["http://[::1]:5000", "https://[::1]:5000"], id="loopback-ipv6"),
        pytest.param("localhost", False, ["https://localhost"], id="loopback-without-port"),
        pytest.param("localhost:443", False, ["https://localhost:443"], id="loopback-443"),
        pytest.param("localhost:5000", True, ["http://localhost:5000"], id="loopback-plain-asked-for"),
    ],
)
def test_addresses(host: str, plain: bool, bases: list[str]) -> None:
    found = endpoints(host, plain=plain)
    assert [e.base for e in found] == bases
    assert {e.host for e in found} == {host}


@pytest.mark.parametrize(
    "host",
    [
        "",
        "https://harbor.test",
        "harbor.test/lib",
        "user@harbor.test",
        "harbor.test:x",
        "harbor.test:70000",
        "a b",
        "-a",
        "a#b",
    ],
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(InvalidInput, match="is no registry"):
        endpoints(host)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.1.2.3", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("a.test", False),
    ],
)
def test_loopback(name: str, own: bool) -> None:
    assert is_loopback(name) is own


def test_an_endpoint_tells_its_parts() -> None:
    endpoint = Endpoint("harbor.test:5443", "http://harbor.test:5443")
    assert (endpoint.plain, endpoint.name) == (True, "harbor.test")
    assert endpoint.url("/v2/") == "http://harbor.test:5443/v2/"
    assert Endpoint("x", "").name == ""
