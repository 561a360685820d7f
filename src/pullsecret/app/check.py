"""Will these manifests pull? Take stock, look at what the cluster has of it, ask registries, decide."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pullsecret.app.observe import get_several, pull_secrets
from pullsecret.app.ports import Cluster, Registries
from pullsecret.app.snapshot import with_probes
from pullsecret.core.check.cases import Case, accounts_to_read, cases_of, probes_to_make, secrets_to_read
from pullsecret.core.check.inventory import Inventory, take_stock
from pullsecret.core.check.judge import judge
from pullsecret.core.check.model import CheckReport, ManifestObject
from pullsecret.core.check.rendering import rendered_by
from pullsecret.core.diagnosis.model import SecretKey, Snapshot
from pullsecret.core.diagnosis.reach import AS_USUAL, Reach
from pullsecret.core.objects import SECRET, SERVICE_ACCOUNT, name_of, namespace_of
from pullsecret.core.pullsecrets import Secret

DEFAULT_ACCOUNT = "default"


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check.

    Attributes:
        objects: of the manifests.
        namespace: where those are made that name none themselves.
        platforms: what every image must be there for, as ``linux/arm64``; needs registries.
        on_node: this machine is the node: loopback registries are the node's own, and may be asked.
        reach: how registries are spoken to, so that commands offered do the same.
    """

    objects: Sequence[ManifestObject] = field(repr=False)
    namespace: str
    platforms: tuple[str, ...] = ()
    on_node: bool = False
    reach: Reach = AS_USUAL


async def check(
    request: CheckRequest,
    cluster: Cluster | None,
    registries: Registries | None,
    clock: Callable[[], datetime],
) -> CheckReport:
    """Say of every image of the manifests whether it would pull.

    Args:
        request: the manifests.
        cluster: None: what it has is not known.
        registries: None: they are not asked.
        clock: tells the time.

    Raises:
        ClusterError: the cluster cannot be reached, or does not know us.
    """
    stock = take_stock(request.objects, request.namespace)
    reach = replace(request.reach, on_node=request.on_node)
    snapshot = Snapshot((), clock(), secrets=stock.secrets, reach=reach)
    remarks: list[str] = []
    if cluster is not None:
        snapshot = await _look(stock, snapshot, cluster)
        remarks += _absent_accounts(stock, snapshot)
    cases = list(cases_of(stock, snapshot))
    if cluster is not None:
        snapshot = await _with_offers(snapshot, cases, cluster)
    if registries is not None:
        probes = probes_to_make(cases, on_node=request.on_node)
        snapshot = await with_probes(snapshot, probes, registries)
    remarks += [
        f"{place}: kustomize was not run; what it would change is not seen: {rendered_by(place.file)}"
        for place in stock.kustomizations
    ]
    return CheckReport(
        tuple(judge(case, snapshot, request.platforms) for case in cases),
        tuple(stock.problems),
        tuple(remarks),
        snapshot.denied,
    )


async def _look(stock: Inventory, snapshot: Snapshot, cluster: Cluster) -> Snapshot:
    """Read the ServiceAccounts and Secrets that are named and that the manifests do not bring along."""
    accounts, no_accounts = await get_several(cluster, SERVICE_ACCOUNT, accounts_to_read(stock))
    snapshot = replace(snapshot, accounts=accounts)
    found, no_secrets = await get_several(cluster, SECRET, secrets_to_read(stock, snapshot))
    secrets = {
        key: Secret.from_manifest(obj) if obj else None
        for key, obj in found.items()
        if obj or key not in stock.made  # what is not made yet is not missing
    }
    denied = [*_denied("serviceaccounts", no_accounts), *_denied("secrets", no_secrets)]
    return replace(snapshot, secrets={**stock.secrets, **secrets}, denied=tuple(denied))


async def _with_offers(snapshot: Snapshot, cases: Sequence[Case], cluster: Cluster) -> Snapshot:
    """Read what else is in namespaces where an image has no login: a Secret there may only need naming."""
    wanting = {case.subject.namespace for case in cases if case.lacks_login}
    found = await asyncio.gather(*(pull_secrets(cluster, namespace) for namespace in sorted(wanting)))
    offered = {(namespace_of(obj), name_of(obj)): obj for objects in found for obj in objects}
    secrets = {key: Secret.from_manifest(obj) for key, obj in offered.items() if key not in snapshot.secrets}
    return replace(snapshot, secrets={**snapshot.secrets, **secrets})


def _denied(plural: str, keys: frozenset[SecretKey]) -> list[str]:
    namespaces = sorted({namespace for namespace, _ in keys})
    return [f"get {plural} in namespace {namespace}" for namespace in namespaces]


def _absent_accounts(stock: Inventory, snapshot: Snapshot) -> list[str]:
    """Tell of ServiceAccounts that are nowhere: no Pod would be made. `default` the cluster makes."""
    used = dict.fromkeys(subject.account for subject in stock.subjects)
    absent = [
        key
        for key in used
        if key not in stock.accounts and key[1] != DEFAULT_ACCOUNT and key in snapshot.accounts
        if snapshot.accounts[key] is None
    ]
    return [
        f"ServiceAccount {name} is neither in the manifests nor in namespace {namespace}: it gets no Pods"
        for namespace, name in absent
    ]
