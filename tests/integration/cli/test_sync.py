"""`sync` end to end: copies in many namespaces, told as they are, and nothing where something is wrong."""

import asyncio
import base64
import json
import re
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, uid_of
from support.apiservers import write_kubeconfig
from support.beside import Beside
from support.cliworlds import PASSWORD, ROBOT, World
from support.httpserver import json_reply, serving
from support.programs import SECONDS, Start, Terminal
from support.syncfans import Fan, policy_of

WRONG = "no-such-w0rd"


def test_copies_everywhere_once_and_then_nothing(fan: Fan, world: World) -> None:
    said = fan().ok()
    assert said.out == "secret/harbor is in 3 of 3 namespaces: 3 created, 3 ServiceAccounts attached\n"
    assert said.err == "", "no bar where nobody looks"
    assert [fan.password(target) for target in fan.targets] == [PASSWORD] * 3
    assert [world.accounts_with("harbor", target) for target in fan.targets] == [["default"]] * 3
    before = world.state()
    assert fan().ok().out == "secret/harbor is in 3 of 3 namespaces: nothing to do\n"
    assert world.state() == before


def test_a_dry_run_prints_the_plan_and_writes_nothing(fan: Fan, world: World) -> None:
    before = world.state()
    said = fan("--dry-run").ok()
    first = fan.targets[0]
    assert said.lines[:2] == [
        f"{first}: create secret/harbor",
        f"{first}: attach harbor to serviceaccount/default",
    ]
    assert said.lines[-1].endswith("3 created, 3 ServiceAccounts attached (dry run)")
    assert world.state() == before


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(("more", "kind"), [((), "SyncReport"), (("--dry-run",), "SyncPlan")])
def test_reports(fan: Fan, form: str, more: Any, kind: str) -> None:
    fan.world.make(SECRET, {"metadata": {"name": "harbor"}}, fan.targets[2])
    said = fan(*more, "-o", form)
    report = json.loads(said.out) if form == "json" else yaml.safe_load(said.out)
    assert (said.code, report["apiVersion"], report["kind"]) == (1, "cli.pullsecret.dev/v1alpha1", kind)
    assert report["namespaces"] == {"total": 3, "synced": 2, "removed": 0, "skipped": 0, "failed": 1}
    assert report["items"][0] == {
        "namespace": fan.targets[0],
        "state": "Synced",
        "steps": [
            {"action": "created", "resource": "secret/harbor", "text": "create secret/harbor"},
            {
                "action": "attached",
                "resource": "serviceaccount/default",
                "text": "attach harbor to serviceaccount/default",
            },
        ],
    }
    (failure,) = report["failures"]
    assert (failure["namespace"], failure["reason"]) == (fan.targets[2], "SecretConflict")
    assert f"error: namespace {fan.targets[2]}: SecretConflict: " in said.err


def test_names_and_wide(fan: Fan) -> None:
    assert fan("-o", "name").ok().lines == [f"namespace/{target}" for target in fan.targets]
    assert fan("-o", "name").ok().lines == []
    wide = fan("-o", "wide").ok().lines
    assert wide[0].split() == ["NAMESPACE", "STATE", "CHANGES"]
    assert wide[1].split() == [fan.targets[0], "Synced", "-"]


def test_a_changed_source_reaches_every_copy_in_place(fan: Fan, world: World) -> None:
    fan().ok()
    uids = [uid_of(world.get(SECRET, "harbor", target) or {}) for target in fan.targets]
    fan.make("new", "--replace")
    assert fan().ok().out.endswith(": 3 updated\n")
    assert [fan.password(target) for target in fan.targets] == ["new"] * 3
    assert [uid_of(world.get(SECRET, "harbor", target) or {}) for target in fan.targets] == uids


def test_a_source_that_was_made_anew_goes_on_working(fan: Fan) -> None:
    fan().ok()
    fan.cli("delete", "harbor", "-n", fan.source).ok()
    fan.make("new")
    assert fan().ok().out.endswith(": 3 updated\n")


def test_a_secret_of_the_old_type(fan: Fan, world: World) -> None:
    config = {world.basic.host: {"auth": base64.b64encode(f"{ROBOT.name}:{PASSWORD}".encode()).decode()}}
    data = {".dockercfg": base64.b64encode(json.dumps(config).encode()).decode()}
    world.make(
        SECRET, {"metadata": {"name": "old"}, "type": "kubernetes.io/dockercfg", "data": data}, fan.source
    )
    fan.cli("sync", "--from", f"{fan.source}/old", "--name", "harbor", "--namespaces", fan.targets[0]).ok()
    assert fan.password(fan.targets[0]) == PASSWORD
    assert (world.secret("harbor", fan.targets[0]) or Any).type == "kubernetes.io/dockerconfigjson"


