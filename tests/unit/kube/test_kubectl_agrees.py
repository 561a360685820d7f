"""Kubeconfigs, and what `kubectl config view --minify --raw -o json` (v1.32.4) made of them: recorded."""

import base64
from typing import Any

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.kubeconfig import Cluster, ExecSpec, User, merge, parse
from pullsecret.kube.readfile import Content
from pullsecret.kube.selection import Selection, select

CONTEXT = "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
CLUSTER = 'clusters: [{name: c, cluster: {server: "https://one:6443"}}]\n'
USER = "users: [{name: u, user: {token: t}}]\n"
WHOLE = "current-context: x\n" + CONTEXT + CLUSTER + USER

SEEN = {
    "current-context": "x",
    "context": {"cluster": "c", "user": "u"},
    "cluster": {"server": "https://one:6443"},
    "user": {"token": "t"},
}


@pytest.mark.parametrize(
    ("files", "context", "seen"),
    [
        pytest.param([WHOLE], "", SEEN, id="one file"),
        pytest.param(
            [
                WHOLE,
                """
current-context: other
contexts:
- {name: x, context: {cluster: c, user: u, namespace: lost}}
- {name: other, context: {cluster: c, user: u}}
clusters: [{name: c, cluster: {server: "https://two:6443", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: second-token, as: somebody}}]
""",
            ],
            "",
            SEEN,
            id="the first file wins a name whole",
        ),
        pytest.param(
            [
                """
current-context: dev
clusters: [{name: c, cluster: {server: "https://one:6443", tls-server-name: inner}}]
""",
                """
contexts: [{name: other, context: {cluster: c, user: u, namespace: ns1}}]
users: [{name: u, user: {username: admin, password: pass-word}}]
""",
            ],
            "other",
            {
                "current-context": "other",
                "context": {"cluster": "c", "user": "u", "namespace": "ns1"},
                "cluster": {"server": "https://one:6443", "tls-server-name": "inner"},
                "user": {"username": "admin", "password": "pass-word"},
            },
            id="what belongs together stands in several files",
        ),
        pytest.param(
            [CLUSTER, "current-context: x", "current-context: why\n" + CONTEXT + USER],
            "",
            SEEN,
            id="the current context is the first that is set",
        ),
        pytest.param(["", WHOLE], "", SEEN, id="an empty file counts as none"),
        pytest.param(
            [
                """{
\t"kind": "Config",
\t"current-context": "x",
\t"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
\t"clusters": [{"name": "c", "cluster": {"server": "https://one:6443"}}],
\t"users": [{"name": "u", "user": {"token": "t"}}]
}"""
            ],
            "",
            SEEN,
            id="JSON with tabs",
        ),
        pytest.param(
            [
                "current-context: x\n"
                + CONTEXT
                + CLUSTER
                + """
users:
- name: u
  user: {token: t, as: jane, as-uid: "17", as-groups: [dev, ops], as-user-extra: {reason: [a, b]}}
"""
            ],
            "",
            {
                **SEEN,
                "user": {
                    "token": "t",
                    "as": "jane",
                    "as-uid": "17",
                    "as-groups": ["dev", "ops"],
                    "as-user-extra": {"reason": ["a", "b"]},
                },
            },
            id="impersonation",
        ),
        pytest.param(
            [
                "current-context: x\n"
                + CONTEXT
                + """
clusters:
- {name: c, cluster: {server: "https://one:6443", proxy-url: "http://proxy:3128", disable-compression: true}}
users:
- name: u
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login, args: [a, b],
           env: [{name: A, value: B}], installHint: get it, provideClusterInfo: true}
"""
            ],
            "",
            {
                **SEEN,
                "cluster": {
                    "server": "https://one:6443",
                    "proxy-url": "http://proxy:3128",
                    "disable-compression": True,
                },
                "user": {
                    "exec": {
                        "command": "login",
                        "args": ["a", "b"],
                        "env": [{"name": "A", "value": "B"}],
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "installHint": "get it",
                        "provideClusterInfo": True,
                        "interactiveMode": "IfAvailable",
                    }
                },
            },
            id="exec plugin, whose interactive mode v1beta1 assumes",
        ),
        pytest.param(
            [
                """
current-context: 2020-01-01
contexts: [{name: 2020-01-01, context: {cluster: 10:20:30, user: u, namespace: }}]
clusters: [{name: 10:20:30, cluster: {server: "https://one:6443"}}]
users: [{name: u, user: {token: 12:30:45}}]
"""
            ],
            "",
            {
                "current-context": "2020-01-01",
                "context": {"cluster": "10:20:30", "user": "u"},
                "cluster": {"server": "https://one:6443"},
                "user": {"token": "12:30:45"},
            },
            id="text that YAML 1.1 takes for something else",
        ),
        pytest.param([WHOLE + "---\ncurrent-context: other\n"], "", SEEN, id="a second document is not read"),
        pytest.param(
            [
                """
Current-Context: y
preferences: {colors: true}
current-context: x
contexts: [{name: x, context: {cluster: c, user: u, Namespace: ns2, other: 1}}]
clusters: [{name: c, cluster: {server: "https://one:6443", Insecure-Skip-TLS-Verify: true}}]
users: [{name: u, user: {token: t, tokenfile: x}}]
"""
            ],
            "",
            SEEN,
            id="unknown fields and other spellings are passed over",
        ),
        pytest.param(
            [
                """
base: &base {cluster: c, user: u}
current-context: x
contexts: [{name: x, context: {<<: *base, namespace: ns1}}]
"""
                + CLUSTER
                + USER
            ],
            "",
            {**SEEN, "context": {"cluster": "c", "user": "u", "namespace": "ns1"}},
            id="anchors and merge keys",
        ),
        pytest.param(
            [
                "current-context: x\n"
                + CONTEXT
                + """
clusters: [{name: c, cluster: {server: "https://one:6443", certificate-authority-data: YXV0aG9yaXR5}}]
users: [{name: u, user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}}]
"""
            ],
            "",
            {
                **SEEN,
                "cluster": {"server": "https://one:6443", "certificate-authority-data": "YXV0aG9yaXR5"},
                "user": {"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5"},
            },
            id="data",
        ),
    ],
)
def test_the_same_context_cluster_and_user(files: list[str], context: str, seen: dict[str, Any]) -> None:
    parsed = [parse(Content(text.encode()), file=f"file{n}", folder="/home") for n, text in enumerate(files)]

    assert _view(select(merge(parsed), context, file="files")) == seen


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "current-context: 5", "file: current-context: must be a string, not a number", id="number"
        ),
        pytest.param(
            "clusters: [{name: c}, {name: c}]", r"file: clusters\[1\].name: 'c' stands here twice", id="twice"
        ),
        pytest.param("kind: Secret", "file: kind: this is a Secret, not a kubeconfig", id="another kind"),
        pytest.param("[]", "file: must be an object, not a list", id="list"),
        pytest.param("hello", "file: must be an object, not a string", id="text"),
        pytest.param(
            "clusters: [{cluster: {certificate-authority-data: '!!'}}]",
            r"file: clusters\[0\].cluster.certificate-authority-data: is not base64",
            id="not base64",
        ),
        pytest.param(
            "users: [{user: {password: yes}}]",
            r"file: users\[0\].user.password: must be a string, not true or false",
            id="flag",
        ),
        pytest.param(
            "users: [{user: []}]", r"file: users\[0\].user: must be an object, not a list", id="no object"
        ),
        pytest.param("users: {}", "file: users: must be a list, not an object", id="no list"),
        pytest.param(
            "clusters: [{cluster: {insecure-skip-tls-verify: 'true'}}]",
            r"insecure-skip-tls-verify: must be true or false, not a string",
            id="text for a flag",
        ),
        pytest.param(
            "users: [{user: {as-groups: [1]}}]",
            r"users\[0\].user.as-groups\[0\]: must be a string",
            id="inner",
        ),
    ],
)
def test_refuses_what_kubectl_refuses_and_names_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse(Content(text.encode()), file="file", folder="/home")


