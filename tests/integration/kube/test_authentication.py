"""Who we are, as the server sees it: headers, plugins, and what a 401 sets off."""

import asyncio
import json
import shlex
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pullsecret.core.errors import ClusterError, Unauthorized
from pullsecret.core.objects import NAMESPACE
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.auth import PluginAuthenticator
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from pullsecret.kube.execplugin import run_plugin
from pullsecret.kube.settings import ExecPlugin, Identity, Impersonation
from support.certificates import Authority
from support.httpserver import Handler, json_reply, serving
from support.showing import all_shown

from .conftest import MakeClient

V1 = "client.authentication.k8s.io/v1"
PATH = "/usr/bin:/bin"


def accepting(*tokens: str) -> Handler:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Authorization", "") in {f"Bearer {token}" for token in tokens}:
            return json_reply({"metadata": {}})
        return json_reply(
            {"kind": "Status", "code": 401, "reason": "Unauthorized", "message": "Unauthorized"}, 401
        )

    return answer


async def test_a_token_and_impersonation_are_sent(client_of: MakeClient) -> None:
    seen: list[list[tuple[str, str]]] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(list(request.headers.items()))
        return json_reply({"metadata": {}})

    acting = Impersonation("jané", groups=("dev", "ops"), extra={"scope": ("x", "y")})
    identity = Identity(token=Sensitive("hunter2"))
    settings = {"identity": identity, "impersonation": acting, "compression": False}
    async with serving(answer) as server, client_of(server, **settings) as cluster:
        await cluster.get(NAMESPACE, "web")
    headers = seen[0]
    for expected in [
        ("Authorization", "Bearer hunter2"), ("Impersonate-User", "jané"), ("Impersonate-Group", "dev"),
        ("Impersonate-Group", "ops"), ("Impersonate-Extra-scope", "x"), ("Impersonate-Extra-scope", "y"),
        ("Accept-Encoding", "identity"),
    ]:  # fmt: skip
        assert expected in headers


async def test_unauthorized_names_the_server_and_the_way_back(client_of: MakeClient) -> None:
    settings = {"identity": Identity(token=Sensitive("old")), "user_name": "jane", "source": "~/.kube/config"}
    async with serving(accepting("new")) as server, client_of(server, **settings) as cluster:
        with pytest.raises(Unauthorized, match=r"http://127.0.0.1:[0-9]+ does not know who we are") as caught:
            await cluster.get(NAMESPACE, "web")
        assert len(server.seen) == 1
    assert (
        caught.value.hint
        == "log in again: the token of user 'jane' of ~/.kube/config is wrong or has expired"
    )


