"""argv becomes a value; nothing is run for it."""

import pytest

from pullsecret.cli.commands.add import Add
from pullsecret.cli.commands.attach import Attach
from pullsecret.cli.commands.copy import Copy
from pullsecret.cli.commands.create import Create
from pullsecret.cli.commands.delete import Delete
from pullsecret.cli.commands.detach import Detach
from pullsecret.cli.commands.list import ListSecrets
from pullsecret.cli.commands.login import Login
from pullsecret.cli.commands.logout import Logout
from pullsecret.cli.commands.match import Match
from pullsecret.cli.commands.remove import Remove
from pullsecret.cli.commands.show import Show
from pullsecret.cli.commands.verify import Verify
from pullsecret.cli.inputs import CredentialInput
from pullsecret.cli.invocation import Globals
from pullsecret.cli.parser import root
from pullsecret.cli.scopes import Scope
from pullsecret.cli.session import RegistryOptions
from pullsecret.core.errors import UsageError
from pullsecret.core.sensitive import Sensitive

LOGIN = CredentialInput(registry="h.io", username="u", password_stdin=True)
TYPED = ["--registry", "h.io", "-u", "u", "--password-stdin"]
HOW = RegistryOptions()


def parse(*argv):
    return root().main(list(argv), prog_name="pullsecret", standalone_mode=False)


