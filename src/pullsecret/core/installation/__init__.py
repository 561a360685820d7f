"""The manifests of the operator, as objects. The Helm chart gives the same; tests compare them."""

from pullsecret.core.installation.options import Installation
from pullsecret.core.installation.rights import rights
from pullsecret.core.installation.webhook import webhook_configuration
from pullsecret.core.installation.workload import workload
from pullsecret.core.objects import Object
from pullsecret.core.policy.schema import custom_resource_definitions

__all__ = ["Installation", "definitions", "manifests", "namespace_of_installation"]


def manifests(wanted: Installation) -> list[Object]:
    """Give everything that the operator needs besides the definitions, in the order of creation."""
    hooks = [webhook_configuration(wanted)] if wanted.with_webhook else []
    return [*rights(wanted), *workload(wanted), *hooks]


def definitions(wanted: Installation) -> list[Object]:
    """Give the definitions of our resources, labelled as everything else of the installation."""
    return [
        {**made, "metadata": {**made["metadata"], "labels": wanted.labels}}
        for made in custom_resource_definitions()
    ]


def namespace_of_installation(wanted: Installation) -> Object:
    """Give the namespace that the operator runs in; Helm makes its own."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": wanted.namespace}}
