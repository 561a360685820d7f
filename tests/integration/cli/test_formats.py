"""Every command in every format: JSON and YAML parse and carry their kind, names are names, no colour."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from support.cliworlds import PASSWORD, World, login
from support.commandline import CommandLine, Said

Run = Callable[..., Said]

COMMANDS = [
    pytest.param(["create", "made", "LOGIN"], "ChangeReport", ["secret/made"], id="create"),
    pytest.param(["add", "harbor", "OTHER"], "ChangeReport", ["secret/harbor"], id="add"),
    pytest.param(["remove", "harbor", "h.io"], "ChangeReport", ["secret/harbor"], id="remove"),
    pytest.param(["copy", "harbor", "--to", "TARGET"], "ChangeReport", ["secret/harbor"], id="copy"),
    pytest.param(["sync", "SPREAD"], "SyncReport", None, id="sync"),
    pytest.param(["sync", "SPREAD", "--dry-run"], "SyncPlan", None, id="sync-plan"),
    pytest.param(["attach", "harbor"], "ChangeReport", ["serviceaccount/default"], id="attach"),
    pytest.param(["detach", "harbor"], "ChangeReport", ["serviceaccount/default"], id="detach"),
    pytest.param(["delete", "harbor"], "ChangeReport", ["secret/harbor"], id="delete"),
    pytest.param(["show", "harbor"], "PullSecretReport", ["secret/harbor"], id="show"),
    pytest.param(["show", "--file", "CONFIG"], "PullSecretReport", ["CONFIG"], id="show-file"),
    pytest.param(["list"], "PullSecretReportList", ["secret/harbor"], id="list"),
    pytest.param(["match", "IMAGE", "--secret", "harbor"], "MatchReport", ["NAMESPACE/harbor"], id="match"),
    pytest.param(["verify", "IMAGE", "--secret", "harbor"], "VerifyReport", ["IMAGE"], id="verify"),
    pytest.param(["verify", "LOGIN"], "VerifyReport", ["HOST"], id="verify-login"),
    pytest.param(["login", "HOST", "-u", "USER", "--password-stdin"], "LoginReport", None, id="login"),
    pytest.param(["logout", "HOST"], "LogoutReport", None, id="logout"),
]


@pytest.fixture
def run(cli: CommandLine, world: World, namespace: str) -> Run:
    """Run a command with its capital words filled in; `harbor` holds a login for two registries."""
    cli("create", "harbor", "-n", namespace, *login(world.basic), stdin=PASSWORD).ok()
    other = ["--registry", "h.io", "-u", "me", "--password-stdin", "--no-verify"]
    cli("add", "harbor", "-n", namespace, *other, stdin="token").ok()
    cli(
        "login", world.basic.host, *login(world.basic)[2:], "--docker-config", str(cli.home), stdin=PASSWORD
    ).ok()
    words: dict[str, list[str]] = {
        "LOGIN": login(world.basic), "OTHER": [*other[:1], "new.io", *other[2:]],
        "TARGET": [world.namespace()],
        "CONFIG": [str(cli.home / "config.json")], "IMAGE": [world.image], "HOST": [world.basic.host],
        "USER": [login(world.basic)[3]],
    }  # fmt: skip
    target = words["TARGET"][0]
    words["SPREAD"] = ["--from", f"{namespace}/harbor", "--namespaces", target, "--verify", world.image]

    def filled(argv: list[str], *more: str) -> Said:
        typed = [part for word in argv for part in words.get(word, [word])]
        globals_ = [] if argv[0] in ("login", "logout", "sync") else ["-n", namespace]
        return cli(*typed, *globals_, *more, stdin=PASSWORD)

    return filled


@pytest.mark.parametrize(("argv", "kind", "names"), COMMANDS)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_reports_parse_and_carry_their_kind(run: Run, argv: Any, kind: str, names: Any, form: str) -> None:
    said = run(argv, "-o", form).ok()
    report = json.loads(said.out) if form == "json" else yaml.safe_load(said.out)
    assert report["apiVersion"] == "cli.pullsecret.dev/v1alpha1"
    assert report["kind"] == kind
    assert PASSWORD not in said.all
    assert "\\u" not in json.dumps(report, ensure_ascii=False), "nothing in it is an escape of ours"


@pytest.mark.parametrize(("argv", "kind", "names"), COMMANDS)
def test_json_and_yaml_say_the_same(run: Run, argv: Any, kind: str, names: Any) -> None:
    if argv[0] in ("show", "list", "match", "verify"):  # what changes nothing
        assert json.loads(run(argv, "-o", "json").out) == yaml.safe_load(run(argv, "-o", "yaml").out)


@pytest.mark.parametrize(("argv", "kind", "names"), [c for c in COMMANDS if c.values[2] is not None])
def test_names(
    run: Run, cli: CommandLine, world: World, namespace: str, argv: Any, kind: str, names: list[str]
) -> None:
    words = {
        "CONFIG": str(cli.home / "config.json"), "IMAGE": world.image, "HOST": world.basic.host,
        "NAMESPACE": namespace,
    }  # fmt: skip
    for word, text in words.items():
        names = [name.replace(word, text) for name in names]
    assert run(argv, "-o", "name").ok().lines == names


def test_wide_shows_more(run: Run) -> None:
    narrow, wide = run(["list"]).ok().lines, run(["list"], "-o", "wide").ok().lines
    assert wide[0].split()[: len(narrow[0].split())] == narrow[0].split()
    assert wide[0].split()[-3:] == ["TYPE", "USERNAMES", "PODS"]


def test_revealed_reports_hold_the_password(run: Run) -> None:
    report = json.loads(run(["show", "harbor"], "-o", "json", "--reveal").ok().out)
    assert [entry["password"] for entry in report["registries"]] == [PASSWORD, "token"]


def test_failures_are_in_the_report_and_on_standard_error(run: Run) -> None:
    said = run(["copy", "harbor", "--to", "nope"], "-o", "json")
    assert said.code == 2
    (change,) = json.loads(said.out)["changes"]
    assert (change["namespace"], change["action"]) == ("nope", "failed")
    assert "no namespace 'nope'" in said.error
    assert run(["copy", "harbor", "--to", "nope"], "-o", "name").out == "", "it is no name of what was made"


@pytest.mark.parametrize("form", ["table", "json", "yaml", "wide", "name"])
def test_an_error_leaves_standard_output_empty(run: Run, form: str) -> None:
    said = run(["show", "nothing"], "-o", form)
    assert (said.code, said.out) == (2, "")
    assert said.error.startswith("error: there is no Secret 'nothing'")


def test_the_last_of_several_formats_counts(run: Run) -> None:
    assert json.loads(run(["list"], "-o", "yaml", "-o", "json").ok().out)
