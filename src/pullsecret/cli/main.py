"""The program's entry point. It imports little: what a command needs is imported by it."""

import io
import sys

PLUGIN = "kubectl-pull_secret"


def main() -> None:
    """Run as a program: `pullsecret`, or `kubectl pull-secret` by its second name."""
    from pullsecret.cli import quick

    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of another encoding is no reason to fail
        sys.stdout.reconfigure(errors="backslashreplace")
    code = quick.run(sys.argv, sys.stdin, sys.stdout, sys.stderr)
    if code is None:
        import os

        from pullsecret.cli.running import run

        code = run(sys.argv, os.environ, sys.stdin, sys.stdout, sys.stderr)
    sys.exit(code)


def program_name(argv0: str) -> str:
    """Tell how the program was called: help and examples name it so."""
    name = argv0.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".exe")
    return "kubectl pull-secret" if name == PLUGIN else "pullsecret"
