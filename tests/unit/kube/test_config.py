"""From an environment and files to one configuration."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from pullsecret.core.errors import InvalidInput, PullSecretError, UsageError
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube import incluster
from pullsecret.kube.config import ClusterConfig, load
from pullsecret.kube.incluster import in_cluster
from pullsecret.kube.settings import Impersonation
from support.showing import all_shown

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def text(
    cluster: str = "server: https://one:6443", user: str = "token: t", context: str = "cluster: c, user: u"
) -> str:
    return f"""
current-context: x
contexts:
- {{name: x, context: {{{context}}}}}
- {{name: y, context: {{cluster: c, user: u, namespace: team}}}}
clusters: [{{name: c, cluster: {{{cluster}}}}}]
users: [{{name: u, user: {{{user}}}}}]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".kube").mkdir()
    return tmp_path


def write(home: Path, content: str, name: str = ".kube/config") -> str:
    path = home / name
    path.write_text(content)
    return str(path)


def loaded(home: Path, content: str, **environment: str) -> ClusterConfig:
    write(home, content)
    return load({"HOME": str(home), **environment})


def test_the_home_folder_s_file_is_the_default(home: Path) -> None:
    config = loaded(home, text())
    assert (config.server, config.namespace, config.context_name) == ("https://one:6443", "default", "x")
    assert config.identity.token == Sensitive("t")
    assert config.source == "~/.kube/config"


def test_an_explicit_file_is_the_only_one(home: Path) -> None:
    other = write(home, text(cluster="server: https://other"), "other")
    environment = {"HOME": str(home), "KUBECONFIG": write(home, text())}
    assert load(environment, kubeconfig=other).server == "https://other"


def test_an_explicit_file_must_be_there(home: Path) -> None:
    with pytest.raises(InvalidInput, match="--kubeconfig: cannot read /nowhere: No such file"):
        load({"HOME": str(home)}, kubeconfig="/nowhere")


def test_kubeconfig_names_several_files_some_of_them_missing(home: Path) -> None:
    first, second = write(home, "current-context: y", "a"), write(home, text(), "b")
    config = load({"HOME": str(home), "KUBECONFIG": f"/nowhere:{first}::{second}:{first}"})
    assert (config.context_name, config.namespace) == ("y", "team")
    assert config.source == "~/a, ~/b"


def test_flags_win(home: Path) -> None:
    user = "token: t, as: jane, as-groups: [a], as-user-extra: {k: [v]}"
    environment = {"HOME": str(home), "KUBECONFIG": write(home, text(user=user))}
    config = load(
        environment, context="y", namespace="web", as_user="joe", as_groups=("dev", "ops"), request_timeout=5
    )
    assert (config.context_name, config.namespace, config.request_timeout) == ("y", "web", 5)
    assert config.impersonation == Impersonation("joe", "", ("dev", "ops"), {"k": ("v",)})
    assert config.options == ("--context", "y", "--as", "joe", "--as-group", "dev", "--as-group", "ops")
    assert load(environment).impersonation == Impersonation("jane", "", ("a",), {"k": ("v",)})
    assert load(environment).options == ()


@pytest.mark.parametrize("user", ["as-groups: [a]", "as-uid: '1'", "as-user-extra: {k: [v]}"])
def test_groups_alone_are_nobody(home: Path, user: str) -> None:
    with pytest.raises(UsageError, match="no user to act as"):
        loaded(home, text(user=user))


def test_groups_by_flag_need_a_user(home: Path) -> None:
    environment = {"HOME": str(home), "KUBECONFIG": write(home, text())}
    with pytest.raises(UsageError, match="no user to act as"):
        load(environment, as_groups=("dev",))


