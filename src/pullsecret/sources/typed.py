"""A password as a person gives it: standard input, a file, a prompt, or (with a warning) the command line."""

import contextlib
import os
import select
import signal
import termios
from collections.abc import Callable, Iterator
from typing import TextIO

from pullsecret.core.errors import InvalidInput, SourceError, UsageError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.rawbytes import RawBytes
from pullsecret.sources.reading import place_of, read_bounded
from pullsecret.sources.wakeups import signals_told

PASSWORD_LIMIT = 1 << 18
"""Bytes; the longest passwords known are service account keys of a few thousand."""


CHOICES = "--password-stdin, --password-file FILE, or type it at a terminal"
TERMINAL = "the terminal"
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
"""Signals that end or stop a program that does not care; Ctrl-C is an exception of its own."""


def read_password(
    *,
    password: Sensitive | None = None,
    from_stdin: bool = False,
    path: str | None = None,
    stdin: TextIO,
    stderr: TextIO,
    prompt: str = "Password: ",
) -> Sensitive:
    """Take the password from where the person said, or ask on the terminal.

    Args:
        password: `--password` itself.
        from_stdin: `--password-stdin`.
        path: `--password-file`; ``-`` is standard input.
        stdin: standard input; also the terminal to type at.
        stderr: where the prompt is shown.
        prompt: what it says.

    Raises:
        UsageError: more than one option, or none and no terminal.
        InvalidInput: what was read is no password: empty, not UTF-8, with a NUL; or too large.
        SourceError: the file cannot be read, or nothing was typed.
    """
    _check_one(password is not None, from_stdin, path is not None)
    if password is not None:
        return _checked(password, "--password")
    if from_stdin or path is not None:
        source = "-" if path is None else path
        return _from_bytes(read_bounded(source, stdin=stdin, limit=PASSWORD_LIMIT), place_of(source))
    if not (stdin.isatty() and stderr.isatty()):
        raise UsageError("no password was given", hint=f"give it with {CHOICES}")
    return _asked(stdin, stderr, prompt)


def _check_one(password: bool, from_stdin: bool, path: bool) -> None:
    options = (("--password", password), ("--password-stdin", from_stdin), ("--password-file", path))
    given = [name for name, used in options if used]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", hint="give one of them")


def _asked(stdin: TextIO, stderr: TextIO, prompt: str) -> Sensitive:
    """Ask on the terminal, without showing what is typed; Ctrl-D at the start ends it."""
    try:
        with _no_echo(stdin):
            stderr.write(prompt)
            stderr.flush()
            _wait_for_a_line(stdin.fileno())
            typed = Sensitive(stdin.readline(PASSWORD_LIMIT))
    except UnicodeDecodeError:
        typed = None  # raised below: this error holds the bytes
    stderr.write("\n")
    stderr.flush()
    if typed is None:
        raise _not_utf8(TERMINAL)
    if not typed:
        raise SourceError("no password was typed", hint=f"give it with {CHOICES}")
    return _checked(_without_newline(typed), TERMINAL)


def _wait_for_a_line(terminal: int) -> None:
    """Wait until a line was typed, which a terminal gives as a whole, or the handler of a signal raises."""
    with signals_told() as told:
        while told in select.select([terminal, told], [], [])[0]:
            os.read(told, 4096)


def _from_bytes(data: RawBytes, place: str) -> Sensitive:
    return _checked(_without_newline(Sensitive(data.decode(errors="surrogateescape"))), place)


def _without_newline(text: Sensitive) -> Sensitive:
    """Take off the one newline that an editor or `echo` leaves at the end (docker's rule)."""
    return Sensitive(text.reveal().removesuffix("\n").removesuffix("\r"))


def _checked(password: Sensitive, place: str) -> Sensitive:
    if not password:
        raise InvalidInput("the password is empty", place=place)
    # Python puts surrogates where bytes of an argument or a stream are no UTF-8 (PEP 383).
    if any("\ud800" <= char <= "\udfff" for char in password.reveal()):
        raise _not_utf8(place)
    if "\0" in password.reveal():
        raise InvalidInput(
            "the password has a NUL character in it", place=place, hint="save it as plain text"
        )
    return password


def _not_utf8(place: str) -> InvalidInput:
    return InvalidInput("the password is not valid UTF-8", place=place, hint="save it as plain UTF-8 text")


@contextlib.contextmanager
def _no_echo(stdin: TextIO) -> Iterator[None]:
    """Keep the terminal from showing what is typed; it shows again however this ends.

    Nothing that was typed before is dropped, as `TCSAFLUSH` would.
    """
    descriptor = stdin.fileno()
    before = termios.tcgetattr(descriptor)
    silent = termios.tcgetattr(descriptor)
    silent[3] &= ~termios.ECHO

    def show() -> None:
        with contextlib.suppress(termios.error):  # a terminal that is gone
            termios.tcsetattr(descriptor, termios.TCSANOW, before)

    def hide() -> None:
        termios.tcsetattr(descriptor, termios.TCSANOW, silent)

    with _before_signals(show, hide):
        try:
            hide()
            yield
        finally:
            show()


@contextlib.contextmanager
def _before_signals(leave: Callable[[], None], enter: Callable[[], None]) -> Iterator[None]:
    """Call `leave` before a signal ends or stops the program as it would, and `enter` if it goes on."""

    def handle(number: int, _: object) -> None:
        leave()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        signal.signal(number, handle)  # only who was stopped comes here
        enter()

    taken = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
    with contextlib.suppress(ValueError):  # no thread but the main one may handle signals
        for number in taken:
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number in taken:
            if signal.getsignal(number) is handle:
                signal.signal(number, signal.SIG_DFL)