@pytest.mark.parametrize(
    ("argv", "operation"),
    [
        pytest.param(["create", "x", *TYPED], Create("x", LOGIN, HOW), id="create"),
        pytest.param(
            ["create", "x", "--docker-server=h.io", "--docker-username=u", "--docker-password=p"],
            Create("x", CredentialInput(registry="h.io", username="u", password=Sensitive("p")), HOW),
            id="create-in-kubectls-words",
        ),
        pytest.param(
            ["create", "x", *TYPED, "--attach", "a", "--attach", "b", "--verify", "i", "--replace"],
            Create("x", LOGIN, HOW, attach=("a", "b"), verify_image=("i",), replace=True),
            id="create-and-attach",
        ),
        pytest.param(
            ["create", "x", *TYPED, "--registry-ca", "f", "--plain-http"],
            Create("x", LOGIN, RegistryOptions("f", plain_http=True)),
            id="how-to-speak-to-it",
        ),
        pytest.param(
            ["create", "x", *TYPED, "--dry-run"], Create("x", LOGIN, HOW, dry_run="client"), id="dry-run"
        ),
        pytest.param(
            ["create", "x", "--dry-run", "server", *TYPED],
            Create("x", LOGIN, HOW, dry_run="server"),
            id="dry-run-server",
        ),
        pytest.param(
            ["add", "x", "--from-docker-config", "--only", "h.io"],
            Add("x", CredentialInput(from_docker_config=True, only=("h.io",)), HOW),
            id="add-from-docker",
        ),
        pytest.param(["remove", "x", "h.io"], Remove("x", "h.io"), id="remove"),
        pytest.param(["delete", "x", "--force"], Delete("x", force=True), id="delete"),
        pytest.param(["copy", "x", "--to", "a, b,", "--to", "c"], Copy("x", ("a", "b", "c")), id="copy"),
        pytest.param(["show", "x", "--reveal"], Show("x", reveal=True), id="show"),
        pytest.param(["show", "--file", "-"], Show(file="-"), id="show-file"),
        pytest.param(["list"], ListSecrets(), id="list"),
        pytest.param(["match", "i", "--pod", "p"], Match("i", Scope(pod="p")), id="match"),
        pytest.param(["attach", "x"], Attach("x"), id="attach"),
        pytest.param(
            ["attach", "x", "--workload", "deploy/web", "--restart-stuck"],
            Attach("x", workload="deploy/web", restart_stuck=True),
            id="attach-workload",
        ),
        pytest.param(
            ["detach", "x", "--all-serviceaccounts"], Detach("x", all_service_accounts=True), id="detach"
        ),
        pytest.param(
            ["verify", "i", "j", "--secret", "s", "--platform", "linux/arm64"],
            Verify(("i", "j"), CredentialInput(), Scope(secrets=("s",)), HOW, ("linux/arm64",)),
            id="verify",
        ),
        pytest.param(["verify", *TYPED], Verify((), LOGIN, Scope(), HOW), id="verify-login"),
        pytest.param(
            ["login", "h.io", "-u", "u", "--password-stdin"],
            Login("h.io", CredentialInput(username="u", password_stdin=True), HOW),
            id="login",
        ),
        pytest.param(["login"], Login("docker.io", CredentialInput(), HOW), id="login-docker-hub"),
        pytest.param(["logout", "h.io"], Logout("h.io"), id="logout"),
    ],
)
def test_a_command_becomes_a_value(argv, operation):
    assert parse(*argv).operation == operation


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        pytest.param(["list", "-n", "web"], Globals(namespace="web"), id="after"),
        pytest.param(["-n", "web", "list"], Globals(namespace="web"), id="before"),
        pytest.param(["-n", "a", "list", "-n", "b"], Globals(namespace="b"), id="the-nearer-wins"),
        pytest.param(["-A", "list", "-o", "json"], Globals(all_namespaces=True, output="json"), id="both"),
        pytest.param(
            ["list", "--as", "u", "--as-group", "g", "--as-group", "h", "--context", "c", "-vv"],
            Globals(as_user="u", as_groups=("g", "h"), context="c", verbose=2),
            id="identity",
        ),
    ],
)
def test_global_options_stand_before_or_after(argv, options):
    assert parse(*argv).globals == options


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(["list", "-n", "web", "-A"], "do not go together", id="namespace-and-all"),
        pytest.param(["delete", "x", "-A"], "one namespace", id="all-namespaces-of-a-command-for-one"),
        pytest.param(["-A", "show", "x"], "one namespace", id="all-namespaces-before-the-command"),
        pytest.param(["create", "x"], "no credential was given", id="no-credential"),
        pytest.param(["create", "x", "--registry", "h.io"], "no user name", id="no-user-name"),
        pytest.param(["create", "x", "--password-stdin"], "no user name", id="a-password-alone"),
        pytest.param(["create", "x", "-u", ""], "user name is empty", id="empty-user-name"),
        pytest.param(["create", "x", "-u", "u:p"], "has a colon", id="colon-in-the-user-name"),
        pytest.param(
            ["create", "x", "-u", "u", "--registry", "u:p@h.io"], "user name in the", id="login-in-host"
        ),
        pytest.param(
            ["create", "x", "-u", "u", "--registry", "h io"], "no image can name", id="space-in-host"
        ),
        pytest.param(
            ["create", "x", "-u", "u", "--registry", "HTTP://h.io"], "no image", id="scheme-in-capitals"
        ),
        pytest.param(["create", "x", "-u", "u", "--registry", "[::1]:5000"], "no image", id="IPv6"),
        pytest.param(["create", "x", "-u", "u", "--registry", "harbor"], "no image", id="host-without-a-dot"),
        pytest.param(
            ["create", "x", "--from-docker-config", "--password-stdin"],
            "only one of them",
            id="password-for-a-config",
        ),
        *(
            pytest.param(["create", name, *TYPED], "no name for a Secret", id=f"name-{why}")
            for why, name in {
                "empty": "",
                "capital": "Harbor",
                "space": "a b",
                "slash": "a/b",
                "end": "a-",
                "dots": "a..b",
                "newline": "a\n",
                "escape": "a\x1b[31m",
                "foreign": "\u0433",
                "long": "a" * 254,
            }.items()
        ),
        pytest.param(["copy", "x", "--to", ","], "no namespace", id="copy-to-nobody"),
        pytest.param(["verify", "i", "--platform", "arm64"], "no platform", id="half-a-platform"),
        pytest.param(["verify", "--platform", "linux/arm64", *TYPED], "of images", id="platform-of-a-login"),
        pytest.param(
            ["create", "x", *TYPED, "--dry-run=client", "--verify", "i"],
            "asks nobody",
            id="verify-a-client-dry-run",
        ),
        *(
            pytest.param(["sandbox", "up", "--speed", speed], "above 0", id=f"speed-{speed}")
            for speed in ("0", "-1", "nan", "inf")
        ),
        pytest.param(["login", "u:p@h.io"], "user name in the", id="login-with-a-login"),
        pytest.param(["create", "x", *TYPED, "--from-docker-config"], "only one of them", id="two-sources"),
        pytest.param(["create", "x", *TYPED, "--only", "h.io"], "--only", id="only-without-a-config"),
        pytest.param(
            ["create", "x", *TYPED, "--no-verify", "--verify", "i"], "--no-verify", id="verify-and-not"
        ),
        pytest.param(
            ["attach", "x", "--serviceaccount", "a", "--workload", "d/w"], "only one of", id="two-targets"
        ),
        pytest.param(["match", "i", "--pod", "p", "--secret", "s"], "only one of them", id="two-scopes"),
        pytest.param(["verify", "i", *TYPED, "--secret", "s"], "given twice", id="two-credentials"),
        pytest.param(["show"], "name a Secret", id="show-nothing"),
        pytest.param(["show", "x", "--file", "f"], "name a Secret", id="show-two"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_read(argv, message):
    with pytest.raises(UsageError, match=message):
        parse(*argv)