async def test_a_token_file_is_read_again_after_a_401(client_of: MakeClient, tmp_path: Path) -> None:
    path = tmp_path / "token"
    written(path, "new")
    identity = Identity(token=Sensitive("old"), token_file=str(path))
    async with serving(accepting("new")) as server, client_of(server, identity=identity) as cluster:
        await cluster.get(NAMESPACE, "web")
        await cluster.get(NAMESPACE, "web")
        assert [seen.authorization for seen in server.seen] == ["Bearer old", "Bearer new", "Bearer new"]


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def script(folder: Path, text: str, *, name: str = "login") -> str:
    """Write a plugin in shell."""
    path = written(folder / name, f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def printing(version: str = V1, **status: str) -> str:
    document = {"kind": "ExecCredential", "apiVersion": version, "status": status}
    return f"printf %s {shlex.quote(json.dumps(document))}"


def plugin_of(command: str, **fields: Any) -> ExecPlugin:
    defaults = {
        "api_version": V1,
        "interactive_mode": "IfAvailable",
        "user": "jane",
        "environment": {"PATH": PATH},
    }
    return ExecPlugin(command, **(defaults | fields))


def runs(folder: Path) -> int:
    return (folder / "runs").read_text().count("x")


def counting(folder: Path) -> str:
    written(folder / "runs", "")
    return f"printf x >> {shlex.quote(str(folder / 'runs'))}"


async def test_a_plugin_gets_what_its_contract_says(tmp_path: Path) -> None:
    out = shlex.quote(str(tmp_path / "seen"))
    command = script(
        tmp_path,
        f'{{ echo "$KUBERNETES_EXEC_INFO"; echo "$A $B $#:$1:$2"; cat; }} > {out}; {printing(token="t")}',
    )
    plugin = plugin_of(
        command, arguments=("one", "two words"), variables=(("A", "own"),),
        environment={"PATH": PATH, "A": "inherited", "B": "kept"},
        cluster={"server": "https://one", "config": None},
    )  # fmt: skip
    assert (await run_plugin(plugin, terminal=False)).token == Sensitive("t")
    information, rest = (tmp_path / "seen").read_text().splitlines()
    assert rest == "own kept 2:one:two words"
    # Recorded from kubectl v1.32.4, which also has this order.
    assert information == (
        f'{{"kind":"ExecCredential","apiVersion":"{V1}",'
        '"spec":{"cluster":{"server":"https://one","config":null},"interactive":false}}'
    )


@pytest.mark.parametrize(
    ("mode", "terminal", "interactive"),
    [
        ("Never", True, False),
        ("IfAvailable", True, True),
        ("IfAvailable", False, False),
        ("Always", True, True),
    ],
)
async def test_interactive_modes(tmp_path: Path, mode: str, terminal: bool, interactive: bool) -> None:
    out = shlex.quote(str(tmp_path / "seen"))
    command = script(tmp_path, f'echo "$KUBERNETES_EXEC_INFO" > {out}; {printing(token="t")}')
    await run_plugin(plugin_of(command, interactive_mode=mode), terminal=terminal)
    assert json.loads((tmp_path / "seen").read_text())["spec"] == {"interactive": interactive}


async def test_a_plugin_that_must_ask_needs_a_terminal() -> None:
    with pytest.raises(ClusterError, match="wants to ask at a terminal, and standard input is none"):
        await run_plugin(plugin_of("/bin/true", interactive_mode="Always"), terminal=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("echo hunter2", "printed something that is no ExecCredential in JSON", id="rubbish"),
        pytest.param("exit 3", "failed with exit code 3; what it says of it stands above", id="exit code"),
        pytest.param("kill -9 $$", "was ended by signal 9", id="signal"),
        pytest.param("exec sleep 60", "did not end within 0.3 s", id="hangs"),
        pytest.param("sleep 3 & exit 0", "did not end within 0.3 s", id="leaves a child that holds the pipe"),
        pytest.param("exec >&-; exec sleep 60", "did not end within 0.3 s", id="closes its output and hangs"),
        pytest.param("yes hunter2", "printed more than 1024 KiB", id="endless"),
    ],
)
async def test_a_plugin_that_misbehaves(tmp_path: Path, text: str, message: str) -> None:
    before = time.monotonic()
    with pytest.raises(ClusterError, match=message) as caught:
        await run_plugin(plugin_of(script(tmp_path, text)), terminal=False, time_limit=0.3)
    assert caught.value.message.startswith(f"the exec plugin {tmp_path}/login of user 'jane' ")
    assert caught.value.exit_code == 3
    assert "hunter2" not in all_shown(caught.value)
    assert time.monotonic() - before < 10


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        pytest.param(
            "brew install login\n\x1b[31mnow", "brew install login  [31mnow", id="its own hint, as text"
        ),
        pytest.param("", "install no-such-login: the kubeconfig logs in with it", id="none"),
    ],
)
async def test_a_plugin_that_is_missing(hint: str, told: str) -> None:
    with pytest.raises(
        ClusterError, match="no-such-login of user 'jane' is not installed, or not in PATH"
    ) as caught:
        await run_plugin(plugin_of("no-such-login", install_hint=hint), terminal=False)
    assert caught.value.hint == " ".join(told.split())


