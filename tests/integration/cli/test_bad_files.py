"""Files that cannot be used: one line that says what and where, the right exit code, nothing changed."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pullsecret.sources.reading import read_bounded
from support.cliworlds import PASSWORD, World, login
from support.commandline import CommandLine

SECRET = "kind: Secret\napiVersion: v1\nmetadata: {{name: {name}}}\ntype: {type}\ndata: {{{data}}}\n"
PULL = "kubernetes.io/dockerconfigjson"


def config(**entries: Any) -> str:
    return json.dumps({"auths": {host.replace("_", "."): entry for host, entry in entries.items()}})


def secret(text: str, *, name: str = "x", kind: str = PULL) -> str:
    data = f'.dockerconfigjson: "{base64.b64encode(text.encode()).decode()}"'
    return SECRET.format(name=name, type=kind, data=data)


GOOD = {"auth": base64.b64encode(b"u:hidden-word").decode()}

Make = Callable[[Path], object]


def written(content: str | bytes) -> Make:
    data = content if isinstance(content, bytes) else content.encode()
    return lambda path: path.write_bytes(data)


def nothing(path: Path) -> None:
    assert not path.exists()


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 20)


# What each file is, and what the line must say of it for a docker config and for `--file`.
BAD = [
    pytest.param(
        written(config(h_io=GOOD)[:30]), "line 1, column 29: is no JSON: it ends too early", id="truncated"
    ),
    pytest.param(Path.mkdir, "is a directory", id="directory"),
    pytest.param(written(bytes(range(256)) * 20), "no text file", id="binary"),
    pytest.param(written(b""), "is empty", id="empty"),
    pytest.param(written(b" \n\t\n"), "is empty", id="blank"),
    pytest.param(sparse, "larger than 4 MiB", id="100-MB"),
    pytest.param(nothing, "no such file", id="missing"),
    pytest.param(os.mkfifo, "", id="pipe-that-nobody-writes"),
    pytest.param(lambda path: path.symlink_to(path), "symbolic links", id="link-to-itself"),
    pytest.param(written(config(h_io=GOOD).encode("utf-16")), "UTF-16", id="UTF-16"),
    pytest.param(written("[" * 100_000), "nested deeper", id="nested"),
    pytest.param(written("[]"), "", id="array"),
    pytest.param(written("3"), "number", id="number"),
    pytest.param(written("null"), "", id="null"),
    pytest.param(written("{}"), "", id="empty-object"),
    pytest.param(written('{"auths": []}'), "must be an object", id="auths-is-an-array"),
    pytest.param(written(config(h_io={"auth": "!!!"})), '.auths["h.io"].auth', id="auth-is-no-base64"),
    pytest.param(written(config(h_io={"auth": "YWJj"})), '.auths["h.io"].auth', id="auth-has-no-colon"),
    pytest.param(written(config(h_io={"auth": 7})), '.auths["h.io"].auth', id="auth-is-a-number"),
    pytest.param(written(config(h_io={})), "no credential", id="no-credential"),
    pytest.param(written('{"auths": {"h.io": {}}, "credsStore": "../evil"}'), "", id="helper-is-a-path"),
    pytest.param(written("a: [1\nb"), "line", id="broken-YAML"),
    pytest.param(written("kind: Pod\napiVersion: v1\nmetadata: {name: x}\n"), "", id="pod"),
]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(read_bounded.__kwdefaults__, "patience", 0.2)  # for a pipe's next bytes
    return tmp_path / "bad"


@pytest.mark.parametrize(("make", "words"), BAD)
@pytest.mark.parametrize("option", ["--docker-config", "--file"])
@pytest.mark.parametrize("command", ["create", "add"])
def test_a_source_that_cannot_be_read(
    cli: CommandLine,
    world: World,
    namespace: str,
    file: Path,
    make: Make,
    words: str,
    option: str,
    command: str,
) -> None:
    cli("create", "harbor", "-n", namespace, *login(world.basic), stdin=PASSWORD).ok()
    make(file)
    before = world.state(namespace)
    world.calm()
    name = "other" if command == "create" else "harbor"
    said = cli(command, name, "-n", namespace, option, str(file))
    assert (said.code, said.out) == (2, "")
    assert str(file) in said.error
    if option == "--file":
        assert words in said.error
    assert world.state(namespace) == before
    assert world.basic.seen == [], "nobody was asked"


@pytest.mark.parametrize(("make", "words"), BAD)
@pytest.mark.parametrize("argv", [["show"], ["match", "h.io/x"]], ids=["show", "match"])
def test_a_file_to_look_at(cli: CommandLine, file: Path, make: Make, words: str, argv: list[str]) -> None:
    """What can be parsed is looked through and its faults are findings; what cannot is bad input."""
    make(file)
    said = cli(*argv, "--file", str(file))
    if said.out:
        assert said.code in (0, 1)
        assert all(line.startswith(("warning: ", "A node may")) for line in said.err.splitlines())
    else:
        assert said.code == 2
        assert str(file) in said.error
        assert words in said.error


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(Path.mkdir, "is a directory", id="directory"),
        pytest.param(written(b"\xff\xfe\x00"), "not valid UTF-8", id="binary"),
        pytest.param(written(b"a\0b"), "NUL", id="NUL"),
        pytest.param(written(b""), "password is empty", id="empty"),
        pytest.param(written(b"\n"), "password is empty", id="newline"),
        pytest.param(sparse, "larger than 256 KiB", id="100-MB"),
        pytest.param(nothing, "no such file", id="missing"),
    ],
)
@pytest.mark.parametrize("command", ["create", "login"])
def test_a_password_file(
    cli: CommandLine, world: World, namespace: str, file: Path, make: Make, words: str, command: str
) -> None:
    make(file)
    words_of = {"create": ["create", "x", "-n", namespace, "--registry"], "login": ["login"]}
    before = world.state(namespace)
    said = cli(*words_of[command], world.basic.host, "-u", "u", "--password-file", str(file))
    assert (said.code, said.out) == (2, "")
    assert str(file) in said.error
    assert words in said.error
    assert (world.state(namespace), world.basic.seen) == (before, [])


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        pytest.param(b"", "password is empty", id="empty"),
        pytest.param(b"\n", "password is empty", id="newline"),
        pytest.param(b"\xff\xfe", "not valid UTF-8", id="binary"),
        pytest.param(b"a\0b", "NUL", id="NUL"),
        pytest.param(b"x" * (1 << 20), "larger than 256 KiB", id="endless"),
    ],
)
def test_a_password_on_standard_input(
    cli: CommandLine, world: World, namespace: str, stdin: bytes, words: str
) -> None:
    said = cli("create", "x", "-n", namespace, *login(world.basic), stdin=stdin)
    assert (said.code, said.out) == (2, "")
    assert "standard input" in said.error
    assert words in said.error
    assert world.basic.seen == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(Path.mkdir, "Is a directory", id="directory"),
        pytest.param(written(bytes(range(256))), "no certificate", id="binary"),
        pytest.param(written(b""), "no certificate", id="empty"),
        pytest.param(sparse, "no certificate", id="100-MB"),
        pytest.param(nothing, "No such file", id="missing"),
        pytest.param(
            written("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "", id="broken"
        ),
    ],
)
def test_a_file_of_authorities(
    cli: CommandLine, world: World, namespace: str, file: Path, make: Make, words: str
) -> None:
    make(file)
    before = world.state(namespace)
    said = cli(
        "create", "x", "-n", namespace, *login(world.bearer), "--registry-ca", str(file), stdin=PASSWORD
    )
    assert (said.code, said.out) == (2, "")
    assert str(file) in said.error
    assert words in said.error
    assert (world.state(namespace), world.bearer.seen) == (before, [])


@pytest.mark.parametrize(("make", "words"), [case for case in BAD if "pipe" not in str(case.id)])
def test_a_kubeconfig(cli: CommandLine, file: Path, make: Make, words: str) -> None:
    make(file)
    said = cli("list", "--kubeconfig", str(file))
    assert (said.code, said.out) == (2, "")
    assert "~/bad" in said.error or str(file) in said.error


@pytest.mark.parametrize(
    ("make", "words"),
    [case for case in BAD if case.id in ("truncated", "binary", "100-MB", "array", "number", "nested", "pod")]
    + [pytest.param(os.mkfifo, "is a pipe", id="pipe")],
)
@pytest.mark.parametrize("command", ["login", "logout"])
def test_a_docker_config_to_write(
    cli: CommandLine, world: World, file: Path, make: Make, words: str, command: str
) -> None:
    make(file)
    before = file.stat()
    user = ["-u", login(world.basic)[3], "--password-stdin"] if command == "login" else []
    said = cli(command, world.basic.host, *user, "--docker-config", str(file), stdin=PASSWORD)
    assert (said.code, said.out) == (2, "")
    assert str(file) in said.error
    after = file.stat()
    assert (after.st_ino, after.st_size, after.st_mode) == (before.st_ino, before.st_size, before.st_mode)


@pytest.mark.parametrize("linked", [False, True], ids=["itself", "by-a-link"])
@pytest.mark.parametrize("command", ["login", "logout"])
def test_the_docker_config_of_the_environment_is_a_pipe(
    cli: CommandLine, world: World, command: str, linked: bool
) -> None:
    """Refused before the registry is asked, or a helper, or anything is read of it."""
    folder = cli.home / "folder"
    folder.mkdir()
    os.mkfifo(folder / "config.json")
    if linked:
        (cli.home / "other").mkdir()
        (folder / "config.json").rename(cli.home / "other" / "pipe")
        (folder / "config.json").symlink_to(cli.home / "other" / "pipe")
    user = ["-u", login(world.basic)[3], "--password-stdin"] if command == "login" else []
    environment = {"DOCKER_CONFIG": str(folder)}
    said = cli(command, world.basic.host, *user, stdin=PASSWORD, environment=environment)
    assert (said.code, said.out) == (2, "")
    assert f"{folder}/config.json: is a pipe, which no file may take the place of" in said.error
    assert (folder / "config.json").is_fifo()
    assert world.basic.seen == []


def test_several_secrets_in_a_file(cli: CommandLine, world: World, namespace: str, file: Path) -> None:
    one, two = secret(config(h_io=GOOD), name="one"), secret(config(i_io=GOOD), name="two")
    opaque = secret("{}", name="other", kind="Opaque")
    file.write_text("---\n".join((one, two)))
    refused = cli("create", "x", "-n", namespace, "--file", str(file), "--no-verify")
    assert refused.code == 2
    assert "several pull Secrets: one, two" in refused.error
    assert cli("show", "--file", str(file)).ok().out.count("Name:") == 2
    assert cli("match", "i.io/x", "--file", str(file)).ok()
    file.write_text("---\n".join((opaque, one)))
    assert cli("create", "x", "-n", namespace, "--file", str(file), "--no-verify").ok()
    file.write_text(opaque)
    refused = cli("create", "y", "-n", namespace, "--file", str(file), "--no-verify")
    assert refused.code == 2
    assert "of type Opaque" in refused.error


def test_a_file_on_standard_input(cli: CommandLine, world: World, namespace: str) -> None:
    given = ["create", "x", "-n", namespace, "--no-verify", "--file", "-"]
    assert cli(*given, stdin=secret(config(h_io=GOOD))).ok()
    broken = cli(*given, stdin="{")
    assert broken.code == 2
    assert broken.error.startswith("error: standard input: line 1")


def test_only_chooses_and_says_what_there_is(cli: CommandLine, namespace: str, file: Path) -> None:
    file.write_text(config(h_io=GOOD, bad_io={"auth": "!!!"}))
    source = ["--docker-config", str(file), "--no-verify"]
    broken = cli("create", "x", "-n", namespace, *source)
    assert broken.code == 2
    assert "--only HOST leaves the others out" in broken.error
    assert cli("create", "x", "-n", namespace, *source, "--only", "h.io").ok()
    none = cli("create", "y", "-n", namespace, *source, "--only", "other.io")
    assert none.code == 2
    assert "there are entries for: h.io" in none.error
