"""explain's words: where the text comes from, what is printed, and what it costs to start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.commandline import CommandLine, Stream

MESSAGE = 'Failed to pull image "reg.test/a:1": rpc error: code = Unknown desc = no basic auth credentials'
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: a, image: "reg.test/a:1"}]
status:
  containerStatuses:
  - name: a
    state: {waiting: {reason: ErrImagePull, message: "no basic auth credentials"}}
"""


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def items(said):
    report = json.loads(said.ok().out)
    assert (report["apiVersion"], report["kind"]) == ("cli.pullsecret.dev/v1alpha1", "ExplanationReport")
    return report["items"]


def test_a_message_for_people(cli):
    said = cli("explain", MESSAGE).ok()
    assert said.lines[0] == "auth-missing: reg.test asks for a login for reg.test/a:1, and none was sent"
    assert "           pullsecret match reg.test/a:1" in said.lines
    assert any(line.startswith("  check: ") for line in said.lines)
    assert said.lines[-1] == (
        "  or else no-pull-secret, secret-host-mismatch, secret-missing, pod-predates-attach"
    )


def test_words_are_joined(cli):
    assert items(cli("explain", "no", "such", "host", "-o", "json"))[0]["cause"] == "dns-failure"


@pytest.mark.parametrize("argv", [["explain", "-"], ["explain"]], ids=["dash", "piped"])
@pytest.mark.parametrize("stdin", [MESSAGE, MESSAGE.encode() + b"\xff", POD, f"---\n{POD}"])
def test_standard_input(cli, argv, stdin):
    [item] = items(cli(*argv, "-o", "json", stdin=stdin))
    assert (item["cause"], item["image"]) == ("auth-missing", "reg.test/a:1")


def test_a_report_has_all_there_is_to_tell(cli):
    [item] = items(cli("explain", "-", "-o", "json", stdin=POD))
    assert item["confidence"] == "certain"
    assert item["pods"] == ["shop/web"]
    assert item["times"] == 1
    assert item["fixes"][0] == {
        "description": "Have all evidence gathered, and the registry asked with each credential",
        "command": "pullsecret doctor pod/web -n shop",
        "argv": ["pullsecret", "doctor", "pod/web", "-n", "shop"],
        "missing": [],
    }
    assert item["links"][0].keys() == {"title", "url"}
    assert "number" not in item


def test_yaml(cli):
    assert (
        cli("explain", MESSAGE, "-o", "yaml").ok().out.startswith("apiVersion: cli.pullsecret.dev/v1alpha1\n")
    )


def test_names_are_codes(cli):
    said = cli(
        "explain", "-", "-o", "name", stdin=f"Error: {MESSAGE}\nError: {MESSAGE}\nFailed to pull image: EOF"
    )
    assert said.ok().lines == ["auth-missing", "network-timeout"]


def test_wide_tells_more(cli):
    said = cli("explain", "-o", "wide", "-", stdin=MESSAGE).ok()
    assert "https://kubernetes.io/docs/" in said.out
    assert f"line 1: {MESSAGE}" in said.out
    assert "`no-pull-secret`" in said.out
    assert "said:  an object" in cli("explain", "-o", "wide", "-", stdin=POD).ok().out


def test_the_pods_are_named(cli):
    assert "  Pods: shop/web" in cli("explain", stdin=POD).ok().lines


def test_several_failures_stand_apart(cli):
    said = cli("explain", stdin="Failed to pull image: EOF\nFailed to pull image: x509: y").ok()
    assert [line.partition(" (")[0] for line in said.out.split("\n\n")] == [
        "network-timeout", "tls-invalid-certificate",
    ]  # fmt: skip


def test_what_is_unknown_is_no_error(cli):
    assert cli("explain", "hello").ok().out.startswith("unknown (possible): These words tell no cause")


def test_no_failure_in_events(cli):
    said = cli("explain", stdin="LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n").ok()
    assert (said.out, said.err) == ("", "No pull of an image fails in these events.\n")


DESCRIBED = """\
Name:         web
Namespace:    shop
Containers:
  a:
    Image:    reg.test/a:1
    State:    Running
Events:       <none>
"""


def test_a_pod_that_runs_is_well(cli):
    said = cli("explain", "-", stdin=DESCRIBED).ok()
    assert (said.out, said.err) == ("", "No pull of an image fails in these events.\n")
    assert items(cli("explain", "-", "-o", "json", stdin=DESCRIBED)) == []


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_events_as_objects(cli, form):
    failed = {
        "apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": "Failed", "message": MESSAGE,
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web"},
    }  # fmt: skip
    probe = {**failed, "reason": "Unhealthy", "message": "Readiness probe failed: connection refused"}
    events = {"apiVersion": "v1", "kind": "List", "items": [failed, failed, probe]}
    text = json.dumps(events) if form == "json" else yaml.safe_dump(events)
    [item] = items(cli("explain", "-", "-o", "json", stdin=text))
    assert (item["cause"], item["times"], item["pods"]) == ("auth-missing", 2, ["shop/web"])


def test_what_is_no_pull_failure_says_where_to_look(cli):
    said = cli("explain", "CrashLoopBackOff").ok()
    assert said.out.startswith("unknown (likely): This is no image pull problem: the image is there")
    assert "           kubectl logs POD -n NAMESPACE --previous" in said.lines


@pytest.mark.parametrize("argv", [["explain", ""], ["explain", "-"], ["explain"]])
def test_nothing_is_refused(cli, argv):
    said = cli(*argv, stdin=" \n")
    assert said.code == 2
    assert "there is nothing to explain" in said.error


def test_nothing_at_a_terminal_says_how(cli, monkeypatch):
    monkeypatch.setattr(Stream, "isatty", lambda _: True, raising=False)
    said = cli("explain", name="kubectl-pull_secret")
    assert said.code == 2
    assert "kubectl describe pod POD | kubectl pull-secret explain -" in said.err


def test_too_much_is_refused(cli):
    said = cli("explain", stdin="x" * (5 << 20))
    assert said.code == 2
    assert "larger than 4 MiB" in said.error


def test_broken_yaml_is_refused_with_its_place(cli):
    said = cli("explain", stdin="apiVersion: v1\nkind: [\n")
    assert said.code == 2
    assert "line 3" in said.error


def test_it_starts_fast():
    code = (
        "import sys; from pullsecret.cli.running import run\n"
        "run(['pullsecret', 'explain', 'no such host'], {}, sys.stdin, sys.stdout, sys.stderr)\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(ran.stdout.splitlines()[-1].split())
    assert not loaded & {"aiohttp", "asyncio", "yaml", "rich", "ssl", "socket", "urllib.request"}
