import errno
import io
import os
import pty
import select
import signal
import termios
import threading

import pytest

from pullsecret.core.errors import InvalidInput, PullSecretError, SourceError, UsageError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.typed import read_password
from support.interrupts import interrupted_at
from support.showing import all_shown


def stream(data: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data))


def read(**options) -> Sensitive:
    return read_password(**{"stdin": stream(), "stderr": io.StringIO(), **options})


class TestRules:
    """What is read from standard input and from a file obeys the same rules."""

    @pytest.fixture(params=["stdin", "file"])
    def given(self, request, tmp_path):
        def give(data: bytes) -> Sensitive:
            if request.param == "stdin":
                return read(from_stdin=True, stdin=stream(data))
            (tmp_path / "password").write_bytes(data)
            return read(path=str(tmp_path / "password"))

        return give

    @pytest.mark.parametrize(
        ("data", "password"),
        [
            pytest.param(b"x", "x", id="plain"),
            pytest.param(b"x\n", "x", id="a newline at the end goes"),
            pytest.param(b"x\r\n", "x", id="Windows' newline too"),
            pytest.param(b"x\n\n", "x\n", id="only one"),
            pytest.param(b"x\r\n\r\n", "x\r\n", id="only one of Windows'"),
            pytest.param(b" x \t\n", " x \t", id="space stays"),
            pytest.param(b'{\n "key": "x"\n}\n', '{\n "key": "x"\n}', id="lines of a key file stay"),
            pytest.param("密码\n".encode(), "密码", id="Chinese"),
        ],
    )
    def test_it_is_read(self, given, data, password):
        assert given(data).reveal() == password

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            pytest.param(b"", "the password is empty", id="nothing"),
            pytest.param(b"\n", "the password is empty", id="a newline"),
            pytest.param(b"hunter2\0", "has a NUL character", id="NUL"),
            pytest.param(b"hunter2\xff", "not valid UTF-8", id="no UTF-8"),
            pytest.param("hunter2".encode("utf-16"), "not valid UTF-8", id="UTF-16"),
            pytest.param(b"hunter2" * 50_000, "larger than 256 KiB", id="too large"),
        ],
    )
    def test_it_is_refused(self, given, data, words):
        with pytest.raises(InvalidInput, match=words) as caught:
            given(data)
        assert caught.value.place
        assert "hunter2" not in all_shown(caught.value)


class TestChoice:
    def test_the_command_line(self):
        assert read(password=Sensitive("x\n")).reveal() == "x\n"

    def test_an_empty_one_on_the_command_line(self):
        with pytest.raises(InvalidInput, match="--password: the password is empty"):
            read(password=Sensitive(""))

    def test_one_that_is_no_utf8_on_the_command_line(self):
        with pytest.raises(InvalidInput, match="--password: the password is not valid UTF-8"):
            read(password=Sensitive(b"x\xff".decode(errors="surrogateescape")))

    def test_a_file_named_dash_is_standard_input(self):
        assert read(path="-", stdin=stream(b"x")).reveal() == "x"

    def test_a_missing_file(self):
        with pytest.raises(SourceError, match="/nowhere: no such file"):
            read(path="/nowhere")

    @pytest.mark.parametrize(
        "options",
        [
            pytest.param({"password": Sensitive("x"), "from_stdin": True}, id="flag and stdin"),
            pytest.param({"from_stdin": True, "path": "f"}, id="stdin and file"),
            pytest.param({"password": Sensitive(""), "from_stdin": True, "path": ""}, id="all"),
        ],
    )
    def test_more_than_one(self, options):
        with pytest.raises(UsageError, match="exclude each other"):
            read(**options)

    def test_none_without_a_terminal(self):
        with pytest.raises(UsageError, match="no password was given") as caught:
            read()
        assert "--password-stdin" in caught.value.hint
        assert "--password-file" in caught.value.hint


