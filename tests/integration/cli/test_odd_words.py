"""Odd names, hosts and values, as people type them; and crowds of objects."""

import base64
import json
from typing import Any

import pytest

from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT
from support.cliworlds import PASSWORD, ROBOT, World, login
from support.commandline import CommandLine

TYPED = ["--no-verify", "--password-stdin"]
LOGIN = ["--registry", "h.io", "-u", "u", *TYPED]
PULL = "kubernetes.io/dockerconfigjson"


def secret_of(name: str, auths: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64encode(json.dumps({"auths": auths}).encode()).decode()
    return {"metadata": {"name": name}, "type": PULL, "data": {".dockerconfigjson": data}}


ODD = {
    "shell": "$HOME `id` $(id) !! * ; #",
    "angles": "<b>&amp;</b>",
    "quotes": 'it\'s "quoted" \\ and \\\\',
    "spaces": "  two  spaces ",
    "chinese": "用户密码",
    "emoji": "🔑 👩\u200d💻",
    "escape": "a\x1b[31mred\x1b[0m",
    "bell-and-tab": "a\x07\tb",
    "newlines": "one\ntwo\r\nthree",
    "right-to-left": "abc\u202edef",
    "percent": "%s %d {0} {x}",
    "markup": "[bold red]text[/]",
    "long": "x" * 3000,
}


@pytest.mark.parametrize("word", ODD.values(), ids=ODD)
def test_user_names_and_passwords(cli: CommandLine, world: World, namespace: str, word: str) -> None:
    """They arrive as they are; on a terminal they are shown, not obeyed."""
    user = word.replace(":", "")
    words = ["create", "odd", "-n", namespace, "--registry", "h.io", "-u", user, *TYPED]
    assert cli(*words, stdin=word).ok().out == "secret/odd created\n"
    report = json.loads(cli("show", "odd", "-n", namespace, "-o", "json", "--reveal").ok().out)
    (entry,) = report["registries"]
    assert (entry["username"], entry["password"]) == (user, word)
    for argv in (["show", "odd", "--reveal"], ["list", "-o", "wide"], ["match", "h.io/x", "--secret", "odd"]):
        shown = cli(*argv, "-n", namespace).ok()
        assert all(char.isprintable() or char == "\n" for char in shown.all)
        assert len(shown.lines) < 15, "a line stays a line"
    for argv in (["verify", "--registry", "127.0.0.1:1"], ["login", "127.0.0.1:1"]):
        said = cli(*argv, "-u", user, "--password-stdin", stdin="p")
        assert said.code == 3
        assert all(char.isprintable() or char == "\n" for char in said.all)


@pytest.mark.parametrize("word", [word for word in ODD.values() if len(word) < 100], ids=list(ODD)[:-1])
def test_words_in_errors_are_shown_and_not_obeyed(cli: CommandLine, namespace: str, word: str) -> None:
    for argv in (
        ["show", word], ["show", "--file", word], ["delete", word], ["create", word, "-u", "u", *TYPED],
        ["attach", "x", "--workload", word], ["match", word], ["list", "--context", word],
        ["list", "--kubeconfig", word], ["create", "x", "--docker-config", word],
        [word], ["list", f"--{word}"],
        ["create", "x", "--registry", word, "-u", "u", *TYPED], ["list", "--request-timeout", word],
        ["copy", "x", "--to", word], ["remove", "x", word], ["list", "-o", word],
    ):  # fmt: skip
        where = ["-n", namespace] if argv[0] != word else []
        said = cli(*argv, *where, "-vv", stdin="p")
        assert said.code == 2, (argv, said.all)
        assert said.out == ""
        assert all(char.isprintable() or char in "\n\t" for char in said.err), said.err
        assert said.err.splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        pytest.param("harbor.example.com", "harbor.example.com", id="host"),
        pytest.param("192.168.18.100:8080", "192.168.18.100:8080", id="address-and-port"),
        pytest.param("h.io:443/", "h.io:443/", id="slash"),
        pytest.param("https://h.io", "https://h.io", id="https"),
        pytest.param("http://h.io:80/team/", "http://h.io:80/team/", id="http-and-path"),
        pytest.param("h.io/team/app", "h.io/team/app", id="path"),
        pytest.param("localhost", "localhost", id="localhost"),
        pytest.param("*.example.com", "*.example.com", id="pattern"),
        pytest.param("docker.io", "https://index.docker.io/v1/", id="docker-hub"),
        pytest.param("index.docker.io", "https://index.docker.io/v1/", id="docker-hub-index"),
        pytest.param("https://index.docker.io/v1/", "https://index.docker.io/v1/", id="docker-hub-key"),
        pytest.param("registry-1.docker.io", "https://index.docker.io/v1/", id="docker-hub-registry"),
        pytest.param("", "https://index.docker.io/v1/", id="empty"),
    ],
)
def test_registries_become_the_keys_that_kubectl_writes(
    cli: CommandLine, world: World, namespace: str, typed: str, key: str
) -> None:
    cli("create", "x", "-n", namespace, "--registry", typed, "-u", "u", *TYPED, stdin="p").ok()
    secret = world.secret("x", namespace)
    assert secret is not None
    assert list(secret.config.entries) == [key]


