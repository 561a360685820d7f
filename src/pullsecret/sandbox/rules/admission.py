"""Admission plugins of the API server: NamespaceLifecycle and ServiceAccount.

Of ServiceAccount (plugin/pkg/admission/serviceaccount) the token volume is left out: nothing here reads it.
"""

from typing import Protocol

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import NAMESPACE, SERVICE_ACCOUNT, Kind, Object, name_of, namespace_of
from pullsecret.sandbox import failures
from pullsecret.sandbox.failures import Fault

INDELIBLE = frozenset({"default", "kube-system", "kube-public"})


class Reader(Protocol):
    """What admission needs to see of the store."""

    def get(self, kind: Kind, name: str, namespace: str = "") -> Object:
        """Read one object; `NotFound` when there is none."""


def check_namespace(store: Reader, kind: Kind, obj: Object) -> None:
    """Refuse new content in a namespace that is missing or going."""
    if not kind.namespaced:
        return
    name = namespace_of(obj)
    namespace = store.get(NAMESPACE, name)
    if "deletionTimestamp" in namespace["metadata"]:
        why = f"unable to create new content in namespace {name} because it is being terminated"
        told = Fault("metadata.namespace", f"namespace {name} is being terminated")
        raise failures.forbidden(kind, name_of(obj), why, causes=(told,))


def check_namespace_deletion(namespace: Object) -> None:
    """Refuse to delete the namespaces that every cluster has."""
    name = name_of(namespace)
    if name in INDELIBLE:
        raise failures.forbidden(NAMESPACE, name, "this namespace may not be deleted")


def give_service_account(store: Reader, kind: Kind, pod: Object) -> None:
    """Give a new Pod its ServiceAccount, and that one's pull Secrets if the Pod names none itself.

    This happens once, here: a Pod never learns of a later change of its ServiceAccount.
    """
    spec, namespace = pod["spec"], namespace_of(pod)
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    try:
        account = store.get(SERVICE_ACCOUNT, name, namespace)
    except NotFound:
        why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise failures.forbidden(kind, name_of(pod), why) from None
    inherited = account.get("imagePullSecrets")
    if inherited and not spec.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [{"name": reference["name"]} for reference in inherited]