class Terminal:
    """Both ends of a terminal: what the program has, and what the person types and sees."""

    def __init__(self) -> None:
        self.person, self._program = pty.openpty()
        self.stdin = os.fdopen(os.dup(self._program), encoding="utf-8")
        self.stderr = os.fdopen(os.dup(self._program), "w", encoding="utf-8")

    @property
    def echo(self) -> bool:
        return bool(termios.tcgetattr(self._program)[3] & termios.ECHO)

    def ask(self) -> Sensitive | PullSecretError:
        try:
            return read_password(stdin=self.stdin, stderr=self.stderr, prompt="Password for ann: ")
        except PullSecretError as error:
            return error

    def close(self) -> None:
        self.stdin.close()
        self.stderr.close()
        os.close(self.person)
        os.close(self._program)


class TestTerminal:
    @pytest.fixture
    def terminal(self):
        terminal = Terminal()
        yield terminal
        terminal.close()

    def asked(self, terminal: Terminal, typed: bytes) -> tuple[Sensitive | PullSecretError, bytes]:
        """Let somebody wait for the prompt, then type."""
        seen, echoes = bytearray(), list[bool]()

        def person() -> None:
            while not seen.endswith(b"Password for ann: "):
                seen.extend(os.read(terminal.person, 100))
            echoes.append(terminal.echo)
            os.write(terminal.person, typed)

        thread = threading.Thread(target=person)
        thread.start()
        answer = terminal.ask()
        thread.join()
        assert echoes == [False], "nothing shows from the moment that the prompt stands"
        return answer, bytes(seen) + os.read(terminal.person, 1000)

    def test_what_is_typed_is_read_and_not_shown(self, terminal):
        answer, seen = self.asked(terminal, b"hunter2 \n")
        assert answer == Sensitive("hunter2 ")
        assert seen == b"Password for ann: \r\n"
        assert terminal.echo

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            pytest.param(b"\n", "the terminal: the password is empty", id="enter alone"),
            pytest.param(b"\x04", "no password was typed", id="Ctrl-D"),
            pytest.param(b"hunter2\xff\n", "the terminal: the password is not valid UTF-8", id="no UTF-8"),
        ],
    )
    def test_what_is_no_password(self, terminal, typed, words):
        answer, _ = self.asked(terminal, typed)
        assert isinstance(answer, PullSecretError)
        assert answer.message == words
        assert "hunter2" not in all_shown(answer)
        assert terminal.echo

    def test_what_was_typed_before_the_prompt_counts(self, terminal):
        os.write(terminal.person, b"hunter2\nnext\n")
        assert terminal.ask() == Sensitive("hunter2")
        assert terminal.ask() == Sensitive("next")
        assert terminal.echo

    def test_a_prompt_that_cannot_be_written(self, terminal):
        class Stderr(io.StringIO):
            def isatty(self) -> bool:
                return True

            def flush(self) -> None:
                raise OSError(errno.EIO, "Input/output error")

        with pytest.raises(OSError, match="Input/output"):
            read_password(stdin=terminal.stdin, stderr=Stderr())
        assert terminal.echo

    def test_in_another_thread_than_the_main_one(self, terminal):
        """Which may not handle signals."""
        os.write(terminal.person, b"hunter2\n")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(terminal.ask()))
        thread.start()
        thread.join()
        assert answers == [Sensitive("hunter2")]

    @pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None], ids=["ignored", "handled"])
    def test_signals_that_somebody_cares_about_stay_as_they_are(self, terminal, handler):
        os.write(terminal.person, b"hunter2\n")
        before, other = signal.signal(signal.SIGTERM, handler), signal.getsignal(signal.SIGHUP)
        try:
            terminal.ask()
            assert signal.getsignal(signal.SIGTERM) is handler
        finally:
            signal.signal(signal.SIGTERM, before)
        assert signal.getsignal(signal.SIGHUP) is other

    def test_an_interrupt_leaves_the_terminal_as_it_was(self, terminal, monkeypatch):
        """Also one in the instant before the wait, whichever call it is that waits."""

        class Stdin:
            isatty, fileno = terminal.stdin.isatty, terminal.stdin.fileno
            readline = staticmethod(interrupted_at(terminal.stdin.readline))

        monkeypatch.setattr(select, "select", interrupted_at(select.select))
        enter = threading.Timer(10, os.write, (terminal.person, b"\n"))
        enter.start()
        with pytest.raises(KeyboardInterrupt):
            read_password(stdin=Stdin(), stderr=terminal.stderr)
        assert enter.is_alive(), "it did not wait for Enter"
        enter.cancel()
        enter.join()
        assert terminal.echo
