"""A kubeconfig's user and cluster, with the files they name read, as `Identity` and `ServerTrust`."""

import base64
import re
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.fields import Node
from pullsecret.kube.kubeconfig import Cluster, ExecSpec, User
from pullsecret.kube.readfile import read_file
from pullsecret.kube.settings import ClientCertificate, ExecPlugin, Identity, ServerTrust

_CERTIFICATES = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


def trust_of(cluster: Cluster) -> ServerTrust:
    """Read how a cluster's server proves itself.

    Raises:
        InvalidInput: the certificate authority cannot be read, or holds no certificate.
    """
    data, node = cluster.authority_data, cluster.node["certificate-authority-data"]
    if cluster.authority_file:
        node = cluster.node["certificate-authority"]
        data = read_file(cluster.authority_file, place=node.place)
    authorities = certificates_in(data)
    if data and not authorities:
        raise node.fault("holds no PEM certificate")
    return ServerTrust(
        authorities=authorities, insecure=cluster.insecure, server_name=cluster.tls_server_name
    )


def identity_of(user: User, cluster: Cluster, server: str, name: str) -> Identity:
    """Read who a kubeconfig's user is.

    A plugin counts only where neither token, password nor certificate is given, as in client-go's
    plugin/pkg/client/auth/exec.

    Raises:
        InvalidInput: a file that it names cannot be read, or holds something else.
    """
    token = user.token
    if not token and user.token_file:
        token = read_token(user.token_file, place=user.node["tokenFile"].place)
    certificate = _certificate(user)
    explicit = bool(token) or bool(user.username or user.password) or certificate is not None
    plugin = None if explicit or user.plugin is None else _plugin(user.plugin, cluster, server, name)
    return Identity(
        token=_one_line(token, user.node["token"]),
        token_file=user.token_file,
        username=user.username,
        password=user.password,
        certificate=certificate,
        plugin=plugin,
    )


def read_token(path: str, *, place: str) -> Sensitive:
    """Read a token's file.

    Raises:
        InvalidInput: it cannot be read, or holds no token.
    """
    data = read_file(path, place=place).strip()
    if not data:
        raise InvalidInput(f"{path} is empty, and should hold a token", place=place)
    if not data.isascii() or any(byte <= 0x20 for byte in data):
        raise InvalidInput(f"{path} holds more than one line of text, so no token", place=place)
    return Sensitive(data.decode("ascii"))


def _one_line(token: Sensitive, node: Node) -> Sensitive:
    if any(letter <= " " or letter > "~" for letter in token.reveal().strip()):
        raise node.fault("holds spaces or letters that no token has")
    return Sensitive(token.reveal().strip())


def _certificate(user: User) -> ClientCertificate | None:
    certificate, key = user.certificate_data, user.key_data
    if not certificate and not user.certificate_file:
        return None
    if user.certificate_file:
        certificate = read_file(user.certificate_file, place=user.node["client-certificate"].place)
    if user.key_file:
        key = Sensitive(read_file(user.key_file, place=user.node["client-key"].place).decode("latin-1"))
    if not (text := certificates_in(certificate)):
        raise user.node.fault("the client certificate is no PEM certificate")
    return ClientCertificate(text, key)


def certificates_in(pem: bytes) -> str:
    """Keep the certificates alone: such a file often holds the private key too."""
    return "".join(f"{block}\n" for block in _CERTIFICATES.findall(pem.decode("latin-1")))


def _plugin(spec: ExecSpec, cluster: Cluster, server: str, name: str) -> ExecPlugin:
    return ExecPlugin(
        command=spec.command,
        arguments=spec.arguments,
        variables=spec.variables,
        api_version=spec.api_version,
        interactive_mode=spec.interactive_mode,
        install_hint=spec.install_hint,
        cluster=_cluster_information(cluster, server) if spec.provide_cluster_info else None,
        user=name,
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
