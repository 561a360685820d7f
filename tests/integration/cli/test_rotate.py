"""`rotate` as a person uses it: on Secrets of their own, and on copies that policies keep."""

import json
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pullsecret.app.sync.gather import sources_of
from pullsecret.app.sync.run import SyncRequest, sync
from pullsecret.core.errors import AlreadyExists
from pullsecret.core.objects import NAMESPACE, SECRET, name_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.policy.reading import policy_of
from pullsecret.core.policy.schema import DEFINITION, custom_resource_definitions
from pullsecret.core.policy.sources import content_of
from pullsecret.sandbox.misbehaviour import Failure
from support.cliworlds import PASSWORD, ROBOT, World
from support.clusters import no_sleep
from support.commandline import CommandLine, Said
from support.programs import SECONDS, Start, Terminal
from support.spellings import leaks

OLD = "0ld-word-of-before"


@pytest.fixture
def made(cli: CommandLine, world: World, namespace: str) -> str:
    """A namespace with the Secret `harbor`, whose password is not good any more."""
    make(cli, world, namespace)
    return namespace


def make(cli: CommandLine, world: World, namespace: str, name: str = "harbor", *more: str) -> None:
    login = ["--registry", world.basic.host, "--username", ROBOT.name, "--password-stdin", "--no-verify"]
    cli("create", name, "-n", namespace, *login, *more, stdin=OLD).ok()


def words(world: World, namespace: str, name: str = "harbor") -> dict[str, str]:
    secret = world.secret(name, namespace)
    assert secret is not None
    return {key: entry.password.reveal() for key, entry in secret.config.entries.items()}


def rotate(cli: CommandLine, *words: str, stdin: str = PASSWORD) -> Said:
    given = () if "--finish" in words else ("--password-stdin",)
    said = cli("rotate", "harbor", *given, *words, stdin=stdin)
    for secret in (PASSWORD, OLD):
        assert leaks(said.all, secret, ROBOT.name) == []
    return said


def test_a_new_password_is_checked_and_put_in_place(cli: CommandLine, world: World, made: str) -> None:
    before = world.get(SECRET, "harbor", made)
    said = rotate(cli, "-n", made).ok()
    assert said.lines == [f"secret/harbor configured: {world.basic.host}, user {ROBOT.name}"]
    assert words(world, made) == {world.basic.host: PASSWORD}
    after = world.get(SECRET, "harbor", made)
    assert before is not None
    assert after is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert rotate(cli, "-n", made).ok().lines == ["secret/harbor unchanged"]


def test_a_rejected_password_touches_nothing(cli: CommandLine, world: World, made: str) -> None:
    before, tries = world.state(made), len(world.basic.seen)
    said = rotate(cli, "-n", made, stdin="not-the-password")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "rejects the login" in said.err
    assert said.err.rstrip().endswith("nothing was touched")
    assert world.state(made) == before
    sent = [seen for seen in world.basic.seen[tries:] if seen.authorization]
    assert len(sent) == 1, "one try, so that nobody is locked out"


def test_a_registry_that_cannot_be_asked_touches_nothing(cli: CommandLine, world: World, made: str) -> None:
    world.basic.fail(Failure.SERVER_ERROR)
    before = world.state(made)
    said = rotate(cli, "-n", made)
    assert (said.code, said.out, said.err.count("\n")) == (3, "", 1)
    assert "--no-verify" in said.err
    assert world.state(made) == before
    rotate(cli, "-n", made, "--no-verify").ok()
    assert words(world, made) == {world.basic.host: PASSWORD}


def test_a_pull_proves_it(cli: CommandLine, world: World, made: str) -> None:
    said = rotate(cli, "-n", made, "--verify", f"{world.basic.host}/lnmp/nothing:v9")
    assert said.code == 1
    assert "nothing was touched" in said.err
    said = rotate(cli, "-n", made, "--verify", world.image, "-o", "json").ok()
    assert json.loads(said.out)["verified"] == "pull"


def test_dry_runs(cli: CommandLine, world: World, made: str) -> None:
    before = world.state(made)
    said = cli("rotate", "harbor", "-n", made, "--dry-run").ok()
    assert said.out.endswith("(client dry run)\n")
    assert world.basic.seen == []
    assert rotate(cli, "-n", made, "--dry-run=server").ok().out.endswith("(server dry run)\n")
    assert rotate(cli, "-n", made, "--dry-run=server", stdin="bad-word").code == 1
    assert world.state(made) == before


