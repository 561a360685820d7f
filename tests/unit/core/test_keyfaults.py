"""Keys that no image can match, and keys that the kubelet takes for one."""

import pytest

from pullsecret.core.keyfaults import other_spellings, why_unmatchable


@pytest.mark.parametrize(
    "key",
    [
        "h.io", "https://h.io/", "http://h.io:5000/team", "h.io/te", "h.io/team-", "h.io/team/", "h.io/a__",
        "*.h.io", "https://index.docker.io/v1/", "index.docker.io", "docker.io/team", "localhost",
        "localhost:5000", "host:5000", "*", "h-1.io", "h.io/v2/", "HARBOR.io", "h[ab].io",
    ],
)  # fmt: skip
def test_an_image_can_match(key):
    assert why_unmatchable(key) == ""


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("h.io:abc", "cannot read it"),
        ("h.io\n", "cannot read it"),
        ("oci://h.io", "not oci://"),
        ("HTTPS://h.io", "not HTTPS://"),
        ("index.docker.io/team", "https://index.docker.io/v1/"),
        ("https://index.docker.io/v1", "https://index.docker.io/v1/"),
        ("a[.io", "pattern is malformed"),
        ("myhost", "a dot or a port"),
        ("", "a dot or a port"),
        ("//h.io", "a dot or a port"),
        ("h_1.io", "host is none"),
        ("-h.io", "host is none"),
        ("仓库.io", "host is none"),
        ("h.io/Team", "path is none"),
        ("h.io//team", "path is none"),
        ("h.io/-team", "path is none"),
        ("h.io/te am", "path is none"),
    ],
)
def test_no_image_can_match(key, reason):
    assert reason in why_unmatchable(key)


def test_other_spellings():
    keys = ["h.io", "x.io", "https://h.io", "http://h.io/v1/", "h.io:abc", "h.io/a"]
    assert list(other_spellings(keys)) == [("https://h.io", "h.io"), ("http://h.io/v1/", "h.io")]
