"""What the operator follows: a whole cluster, or only some namespaces, with no right beyond them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, PULL_SECRET
from pullsecret.operator.feeds import Choice
from pullsecret.operator.states import PolicyState


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the operator works; no namespaces means the whole cluster."""

    namespaces: tuple[str, ...] = ()

    def lasting(self) -> list[Choice]:
        """Give the watches that never end."""
        if not self.namespaces:
            kinds = [Choice(CLUSTER_PULL_SECRET), Choice(PULL_SECRET), Choice(SERVICE_ACCOUNT)]
            return [*kinds, Choice(NAMESPACE, metadata_only=True)]
        return [choice for name in self.namespaces for choice in self.within(name)]

    def within(self, namespace: str) -> list[Choice]:
        """Give those of them that have to have shown a namespace before anything is done in it.

        In a whole cluster all have, before one leads; of named namespaces one may be refused for a while.
        """
        if not self.namespaces or not namespace:
            return []
        own = Choice(NAMESPACE, name=namespace, metadata_only=True)
        return [own, Choice(PULL_SECRET, namespace), Choice(SERVICE_ACCOUNT, namespace)]

    def secrets(self, states: Iterable[PolicyState]) -> set[Choice]:
        """Give the watches of Secrets that policies need."""
        return {choice for state in states for choice in self.secrets_of(state)}

    def needed(self, state: PolicyState) -> list[Choice]:
        """Give all watches that one policy depends on."""
        lasting = self.within(state.key.namespace) if self.namespaces else self.lasting()
        return [*lasting, *self.secrets_of(state)]

    def secrets_of(self, state: PolicyState) -> Iterator[Choice]:
        """Give the watches of Secrets that one policy needs: of its copies, and of its sources.

        Secrets are followed by name: the right to that can be given for the name alone (RBAC's
        `resourceNames`). Those of one name in all namespaces are one watch, so that many teams whose Secrets
        are named alike do not cost a connection each. In named namespaces a policy needs those of its own
        alone: what we may not see of another must not hold it up.
        """
        for name in state.secret_names:
            yield self._named(state, name)
        for source in state.policy.sources if state.policy and not state.deleting else ():
            if state.key.namespace:
                yield self._named(state, source.ref.name)
            else:
                yield Choice(SECRET, source.ref.namespace, source.ref.name)

    def _named(self, state: PolicyState, name: str) -> Choice:
        return Choice(SECRET, state.key.namespace if self.namespaces else "", name)
