"""No password in anything that a command says, at any verbosity, or leaves behind in the cluster."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.objects import EVENT, POD, SECRET, SERVICE_ACCOUNT
from pullsecret.sandbox.misbehaviour import Failure
from support.apiservers import write_kubeconfig
from support.beside import Beside
from support.cliworlds import PASSWORD, ROBOT, World, login
from support.commandline import CommandLine, Said
from support.fake_helpers import FakeStore, write_helper
from support.httpserver import json_reply, serving
from support.spellings import hashes, leaks, spellings


def test_spellings_find_what_they_should() -> None:
    config = json.dumps({"auths": {"h": {"auth": base64.b64encode(f"u:{PASSWORD}".encode()).decode()}}})
    for text in (
        PASSWORD, repr(PASSWORD), json.dumps({"p": PASSWORD}), config,
        base64.b64encode(json.dumps({"x": PASSWORD}, ensure_ascii=False).encode()).decode(),
    ):  # fmt: skip
        assert leaks(text, PASSWORD, "u") or leaks(text, json.dumps(PASSWORD, ensure_ascii=False)[1:-1])
    assert len(spellings(PASSWORD)) > 8
    assert not leaks("nothing of it, dzByZA", PASSWORD)


def clean(said: Said) -> Said:
    assert leaks(said.all, PASSWORD, ROBOT.name) == []
    return said


@pytest.fixture
def made(cli: CommandLine, world: World, namespace: str) -> str:
    """A namespace with the Secret `harbor`, attached, and a Pod that pulls with it."""
    cli("create", "harbor", "-n", namespace, *login(world.basic), "--attach", "default", stdin=PASSWORD).ok()
    world.deploy(namespace)
    world.running_pod(namespace)
    return namespace


ANSWER = json.dumps({"Username": "robot", "Secret": PASSWORD})
FORMS = ["table", "wide", "json", "yaml", "name"]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_that_succeeds_shows_it(cli: CommandLine, world: World, made: str, form: str) -> None:
    more = ["-n", made, "-o", form, "-vv"]
    target = world.namespace()
    file = cli.home / "config.json"
    store = ["--docker-config", str(file)]
    spread = ["--from", f"{made}/again", "--name", "spread", "--namespaces", target, "--verify", world.image]
    for argv, stdin in (
        (["login", world.basic.host, *login(world.basic)[2:], *store, "-o", form, "-vv"], PASSWORD),
        (["create", "again", *login(world.basic), *more], PASSWORD),
        (["create", "from", *store, *more], ""),
        (["add", "again", *login(world.bearer), "--registry-ca", world.ca_file, *more], PASSWORD),
        (["show", "again", *more], ""),
        (["show", "--file", str(file), "-o", form, "-vv"], ""),
        (["list", *more], ""),
        (["match", world.image, *more], ""),
        (["match", world.image, "--file", str(file), "-o", form], ""),
        (["verify", world.image, *more], ""),
        (["verify", *login(world.basic), *more], PASSWORD),
        (["attach", "again", *more], ""),
        (["detach", "again", *more], ""),
        (["copy", "again", "--to", target, *more], ""),
        (["sync", *spread, "--dry-run", "-o", form, "-vv"], ""),
        (["sync", *spread, "-o", form, "-vv"], ""),
        (["remove", "again", world.bearer.host, *more], ""),
        (["delete", "again", *more], ""),
        (["logout", world.basic.host, *store, "-o", form], ""),
    ):
        clean(cli(*argv, stdin=stdin)).ok()


def test_a_password_as_an_option_is_warned_about_and_not_shown(cli: CommandLine, world: World) -> None:
    words = [*login(world.basic)[:-1], "--password", PASSWORD]
    said = clean(cli("verify", *words, "-vv")).ok()
    assert said.err.startswith("warning: a password on the command line")
    clean(cli("create", "x", *words[:-1], f"{PASSWORD}!", "-vv"))
    clean(cli("create", "x y", *words, "-vv"))
    clean(cli("create", "x", *words, "--password-stdin", "-vv"))
    clean(cli("create", "x", *words, "--no-such-option", "-vv"))


def test_a_password_in_the_wrong_place(cli: CommandLine, world: World) -> None:
    """Typed with the user name or into the registry's address, it is not repeated."""
    for argv in (
        ["create", "x", "-u", f"{ROBOT.name}:{PASSWORD}", "--password-stdin"],
        ["create", "x", "--registry", f"{ROBOT.name}:{PASSWORD}@h.io", "-u", "u", "--password-stdin"],
        ["create", "x", "--registry", f"https://u:{PASSWORD}@h.io/v2", "-u", "u", "--password-stdin"],
        ["login", f"{ROBOT.name}:{PASSWORD}@h.io", "-u", "u", "--password-stdin"],
        ["logout", f"{ROBOT.name}:{PASSWORD}@h.io"],
        ["verify", "--registry", f"u:{PASSWORD}@h.io", "-u", "u", "--password-stdin"],
    ):
        assert clean(cli(*argv, "-vv", stdin="p")).code == 2


