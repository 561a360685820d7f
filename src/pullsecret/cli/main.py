"""From argv to an exit code; the one place where errors are shown."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from typing import TextIO

import click

from pullsecret.cli.invocation import Invocation
from pullsecret.cli.parser import root
from pullsecret.cli.words import SAY
from pullsecret.core.errors import PullSecretError

PLUGIN = "kubectl-pull_secret"


def main() -> None:
    """Run as a program: `pullsecret`, or `kubectl pull-secret` by its second name."""
    code = run(sys.argv, os.environ, sys.stdin, sys.stdout, sys.stderr)
    sys.exit(code)


def program_name(argv0: str) -> str:
    """Tell how the program was called: help and examples name it so."""
    name = argv0.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".exe")
    return "kubectl pull-secret" if name == PLUGIN else "pullsecret"


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
    verbose = sum(arg.count("v") for arg in argv if arg.startswith("-v") and set(arg) <= set("-v"))
    try:
        return _dispatch(argv, environment, stdin, stdout, stderr)
    except BrokenPipeError:
        _abandon(stdout)
        return 0
    except (KeyboardInterrupt, click.Abort):
        print(SAY["interrupted"], file=stderr)
        return 130
    except click.ClickException as error:
        _complain(stderr, _usage(error), verbose)
        return 2
    except PullSecretError as error:
        _complain(stderr, f"{error.message}; {error.hint}" if error.hint else str(error), verbose)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  a fault of ours: one line all the same, the rest with -vv
        _complain(
            stderr, f"this is a fault of pullsecret's own ({type(error).__name__}); -vv shows where", verbose
        )
        return 70


def _dispatch(
    argv: Sequence[str], environment: Mapping[str, str], stdin: TextIO, stdout: TextIO, stderr: TextIO
) -> int:
    name = program_name(argv[0])
    if environment.get("_PULLSECRET_COMPLETE"):
        from pullsecret.cli.completion import answer

        completions = answer(environment)
        if completions is not None:
            stdout.write(completions)
            return 0
    with redirect_stdout(stdout):  # click prints help to sys.stdout
        parsed = root().main(list(argv[1:]), prog_name=name, standalone_mode=False)
    if not isinstance(parsed, Invocation):  # --help and --version give their exit code
        return int(parsed or 0)
    from pullsecret.cli.session import Session

    session = Session(parsed.globals, environment, stdin, stdout, stderr, program=name)
    code = parsed.operation.run(session)
    stdout.flush()
    return code


def _usage(error: click.ClickException) -> str:
    text = error.format_message().rstrip(".")
    return text[:1].lower() + text[1:]


def _complain(stderr: TextIO, message: str, verbose: int) -> None:
    if verbose >= 2:
        import traceback

        traceback.print_exc(file=stderr)
    print("error: " + " ".join(message.split()), file=stderr)


def _abandon(stdout: TextIO) -> None:
    """Nobody reads any more (`| head`): let the interpreter's last flush go nowhere, in silence."""
    with suppress(OSError, ValueError):  # no file behind it
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
