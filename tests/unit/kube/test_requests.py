"""Paths and headers of requests."""

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import DEPLOYMENT, NAMESPACE, SECRET
from pullsecret.kube.headers import impersonation_headers, retry_after_of
from pullsecret.kube.paths import collection_path, object_path
from pullsecret.kube.settings import Impersonation


def test_paths() -> None:
    assert collection_path(SECRET) == "/api/v1/secrets"
    assert collection_path(SECRET, "web") == "/api/v1/namespaces/web/secrets"
    assert collection_path(DEPLOYMENT, "web") == "/apis/apps/v1/namespaces/web/deployments"
    assert object_path(SECRET, "a:b c", "web") == "/api/v1/namespaces/web/secrets/a%3Ab%20c"
    assert object_path(NAMESPACE, "web") == "/api/v1/namespaces/web"
    assert object_path(NAMESPACE, "web", "ignored") == "/api/v1/namespaces/web"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a%2fb"])
def test_a_name_never_leads_to_another_path(name: str) -> None:
    with pytest.raises(InvalidInput, match="is no name of a secret"):
        object_path(SECRET, name, "web")
    if name:
        with pytest.raises(InvalidInput, match="is no name of a namespace"):
            object_path(SECRET, "x", name)


def test_one_object_needs_its_namespace() -> None:
    with pytest.raises(InvalidInput, match="no namespace is given for secret 'x'"):
        object_path(SECRET, "x")


def test_impersonation_headers() -> None:
    acting = Impersonation("jane", "17", ("dev", "ops"), {"example.com/a b%": ("x", "y"), "scope": ("z",)})
    assert list(impersonation_headers(acting)) == [
        ("Impersonate-User", "jane"),
        ("Impersonate-Uid", "17"),
        ("Impersonate-Group", "dev"),
        ("Impersonate-Group", "ops"),
        ("Impersonate-Extra-example.com%2Fa%20b%25", "x"),
        ("Impersonate-Extra-example.com%2Fa%20b%25", "y"),
        ("Impersonate-Extra-scope", "z"),
    ]
    assert not list(impersonation_headers(Impersonation()))


@pytest.mark.parametrize("name", ["a\nb", "a\r\nX: y", "a\0", "a\x7f", "\udc80"])
def test_no_header_is_smuggled_in(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be sent"):
        list(impersonation_headers(Impersonation(name)))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5.0), ("0", 0.0), (None, None), ("", None), ("-1", None), ("1.5", None), ("９", None),
     ("9" * 20, None), ("Fri, 31 Dec 1999 23:59:59 GMT", None)],
)  # fmt: skip
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert retry_after_of(text) == seconds
