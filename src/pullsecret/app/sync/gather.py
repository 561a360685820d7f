"""What a run of the engine has to see first: sources, and all namespaces in as few requests as it can."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from pullsecret.app.finding import find
from pullsecret.app.ports import Cluster
from pullsecret.core.errors import ClusterUnreachable, Forbidden, PullSecretError, Unauthorized
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Object, name_of, namespace_of
from pullsecret.core.plan import NamespaceView
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.policy.model import Policy, SecretRef
from pullsecret.core.policy.selecting import Selector, is_glob

AT_ONCE = 32
"""Namespaces that are worked on at the same time."""

FEW = 20
"""Up to so many namespaces, named one by one, are read one by one: that takes no right over all others."""

FATAL = (ClusterUnreachable, Unauthorized)
"""What is no fault of one namespace: the next one would fail in the same way."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is.

    Attributes:
        views: all namespaces that a policy means, or has left something in; others may be among them.
        missing: namespaces that were named and are not there.
        unread: those that could not be looked at, and why.
    """

    views: Sequence[NamespaceView] = ()
    missing: Sequence[str] = ()
    unread: Sequence[tuple[str, PullSecretError]] = field(default=(), repr=False)


async def sources_of(cluster: Cluster, policy: Policy) -> dict[SecretRef, Object]:
    """Read the source Secrets of a policy; those that are not there are left out."""
    refs = list(dict.fromkeys(source.ref for source in policy.sources))
    found = await asyncio.gather(*(find(cluster, SECRET, ref.name, ref.namespace) for ref in refs))
    return {ref: obj for ref, obj in zip(refs, found, strict=True) if obj is not None}


async def gather(cluster: Cluster, policy: Policy, *, everywhere: bool = False) -> Seen:
    """Look at all namespaces that a policy means; with `everywhere` also at what it left in others.

    Few that are named are read one by one. Many, patterns and labels take three lists over all namespaces,
    of which that of Secrets is narrowed to the copies' name. Who may not list all, and named each, has
    them read one by one as well.

    Raises:
        ClusterError: the cluster could not be reached, or refuses what nothing can be done without.
    """
    named = None if everywhere else policy.namespaces.named
    if named is not None and len(named) <= FEW:
        return await _one_by_one(cluster, policy, named)
    try:
        return await _all(cluster, policy)
    except Forbidden:
        if named is None:
            raise
        return await _one_by_one(cluster, policy, named)


async def _all(cluster: Cluster, policy: Policy) -> Seen:
    namespaces, copies, accounts = await asyncio.gather(
        cluster.list(NAMESPACE, metadata_only=True),
        cluster.list(SECRET, field_selector=f"metadata.name={policy.secret_name}"),
        cluster.list(SERVICE_ACCOUNT, keep=lambda account: concerns(policy, account)),
    )
    by_namespace: dict[str, list[Object]] = {}
    for account in accounts:
        by_namespace.setdefault(namespace_of(account), []).append(account)
    secret_in = {namespace_of(secret): secret for secret in copies}
    there = {name_of(obj): obj for obj in namespaces}
    views = [
        NamespaceView(obj, secret_in.get(name), by_namespace.get(name, ())) for name, obj in there.items()
    ]
    named = (name for name in dict.fromkeys(policy.namespaces.include) if not is_glob(name))
    return Seen(views, [name for name in named if name not in there])


async def _one_by_one(cluster: Cluster, policy: Policy, names: Sequence[str]) -> Seen:
    slots = asyncio.Semaphore(AT_ONCE)

    async def look(name: str) -> NamespaceView | None:
        async with slots:
            return await view_of(cluster, policy, name)

    found = await asyncio.gather(*(look(name) for name in names), return_exceptions=True)
    views, missing, unread = list[NamespaceView](), list[str](), list[tuple[str, PullSecretError]]()
    for name, view in zip(names, found, strict=True):
        if isinstance(view, PullSecretError) and not isinstance(view, FATAL):
            unread.append((name, view))
        elif isinstance(view, BaseException):
            raise view
        elif view is None:
            missing.append(name)
        else:
            views.append(view)
    return Seen(views, missing, unread)


async def view_of(cluster: Cluster, policy: Policy, name: str) -> NamespaceView | None:
    """Look at one namespace; None when there is none.

    Who may write in a namespace need not be allowed to read the namespace itself: without its labels and
    annotations it is taken for one that did not opt out.

    Raises:
        ClusterError: what is in it may not be read; or not itself, and it is chosen by its labels.
    """
    try:
        namespace = await find(cluster, NAMESPACE, name)
    except Forbidden:
        if policy.namespaces.selector != Selector():
            raise
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    if namespace is None:
        return None
    secret, accounts = await asyncio.gather(
        find(cluster, SECRET, policy.secret_name, name),
        cluster.list(SERVICE_ACCOUNT, namespace=name, keep=lambda account: concerns(policy, account)),
    )
    return NamespaceView(namespace, secret, accounts)


def concerns(policy: Policy, account: Object) -> bool:
    """Whether a ServiceAccount should name the copy, or does because of us."""
    return policy.attach.wants(name_of(account)) or policy.secret_name in attached_by_us(account)
