"""Registries that do not answer as they should: told in one line, asked no more than needed."""

import json

import pytest
from aiohttp import web

from pullsecret.core.sensitive import Sensitive
from pullsecret.sandbox.accounts import User
from pullsecret.sandbox.misbehaviour import Failure
from support.beside import Beside
from support.cliworlds import PASSWORD, ROBOT, World, login
from support.commandline import CommandLine, Said
from support.httpserver import Handler, Server, serving

WORDS = {
    Failure.RATE_LIMITED: "limits how often it is asked",
    Failure.SERVER_ERROR: "did not answer as a registry",
    Failure.CLOSED: "closed the connection",
    Failure.CUT: "broke off in the middle",
    Failure.HTML: "did not answer as a registry",
    Failure.ENDLESS: "sends more than",
    Failure.REDIRECT_LOOP: "sends on without end",
}
FAILURES = [pytest.param(failure, words, id=failure) for failure, words in WORDS.items()]


@pytest.mark.parametrize(("failure", "words"), FAILURES)
def test_login_saves_nothing(cli: CommandLine, world: World, failure: Failure, words: str) -> None:
    world.basic.fail(failure)
    said = cli("login", world.basic.host, *login(world.basic)[2:], stdin=PASSWORD)
    assert (said.code, said.out) == (3, "")
    assert world.basic.host in said.error
    assert words in said.error
    assert "; " in said.error, "it says what to do"
    assert not (cli.home / ".docker").exists()


@pytest.mark.parametrize(("failure", "words"), FAILURES)
def test_verify_has_no_verdict(cli: CommandLine, world: World, failure: Failure, words: str) -> None:
    world.basic.fail(failure, where="/manifests/")
    said = cli("verify", world.image, *login(world.basic), stdin=PASSWORD)
    assert (said.code, said.err) == (3, "")
    assert "did not answer as a registry" in said.out if failure is Failure.HTML else words in said.out
    report = json.loads(cli("verify", world.image, *login(world.basic), "-o", "json", stdin=PASSWORD).out)
    (attempt,) = report["images"][0]["attempts"]
    assert (attempt["worked"], bool(attempt["cause"]), bool(attempt["hint"])) == (False, True, True)


@pytest.mark.parametrize(("failure", "words"), FAILURES)
def test_create_warns_and_goes_on(
    cli: CommandLine, world: World, namespace: str, failure: Failure, words: str
) -> None:
    """Unreachable is a warning, by design: the credential may be good all the same."""
    world.basic.fail(failure)
    said = cli("create", "x", "-n", namespace, *login(world.basic), stdin=PASSWORD).ok()
    assert said.out == "secret/x created\n"
    (warning,) = said.err.splitlines()
    assert warning.startswith("warning: the ")
    assert "could not be checked" in warning
    assert words in warning
    assert "; " in warning, "it says what to do"


@pytest.mark.parametrize(("failure", "words"), FAILURES)
def test_create_makes_nothing_without_the_proof_that_was_asked_for(
    cli: CommandLine, world: World, namespace: str, failure: Failure, words: str
) -> None:
    world.basic.fail(failure)
    before = world.state(namespace)
    said = cli("create", "x", "-n", namespace, *login(world.basic), "--verify", world.image, stdin=PASSWORD)
    assert (said.code, said.out) == (3, "")
    assert words in said.error
    assert "nothing was changed; without --verify" in said.error
    assert world.state(namespace) == before


def test_a_slow_registry_is_waited_for(cli: CommandLine, world: World) -> None:
    world.basic.fail(Failure.SLOW, delay=0.2)
    assert cli("verify", *login(world.basic), stdin=PASSWORD).ok()


# realms


