"""Which context, cluster and user of a kubeconfig are meant, and whether they go together.

Errors name the file and the JSON path. client-go forgives a context whose user or cluster does not exist
(it then speaks anonymously, or to localhost:8080); that is never meant, so it is an error here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.fields import Node
from pullsecret.kube.kubeconfig import Cluster, Context, ExecSpec, Kubeconfig, User

EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_MODES = ("Never", "IfAvailable", "Always")
_PROVIDER_HINTS = {
    "gcp": "install gke-gcloud-auth-plugin and run: gcloud container clusters get-credentials CLUSTER",
    "azure": "install kubelogin and run: kubelogin convert-kubeconfig",
    "oidc": "install kubelogin (kubectl oidc-login) and use it as an exec plugin",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """One context of a kubeconfig with all that it names."""

    name: str
    context: Context
    cluster: Cluster
    user: User | None


def select(kubeconfig: Kubeconfig, wanted: str, *, file: str) -> Selection:
    """Find the context `wanted`, or the current one where it is empty, and check what it names.

    Raises:
        InvalidInput: something it names is missing, or is not usable.
    """
    name = wanted or kubeconfig.current_context
    if not name:
        raise InvalidInput(
            f"current-context is not set; {_there_are(kubeconfig.contexts)}", place=file,
            hint="choose one with --context, or run: kubectl config use-context NAME",
        )  # fmt: skip
    context = kubeconfig.contexts.get(name)
    if context is None:
        place = "--context" if wanted else f"{file}: current-context"
        raise InvalidInput(f"no context named {name!r}; {_there_are(kubeconfig.contexts)}", place=place)
    cluster = kubeconfig.clusters.get(context.cluster)
    if cluster is None:
        raise _missing(context.node["cluster"], "cluster", context.cluster, kubeconfig.clusters)
    user = kubeconfig.users.get(context.user)
    if user is None and context.user:
        raise _missing(context.node["user"], "user", context.user, kubeconfig.users)
    _check_context(context)
    _check_cluster(cluster)
    if user is not None:
        _check_user(user)
    return Selection(name, context, cluster, user)


def _missing(node: Node, what: str, name: str, known: Iterable[str]) -> InvalidInput:
    return node.fault(f"no {what} named {name!r}; {_there_are(known)}")


def _there_are(names: Iterable[str]) -> str:
    known = sorted(names)
    if not known:
        return "there are none"
    return "there are: " + ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")


def _check_context(context: Context) -> None:
    if context.namespace and not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", context.namespace):
        raise context.node["namespace"].fault(f"{context.namespace!r} is no namespace's name")


def _check_cluster(cluster: Cluster) -> None:
    if not cluster.server:
        raise cluster.node["server"].fault("the cluster has no server address")
    if cluster.authority_file and cluster.authority_data.data:
        raise cluster.node.fault("has both certificate-authority and certificate-authority-data; keep one")
    if cluster.insecure and (cluster.authority_file or cluster.authority_data.data):
        raise cluster.node.fault("has both insecure-skip-tls-verify and a certificate authority; keep one")


def _check_user(user: User) -> None:
    node = user.node
    if user.auth_provider:
        raise node["auth-provider"].fault(
            f"auth-provider {user.auth_provider!r} is an old way to log in; exec plugins took its place",
            hint=_PROVIDER_HINTS.get(
                user.auth_provider, "get a kubeconfig with an exec plugin from your cluster's tool"
            ),
        )
    if user.token and (user.username or user.password):
        raise node.fault("has both a token and a user name with password; keep one")
    _check_certificate(user)
    if user.plugin is not None:
        _check_exec(user.plugin)


def _check_certificate(user: User) -> None:
    node = user.node
    if user.certificate_file and user.certificate_data.data:
        raise node.fault("has both client-certificate and client-certificate-data; keep one")
    if user.key_file and user.key_data:
        raise node.fault("has both client-key and client-key-data; keep one")
    if (user.certificate_file or user.certificate_data.data) and not (user.key_file or user.key_data):
        raise node.fault("has a client certificate without its key (client-key or client-key-data)")


def _check_exec(plugin: ExecSpec) -> None:
    if not plugin.command:
        raise plugin.node["command"].fault("the exec plugin has no command")
    if plugin.api_version not in EXEC_VERSIONS:
        raise plugin.node["apiVersion"].fault(
            f"{plugin.api_version!r} is no known version; there are: {', '.join(EXEC_VERSIONS)}",
            hint="update the program that wrote this kubeconfig, and let it write it again",
        )
    if plugin.interactive_mode not in _MODES:
        raise plugin.node["interactiveMode"].fault(f"must be one of {', '.join(_MODES)}")
    if not all(name for name, _ in plugin.variables):
        raise plugin.node["env"].fault("an environment variable has no name")
