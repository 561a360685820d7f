"""What the operator is told when it starts, as values: flags first, then `PULLSECRET_*` variables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pullsecret.core.errors import UsageError
from pullsecret.operator.given import HOST, LABEL, MOST_WORKERS, SUBDOMAIN, Given
from pullsecret.operator.lease import Timing
from pullsecret.operator.logs import FORMATS, LEVELS


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How ServiceAccounts are admitted.

    Attributes:
        port: where the webhook listens.
        service: the Service in the operator's namespace by which the API server reaches it.
        url: what the API server calls instead of the Service; empty for the Service.
        configuration: the MutatingWebhookConfiguration that gets our CA.
        secret: holds the CA that the replicas share.
    """

    port: int = 9443
    service: str = "pullsecret-webhook"
    url: str = ""
    configuration: str = "pullsecret"
    secret: str = "pullsecret-webhook-ca"  # noqa: S105  a name

    def hosts(self, namespace: str) -> tuple[str, ...]:
        """Give the names and addresses that its certificates have to hold."""
        if self.url:
            return (urlsplit(self.url).hostname or "",)
        within = f"{self.service}.{namespace}"
        return (f"{within}.svc", f"{within}.svc.cluster.local", within, self.service)


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """All that the operator is told.

    Attributes:
        namespace: its own.
        source_namespaces: where sources of a `ClusterPullSecret` may be read.
        watch_namespaces: only `PullSecret`s of these are kept; empty for the whole cluster.
        secret_names: only copies of these names are kept; empty for any.
        identity: which replica it is.
        lease_name: by which Lease one replica is chosen.
        leader_election: whether one is chosen; else this one is alone.
        timing: of the Lease.
        webhook: None when ServiceAccounts are not admitted by us.
        bind_address: where it listens; empty for all addresses.
        http_port: of probes and metrics.
        workers: how many namespaces are worked on at once.
        log_format: ``text`` or ``json``.
        log_level: ``error``, ``warning``, ``info`` or ``debug``.
        allow_realms: token services elsewhere that a password may be sent to.
        allow_local_registries: whether registries on loopback and link-local addresses are asked.
    """

    namespace: str
    source_namespaces: tuple[str, ...]
    watch_namespaces: tuple[str, ...] = ()
    secret_names: tuple[str, ...] = ()
    identity: str = ""
    lease_name: str = "pullsecret-operator"
    leader_election: bool = True
    timing: Timing = field(default_factory=Timing)
    webhook: WebhookSettings | None = None
    bind_address: str = ""
    http_port: int = 8080
    workers: int = 32
    log_format: str = "text"
    log_level: str = "info"
    allow_realms: tuple[str, ...] = ()
    allow_local_registries: bool = False


def settings_of(
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    namespace: Callable[[], str],
    host: str,
    unique: str,
) -> OperatorSettings:
    """Read the settings.

    Args:
        flags: by their Python names; None or an empty tuple for one that was not given.
        environment: `PULLSECRET_*`, `POD_NAMESPACE`, `POD_NAME`.
        namespace: gives the own namespace where neither flags nor environment do.
        host: this machine's name, for the identity.
        unique: what makes the identity differ from that of an earlier process on this machine.

    Raises:
        InvalidInput: a value cannot be read; names the flag or the variable.
        UsageError: flags that do not go together.
    """
    read, usual = Given(flags, environment), OperatorSettings("", ())
    own = read.name("namespace", environment.get("POD_NAMESPACE") or "", LABEL) or namespace()
    watched = read.names("watch_namespaces", LABEL)
    return OperatorSettings(
        namespace=own,
        source_namespaces=read.names("source_namespaces", LABEL) or (own,),
        watch_namespaces=watched,
        secret_names=read.names("secret_names", SUBDOMAIN),
        identity=read.text("identity", f"{environment.get('POD_NAME') or host}_{unique}"),
        lease_name=read.name("lease_name", usual.lease_name),
        leader_election=read.switch("leader_election", default=True),
        timing=_timing(read),
        webhook=_webhook(read, watched),
        bind_address=read.text("bind_address", ""),
        http_port=read.number("http_port", usual.http_port, most=65535),
        workers=read.number("workers", usual.workers, least=1, most=MOST_WORKERS),
        log_format=read.choice("log_format", FORMATS, usual.log_format),
        log_level=read.choice("log_level", tuple(LEVELS), usual.log_level),
        allow_realms=read.names("allow_realm", HOST),
        allow_local_registries=read.switch("allow_local_registries", default=False),
    )


def _timing(read: Given) -> Timing:
    usual = Timing()
    return Timing(
        read.seconds("lease_duration", usual.lease_duration),
        read.seconds("renew_deadline", usual.renew_deadline),
        read.seconds("retry_period", usual.retry_period),
    )


def _webhook(read: Given, watched: Sequence[str]) -> WebhookSettings | None:
    """Read how ServiceAccounts are admitted; a webhook is a matter of the whole cluster."""
    wanted = read.switch("webhook", default=not watched)
    if wanted and watched:
        raise UsageError(
            "--webhook and --watch-namespaces do not go together: a webhook is asked for the whole cluster",
            hint="leave --webhook out",
        )
    if not wanted:
        return None
    usual = WebhookSettings()
    return WebhookSettings(
        port=read.number("webhook_port", usual.port, most=65535),
        service=read.name("webhook_service", usual.service, LABEL),
        url=read.url("webhook_url"),
        configuration=read.name("webhook_configuration", usual.configuration),
        secret=read.name("webhook_secret", usual.secret),
    )