def test_an_overlap_from_its_beginning_to_its_end(cli: CommandLine, world: World, made: str) -> None:
    """A registry with one password a user: the new one is put beside the old before it changes there."""
    host = world.basic.host
    assert cli("rotate", "harbor", "-n", made, "--finish").code == 2
    rotate(cli, "-n", made, "--overlap", "--no-verify", stdin="n0t-yet-good").ok()
    assert words(world, made) == {host: "n0t-yet-good", f"{host}/%3Fold": OLD}
    said = cli("rotate", "harbor", "-n", made, "--finish")
    assert said.code == 1, "the old one would be lost, and the new one is not good"
    assert words(world, made) == {host: "n0t-yet-good", f"{host}/%3Fold": OLD}
    said = rotate(cli, "-n", made, "--overlap")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "--finish" in said.err
    assert "--replace" in said.err
    rotate(cli, "-n", made).ok()
    assert words(world, made) == {host: PASSWORD, f"{host}/%3Fold": OLD}
    shown = cli("show", "harbor", "-n", made).ok()
    assert "keeps an old login beside the new one" in shown.out
    assert "-" in cli("list", "-n", made).ok().lines[1].split()
    matched = cli("match", world.image, "-n", made, "--secret", "harbor").ok()
    assert [line.split()[2] for line in matched.lines[2:4]] == [f"{host}/%3Fold", host]
    said = cli("rotate", "harbor", "-n", made, "--finish", "--verify", world.image).ok()
    assert said.out.endswith(f"the old login under {host}/%3Fold is gone\n")
    assert words(world, made) == {host: PASSWORD}


def test_an_overlap_ends_where_the_registry_cannot_be_asked(
    cli: CommandLine, world: World, made: str
) -> None:
    rotate(cli, "-n", made, "--overlap").ok()
    world.basic.fail(Failure.SERVER_ERROR)
    said = cli("rotate", "harbor", "-n", made, "--finish").ok()
    assert "the login could not be checked" in said.err
    assert words(world, made) == {world.basic.host: PASSWORD}


def test_no_overlap_ends_unless_each_login_that_stays_is_good(
    cli: CommandLine, world: World, made: str
) -> None:
    """Mistyped in both namespaces and corrected in one: in the other the old login is the only good one."""
    host, other = world.basic.host, world.namespace()
    make(cli, world, other)
    both = f"{made},{other}"
    rotate(cli, "--namespaces", both, "--overlap", "--no-verify", stdin="mistyped").ok()
    rotate(cli, "-n", made).ok()
    before, tries = (world.state(made), world.state(other)), len(world.basic.seen)
    said = cli("rotate", "harbor", "--namespaces", both, "--finish")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"error: Secret 'harbor' in namespace '{other}': {host} rejects the login")
    assert said.err.rstrip().endswith("nothing was touched")
    assert (world.state(made), world.state(other)) == before
    assert len([seen for seen in world.basic.seen[tries:] if seen.authorization]) == 2, "each once"
    rotate(cli, "-n", other).ok()
    tries = len(world.basic.seen)
    cli("rotate", "harbor", "--namespaces", both, "--finish").ok()
    assert words(world, made) == words(world, other) == {host: PASSWORD}
    assert len([seen for seen in world.basic.seen[tries:] if seen.authorization]) == 1, (
        "the same is tried once"
    )


def test_several_namespaces_are_named(cli: CommandLine, world: World, made: str) -> None:
    others = [world.namespace(), world.namespace()]
    for namespace in others:
        make(cli, world, namespace)
    said = rotate(cli, "--namespaces", f"{made},{others[0]}").ok()
    assert [line.rsplit(" in ", 1)[1].split(":")[0] for line in said.lines] == [made, others[0]]
    assert words(world, others[1]) == {world.basic.host: OLD}


