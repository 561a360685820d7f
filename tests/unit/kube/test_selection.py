import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.kubeconfig import parse
from pullsecret.kube.readfile import Content
from pullsecret.kube.selection import select

FILE = "~/.kube/config"
SERVER = "server: https://one:6443"


def config(cluster: str = SERVER, user: str = "token: t", context: str = "cluster: c, user: u") -> str:
    return f"""
current-context: x
contexts: [{{name: x, context: {{{context}}}}}]
clusters: [{{name: c, cluster: {{{cluster}}}}}, {{name: b, cluster: {{{SERVER}}}}}]
users: [{{name: u, user: {{{user}}}}}]
"""


EXEC = "exec: {{apiVersion: client.authentication.k8s.io/{}, command: {}{}}}"


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        pytest.param(
            "contexts: [{name: a}, {name: b}]",
            "",
            f"{FILE}: current-context is not set; there are: a, b",
            id="no current context",
        ),
        pytest.param(
            "current-context: x",
            "",
            f"{FILE}: current-context: no context named 'x'; there are none",
            id="unknown current context",
        ),
        pytest.param(config(), "y", "--context: no context named 'y'; there are: x", id="unknown --context"),
        pytest.param(
            config(context="cluster: d, user: u"),
            "",
            f"{FILE}: contexts[0].context.cluster: no cluster named 'd'; there are: b, c",
            id="unknown cluster",
        ),
        pytest.param(
            config(context="cluster: c, user: v"),
            "",
            f"{FILE}: contexts[0].context.user: no user named 'v'; there are: u",
            id="unknown user",
        ),
        pytest.param(
            config(context="cluster: c, user: u, namespace: A_b"),
            "",
            f"{FILE}: contexts[0].context.namespace: 'A_b' is no namespace's name",
            id="namespace",
        ),
        pytest.param(
            config(cluster=""),
            "",
            f"{FILE}: clusters[0].cluster.server: the cluster has no server address",
            id="no server",
        ),
        pytest.param(
            config(cluster=SERVER + ", certificate-authority: a, certificate-authority-data: YQ=="),
            "",
            f"{FILE}: clusters[0].cluster: has both certificate-authority and",
            id="two authorities",
        ),
        pytest.param(
            config(cluster=SERVER + ", certificate-authority: a, insecure-skip-tls-verify: true"),
            "",
            f"{FILE}: clusters[0].cluster: has both insecure-skip-tls-verify and",
            id="insecure authority",
        ),
        pytest.param(
            config(user="token: t, username: u"),
            "",
            f"{FILE}: users[0].user: has both a token and a user name",
            id="token and password",
        ),
        pytest.param(
            config(user="client-certificate: a"),
            "",
            f"{FILE}: users[0].user: has a client certificate without its key",
            id="no key",
        ),
        pytest.param(
            config(user="client-certificate: a, client-certificate-data: YQ==, client-key: b"),
            "",
            f"{FILE}: users[0].user: has both client-certificate and client-certificate-data",
            id="two certificates",
        ),
        pytest.param(
            config(user="client-certificate: a, client-key-data: YQ==, client-key: b"),
            "",
            f"{FILE}: users[0].user: has both client-key and client-key-data",
            id="two keys",
        ),
        pytest.param(
            config(user=EXEC.format("v1alpha1", "login", "")),
            "",
            "users[0].user.exec.apiVersion: 'client.authentication.k8s.io/v1alpha1' is no known version",
            id="old exec plugin",
        ),
        pytest.param(
            config(user=EXEC.format("v1", "''", "")),
            "",
            f"{FILE}: users[0].user.exec.command: the exec plugin has no command",
            id="no command",
        ),
        pytest.param(
            config(user=EXEC.format("v1", "login", "")),
            "",
            f"{FILE}: users[0].user.exec.interactiveMode: must be one of Never, IfAvailable, Always",
            id="no mode",
        ),
        pytest.param(
            config(user=EXEC.format("v1beta1", "login", ", env: [{value: a}]")),
            "",
            f"{FILE}: users[0].user.exec.env: an environment variable has no name",
            id="nameless variable",
        ),
        pytest.param(
            "contexts: [" + ",".join(f"{{name: c{n:02}}}" for n in range(12)) + "]",
            "",
            "c08, c09 and 2 more",
            id="many",
        ),
    ],
)
def test_an_error_names_the_file_and_the_path(text: str, wanted: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        select(parse(Content(text.encode()), file=FILE, folder="/"), wanted, file=FILE)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("provider", "hint"),
    [
        ("gcp", "gke-gcloud-auth-plugin"),
        ("azure", "kubelogin convert-kubeconfig"),
        ("oidc", "oidc-login"),
        ("openstack", "exec plugin"),
    ],
)
def test_an_old_auth_provider_tells_what_took_its_place(provider: str, hint: str) -> None:
    text = config(user=f"auth-provider: {{name: {provider}, config: {{}}}}")
    with pytest.raises(
        InvalidInput, match=f"auth-provider: auth-provider '{provider}' is an old way"
    ) as caught:
        select(parse(Content(text.encode()), file=FILE, folder="/"), "", file=FILE)
    assert hint in caught.value.hint


def test_a_context_without_a_user_is_anonymous() -> None:
    text = config(context="cluster: c")
    assert select(parse(Content(text.encode()), file=FILE, folder="/"), "", file=FILE).user is None


def test_faults_of_what_is_not_selected_do_not_matter() -> None:
    text = config().replace("users: [", "users: [{name: other, user: {auth-provider: {name: gcp}}}, ")
    assert select(parse(Content(text.encode()), file=FILE, folder="/"), "", file=FILE).name == "x"
