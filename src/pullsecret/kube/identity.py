"""A kubeconfig's user and cluster, with the files they name read, as `Identity` and `ServerTrust`."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.kubeconfig import Cluster, ExecSpec, User
from pullsecret.kube.readfile import Content, read_file
from pullsecret.kube.selection import Selection
from pullsecret.kube.settings import ClientCertificate, ExecPlugin, Identity, ServerTrust

_CERTIFICATES = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


def trust_of(cluster: Cluster) -> ServerTrust:
    """Read how a cluster's server proves itself.

    Raises:
        InvalidInput: the certificate authority cannot be read, or holds no certificate.
    """
    content, node = cluster.authority_data, cluster.node["certificate-authority-data"]
    if cluster.authority_file:
        node = cluster.node["certificate-authority"]
        content = read_file(cluster.authority_file, place=node.place)
    authorities = certificates_in(content)
    if content.data and not authorities:
        raise node.fault("holds no PEM certificate")
    return ServerTrust(
        authorities=authorities, insecure=cluster.insecure, server_name=cluster.tls_server_name
    )


def identity_of(selection: Selection, *, server: str, environment: Mapping[str, str]) -> Identity:
    """Read who the selected user is.

    Over plain HTTP nobody is told who we are (client-go's IsConfigTransportTLS). A plugin counts only
    where neither token, password nor certificate is given (plugin/pkg/client/auth/exec).

    Args:
        selection: the user, and the cluster that a plugin may be told of.
        server: the cluster's address.
        environment: what a plugin inherits.

    Raises:
        InvalidInput: a file that it names cannot be read, or holds something else.
    """
    user = selection.user
    if user is None or not server.startswith("https:"):
        return Identity()
    token, certificate = _token(user), _certificate(user)
    plugin = None
    if user.plugin is not None and not (token or user.username or user.password or certificate):
        plugin = _plugin(user.plugin, selection, server, environment)
    return Identity(token, user.token_file, user.username, user.password, certificate, plugin)


def _token(user: User) -> Sensitive:
    if user.token_file:
        try:
            return read_token(user.token_file, place=user.node["tokenFile"].place)
        except InvalidInput:
            if not user.token:  # with both, the file wins while it can be read
                raise
    token = Sensitive(user.token.reveal().strip())
    if not is_token(token):
        raise user.node["token"].fault("holds spaces or letters that no token has")
    return token


def read_token(path: str, *, place: str) -> Sensitive:
    """Read a token's file.

    Raises:
        InvalidInput: it cannot be read, or holds no token.
    """
    token = Sensitive(read_file(path, place=place).data.strip().decode("latin-1"))
    if not token:
        raise InvalidInput(f"{path} is empty, and should hold a token", place=place)
    if not is_token(token):
        raise InvalidInput(f"{path} holds spaces or letters that no token has", place=place)
    return token


def is_token(token: Sensitive) -> bool:
    """Whether a header can carry it: visible ASCII alone."""
    return all("!" <= letter <= "~" for letter in token.reveal())


def _certificate(user: User) -> ClientCertificate | None:
    certificate, key = user.certificate_data, user.key_data
    if not certificate.data and not user.certificate_file:
        return None
    if user.certificate_file:
        certificate = read_file(user.certificate_file, place=user.node["client-certificate"].place)
    if user.key_file:
        key = Sensitive(read_file(user.key_file, place=user.node["client-key"].place).data.decode("latin-1"))
    if not (text := certificates_in(certificate)):
        raise user.node.fault("the client certificate is no PEM certificate")
    return ClientCertificate(text, key)


def certificates_in(pem: Content) -> str:
    """Keep the certificates alone: such a file often holds the private key too."""
    return "".join(f"{block}\n" for block in _CERTIFICATES.findall(pem.data.decode("latin-1")))


def _plugin(spec: ExecSpec, selection: Selection, server: str, environment: Mapping[str, str]) -> ExecPlugin:
    return ExecPlugin(
        command=spec.command,
        arguments=spec.arguments,
        variables=spec.variables,
        api_version=spec.api_version,
        interactive_mode=spec.interactive_mode,
        install_hint=spec.install_hint,
        cluster=_cluster_information(selection.cluster, server) if spec.provide_cluster_info else None,
        user=selection.context.user,
        environment=environment,
    )


def _cluster_information(cluster: Cluster, server: str) -> dict[str, Any]:
    """Give `spec.cluster` of KUBERNETES_EXEC_INFO, in client-go's order (rest/exec.go)."""
    authorities = trust_of(cluster).authorities.encode("latin-1")
    information = {
        "server": server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure,
        "certificate-authority-data": base64.b64encode(authorities).decode("ascii"),
        "proxy-url": cluster.proxy_url.reveal(),
        "disable-compression": not cluster.compression,
    }
    kept = {key: value for key, value in information.items() if value}
    # The plugin's own configuration is null where the cluster has none: the field has no omitempty.
    return {**kept, "config": cluster.exec_config}
