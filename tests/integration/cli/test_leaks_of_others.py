"""Whatever registries, API servers and webhooks repeat of what they were sent, no command shows it."""

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from pullsecret.core.objects import SECRET
from support.apiservers import write_kubeconfig
from support.beside import Beside
from support.cliworlds import PASSWORD, ROBOT, World, login
from support.commandline import CommandLine, Said
from support.httpserver import Handler, json_reply, serving
from support.spellings import leaks

AUTH = base64.b64encode(f"{ROBOT.name}:{PASSWORD}".encode()).decode()
TOLD = re.compile(r"(?:GET|HEAD|POST|PATCH|DELETE) https?://[^\s?]+ (?:\d{3}|no answer) in \d+ ms")
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  imagePullSecrets: [{{name: pull}}]
  containers: [{{name: app, image: "{image}"}}]
"""
SPELLINGS: list[Callable[[str], str]] = [
    str, quote, html.escape, repr, json.dumps, lambda text: text.encode().hex(),
    lambda text: base64.b64encode(text.encode()).decode(),
]  # fmt: skip
ECHO = " ".join(spell(text) for spell in SPELLINGS for text in (PASSWORD, f"{ROBOT.name}:{PASSWORD}"))
WORD = quote(AUTH, safe="")


def clean(said: Said) -> Said:
    assert leaks(said.all, PASSWORD, ROBOT.name) == [], said.all
    assert said.code != 70, said.err
    return said


async def in_the_body(request: web.BaseRequest) -> web.StreamResponse:
    error = {"code": "DENIED", "message": ECHO, "detail": ECHO}
    return json_reply({"errors": [error], "error": ECHO, "details": ECHO}, 403)


async def in_a_page(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=500, text=f"<html>{ECHO}</html>", content_type="text/html")


async def in_headers(request: web.BaseRequest) -> web.StreamResponse:
    named = {"Docker-Content-Digest": ECHO, "Retry-After": ECHO, "Content-Type": f"application/{WORD}"}
    return web.Response(status=200, body=b"{}", headers=named)


async def in_the_reason(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=418, reason=ECHO.replace("\n", " "), text=ECHO)


async def in_a_host(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(
        status=307, headers={"Location": f"http://{AUTH.rstrip('=')}.invalid/{WORD}?x={WORD}"}
    )


async def in_a_path(request: web.BaseRequest) -> web.StreamResponse:
    if len(request.path) > 500:
        return json_reply({"errors": [{"code": "X", "message": request.path_qs}]}, 404)
    return web.Response(status=302, headers={"Location": f"{request.path}/{WORD}?sig={WORD}"})


ECHOING = [in_the_body, in_a_page, in_headers, in_the_reason, in_a_host, in_a_path]


def registry(answer: Handler, scheme: str) -> Handler:
    """A registry that asks for a login, and repeats it in its answer once it has one."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Authorization") not in {None, "Bearer nobody"}:
            return await answer(request)
        if request.path == "/token":
            return json_reply({"token": "nobody"})
        realm = f'{scheme} realm="http://{request.host}/token",service="x"'
        return json_reply({"errors": [{"code": "UNAUTHORIZED"}]}, 401, WWW_Authenticate=realm)

    return handle


@pytest.fixture(params=["Basic", "Bearer"])
def echoing(request: pytest.FixtureRequest, beside: Beside) -> Iterator[Callable[[Handler], str]]:
    """Give the host of a registry that repeats the login in its answers."""
    current: list[Handler] = []

    async def handle(handled: web.BaseRequest) -> web.StreamResponse:
        return await current[0](handled)

    with beside.up(serving(handle)) as server:

        def made(answer: Handler) -> str:
            current.append(registry(answer, request.param))
            return f"127.0.0.1:{server.port}"

        yield made


