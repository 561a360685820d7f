"""The configuration of a program in a Pod: its ServiceAccount's token (client-go, rest/config.go)."""

from collections.abc import Mapping
from pathlib import Path

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.identity import certificates_in, read_token
from pullsecret.kube.readfile import Content, read_file
from pullsecret.kube.settings import ClusterConfig, Identity, ServerTrust

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts a Pod's token."""


def in_cluster(environment: Mapping[str, str], *, account: Path | None = None) -> ClusterConfig | None:
    """Give the configuration of the Pod that we run in; None where we run in none.

    The namespace is POD_NAMESPACE, or the ServiceAccount's own.

    Raises:
        InvalidInput: the mounted files cannot be read.
    """
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    account = account or ACCOUNT
    token_file, authority_file = account / "token", account / "ca.crt"
    if not host or not port or not token_file.is_file():
        return None
    place = "in-cluster configuration"
    token = read_token(str(token_file), place=place)
    authorities = read_file(str(authority_file), place=place) if authority_file.exists() else Content(b"")
    shown_host = f"[{host}]" if ":" in host else host
    return ClusterConfig(
        server=f"https://{shown_host}:{port}",
        namespace=environment.get("POD_NAMESPACE") or _namespace(account / "namespace"),
        source=place,
        trust=ServerTrust(authorities=certificates_in(authorities)),
        identity=Identity(token=token, token_file=str(token_file)),
    )


def _namespace(path: Path) -> str:
    try:
        return read_file(str(path), place="").data.decode("utf-8", "replace").strip() or "default"
    except InvalidInput:
        return "default"
