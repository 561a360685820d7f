"""Every step into foreign JSON either succeeds, is empty, or complains with its place."""

from datetime import date
from typing import Any

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.core.reading import Node, Path, path_of, place_of, type_name


@pytest.mark.parametrize(
    ("path", "want"),
    [
        pytest.param((), "", id="root"),
        pytest.param(("spec", "containers", 0, "image"), "spec.containers[0].image", id="index"),
        pytest.param(("items", 3, 1), "items[3][1]", id="nested lists"),
    ],
)
def test_a_path_reads_as_people_write_it(path: tuple[str | int, ...], want: str) -> None:
    assert place_of(path) == want


@pytest.mark.parametrize("absent", [{}, {"a": None}, {"a": {"b": None}}])
def test_absent_and_null_are_empty(absent: dict[str, Any]) -> None:
    node = Node(absent).at("a", "b")
    assert (node.text(), node.items(), dict(node.mapping())) == ("", [], {})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(5, "a number", id="int"),
        pytest.param(1.5, "a number", id="float"),
        pytest.param(True, "true or false", id="bool"),
        pytest.param([], "a list", id="list"),
        pytest.param({}, "an object", id="object"),
        pytest.param(date(2026, 1, 2), "date", id="a date of YAML"),
    ],
)
def test_text_of_another_type_is_refused_with_its_place(value: object, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Node({"a": [{"image": value}]}, owner="Pod/web").at("a").items()[0].at("image").text()
    assert str(caught.value) == f"a[0].image: must be text, not {said} (in Pod/web)"
    assert bool(caught.value.hint) == (not isinstance(value, dict | list))
    assert type_name(value) == said


def test_a_list_or_an_object_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^a: must be a list, not text$"):
        Node({"a": "x"}).at("a").items()
    with pytest.raises(InvalidInput, match=r"^a: must be an object, not a list$"):
        Node({"a": []}).at("a", "b")


def test_a_lenient_reading_passes_over_what_does_not_fit() -> None:
    node = Node({"a": 5}, lenient=True)
    assert (node.at("a").text(), node.at("a").items(), node.at("a", "b").text()) == ("", [], "")


def test_a_value_is_not_shown() -> None:
    assert "hunter2" not in repr(Node({"password": "hunter2"}))


@pytest.mark.parametrize(
    "path",
    [
        ("spec", "credentials", 0, "registry"),
        ("spec",),
        (),
        ("a", 1, 2, "b"),
    ],
)
def test_a_path_that_was_written_is_read(path: Path) -> None:
    assert path_of(place_of(path)) == path
