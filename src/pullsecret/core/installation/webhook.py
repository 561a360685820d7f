"""The webhook's configuration: ServiceAccounts, when they are made and when they are changed."""

from pullsecret.core.installation.options import SYSTEM_NAMESPACES, Installation
from pullsecret.core.objects import Object
from pullsecret.core.policy.names import EXCLUDE

PATH = "/serviceaccounts"
"""Where the operator answers it."""


def webhook_configuration(wanted: Installation) -> Object:
    """Give the configuration, without the CA: the operator puts that in, and keeps it.

    It fails open, after one second: ServiceAccounts, and with them namespaces, must come up whatever becomes
    of us. Namespaces carry their name as a label since Kubernetes 1.21: before, those of the system are asked
    about too, which costs a moment and changes nothing.
    """
    opted_in = {"key": EXCLUDE, "operator": "NotIn", "values": ["true"]}
    not_system = {
        "key": "kubernetes.io/metadata.name",
        "operator": "NotIn",
        "values": list(SYSTEM_NAMESPACES),
    }
    service = {
        "name": wanted.part("webhook"),
        "namespace": wanted.namespace,
        "path": PATH,
        "port": 443,
    }
    concerned = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["serviceaccounts"],
        "scope": "Namespaced",
    }
    hook = {
        "name": "serviceaccounts.pullsecret.dev",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": service},
        "rules": [concerned],
        "failurePolicy": "Ignore",
        "matchPolicy": "Equivalent",
        "sideEffects": "None",
        "timeoutSeconds": 1,
        "reinvocationPolicy": "IfNeeded",
        "namespaceSelector": {"matchExpressions": [opted_in, not_system]},
        "objectSelector": {"matchExpressions": [opted_in]},
    }
    configuration = wanted.head(
        "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", wanted.name, None
    )
    return {**configuration, "webhooks": [hook]}
