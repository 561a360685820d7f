"""Kubernetes objects as the API server's JSON, and the kinds that this project touches."""

from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
"""One object as the API server gives it, with `apiVersion`, `kind` and `metadata`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type of the API: what is needed to form its paths and to recognise its objects."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """What objects of this kind carry as `apiVersion`: ``v1``, ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """The lower-case name people type before a slash: ``deployment``."""
        return self.kind.lower()


SECRET = Kind("", "v1", "Secret", "secrets")
SERVICE_ACCOUNT = Kind("", "v1", "ServiceAccount", "serviceaccounts", short_names=("sa",))
NAMESPACE = Kind("", "v1", "Namespace", "namespaces", namespaced=False, short_names=("ns",))
POD = Kind("", "v1", "Pod", "pods", short_names=("po",))
NODE = Kind("", "v1", "Node", "nodes", namespaced=False, short_names=("no",))
EVENT = Kind("", "v1", "Event", "events", short_names=("ev",))
REPLICATION_CONTROLLER = Kind(
    "", "v1", "ReplicationController", "replicationcontrollers", short_names=("rc",)
)
DEPLOYMENT = Kind("apps", "v1", "Deployment", "deployments", short_names=("deploy",))
REPLICA_SET = Kind("apps", "v1", "ReplicaSet", "replicasets", short_names=("rs",))
STATEFUL_SET = Kind("apps", "v1", "StatefulSet", "statefulsets", short_names=("sts",))
DAEMON_SET = Kind("apps", "v1", "DaemonSet", "daemonsets", short_names=("ds",))
JOB = Kind("batch", "v1", "Job", "jobs")
CRON_JOB = Kind("batch", "v1", "CronJob", "cronjobs", short_names=("cj",))
LEASE = Kind("coordination.k8s.io", "v1", "Lease", "leases")

WORKLOADS = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, REPLICA_SET, JOB, CRON_JOB, REPLICATION_CONTROLLER)
"""Kinds whose objects hold a Pod template."""


def name_of(obj: Object) -> str:
    """Give the object's name; empty when it has none."""
    return str(obj.get("metadata", {}).get("name", ""))


def namespace_of(obj: Object) -> str:
    """Give the object's namespace; empty for one of cluster scope."""
    return str(obj.get("metadata", {}).get("namespace", ""))


def uid_of(obj: Object) -> str:
    """Give the object's UID; empty before it was created."""
    return str(obj.get("metadata", {}).get("uid", ""))


def resource_version_of(obj: Object) -> str:
    """Give the object's resource version; empty before it was created."""
    return str(obj.get("metadata", {}).get("resourceVersion", ""))
