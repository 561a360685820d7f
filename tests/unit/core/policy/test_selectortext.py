"""Label selectors as kubectl takes them."""

import pytest

from pullsecret.core.errors import UsageError
from pullsecret.core.policy.selecting import Requirement
from pullsecret.core.policy.selectortext import selector_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(" ", [], id="blank"),
        pytest.param("a=b", [("a", "In", ("b",))], id="equals"),
        pytest.param("a==b", [("a", "In", ("b",))], id="double-equals"),
        pytest.param(" a = b ", [("a", "In", ("b",))], id="spaces"),
        pytest.param("a=", [("a", "In", ("",))], id="empty-value"),
        pytest.param("a!=b", [("a", "NotIn", ("b",))], id="not-equal"),
        pytest.param("a", [("a", "Exists", ())], id="exists"),
        pytest.param("!a", [("a", "DoesNotExist", ())], id="not-there"),
        pytest.param("a in (b, c)", [("a", "In", ("b", "c"))], id="in"),
        pytest.param("a notin (b,c)", [("a", "NotIn", ("b", "c"))], id="not-in"),
        pytest.param(
            "x.io/a=b,c in (d,e),!f",
            [("x.io/a", "In", ("b",)), ("c", "In", ("d", "e")), ("f", "DoesNotExist", ())],
            id="several",
        ),
    ],
)
def test_reads(text, expected):
    selector = selector_of(text)
    assert selector.expressions == tuple(Requirement(*parts) for parts in expected)
    assert selector.labels == {}


@pytest.mark.parametrize(
    "text", ["a=b,", ",", "a=b=c", "a b", "-a", "a in b", "a in (b", "a in (b c)", "a=b!", "a>1", "a/b/c=d"]
)
def test_refuses(text):
    with pytest.raises(UsageError, match="is no requirement of labels") as raised:
        selector_of(text)
    assert "KEY in (A, B)" in raised.value.hint
