"""What people read of `operator`: the help of its options, apart from the logic, ready to be translated."""

from typing import Final

OPTIONS: Final[dict[str, str]] = {
    "source_namespaces": "Namespaces that ClusterPullSecrets may read (with commas); without it its own",
    "watch_namespaces": "Only PullSecrets of these namespaces (with commas); needs no right on the cluster",
    "secret_names": "Only copies of these names are kept (with commas)",
    "identity": "Which replica this is; without it the Pod's or machine's name and something random",
    "lease_name": "The Lease by which one replica is chosen",
    "leader_election": "Whether one of several replicas is chosen; without it this one is alone",
    "lease_duration": "How long the others wait after the leader's last renewal",
    "renew_deadline": "How long a leader that cannot renew goes on writing",
    "retry_period": "How often the lead is renewed or tried for",
    "webhook": "Whether ServiceAccounts get the names when they are admitted; not with --watch-namespaces",
    "webhook_port": "Where the webhook listens",
    "webhook_service": "The Service by which the API server reaches it",
    "webhook_url": "The address by which the API server reaches it, where there is no Service",
    "webhook_configuration": "The MutatingWebhookConfiguration that gets its CA; no webhook without it",
    "webhook_secret": "The Secret with the CA that the replicas share",
    "bind_address": "The address to listen at; without it all of them",
    "http_port": "The port of /healthz, /readyz and /metrics",
    "workers": "How many namespaces are worked on at once",
    "log_format": "How to log: text or json",
    "log_level": "How much to log: error, warning, info or debug (as -v)",
    "allow_realm": "A token service elsewhere that may be sent a password (more than once)",
    "allow_local_registries": "Speak to registries on loopback and link-local addresses too",
}

DEFAULT: Final = "{text} (default: {default})"