def test_the_sources_own_namespace_is_left_out(fan: Fan, world: World) -> None:
    before = world.get(SECRET, "harbor", fan.source)
    said = fan.cli("sync", "--from", f"{fan.source}/harbor", "--namespaces", f"{fan.source},{fan.targets[0]}")
    assert "is in 1 of 1 namespaces" in said.ok().out
    assert world.get(SECRET, "harbor", fan.source) == before
    alone = fan.cli("sync", "--from", f"{fan.source}/harbor", "--namespaces", fan.source)
    assert alone.ok().out == "No namespace is meant by this.\n"


def test_patterns_exclusions_and_labels(fan: Fan, world: World) -> None:
    a, b, c = fan.targets
    for name, labels in ((a, {"team": "x"}), (b, {"team": "x", "tier": "test"})):
        obj = world.get(NAMESPACE, name, "") or {}
        obj["metadata"]["labels"] = labels
        world.beside.sandbox.store.update(NAMESPACE, obj)
    source = ["--from", f"{fan.source}/harbor"]
    fan.cli("sync", *source, "-A", "-l", "team=x,tier!=test").ok()
    assert fan.copies() == [a]
    fan.cli("sync", *source, "--namespaces", f"{fan.prefix}-*", "--exclude", c, "--exclude", "x,y").ok()
    assert fan.copies() == [a, b]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--namespaces", "typo-*"], "no namespace fits 'typo-*'", id="pattern"),
        pytest.param(["--namespaces", "typo-*,x?"], "no namespace fits 'typo-*', 'x?'", id="patterns"),
        pytest.param(["-A", "-l", "team=nobody"], "no namespace matches the labels", id="labels"),
        pytest.param(["--namespaces", "fan-*", "-l", "a=b"], "no namespace matches the labels", id="both"),
    ],
)
def test_what_fits_no_namespace_is_an_error(fan: Fan, words: list[str], message: str) -> None:
    for more in ([], ["--dry-run"], ["--prune"]):
        said = fan.cli("sync", "--from", f"{fan.source}/harbor", *words, *more)
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
        assert message in said.error
        assert "kubectl get namespaces" in said.error


def test_of_several_patterns_the_one_that_fits_nothing_is_told(fan: Fan) -> None:
    said = fan.cli("sync", "--from", f"{fan.source}/harbor", "--namespaces", f"{fan.prefix}-*,typo-*")
    assert said.code == 1
    assert fan.copies() == fan.targets
    assert said.err == "error: namespace typo-*: NotFound: no namespace fits this pattern\n"


def test_all_namespaces_may_be_none(fan: Fan) -> None:
    said = fan.cli("sync", "--from", f"{fan.source}/harbor", "-A", "--exclude", "*").ok()
    assert said.all == "No namespace is meant by this.\n"


def test_which_service_accounts(fan: Fan, world: World) -> None:
    first, second, third = fan.targets
    world.make(SERVICE_ACCOUNT, {"metadata": {"name": "builder"}}, first)
    said = fan("--serviceaccount", "builder").ok()
    assert world.accounts_with("harbor", first) == ["builder"]
    assert said.err == f"warning: there is no ServiceAccount 'builder' in {second}, {third}\n"
    fan("--all-serviceaccounts").ok()
    assert world.accounts_with("harbor", first) == ["builder", "default"]
    assert "4 ServiceAccounts detached" in fan("--no-attach").ok().out
    assert [world.accounts_with("harbor", target) for target in fan.targets] == [[], [], []]


def test_prune_and_only_prune_deletes(fan: Fan, world: World) -> None:
    fan().ok()
    narrowed = ["sync", "--from", f"{fan.source}/harbor", "--namespaces", fan.targets[0]]
    fan.cli(*narrowed).ok()
    assert fan.copies() == fan.targets
    planned = fan.cli(*narrowed, "--prune", "--dry-run").ok()
    assert f"{fan.targets[1]}: delete secret/harbor" in planned.lines
    done = fan.cli(*narrowed, "--prune").ok().out
    assert done == "secret/harbor is in 1 of 1 namespaces: 2 deleted, 2 ServiceAccounts detached\n"
    assert fan.copies() == fan.targets[:1]


def test_what_fails_comes_last_with_its_reason_and_what_to_do(fan: Fan, world: World) -> None:
    foreign, gone, good = fan.targets
    world.make(SECRET, {"metadata": {"name": "harbor"}}, foreign)
    before = world.get(SECRET, "harbor", foreign)
    said = fan.cli("sync", *fan.to[:2], "--namespaces", f"{foreign},{good},nowhere-at-all")
    assert said.code == 1
    assert said.out == (
        "secret/harbor is in 1 of 3 namespaces: 1 created, 1 ServiceAccounts attached, 2 failed\n"
    )
    assert re.search(rf"error: namespace {foreign}: SecretConflict: .*pullsecret.dev/adopt: harbor", said.err)
    assert "error: namespace nowhere-at-all: NotFound: there is no such namespace; kubectl create" in said.err
    assert world.get(SECRET, "harbor", foreign) == before
    assert gone not in said.all