def test_a_registry_in_capitals_is_warned_about(cli: CommandLine, namespace: str) -> None:
    said = cli("create", "x", "-n", namespace, "--registry", "H.io", "-u", "u", *TYPED, stdin="p").ok()
    assert "minds upper and lower case" in said.err


def test_a_pattern_cannot_be_checked(cli: CommandLine, world: World, namespace: str) -> None:
    words = ["--registry", "127.0.0.*:1", "-u", "u", "--password-stdin"]
    said = cli("create", "x", "-n", namespace, *words, stdin="p").ok()
    assert "127.0.0.*:1 is a pattern" in said.err
    assert "--verify" in said.err


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["show", "x"], id="show"),
        pytest.param(["attach", "x"], id="attach"),
        pytest.param(["detach", "x"], id="detach"),
        pytest.param(["delete", "x"], id="delete"),
        pytest.param(["remove", "x", "h.io"], id="remove"),
        pytest.param(["copy", "x", "--to", "default"], id="copy"),
        pytest.param(["match", "h.io/x"], id="match"),
        pytest.param(["match", "h.io/x", "--pod", "p"], id="match-pod"),
        pytest.param(["verify", "h.io/x"], id="verify"),
        pytest.param(["verify", "h.io/x", "--secret", "x"], id="verify-secret"),
        pytest.param(["create", "x", *LOGIN], id="create"),
        pytest.param(["create", "x", *LOGIN, "--attach", "a"], id="create-attach"),
        pytest.param(["add", "x", *LOGIN], id="add"),
    ],
)
def test_a_namespace_that_is_not_there(cli: CommandLine, world: World, argv: list[str]) -> None:
    before = world.state()
    said = cli(*argv, "-n", "not-there", stdin="p")
    assert (said.code, said.out) == (2, "")
    assert said.error.startswith("error: there is no namespace 'not-there'; ")
    assert world.state() == before


def test_an_empty_namespace_is_the_context_s(cli: CommandLine) -> None:
    assert "namespace 'default'" in cli("show", "not-there", "-n", "").error