@pytest.mark.parametrize("failure", [f for f in Failure if f is not Failure.SLOW])
def test_registries_that_fail(cli: CommandLine, world: World, namespace: str, failure: Failure) -> None:
    how = ["--registry-ca", world.ca_file, "-vv"]
    for registry in (world.basic, world.bearer):
        registry.fail(failure)
        image = f"{registry.host}/lnmp/nginx:v2"
        for argv in (
            ["login", registry.host, *login(registry)[2:], *how],
            ["verify", image, *login(registry), *how],
            ["create", failure, "-n", namespace, *login(registry), "--verify", image, "--replace", *how],
        ):
            clean(cli(*argv, stdin=PASSWORD))


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
def test_a_registry_that_repeats_what_it_was_sent(
    cli: CommandLine, world: World, beside: Beside, namespace: str, scheme: str
) -> None:
    async def repeat(request: web.BaseRequest) -> web.StreamResponse:
        sent = request.headers.get("Authorization", "")
        plain = base64.b64decode(sent.removeprefix("Basic ")).decode() if sent.startswith("Basic") else sent
        error = {"code": f"DENIED {plain}", "message": f"who is {plain}? {sent} {request.query_string}"}
        realm = f'{scheme} realm="http://127.0.0.1:{server.port}/token",service="{sent}"'
        return json_reply({"errors": [error]}, 401, WWW_Authenticate=realm)

    with beside.up(serving(repeat)) as server:
        host = f"127.0.0.1:{server.port}"
        typed = ["--registry", host, "-u", ROBOT.name, "--password-stdin"]
        for argv in (
            ["verify", *typed, "-vv"],
            ["verify", f"{host}/x", *typed, "-o", "json"],
            ["create", "x", "-n", namespace, *typed, "-vv"],
            ["login", host, *typed[2:], "-vv"],
        ):
            assert clean(cli(*argv, stdin=PASSWORD)).code == 1
        assert server.with_authorization(), "it was sent"


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("cat", id="repeats-it"),
        pytest.param("cat; exit 1", id="repeats-it-and-fails"),
        pytest.param(f"echo '{PASSWORD}'; exit 1", id="tells-it-and-fails"),
        pytest.param(f"echo '{ANSWER}'; exit 1", id="answer-and-exit-1"),
        pytest.param(f"echo '{ANSWER[:-1]}'", id="cut-short"),
    ],
)
def test_helpers(cli: CommandLine, world: World, namespace: str, program: str) -> None:
    write_helper(cli.home, "odd", program)
    cli.environment["PATH"] = f"{cli.home}:/usr/bin:/bin"
    config = cli.home / "config.json"
    config.write_text(json.dumps({"auths": {world.basic.host: {}}, "credsStore": "odd"}))
    store = ["--docker-config", str(config), "-vv"]
    clean(cli("login", world.basic.host, *login(world.basic)[2:], *store, stdin=PASSWORD))
    if "Secret" in program:  # else nobody could know a password from what helpers say of their own accord
        clean(cli("create", "x", "-n", namespace, *store))


def test_helpers_get_it_on_standard_input_alone(cli: CommandLine, world: World) -> None:
    store = FakeStore(cli.home, "odd")
    cli.environment["PATH"] = f"{cli.home}:/usr/bin:/bin"
    (cli.home / "config.json").write_text('{"credsStore": "odd"}')
    words = [world.basic.host, *login(world.basic)[2:], "--docker-config", str(cli.home)]
    clean(cli("login", *words, stdin=PASSWORD)).ok()
    assert store.calls
    assert leaks("\n".join(store.calls), PASSWORD, ROBOT.name) == []
    assert leaks((cli.home / "config.json").read_text(), PASSWORD, ROBOT.name) == []


