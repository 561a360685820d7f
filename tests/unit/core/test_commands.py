"""Offered commands are read back by a real shell as the words they were made of."""

import shlex
import shutil
import subprocess

import pytest

from pullsecret.core.commands import Command
from pullsecret.core.plaintext import is_shown_as_is


@pytest.mark.parametrize(
    ("argv", "shell"),
    [
        pytest.param(("kubectl", "get", "pods"), "kubectl get pods", id="plain"),
        pytest.param(("a", "", "b c"), "a '' 'b c'", id="empty and spaces"),
        pytest.param(("echo", "$HOME;`id`"), "echo '$HOME;`id`'", id="what a shell would run"),
        pytest.param(("echo", "it's"), """echo 'it'"'"'s'""", id="quote"),
        pytest.param(("echo", "robot$网 关"), "echo 'robot$网 关'", id="Chinese"),
        pytest.param(("echo", "a\nb"), r"echo $'a\012b'", id="line feed"),
        pytest.param(("echo", "\x1b[2J'\\"), r"echo $'\033[2J\'\\'", id="escape sequence"),
        pytest.param(("echo", "\u202e1"), r"echo $'\342\200\2561'", id="direction turned"),
    ],
)
def test_a_command_is_quoted_for_the_shell(argv: tuple[str, ...], shell: str) -> None:
    command = Command(argv)
    assert command.shell == str(command) == shell
    assert all(is_shown_as_is(char) for char in command.shell)


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not there")
def test_a_shell_reads_the_words_back() -> None:
    argv = ("it's", "\x1b[0m", "\u202e\u2066", "a\nb\n", "\\0", "网 $x", "\x7f9", "")
    script = f"printf '%s\\0' {Command(argv).shell}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert tuple(done.stdout.decode().split("\0")[:-1]) == argv


def test_plain_words_are_split_as_posix_says() -> None:
    argv = ("a", "b c", "$x", "it's", '"', "中 文")
    assert tuple(shlex.split(Command(argv).shell)) == argv


def test_a_lone_surrogate_does_not_raise() -> None:
    assert Command(("\udc80",)).shell == r"$'\355\262\200'"
