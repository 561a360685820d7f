"""What the operator knows of each policy, between two looks at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Object, name_of, uid_of
from pullsecret.core.policy.model import DeletionPolicy, Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import FINALIZER
from pullsecret.core.policy.reading import key_of, policy_of
from pullsecret.core.policy.sources import Content
from pullsecret.core.policy.status import Condition, Failure, TriedCredential, handed_out


@dataclass(slots=True)
class PolicyState:
    """One policy as it stands.

    Attributes:
        obj: the object, as it was last seen.
        policy: what it says; None when that is not sound.
        fault: why it is not.
        content: what its copies hold now; None until its sources were read, or when they cannot be used.
        data: the same as it stands in each copy: one text for all of them.
        trouble: why it has no new content; it is `Ready=False` for that.
        verified: the condition `CredentialVerified`, where the policy asks for it.
        synced: namespaces that are as it says.
        failures: those that are not, by namespace.
        reconciled: whether its sources were looked at since the operator began.
        observed: the generation for which they were.
        unanswered: how often in a row no registry answered.
        written: how much was written for it since it was last told of.
        stale: which watch that it depends on shows no sign of life; empty when all do.
    """

    obj: Object = field(repr=False)
    policy: Policy | None = None
    fault: InvalidInput | None = None
    content: Content | None = None
    data: str = field(default="", repr=False)
    tried: tuple[TriedCredential, ...] | None = None
    trouble: Condition | None = None
    verified: Condition | None = None
    synced: set[str] = field(default_factory=set)
    failures: dict[str, Failure] = field(default_factory=dict)
    reconciled: bool = False
    observed: int = 0
    unanswered: int = 0
    written: int = 0
    stale: str = ""

    @property
    def key(self) -> PolicyKey:
        """Which policy it is."""
        return key_of(self.obj)

    @property
    def status(self) -> Object:
        """The status as it was last seen."""
        status = self.obj.get("status")
        return status if isinstance(status, dict) else {}

    @property
    def generation(self) -> int:
        """Which state of its spec this is."""
        return int(self._metadata.get("generation") or 0)

    @property
    def deleting(self) -> bool:
        """Whether its deletion was asked for, be it sound or not."""
        return self._metadata.get("deletionTimestamp") is not None

    @property
    def finalized(self) -> bool:
        """Whether our finalizer is on it."""
        return FINALIZER in (self._metadata.get("finalizers") or ())

    @property
    def _metadata(self) -> Mapping[str, Any]:
        metadata = self.obj.get("metadata")
        return metadata if isinstance(metadata, dict) else {}

    @property
    def keeps(self) -> bool:
        """Whether it has, or lately had, something to keep: only then does it hold others off a name."""
        return (
            self.policy is not None
            and not self.deleting
            and (self.content is not None or handed_out(self.status))
        )

    @property
    def leaving(self) -> Iterator[Policy]:
        """What has to be taken away: all of a policy that goes, and the copies of an earlier `secretName`."""
        if self.deleting:
            for name in dict.fromkeys((*self._former_names, self._name_now)):
                if self._deletion_policy is DeletionPolicy.DELETE:
                    yield self._remnant(name)
        elif self.policy is not None:
            for name in self._former_names:
                yield self._remnant(name)

    @property
    def secret_names(self) -> frozenset[str]:
        """Names that its copies have, or had and may still have."""
        return frozenset((*self._former_names, self._name_now))

    @property
    def _name_now(self) -> str:
        if self.policy is not None:
            return self.policy.secret_name
        return self._former_names[0] if self._former_names else name_of(self.obj)

    @property
    def _former_names(self) -> tuple[str, ...]:
        former = self.status.get("secretName")
        if not isinstance(former, str) or not former:
            return ()
        return () if self.policy is not None and former == self.policy.secret_name else (former,)

    @property
    def _deletion_policy(self) -> DeletionPolicy:
        spec = self.obj.get("spec")
        orphan = isinstance(spec, dict) and spec.get("deletionPolicy") == DeletionPolicy.ORPHAN
        return DeletionPolicy.ORPHAN if orphan else DeletionPolicy.DELETE

    def _remnant(self, secret_name: str) -> Policy:
        return Policy(key=self.key, secret_name=secret_name, sources=(), uid=uid_of(self.obj), deleting=True)


class PolicyStates:
    """All policies, and which of them have to do with a Secret."""

    def __init__(self) -> None:
        self._states: dict[PolicyKey, PolicyState] = {}
        self._index: dict[tuple[object, ...], set[PolicyKey]] = {}
        self._listed: dict[PolicyKey, list[tuple[object, ...]]] = {}

    def __iter__(self) -> Iterator[PolicyState]:
        return iter(list(self._states.values()))

    def __len__(self) -> int:
        return len(self._states)

    def get(self, key: PolicyKey) -> PolicyState | None:
        """Give what is known of a policy; None when there is none."""
        return self._states.get(key)

    def see(self, obj: Object) -> PolicyState:
        """Take in a policy as it is now; what was tried for another spec does not count any more."""
        key = key_of(obj)
        self._unlist(key)
        state = self._states.get(key)
        if state is None or uid_of(state.obj) != uid_of(obj):
            state = self._states[key] = PolicyState(obj)
        elif state.generation != obj.get("metadata", {}).get("generation"):
            state.tried = None
        state.obj = obj
        try:
            state.policy, state.fault = policy_of(obj), None
        except InvalidInput as fault:
            state.policy, state.fault = None, fault
        self._list(key, state)
        return state

    def lose(self, key: PolicyKey) -> None:
        """Forget a policy that is gone."""
        self._unlist(key)
        self._states.pop(key, None)

    def of_secret(self, name: str) -> list[PolicyState]:
        """Give the policies whose copies have this name, or had."""
        return self._at("secret", name)

    def concerning(self, namespace: str) -> list[PolicyState]:
        """Give the policies that may have a say in a namespace."""
        return [*self._at("namespace", ""), *(self._at("namespace", namespace) if namespace else ())]

    def of_source(self, ref: SecretRef) -> list[PolicyState]:
        """Give the policies that read this Secret."""
        return self._at("source", ref)

    def _list(self, key: PolicyKey, state: PolicyState) -> None:
        names = [("secret", name) for name in state.secret_names]
        sources = [("source", source.ref) for source in state.policy.sources] if state.policy else []
        self._listed[key] = [("namespace", key.namespace), *names, *sources]
        for place in self._listed[key]:
            self._index.setdefault(place, set()).add(key)

    def _unlist(self, key: PolicyKey) -> None:
        for place in self._listed.pop(key, ()):
            keys = self._index.get(place, set())
            keys.discard(key)
            if not keys:
                self._index.pop(place, None)

    def _at(self, *place: object) -> list[PolicyState]:
        return [self._states[key] for key in self._index.get(place, ())]
