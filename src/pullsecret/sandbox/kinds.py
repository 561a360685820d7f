"""Which resource types the imitation serves: those that this job touches, and custom ones as they come."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pullsecret.core import objects
from pullsecret.core.installation.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE,
    ROLE_BINDING,
    SERVICE,
)
from pullsecret.core.objects import Kind

CONFIG_MAP = Kind("", "v1", "ConfigMap", "configmaps", short_names=("cm",))
CUSTOM_RESOURCE_DEFINITION = Kind(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
    namespaced=False, short_names=("crd", "crds"),
)  # fmt: skip

POD_DISRUPTION_BUDGET = Kind(
    "policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", short_names=("pdb",)
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a custom resource definition asks `kubectl get` to print."""

    name: str
    type: str
    path: str
    priority: int = 0
    description: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource type that is served, and how it behaves.

    Attributes:
        kind: its names.
        has_status: whether `status` is written through a subresource of its own.
        counts_generations: whether a change of the wanted state raises `metadata.generation`.
        scalable: whether it has the subresource `scale`.
        categories: the group names it answers to (``kubectl get all``).
        custom: whether a custom resource definition made it.
        columns: what a custom resource definition wants printed.
        schema: a custom resource's `openAPIV3Schema`; empty where nothing is known of its fields.
    """

    kind: Kind
    has_status: bool = False
    counts_generations: bool = False
    scalable: bool = False
    categories: tuple[str, ...] = ()
    custom: bool = False
    columns: tuple[Column, ...] = ()
    schema: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)


def _workload(kind: Kind, *, scalable: bool = False) -> Resource:
    return Resource(kind, has_status=True, counts_generations=True, scalable=scalable, categories=("all",))


BUILT_IN = (
    Resource(CONFIG_MAP),
    Resource(objects.EVENT),
    Resource(objects.NAMESPACE, has_status=True),
    Resource(objects.NODE, has_status=True),
    Resource(objects.POD, has_status=True, categories=("all",)),
    _workload(objects.REPLICATION_CONTROLLER, scalable=True),
    Resource(objects.SECRET),
    Resource(objects.SERVICE_ACCOUNT),
    _workload(objects.DAEMON_SET),
    _workload(objects.DEPLOYMENT, scalable=True),
    _workload(objects.REPLICA_SET, scalable=True),
    _workload(objects.STATEFUL_SET, scalable=True),
    _workload(objects.JOB),
    _workload(objects.CRON_JOB),
    Resource(objects.LEASE),
    Resource(objects.MUTATING_WEBHOOK_CONFIGURATION),
    # Kept and given back, but nobody here obeys them.
    *(Resource(kind) for kind in (ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING, SERVICE)),
    Resource(POD_DISRUPTION_BUDGET, has_status=True, counts_generations=True),
    Resource(CUSTOM_RESOURCE_DEFINITION, has_status=True, counts_generations=True),
)


class Catalogue:
    """The resource types served now: the built-in ones and those of custom resource definitions."""

    def __init__(self) -> None:
        self._resources = {_key(resource.kind): resource for resource in BUILT_IN}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    def add(self, resource: Resource) -> None:
        """Serve one more resource type, or change how one is served."""
        self._resources[_key(resource.kind)] = resource

    def remove(self, kind: Kind) -> None:
        """Serve this resource type no longer."""
        self._resources.pop(_key(kind), None)

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """Find the resource type behind a path; None when it is not served."""
        return self._resources.get((group, version, plural))

    def of(self, kind: Kind) -> Resource:
        """Find how a kind behaves; one that was never served behaves plainly."""
        return self._resources.get(_key(kind)) or Resource(kind)


def _key(kind: Kind) -> tuple[str, str, str]:
    return kind.group, kind.version, kind.plural