def challenging(realm: str) -> Handler:
    async def challenge(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v2/":
            header = f'Bearer realm="{realm}",service="registry"'
            return web.Response(status=401, headers={"WWW-Authenticate": header})
        return web.json_response({"token": "t", "expires_in": 300})

    return challenge


def ask(cli: CommandLine, server: Server) -> Said:
    return cli(
        "verify", "--registry", f"127.0.0.1:{server.port}", "-u", "u", "--password-stdin", stdin=PASSWORD
    )


@pytest.mark.parametrize(
    ("realm", "words"),
    [
        pytest.param("http://else.invalid/token", "by plain HTTP (else.invalid)", id="elsewhere"),
        pytest.param("http://u:p@127.0.0.1/token", "a login of its own in the address", id="login-in-it"),
        pytest.param("ftp://127.0.0.1/token", "no usable address", id="scheme"),
        pytest.param("//127.0.0.1/token", "no usable address", id="no-scheme"),
        pytest.param("http://127.0.0.1\\\\@evil.invalid/", "no usable address", id="backslash"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_realm_that_no_password_goes_to(cli: CommandLine, beside: Beside, realm: str, words: str) -> None:
    with beside.up(serving(challenging(realm))) as server:
        said = ask(cli, server)
    assert said.code == 3
    assert words in said.out
    assert server.with_authorization() == []


def test_a_realm_on_the_registry_s_own_host(cli: CommandLine, beside: Beside) -> None:
    with beside.up(serving(challenging("http://127.0.0.1:1/token"))) as server:
        said = ask(cli, server)
    assert said.code == 3
    assert "127.0.0.1:1" in said.out, "another port of the same host is asked, and is not there"


def test_a_redirect_elsewhere_gets_no_password(cli: CommandLine, beside: Beside) -> None:
    async def collect(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({})

    with beside.up(serving(collect)) as other:

        async def send_on(request: web.BaseRequest) -> web.StreamResponse:
            if not request.headers.get("Authorization"):
                return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
            return web.Response(status=307, headers={"Location": f"http://127.0.0.1:{other.port}/steal"})

        with beside.up(serving(send_on)) as server:
            ask(cli, server)
    assert other.with_authorization() == []


# one try


def test_a_failing_login_is_tried_once(cli: CommandLine, world: World, namespace: str) -> None:
    images = [f"{world.basic.host}/lnmp/nginx:v{number}" for number in range(20)]
    said = cli("verify", *images, *login(world.basic), stdin="wrong-word")
    assert said.code == 1
    assert said.out.count("credential-rejected") == 20
    assert world.basic.logins() == {ROBOT.name: 1}
    world.calm()
    assert cli("create", "x", "-n", namespace, *login(world.basic), stdin="wrong-word").code == 1
    assert world.basic.logins() == {ROBOT.name: 1}


def test_a_failing_login_for_tokens_is_tried_once(cli: CommandLine, world: World) -> None:
    images = [f"{world.bearer.host}/lnmp/nginx:v{number}" for number in range(20)]
    how = ["--registry-ca", world.ca_file]
    assert cli("verify", *images, *login(world.bearer), *how, stdin="wrong-word").code == 1
    assert world.bearer.logins() == {ROBOT.name: 1}


def test_each_of_several_failing_logins_is_tried_once(cli: CommandLine, world: World, namespace: str) -> None:
    host = world.basic.host
    users = [User(f"user{number}", Sensitive("wrong-word")) for number in range(3)]
    entries = dict(zip([host, f"http://{host}", f"{host}/lnmp"], users, strict=True))
    auths = {key: {"username": u.name, "password": u.password.reveal()} for key, u in entries.items()}
    config = cli.home / "config.json"
    config.write_text(json.dumps({"auths": auths}))
    images = [f"{host}/lnmp/nginx:{tag}" for tag in ("v2", "a", "b")]
    said = cli("verify", *images, "--docker-config", str(config))
    assert said.code == 1
    assert world.basic.logins() == {user.name: 1 for user in users}
    world.calm()
    refused = cli("create", "x", "-n", namespace, "--docker-config", str(config))
    assert refused.code == 1
    assert max(world.basic.logins().values()) == 1


def test_a_good_login_is_tried_once_and_used_often(cli: CommandLine, world: World) -> None:
    images = [f"{world.bearer.host}/lnmp/nginx:{tag}" for tag in ("v2", "v3", "v4")]
    how = ["--registry-ca", world.ca_file]
    cli("verify", *images, *login(world.bearer), *how, stdin=PASSWORD)
    assert world.bearer.requests("GET /service/token") <= 2, "one for the login, one for the repository"
