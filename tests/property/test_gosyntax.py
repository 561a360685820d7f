"""What Go's scanner lets through is what Python's reads, but for what Python allows beyond JSON."""

import json

import hypothesis.strategies as st
from hypothesis import given

from pullsecret.sandbox.rules.gosyntax import syntax_fault

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_has_no_fault(value: object, indent: str | int | None, ascii_only: bool) -> None:
    assert syntax_fault(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()) == ""


@given(VALUES.filter(lambda value: isinstance(value, dict | list | str)), st.data())
def test_json_that_is_cut_off_ends_too_early(value: object, data: st.DataObject) -> None:
    text = json.dumps(value).encode()
    length = data.draw(st.integers(0, len(text) - 1))
    assert syntax_fault(text[:length]) == "unexpected end of JSON input"


@given(st.text(alphabet='{}[]:,"\\ 0123456789.eE+-truefalsn\n\tu', max_size=30) | st.text(max_size=20))
def test_it_agrees_with_another_reader(text: str) -> None:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        assert syntax_fault(text.encode("utf-8", "surrogatepass")) != ""
    else:
        assert syntax_fault(text.encode()) == ""