@pytest.mark.parametrize("arguments", [("a\0b",), ("x" * 3_000_000,)])
async def test_a_plugin_that_cannot_be_started(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ClusterError, match="cannot be started: "):
        await run_plugin(plugin_of("/bin/true", arguments=arguments), terminal=False)


async def test_a_plugin_is_looked_up_in_path(tmp_path: Path) -> None:
    script(tmp_path, printing(token="t"), name="login-here")
    plugin = plugin_of("login-here", environment={"PATH": f"{tmp_path}:{PATH}"})
    assert (await run_plugin(plugin, terminal=False)).token == Sensitive("t")


async def test_many_requests_run_a_plugin_once(client_of: MakeClient, tmp_path: Path) -> None:
    command = script(tmp_path, f"{counting(tmp_path)}; {printing(token='t')}")
    identity = Identity(plugin=plugin_of(command))
    async with serving(accepting("t")) as server, client_of(server, identity=identity) as cluster:
        await asyncio.gather(*(cluster.get(NAMESPACE, "web") for _ in range(20)))
    assert runs(tmp_path) == 1


async def test_a_refused_credential_runs_the_plugin_again_once(client_of: MakeClient, tmp_path: Path) -> None:
    command = script(
        tmp_path,
        f"{counting(tmp_path)}; [ $(wc -c < {tmp_path}/runs) = 1 ] && {printing(token='t1')}"
        f" || {printing(token='t2')}",
    )
    identity = Identity(plugin=plugin_of(command))
    async with serving(accepting("t2")) as server, client_of(server, identity=identity) as cluster:
        await asyncio.gather(*(cluster.get(NAMESPACE, "web") for _ in range(5)))
        await cluster.get(NAMESPACE, "web")
    assert runs(tmp_path) == 2


async def test_a_plugin_that_prints_the_same_again_is_told(client_of: MakeClient, tmp_path: Path) -> None:
    command = script(tmp_path, f"{counting(tmp_path)}; {printing(token='t')}")
    identity = Identity(plugin=plugin_of(command))
    async with serving(accepting("other")) as server, client_of(server, identity=identity) as cluster:
        with pytest.raises(Unauthorized) as caught:
            await cluster.get(NAMESPACE, "web")
        assert len(server.seen) == 1
    assert f"log in again with {command}" in caught.value.hint
    assert runs(tmp_path) == 2


async def test_an_expired_credential_runs_the_plugin_again(tmp_path: Path) -> None:
    now = [0.0]
    command = script(
        tmp_path, f"{counting(tmp_path)}; {printing(token='t', expirationTimestamp='1970-01-01T00:10:00Z')}"
    )
    authenticator = PluginAuthenticator(plugin_of(command), now=lambda: now[0], terminal=False)
    for moment, count in ((0, 1), (599, 1), (600, 2)):
        now[0] = float(moment)
        await authenticator.proof()
        assert runs(tmp_path) == count


async def test_from_a_kubeconfig_to_a_request(tmp_path: Path) -> None:
    version = "client.authentication.k8s.io/v1beta1"
    script(tmp_path, printing(version=version, token="t"))
    authority = Authority()
    written(tmp_path / "ca.crt", authority.pem)
    async with serving(accepting("t"), tls=authority.sign("127.0.0.1").server_context(tmp_path)) as server:
        config = {
            "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {
                "server": f"https://127.0.0.1:{server.port}", "certificate-authority": "ca.crt",
            }}],
            "users": [{"name": "u", "user": {"exec": {"apiVersion": version, "command": "./login"}}}],
        }  # fmt: skip
        path = written(tmp_path / "config", json.dumps(config))
        async with ClusterClient(load({"PATH": PATH, "KUBECONFIG": str(path)})) as cluster:
            assert await cluster.get(NAMESPACE, "web") == {"metadata": {}}
