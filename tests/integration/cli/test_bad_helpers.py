"""Credential helpers that hang, fail or print rubbish: one line that names the helper, nothing changed."""

import json
from functools import partial
from pathlib import Path

import pytest

from pullsecret.cli import saved
from pullsecret.sources.dockerconfig import find_credentials
from support.cliworlds import PASSWORD, ROBOT, World
from support.commandline import CommandLine
from support.fake_helpers import FakeStore, write_helper

HIDDEN = "hidden-word"
WRONG = json.dumps({"Username": 7, "Secret": HIDDEN})
BAD = [
    pytest.param("sleep 60", "did not answer", id="hangs"),
    pytest.param("echo hello", "not JSON", id="rubbish"),
    pytest.param(r"printf '\377\376\000'", "not JSON", id="binary"),
    pytest.param("true", "not JSON", id="nothing"),
    pytest.param("echo '[1, 2]'", "something that is not", id="another-JSON"),
    pytest.param(
        f'echo \'{{"Username": 7, "Secret": "{HIDDEN}"}}\'', "something that is not", id="wrong-types"
    ),
    pytest.param("echo 'the store is locked'; exit 1", "the store is locked", id="exit-1"),
    pytest.param("echo 'no display' >&2; exit 1", "no display", id="exit-1-complaining"),
    pytest.param(f'echo \'{{"Secret": "{HIDDEN}"}}\'; exit 3', "exit status 3", id="exit-3-with-a-secret"),
    pytest.param("kill -9 $$", "-9", id="killed"),
    pytest.param("yes", "more than 1 MiB", id="endless"),
    pytest.param(r"printf '\033[31mred\033[0m'; exit 1", r"\x1b[31mred", id="colours"),
    pytest.param("#!/nonexistent/interpreter\n", "", id="no-interpreter"),
    pytest.param(None, "not on PATH", id="missing"),
]


@pytest.fixture
def helped(cli: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker config that names the helper `odd`, and a folder for it on PATH; it may take 0.3 seconds."""
    monkeypatch.setattr(saved, "find_credentials", partial(find_credentials, seconds=0.3))
    cli.environment["PATH"] = f"{cli.home}:/usr/bin:/bin"
    config = cli.home / "config.json"
    config.write_text(json.dumps({"auths": {world.basic.host: {}}, "credsStore": "odd"}))
    return config


@pytest.mark.parametrize(("program", "words"), BAD)
@pytest.mark.parametrize("only", [False, True], ids=["all", "only-one"])
def test_a_helper_that_gives_no_credential(
    cli: CommandLine, world: World, namespace: str, helped: Path, program: str | None, words: str, only: bool
) -> None:
    if program is not None:
        write_helper(cli.home, "odd", program)
    before = world.state(namespace)
    chosen = ["--only", world.basic.host] if only else []
    said = cli("create", "x", "-n", namespace, "--docker-config", str(helped), *chosen, "-vv")
    assert (said.code, said.out) == (2, "")
    *traceback, error = said.err.splitlines()
    assert "docker-credential-odd" in error
    assert words in error
    assert HIDDEN not in said.err
    assert any(line.startswith("Traceback") for line in traceback)
    assert (world.state(namespace), world.basic.seen) == (before, [])


def test_a_helper_that_has_none_is_told(cli: CommandLine, world: World, namespace: str, helped: Path) -> None:
    FakeStore(cli.home, "odd")
    said = cli("create", "x", "-n", namespace, "--docker-config", str(helped))
    assert said.code == 2
    assert "docker-credential-odd has no credential for it" in said.error


def test_a_helper_that_works(cli: CommandLine, world: World, namespace: str, helped: Path) -> None:
    store = FakeStore(cli.home, "odd", {world.basic.host: (ROBOT.name, PASSWORD)})
    assert cli("create", "x", "-n", namespace, "--docker-config", str(helped)).ok()
    secret = world.secret("x", namespace)
    assert secret is not None
    assert secret.config.entries[world.basic.host].password.reveal() == PASSWORD
    assert not any(PASSWORD in call for call in store.calls), "a process list shows its arguments"


def test_login_through_a_store(cli: CommandLine, world: World, helped: Path) -> None:
    store = FakeStore(cli.home, "odd")
    words = [world.basic.host, "-u", ROBOT.name, "--password-stdin", "--docker-config", str(helped)]
    saved_in = cli("login", *words, stdin=PASSWORD).ok()
    assert saved_in.out.endswith("saved in docker-credential-odd\n")
    assert saved_in.err == ""
    assert store.kept == {world.basic.host: [ROBOT.name, PASSWORD]}
    assert PASSWORD not in helped.read_text() + "".join(store.calls)
    assert cli("logout", world.basic.host, "--docker-config", str(helped)).ok()
    assert store.kept == {}


@pytest.mark.parametrize("command", ["login", "logout"])
def test_a_store_that_fails_leaves_the_config_as_it_is(
    cli: CommandLine, world: World, helped: Path, command: str
) -> None:
    write_helper(cli.home, "odd", "cat >/dev/null; echo 'the store is locked'; exit 1")
    before = helped.read_bytes()
    user = ["-u", ROBOT.name, "--password-stdin"] if command == "login" else []
    said = cli(command, world.basic.host, *user, "--docker-config", str(helped), stdin=PASSWORD)
    assert (said.code, said.out) == (2, "")
    assert "docker-credential-odd failed" in said.error
    assert helped.read_bytes() == before
