"""From argv to an exit code; the one place where errors are shown."""

import os
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from typing import TextIO

import click

from pullsecret.cli.invocation import Invocation
from pullsecret.cli.main import program_name
from pullsecret.cli.parser import root
from pullsecret.cli.words import SAY
from pullsecret.core.errors import PullSecretError
from pullsecret.core.plaintext import printable


def run(
    argv: Sequence[str], environment: Mapping[str, str], stdin: TextIO, stdout: TextIO, stderr: TextIO
) -> int:
    """Parse, run, and turn every error into one line and an exit code.

    Args:
        argv: the program's name and its arguments.
        environment: the environment variables.
        stdin: where passwords and files given as ``-`` are read from.
        stdout: where results go.
        stderr: where warnings, progress and errors go.

    Returns:
        0 done or well, 1 a finding, 2 wrong usage or input, 3 cluster or registry not to be had,
        130 interrupted.
    """
    try:
        code = _dispatch(argv, environment, stdin, stdout, stderr)
        stdout.flush()  # here, where a pipe that nobody reads any more is no traceback
    except SystemExit:  # click's way out of help that nobody reads
        return tell(BrokenPipeError(), argv, stdout, stderr)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  a fault of ours is one line too
        return tell(error, argv, stdout, stderr)
    return code


def tell(error: BaseException, argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """Say what went wrong in one line, with a traceback before it at ``-vv``; give the exit code."""
    _settle(stdout)
    if isinstance(error, BrokenPipeError):  # `| head` has enough; a shell says 141 of what SIGPIPE ends
        return 141
    if isinstance(error, KeyboardInterrupt | click.Abort):
        print(SAY["interrupted"], file=stderr)
        return 130
    if _verbosity(argv) >= 2:
        import traceback

        print(printable("".join(traceback.format_exception(error)), multiline=True), end="", file=stderr)
    code, message = _told(error)
    print("error: " + printable(" ".join(message.split())), file=stderr)
    return code


def _told(error: BaseException) -> tuple[int, str]:
    if isinstance(error, PullSecretError):
        return error.exit_code, f"{error.message}; {error.hint}" if error.hint else error.message
    if isinstance(error, click.ClickException):
        text = error.format_message().rstrip(".")
        return 2, text[:1].lower() + text[1:]
    if isinstance(error, OSError):  # a full disk under our output, a port that is taken
        reason = error.strerror or str(error)
        return 2, f"{error.filename}: {reason}" if error.filename else reason
    return 70, f"this is a fault of pullsecret's own ({type(error).__name__}); -vv shows where"


def _verbosity(argv: Sequence[str]) -> int:
    return sum(arg.count("v") for arg in argv if arg.startswith("-v") and set(arg) <= set("-v"))


def _dispatch(
    argv: Sequence[str], environment: Mapping[str, str], stdin: TextIO, stdout: TextIO, stderr: TextIO
) -> int:
    name = program_name(argv[0])
    if environment.get("_PULLSECRET_COMPLETE"):
        from pullsecret.cli.completion import answer

        completions = answer(environment, argv[1:])
        if completions is not None:
            stdout.write(completions)
            return 0
    words = _usual(argv[1:])
    with redirect_stdout(stdout):  # click prints help to sys.stdout
        parsed = root().main(words, prog_name=name, standalone_mode=False)
    if not isinstance(parsed, Invocation):  # --help and --version give their exit code
        return int(parsed or 0)
    from pullsecret.cli.session import Session

    session = Session(parsed.globals, environment, stdin, stdout, stderr, program=name)
    return parsed.operation.run(session)


def _usual(words: Sequence[str]) -> list[str]:
    """Take what people try first for what it means: `help`, `help COMMAND`, `version`."""
    match list(words):
        case [] | ["help"]:
            return ["--help"]
        case ["help", command]:
            return [command, "--help"]
        case ["version"]:
            return ["--version"]
    return list(words)


def _settle(stdout: TextIO) -> None:
    """Write out what is left; where nothing can be written, the interpreter's last flush goes nowhere."""
    try:
        stdout.flush()
    except OSError:
        with suppress(OSError, ValueError):  # no file behind it
            os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