def test_who_opted_out_is_told(fan: Fan, world: World) -> None:
    obj = world.get(NAMESPACE, fan.targets[0], "") or {}
    obj["metadata"]["annotations"] = {"pullsecret.dev/exclude": "true"}
    world.beside.sandbox.store.update(NAMESPACE, obj)
    said = fan().ok()
    assert said.lines[0] == (
        f"{fan.targets[0]}: the namespace opted out by its annotation pullsecret.dev/exclude"
    )
    assert said.lines[1].endswith("2 created, 2 ServiceAccounts attached, 1 opted out")


def test_a_proof_comes_before_anything_is_written(fan: Fan, world: World) -> None:
    assert fan("--verify", world.image).ok()
    before = world.state(fan.targets[0])
    fan.make(WRONG, "--replace")
    said = fan("--verify", world.image)
    assert (said.code, said.out) == (1, "")
    assert world.basic.host in said.error
    assert world.state(fan.targets[0]) == before
    assert WRONG not in said.all


def test_a_registry_that_cannot_be_asked_is_a_warning_unless_the_policy_denies_it(
    fan: Fan, tmp_path: Path
) -> None:
    image = "127.0.0.1:1/x"
    words = ["create", "harbor", "-n", fan.source, "--registry", "127.0.0.1:1", "-u", "u", "--password-stdin"]
    fan.cli(*words, "--no-verify", "--replace", stdin="p").ok()
    said = fan("--verify", image, "--dry-run").ok()
    assert said.err.startswith(f"warning: the pull of {image}")
    policy = policy_of(fan, verify={"onUnreachable": "Deny"})
    (tmp_path / "p.yaml").write_text(json.dumps(policy))
    denied = fan.cli("sync", "-f", str(tmp_path / "p.yaml"))
    assert (denied.code, fan.copies()) == (3, [])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param([], "give --from NAMESPACE/NAME or -f FILE", id="nothing"),
        pytest.param(["--from", "a/b", "-f", "x"], "one of them", id="both"),
        pytest.param(["--from", "a/b"], "no namespace was named", id="no-target"),
        pytest.param(["--from", "a/b", "-l", ""], "no namespace was named", id="empty-selector"),
        pytest.param(["--from", "b", "-A"], "names no Secret", id="no-namespace"),
        pytest.param(["--from", "a/B", "-A"], "is no name for a Secret", id="capital"),
        pytest.param(["--from", "a/b", "-A", "--name", "x/y"], "is no name for a Secret", id="name"),
        pytest.param(["--from", "a/b", "--namespaces", "W"], "is no namespace", id="namespace"),
        pytest.param(["--from", "a/b", "-A", "--exclude", "[^a]"], "is no namespace", id="pattern"),
        pytest.param(["--from", "a/b", "-A", "-l", "a=b=c"], "no requirement of labels", id="selector"),
        pytest.param(["--from", "a/b", "-A", "--namespaces", "x"], "do not go together", id="all-and-some"),
        pytest.param(["--from", "a/b", "-n", "x"], "--namespace chooses none", id="namespace-option"),
        pytest.param(["--from", "a/b", "-A", "--serviceaccount", "a b"], "no name of a Serv", id="account"),
        pytest.param(
            ["--from", "a/b", "-A", "--no-attach", "--all-serviceaccounts"], "only one of them", id="attach"
        ),
        pytest.param(["-f", "x", "--namespaces", "y"], "with -f the policy says it all", id="file-and-more"),
        pytest.param(["-f", "/no/such/file"], "/no/such/file", id="no-file"),
        pytest.param(["--from", "a/b", "-A", "--plain-http"], "go with --verify", id="registry-options"),
        pytest.param(["--from", "a/b", "-A", "--verify", "UP"], "UP", id="image"),
        pytest.param(["--from", "default/nothing", "-A"], "there is no Secret default/nothing", id="missing"),
    ],
)
def test_refuses(fan: Fan, world: World, words: list[str], message: str) -> None:
    before = world.state()
    said = fan.cli("sync", *words)
    assert said.code == 2
    assert message in said.error
    assert said.out == ""
    assert world.state() == before


