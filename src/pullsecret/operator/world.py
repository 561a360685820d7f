"""Everything the operator sees of a cluster, and what its policies want of each namespace."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from pullsecret.core.objects import (
    NAMESPACE,
    SECRET,
    SERVICE_ACCOUNT,
    Kind,
    Object,
    labels_of,
    name_of,
)
from pullsecret.core.plan import Claim, Intent, NamespaceView, plan_namespace, winner_of
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.policy.model import AttachTo, Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.policy.optout import opt_out_of
from pullsecret.operator.slim import Slimmer
from pullsecret.operator.states import PolicyState, PolicyStates
from pullsecret.operator.stores import Store


class World:
    """The stores, and the questions that only all of them together answer."""

    def __init__(self) -> None:
        slim = Slimmer()
        self.states = PolicyStates()
        self.policies = Store(lambda obj: obj)
        self.namespaces = Store(slim.namespace)
        self.accounts = Store(slim.account)
        self.secrets = Store(slim.secret)
        self._stores: dict[Kind, Store] = {
            CLUSTER_PULL_SECRET: self.policies,
            PULL_SECRET: self.policies,
            NAMESPACE: self.namespaces,
            SERVICE_ACCOUNT: self.accounts,
            SECRET: self.secrets,
        }
        self._appeared: dict[str, asyncio.Event] = {}

    def store_of(self, kind: Kind) -> Store:
        """Give the store of a kind."""
        return self._stores[kind]

    @contextmanager
    def writing(self, kind: Kind, namespace: str, name: str) -> Iterator[Callable[[Object], Object]]:
        """Tell our own write of an object from what others do to it meanwhile.

        Gives what takes note of the server's answer. Kinds that are not followed pass.
        """
        store = self._stores.get(kind)
        if store is None:
            yield lambda obj: obj
            return
        with store.writing(namespace, name):
            yield lambda obj: self._written(kind, obj)

    def _written(self, kind: Kind, obj: Object) -> Object:
        self.store_of(kind).put(obj)
        if kind in (CLUSTER_PULL_SECRET, PULL_SECRET):
            self.states.see(obj)
        return obj

    def policy_read(self, obj: Object) -> None:
        """Take note of a policy that was read, and may be newer than what the watch brought."""
        self.policies.put(obj)
        self.states.see(obj)

    def source(self, ref: SecretRef) -> Object | None:
        """Give a source Secret."""
        return self.secrets.get(ref.namespace, ref.name)

    def meant(self, policy: Policy) -> Iterator[str]:
        """Name the namespaces that a policy means and that did not opt out."""
        for namespace in self._near(policy.key):
            if _is_meant(policy, namespace) and not opt_out_of(namespace, "Namespace"):
                yield name_of(namespace)

    def _near(self, key: PolicyKey) -> Iterable[Object]:
        """Give the namespaces in which a policy may have a say: one for a `PullSecret`, else all."""
        if not key.namespace:
            return self.namespaces
        own = self.namespaces.get("", key.namespace)
        return () if own is None else (own,)

    def claims(self, state: PolicyState, namespace: str) -> list[tuple[Claim, NamespaceView]]:
        """Tell what a policy wants of a namespace, beside what is there; nothing where it has no say."""
        obj = self.namespaces.get("", namespace)
        if obj is None:
            return []
        claims = [self._leaving(remnant, obj) for remnant in state.leaving]
        if state.policy is not None and not state.deleting:
            claim = self._kept(state, state.policy, obj)
            claims = claims if claim is None else [claim, *claims]
        return [(claim, self._view(claim, obj)) for claim in claims]

    def unfinished(self, state: PolicyState) -> list[str]:
        """Name the namespaces from which something of a policy that goes has still to be taken away."""
        return [
            name_of(namespace)
            for namespace in self._near(state.key)
            for remnant in state.leaving
            if self._is_unfinished(self._leaving(remnant, namespace), namespace)
        ]

    def touched(self, state: PolicyState) -> set[str]:
        """Name all namespaces that a policy means or has left something in."""
        if state.key.namespace:
            return {state.key.namespace}
        names = set() if state.policy is None else set(self.meant(state.policy))
        uid = str(state.obj.get("metadata", {}).get("uid") or "")
        names |= {secret["metadata"]["namespace"] for secret in self.secrets if is_ours(secret, uid)}
        wanted = state.secret_names
        return names | {
            account["metadata"]["namespace"]
            for account in self.accounts
            if not wanted.isdisjoint(attached_by_us(account))
        }

    def names_for(self, namespace: Object, account: str) -> tuple[str, ...]:
        """Name the Secrets that a ServiceAccount of a namespace should list."""
        if opt_out_of(namespace, "Namespace"):
            return ()
        policies = [
            state.policy
            for state in self.states
            if state.policy and state.keeps and _is_meant(state.policy, namespace)
        ]
        names = [policy.secret_name for policy in policies if policy.attach.wants(account)]
        return tuple(dict.fromkeys(names))

    def contenders(self, secret_name: str, namespace: Object) -> list[Policy]:
        """Give the policies that keep, or would keep, a Secret of this name in a namespace."""
        return [
            state.policy
            for state in self.states.of_secret(secret_name)
            if state.policy
            and state.keeps
            and state.policy.secret_name == secret_name
            and _is_meant(state.policy, namespace)
        ]

    def _kept(self, state: PolicyState, policy: Policy, namespace: Object) -> Claim | None:
        contenders = self.contenders(policy.secret_name, namespace)
        if not _is_meant(policy, namespace):
            return self._leaving(policy, namespace)
        if state.content is None:
            return None
        winner = winner_of(contenders) or policy
        beaten_by = "" if winner.uid == policy.uid else str(winner.key)
        rivals = {other.uid for other in contenders} | {
            str(other.obj["metadata"].get("uid"))
            for other in self.states.of_secret(policy.secret_name)
            if other.deleting
        }
        registries = frozenset(held.registry for held in state.content.credentials)
        return Claim(policy, Intent.KEEP, state.data, registries, frozenset(rivals - {policy.uid}), beaten_by)

    def _leaving(self, policy: Policy, namespace: Object) -> Claim:
        contenders = self.contenders(policy.secret_name, namespace)
        others = [other for other in contenders if other.uid != policy.uid]
        heir = winner_of(other for other in others if self._has_content(other))
        return Claim(policy, Intent.DROP, beaten_by=str(heir.key) if heir else "")

    def _has_content(self, policy: Policy) -> bool:
        state = self.states.get(policy.key)
        return state is not None and state.content is not None

    def _is_unfinished(self, claim: Claim, namespace: Object) -> bool:
        view = self._view(claim, namespace)
        if claim.beaten_by:
            return view.secret is not None and is_ours(view.secret, claim.policy.uid)
        return bool(plan_namespace(claim, view).steps)

    def _view(self, claim: Claim, namespace: Object) -> NamespaceView:
        name = name_of(namespace)
        secret = self.secrets.get(name, claim.policy.secret_name)
        return NamespaceView(namespace, secret, self._accounts(claim, name))

    def _accounts(self, claim: Claim, namespace: str) -> list[Object]:
        """Give the ServiceAccounts that should name the copy, or do because of us."""
        wanted, secret = claim.attach, claim.policy.secret_name
        if claim.intent is Intent.KEEP and wanted.to is AttachTo.ALL:
            return self.accounts.within(namespace)
        return [
            account
            for account in self.accounts.within(namespace)
            if (claim.intent is Intent.KEEP and wanted.wants(name_of(account)))
            or secret in attached_by_us(account)
        ]

    async def await_namespace(self, name: str, seconds: float) -> Object | None:
        """Give a namespace that is about to be seen; None when it is not in time."""
        if self.namespaces.get("", name) is None:
            appeared = self._appeared.setdefault(name, asyncio.Event())
            try:
                async with asyncio.timeout(seconds):
                    await appeared.wait()
            except TimeoutError:
                self._appeared.pop(name, None)
        return self.namespaces.get("", name)

    def appeared(self, name: str) -> None:
        """Wake those who wait for a namespace."""
        if event := self._appeared.pop(name, None):
            event.set()


def _is_meant(policy: Policy, namespace: Object) -> bool:
    return policy.namespaces.chooses(name_of(namespace), labels_of(namespace))