@pytest.mark.parametrize("answer", ECHOING)
def test_registries_and_typed_logins(
    cli: CommandLine, namespace: str, echoing: Callable[[Handler], str], answer: Handler
) -> None:
    host = echoing(answer)
    typed = ["--registry", host, "-u", ROBOT.name, "--password-stdin"]
    for argv in (
        ["verify", *typed],
        ["verify", f"{host}/x", *typed, "-o", "json"],
        ["create", "x", "-n", namespace, *typed, "--dry-run"],
        ["create", "x", "-n", namespace, *typed, "--verify", f"{host}/x", "--dry-run=server"],
        ["login", host, *typed[2:]],
    ):
        for more in ("-v", "-vv"):
            clean(cli(*argv, more, stdin=PASSWORD))


@pytest.mark.parametrize("answer", ECHOING)
def test_registries_and_secrets_of_the_cluster(
    cli: CommandLine, world: World, namespace: str, echoing: Callable[[Handler], str], answer: Handler
) -> None:
    host = echoing(answer)
    typed = ["--registry", host, "-u", ROBOT.name, "--password-stdin"]
    cli("create", "pull", *typed, "-n", namespace, "--no-verify", "--attach", "default", stdin=PASSWORD).ok()
    world.deploy(namespace, image=f"{host}/team/app:1")
    world.stuck_pod(namespace)
    manifest = POD.format(image=f"{host}/team/app:1")
    for form in ("table", "wide", "json", "yaml", "name"):
        said = clean(cli("doctor", "-n", namespace, "--on-node", "-o", form, "-vv"))
        assert said.code == 1, said.all
        assert f"http://{host}/v2/" in said.err
    clean(cli("doctor", "-n", namespace, "-v"))
    clean(cli("doctor", "-n", namespace, "--on-node", "--fix", "--yes", "-vv"))
    for form in ("table", "wide", "json", "yaml", "name", "junit", "sarif"):
        argv = ["check", "-f", "-", "-n", namespace, "--on-node", "--probe", "-o", form, "-vv"]
        clean(cli(*argv, stdin=manifest))
    clean(cli("check", "-f", "-", "-n", namespace, "-v", stdin=manifest)).ok()
    events = json.dumps({"apiVersion": "v1", "kind": "List", "items": world.events()})
    clean(cli("explain", "-", "-vv", stdin=events))


@pytest.mark.parametrize("form", ["table", "wide", "json", "yaml", "name"])
def test_explain(cli: CommandLine, form: str) -> None:
    """It knows no password; it knows what one looks like."""
    for text in (
        f'Get "https://robot:{quote(PASSWORD, safe="")}@h.io/v2/": x509: certificate has expired',
        f"failed to pull: 401 Unauthorized, Authorization: Basic {AUTH}",
        f'invalid decoded auth: "{AUTH}" unauthorized',
        json.dumps({"auths": {"h.io": {"auth": AUTH}}}) + " no basic auth credentials",
    ):
        said = cli("explain", "-o", form, "-vv", "--", text)
        assert leaks(said.all, PASSWORD, "robot") == leaks(said.all, PASSWORD, ROBOT.name) == [], said.all


BODIES = [
    str,
    json.dumps,
    lambda body: str(json.loads(body)),
    lambda body: " ".join(base64.b64decode(v).decode() for v in json.loads(body)["data"].values()),
    lambda body: str([list(base64.b64decode(v)) for v in json.loads(body)["data"].values()]),
    lambda _: f"{ECHO} is weak",
]


