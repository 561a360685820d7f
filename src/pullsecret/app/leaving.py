"""Take everything back that policies put into a cluster: names off ServiceAccounts, copies, finalizers.

It is what the operator does for one policy that is deleted, for all at once, and with the operator gone.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from pullsecret.app.finding import find
from pullsecret.app.keepers import readers_of
from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster, PatchType
from pullsecret.app.secrets import TRIES, busy
from pullsecret.app.sync.settle import settle
from pullsecret.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PullSecretError
from pullsecret.core.objects import (
    NAMESPACE,
    SECRET,
    SERVICE_ACCOUNT,
    Object,
    name_of,
    namespace_of,
    resource_version_of,
    uid_of,
)
from pullsecret.core.plan import Claim, DeleteSecret, Intent, NamespaceView, Step, Verdict
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.plan.copies import is_anothers_copy, is_ours
from pullsecret.core.policy.model import DeletionPolicy, Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, FINALIZER, PULL_SECRET
from pullsecret.core.policy.reading import key_of, policy_of, source_refs
from pullsecret.core.policy.status import secret_names_of

AT_ONCE = 32
"""Namespaces that are worked on at the same time."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What policies left in a cluster.

    Attributes:
        policies: as they are.
        claims: what is to be taken back: a policy, under one of the names that its copies have or had, and
            the namespace.
        refused: names of copies that we may not look at, with what the cluster said.
    """

    policies: tuple[Object, ...] = ()
    claims: tuple[tuple[Claim, NamespaceView], ...] = ()
    refused: Mapping[str, Forbidden] = field(default_factory=dict)

    @property
    def copies(self) -> int:
        """How many Secrets would be deleted."""
        return sum(
            view.secret is not None and is_ours(view.secret, claim.policy.uid) and not claim.used_by
            for claim, view in self.claims
        )

    @property
    def accounts(self) -> int:
        """How many ServiceAccounts have a name of ours in their list."""
        found = {(view.name, name_of(account)) for _, view in self.claims for account in view.accounts}
        return len(found)


async def traces_of(cluster: Cluster, namespaces: Sequence[str] = ()) -> Traces:
    """Find what policies left; with `namespaces`, only what `PullSecret`s did there."""
    policies = await _policies(cluster, namespaces)
    if not policies:
        return Traces()
    accounts = await _everywhere(cluster, namespaces)
    copies: dict[str, dict[str, Object]] = {}
    refused: dict[str, Forbidden] = {}
    for name in dict.fromkeys(name for obj in policies for name in _names(obj)):
        try:
            copies[name] = await _copies(cluster, name, namespaces)
        except Forbidden as error:
            copies[name], refused[name] = {}, error
    views, read = await _namespaces(cluster, namespaces), readers_of(policies)
    claims = [
        (_claim(obj, name, view, read), view)
        for obj in policies
        if _policy(obj).deletion_policy is DeletionPolicy.DELETE
        for name in _names(obj)
        for view in _concerned(_policy(obj), name, copies[name], accounts, views)
    ]
    return Traces(tuple(policies), tuple(claims), refused)


def _claim(obj: Object, name: str, view: NamespaceView, read: Mapping[SecretRef, str]) -> Claim:
    """Take a copy away, unless it is some policy's source: it may hold the only credential that there is."""
    policy, copy = replace(_policy(obj), secret_name=name), SecretRef(view.name, name)
    own = str(policy.key) if copy in source_refs(obj) else ""
    return Claim(policy, Intent.DROP, used_by=own or read.get(copy, ""))


async def take_back(cluster: Cluster, traces: Traces) -> Outcome:
    """Detach, delete the copies, and let go of the policies whose copies are all gone.

    One namespace that fails does not stop the others; its policy keeps its finalizer. A copy that is some
    policy's source stays, which is told, and keeps nobody.
    """
    outcome = Outcome()
    slots, stuck = asyncio.Semaphore(AT_ONCE), set[str]()

    async def one(claim: Claim, view: NamespaceView) -> None:
        async with slots:
            try:
                settled = await settle(cluster, claim, view)
            except PullSecretError as error:
                outcome.fail(f"secret/{claim.policy.secret_name}", view.name, error)
                stuck.add(claim.policy.uid)
                return
        outcome.changes += [_told(view.name, step) for step in settled.done]
        if settled.plan.verdict is Verdict.IN_USE:
            ref = f"secret/{claim.policy.secret_name}"
            outcome.changes.append(Change(ref, view.name, Action.UNCHANGED, settled.plan.reason))

    await asyncio.gather(*(one(claim, view) for claim, view in traces.claims))
    outcome.changes.sort(key=lambda change: change.namespace)
    for obj in traces.policies:
        if uid_of(obj) not in stuck:
            await _let_go(cluster, obj, traces.refused, outcome)
    return outcome


