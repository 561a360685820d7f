"""Shell completion: scripts for both names of the program, and kubectl's protocol for its plugins."""

import re

import pytest

from pullsecret.cli.completion import SHELLS, answer, for_kubectl, script


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shell != "kubectl"])
@pytest.mark.parametrize("program", ["pullsecret", "kubectl pull-secret"])
def test_a_script_serves_both_names(shell: str, program: str) -> None:
    text = script(shell, program)
    registering = [line for line in text.splitlines() if "compdef" in line or "complete -" in line]
    assert any("kubectl-pull_secret" in line for line in registering)
    assert any(re.search(r"(?<![\w-])pullsecret(?![\w-])", line) for line in registering)
    called = "kubectl-pull_secret" if program.startswith("kubectl") else "pullsecret"
    assert shell == "bash" or f"_PULLSECRET_COMPLETE={shell}_complete" in text
    assert shell == "bash" or f" {called})" in text


def test_what_kubectl_runs_asks_the_program_by_the_name_it_has() -> None:
    assert script("kubectl").endswith('_PULLSECRET_COMPLETE=kubectl_complete exec pullsecret "$@"\n')
    assert 'exec kubectl-pull_secret "$@"' in script("kubectl", "kubectl pull-secret")
    assert script("kubectl").startswith("#!/bin/sh\n")


@pytest.mark.parametrize(
    ("words", "line", "directive"),
    [
        pytest.param(["cre"], "create\tMake a pull Secret", ":4", id="command"),
        pytest.param(["-n", "x", "attach", "--workl"], "--workload\t", ":4", id="option"),
        pytest.param(["list", "-o", "js"], "json", ":4", id="value"),
        pytest.param(["completion", ""], "kubectl", ":4", id="argument"),
        pytest.param(["check", "-f", ""], "", ":0", id="file"),
        pytest.param(["create", "x", "--registry-ca", "c"], "", ":0", id="file begun"),
        pytest.param([], "doctor\t", ":4", id="nothing"),
    ],
)  # fmt: skip
def test_kubectl_is_answered_as_cobra_answers(words: list[str], line: str, directive: str) -> None:
    *lines, last = for_kubectl(words).splitlines()
    assert last == directive
    assert any(one.startswith(line) for one in lines) if line else lines == []
    assert answer({"_PULLSECRET_COMPLETE": "kubectl_complete"}, words) == for_kubectl(words)


@pytest.mark.parametrize("instruction", ["", "bash_source", "tcsh_complete", "complete"])
def test_what_is_no_question_is_not_answered(instruction: str) -> None:
    assert answer({"_PULLSECRET_COMPLETE": instruction}) is None