def broken(text: str) -> list[str]:
    """Give texts that hold the password and cannot be parsed."""
    return [
        text[:-3], text[:-3] + ",,", text.replace(":", " ", 1), text + text, text + "\x00", "\ufeff[" + text,
        text.replace("auths", "auth\x01s"), f"[{text}]", json.dumps(text), text.replace("{", "[", 2),
    ]  # fmt: skip


AUTH = base64.b64encode(f"{ROBOT.name}:{PASSWORD}".encode()).decode()
CONFIGS = [
    json.dumps({"auths": {"h.io": {"auth": AUTH}}}),
    json.dumps({"auths": {"h.io": {"username": "u", "password": PASSWORD}}}),
    json.dumps({"auths": {"h.io": {"auth": PASSWORD}}}),
    json.dumps({"auths": {"h.io": {"auth": [AUTH, PASSWORD]}}}),
    json.dumps({"auths": {"h.io": {"password": {"is": PASSWORD}, "username": 7}}}),
    json.dumps({"auths": {"h.io": AUTH}}),
    json.dumps({"auths": [AUTH]}),
    json.dumps({"auths": {"h.io": {"auth": base64.b64encode(PASSWORD.encode()).decode()}}}),
    json.dumps({"auths": {"h.io": {"identitytoken": PASSWORD}}}),
    json.dumps({"h.io": {"auth": AUTH, "email": "e"}}),
    json.dumps({"auths": {}, "HttpHeaders": {"Authorization": [f"Basic {AUTH}"]}}),
]
TEXTS = [text for config in CONFIGS for text in (config, *broken(config))]


@pytest.mark.parametrize("number", range(0, len(TEXTS), 10))
def test_files_that_are_broken(cli: CommandLine, number: int) -> None:
    for text in TEXTS[number : number + 10]:
        file = cli.home / "config.json"
        file.write_bytes(text.encode())
        for argv in (
            ["create", "x", "--file", str(file), "--no-verify", "--dry-run=client"],
            ["create", "x", "--docker-config", str(file), "--no-verify", "--dry-run=client", "-o", "name"],
            ["show", "--file", str(file)],
            ["show", "--file", str(file), "-o", "json"],
            ["match", "h.io/x", "--file", str(file)],
            ["match", "h.io/x", "--file", str(file), "-o", "yaml"],
            ["list", "--kubeconfig", str(file)],
            ["logout", "h.io", "--docker-config", str(file)],
        ):
            said = clean(cli(*argv, "-vv"))
            assert said.code != 70, (text, said.err)


@pytest.mark.parametrize("number", range(0, len(TEXTS), 10))
def test_manifests_that_are_broken(cli: CommandLine, number: int) -> None:
    kind = "kubernetes.io/dockerconfigjson"
    for text in TEXTS[number : number + 10]:
        data = base64.b64encode(text.encode()).decode()
        manifest = json.dumps(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "type": kind,
             "data": {".dockerconfigjson": data}, "stringData": {"p": PASSWORD}}
        )  # fmt: skip
        for content in (manifest, manifest[:-2], manifest.replace(data, data[:-3] + "!"), f"a: {manifest}"):
            file = cli.home / "secret.yaml"
            file.write_text(content)
            for argv in (["show"], ["show", "-o", "json"], ["match", "h.io/x"]):
                said = clean(cli(*argv, "--file", str(file), "-vv"))
                assert said.code != 70, (content, said.err)


