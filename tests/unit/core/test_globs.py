"""Patterns of host labels, as Go's `filepath.Match` reads them."""

import pytest

from pullsecret.core.globs import glob_of


@pytest.mark.parametrize(
    ("pattern", "label"),
    [
        ("", ""), ("abc", "abc"), ("*", ""), ("*", "abc"), ("**", "abc"), ("a*", "a"), ("a*", "abc"),
        ("*c", "abc"), ("a*c", "ac"), ("a*c", "abbc"), ("a*b*c", "aXbYc"), ("*b*", "abc"), ("a*b*b", "abbb"),
        ("[abc]", "b"), ("[a-c]x", "bx"), ("[^a-c]", "d"), ("[^a]", "é"),
        ("[a-c0-9]*", "5x"), ("[!a]", "!"), ("[[]", "["), ("]", "]"), ("a-b", "a-b"), ("[*]", "*"),
               ("[c-a]x*", ""), ("[a^]", "^"),
    ],
)  # fmt: skip
def test_matches(pattern, label):
    glob = glob_of(pattern.encode())
    assert glob is not None
    # A range that runs backwards is well formed and holds nothing.
    assert glob.matches(label.encode()) is (pattern != "[c-a]x*")


@pytest.mark.parametrize(
    ("pattern", "label"),
    [
        ("", "a"), ("a", ""), ("abc", "abd"), ("abc", "ab"), ("a*c", "abd"), ("a*bb", "ab"), ("ab*ba", "aba"),
        ("a*b*c", "acb"), ("[abc]", "d"), ("[^a-c]", "b"), ("[!a]", "b"), ("A", "a"),
        ("[a-c]", ""), ("*x*y", "yx"),
    ],
)  # fmt: skip
def test_does_not_match(pattern, label):
    glob = glob_of(pattern.encode())
    assert glob is not None
    assert not glob.matches(label.encode())


@pytest.mark.parametrize(
    "pattern",
    [
        b"[",
        b"[a",
        b"[]",
        b"[]a]",
        b"[^",
        b"[^]",
        b"[a-]",
        b"[-a]",
        b"[a-",
        b"a[",
        b"*[",
        b"[\xff]",
        b"[a-\xff]",
    ],
)
def test_malformed(pattern):
    assert glob_of(pattern) is None


def test_many_stars_are_answered_at_once():
    glob = glob_of(b"*a" * 60 + b"b")
    assert glob is not None
    assert not glob.matches(b"a" * 250)


def test_broken_utf_8_counts_byte_by_byte():
    glob = glob_of(b"[^a][^a]")
    assert glob is not None
    assert glob.matches(b"\xff\xfe")
