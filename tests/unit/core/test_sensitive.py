"""A secret string shows itself to nobody."""

import copy
import json
import pickle
import traceback

import pytest

from pullsecret.core.sensitive import Sensitive

SECRET = Sensitive("hunter2-geheim")


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(str, id="str"),
        pytest.param(repr, id="repr"),
        pytest.param(lambda s: f"{s} {s!r} {s:>20}", id="f-string"),
        pytest.param(lambda s: "%s %r" % (s, s), id="percent"),  # noqa: UP031
        pytest.param(lambda s: "{} {!r}".format(s, s), id="format"),  # noqa: UP032
        pytest.param(lambda s: json.dumps({"password": s, "list": [s]}), id="json"),
        pytest.param(lambda s: "a" + s + "b", id="concatenated"),
        pytest.param(lambda s: "".join([s, s]), id="joined"),
        pytest.param(lambda s: s.encode(), id="encoded"),
        pytest.param(lambda s: s.upper() + s[0:], id="methods"),
        pytest.param(lambda s: repr(copy.deepcopy([copy.copy(s)])), id="copied"),
    ],
)
def test_shows_only_the_mask(shown):
    assert "hunter2" not in str(shown(SECRET)).lower()


def test_a_traceback_with_locals_shows_only_the_mask():
    def fail(password: Sensitive) -> None:
        raise ValueError(f"login with {password} failed")

    try:
        fail(SECRET)
    except ValueError as error:
        text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "hunter2" not in text.replace('Sensitive("hunter2-geheim")', "")


def test_reveals_when_asked():
    assert SECRET.reveal() == "hunter2-geheim"
    assert Sensitive(SECRET).reveal() == "hunter2-geheim"


def test_compares_by_what_it_holds():
    assert Sensitive("a") == Sensitive("a")
    assert Sensitive("a") != Sensitive("b")
    assert Sensitive("***") != "***"
    assert len({Sensitive("a"), Sensitive("a"), Sensitive("b")}) == 2
    assert not Sensitive("")
    assert Sensitive(" ")


def test_is_not_pickled():
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SECRET)
