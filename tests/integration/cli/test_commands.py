"""Every command end to end, on a sandbox with its registries."""

import base64
import json

import pytest

from pullsecret.core.objects import DEPLOYMENT, NAMESPACE, POD, SECRET, SERVICE_ACCOUNT, uid_of
from support.cliworlds import PASSWORD, ROBOT, World, login
from support.commandline import CommandLine


@pytest.fixture
def made(cli: CommandLine, world: World, namespace: str) -> str:
    """A namespace with the Secret `harbor` in it."""
    cli("create", "harbor", "-n", namespace, *login(world.basic), stdin=PASSWORD).ok()
    world.calm()
    return namespace


def entries(world: World, namespace: str, name: str = "harbor") -> dict[str, tuple[str, str]]:
    secret = world.secret(name, namespace)
    assert secret is not None
    return {key: (e.username, e.password.reveal()) for key, e in secret.config.entries.items()}


def test_the_whole_story(cli: CommandLine, world: World, namespace: str) -> None:
    """A private image fails, is mended, and runs; then it is all taken down again."""
    world.deploy(namespace)
    stuck = world.stuck_pod(namespace)
    assert cli("match", world.image, "-n", namespace).code == 1
    proven = ["--attach", "default", "--verify", world.image]
    created = cli("create", "harbor", "-n", namespace, *login(world.basic), *proven, stdin=PASSWORD).ok()
    assert created.lines == ["secret/harbor created", "serviceaccount/default attached: harbor"]
    told = cli("attach", "harbor", "-n", namespace).ok()
    assert f"pod/{stuck['metadata']['name']} stuck" in told.out
    assert "--restart-stuck" in told.err
    assert "evicted" in cli("attach", "harbor", "-n", namespace, "--restart-stuck").ok().out
    assert uid_of(world.running_pod(namespace)) != uid_of(stuck)
    assert cli("match", world.image, "-n", namespace).ok()
    refused = cli("delete", "harbor", "-n", namespace)
    assert refused.code == 1
    assert "still needed by" in refused.error
    assert "--force" in refused.error
    assert cli("delete", "harbor", "-n", namespace, "--force").ok().lines[-1] == "secret/harbor deleted"
    assert world.secret("harbor", namespace) is None
    assert world.accounts_with("harbor", namespace) == []


def test_create_again_replace_and_add(cli: CommandLine, world: World, made: str) -> None:
    uid = uid_of(world.get(SECRET, "harbor", made) or {})
    again = cli("create", "harbor", "-n", made, *login(world.basic), stdin=PASSWORD).ok()
    assert again.out == "secret/harbor unchanged\n"
    other = ["--registry", "ghcr.io", "-u", "me", "--password-stdin", "--no-verify"]
    refused = cli("create", "harbor", "-n", made, *other, stdin="token")
    assert refused.code == 2
    assert "--replace" in refused.error
    assert "`add harbor`" in refused.error
    assert list(entries(world, made)) == [world.basic.host]

    assert cli("add", "harbor", "-n", made, *other, stdin="token").ok().out == "secret/harbor configured\n"
    assert entries(world, made) == {world.basic.host: (ROBOT.name, PASSWORD), "ghcr.io": ("me", "token")}
    assert cli("add", "harbor", "-n", made, *other, stdin="token").ok().out == "secret/harbor unchanged\n"
    assert cli("add", "harbor", "-n", made, *other, stdin="new").code == 2
    assert cli("add", "harbor", "-n", made, *other, "--replace", stdin="new").ok()
    assert entries(world, made)["ghcr.io"] == ("me", "new")

    assert cli("remove", "harbor", world.basic.host, "-n", made).ok()
    assert list(entries(world, made)) == ["ghcr.io"]
    last = cli("remove", "harbor", "ghcr.io", "-n", made)
    assert last.code == 2
    assert "only registry" in last.error
    assert uid_of(world.get(SECRET, "harbor", made) or {}) == uid


def test_a_rejected_login_makes_nothing(cli: CommandLine, world: World, namespace: str) -> None:
    before = world.state(namespace)
    refused = cli("create", "harbor", "-n", namespace, *login(world.basic), stdin="wrong-word")
    assert refused.code == 1
    assert "rejects the login of robot$lnmp+ci" in refused.error
    assert world.state(namespace) == before