def test_of_repeated_options_the_last_counts(cli: CommandLine, world: World, namespace: str) -> None:
    words = ["-n", "nope", "-n", namespace, "--registry", "a.io", "--registry", "b.io", "-u", "a", "-u", "b"]
    cli("create", "x", *words, *TYPED, stdin="p").ok()
    secret = world.secret("x", namespace)
    assert secret is not None
    assert [(key, entry.username) for key, entry in secret.config.entries.items()] == [("b.io", "b")]


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        pytest.param("deployment/nothing", "no Deployment 'nothing'", id="missing"),
        pytest.param("deployment", "KIND/NAME", id="no-name"),
        pytest.param("/web", "KIND/NAME", id="no-kind"),
        pytest.param("deployment/", "KIND/NAME", id="empty-name"),
        pytest.param("deployment/a/b", "'a/b'", id="two-slashes"),
        pytest.param("deploymnt/web", "deployment", id="misspelt"),
        pytest.param("configmap/web", "deployment", id="no-workload"),
        pytest.param("pod/web", "", id="pod"),
        pytest.param("secret/harbor", "'secret' is no kind that fits", id="secret"),
        pytest.param("sa/default", "'sa' is no kind that fits", id="serviceaccount"),
        pytest.param("namespace/web", "'namespace' is no kind that fits", id="namespace"),
    ],
)
@pytest.mark.parametrize("command", ["attach", "detach"])
def test_workloads_that_are_none(
    cli: CommandLine, world: World, namespace: str, command: str, workload: str, words: str
) -> None:
    world.make(SECRET, secret_of("harbor", {"h.io": {"auth": "dTpw"}}), namespace)
    before = world.state(namespace)
    said = cli(command, "harbor", "-n", namespace, "--workload", workload)
    assert (said.code, said.out) == (2, "")
    assert words in said.error
    assert world.state(namespace) == before


def test_a_secret_that_is_too_large(cli: CommandLine, world: World, namespace: str) -> None:
    auths = {f"h{n}.io": {"username": "u", "password": "p" * 4000} for n in range(300)}
    file = cli.home / "config.json"
    file.write_text(json.dumps({"auths": auths}))
    said = cli("create", "big", "-n", namespace, "--docker-config", str(file), "--no-verify")
    assert (said.code, said.out) == (3, "")
    assert "1048576 bytes" in said.error
    assert world.secret("big", namespace) is None


def test_an_account_with_three_hundred_secrets(cli: CommandLine, world: World, namespace: str) -> None:
    auth = base64.b64encode(f"{ROBOT.name}:{PASSWORD}".encode()).decode()
    for number in range(300):
        host = world.basic.host if number == 150 else f"h{number}.io"
        world.make(SECRET, secret_of(f"s{number}", {host: {"auth": auth}}), namespace)
    names = [{"name": f"s{number}"} for number in range(300)]
    world.make(SERVICE_ACCOUNT, {"metadata": {"name": "many"}, "imagePullSecrets": names}, namespace)
    found = cli("match", world.image, "-n", namespace, "--serviceaccount", "many").ok()
    assert found.lines[-1].split()[1] == f"{namespace}/s150"
    assert cli("verify", world.image, "-n", namespace, "--serviceaccount", "many").ok()
    assert len(cli("list", "-n", namespace).ok().lines) == 301
    cli("create", "more", "-n", namespace, *login(world.basic), stdin=PASSWORD).ok()
    assert cli("attach", "more", "-n", namespace, "--serviceaccount", "many").ok()
    account = world.get(SERVICE_ACCOUNT, "many", namespace)
    assert account is not None
    assert account["imagePullSecrets"] == [*names, {"name": "more"}]


def test_a_list_of_thousands_comes_in_pages(cli: CommandLine, world: World) -> None:
    """More than a page (500) of them, over many namespaces."""
    prefix = "page"
    namespaces = [world.namespace(prefix) for _ in range(20)]
    for namespace in namespaces:
        for number in range(60):
            world.make(SECRET, secret_of(f"s{number}", {"h.io": {"auth": "dTpw"}}), namespace)
    items = json.loads(cli("list", "-A", "-o", "json").out)["items"]
    mine = [item for item in items if item["namespace"] in namespaces]
    assert len(mine) == 1200
    assert len({(item["namespace"], item["name"]) for item in mine}) == 1200
