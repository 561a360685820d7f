"""The kinds that an installation is made of."""

from pullsecret.core.objects import DEPLOYMENT, MUTATING_WEBHOOK_CONFIGURATION, SERVICE_ACCOUNT, Kind, Object

_RBAC = "rbac.authorization.k8s.io"

ROLE = Kind(_RBAC, "v1", "Role", "roles")
ROLE_BINDING = Kind(_RBAC, "v1", "RoleBinding", "rolebindings")
CLUSTER_ROLE = Kind(_RBAC, "v1", "ClusterRole", "clusterroles", namespaced=False)
CLUSTER_ROLE_BINDING = Kind(_RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False)
SERVICE = Kind("", "v1", "Service", "services", short_names=("svc",))
DISRUPTION_BUDGET = Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", short_names=("pdb",))
OLD_DISRUPTION_BUDGET = Kind("policy", "v1beta1", "PodDisruptionBudget", "poddisruptionbudgets")
"""Before Kubernetes 1.21."""
INSTALLED = (
    MUTATING_WEBHOOK_CONFIGURATION,
    DEPLOYMENT, DISRUPTION_BUDGET, OLD_DISRUPTION_BUDGET, SERVICE, ROLE_BINDING, ROLE,
    CLUSTER_ROLE_BINDING, CLUSTER_ROLE, SERVICE_ACCOUNT,
)  # fmt: skip
"""In the order in which they are taken away: who calls us first, our rights last."""


def installed_kind(obj: Object) -> Kind:
    """Tell the kind of one of the installation's objects.

    Raises:
        KeyError: it is none of them.
    """
    return _BY_NAME[(obj["apiVersion"], obj["kind"])]


_BY_NAME = {(kind.api_version, kind.kind): kind for kind in INSTALLED}