def test_from_a_docker_config(cli: CommandLine, world: World, made: str) -> None:
    file = cli.home / "config.json"
    saved = ["--registry", world.bearer.host, "--registry-ca", world.ca_file]
    for more in (["--registry", world.basic.host], saved):
        words_ = ["-u", ROBOT.name, "--password-stdin", "--docker-config", str(file)]
        cli("login", more[1], *words_, *more[2:], stdin=PASSWORD).ok()
    said = cli("rotate", "harbor", "-n", made, "--docker-config", str(file))
    assert said.code == 2
    assert "one at a time" in said.err
    cli("rotate", "harbor", "-n", made, "--docker-config", str(file), "--only", world.basic.host).ok()
    assert words(world, made) == {world.basic.host: PASSWORD}
    said = cli("rotate", "harbor", "-n", made, "--docker-config", str(file), "--only", world.bearer.host)
    assert said.code == 2
    assert "holds no login for" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--overlap", "--finish"], "do not go together", id="both"),
        pytest.param(["--replace"], "--replace goes with --overlap", id="replace-alone"),
        pytest.param(["--finish", "--password", "x"], "takes no new one", id="finish-with-a-password"),
        pytest.param(["--finish", "--from-docker-config"], "takes no new one", id="finish-with-a-config"),
        pytest.param(["--verify", "i", "--no-verify"], "do not go together", id="verify-and-not"),
        pytest.param(["--verify", "i", "--dry-run"], "client dry run", id="verify-dry"),
        pytest.param(["--namespaces", "a", "-n", "b"], "do not go together", id="two-places"),
        pytest.param(["--namespaces", ","], "no namespace was named", id="no-place"),
        pytest.param(["-A"], "in one namespace", id="everywhere"),
        pytest.param(["--timeout", "soon"], "--timeout: 'soon' is no time limit", id="timeout"),
        pytest.param(["--username", "u:p"], "colon", id="username"),
        pytest.param(["--registry", "me@h.io"], "user name in the registry", id="registry"),
        pytest.param([], "no password was given", id="no-password"),
    ],
)
def test_what_does_not_go_together(
    cli: CommandLine, world: World, made: str, words: list[str], message: str
) -> None:
    before = world.state(made)
    said = cli("rotate", "harbor", *([] if {"-n", "-A", "--namespaces"} & {*words} else ["-n", made]), *words)
    assert (said.code, said.out) == (2, "")
    assert message in said.err.splitlines()[-1]
    assert world.state(made) == before


@pytest.mark.parametrize("form", ["table", "wide", "json", "yaml", "name"])
def test_no_form_shows_a_password(cli: CommandLine, world: World, made: str, form: str) -> None:
    for more in (["--dry-run=server"], ["--overlap"], ["--finish"]):
        rotate(cli, "-n", made, "-o", form, "-vv", *more).ok()
    rotate(cli, "-n", made, "-o", form, "-vv", stdin="not-the-password")
    world.basic.fail(Failure.SERVER_ERROR)
    rotate(cli, "-n", made, "-o", form, "-vv")


def test_the_prompt_names_the_user(start: Start, terminal: Terminal, world: World, made: str) -> None:
    process = start("rotate", "harbor", "-n", made, stdin=terminal.theirs, stderr=terminal.theirs)
    terminal.until(f"Password for {ROBOT.name}: ")
    terminal.until_silent()
    terminal.type(PASSWORD + "\n")
    assert process.wait(SECONDS) == 0
    assert words(world, made) == {world.basic.host: PASSWORD}
    assert PASSWORD not in terminal.shown


# copies of policies


class Operated:
    """A policy with a source, and what an operator does about it when it is told to."""

    def __init__(self, world: World, cli: CommandLine, name: str) -> None:
        self.world, self.name = world, name
        self.home, self.targets = world.namespace("platform"), [world.namespace() for _ in range(3)]
        make(cli, world, self.home, "login")
        ref = {"namespace": self.home, "name": "login"}
        spec = {
            "secretName": "harbor",
            "credentials": [{"type": "DockerConfig", "secretRef": ref}],
            "namespaces": {"include": self.targets},
            "attach": {"to": "None"},
        }
        self.policy = world.make(CLUSTER_PULL_SECRET, {"metadata": {"name": name}, "spec": spec})
        self.work()

    def work(self) -> None:
        self.world.do(self._work())

    async def _work(self) -> None:
        cluster, policy = self.world.beside.sandbox.cluster, policy_of(self.policy)
        content = content_of(policy, await sources_of(cluster, policy))
        report = await sync(cluster, SyncRequest(policy, content), no_sleep)
        assert not report.failures