@pytest.mark.parametrize(
    ("files", "environment", "found"),
    [
        pytest.param({}, {}, "no kubeconfig was found", id="none"),
        pytest.param({}, {"KUBECONFIG": "/nowhere"}, "no kubeconfig was found", id="a missing one"),
        pytest.param({".kube/config": ""}, {}, "~/.kube/config names no cluster", id="an empty one"),
    ],
)
def test_with_no_cluster_the_ways_to_one_are_told(
    home: Path, files: dict[str, str], environment: dict[str, str], found: str
) -> None:
    for name, content in files.items():
        write(home, content, name)
    with pytest.raises(UsageError, match=f"no cluster to speak to: {found}") as caught:
        load({"HOME": str(home), **environment})
    for way in ("KUBECONFIG", "--kubeconfig", "pullsecret sandbox up"):
        assert way in caught.value.hint


def test_without_a_home_there_is_no_default() -> None:
    with pytest.raises(UsageError, match="no kubeconfig was found"):
        load({})


def test_a_context_needs_a_kubeconfig(home: Path) -> None:
    with pytest.raises(InvalidInput, match="--context: no context named 'z'; there are none"):
        load({"HOME": str(home)}, context="z")


def test_a_folder_is_no_file(home: Path) -> None:
    with pytest.raises(InvalidInput, match=f"cannot read {home}: Is a directory"):
        load({"HOME": "/x", "KUBECONFIG": str(home)})


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(InvalidInput, match="cannot read /dev/zero: larger than 10 MiB"):
        load({}, kubeconfig="/dev/zero")


@pytest.mark.parametrize(
    ("cluster", "server"),
    [
        pytest.param("server: https://one/", "https://one", id="slash"),
        pytest.param(
            "server: 'https://one:6443/k8s/clusters/c-1/'", "https://one:6443/k8s/clusters/c-1", id="path"
        ),
        pytest.param("server: 'https://one?x=y#z'", "https://one", id="query"),
        pytest.param("server: HTTPS://ONE:443", "https://one:443", id="case"),
        pytest.param("server: 'https://[fd00::1]:6443'", "https://[fd00::1]:6443", id="IPv6"),
        pytest.param("server: one:8080", "http://one:8080", id="no scheme is plain HTTP"),
        pytest.param(
            "server: one, insecure-skip-tls-verify: true", "https://one", id="unless something tells of TLS"
        ),
    ],
)
def test_addresses_are_made_whole(home: Path, cluster: str, server: str) -> None:
    assert loaded(home, text(cluster=cluster)).server == server