@pytest.mark.parametrize("number", range(0, len(TEXTS), 10))
def test_secrets_of_the_cluster_that_are_broken(
    cli: CommandLine, world: World, namespace: str, number: int
) -> None:
    kind = "kubernetes.io/dockerconfigjson"
    for index, text in enumerate(TEXTS[number : number + 10]):
        data = {".dockerconfigjson": base64.b64encode(text.encode()).decode()}
        try:
            world.make(SECRET, {"metadata": {"name": f"s{index}"}, "type": kind, "data": data}, namespace)
        except Exception:  # noqa: BLE001  the API server refuses it too
            continue
        for argv in (
            ["show", f"s{index}"],
            ["attach", f"s{index}"],
            ["add", f"s{index}", *login(world.basic), "--no-verify"],
            ["create", f"s{index}", *login(world.basic), "--no-verify"],
            ["copy", f"s{index}", "--to", "default", "--dry-run"],
            ["match", "h.io/x", "--secret", f"s{index}"],
            ["verify", "--secret", f"s{index}", "127.0.0.1:1/x"],
            ["sync", "--from", f"{namespace}/s{index}", "--namespaces", "default", "--dry-run"],
        ):
            where = [] if argv[0] == "sync" else ["-n", namespace]
            said = clean(cli(*argv, *where, "-vv", stdin=PASSWORD))
            assert said.code != 70, (text, said.err)
    clean(cli("list", "-n", namespace, "-o", "json"))


def test_what_is_left_in_the_cluster(cli: CommandLine, world: World, made: str) -> None:
    cli("add", "harbor", "-n", made, *login(world.bearer), "--no-verify", stdin=PASSWORD).ok()
    cli("copy", "harbor", "-n", made, "--to", world.namespace()).ok()
    cli("sync", "--from", f"{made}/harbor", "--namespaces", world.namespace(), "--recover-pods").ok()
    cli("attach", "harbor", "-n", made, "--restart-stuck").ok()
    left: list[Any] = [world.every(kind) for kind in (EVENT, POD, SERVICE_ACCOUNT)]
    left.append([obj["metadata"] for obj in world.every(SECRET)])
    shown = json.dumps(left)
    assert leaks(shown, PASSWORD, ROBOT.name) == []
    contents = [value for obj in world.every(SECRET) for value in obj["data"].values()]
    assert contents
    assert [found for value in contents for found in hashes(value) if found in shown] == []
    assert [
        found for value in contents for found in hashes(base64.b64decode(value).decode()) if found in shown
    ] == []
    assert leaks(json.dumps(left, ensure_ascii=False), PASSWORD, ROBOT.name) == []


def test_an_api_server_that_repeats_what_it_was_sent(
    cli: CommandLine, world: World, beside: Beside, tmp_path: Path
) -> None:
    """As Go's JSON decoder does: it quotes the bytes around a fault."""

    async def repeat(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            missing = {"kind": "Status", "reason": "NotFound", "message": "not found", "code": 404}
            return json_reply(missing, 404)
        body = await request.text()
        message = f"cannot decode: error found in #10 byte of ...|{body[:80]}|..., bigger context {body}"
        return json_reply({"kind": "Status", "reason": "BadRequest", "message": message, "code": 400}, 400)

    kubeconfig = tmp_path / "kubeconfig"
    with beside.up(serving(repeat)) as server:
        write_kubeconfig(kubeconfig, f"http://127.0.0.1:{server.port}")
        said = cli("create", "x", *login(world.basic), "--kubeconfig", str(kubeconfig), "-vv", stdin=PASSWORD)
    assert clean(said).code == 3
    assert "cannot decode" in said.err


@pytest.mark.parametrize(
    ("status", "text"),
    [
        pytest.param(200, "<html>Sign in</html>", id="HTML"),
        pytest.param(200, "{", id="cut-short"),
        pytest.param(401, "{}", id="401"),
        pytest.param(403, '{"kind": "Status", "message": "no", "reason": "Forbidden"}', id="403"),
        pytest.param(500, "oops", id="500"),
        pytest.param(0, "", id="closed"),
    ],
)
@pytest.mark.parametrize("command", ["create", "add"])
@pytest.mark.usefixtures("no_waiting")
def test_api_servers_that_fail(
    cli: CommandLine, world: World, beside: Beside, tmp_path: Path, status: int, text: str, command: str
) -> None:
    async def fail(request: web.BaseRequest) -> web.StreamResponse:
        if not status:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status or 200, text=text)

    kubeconfig = tmp_path / "kubeconfig"
    with beside.up(serving(fail)) as server:
        write_kubeconfig(kubeconfig, f"http://127.0.0.1:{server.port}")
        where = ["--kubeconfig", str(kubeconfig)]
        said = cli(command, "x", *login(world.basic), *where, "-vv", stdin=PASSWORD)
    assert clean(said).code == 3
    assert "Traceback" in said.err
