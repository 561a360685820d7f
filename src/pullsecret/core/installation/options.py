"""How the operator is to be installed: every choice that its manifests depend on."""

from dataclasses import dataclass

from pullsecret.core.objects import Object

NAME = "pullsecret"
"""What the operator's objects are called, where nobody says otherwise."""
SYSTEM_NAMESPACES = ("kube-system", "kube-node-lease", "kube-public")
"""Where the webhook does not look: no team's Pods are there, and the control plane's ServiceAccounts are."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation of the operator.

    Attributes:
        namespace: where it runs.
        image: reference of its own image.
        name: of its objects; `pullsecret-…` for those that there are several of.
        version: of the program, for the label `app.kubernetes.io/version`.
        replicas: how many; one leads, all serve the webhook.
        source_namespaces: where sources of `ClusterPullSecret`s may be read; empty means its own.
        watch_namespaces: given, only `PullSecret`s of these are kept, with no right beyond them.
        secret_names: given, only copies of these names are kept, with rights on Secrets of these names.
        team_sources: beside `secret_names`, names of Secrets that `PullSecret`s may take as sources.
        recover_pods: whether it may evict Pods for policies that say so.
        webhook: whether ServiceAccounts get the names at admission.
        aggregate: whether the cluster's roles `view`, `edit` and `admin` learn of `PullSecret`s.
        image_pull_secrets: Secrets in its namespace by which its own image is pulled.
        host_network: whether it runs in the node's network.
        allow_realms: hosts of token services elsewhere that it may send passwords to.
        allow_local_registries: whether it may speak to loopback and link-local addresses.
        policy_api: the API version of disruption budgets; ``policy/v1beta1`` before Kubernetes 1.21.
    """

    namespace: str
    image: str
    name: str = NAME
    version: str = ""
    replicas: int = 2
    source_namespaces: tuple[str, ...] = ()
    watch_namespaces: tuple[str, ...] = ()
    secret_names: tuple[str, ...] = ()
    team_sources: tuple[str, ...] = ()
    recover_pods: bool = False
    webhook: bool = True
    webhook_port: int = 9443
    http_port: int = 8080
    aggregate: bool = True
    image_pull_secrets: tuple[str, ...] = ()
    host_network: bool = False
    workers: int = 32
    log_format: str = "json"
    log_level: str = "info"
    allow_realms: tuple[str, ...] = ()
    allow_local_registries: bool = False
    policy_api: str = "policy/v1"

    @property
    def cluster_wide(self) -> bool:
        """Whether it works in all namespaces."""
        return not self.watch_namespaces

    @property
    def with_webhook(self) -> bool:
        """Whether the webhook is served: its configuration is cluster-wide."""
        return self.webhook and self.cluster_wide

    @property
    def sources(self) -> tuple[str, ...]:
        """The namespaces that sources of `ClusterPullSecret`s are read in."""
        return self.source_namespaces or (self.namespace,)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace that holds an object of it."""
        others = self.sources if self.cluster_wide else self.watch_namespaces
        return tuple(dict.fromkeys([self.namespace, *others]))

    def part(self, suffix: str) -> str:
        """Name one of several objects: ``pullsecret-webhook``."""
        return f"{self.name}-{suffix}"

    @property
    def selector(self) -> dict[str, str]:
        """The labels by which the operator's Pods are found; they never change."""
        return {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": self.name}

    @property
    def labels(self) -> dict[str, str]:
        """The labels of every object."""
        return {
            **self.selector,
            "app.kubernetes.io/part-of": NAME,
            **({"app.kubernetes.io/version": self.version} if self.version else {}),
        }

    def head(self, api_version: str, kind: str, name: str, namespace: str | None = "") -> Object:
        """Begin an object; `namespace` is the operator's own unless given, and None for cluster scope."""
        where = {} if namespace is None else {"namespace": namespace or self.namespace}
        metadata = {"name": name, **where, "labels": self.labels}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata}