def test_an_unreachable_registry_is_a_warning(cli: CommandLine, namespace: str) -> None:
    words = ["--registry", "127.0.0.1:1", "-u", "u", "--password-stdin"]
    made = cli("create", "harbor", "-n", namespace, *words, stdin="p").ok()
    assert made.out == "secret/harbor created\n"
    assert made.err.startswith("warning: the login for 127.0.0.1:1 could not be checked")
    assert made.err.count("\n") == 1


@pytest.mark.parametrize("command", ["create", "add"])
def test_a_proof_that_cannot_be_had_makes_nothing(
    cli: CommandLine, world: World, namespace: str, command: str
) -> None:
    cli("create", "kept", "-n", namespace, "--registry", "h.io", "-u", "u", "-p", "p", "--no-verify").ok()
    before = world.state(namespace)
    name = "harbor" if command == "create" else "kept"
    words = ["--registry", "127.0.0.1:1", "-u", "u", "--password-stdin", "--verify", "127.0.0.1:1/app:1"]
    attach = ["--attach", "default"] if command == "create" else []
    refused = cli(command, name, "-n", namespace, *words, *attach, stdin="p")
    assert refused.code == 3
    assert "refuses the connection" in refused.error
    assert "nothing was changed" in refused.error
    assert world.state(namespace) == before


def test_bearer_tokens_over_tls(cli: CommandLine, world: World, namespace: str) -> None:
    how = ["--registry-ca", world.ca_file]
    proof = ["--verify", f"{world.bearer.host}/lnmp/nginx:v2"]
    assert cli("create", "token", "-n", namespace, *login(world.bearer), *how, *proof, stdin=PASSWORD).ok()
    denied = cli("verify", f"{world.bearer.host}/team/app:1.0", "-n", namespace, "--secret", "token", *how)
    assert denied.code == 1
    assert "denied-or-missing" in denied.out
    unknown = cli("verify", "-n", namespace, "--secret", "token")
    assert unknown.code == 3
    assert "tls-unknown-authority" in unknown.out
    assert "--registry-ca" in unknown.out


def test_dry_runs_write_nothing(cli: CommandLine, world: World, namespace: str) -> None:
    before = world.state()
    words = ["-n", namespace, *login(world.basic)]
    client = cli("create", "harbor", *words, "--dry-run=client", stdin=PASSWORD).ok()
    assert client.out == "secret/harbor created (client dry run)\n"
    assert world.basic.seen == [], "a client dry run asks nobody"
    server = cli("create", "harbor", *words, "--dry-run=server", "--attach", "default", stdin=PASSWORD).ok()
    assert server.lines[0] == "secret/harbor created (server dry run)"
    assert world.state() == before
    cli("create", "harbor", *words, "--attach", "default", stdin=PASSWORD).ok()
    before = world.state()
    for argv in (
        ["add", "harbor", "--registry", "h.io", "-u", "u", "--password-stdin", "--no-verify"],
        ["attach", "harbor", "--serviceaccount", "default"],
        ["detach", "harbor"],
        ["delete", "harbor"],
        ["copy", "harbor", "--to", "default"],
    ):
        assert "server dry run" in cli(*argv, "-n", namespace, "--dry-run", stdin="p").ok().out
    assert world.state() == before


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize("mode", ["client", "server"])
def test_a_manifest_can_be_applied(
    cli: CommandLine, world: World, namespace: str, form: str, mode: str
) -> None:
    words = ["-n", namespace, *login(world.basic)]
    printed = cli("create", "harbor", *words, f"--dry-run={mode}", "-o", form, stdin=PASSWORD).ok().out
    file = cli.home / f"secret.{form}"
    file.write_text(printed)
    assert cli("create", "other", "-n", namespace, "--file", str(file)).ok()
    assert entries(world, namespace, "other") == {world.basic.host: (ROBOT.name, PASSWORD)}


def test_copy(cli: CommandLine, world: World, made: str) -> None:
    one, other = world.namespace("one"), world.namespace("other")
    copied = cli("copy", "harbor", "-n", made, "--to", f"{one}, {other}", "--to", "nope")
    assert copied.code == 2
    assert copied.lines == [f"secret/harbor created in {one}", f"secret/harbor created in {other}"]
    assert copied.error.startswith("error: secret/harbor in nope: there is no namespace 'nope'")
    for target in (one, other):
        assert entries(world, target) == entries(world, made)


