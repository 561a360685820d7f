"""What the operator knows of each policy, between two looks at it."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Object, uid_of
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.policy.model import DeletionPolicy, Policy, PolicyKey, SecretRef, Source
from pullsecret.core.policy.names import FINALIZER
from pullsecret.core.policy.reading import key_of, policy_of, source_refs
from pullsecret.core.policy.sources import Content
from pullsecret.core.policy.status import Condition, Failure, TriedCredential, secret_names_of
from pullsecret.operator.bounds import Bounds
from pullsecret.operator.wars import Wars


@dataclass(slots=True)
class PolicyState:
    """One policy as it stands.

    Attributes:
        obj: the object, as it was last seen.
        policy: what it says; None when that is not sound.
        fault: why it is not.
        content: what its copies hold now; None until its sources were read, or when they cannot be used.
        data: the same as it stands in each copy: one text for all of them.
        origin: the sources that it was made of.
        presumed: while `content` is not known, what most copies hold: to tell which were changed, and never
            to be written.
        tried: what came of trying its credentials; None until it was looked at.
        tried_way: how they were tried, as `Verify.way`; empty where they were not.
        trouble: why it has no new content; it is `Ready=False` for that.
        verified: the condition `CredentialVerified`, where the policy asks for it.
        synced: namespaces that are as it says.
        excluded: namespaces in which somebody opted the copy out.
        failures: those that are not as it says, by namespace.
        retried: those of them that are tried again anyway.
        wars: who undoes what is written for it.
        overruled: namespaces where admission undid a write, and when that was first seen.
        working: how many of its namespaces are being worked on at this moment.
        reconciled: whether its sources were looked at since the operator began to lead.
        observed: the generation for which they were.
        recovers: whether stuck Pods were looked for since it asks for that.
        unanswered: how often in a row no registry answered.
        refused: since when nothing can be written to the policy itself; None while it can.
        hampered: whether that has been so for long, as a webhook or its size may cause: nothing comes of it
            then, and it must not hold up what is not its own.
        waits: how often in a row it could not go yet.
        written: how much was written for it since it was last told of.
        stale: which watch that it depends on shows no sign of life; empty when all do.
    """

    obj: Object = field(repr=False)
    policy: Policy | None = None
    fault: InvalidInput | None = None
    content: Content | None = None
    data: str = field(default="", repr=False)
    origin: tuple[Source, ...] = ()
    presumed: str = field(default="", repr=False)
    tried: tuple[TriedCredential, ...] | None = None
    tried_way: str = ""
    trouble: Condition | None = None
    verified: Condition | None = None
    synced: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)
    failures: dict[str, Failure] = field(default_factory=dict)
    retried: set[str] = field(default_factory=set)
    wars: Wars = field(default_factory=Wars)
    overruled: dict[str, float] = field(default_factory=dict)
    working: int = 0
    reconciled: bool = False
    observed: int = 0
    recovers: bool = False
    unanswered: int = 0
    refused: float | None = None
    hampered: bool = False
    waits: int = 0
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
    def uid(self) -> str:
        """What makes a copy its own."""
        return uid_of(self.obj)

    @property
    def promises(self) -> bool:
        """Whether it has something to hand out under its name, or had so: every replica sees the same.

        A new credential that is refused changes nothing of it. A name that the status does not tell yet is
        promised to nobody: whoever comes next would not know of it.
        """
        return self.policy is not None and not self.deleting and self.policy.secret_name in self.told_names

    def keeps(self, copy: Object | None) -> bool:
        """Whether it holds others off a name in a namespace: it has something to hand out, or did so.

        Args:
            copy: the Secret of that name there.
        """
        if self.policy is None or self.deleting:
            return False
        if copy is not None and is_ours(copy, self.uid):
            return True
        seen = self.reconciled and self.observed == self.generation
        return not self.hampered and (self.content is not None or (self.promises and not seen))

    def hand_out(self, content: Content) -> None:
        """Take what the copies should hold from now on: what they held so far is no longer right."""
        data = content.data
        if data != self.data:
            self.synced.clear()
            self.wars = Wars()
        self.content, self.data, self.presumed = content, data, ""
        self.origin = self.policy.sources if self.policy is not None else ()

    def withhold(self) -> None:
        """Hand out no more of what another spec's sources held: it need not be for those whom this one means.

        The copies that there are stay.
        """
        if self.content is not None:
            self.content, self.data, self.presumed = None, "", self.data

    @property
    def leaving(self) -> Iterator[Policy]:
        """What has to be taken away: all of a policy that goes, and the copies of an earlier `secretName`."""
        if self.deleting and self.orphans:
            return
        if self.deleting or self.policy is not None:
            for name in self.told_names if self.deleting else self.former_names:
                yield self.remnant(name)

    @property
    def secret_names(self) -> frozenset[str]:
        """Names that its copies have or should have, or had and may still have."""
        wanted = (self.policy.secret_name,) if self.policy is not None and not self.deleting else ()
        return frozenset((*self.told_names, *wanted))

    @property
    def told_names(self) -> tuple[str, ...]:
        """Names under which there may be copies: none is made before the status tells its name."""
        return secret_names_of(self.status)

    @property
    def former_names(self) -> tuple[str, ...]:
        """Those of them that copies should not have any more."""
        now = self.policy.secret_name if self.policy is not None else ""
        return tuple(name for name in self.told_names if name != now)

    @property
    def orphans(self) -> bool:
        """Whether its copies stay when it goes."""
        spec = self.obj.get("spec")
        return isinstance(spec, dict) and spec.get("deletionPolicy") == DeletionPolicy.ORPHAN

    def remnant(self, secret_name: str) -> Policy:
        """Give what stands for it where its copies of one name are taken away."""
        return Policy(key=self.key, secret_name=secret_name, sources=(), uid=uid_of(self.obj), deleting=True)


class PolicyStates:
    """All policies, and which of them have to do with a Secret.

    Attributes:
        revision: another one whenever they have to do with other Secrets than before.
        moved: set whenever that is so.
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        """Know of none yet; a policy that wants more than `bounds` allow counts as not sound."""
        self.revision, self.moved = 0, asyncio.Event()
        self._bounds = bounds
        self._states: dict[PolicyKey, PolicyState] = {}
        self._index: dict[tuple[str, object], set[PolicyKey]] = {}
        self._listed: dict[PolicyKey, list[tuple[str, object]]] = {}

    def __iter__(self) -> Iterator[PolicyState]:
        return iter(list(self._states.values()))

    def __len__(self) -> int:
        return len(self._states)

    def get(self, key: PolicyKey) -> PolicyState | None:
        """Give what is known of a policy; None when there is none."""
        return self._states.get(key)

    def see(self, obj: Object) -> PolicyState:
        """Take in a policy as it is now; what was right for another spec need not be any more."""
        key = key_of(obj)
        state = self._states.get(key)
        if state is None or uid_of(state.obj) != uid_of(obj):
            state = self._states[key] = PolicyState(obj)
        elif state.generation != obj.get("metadata", {}).get("generation"):
            state.wars = Wars()
            state.synced.clear()
        state.obj = obj
        try:
            state.policy, state.fault = policy_of(obj), None
            if self._bounds is not None and not state.deleting:
                self._bounds.check(state.policy)
        except InvalidInput as fault:
            state.policy, state.fault = None, fault
        if state.policy is not None and state.policy.sources != state.origin:
            state.withhold()
        self._list(key, state)
        return state

    def renew(self) -> None:
        """Forget what was found, but for what the policies say: others may have written since."""
        for state in self:
            self._states[state.key] = PolicyState(state.obj, state.policy, state.fault, stale=state.stale)

    def lose(self, key: PolicyKey) -> None:
        """Forget a policy that is gone."""
        self._moved()
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
        listed: list[tuple[str, object]] = [("namespace", key.namespace), ("leaving", state.deleting)]
        listed += [("secret", name) for name in sorted(state.secret_names)]
        listed += [("source", ref) for ref in source_refs(state.obj)]
        if listed == self._listed.get(key):
            return
        self._moved()
        self._unlist(key)
        self._listed[key] = listed
        for place in listed:
            self._index.setdefault(place, set()).add(key)

    def _moved(self) -> None:
        self.revision += 1
        self.moved.set()

    def _unlist(self, key: PolicyKey) -> None:
        for place in self._listed.pop(key, ()):
            keys = self._index.get(place, set())
            keys.discard(key)
            if not keys:
                self._index.pop(place, None)

    def _at(self, what: str, which: object) -> list[PolicyState]:
        return [self._states[key] for key in self._index.get((what, which), ())]
