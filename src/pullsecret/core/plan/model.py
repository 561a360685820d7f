"""What is wanted of a namespace, what is there, and what is to be written: values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT, Kind, Object, name_of
from pullsecret.core.policy.model import Attach, Policy


class Intent(StrEnum):
    """What a policy wants of a namespace."""

    KEEP = "keep"
    DROP = "drop"


class Verdict(StrEnum):
    """How a namespace stands to a policy, as the reasons of its status and events say it."""

    SYNCED = "Synced"
    """Once the steps are done, all is as the policy says."""
    EXCLUDED = "Excluded"
    """Somebody opted out; nothing is written."""
    CONFLICT = "SecretConflict"
    """The Secret's name is another's."""
    IMMUTABLE = "SecretImmutable"
    """The copy was made immutable and can no longer follow its source."""
    TERMINATING = "NamespaceTerminating"
    """The namespace is being deleted: nothing can be made in it, and nothing needs to be."""
    IN_USE = "SecretInUse"
    """The copy should go, and is left: a policy reads its credential from it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one policy wants of one namespace.

    Attributes:
        policy: who wants it.
        data: the base64 of the docker config that its copies hold; empty for `DROP`.
        registries: what it holds, as `Content` names them: nothing else may be lost by taking over a Secret.
        rivals: UIDs of policies that want the same name here and must give way to this one.
        beaten_by: the policy that has precedence here; empty when this one has.
        used_by: for `DROP`, a policy that names the copy as its source; empty when none does.
    """

    policy: Policy
    intent: Intent
    data: str = field(default="", repr=False)
    registries: frozenset[str] = frozenset()
    rivals: frozenset[str] = frozenset()
    beaten_by: str = ""
    used_by: str = ""

    def __post_init__(self) -> None:
        """Refuse to keep copies of nothing: a good credential would be lost under it."""
        if self.intent is Intent.KEEP and not (self.data or self.beaten_by):
            raise ValueError(f"no content for the copies of {self.policy.key}")

    @property
    def attach(self) -> Attach:
        """Which ServiceAccounts should name the copy."""
        return self.policy.attach


@dataclass(frozen=True, slots=True)
class NamespaceView:
    """What is there in one namespace, as far as a claim is about it.

    Attributes:
        namespace: the namespace itself; metadata and `status.phase` are read.
        secret: the Secret of the claim's name, whole.
        accounts: its ServiceAccounts, or those that are asked for.
    """

    namespace: Object = field(repr=False)
    secret: Object | None = field(default=None, repr=False)
    accounts: Sequence[Object] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The namespace's name."""
        return name_of(self.namespace)


@dataclass(frozen=True, slots=True)
class CreateSecret:
    """The copy is made."""

    manifest: Object = field(repr=False)

    kind: Kind = SECRET

    @property
    def name(self) -> str:
        """The object that is written."""
        return name_of(self.manifest)

    def __str__(self) -> str:
        return f"create secret/{self.name}"


@dataclass(frozen=True, slots=True)
class PatchSecret:
    """The copy is put right, in place; `why` says what differs."""

    name: str
    patch: Object = field(repr=False)
    why: str

    kind: Kind = SECRET

    def __str__(self) -> str:
        return f"update secret/{self.name} ({self.why})"


@dataclass(frozen=True, slots=True)
class DeleteSecret:
    """The copy goes, if it still is the one that was seen."""

    name: str
    uid: str
    resource_version: str

    kind: Kind = SECRET

    def __str__(self) -> str:
        return f"delete secret/{self.name}"


@dataclass(frozen=True, slots=True)
class PatchAccount:
    """A ServiceAccount gets the name into its list, or loses it."""

    name: str
    patch: Object = field(repr=False)
    secret: str
    attached: bool

    kind: Kind = SERVICE_ACCOUNT

    def __str__(self) -> str:
        verb, preposition = ("attach", "to") if self.attached else ("detach", "from")
        return f"{verb} {self.secret} {preposition} serviceaccount/{self.name}"


Step = CreateSecret | PatchSecret | DeleteSecret | PatchAccount


@dataclass(frozen=True, slots=True)
class NamespacePlan:
    """What has to be written in one namespace, in this order.

    Attributes:
        verdict: how it stands to the policy.
        reason: for people, where it is not synced; empty otherwise.
        steps: nothing where all is well already.
        adopted: whether a Secret of somebody else is taken over, with its owner's leave.
    """

    namespace: str
    verdict: Verdict
    reason: str = ""
    steps: tuple[Step, ...] = ()
    adopted: bool = False

    def lines(self) -> list[str]:
        """Say what is to be done, one line a step, as `sync --dry-run` prints it."""
        return [str(step) for step in self.steps] or [self.reason or "nothing to do"]