def test_relative_paths_start_at_the_folder_of_their_file() -> None:
    config = parse(
        Content(b"""
clusters: [{name: c, cluster: {certificate-authority: ca.crt}}]
users:
- name: u
  user:
    client-certificate: ../pki/me.crt
    client-key: /abs/me.key
    tokenFile: ./token
    exec: {command: bin/login}
- {name: path, user: {exec: {command: login}}}
"""),
        file="file",
        folder="/home/.kube",
    )

    user = config.users["u"]
    assert config.clusters["c"].authority_file == "/home/.kube/ca.crt"
    assert user.certificate_file == "/home/pki/me.crt"
    assert (user.key_file, user.token_file) == ("/abs/me.key", "/home/.kube/token")
    assert user.plugin is not None
    assert user.plugin.command == "/home/.kube/bin/login"
    plain = config.users["path"].plugin
    assert plain is not None
    assert plain.command == "login"


def _view(selection: Selection) -> dict[str, Any]:
    """Our selection in the fields that kubectl prints."""
    context = selection.context
    assert selection.user is not None
    return {
        "current-context": selection.name,
        "context": _filled(
            {"cluster": context.cluster, "user": context.user, "namespace": context.namespace}
        ),
        "cluster": _cluster_view(selection.cluster),
        "user": _user_view(selection.user),
    }


def _cluster_view(cluster: Cluster) -> dict[str, Any]:
    return _filled(
        {
            "server": cluster.server,
            "tls-server-name": cluster.tls_server_name,
            "insecure-skip-tls-verify": cluster.insecure,
            "certificate-authority-data": base64.b64encode(cluster.authority_data.data).decode(),
            "proxy-url": cluster.proxy_url.reveal(),
            "disable-compression": not cluster.compression,
        }
    )


def _user_view(user: User) -> dict[str, Any]:
    acting = user.impersonation
    return _filled(
        {
            "token": user.token.reveal(),
            "username": user.username,
            "password": user.password.reveal(),
            "client-certificate-data": base64.b64encode(user.certificate_data.data).decode(),
            "client-key-data": base64.b64encode(user.key_data.reveal().encode()).decode(),
            "as": acting.user,
            "as-uid": acting.uid,
            "as-groups": list(acting.groups),
            "as-user-extra": {key: list(values) for key, values in acting.extra.items()},
            "exec": _exec_view(user.plugin) if user.plugin else None,
        }
    )


def _exec_view(plugin: ExecSpec) -> dict[str, Any]:
    return _filled(
        {
            "command": plugin.command,
            "args": list(plugin.arguments),
            "env": [{"name": name, "value": value} for name, value in plugin.variables],
            "apiVersion": plugin.api_version,
            "installHint": plugin.install_hint,
            "provideClusterInfo": plugin.provide_cluster_info,
            "interactiveMode": plugin.interactive_mode,
        }
    )


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