def test_copy_into_a_namespace_that_is_going(cli: CommandLine, world: World, made: str) -> None:
    going = world.namespace("going")
    world.make(SECRET, {"metadata": {"name": "stays", "finalizers": ["example.com/stays"]}}, going)
    world.do(world.beside.sandbox.cluster.delete(NAMESPACE, going))
    refused = cli("copy", "harbor", "-n", made, "--to", going)
    assert (refused.code, refused.out) == (3, "")
    assert f"namespace {going!r} is being deleted" in refused.error


def test_attach_and_detach(cli: CommandLine, world: World, made: str) -> None:
    for name in ("builder", "runner"):
        world.make(SERVICE_ACCOUNT, {"metadata": {"name": name}}, made)
    some = ["--serviceaccount", "builder", "--serviceaccount", "runner"]
    assert len(cli("attach", "harbor", "-n", made, *some).ok().lines) == 2
    assert world.accounts_with("harbor", made) == ["builder", "runner"]
    assert cli("attach", "harbor", "-n", made, "--all-serviceaccounts").ok()
    assert world.accounts_with("harbor", made) == ["builder", "default", "runner"]
    assert cli("detach", "harbor", "-n", made).ok()
    assert world.accounts_with("harbor", made) == ["builder", "runner"]
    assert cli("detach", "harbor", "-n", made, "--all-serviceaccounts").ok()
    assert world.accounts_with("harbor", made) == []
    missing = cli("attach", "harbor", "-n", made, "--serviceaccount", "default", "--serviceaccount", "nobody")
    assert missing.code == 2
    assert "no ServiceAccount 'nobody'" in missing.error
    assert world.accounts_with("harbor", made) == []


def test_attach_to_a_workload(cli: CommandLine, world: World, made: str) -> None:
    world.deploy(made)

    def named() -> list[str]:
        template = (world.get(DEPLOYMENT, "web", made) or {})["spec"]["template"]["spec"]
        return [entry["name"] for entry in template.get("imagePullSecrets", [])]

    attached = cli("attach", "harbor", "-n", made, "--workload", "deployment/web").ok()
    assert attached.out.startswith("deployment/web attached: harbor")
    assert named() == ["harbor"]
    assert world.running_pod(made)
    assert cli("detach", "harbor", "-n", made, "--workload", "deploy/web").ok()
    assert named() == []


def test_show_and_list(cli: CommandLine, world: World, made: str) -> None:
    cli("attach", "harbor", "-n", made).ok()
    shown = cli("show", "harbor", "-n", made).ok()
    assert world.basic.host in shown.out
    assert "robot$lnmp+ci" in shown.out
    assert "ServiceAccounts:  default" in shown.out
    assert PASSWORD not in shown.all
    assert PASSWORD in cli("show", "harbor", "-n", made, "--reveal").ok().out
    assert cli("list", "-n", made).ok().lines[0].split() == [
        "NAME", "REGISTRIES", "SERVICEACCOUNTS", "EXPIRES", "FAULTS", "AGE",
    ]  # fmt: skip
    everywhere = cli("list", "-A")  # faults of other tests' Secrets in this cluster make it 1
    assert any(line.split()[:2] == [made, "harbor"] for line in everywhere.lines)
    empty = cli("list", "-n", world.namespace())
    assert (empty.code, empty.out) == (0, "")
    assert "No pull Secrets found" in empty.err


def test_list_tells_of_faults(cli: CommandLine, world: World, namespace: str) -> None:
    data = base64.b64encode(b'{"auths":{"h.io":{"auth":"!!!"}}}').decode()
    kind = "kubernetes.io/dockerconfigjson"
    world.make(
        SECRET, {"metadata": {"name": "bad"}, "type": kind, "data": {".dockerconfigjson": data}}, namespace
    )
    listed = cli("list", "-n", namespace)
    assert listed.code == 1
    assert "secret-malformed" in listed.out
    assert cli("show", "bad", "-n", namespace).code == 1
    refused = cli("attach", "bad", "-n", namespace)
    assert refused.code == 2
    assert '.auths["h.io"].auth' in refused.error
    assert world.accounts_with("bad", namespace) == []
    verified = cli("verify", "h.io/x", "--secret", "bad", "-n", namespace)
    assert verified.code == 1
    assert "kubelet refuses all Secrets" in verified.error