@pytest.fixture
def operated(world: World, cli: CommandLine, request: Any) -> Iterator[Operated]:
    for definition in custom_resource_definitions():
        with suppress(AlreadyExists):
            world.make(DEFINITION, definition)
    made = Operated(world, cli, f"policy-{len(world.every(NAMESPACE))}")
    yield made
    world.do(world.beside.sandbox.cluster.delete(CLUSTER_PULL_SECRET, name_of(made.policy)))


def test_copies_follow_their_source(
    cli: CommandLine, start: Start, world: World, operated: Operated, terminal: Terminal
) -> None:
    process = start("rotate", "harbor", "-n", operated.targets[0], "--password-stdin", stderr=terminal.theirs)
    assert process.stdin is not None
    process.stdin.write(PASSWORD)
    process.stdin.close()
    process.stdin = None
    terminal.until("0/3")
    assert words(world, operated.home, "login") == {world.basic.host: PASSWORD}
    operated.work()
    assert process.wait(SECONDS) == 0
    assert process.stdout is not None
    assert process.stdout.read().splitlines() == [
        f"secret/login configured: {world.basic.host}, user {ROBOT.name}",
        f"clusterpullsecret/{operated.name}: 3 of 3 copies hold it",
    ]
    for namespace in operated.targets:
        assert words(world, namespace) == {world.basic.host: PASSWORD}


def test_without_an_operator_it_says_who_lacks_it(cli: CommandLine, operated: Operated) -> None:
    said = rotate(cli, "-n", operated.targets[0], "--timeout", "100ms", "-o", "json")
    assert said.code == 3
    report = json.loads(said.out)
    assert (report["kind"], report["changes"][0]["action"]) == ("RotateReport", "configured")
    (policy,) = report["policies"]
    assert (policy["copies"], policy["updated"]) == (3, 0)
    assert policy["missing"] == sorted(operated.targets)
    missing = ", ".join(sorted(operated.targets))
    waiting, late = said.err.splitlines()
    assert waiting == (
        f"waiting: clusterpullsecret/{operated.name}: 0 of 3 copies hold it; not yet in {missing}"
    )
    assert missing in late
    assert "the operator brings it there: does it run?" in said.err
    operated.work()
    again = rotate(cli, "-n", operated.targets[0]).ok()
    assert again.lines == [
        "secret/login unchanged",
        f"clusterpullsecret/{operated.name}: 3 of 3 copies hold it",
    ]
    assert again.err == ""


def test_ctrl_c_while_waiting_tells_what_was_done(
    start: Start, terminal: Terminal, world: World, operated: Operated
) -> None:
    process = start("rotate", "login", "-n", operated.home, "--password-stdin", stderr=terminal.theirs)
    assert process.stdin is not None
    process.stdin.write(PASSWORD)
    process.stdin.close()
    process.stdin = None
    terminal.until("0/3")
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == 130
    assert process.stdout is not None
    assert process.stdout.read().splitlines() == [
        f"secret/login configured: {world.basic.host}, user {ROBOT.name}",
        f"clusterpullsecret/{operated.name}: 0 of 3 copies hold it",
    ]
    terminal.until("interrupted")


def test_a_forged_copy_is_refused(cli: CommandLine, world: World, made: str, operated: Operated) -> None:
    marks = {
        "labels": {"pullsecret.dev/policy": f"ClusterPullSecret.{operated.name}"},
        "annotations": {"pullsecret.dev/policy-uid": operated.policy["metadata"]["uid"]},
    }
    world.do(
        world.beside.sandbox.cluster.patch(
            SECRET, "harbor", {"metadata": marks}, patch_type="application/merge-patch+json", namespace=made
        )
    )
    before = world.state()
    said = rotate(cli, "-n", made)
    assert (said.code, said.out) == (2, "")
    assert "no such policy keeps it here; nothing was touched" in said.err
    assert world.state() == before


def test_the_bearer_registry(cli: CommandLine, world: World, namespace: str, tmp_path: Path) -> None:
    how = ["--registry-ca", world.ca_file]
    login = ["--registry", world.bearer.host, "--username", ROBOT.name, "--password-stdin", "--no-verify"]
    cli("create", "harbor", "-n", namespace, *login, stdin=OLD).ok()
    assert rotate(cli, "-n", namespace, *how, stdin="bad-word").code == 1
    rotate(cli, "-n", namespace, *how, "--verify", f"{world.bearer.host}/lnmp/nginx:v2").ok()
    assert words(world, namespace) == {world.bearer.host: PASSWORD}
