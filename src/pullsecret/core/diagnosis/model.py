"""What a diagnosis is made from, and what it says: values, no rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from pullsecret.core.causes import Cause
from pullsecret.core.commands import Command
from pullsecret.core.credentials import Credential
from pullsecret.core.diagnosis.reach import AS_USUAL, Reach
from pullsecret.core.objects import Object
from pullsecret.core.pullsecrets import Secret

SecretKey = tuple[str, str]
"""Namespace and name of a Secret or a ServiceAccount."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a Pod.

    Attributes:
        count: how often it was seen.
        last: when it was last seen; None when it does not say.
        container: whom it is about, from ``spec.initContainers{setup}`` in its `fieldPath`: ``setup``;
            empty when it does not say.
    """

    reason: str
    message: str
    count: int = 1
    last: datetime | None = None
    container: str = ""


@dataclass(frozen=True, slots=True)
class PodFacts:
    """One Pod and what belongs to it.

    Attributes:
        pod: as the API server gives it.
        events: its events, oldest first.
        owner: who makes it again, as far up as was looked: ``deployment/web``; empty for nobody.
        template_own: whether its owner's template has a list of Secrets itself; None when there is none, or
            it could not be read.
        platform: of its node, ``linux/amd64``; empty when it is not known.
    """

    pod: Object = field(repr=False)
    events: tuple[Event, ...] = ()
    owner: str = ""
    template_own: bool | None = None
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a registry answered to one credential for one image, asked from here and now.

    Attributes:
        cause: None when it gave the manifest.
        message: what it said, in our words.
        status: its HTTP status; 0 when no answer came.
        platforms: what the image is there for, where that is known.
        code: the registry's own error code (``MANIFEST_UNKNOWN``); may be empty.
        repository_there: whether the repository has any tags; None when that was not asked, or not told.
    """

    cause: Cause | None = None
    message: str = ""
    hint: str = ""
    status: int = 0
    platforms: tuple[str, ...] = ()
    code: str = ""
    repository_there: bool | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was seen of a cluster at one moment.

    Attributes:
        pods: those that were asked about.
        secrets: Secrets that they or their ServiceAccounts name; None: not there. Others of the same
            namespaces may be among them: one that covers an image is offered for attaching.
        unreadable: Secrets and ServiceAccounts that RBAC kept from us.
        accounts: their ServiceAccounts; None: not there.
        elsewhere: of names that are missing, the namespaces that have a pull Secret so named.
        probes: by image (`str(ImageReference)`) and credential; `ANONYMOUS` is one.
        denied: permissions that we lack, as ``get secrets in namespace web``.
        now: when it was taken.
        changed: when Secrets were last written (`last_change` of the object), where that is known.
        reach: how registries were spoken to.
    """

    pods: tuple[PodFacts, ...]
    now: datetime
    secrets: Mapping[SecretKey, Secret | None] = field(default_factory=dict)
    unreadable: frozenset[SecretKey] = frozenset()
    accounts: Mapping[SecretKey, Object | None] = field(default_factory=dict)
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    probes: Mapping[tuple[str, Credential], Probe] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    changed: Mapping[SecretKey, datetime] = field(default_factory=dict)
    reach: Reach = AS_USUAL


class Confidence(StrEnum):
    """How sure a cause is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Remedy:
    """A safe mend that `doctor --fix` can do by itself.

    Attributes:
        kind: attach the Secret to the ServiceAccount; copy it there first; or evict the Pod.
        secret: the Secret's name; of an eviction, what the new Pod must name (empty: that does not matter).
        service_account: whom to attach it to; empty otherwise.
        pod: the Pod to evict; empty otherwise.
    """

    kind: Literal["attach", "copy", "evict"]
    namespace: str
    secret: str = ""
    service_account: str = ""
    pod: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends it: in words, as a command where one does, and as a remedy where it is safe."""

    description: str
    command: Command | None = None
    remedy: Remedy | None = None

    def reaching(self, registry: str, reach: Reach, met: Collection[Cause | None]) -> Self:
        """Give the same with a command that reaches the registry (`Reach.applied_to`)."""
        if self.command is None:
            return self
        return replace(self, command=reach.applied_to(self.command, registry, met))


@dataclass(frozen=True, slots=True)
class Item:
    """One container that cannot pull (or a note on one that can), and why.

    Attributes:
        owner: ``deployment/web``; empty for a bare Pod.
        role: ``container``, ``init``, ``ephemeral`` or ``volume``; ``sandbox`` for the image that the node
            itself needs for every Pod (pause), which then has no container's name.
        state: the waiting reason, as ``ImagePullBackOff``.
        evidence: what proves it, a sentence each.
        alternatives: what else it might be.
    """

    namespace: str
    pod: str
    container: str
    image: str
    cause: Cause
    confidence: Confidence
    summary: str
    owner: str = ""
    service_account: str = ""
    role: str = "container"
    state: str = ""
    evidence: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    alternatives: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, and what else is worth knowing: Pods that run only from a node's cache, hidden lists."""

    items: tuple[Item, ...] = ()
    notes: tuple[Item, ...] = ()
    denied: tuple[str, ...] = ()
