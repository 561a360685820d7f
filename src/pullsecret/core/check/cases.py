"""From manifests and a cluster to cases: one image, and the Secrets that its Pod would have."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pullsecret.core.check.inventory import Inventory, Subject, names_in_account
from pullsecret.core.check.model import Place
from pullsecret.core.credentials import ANONYMOUS, Credential, Origin
from pullsecret.core.diagnosis.model import Probe, SecretKey, Snapshot
from pullsecret.core.diagnosis.rings import Ring
from pullsecret.core.endpoints import endpoints, is_loopback
from pullsecret.core.errors import InvalidInput
from pullsecret.core.images import ImageReference
from pullsecret.core.objects import Object
from pullsecret.core.workloads import Container, needs_images


@dataclass(frozen=True, slots=True)
class Named:
    """The names of the Secrets that a Pod would have.

    Attributes:
        because: who names them, for people: ``its own list``, ``ServiceAccount builder``.
        known: whether that could be looked at.
    """

    because: str
    names: tuple[str, ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """One image of a workload.

    Attributes:
        reference: None where the image's name is none; `invalid` then says why.
        ring: what its Pod's Secrets come to.
        never: whether its `imagePullPolicy` is `Never`.
        brought: where those of its Secrets stand that the manifests bring along, by name.
        made: who makes those that another object of the manifests makes, by name.
    """

    subject: Subject
    container: Container
    place: Place
    named: Named
    ring: Ring = field(repr=False)
    reference: ImageReference | None
    invalid: str = ""
    never: bool = False
    brought: Mapping[str, Place] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether all of the Pod's Secrets could be looked at."""
        return self.named.known and not self.ring.unreadable

    @property
    def lacks_login(self) -> bool:
        """Whether the kubelet would have nothing to send for its image, where one may be needed."""
        if self.reference is None or self.never or self.ring.spoilt:
            return False
        return not self.ring.usable(self.reference.repository)

    def wanted(self, reference: ImageReference) -> tuple[Credential, ...]:
        """Give what the kubelet would try for its image, each once; without any match, nobody's."""
        return tuple(dict.fromkeys(self.ring.tried(reference.repository))) or (ANONYMOUS,)


def accounts_to_read(stock: Inventory) -> list[SecretKey]:
    """Name the ServiceAccounts whose lists only the cluster can tell."""
    keys = (subject.account for subject in stock.subjects if not subject.workload.own_list)
    return list(dict.fromkeys(key for key in keys if not _lists_itself(stock.accounts.get(key))))


def secrets_to_read(stock: Inventory, snapshot: Snapshot) -> list[SecretKey]:
    """Name the Secrets that the manifests do not bring along."""
    keys = (
        (subject.namespace, name)
        for subject in stock.subjects
        for name in named_by(subject, stock, snapshot).names
    )
    return [key for key in dict.fromkeys(keys) if key not in stock.secrets]


def _lists_itself(account: Object | None) -> bool:
    """Whether applying it decides the list: without the field, the cluster's stays as it is."""
    return account is not None and account.get("imagePullSecrets") is not None


def named_by(subject: Subject, stock: Inventory, snapshot: Snapshot) -> Named:
    """Tell which Secrets a Pod would have: its own list, else its ServiceAccount's, once, at admission."""
    workload, key = subject.workload, subject.account
    if workload.own_list:
        return Named("its own list", workload.secret_names)
    because, account = f"ServiceAccount {key[1]}", stock.accounts.get(key)
    if account is not None and _lists_itself(account):
        return Named(because, names_in_account(account))
    if key not in snapshot.accounts:
        return Named(because, known=False)
    # One that is not there yet is made without a list: `default` by the cluster, others by somebody.
    return Named(because, names_in_account(snapshot.accounts.get(key) or {}))


def cases_of(stock: Inventory, snapshot: Snapshot) -> Iterator[Case]:
    """Give a case for every image that is named; each list of Secrets is resolved once."""
    rings: dict[tuple[str, tuple[str, ...]], Ring] = {}
    for subject in stock.subjects:
        workload, named = subject.workload, named_by(subject, stock, snapshot)
        ring_key = subject.namespace, named.names
        if ring_key not in rings:
            rings[ring_key] = Ring(*ring_key, snapshot)
        for container in workload.containers:
            if container.image.strip() or needs_images(workload):
                yield _case(stock, subject, container, named, rings[ring_key])


def _case(stock: Inventory, subject: Subject, container: Container, named: Named, ring: Ring) -> Case:
    reference, invalid = None, ""
    try:
        reference = ImageReference.parse(container.image)
        endpoints(reference.registry)  # a port above 65535 fits the grammar of names
    except InvalidInput as error:
        reference, invalid = None, error.message
    keys = [(subject.namespace, name) for name in named.names]
    return Case(
        subject=subject,
        container=container,
        place=subject.source.place_at(container.path),
        named=named,
        ring=ring,
        reference=reference,
        invalid=invalid,
        never=container.pull_policy == "Never",
        brought={name: stock.places[ns, name] for ns, name in keys if (ns, name) in stock.places},
        made={name: stock.made[ns, name] for ns, name in keys if (ns, name) in stock.made},
    )


def probes_to_make(cases: Iterable[Case], *, on_node: bool) -> list[tuple[ImageReference, Credential]]:
    """Say what to ask registries: each image with each credential, once.

    A loopback registry is the node's own; it is asked only where this machine is the node.
    """
    pairs = (
        ((str(case.reference), credential), case.reference)
        for case in cases
        if case.reference is not None and not case.never and not case.ring.spoilt
        if on_node or not is_nodes_own(case.reference)
        for credential in case.wanted(case.reference)
    )
    return [(reference, credential) for (_, credential), reference in dict(pairs).items()]


def is_nodes_own(reference: ImageReference) -> bool:
    """Whether its registry is on loopback: another one on every machine."""
    return is_loopback(reference.registry.rpartition(":")[0] or reference.registry)


def answers_to(case: Case, reference: ImageReference, snapshot: Snapshot) -> list[tuple[Credential, Probe]]:
    """Give what the registry answered for a case, in the kubelet's order; empty when it was not asked."""
    keys = [(str(reference), credential) for credential in case.wanted(reference)]
    return [(key[1], snapshot.probes[key]) for key in keys if key in snapshot.probes]


def secret_name(origin: Origin) -> str:
    """Give the name of the Secret that something came from, without its namespace."""
    return origin.source.rpartition("/")[2]