async def _policies(cluster: Cluster, namespaces: Sequence[str]) -> list[Object]:
    """Read all policies; none of a kind that is not defined."""
    wanted = [(PULL_SECRET, namespace) for namespace in namespaces]
    found: list[Object] = []
    for kind, namespace in wanted or [(CLUSTER_PULL_SECRET, ""), (PULL_SECRET, "")]:
        with suppress(NotFound):
            found += await cluster.list(kind, namespace=namespace)
    return found


async def _everywhere(cluster: Cluster, namespaces: Sequence[str]) -> dict[str, list[Object]]:
    """Read the ServiceAccounts that carry names of ours, by namespace."""
    found: dict[str, list[Object]] = {}
    for namespace in namespaces or ("",):
        accounts = await cluster.list(
            SERVICE_ACCOUNT, namespace=namespace, keep=lambda account: bool(attached_by_us(account))
        )
        for account in accounts:
            found.setdefault(namespace_of(account), []).append(account)
    return found


async def _copies(cluster: Cluster, name: str, namespaces: Sequence[str]) -> dict[str, Object]:
    """Read the Secrets of one name, by namespace; rights on that name are enough."""
    return {
        namespace_of(secret): secret
        for namespace in namespaces or ("",)
        for secret in await cluster.list(SECRET, namespace=namespace, field_selector=f"metadata.name={name}")
    }


async def _namespaces(cluster: Cluster, namespaces: Sequence[str]) -> dict[str, Object]:
    if namespaces:
        named = [await _namespace(cluster, name) for name in namespaces]
        return {name_of(obj): obj for obj in named if obj is not None}
    return {name_of(obj): obj for obj in await cluster.list(NAMESPACE, metadata_only=True)}


async def _namespace(cluster: Cluster, name: str) -> Object | None:
    try:
        return await find(cluster, NAMESPACE, name)
    except Forbidden:  # who may write in a namespace need not be allowed to read the namespace itself
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _policy(obj: Object) -> Policy:
    """Read a policy as far as leaving needs it: one whose spec is not sound may have copies from before."""
    try:
        return policy_of(obj)
    except InvalidInput:
        spec = obj.get("spec")
        orphan = isinstance(spec, dict) and spec.get("deletionPolicy") == DeletionPolicy.ORPHAN
        kept = DeletionPolicy.ORPHAN if orphan else DeletionPolicy.DELETE
        return Policy(key_of(obj), name_of(obj), (), uid=uid_of(obj), deletion_policy=kept)


def _names(obj: Object) -> tuple[str, ...]:
    """Give every name under which a policy may have copies."""
    status = obj.get("status")
    return secret_names_of(status) if isinstance(status, dict) else ()


def _concerned(
    policy: Policy,
    name: str,
    copies: dict[str, Object],
    accounts: dict[str, list[Object]],
    namespaces: dict[str, Object],
) -> Iterator[NamespaceView]:
    """Give the namespaces that hold a policy's copy, or that name it where there is no policy's."""
    for where, namespace in namespaces.items():
        if policy.key.namespace not in ("", where):
            continue
        copy = copies.get(where)
        naming = [account for account in accounts.get(where, ()) if name in attached_by_us(account)]
        if copy is not None and is_anothers_copy(copy, policy.uid):
            continue  # the names in the lists are that policy's too
        if naming or (copy is not None and is_ours(copy, policy.uid)):
            yield NamespaceView(namespace, copy, naming)


async def _let_go(cluster: Cluster, obj: Object, refused: Mapping[str, Forbidden], outcome: Outcome) -> None:
    """Take our finalizer off a policy, unless it has copies that we may not see."""
    key = key_of(obj)
    ref = f"{key.resource.singular}/{key.name}"
    unseen = [refused[name] for name in _names(obj) if name in refused]
    if unseen:
        if FINALIZER in (obj["metadata"].get("finalizers") or ()):
            outcome.fail(ref, key.namespace, unseen[0])
        return
    try:
        if await _released(cluster, key, uid_of(obj)):
            outcome.changes.append(Change(ref, key.namespace, Action.RELEASED))
    except PullSecretError as error:
        outcome.fail(ref, key.namespace, error)


async def _released(cluster: Cluster, key: PolicyKey, uid: str) -> bool:
    for _ in range(TRIES):
        live = await find(cluster, key.resource, key.name, key.namespace)
        held = (live or {}).get("metadata", {}).get("finalizers") or []
        if live is None or uid_of(live) != uid or FINALIZER not in held:
            return False
        left = [name for name in held if name != FINALIZER]
        patch = {"metadata": {"finalizers": left, "resourceVersion": resource_version_of(live)}}
        try:
            await cluster.patch(
                key.resource, key.name, patch, patch_type=PatchType.MERGE, namespace=key.namespace
            )
        except Conflict:
            continue
        return True
    raise busy(f"{key.resource.singular}/{key.name}")


def _told(namespace: str, step: Step) -> Change:
    if isinstance(step, DeleteSecret):
        return Change(f"secret/{step.name}", namespace, Action.DELETED)
    return Change(f"serviceaccount/{step.name}", namespace, Action.DETACHED)
