"""Credentials: what one is, whatever it came from, and that it cannot show itself."""

import pytest

from pullsecret.core.credentials import ANONYMOUS, Credential, Origin
from pullsecret.core.sensitive import Sensitive


@pytest.mark.parametrize(
    ("origin", "text"),
    [(Origin("team/pull", "h.io"), "team/pull [h.io]"), (Origin("stdin"), "stdin"), (Origin(), "")],
)
def test_an_origin_says_where(origin, text):
    assert str(origin) == text


def test_the_origin_is_not_part_of_identity():
    assert Credential("u", origin=Origin("a")) == Credential("u", origin=Origin("b"))


@pytest.mark.parametrize(
    "credential",
    [Credential("u"), Credential(password=Sensitive("p")), Credential(identity_token=Sensitive("i")),
     Credential(registry_token=Sensitive("r"))],
)  # fmt: skip
def test_anything_to_send_is_not_anonymous(credential):
    assert ANONYMOUS.anonymous
    assert not credential.anonymous


def test_nothing_secret_is_shown():
    shown = repr(Credential("u", Sensitive("hunter2"), Sensitive("hunter2"), Sensitive("hunter2")))
    assert "'u'" in shown
    assert "hunter2" not in shown
