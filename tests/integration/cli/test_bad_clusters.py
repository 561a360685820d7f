"""API servers that are not there, fail or refuse: one line with the server in it, exit code 3."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from support.beside import Beside
from support.certificates import Authority
from support.cliworlds import PASSWORD, World, login
from support.commandline import CommandLine
from support.httpserver import Handler, Raw, json_reply, serving, serving_bytes

COMMANDS = [
    pytest.param(["list"], id="list"),
    pytest.param(["list", "-A", "-o", "json"], id="list-all"),
    pytest.param(["show", "x"], id="show"),
    pytest.param(["create", "x", "LOGIN"], id="create"),
    pytest.param(["create", "x", "LOGIN", "--attach", "default"], id="create-attach"),
    pytest.param(["add", "x", "LOGIN"], id="add"),
    pytest.param(["remove", "x", "h.io"], id="remove"),
    pytest.param(["copy", "x", "--to", "y"], id="copy"),
    pytest.param(["attach", "x"], id="attach"),
    pytest.param(["attach", "x", "--all-serviceaccounts"], id="attach-all"),
    pytest.param(["attach", "x", "--workload", "deployment/web"], id="attach-workload"),
    pytest.param(["detach", "x"], id="detach"),
    pytest.param(["delete", "x"], id="delete"),
    pytest.param(["match", "h.io/x"], id="match"),
    pytest.param(["verify", "h.io/x"], id="verify"),
]
TOKEN = "kube-token-xyz"


@pytest.fixture
def kubeconfig(tmp_path: Path, no_waiting: None) -> Callable[..., str]:
    """Write a kubeconfig; nobody waits before another try."""

    def write(server: str, **cluster: Any) -> str:
        path = tmp_path / "other"
        content = {
            "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "c",
        }
        path.write_text(json.dumps(content))
        return str(path)

    return write


def refused(cli: CommandLine, world: World, argv: list[str], kubeconfig: str, *more: str) -> str:
    """Run it, and give the one line of its error."""
    typed = [part for word in argv for part in (login(world.basic) if word == "LOGIN" else [word])]
    said = cli(*typed, "--kubeconfig", kubeconfig, *more, stdin=PASSWORD)
    assert (said.code, said.out) == (3, ""), said.all
    assert TOKEN not in said.err
    assert PASSWORD not in said.err
    return said.error


def status(code: int, reason: str, message: str) -> Handler:
    body = {"kind": "Status", "status": "Failure", "message": message, "reason": reason, "code": code}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return json_reply(body, code)

    return answer


def page(text: str, code: int = 200) -> Handler:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=text, status=code, content_type="text/html")

    return answer


async def elsewhere(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "https://login.invalid/?token=abc"})


FORBIDDEN = (
    'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "a"'
)
ANSWERS = [
    pytest.param(page("<html>Sign in</html>"), "not the Kubernetes API's JSON", "address", id="HTML"),
    pytest.param(page("<html>Bad gateway</html>", 502), "a web page", "proxy", id="HTML-502"),
    pytest.param(page("<html>Not found</html>", 404), "no such path", "address", id="HTML-404"),
    pytest.param(page("[1]"), "not the Kubernetes API's JSON", "address", id="another-JSON"),
    pytest.param(page("{}"), "an object without", "Kubernetes API server", id="empty-object"),
    pytest.param(page('{"items": [1], "metadata": 3}'), "answered with an object", "proxy", id="odd-list"),
    pytest.param(page('{"items": "x", "metadata": 3}'), "answered with an object", "proxy", id="odd-items"),
    pytest.param(elsewhere, "redirects to https://login.invalid", "address", id="redirect"),
    pytest.param(status(401, "Unauthorized", "Unauthorized"), "does not know who we are", "https", id="401"),
    pytest.param(
        status(403, "Forbidden", FORBIDDEN), "cannot list", "kubectl auth can-i list secrets", id="403"
    ),
    pytest.param(status(500, "InternalError", "etcdserver: request timed out"), "etcdserver", "", id="500"),
    pytest.param(status(503, "ServiceUnavailable", "unable to handle"), "unable to handle", "", id="503"),
    pytest.param(status(429, "TooManyRequests", "too many requests"), "too many", "try again", id="429"),
]


@pytest.mark.parametrize(("answer", "what", "hint"), ANSWERS)
@pytest.mark.parametrize("argv", COMMANDS)
def test_an_answer_that_is_none(
    cli: CommandLine,
    world: World,
    beside: Beside,
    kubeconfig: Callable[..., str],
    argv: list[str],
    answer: Handler,
    what: str,
    hint: str,
) -> None:
    with beside.up(serving(answer)) as server:
        error = refused(cli, world, argv, kubeconfig(f"http://127.0.0.1:{server.port}"))
    assert what in error
    assert hint in error


async def in_the_middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"items":')
    await writer.drain()


async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()
    await reader.read(100)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param(in_the_middle, "broke off in the middle of its answer", id="in-the-middle"),
        pytest.param(at_once, "closed the connection without an answer", id="without-an-answer"),
        pytest.param(no_http, "not HTTP", id="no-HTTP"),
    ],
)
@pytest.mark.parametrize("argv", COMMANDS)
def test_a_connection_that_ends(
    cli: CommandLine,
    world: World,
    beside: Beside,
    kubeconfig: Callable[..., str],
    argv: list[str],
    raw: Raw,
    words: str,
) -> None:
    with beside.up(serving_bytes(raw)) as server:
        url = f"http://127.0.0.1:{server.port}"
        error = refused(cli, world, argv, kubeconfig(url))
    assert url in error
    assert words in error


@pytest.mark.parametrize("argv", COMMANDS)
def test_nobody_there(
    cli: CommandLine, world: World, kubeconfig: Callable[..., str], argv: list[str]
) -> None:
    error = refused(cli, world, argv, kubeconfig("https://127.0.0.1:1"))
    assert error.startswith("error: https://127.0.0.1:1 refused the connection: nothing listens there; ")


@pytest.mark.parametrize("argv", [["list"], ["create", "x", "LOGIN"]], ids=["list", "create"])
def test_an_unknown_authority(
    cli: CommandLine,
    world: World,
    beside: Beside,
    kubeconfig: Callable[..., str],
    tmp_path: Path,
    argv: list[str],
) -> None:
    context = Authority().sign("127.0.0.1").server_context(tmp_path)
    with beside.up(serving(page("{}"), tls=context)) as server:
        error = refused(cli, world, argv, kubeconfig(f"https://127.0.0.1:{server.port}"))
    assert "authority that the kubeconfig does not name" in error
    with beside.up(serving(page("{}"))) as server:
        error = refused(cli, world, argv, kubeconfig(f"https://127.0.0.1:{server.port}"))
    assert "does not speak TLS" in error


def test_a_server_that_takes_too_long(
    cli: CommandLine, world: World, beside: Beside, kubeconfig: Callable[..., str]
) -> None:
    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    with beside.up(serving_bytes(hold)) as server:
        path = kubeconfig(f"http://127.0.0.1:{server.port}")
        for limit in ("100ms", "1ms"):
            assert "in time" in refused(cli, world, ["list"], path, "--request-timeout", limit)


def half_allowed(world: World, *denied: str) -> Handler:
    """Lead to the sandbox's API server, but forbid some requests, as RBAC does."""

    async def pass_on(request: web.BaseRequest) -> web.StreamResponse:
        line = f"{request.method} {request.path}"
        if any(re.search(pattern, line) for pattern in denied):
            resource = request.path.split("/")[5] if request.path.count("/") > 4 else "x"
            verb = {"GET": "list", "POST": "create", "PATCH": "patch", "DELETE": "delete"}[request.method]
            message = (
                f'{resource} is forbidden: User "jane" cannot {verb} resource "{resource}" in API group ""'
            )
            return await status(403, "Forbidden", message)(request)
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method,
                world.beside.sandbox.url + request.path_qs,
                data=await request.read(),
                headers={"Content-Type": request.headers.get("Content-Type", "application/json")},
            ) as answer,
        ):
            body = await answer.read()
            return web.Response(body=body, status=answer.status, content_type="application/json")

    return pass_on