@pytest.mark.parametrize("code", [400, 403, 422, 500])
@pytest.mark.parametrize("repeat", BODIES)
@pytest.mark.usefixtures("no_waiting")
def test_admission_webhooks(
    cli: CommandLine,
    world: World,
    beside: Beside,
    namespace: str,
    tmp_path: Path,
    repeat: Callable[[str], str],
    code: int,
) -> None:
    cli("create", "there", "-n", namespace, *login(world.basic), stdin=PASSWORD).ok()
    there = world.get(SECRET, "there", namespace)

    async def guard(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            missing = {"kind": "Status", "reason": "NotFound", "message": "not found", "code": 404}
            return (
                json_reply(there)
                if f"/{namespace}/secrets/there" in request.path
                else json_reply(missing, 404)
            )
        said = f'admission webhook "guard" denied the request: {repeat(await request.text())}'
        causes = [{"reason": "x", "field": said, "message": said}]
        status = {"kind": "Status", "code": code, "reason": said, "message": said}
        return json_reply({**status, "details": {"causes": causes}}, code)

    with beside.up(serving(guard)) as server:
        write_kubeconfig(tmp_path / "other", f"http://127.0.0.1:{server.port}")
        where = ["-n", namespace, "--kubeconfig", str(tmp_path / "other"), "-vv"]
        for argv in (
            ["create", "x", *login(world.basic), "--no-verify", *where],
            ["create", "there", *login(world.basic), "--email", "e", "--replace", "--no-verify", *where],
            ["add", "there", *login(world.bearer), "--no-verify", *where],
            ["copy", "there", "--to", "elsewhere", *where],
        ):
            said = clean(cli(*argv, stdin=PASSWORD))
            assert said.code == 3, said.all
            assert 'admission webhook "guard" denied the request' in said.all


def page(status: int, text: str, **headers: str) -> Handler:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page(200, "<html>Sign in</html>"), id="HTML"),
        pytest.param(page(200, "{"), id="cut-short"),
        pytest.param(page(302, "", Location="https://else.invalid/?token=x"), id="elsewhere"),
        pytest.param(page(401, "{}"), id="401"),
        pytest.param(page(500, "oops"), id="500"),
    ],
)
@pytest.mark.parametrize(
    "command", [["doctor"], ["doctor", "deployment/web"], ["check", "-f", "-"]], ids=" ".join
)
@pytest.mark.usefixtures("no_waiting")
def test_api_servers_that_fail(
    cli: CommandLine, beside: Beside, tmp_path: Path, answer: Handler, command: list[str]
) -> None:
    token = "kube-token-of-somebody"
    with beside.up(serving(answer)) as server:
        write_kubeconfig(tmp_path / "other", f"http://127.0.0.1:{server.port}")
        config: Any = json.loads((tmp_path / "other").read_text())
        config["users"][0]["user"]["token"] = token
        (tmp_path / "other").write_text(json.dumps(config))
        where = ["--kubeconfig", str(tmp_path / "other"), "-n", "web"]
        said = clean(cli(*command, *where, "-vv", stdin=POD.format(image="h.io/x")))
        assert (said.code, "Traceback" in said.err, token in said.all) == (3, True, False), said.all
        plain = clean(cli(*command, *where, "-v", stdin=POD.format(image="h.io/x")))
    *told, error = plain.err.splitlines()
    assert all(TOLD.fullmatch(line) for line in told), plain.err
    assert told
    assert error.startswith("error: ")


def test_every_request_is_told_and_nothing_else(cli: CommandLine, world: World, namespace: str) -> None:
    """As with kubectl, on standard error; what goes to standard output is the same."""
    words = ["create", "x", "-n", namespace, *login(world.bearer), "--registry-ca", world.ca_file]
    said = clean(cli(*words, "-v", stdin=PASSWORD)).ok()
    told = said.err.splitlines()
    assert all(TOLD.fullmatch(line) for line in told), said.err
    assert any(re.match(rf"GET https://{world.bearer.host}/v2/ 401 in", line) for line in told)
    assert any("/service/token 200 in" in line for line in told)
    assert any(re.search(rf"^POST http\S+/namespaces/{namespace}/secrets 201 in", line) for line in told)
    assert said.out == "secret/x created\n"
    assert cli("list", "-n", namespace).err == ""
    refused = clean(cli("list", "-v", "--kubeconfig", str(gone(cli))))
    assert re.search(r"^GET http://127.0.0.1:1/api/v1/\S+ no answer in \d+ ms$", refused.err, re.MULTILINE)


def gone(cli: CommandLine) -> Path:
    path = cli.home / "gone"
    write_kubeconfig(path, "http://127.0.0.1:1")
    return path
