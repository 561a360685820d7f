"""Printing: tables for people, data for programs, and nothing that a terminal would obey."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import yaml

from pullsecret.cli.output import Output, plain
from pullsecret.core.causes import Cause
from pullsecret.core.sensitive import Sensitive


class Terminal(io.StringIO):
    def isatty(self):
        return True


@dataclass(frozen=True)
class Thing:
    user_name: str = "u"
    password: Sensitive = Sensitive("s3cret-word")  # noqa: RUF009
    cause: Cause = Cause.UNKNOWN
    expires_at: datetime = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    nothing: None = None
    parts: tuple[str, ...] = ("a", "b")


def test_values_become_json():
    assert plain(Thing()) == {
        "userName": "u",
        "cause": "unknown",
        "expiresAt": "2026-11-21T08:00:00Z",
        "parts": ["a", "b"],
    }
    assert plain({"n": 1, "yes": True, "list": [None]}) == {"n": 1, "yes": True, "list": [None]}


@pytest.mark.parametrize(
    ("reveal", "shown"), [(False, None), (True, "s3cret-word")], ids=["hidden", "revealed"]
)
def test_passwords_are_left_out_unless_revealed(reveal, shown):
    assert plain(Thing(), reveal=reveal).get("password") == shown


@pytest.mark.parametrize(
    ("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)], ids=["json", "yaml"]
)
def test_a_report_says_what_it_is(form, read):
    stream = io.StringIO()
    Output(stream, form).report("Report", {"text": "密码 \x1b[31m", "none": None})
    document = read(stream.getvalue())
    assert (document["apiVersion"], document["kind"]) == ("cli.pullsecret.dev/v1alpha1", "Report")
    assert document["text"] == "密码 \x1b[31m"
    assert "\x1b" not in stream.getvalue()


def test_a_table_is_aligned_also_with_wide_characters():
    stream = io.StringIO()
    Output(stream, "table").table(["NAME", "USER"], [["harbor", "用户"], ["a", "[bold]x[/bold]"]])
    assert stream.getvalue() == "NAME     USER\nharbor   用户\na        [bold]x[/bold]\n"


def test_a_table_is_never_folded_in_a_pipe(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = io.StringIO()
    Output(stream, "table").table(["NAME", "REGISTRIES"], [["harbor", "x" * 100]])
    assert "x" * 100 in stream.getvalue()


def test_on_a_narrow_terminal_each_row_becomes_a_block(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    Output(stream, "table", color=False).table(["NAME", "REGISTRIES"], [["a", "[x]" * 10], ["b", "-"]])
    assert stream.getvalue().splitlines() == [
        "NAME:       a",
        "REGISTRIES: " + "[x]" * 10,
        "",
        "NAME:       b",
        "REGISTRIES: -",
    ]


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        pytest.param(Terminal(), ["proof: one two three four five", "       six"], id="terminal"),
        pytest.param(io.StringIO(), ["proof: one two three four five six"], id="pipe"),
    ],
)
def test_a_paragraph_goes_on_below_its_beginning(monkeypatch, stream, lines):
    monkeypatch.setenv("COLUMNS", "30")
    Output(stream, "table", color=False).paragraph("proof: ", "one two three four five six")
    assert stream.getvalue().splitlines() == lines


@pytest.mark.parametrize(
    "text", ["\x1b[31mred", "a\rb", "a\nb", "\u202egnp.exe", "\x07"], ids=["ansi", "cr", "lf", "bidi", "bell"]
)
def test_what_a_terminal_would_obey_is_shown_instead(text):
    stream = Terminal()
    out = Output(stream, "table", color=False)
    out.line(text)
    out.table(["A"], [[text]])
    assert not set("\x1b\r\x07\u202e") & set(stream.getvalue())
    assert stream.getvalue().count("\n") == 3


@pytest.mark.parametrize(("color", "painted"), [(None, True), (False, False)], ids=["terminal", "no-color"])
def test_colours_only_where_they_are_wanted(color, painted):
    stream = Terminal()
    Output(stream, "table", color=color).line("bad", "bad")
    assert ("\x1b[" in stream.getvalue()) is painted


def test_no_colours_in_a_pipe():
    stream = io.StringIO()
    Output(stream, "table").line("bad", "bad")
    assert stream.getvalue() == "bad\n"