@pytest.fixture
def allowed(
    world: World, beside: Beside, kubeconfig: Callable[..., str], cli: CommandLine, namespace: str
) -> Callable[..., Any]:
    """Run a command as somebody who is denied some requests; `harbor` is there."""
    cli("create", "harbor", "-n", namespace, *login(world.basic), stdin=PASSWORD).ok()

    def run(*argv: str, denied: str) -> Any:
        with beside.up(serving(half_allowed(world, denied))) as server:
            path = kubeconfig(f"http://127.0.0.1:{server.port}")
            return cli(*argv, "-n", namespace, "--kubeconfig", path, stdin=PASSWORD)

    return run


def test_who_may_not_list_pods_still_sees_the_secrets(allowed: Callable[..., Any]) -> None:
    for argv in (["list"], ["show", "harbor"]):
        said = allowed(*argv, denied="GET .*/pods")
        assert said.code == 0
        assert "may not list pods" in said.err


def test_who_may_not_attach_is_told_what_was_made(
    allowed: Callable[..., Any], world: World, namespace: str
) -> None:
    said = allowed(
        "create", "other", *login(world.basic), "--attach", "default", denied="PATCH .*/serviceaccounts"
    )
    assert (said.code, said.out) == (3, "secret/other created\n")
    assert "cannot patch" in said.error
    assert world.secret("other", namespace)


def test_who_may_not_list_pods_can_attach(allowed: Callable[..., Any], world: World, namespace: str) -> None:
    said = allowed("attach", "harbor", denied="GET .*/pods")
    assert (said.code, said.out) == (0, "serviceaccount/default attached: harbor\n")
    assert said.err.startswith("warning: ")
    assert "pods is forbidden" in said.err
    assert world.accounts_with("harbor", namespace) == ["default"]


def test_who_may_not_delete_is_told_what_was_detached(
    allowed: Callable[..., Any], cli: CommandLine, world: World, namespace: str
) -> None:
    cli("attach", "harbor", "-n", namespace).ok()
    said = allowed("delete", "harbor", denied="DELETE .*/secrets")
    assert (said.code, said.out) == (3, "serviceaccount/default detached: harbor\n")
    assert world.secret("harbor", namespace)


def test_who_may_not_see_pods_may_not_delete_without_force(allowed: Callable[..., Any]) -> None:
    said = allowed("delete", "harbor", denied="GET .*/pods")
    assert said.code == 1
    assert "perhaps pods, which this account may not list" in said.error


def test_copy_goes_on_where_one_namespace_forbids(allowed: Callable[..., Any], world: World) -> None:
    one, other = world.namespace("one"), world.namespace("other")
    said = allowed("copy", "harbor", "--to", f"{one},{other}", denied=f"POST .*/{one}/secrets")
    assert (said.code, said.out) == (3, f"secret/harbor created in {other}\n")
    assert said.error.startswith(f"error: secret/harbor in {one}: secrets is forbidden")
