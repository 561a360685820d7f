"""Who uses a pull Secret: ServiceAccounts, Pods and workloads that name it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pullsecret.core.attachment import secret_names
from pullsecret.core.objects import Object, controller_of, name_of, namespace_of, object_ref
from pullsecret.core.reading import Node
from pullsecret.core.workloads import workloads_of

SecretKey = tuple[str, str]
"""A Secret as its namespace and name."""


@dataclass(frozen=True, slots=True)
class SecretUsers:
    """Who names one Secret, each by its own name and sorted.

    Attributes:
        service_accounts: those that list it, whose new Pods get it.
        pods: those whose spec lists it, finished ones too.
        workloads: those whose template lists it, as ``deployment/web``; one that another makes is left
            out, since that other speaks for it.
    """

    service_accounts: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.service_accounts or self.pods or self.workloads)


def users_by_secret(
    service_accounts: Iterable[Object], pods: Iterable[Object], workloads: Iterable[Object]
) -> dict[SecretKey, SecretUsers]:
    """Index all users by Secret, in one pass; a Secret that is named need not exist.

    The objects may be of several namespaces; each names Secrets of its own.
    """
    found: dict[SecretKey, tuple[set[str], set[str], set[str]]] = defaultdict(lambda: (set(), set(), set()))
    for account in service_accounts:
        for name in secret_names(account):
            found[namespace_of(account), name][0].add(name_of(account))
    for pod in pods:
        for name in _named_by(pod):
            found[namespace_of(pod), name][1].add(name_of(pod))
    for obj in workloads:
        for name in () if controller_of(obj) else _named_by(obj):
            found[namespace_of(obj), name][2].add(object_ref(obj))
    return {key: SecretUsers(*(tuple(sorted(names)) for names in users)) for key, users in found.items()}


def users_of_secret(
    name: str,
    service_accounts: Iterable[Object],
    pods: Iterable[Object],
    workloads: Iterable[Object],
    *,
    namespace: str,
) -> SecretUsers:
    """Tell who names the one Secret; for many Secrets, index them once with `users_by_secret`."""
    return users_by_secret(service_accounts, pods, workloads).get((namespace, name), SecretUsers())


def pods_needing(name: str, pods: Iterable[Object], *, namespace: str) -> list[Object]:
    """Give the Pods that name the Secret and may still pull with it: those that are not finished."""
    return [
        pod
        for pod in pods
        if namespace_of(pod) == namespace and name in _named_by(pod) and not _is_finished(pod)
    ]


def _named_by(obj: Object) -> set[str]:
    return {name for view in workloads_of(obj) for name in view.secret_names}


def _is_finished(pod: Object) -> bool:
    return Node(pod).at("status", "phase").text() in ("Succeeded", "Failed")
