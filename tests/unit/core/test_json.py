"""JSON as Go reads and writes it: `gojson` and `jsonreading`."""

import pytest

from pullsecret.core.gojson import Members, Number, article_of, encode, encode_indented, fold, quote
from pullsecret.core.jsonreading import NESTING_MAX, InvalidJson, decode
from pullsecret.core.sensitive import Sensitive
from support.showing import all_shown


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("null", id="null"),
        pytest.param("true", id="true"),
        pytest.param("false", id="false"),
        pytest.param("[]", id="empty-array"),
        pytest.param("{}", id="empty-object"),
        pytest.param("[1e3,-0,1.50,123456789012345678901234567890,1E-2]", id="numbers-as-written"),
        pytest.param("9" * 5000, id="a-number-of-5000-digits"),
        pytest.param('{"b":1,"a":[{"x":null}],"b":2}', id="order-and-doubles"),
        pytest.param('"密码😀\\u2028"', id="text"),
        pytest.param('{"auth":"s","nested":{"password":["x"]}}', id="secrets"),
    ],
)
def test_round_trip(text):
    assert encode(decode(text)) == text
    assert encode(decode(text.encode())) == text


@pytest.mark.parametrize(
    ("data", "place", "reason"),
    [
        pytest.param("", "", "is empty", id="empty"),
        pytest.param(" \n", "line 2, column 1", "ends too early", id="blank"),
        pytest.param('{\n  "a": 1,', "line 2, column 10", "ends too early", id="truncated"),
        pytest.param('{"a": "b', "line 1, column 7", "ends too early", id="truncated-string"),
        pytest.param('{\n"a" 1}', "line 2, column 5", "expecting ':' delimiter", id="no-colon"),
        pytest.param("{'a': 1}", "line 1, column 2", "double quotes", id="single-quotes"),
        pytest.param("{} x", "line 1, column 4", "extra data", id="text-behind"),
        pytest.param('["\\ud83d NaN", NaN]', "line 1, column 16", "NaN is none of its values", id="nan"),
        pytest.param("[-Infinity]", "line 1, column 2", "-Infinity is none", id="infinity"),
        pytest.param('"a\tb"', "line 1, column 3", "invalid control character", id="raw-tab"),
        pytest.param("\ufeff{}", "line 1, column 1", "byte order mark", id="bom"),
        pytest.param(b"\x1f\x8b\x08\x00", "line 1, column 1", "expecting value", id="binary"),
        pytest.param("[" * 100_000, "", f"deeper than {NESTING_MAX}", id="nested-without-end"),
        pytest.param("[" * 101 + "]" * 101, "", f"deeper than {NESTING_MAX}", id="nested-too-deep"),
        pytest.param('{"a":' * 101 + "1" + "}" * 101, "", f"deeper than {NESTING_MAX}", id="deep-objects"),
    ],
)
def test_refuse(data, place, reason):
    with pytest.raises(InvalidJson) as caught:
        decode(data)
    assert caught.value.place == place
    assert reason in caught.value.reason


def test_real_nesting_is_taken():
    text = "[" * (NESTING_MAX - 1) + "]" * (NESTING_MAX - 1)
    assert encode(decode(text)) == text


@pytest.mark.parametrize(
    "text",
    ['{"auth": "hunter2", ', '{"password": "hunter2\t"}', '{"x": "hunter2\\q"}', '["hunter2", NaN]'],
    ids=["truncated", "control", "escape", "nan"],
)
def test_an_error_shows_nothing_of_the_text(text):
    with pytest.raises(InvalidJson) as caught:
        decode(text)
    assert "hunter2" not in all_shown(caught.value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b'"\xff\xfe"', "\ufffd\ufffd", id="no-utf-8"),
        pytest.param(b'"\xe5\xaf"', "\ufffd\ufffd", id="half-a-character-byte-by-byte"),
        pytest.param(b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd", id="encoded-surrogate"),
        pytest.param(rb'"\ud83d"', "\ufffd", id="half-a-pair"),
        pytest.param(rb'"\ud83d\ud83d\ude00"', "\ufffd😀", id="half-a-pair-before-a-pair"),
        pytest.param(rb'"\ud83dx"', "\ufffdx", id="half-a-pair-before-a-letter"),
    ],
)
def test_what_is_no_unicode(data, text):
    assert decode(b'{"a":' + data + b"}") == Members([("a", text)])
    assert decode(b"{" + data + b":1}") == Members([(text, "1")])


def test_secrets_come_as_sensitive():
    value = decode('{"Auth": "a", "identityToken": "b", "REGISTRYTOKEN": "c", "Paſſword": "d", "user": "e"}')
    assert [type(text) for _, text in value] == [Sensitive, Sensitive, Sensitive, Sensitive, str]
    assert [text.reveal() for _, text in value[:4]] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        pytest.param("<&>", r'"\u003c\u0026\u003e"', id="html"),
        pytest.param('"\\/', r'"\"\\/"', id="quotes"),
        pytest.param(
            "\b\f\n\r\t\x00\x0b\x1f\x7f", '"\\b\\f\\n\\r\\t\\u0000\\u000b\\u001f\x7f"', id="controls"
        ),
        pytest.param("a\u2028b\u2029", r'"a\u2028b\u2029"', id="line-separators"),
        pytest.param("密\ud83d\udcff", r'"密\ufffd\ufffd"', id="no-unicode"),
        pytest.param("\ufffd", '"\ufffd"', id="replacement-character"),
    ],
)
def test_quote(text, quoted):
    assert quote(text) == quoted


def test_indented_as_docker_does():
    value = decode('{"a":{"b":[1,{"c":null}],"d":[],"e":{}},"f":true}')
    assert encode_indented(value) == (
        '{\n\t"a": {\n\t\t"b": [\n\t\t\t1,\n\t\t\t{\n\t\t\t\t"c": null\n\t\t\t}\n\t\t],\n'
        '\t\t"d": [],\n\t\t"e": {}\n\t},\n\t"f": true\n}'
    )


@pytest.mark.parametrize(
    ("name", "folded"),
    [("Auths", "auths"), ("AUTHſ", "auths"), ("\N{KELVIN SIGN}ey", "key"), ("ÄSSE", "Ässe"), ("ß", "ß")],
)
def test_fold(name, folded):
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "null"), (True, "a boolean"), (Number("1"), "a number"), ("x", "a string"),
     (Sensitive("x"), "a string"), (Members(), "an object"), ([], "an array")],
)  # fmt: skip
def test_article_of(value, words):
    assert article_of(value) == words


def test_replaced():
    members = Members([("a", 1), ("b", 2)])
    assert members.replaced("a", 3) == Members([("a", 3), ("b", 2)])
    assert members.replaced("c", 3) == Members([("a", 1), ("b", 2), ("c", 3)])
