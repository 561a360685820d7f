"""What a policy says, as values: `reading` makes them from what somebody wrote."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from pullsecret.core.images import ImageReference
from pullsecret.core.objects import Kind
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, FINALIZER, PULL_SECRET, policy_label
from pullsecret.core.policy.selecting import Namespaces


class AttachTo(StrEnum):
    """Which ServiceAccounts of a namespace name the copy."""

    NONE = "None"
    NAMED = "Named"
    ALL = "All"


class DeletionPolicy(StrEnum):
    """What becomes of the copies when the policy goes."""

    DELETE = "Delete"
    ORPHAN = "Orphan"


class OnUnreachable(StrEnum):
    """Whether a new credential is handed out that no registry could be asked about."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, order=True)
class PolicyKey:
    """Which policy; `namespace` is empty for a `ClusterPullSecret`."""

    kind: str
    namespace: str
    name: str

    @property
    def resource(self) -> Kind:
        """Its kind, as the API knows it."""
        return PULL_SECRET if self.kind == PULL_SECRET.kind else CLUSTER_PULL_SECRET

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class SecretRef:
    """Where a source Secret is."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


USERNAME_KEY, PASSWORD_KEY = "username", "password"
"""The keys of a Secret of type `kubernetes.io/basic-auth`."""


@dataclass(frozen=True, slots=True)
class DockerConfigSource:
    """A pull Secret whose entries are handed out."""

    ref: SecretRef


@dataclass(frozen=True, slots=True)
class BasicSource:
    """A Secret with a user name and a password for one registry, which it must name itself too."""

    ref: SecretRef
    registry: str
    username_key: str = USERNAME_KEY
    password_key: str = PASSWORD_KEY


Source = DockerConfigSource | BasicSource


@dataclass(frozen=True, slots=True)
class Attach:
    """Which ServiceAccounts get the copy's name into their list."""

    to: AttachTo = AttachTo.NAMED
    accounts: tuple[str, ...] = ("default",)

    def wants(self, account: str) -> bool:
        """Tell whether this ServiceAccount is meant."""
        return self.to is AttachTo.ALL or (self.to is AttachTo.NAMED and account in self.accounts)


@dataclass(frozen=True, slots=True)
class Verify:
    """How a new credential is tried before it is handed out.

    Attributes:
        image: what is fetched with it; None: every registry is asked whether it accepts the login.
        ca_bundle: PEM certificates to trust besides the system's.
        plain_http: speak HTTP to the registries.
        on_unreachable: what to do where no registry answers.
    """

    image: ImageReference | None = None
    ca_bundle: str = ""
    plain_http: bool = False
    on_unreachable: OnUnreachable = OnUnreachable.ALLOW

    @property
    def way(self) -> str:
        """A short text, made of nothing secret: another one where credentials are tried in another way."""
        said = [str(self.image) if self.image else "", self.ca_bundle, self.plain_http]
        return sha256(json.dumps(said).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Policy:
    """A `ClusterPullSecret` or `PullSecret`, whole and sound.

    Attributes:
        uid: what makes a copy its own. Where no cluster gave it one it is `names.local_uid`, which stays the
            same from run to run.
        created: RFC 3339; of two policies that want one name in one namespace the older one has it.
        finalized: whether it carries our finalizer.
        deleting: whether its deletion was asked for.
        verify: None where a new credential is not tried.
        generation: of its spec, as the status tells which one was seen.
    """

    key: PolicyKey
    secret_name: str
    sources: tuple[Source, ...]
    namespaces: Namespaces = field(default_factory=Namespaces)
    attach: Attach = field(default_factory=Attach)
    verify: Verify | None = None
    recover_pods: bool = False
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    uid: str = ""
    generation: int = 0
    created: str = ""
    finalizers: tuple[str, ...] = ()
    deleting: bool = False

    @property
    def label(self) -> str:
        """The value of the label `pullsecret.dev/policy` of its copies."""
        return policy_label(self.key.kind, self.key.name)

    def means(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Tell whether a namespace gets a copy: it is chosen, and the copy would not be its own source."""
        copy = SecretRef(namespace, self.secret_name)
        return self.namespaces.chooses(namespace, labels) and all(s.ref != copy for s in self.sources)

    @property
    def finalized(self) -> bool:
        """Whether it carries our finalizer."""
        return FINALIZER in self.finalizers

    @property
    def precedence(self) -> tuple[bool, str, str]:
        """Where two want one name in one namespace the smaller one has it: a `PullSecret`, else the older."""
        return (self.key.kind != PULL_SECRET.kind, self.created, self.uid)
