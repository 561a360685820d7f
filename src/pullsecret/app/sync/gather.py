"""What a run of the engine has to see first: sources, and all namespaces in as few requests as it can."""

import asyncio
from collections.abc import Collection

from pullsecret.app.finding import find
from pullsecret.app.ports import Cluster
from pullsecret.core.errors import Forbidden
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Object, name_of, namespace_of
from pullsecret.core.plan import NamespaceView
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.policy.model import Policy, SecretRef
from pullsecret.core.policy.selecting import Namespaces

FEW = 20
"""Up to so many namespaces, named one by one, are read one by one: that takes no right over all others."""


async def sources_of(cluster: Cluster, policy: Policy) -> dict[SecretRef, Object]:
    """Read the source Secrets of a policy; those that are not there are left out."""
    refs = list(dict.fromkeys(source.ref for source in policy.sources))
    found = await asyncio.gather(*(find(cluster, SECRET, ref.name, ref.namespace) for ref in refs))
    return {ref: obj for ref, obj in zip(refs, found, strict=True) if obj is not None}


async def views_of(cluster: Cluster, policy: Policy) -> tuple[list[NamespaceView], list[str]]:
    """Look at all namespaces that a policy means, or has left something in.

    Returns:
        The views, and the names of namespaces that were named but are not there.
    """
    named = _named(policy.namespaces)
    if named is not None:
        found = await asyncio.gather(*(_view(cluster, policy, name) for name in named))
        return [v for v in found if v], [n for n, v in zip(named, found, strict=True) if not v]
    namespaces, copies, accounts = await asyncio.gather(
        cluster.list(NAMESPACE, metadata_only=True),
        cluster.list(SECRET, field_selector=f"metadata.name={policy.secret_name}"),
        cluster.list(SERVICE_ACCOUNT, keep=lambda account: _concerns(policy, account)),
    )
    by_namespace: dict[str, list[Object]] = {}
    for account in accounts:
        by_namespace.setdefault(namespace_of(account), []).append(account)
    secret_in = {namespace_of(secret): secret for secret in copies}
    views = [
        NamespaceView(obj, secret_in.get(name_of(obj)), by_namespace.get(name_of(obj), ()))
        for obj in namespaces
    ]
    return views, _missing(policy.namespaces, {view.name for view in views})


def _named(namespaces: Namespaces) -> tuple[str, ...] | None:
    """Give the namespaces that are named one by one; None where patterns or labels choose."""
    names = tuple(dict.fromkeys(namespaces.include))
    if len(names) > FEW or namespaces.selector.labels or namespaces.selector.expressions:
        return None
    return None if any(set(name) & set("*?[") for name in names) else names


def _missing(namespaces: Namespaces, there: Collection[str]) -> list[str]:
    return [name for name in namespaces.include if not set(name) & set("*?[") and name not in there]


async def _view(cluster: Cluster, policy: Policy, name: str) -> NamespaceView | None:
    try:
        namespace = await find(cluster, NAMESPACE, name)
    except Forbidden:  # who may write in a namespace need not be allowed to read the namespace itself
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    if namespace is None:
        return None
    secret, accounts = await asyncio.gather(
        find(cluster, SECRET, policy.secret_name, name),
        cluster.list(SERVICE_ACCOUNT, namespace=name, keep=lambda account: _concerns(policy, account)),
    )
    return NamespaceView(namespace, secret, accounts)


def _concerns(policy: Policy, account: Object) -> bool:
    """Whether a ServiceAccount should name the copy, or does because of us."""
    return policy.attach.wants(name_of(account)) or policy.secret_name in attached_by_us(account)
