"""Kubernetes objects as the API server's JSON, and the kinds that this project touches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pullsecret.core.errors import InvalidInput

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
MUTATING_WEBHOOK_CONFIGURATION = Kind(
    "admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations",
    namespaced=False,
)  # fmt: skip

WORKLOADS = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, REPLICA_SET, JOB, CRON_JOB, REPLICATION_CONTROLLER)
"""Kinds whose objects hold a Pod template."""

KINDS = (
    SECRET, SERVICE_ACCOUNT, NAMESPACE, POD, NODE, EVENT, *WORKLOADS, LEASE, MUTATING_WEBHOOK_CONFIGURATION,
)  # fmt: skip
"""Every kind that this project touches."""


def kind_by_name(text: str, kinds: Sequence[Kind] = KINDS) -> Kind:
    """Find the kind that a person means, by any name kubectl would take.

    Args:
        text: singular, plural, short name or Kind, with or without its group, in any case:
            ``deploy``, ``Deployment``, ``deployments.apps``, ``deployments.v1.apps``.
        kinds: those to choose from.

    Raises:
        InvalidInput: it names none of them; the hint names the nearest.
    """
    wanted, _, group = text.strip().lower().partition(".")
    for kind in kinds:
        groups = (kind.group, f"{kind.version}.{kind.group}".removesuffix("."))
        if wanted in (kind.singular, kind.plural, *kind.short_names) and (not group or group in groups):
            return kind
    from difflib import get_close_matches

    near = get_close_matches(wanted, [name for kind in kinds for name in (kind.singular, kind.plural)], n=1)
    one_of = ", ".join(sorted(kind.singular for kind in kinds))
    raise InvalidInput(
        f"{text!r} is no kind that fits here",
        hint=f"did you mean {near[0]}?" if near else f"it can be one of {one_of}",
    )


def kind_of(obj: Object) -> Kind | None:
    """Tell the kind of an object, in the version it was read in; None for a kind that we do not know."""
    group, _, version = str(obj.get("apiVersion") or "").rpartition("/")
    for kind in KINDS:
        if version and kind.kind == obj.get("kind") and kind.group == group:
            return replace(kind, version=version)
    return None


def object_ref(obj: Object) -> str:
    """Name an object as kubectl does: ``deployment/web``."""
    return f"{str(obj.get('kind', '')).lower()}/{name_of(obj)}"


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller that makes an object, from `metadata.ownerReferences`."""

    kind: str
    name: str
    uid: str
    group: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def controller_of(obj: Object) -> Owner | None:
    """Give the one owner whose `controller` is true; None for an object that nobody makes again."""
    references = _metadata(obj).get("ownerReferences")
    for reference in references if isinstance(references, list) else []:
        if isinstance(reference, dict) and reference.get("controller") is True:
            kind, name, uid, version = (
                str(reference.get(key) or "") for key in ("kind", "name", "uid", "apiVersion")
            )
            return Owner(kind, name, uid, version.rpartition("/")[0])
    return None


def _metadata(obj: Object) -> dict[str, Any]:
    metadata = obj.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _meta_text(obj: Object, key: str) -> str:
    value = _metadata(obj).get(key)
    return "" if value is None else str(value)


def _meta_map(obj: Object, key: str) -> dict[str, str]:
    value = _metadata(obj).get(key)
    return value if isinstance(value, dict) else {}


def name_of(obj: Object) -> str:
    """Give the object's name; empty when it has none."""
    return _meta_text(obj, "name")


def namespace_of(obj: Object) -> str:
    """Give the object's namespace; empty for one of cluster scope."""
    return _meta_text(obj, "namespace")


def uid_of(obj: Object) -> str:
    """Give the object's UID; empty before it was created."""
    return _meta_text(obj, "uid")


def resource_version_of(obj: Object) -> str:
    """Give the object's resource version; empty before it was created."""
    return _meta_text(obj, "resourceVersion")


def labels_of(obj: Object) -> dict[str, str]:
    """Give the object's labels; not a copy."""
    return _meta_map(obj, "labels")


def annotations_of(obj: Object) -> dict[str, str]:
    """Give the object's annotations; not a copy."""
    return _meta_map(obj, "annotations")
