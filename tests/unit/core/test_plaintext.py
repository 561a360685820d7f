"""Text from elsewhere is shown, not obeyed."""

import pytest

from pullsecret.core.plaintext import printable


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("pull access denied", "pull access denied", id="plain"),
        pytest.param("镜像\u3000拉取 café\xa0", "镜像\u3000拉取 café\xa0", id="Chinese and wide spaces"),
        pytest.param("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m", id="ANSI colours"),
        pytest.param("\x1b]0;title\x07", r"\x1b]0;title\x07", id="terminal title"),
        pytest.param("\x9b2J", r"\x9b2J", id="C1 control"),
        pytest.param("a\r\nb\tc", r"a\r\nb\tc", id="lines"),
        pytest.param("\u202egnp.exe", r"\u202egnp.exe", id="direction override"),
        pytest.param("\u2066x\u2069\u200f\u061c", r"\u2066x\u2069\u200f\u061c", id="isolates and marks"),
        pytest.param("a\u200bb\ufeff", r"a\u200bb\ufeff", id="invisible"),
        pytest.param("\u2028\u2029", r"\u2028\u2029", id="separators"),
        pytest.param("\udc80\U000e0041", r"\udc80\U000e0041", id="surrogate and tag"),
        pytest.param("\0\x7f", r"\x00\x7f", id="null and delete"),
        pytest.param(r"C:\x1b", r"C:\x1b", id="a backslash stays"),
        pytest.param("[bold]x[/bold]", "[bold]x[/bold]", id="markup is only text"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, want: str) -> None:
    assert printable(text) == want


def test_lines_are_kept_where_asked_for() -> None:
    assert printable("a\n\tb\r\x1b", multiline=True) == "a\n\tb\\r\\x1b"