@pytest.mark.parametrize(
    ("server", "message"),
    [
        pytest.param("ftp://one", "is no address of an API server", id="scheme"),
        pytest.param("https://", "is no address of an API server", id="no host"),
        pytest.param("https://one:port", "is no address of an API server", id="port"),
        pytest.param("'https://[one'", "is no address of an API server", id="bracket"),
        pytest.param("'https://o ne'", "is no address of an API server", id="space"),
        pytest.param("https://me:hunter2@one", "holds a user name or password", id="password"),
        pytest.param("me:hunter2@one", "holds a user name or password", id="password without a scheme"),
    ],
)
def test_an_odd_address_is_refused(home: Path, server: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        loaded(home, text(cluster=f"server: {server}"))
    assert caught.value.message.startswith("~/.kube/config: clusters[0].cluster.server: ")
    assert "hunter2" not in all_shown(caught.value)


def test_files_that_the_kubeconfig_names_are_read(home: Path) -> None:
    write(home, PEM, ".kube/ca.crt")
    write(home, PEM + "-----BEGIN PRIVATE KEY-----\nhunter2\n", ".kube/me.pem")
    config = loaded(
        home,
        text(
            cluster="server: https://one, certificate-authority: ca.crt, tls-server-name: inner",
            user="client-certificate: me.pem, client-key: me.pem",
        ),
    )
    assert (config.trust.authorities, config.trust.server_name) == (PEM, "inner")
    certificate = config.identity.certificate
    assert certificate is not None
    assert certificate.certificate == PEM
    assert "hunter2" in certificate.key.reveal()
    assert "hunter2" not in repr(config)


def test_a_token_file_is_read_at_once(home: Path) -> None:
    write(home, " secret-token\n", "token")
    config = loaded(home, text(user="tokenFile: ../token"))
    assert config.identity.token == Sensitive("secret-token")
    assert config.identity.token_file == str(home / "token")
    assert "secret-token" not in repr(config)


def test_of_token_and_token_file_the_file_wins_while_it_can_be_read(home: Path) -> None:
    write(home, "of-file", "token")
    assert loaded(home, text(user="token: t, tokenFile: ../token")).identity.token == Sensitive("of-file")
    assert loaded(home, text(user="token: t, tokenFile: ../nowhere")).identity.token == Sensitive("t")


def test_an_exec_plugin_is_told_the_cluster_s_extension(home: Path) -> None:
    extension = "extensions: [{name: x}, {name: client.authentication.k8s.io/exec, extension: {audience: a}}]"
    stanza = "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: c, provideClusterInfo: true}"
    write(home, PEM, ".kube/ca.crt")
    cluster = f"server: https://one, certificate-authority: ca.crt, {extension}"
    plugin = loaded(home, text(cluster=cluster, user=stanza)).identity.plugin
    assert plugin is not None
    assert plugin.cluster == {
        "server": "https://one",
        "certificate-authority-data": base64.b64encode(PEM.encode()).decode(),
        "config": {"audience": "a"},
    }


def test_an_extension_that_json_cannot_hold_is_refused(home: Path) -> None:
    extension = "extensions: [{name: client.authentication.k8s.io/exec, extension: !!binary aGk=}]"
    with pytest.raises(
        InvalidInput, match=r"clusters\[0\].cluster.extensions\[0\].extension: holds what JSON"
    ):
        loaded(home, text(cluster=f"server: https://one, {extension}"))


def test_certificate_and_key_may_stand_in_the_kubeconfig(home: Path) -> None:
    user = f"client-certificate-data: {base64.b64encode(PEM.encode()).decode()}, client-key-data: a2V5"
    certificate = loaded(home, text(user=user)).identity.certificate
    assert certificate is not None
    assert (certificate.certificate, certificate.key) == (PEM, Sensitive("key"))


@pytest.mark.parametrize(
    ("cluster", "user", "message"),
    [
        pytest.param(
            "server: https://one, certificate-authority: no.crt",
            "token: t",
            "clusters[0].cluster.certificate-authority: cannot read ",
            id="no authority",
        ),
        pytest.param(
            "server: https://one, certificate-authority: config",
            "token: t",
            "clusters[0].cluster.certificate-authority: holds no PEM certificate",
            id="other text",
        ),
        pytest.param(
            "server: https://one, certificate-authority-data: aHVudGVyMg==",
            "token: t",
            "clusters[0].cluster.certificate-authority-data: holds no PEM certificate",
            id="other data",
        ),
        pytest.param(
            "server: https://one",
            "client-certificate: no.crt, client-key: config",
            "users[0].user.client-certificate: cannot read ",
            id="no certificate",
        ),
        pytest.param(
            "server: https://one",
            "client-certificate-data: aHVudGVyMg==, client-key: no.key",
            "users[0].user.client-key: cannot read ",
            id="no key",
        ),
        pytest.param(
            "server: https://one",
            "client-certificate-data: aHVudGVyMg==, client-key: config",
            "users[0].user: the client certificate is no PEM",
            id="no PEM certificate",
        ),
        pytest.param(
            "server: https://one", "tokenFile: none", "users[0].user.tokenFile: cannot read ", id="no token"
        ),
        pytest.param(
            "server: https://one", "tokenFile: empty", "empty, and should hold a token", id="empty token"
        ),
        pytest.param("server: https://one", "tokenFile: config", "letters that no token has", id="odd token"),
        pytest.param(
            "server: https://one", "token: 'hunter2 x'", "users[0].user.token: holds spaces", id="spaces"
        ),
        pytest.param(
            "server: https://one, proxy-url: 'socks5://me:hunter2@p:1'",
            "token: t",
            "clusters[0].cluster.proxy-url: socks proxies are not spoken",
            id="socks",
        ),
        pytest.param("server: https://one", "{hunter2", "line 7, column", id="broken"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_else_shown(
    home: Path, cluster: str, user: str, message: str
) -> None:
    write(home, "", ".kube/empty")
    with pytest.raises(InvalidInput) as caught:
        loaded(home, text(cluster=cluster, user=user))
    assert caught.value.message.startswith("~/.kube/config: ")
    assert message in caught.value.message
    assert "hunter2" not in all_shown(caught.value)
    assert "aHVudGVyMg" not in all_shown(caught.value)


def test_over_plain_http_nobody_is_told_who_we_are(home: Path) -> None:
    write(home, "secret", "token")
    for user in ("token: t", "username: u, password: p", "tokenFile: ../token"):
        assert loaded(home, text(cluster="server: http://one", user=user)).identity.anonymous


def test_the_kubeconfig_s_proxy_wins_over_the_environment(home: Path) -> None:
    environment = {"HTTPS_PROXY": "http://env:1"}
    own = loaded(
        home, text(cluster="server: https://one, proxy-url: 'http://me:s3cret@own:1'"), **environment
    )
    assert own.proxy is not None
    assert (own.proxy.url, own.proxy.username) == ("http://own:1", "me")
    assert "s3cret" not in repr(own)
    other = loaded(home, text(), **environment)
    assert other.proxy is not None
    assert other.proxy.url == "http://env:1"


def test_a_plugin_counts_only_where_nothing_else_does(home: Path) -> None:
    stanza = (
        "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login, provideClusterInfo: true}"
    )
    plugin = loaded(home, text(user=stanza), PATH="/bin").identity.plugin
    assert plugin is not None
    assert (plugin.command, plugin.user, plugin.environment["PATH"]) == ("login", "u", "/bin")
    assert plugin.cluster == {"server": "https://one:6443", "config": None}
    assert loaded(home, text(user=f"token: t, {stanza}")).identity.plugin is None


def test_the_environment_is_not_shown(home: Path) -> None:
    stanza = "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login}"
    assert "hunter2" not in repr(loaded(home, text(user=stanza), CLOUD_PASSWORD="hunter2"))


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "token").write_text("pod-token")
    (folder / "ca.crt").write_text(PEM)
    (folder / "namespace").write_text("team\n")
    monkeypatch.setattr(incluster, "ACCOUNT", folder)
    return folder


POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def test_a_pod_speaks_to_its_own_cluster(account: Path) -> None:
    config = load(POD)
    assert (config.server, config.namespace) == ("https://10.96.0.1:443", "team")
    assert (config.identity.token, config.identity.token_file) == (
        Sensitive("pod-token"),
        str(account / "token"),
    )
    assert config.trust.authorities == PEM
    assert load({**POD, "POD_NAMESPACE": "given"}).namespace == "given"
    assert load(POD, namespace="flag", as_user="jane").impersonation.user == "jane"
    assert load({**POD, "KUBERNETES_SERVICE_HOST": "fd00::1"}).server == "https://[fd00::1]:443"


def test_a_kubeconfig_wins_over_the_pod_s_account(account: Path, home: Path) -> None:
    assert loaded(home, text(), **POD).server == "https://one:6443"
    assert loaded(home, "", **POD).server == "https://10.96.0.1:443"


@pytest.mark.parametrize("missing", ["ca.crt", "namespace"])
def test_a_pod_may_lack_files(account: Path, missing: str) -> None:
    (account / missing).unlink()
    config = in_cluster(POD)
    assert config is not None
    assert config.trust.authorities == ("" if missing == "ca.crt" else PEM)
    assert config.namespace == ("default" if missing == "namespace" else "team")


def test_outside_a_pod_there_is_no_account(account: Path) -> None:
    assert in_cluster({}) is None
    (account / "token").unlink()
    assert in_cluster(POD) is None


def test_every_failure_is_one_of_ours_with_exit_code_2(account: Path) -> None:
    (account / "token").write_text("")
    with pytest.raises(PullSecretError, match="is empty, and should hold a token") as caught:
        load(POD)
    assert caught.value.exit_code == 2


def test_reading_the_configuration_does_not_load_aiohttp() -> None:
    code = "import sys, pullsecret.kube.config, pullsecret.kube.durations; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
