"""What manifests hold that matters for pulling: workloads, ServiceAccounts, Secrets, their makers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from pullsecret.core.check.model import ManifestObject, Place, Problem, WorkloadRef
from pullsecret.core.diagnosis.model import SecretKey
from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Object, name_of, namespace_of
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.reading import Node
from pullsecret.core.workloads import Workload, workloads_of

_NAMED_BY = (
    ("spec", "target", "name"),  # ExternalSecret
    ("spec", "destination", "name"),  # the Vault operator's kinds
    ("spec", "template", "metadata", "name"),  # SealedSecret
    ("spec", "secretName"),  # PullSecret
)
_MAKERS_OF_OTHER_NAMES = frozenset({"OnePasswordItem"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One Pod template, in the namespace that it would be made in."""

    workload: Workload
    namespace: str
    source: ManifestObject = field(repr=False)

    @property
    def ref(self) -> WorkloadRef:
        """Its name."""
        return WorkloadRef(self.namespace, self.workload.kind, self.workload.name)

    @property
    def account(self) -> SecretKey:
        """The ServiceAccount that it runs as."""
        return self.namespace, self.workload.service_account


@dataclass(slots=True)
class Inventory:
    """What manifests hold, by namespace and name; of two of one name the last counts, as when applied.

    Attributes:
        places: where its Secrets stand.
        made: Secrets that another object says it makes (an ExternalSecret), with its name.
        kustomizations: places of `kustomization.yaml` files, which nobody applied here.
    """

    subjects: list[Subject] = field(default_factory=list)
    accounts: dict[SecretKey, Object] = field(default_factory=dict)
    secrets: dict[SecretKey, Secret] = field(default_factory=dict)
    places: dict[SecretKey, Place] = field(default_factory=dict)
    made: dict[SecretKey, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    kustomizations: list[Place] = field(default_factory=list)


def take_stock(objects: Iterable[ManifestObject], namespace: str) -> Inventory:
    """Sort manifests.

    Args:
        objects: what was read.
        namespace: where those are made that name none themselves.
    """
    stock = Inventory()
    for source in objects:
        try:
            _sort(stock, source, namespace)
        except InvalidInput as error:
            stock.problems.append(Problem(source.place, str(error), error.hint))
    return stock


def _sort(stock: Inventory, source: ManifestObject, default: str) -> None:
    obj, kind = source.obj, str(source.obj.get("kind") or "")
    namespace = namespace_of(obj) or default
    key = namespace, name_of(obj)
    group = str(obj.get("apiVersion") or "").rpartition("/")[0]
    if (group, kind) == ("", "Secret"):
        stock.secrets[key] = replace(Secret.from_manifest(obj), namespace=namespace)
        stock.places[key] = source.place
    elif (group, kind) == ("", "ServiceAccount"):
        names_in_account(obj)  # complains now, where the place is known
        stock.accounts[key] = obj
    elif kind == "Kustomization" and group.startswith("kustomize.config"):
        stock.kustomizations.append(source.place)
    elif kind.endswith("Secret") or kind in _MAKERS_OF_OTHER_NAMES:
        stock.made |= {(namespace, name): f"{kind} {key[1]}" for name in _made_names(obj)}
    else:
        stock.subjects += [Subject(view, namespace, source) for view in workloads_of(obj)]


def _made_names(obj: Object) -> Iterator[str]:
    """Give the names that a maker's Secret may have: its own, and what its spec says."""
    yield name_of(obj)
    for path in _NAMED_BY:
        name = Node(obj, lenient=True).at(*path).text()
        if name:
            yield name


def names_in_account(obj: Object) -> tuple[str, ...]:
    """Give the Secrets that a ServiceAccount lists.

    Raises:
        InvalidInput: its list is none.
    """
    entries = Node(obj).at("imagePullSecrets").items()
    return tuple(dict.fromkeys(name for entry in entries if (name := entry.at("name").text())))
