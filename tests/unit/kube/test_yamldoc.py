import time
from typing import Any

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.readfile import MAX_BYTES, Content
from pullsecret.kube.yamldoc import read_document
from support.showing import all_shown


def read(text: str | bytes) -> Any:
    return read_document(Content(text if isinstance(text, bytes) else text.encode()), place="file")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("# only a comment\n", None, id="comment"),
        pytest.param("---\n", None, id="empty document"),
        pytest.param('\t{"a":\t1}\n', {"a": 1}, id="JSON with tabs"),
        pytest.param("{a: b}", {"a": "b"}, id="YAML in braces"),
        pytest.param("a: b\n---\n!!: [", {"a": "b"}, id="first document alone"),
        pytest.param("a: 2020-01-01", {"a": "2020-01-01"}, id="a date is text"),
        pytest.param("a: 10:20:30", {"a": "10:20:30"}, id="base 60 is text"),
        pytest.param("a: 017", {"a": 15}, id="octal"),
        pytest.param("a: 1.5", {"a": 1.5}, id="decimal"),
        pytest.param("a: yes", {"a": True}, id="a YAML 1.1 boolean"),
        pytest.param("a: &x {b: c}\nd: *x\n", {"a": {"b": "c"}, "d": {"b": "c"}}, id="alias"),
        pytest.param(
            "a: &x {b: c}\nd: {<<: *x, e: f}\n", {"a": {"b": "c"}, "d": {"b": "c", "e": "f"}}, id="merge key"
        ),
    ],
)
def test_reads_as_kubectl_does(text: str, value: object) -> None:
    assert read(text) == value


BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
MERGE_BOMB = "a0: &a0 {x: y}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: [\n", r"file: line 2, column 1: neither JSON nor YAML", id="unclosed"),
        pytest.param(
            "a: b: c", r"file: line 1, column 5: neither JSON nor YAML: mapping values", id="two colons"
        ),
        pytest.param(b"\x00\x01\x02", r"file: neither JSON nor YAML", id="binary"),
        pytest.param(b"\xff\xfe\xfd", r"file: neither JSON nor YAML", id="not Unicode"),
        pytest.param("[" * 100_000, "nested too deep", id="deep YAML"),
        pytest.param('{"a":' * 100_000, "nested too deep", id="deep JSON"),
        pytest.param("a: &x [*x]", "stands for itself", id="an alias of itself"),
        pytest.param(BOMB, "too many values", id="aliases of aliases"),
        pytest.param(MERGE_BOMB, "too many values", id="merge keys of merge keys"),
        pytest.param("x" * (MAX_BYTES + 1), "larger than 10 MiB", id="large"),
        pytest.param("? [a]\n: b\n", "a key that is no text", id="a list as key"),
        pytest.param("a: 0x_", "a value cannot be read", id="a number that is none"),
    ],
)
def test_refuses_with_a_place_and_soon(text: str | bytes, message: str) -> None:
    before = time.monotonic()
    with pytest.raises(InvalidInput, match=message):
        read(text)
    assert time.monotonic() - before < 5


@pytest.mark.parametrize(
    "text",
    [
        "password: *hunter2\n",
        "password: !hunter2 x\n",
        "password: hunter2\n\tx\n",
        "{password: hunter2, a: [}",
        "password: hunter2\n? [a]\n: b\n",
        "password: hunter2\na: 0x_\n",
        "password: 'hunter2\n",
    ],
)
def test_an_error_shows_nothing_of_the_document(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert "hunter2" not in all_shown(caught.value)
