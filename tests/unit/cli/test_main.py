"""From argv to an exit code: one line for every error, a traceback only on demand, no secret anywhere."""

import io
import subprocess
import sys

import pytest

from pullsecret.cli import running
from pullsecret.cli.words import SECTIONS, SUMMARIES
from pullsecret.core.errors import ClusterUnreachable, Finding, UsageError


def run(*argv, stdin="", environment=None, name="pullsecret"):
    out, err = io.StringIO(), io.StringIO()
    code = running.run([name, *argv], environment or {"HOME": "/nonexistent"}, io.StringIO(stdin), out, err)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        pytest.param(["crate"], ["'crate'", "'create'"], id="misspelt-command"),
        pytest.param(["xyzzy"], ["'xyzzy'", "--help"], id="unknown-command"),
        pytest.param(["create", "x", "--regisry", "h"], ["--regisry", "--registry"], id="misspelt-option"),
        pytest.param(["create"], ["NAME"], id="argument-missing"),
        pytest.param(["list", "-o", "yml"], ["yml", "yaml"], id="unknown-format"),
        pytest.param(["show", "--file", "/nonexistent/x"], ["/nonexistent/x"], id="missing-file"),
        pytest.param(["show", "--file", "/"], ["/"], id="a-folder"),
        pytest.param(["list", "--kubeconfig", "/nonexistent/k"], ["/nonexistent/k"], id="missing-kubeconfig"),
        pytest.param(["list", "--request-timeout", "soon"], ["soon"], id="bad-duration"),
        pytest.param(["match", "UPPER/case", "--file", "-"], ["UPPER/case"], id="bad-image"),
        pytest.param(["list"], ["kubeconfig"], id="no-cluster-at-all"),
    ],
)
def test_bad_words_are_one_line_and_exit_2(argv, words):
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert all(word in err for word in words), err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(UsageError("no", hint="do this"), 2, id="usage"),
        pytest.param(Finding("no", hint="do this"), 1, id="finding"),
        pytest.param(ClusterUnreachable("no", hint="do this"), 3, id="cluster"),
        pytest.param(ZeroDivisionError("s3cret-word"), 70, id="a-fault-of-ours"),
        pytest.param(KeyboardInterrupt(), 130, id="ctrl-c"),
        pytest.param(BrokenPipeError(), 141, id="nobody-reads"),
    ],
)
@pytest.mark.parametrize("verbose", [[], ["-vv"]], ids=["quiet", "verbose"])
def test_errors_become_exit_codes(monkeypatch, error, code, verbose):
    def fail(*_args):
        raise error

    monkeypatch.setattr(running, "_dispatch", fail)
    got, _, err = run("list", *verbose)
    assert got == code
    if code in (1, 2, 3):
        assert err.endswith("error: no; do this\n")
        assert ("Traceback" in err) == bool(verbose)
    if code == 70 and not verbose:
        assert "s3cret-word" not in err


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["help"], "Usage: pullsecret "),
        (["help", "show"], "Usage: pullsecret show"),
        (["version"], "pullsecret "),
    ],
    ids=["help", "help-of-a-command", "version"],
)
def test_what_people_try_first_is_understood(argv, shown):
    code, out, _ = run(*argv)
    assert code == 0
    assert out.startswith(shown)


def test_version():
    assert run("--version")[1].startswith("pullsecret ")


@pytest.mark.parametrize(
    ("name", "called"),
    [
        pytest.param("/usr/bin/pullsecret", "pullsecret", id="itself"),
        pytest.param("/home/u/.krew/bin/kubectl-pull_secret", "kubectl pull-secret", id="plugin"),
        pytest.param("C:\\bin\\kubectl-pull_secret.exe", "kubectl pull-secret", id="plugin-on-windows"),
    ],
)
def test_help_names_itself_as_it_was_called(name, called):
    code, out, _ = run("create", "--help", name=name)
    assert code == 0
    assert f"Usage: {called} create" in out
    assert f"  {called} create harbor" in out


@pytest.mark.parametrize("command", SUMMARIES)
def test_every_command_has_help_with_examples(command):
    code, out, err = run(command, "--help")
    assert (code, err) == (0, "")
    assert "Examples:" in out


def test_the_help_lists_every_command_once():
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(SUMMARIES)


@pytest.mark.parametrize("argv", [["--help"], ["create", "--help"], ["--version"]], ids=" ".join)
def test_help_imports_nothing_heavy(argv):
    code = (
        "import sys, io; from pullsecret.cli import running;"
        f"running.run(['pullsecret', *{argv!r}], {{}}, io.StringIO(), io.StringIO(), io.StringIO());"
        "print(*sorted({'aiohttp', 'rich', 'yaml', 'asyncio', 'ssl', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == ""


def test_a_password_on_the_command_line_is_warned_about():
    _, out, err = run("create", "x", "-u", "u", "-p", "s3cret-word", "--dry-run=client", "-o", "json")
    assert "process list" in err
    assert "s3cret-word" not in out + err


def test_client_dry_run_needs_no_cluster_and_no_home():
    code, out, _ = run(
        "create", "x", "-u", "u", "--password-stdin", "--dry-run=client", stdin="s3cret-word\n"
    )
    assert (code, out) == (0, "secret/x created (client dry run)\n")