def test_a_source_that_holds_nothing_gives_nothing(fan: Fan, world: World) -> None:
    fan().ok()
    world.make(SECRET, {"metadata": {"name": "plain"}, "type": "Opaque"}, fan.source)
    said = fan.cli(
        "sync", "--from", f"{fan.source}/plain", "--name", "harbor", "--namespaces", fan.targets[0]
    )
    assert said.code == 2
    assert "is of type Opaque" in said.error
    assert fan.password(fan.targets[0]) == PASSWORD


def test_a_source_that_lost_a_login_to_a_store_leaves_the_copies(fan: Fan, world: World) -> None:
    """`docker login` with a credential store on one registry of two."""
    fan().ok()
    source = world.get(SECRET, "harbor", fan.source) or {}
    config = json.loads(base64.b64decode(source["data"][".dockerconfigjson"]))
    config["auths"]["ghcr.io"] = {}
    source["data"] = {".dockerconfigjson": base64.b64encode(json.dumps(config).encode()).decode()}
    world.beside.sandbox.store.update(SECRET, source)
    before = world.state(fan.targets[0])
    said = fan()
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert f"Secret {fan.source}/harbor is partial: in .dockerconfigjson the entry of ghcr.io" in said.error
    assert "`remove`" in said.error
    assert world.state(fan.targets[0]) == before
    fan.cli("remove", "harbor", "ghcr.io", "-n", fan.source).ok()
    assert fan().ok().out.endswith("nothing to do\n")


def test_pods_that_came_too_early_are_made_again(fan: Fan, world: World) -> None:
    target = fan.targets[0]
    world.deploy(target)
    stuck = world.stuck_pod(target)
    assert "stuck" in fan("--recover-pods", "--dry-run").ok().out
    said = fan("--recover-pods").ok()
    assert f"{target}: pod/{stuck['metadata']['name']} evicted: the new pod/" in said.out
    assert uid_of(world.running_pod(target)) != uid_of(stuck)


def test_a_cluster_that_is_not_there(fan: Fan, tmp_path: Path) -> None:
    write_kubeconfig(tmp_path / "nowhere", "http://127.0.0.1:1")
    said = fan("--kubeconfig", str(tmp_path / "nowhere"), "--request-timeout", "1s")
    assert (said.code, said.out) == (3, "")


def test_a_bar_on_a_terminal_that_is_gone_at_the_end(fan: Fan, start: Start, terminal: Terminal) -> None:
    process = start("sync", *fan.to, stderr=terminal.theirs, environment={"TERM": "xterm", "COLUMNS": "80"})
    assert process.wait(SECONDS) == 0
    terminal.type("end\n")
    terminal.until("end")
    assert "namespaces" in terminal.shown
    assert "3/3" in terminal.shown


def test_ctrl_c_tells_what_was_done(start: Start, beside: Beside, tmp_path: Path) -> None:
    """One namespace is done, the other hangs."""
    hanging = threading.Event()
    data = {".dockerconfigjson": base64.b64encode(b'{"auths":{"h.io":{"auth":"dTpw"}}}').decode()}
    source = {
        "metadata": {"name": "harbor", "namespace": "platform", "uid": "u", "resourceVersion": "1"},
        "type": "kubernetes.io/dockerconfigjson",
        "data": data,
    }

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        place = request.path.split("/")
        if request.method == "POST":
            if "slow" in place:
                hanging.set()
                await asyncio.Event().wait()
            return json_reply({**(await request.json()), "apiVersion": "v1", "kind": "Secret"}, 201)
        if request.path.endswith("/platform/secrets/harbor"):
            return json_reply({**source, "apiVersion": "v1", "kind": "Secret"})
        if request.path.endswith("/serviceaccounts"):
            return json_reply({"kind": "ServiceAccountList", "apiVersion": "v1", "metadata": {}, "items": []})
        if place[-2] == "namespaces":
            return json_reply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place[-1]}})
        missing = {"kind": "Status", "reason": "NotFound", "message": "not found", "code": 404}
        return json_reply({**missing, "apiVersion": "v1"}, 404)

    with beside.up(serving(answer)) as server:
        write_kubeconfig(tmp_path / "slow", f"http://127.0.0.1:{server.port}")
        words = ["--from", "platform/harbor", "--namespaces", "fast,slow", "--no-attach"]
        process = start("sync", *words, "--kubeconfig", str(tmp_path / "slow"), "-v", "-o", "json")
        assert process.stdout is not None
        assert process.stderr is not None
        assert any("fast/secrets 201" in line for line in iter(process.stderr.readline, "")), "it is done"
        assert hanging.wait(SECONDS)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
    report = json.loads(process.stdout.read())
    assert report["interrupted"] is True
    assert [item["namespace"] for item in report["items"]] == ["fast"]
    told = process.stderr.read()
    assert "stopped after 1 of 2 namespaces" in told
    assert told.endswith("interrupted\n")