def test_match(cli: CommandLine, world: World, made: str) -> None:
    cli("attach", "harbor", "-n", made).ok()
    hit = cli("match", world.image, "-n", made).ok()
    assert [line.split() for line in hit.lines[-1:]] == [
        ["1", f"{made}/harbor", world.basic.host, ROBOT.name]
    ]
    assert "A node may hold credentials of its own" in hit.err
    host = world.basic.host.rpartition(":")[0]
    near = cli("match", f"{host}:1/x", "-n", made, "--secret", "harbor")
    assert near.code == 1
    assert "the port differs" in near.out
    world.deploy(made)
    pod = world.running_pod(made)["metadata"]["name"]
    assert cli("match", world.image, "-n", made, "--pod", pod).ok()
    assert world.get(POD, pod, made)


def test_match_tells_of_names_without_a_secret(cli: CommandLine, world: World, namespace: str) -> None:
    account = {"metadata": {"name": "lost"}, "imagePullSecrets": [{"name": "gone"}]}
    world.make(SERVICE_ACCOUNT, account, namespace)
    for argv in (["match", world.image], ["verify", world.image]):
        told = cli(*argv, "-n", namespace, "--serviceaccount", "lost")
        assert told.code == 1
        assert "ServiceAccount lost names Secret 'gone'" in told.err


def test_verify(cli: CommandLine, world: World, made: str) -> None:
    good = cli("verify", world.image, "-n", made, "--secret", "harbor").ok()
    assert good.lines[0] == f"{world.image}  ok"
    assert "digest     sha256:" in good.out
    assert "platforms  linux/" in good.out
    several = [world.image, f"{world.basic.host}/lnmp/nginx:nope"]
    bad = cli("verify", *several, "-n", made, "--secret", "harbor")
    assert bad.code == 1
    assert "image-not-found" in bad.out
    platform = cli("verify", world.image, "-n", made, "--secret", "harbor", "--platform", "windows/amd64")
    assert platform.code == 1
    assert "platform-mismatch" in platform.out
    assert cli("verify", *login(world.basic), stdin=PASSWORD).ok().out.endswith("login accepted\n")
    assert cli("verify", *login(world.basic), stdin="wrong-word").code == 1
    unreachable = cli("verify", "127.0.0.1:1/x", "-n", made, "--secret", "harbor")
    assert unreachable.code == 3
    assert "connection-refused" in unreachable.out


def test_verify_wants_an_image_that_the_login_is_for(cli: CommandLine, world: World, namespace: str) -> None:
    public = f"{world.bearer.host}/public/app:1.0"
    refused = cli("create", "x", "-n", namespace, *login(world.basic), "--verify", public, stdin="wrong")
    assert refused.code == 2
    assert "would prove nothing" in refused.error
    assert world.bearer.seen == []
    assert world.secret("x", namespace) is None


def test_login_and_logout(cli: CommandLine, world: World, namespace: str) -> None:
    config = cli.home / ".docker" / "config.json"
    words = [world.basic.host, "-u", ROBOT.name, "--password-stdin"]
    assert cli("login", *words, stdin="wrong-word").code == 1
    assert not config.exists()
    saved = cli("login", *words, stdin=PASSWORD).ok()
    assert saved.out == f"Login for {world.basic.host} checked and saved in {config}\n"
    assert "unencrypted" in saved.err
    assert config.stat().st_mode & 0o777 == 0o600
    assert list(json.loads(config.read_text())["auths"]) == [world.basic.host]
    assert cli("create", "harbor", "-n", namespace, "--from-docker-config").ok()
    assert cli("create", "same", "-n", namespace, "--docker-config", str(config.parent)).ok()
    assert entries(world, namespace, "same") == entries(world, namespace)
    gone = cli("logout", world.basic.host).ok()
    assert gone.out == f"Login for {world.basic.host} removed from {config}\n"
    assert cli("logout", world.basic.host).ok().out.startswith("There is no login")
    assert cli("create", "none", "-n", namespace, "--from-docker-config").code == 2


def test_demo(cli: CommandLine) -> None:
    told = cli("demo").ok()
    assert "ErrImagePull" in told.out or "ImagePullBackOff" in told.out
    assert told.out.count("Running") >= 2
    assert list(cli.home.iterdir()) == [], "it leaves nothing behind"
