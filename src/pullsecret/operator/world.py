"""Everything the operator sees of a cluster, and what its policies want of each namespace."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from pullsecret.core.objects import (
    NAMESPACE,
    SECRET,
    SERVICE_ACCOUNT,
    Kind,
    Object,
    labels_of,
    name_of,
)
from pullsecret.core.plan import Claim, Intent, NamespaceView, winner_of
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.policy.model import AttachTo, Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.core.policy.optout import opt_out_of
from pullsecret.core.policy.sources import Content
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.handover import Handover, goes
from pullsecret.operator.slim import Slimmer
from pullsecret.operator.states import PolicyState, PolicyStates
from pullsecret.operator.stores import Store


class World:
    """The stores, and the questions that only all of them together answer."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        """See nothing yet; policies that want more than `bounds` allow count as not sound."""
        slim = self._slim = Slimmer()
        self.states = PolicyStates(bounds)
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
        self.handover = Handover(self)
        self._awaited: dict[str, set[asyncio.Event]] = {}

    def store_of(self, kind: Kind) -> Store:
        """Give the store of a kind."""
        return self._stores[kind]

    @contextmanager
    def writing(
        self, kind: Kind, namespace: str, name: str, based_on: str = ""
    ) -> Iterator[Callable[[Object], Object]]:
        """Tell our own write of an object from what others do to it meanwhile.

        Gives what takes note of the server's answer. Kinds that are not followed pass.

        Args:
            kind: of the object.
            namespace: of the object.
            name: of the object.
            based_on: the version that the write is conditional on; empty where it makes the object.
        """
        store = self._stores.get(kind)
        if store is None:
            yield lambda obj: obj
            return
        with store.writing(namespace, name):
            yield lambda obj: self._written(kind, obj, based_on)

    def _written(self, kind: Kind, obj: Object, based_on: str) -> Object:
        self.store_of(kind).put(obj, based_on=based_on)
        if kind in (CLUSTER_PULL_SECRET, PULL_SECRET):
            self.states.see(obj)
        return obj

    def deleted(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Take note of what we deleted."""
        if (store := self._stores.get(kind)) is not None:
            store.deleted(namespace, name, uid)

    def policy_read(self, obj: Object) -> None:
        """Take in a policy that was read, and may be newer than what the watch brought."""
        self.policies.read(obj)

    def forget_texts(self) -> None:
        """Let go of what copies held before, such as passwords that were rotated."""
        self._slim.forget()

    def source(self, ref: SecretRef) -> Object | None:
        """Give a source Secret."""
        return self.secrets.get(ref.namespace, ref.name)

    def meant(self, policy: Policy) -> Iterator[str]:
        """Name the namespaces that a policy means, that stay and that did not opt out."""
        for namespace in self.near(policy.key):
            if goes(namespace) or opt_out_of(namespace, "Namespace"):
                continue
            if self.is_meant(policy, namespace):
                yield name_of(namespace)

    def is_meant(self, policy: Policy, namespace: Object) -> bool:
        """Tell whether a policy wants a copy in a namespace."""
        return policy.means(name_of(namespace), labels_of(namespace))

    def goes(self, namespace: str) -> bool:
        """Tell whether a namespace is being deleted."""
        obj = self.namespaces.get("", namespace)
        return obj is not None and goes(obj)

    def near(self, key: PolicyKey) -> Iterable[Object]:
        """Give the namespaces in which a policy may have a say: one for a `PullSecret`, else all."""
        if not key.namespace:
            return self.namespaces
        own = self.namespaces.get("", key.namespace)
        return () if own is None else (own,)

    def claims(self, state: PolicyState, namespace: str) -> list[Claim]:
        """Tell what a policy wants of a namespace, in this order; nothing where it has no say.

        A copy under a former name goes only after there is one under the new name, and that is made only
        after the status tells its name.
        """
        obj = self.namespaces.get("", namespace)
        if obj is None or state.key.namespace not in ("", namespace):
            return []
        leaving = [self.handover.leaving(remnant, obj) for remnant in state.leaving]
        if state.policy is None or state.deleting:
            return leaving
        if not self.is_meant(state.policy, obj):
            return [self.handover.leaving(state.policy, obj), *leaving]
        if state.content is None or not state.promises:
            return []
        return [self._kept(state, state.policy, state.content, obj), *leaving]

    def view(self, claim: Claim, namespace: str) -> NamespaceView | None:
        """Show what is there for a claim; None when the namespace is gone."""
        obj = self.namespaces.get("", namespace)
        return None if obj is None else self.view_of(claim, obj)

    def unfinished(self, state: PolicyState) -> list[str]:
        """Name the namespaces from which something of a policy that goes has still to be taken away."""
        return self.handover.unfinished(state)

    def touched(self, state: PolicyState) -> set[str]:
        """Name all namespaces that a policy means, has left something in, or tells of."""
        if state.key.namespace:
            return {state.key.namespace}
        names = {*state.synced, *state.excluded, *state.failures}
        names |= set(self.meant(state.policy)) if state.policy else set()
        names |= {secret["metadata"]["namespace"] for secret in self.secrets if is_ours(secret, state.uid)}
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
        wanting: dict[str, list[Policy]] = {}
        for state in self.states.concerning(name_of(namespace)):
            if state.promises and state.policy and self.is_meant(state.policy, namespace):
                wanting.setdefault(state.policy.secret_name, []).append(state.policy)
        return tuple(
            name
            for name, policies in sorted(wanting.items())
            if self._is_named(self.secrets.get(name_of(namespace), name), policies, account)
        )

    def _is_named(self, copy: Object | None, policies: Sequence[Policy], account: str) -> bool:
        """Tell whether a ServiceAccount should list a copy, or what will be one.

        Whose it is decides: only who leads knows which policy has nothing to hand out, and gives way.
        """
        owner = next((p for p in policies if copy is not None and is_ours(copy, p.uid)), winner_of(policies))
        return owner is not None and owner.attach.wants(account) and self._is_free(copy, policies)

    def _is_free(self, secret: Object | None, policies: Iterable[Policy]) -> bool:
        """Tell whether a Secret is one of these policies' copies, or is still to be made."""
        if secret is None:
            return True
        return not opt_out_of(secret, "Secret") and any(is_ours(secret, each.uid) for each in policies)

    def contenders(self, secret_name: str, namespace: Object) -> list[Policy]:
        """Give the policies that keep, or would keep, a Secret of this name in a namespace."""
        copy = self.secrets.get(name_of(namespace), secret_name)
        return [
            state.policy
            for state in self.states.of_secret(secret_name)
            if state.policy
            and state.keeps(copy)
            and state.policy.secret_name == secret_name
            and self.is_meant(state.policy, namespace)
        ]

    def _kept(self, state: PolicyState, policy: Policy, content: Content, namespace: Object) -> Claim:
        winner = winner_of(self.contenders(policy.secret_name, namespace)) or policy
        beaten_by = "" if winner.uid == policy.uid else str(winner.key)
        registries = frozenset(held.registry for held in content.credentials)
        rivals = frozenset(self._give_way(state, SecretRef(name_of(namespace), policy.secret_name)))
        return Claim(policy, Intent.KEEP, state.data, registries, rivals, beaten_by)

    def _give_way(self, state: PolicyState, copy: SecretRef) -> Iterator[str]:
        """Give the UIDs of the others who have or had copies of a name in a namespace.

        What cannot be read keeps its own; so does who goes and leaves its copies, and who reads its own
        credential from one.
        """
        readers = self.states.of_source(copy)
        for other in self.states.of_secret(copy.name):
            if other is state or other in readers or other.key.namespace not in ("", copy.namespace):
                continue
            if any(other.leaving) if other.deleting else other.policy is not None:
                yield other.uid

    def view_of(self, claim: Claim, namespace: Object) -> NamespaceView:
        """Show what is there for a claim."""
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
            appeared = asyncio.Event()
            awaited = self._awaited.setdefault(name, set())
            awaited.add(appeared)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await appeared.wait()
            awaited.discard(appeared)
            if not awaited:
                self._awaited.pop(name, None)
        return self.namespaces.get("", name)

    def appeared(self, name: str) -> None:
        """Wake those who wait for a namespace."""
        for event in self._awaited.get(name, ()):
            event.set()
