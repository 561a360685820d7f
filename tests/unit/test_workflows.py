"""The workflow names only what is there: it cannot be run here, so that nothing else would tell."""

import os
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCRIPTS = ("tests/e2e/registries", "tests/e2e/kind")
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/e2e.yaml").read_text())
JOB = WORKFLOW["jobs"]["kind"]
LINES = "\n".join(step["run"] for step in JOB["steps"] if "run" in step)
MAKEFILE = (ROOT / "Makefile").read_text()
TESTS = [
    path for folder in ("e2e", "contract", "support") for path in (ROOT / "tests" / folder).rglob("*.py")
]


def test_every_kubernetes_that_is_promised_is_tried():
    assert JOB["strategy"]["matrix"]["kubernetes"] == [f"1.{minor}" for minor in range(28, 36)]
    assert JOB["strategy"]["fail-fast"] is False


@pytest.mark.parametrize("step", JOB["steps"], ids=lambda step: step.get("name") or step["uses"])
def test_a_step_does_one_thing(step):
    assert ("run" in step) != ("uses" in step)
    assert set(step) <= {"name", "run", "uses", "with", "if"}


@pytest.mark.parametrize("target", sorted({word for line in re.findall(r"\bmake (.+)", LINES)
                                           for word in line.split()}))  # fmt: skip
def test_a_make_target_that_is_named_is_there(target):
    rules = MAKEFILE.replace("$(READY)", "$(VENV)/.ready").replace("$(VENV)", ".venv")
    assert re.search(rf"^{re.escape(target)}:", rules, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\b(?:tests|tools|deploy)/[\w./-]+", LINES))))
def test_a_path_that_is_named_is_there_and_can_be_run(path):
    assert os.access(ROOT / path, os.X_OK)


def test_both_scripts_are_used():
    assert all(script in LINES for script in SCRIPTS)


def given():
    """Name the variables that the tests find: what the scripts print, and what is set beside."""
    printed = {
        name
        for script in SCRIPTS
        for name in re.findall(
            r'^(?:echo ")?([A-Z0-9_]+)=[^$\n]*\$', (ROOT / script).read_text(), re.MULTILINE
        )
    }
    return printed | set(re.findall(r"\b(E2E_\w+)=", LINES))


@pytest.mark.parametrize("variable", sorted({
    name for path in TESTS for name in re.findall(r'"(E2E_\w+|KUBECONFIG)"', path.read_text())
}))  # fmt: skip
def test_a_variable_that_tests_read_is_given(variable):
    assert variable in given()


def test_nothing_that_is_skipped_passes():
    assert "E2E_REQUIRED=1" in LINES
    assert "E2E_REQUIRED=$${E2E_REQUIRED-1}" in MAKEFILE
