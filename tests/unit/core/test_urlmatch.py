"""Keys and repositories as the kubelet takes them apart, and Go's `net/url` before it."""

import pytest

from pullsecret.core.urlmatch import Location, index_key


@pytest.mark.parametrize(
    ("key", "normalised"),
    [
        pytest.param("h.io", b"h.io", id="host"),
        pytest.param("https://h.io/", b"h.io", id="scheme-and-slash"),
        pytest.param("http://h.io:5000/a/", b"h.io:5000/a/", id="path-as-written"),
        pytest.param("https://index.docker.io/v1/", b"index.docker.io", id="docker-hub"),
        pytest.param("h.io/v2/a", b"h.io/a", id="api-version-before-a-path"),
        pytest.param("h.io/v1", b"h.io/v1", id="api-version-without-slash-is-a-path"),
        pytest.param("h.io/v1/v2/", b"h.io/v2/", id="one-api-version-only"),
        pytest.param("HTTPS://h.io", b"HTTPS://h.io", id="scheme-in-capitals-is-a-host-with-empty-port"),
        pytest.param("oci://h.io", b"oci://h.io", id="other-scheme-likewise"),
        pytest.param("//h.io/a", b"//h.io/a", id="no-host"),
        pytest.param("u:p@h.io/a", b"h.io/a", id="user"),
        pytest.param("h.io/a?b#c", b"h.io/a", id="query-and-fragment"),
        pytest.param("h.io/%61%2Fb", b"h.io/a/b", id="escapes-in-the-path"),
        pytest.param("%C3%A9.io", b"\xc3\xa9.io", id="escapes-in-the-host"),
        pytest.param("é.io", b"\xc3\xa9.io", id="not-ascii"),
        pytest.param("[fd00::1]:5000", b"[fd00::1]:5000", id="ipv6"),
        pytest.param("[fe80::1%25en%200]:5/a", b"[fe80::1%en 0]:5/a", id="ipv6-zone"),
        pytest.param("h.io:", b"h.io:", id="empty-port"),
        pytest.param("*.h.io", b"*.h.io", id="glob"),
        pytest.param("", b"", id="nothing"),
    ],
)
def test_index_key(key, normalised):
    assert index_key(key) == normalised


@pytest.mark.parametrize(
    "key",
    ["h.io:abc", "h io", "h.io\n", "h.io/\x7f", "h.io/%zz", "h.io/%4", "%41.io", "h.io#%", "u%@h.io",
     "ü@h.io", "[%41::1]",
     "h\\.io", "h.io^", "[fd00::1", "[fd00::1]x", "[fd00::1]:a", "[fe80::1%25%23]", "[fe80::1%25%C3]",
     "[fe80::1%25a b]", "a:b:c"],
)  # fmt: skip
def test_ignored_keys(key):
    assert index_key(key) is None
    assert Location.of(key.encode()) is None


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("h.io/a", "h.io", "", "/a"),
        ("h.io:5000/a/b", "h.io", "5000", "/a/b"),
        ("h.io:", "h.io", "", ""),
        ("[fd00::1]:5000/a", "fd00::1", "5000", "/a"),
        ("[fd00::1]/a", "[fd00::1]", "", "/a"),
        ("[[a]:5", "[[a]:5", "", ""),
        ("[a]]:5", "[a]]:5", "", ""),
        ("a[b:5", "a[b:5", "", ""),
        ("a]:5", "a]:5", "", ""),
        ("a:b:5", "a:b:5", "", ""),
    ],
)
def test_host_and_port(text, host, port, path):
    location = Location.of(text.encode())
    assert location == Location(host.encode(), port.encode(), path.encode())


@pytest.mark.parametrize(
    ("key", "repository", "matches"),
    [
        ("h.io", "h.io/a", True),
        ("h.io/te", "h.io/team", True),
        ("h.io/team", "h.io/te", False),
        ("h.io:5000", "h.io/a", False),
        ("*.io", "h.io/a", True),
        ("*.io", "a.h.io/a", False),
        ("*", "h.io/a", False),
        ("h.[a-z]o", "h.io/a", True),
        ("h[.io", "h.io/a", False),
        ("H.io", "h.io/a", False),
    ],
)
def test_matches(key, repository, matches):
    one, other = Location.of(key.encode()), Location.of(repository.encode())
    assert one is not None
    assert other is not None
    assert one.matches(other) is matches


def test_exact_hosts():
    assert [Location(host, b"", b"").is_exact for host in (b"a.b", b"*.b", b"[a]", b"a]")] == [
        True, False, False, True,
    ]  # fmt: skip
