"""What is needed to speak to one cluster as one identity, as values.

Secrets in them are `Sensitive`, and what may hold one unmasked is kept out of every repr.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pullsecret.core.sensitive import Sensitive


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate and its key, both PEM."""

    certificate: str = field(repr=False)
    key: Sensitive


@dataclass(frozen=True, slots=True)
class ServerTrust:
    """How the API server proves itself.

    Attributes:
        authorities: PEM certificates that are trusted instead of the system's; empty for the system's.
        insecure: whether any certificate will do.
        server_name: the name that its certificate must hold; empty for the address' own.
    """

    authorities: str = field(default="", repr=False)
    insecure: bool = False
    server_name: str = ""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: `url` without user and password, which stand apart."""

    url: str
    username: str = ""
    password: Sensitive = field(default_factory=Sensitive)


@dataclass(frozen=True, slots=True)
class Impersonation:
    """Whom to act as (`Impersonate-*` headers)."""

    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExecPlugin:
    """A program that prints credentials (client.authentication.k8s.io).

    Attributes:
        command: the program; a bare name is looked up in PATH.
        arguments: its arguments.
        variables: environment variables set for it beside the inherited ones.
        api_version: ``client.authentication.k8s.io/v1`` or ``.../v1beta1``.
        interactive_mode: ``Never``, ``IfAvailable`` or ``Always``.
        install_hint: what the kubeconfig tells to people who lack the program.
        cluster: what it is told of the cluster (`spec.cluster`); None unless it asked to be.
        user: the kubeconfig's name of this user.
        environment: what it inherits, and where PATH stands.
    """

    command: str
    arguments: tuple[str, ...] = field(default=(), repr=False)
    variables: Sequence[tuple[str, str]] = field(default=(), repr=False)
    api_version: str = ""
    interactive_mode: str = ""
    install_hint: str = ""
    cluster: Mapping[str, Any] | None = field(default=None, repr=False)
    user: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are to the API server; several parts may be set, as in a kubeconfig.

    Attributes:
        token: a bearer token; for `token_file`, what it held when it was first read.
        token_file: a file that holds the token and is read again as it changes.
        username: for Basic authentication.
        password: for Basic authentication.
        certificate: a client certificate.
        plugin: the program that gives token or certificate.
    """

    token: Sensitive = field(default_factory=Sensitive)
    token_file: str = ""
    username: str = ""
    password: Sensitive = field(default_factory=Sensitive)
    certificate: ClientCertificate | None = None
    plugin: ExecPlugin | None = None

    @property
    def anonymous(self) -> bool:
        """Whether the API server is told nothing of who we are."""
        return self == Identity()


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """One cluster, one identity, one namespace.

    Attributes:
        server: the API server's address, with scheme and without a trailing slash.
        namespace: where commands work when none is named.
        context_name: the kubeconfig's context; empty in a cluster.
        user_name: the kubeconfig's name of the user; empty in a cluster.
        source: where this was read, as people know it (``~/.kube/config``).
        trust: how the server proves itself.
        proxy: the way there; None for the direct one.
        identity: who we are.
        impersonation: whom we act as.
        request_timeout: seconds one request may take; None for no limit of its own.
        compression: whether answers may come compressed.
        options: those that led here, which kubectl takes too: ``("--context", "x", "--as", "jane")``.
    """

    server: str
    namespace: str = "default"
    context_name: str = ""
    user_name: str = ""
    source: str = ""
    trust: ServerTrust = ServerTrust()
    proxy: Proxy | None = None
    identity: Identity = field(default_factory=Identity)
    impersonation: Impersonation = Impersonation()
    request_timeout: float | None = None
    compression: bool = True
    options: tuple[str, ...] = ()
