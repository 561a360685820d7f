"""What a policy leaves: who takes a copy over as it is, who still reads from it, and what has to go."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pullsecret.core.objects import Object, name_of
from pullsecret.core.plan import Claim, Intent, Verdict, plan_namespace, winner_of
from pullsecret.core.plan.copies import is_anothers_copy, is_ours
from pullsecret.core.policy.model import Policy, SecretRef
from pullsecret.core.policy.optout import opt_out_of
from pullsecret.core.pullsecrets import TYPE_JSON
from pullsecret.operator.states import PolicyState

if TYPE_CHECKING:
    from pullsecret.operator.world import World

_NO_WRITE_FAILED = (Verdict.CONFLICT, Verdict.IN_USE)


class Handover:
    """Answers about copies that should go."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def leaving(self, policy: Policy, namespace: Object) -> Claim:
        """Take away what a policy has in a namespace, unless another policy takes it over as it is.

        A policy that reads its own credential from its copy may have no other: nobody inherits that.
        """
        where = name_of(namespace)
        readers = [
            state.key
            for state in self._world.states.of_source(SecretRef(where, policy.secret_name))
            if not state.deleting or state.key == policy.key
        ]
        others = (p for p in self._world.contenders(policy.secret_name, namespace) if p.uid != policy.uid)
        heir = winner_of(others) if policy.key not in readers else None
        if heir is None or not self._can_inherit(heir, policy, where):
            heir = self._promised(policy, namespace)
        return Claim(
            policy,
            Intent.DROP,
            beaten_by=str(heir.key) if heir else "",
            used_by=min(map(str, readers), default=""),
        )

    def _promised(self, policy: Policy, namespace: Object) -> Policy | None:
        """Give who promises the name where there is no such Secret: the entries are that one's.

        The webhook puts them in for it, also while it has nothing to hand out.
        """
        if self._world.secrets.get(name_of(namespace), policy.secret_name) is not None:
            return None
        return winner_of(
            state.policy
            for state in self._world.states.of_secret(policy.secret_name)
            if state.policy
            and state.promises
            and state.uid != policy.uid
            and state.policy.secret_name == policy.secret_name
            and self._world.is_meant(state.policy, namespace)
        )

    def _can_inherit(self, heir: Policy, policy: Policy, namespace: str) -> bool:
        """Tell whether a policy can take over what another leaves; not where it tried to and failed.

        One whose sources were not looked at yet, since the operator began to lead or it was edited, may; it
        is soon known.
        """
        state = self._world.states.get(heir.key)
        if state is None or state.hampered:
            return False
        if state.content is None:
            return state.observed != state.generation
        failure = state.failures.get(namespace)
        if failure is not None and failure.reason not in _NO_WRITE_FAILED:
            return False
        secret = self._world.secrets.get(namespace, policy.secret_name)
        if secret is None or is_ours(secret, heir.uid):
            return True
        sound = secret.get("type") == TYPE_JSON and secret.get("immutable") is not True
        return sound and is_ours(secret, policy.uid) and not opt_out_of(secret, "Secret")

    def is_awaited(self, claim: Claim, namespace: str) -> bool:
        """Tell whether a copy that should go is there until the policy that inherits it has taken it over."""
        obj = self._world.namespaces.get("", namespace)
        if obj is None or not claim.beaten_by or not self._has_copy(claim, namespace):
            return False
        return not goes(obj) and not opt_out_of(obj, "Namespace")

    def unfinished(self, state: PolicyState) -> list[str]:
        """Name the namespaces from which something of a policy has still to be taken away."""
        return [
            name_of(namespace) for claim, namespace in self._left(state) if self._is_left(claim, namespace)
        ]

    def _is_left(self, claim: Claim, namespace: Object) -> bool:
        if claim.beaten_by:
            return self.is_awaited(claim, name_of(namespace))
        return bool(plan_namespace(claim, self._world.view_of(claim, namespace)).steps)

    def awaited(self, state: PolicyState) -> list[tuple[str, str]]:
        """Tell in which namespaces it is waited for another policy to take a copy over, and for which."""
        found = ((name_of(namespace), claim) for claim, namespace in self._left(state))
        return [(where, claim.beaten_by) for where, claim in found if self.is_awaited(claim, where)]

    def used(self, state: PolicyState) -> list[tuple[str, str]]:
        """Name the copies of a policy that should go and are left, and a policy that reads from each."""
        found = ((name_of(namespace), claim) for claim, namespace in self._left(state))
        return [
            (f"{where}/{claim.policy.secret_name}", claim.used_by)
            for where, claim in found
            if claim.used_by and self._has_copy(claim, where)
        ]

    def has_left(self, state: PolicyState, secret_name: str) -> bool:
        """Tell whether a copy of a policy has a former name anywhere, or a list names it because of us.

        What opted out, or is read from by a policy, counts too: that may end.
        """
        secrets = self._world.secrets
        if any(name_of(secret) == secret_name and is_ours(secret, state.uid) for secret in secrets):
            return True
        remnant = state.remnant(secret_name)
        near = self._world.near(state.key)
        return any(self._is_named(self.leaving(remnant, namespace), namespace) for namespace in near)

    def _is_named(self, claim: Claim, namespace: Object) -> bool:
        """Tell whether a list names what should go, and not because of another policy."""
        view = self._world.view_of(claim, namespace)
        another = view.secret is not None and is_anothers_copy(view.secret, claim.policy.uid)
        return bool(view.accounts) and not another and not claim.beaten_by

    def _left(self, state: PolicyState) -> Iterator[tuple[Claim, Object]]:
        for namespace in self._world.near(state.key):
            for remnant in state.leaving:
                yield self.leaving(remnant, namespace), namespace

    def _has_copy(self, claim: Claim, namespace: str) -> bool:
        secret = self._world.secrets.get(namespace, claim.policy.secret_name)
        return secret is not None and is_ours(secret, claim.policy.uid)


def goes(namespace: Object) -> bool:
    """Tell whether a namespace is being deleted."""
    return "deletionTimestamp" in namespace["metadata"]
