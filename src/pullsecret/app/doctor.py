"""Why these Pods cannot pull: observe, decide, mend what is safe, look again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pullsecret.app.attach import attach_service_accounts, parse_workload
from pullsecret.app.create import CreateRequest, put_secret
from pullsecret.app.finding import need_namespace
from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster, Registries, Sleep
from pullsecret.app.proof import failure_of, prove_images
from pullsecret.app.restart import restart
from pullsecret.app.secrets import config_of, read_secret
from pullsecret.app.snapshot import observe, with_probes, worth_a_look
from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import diagnose, is_loopback, wanted_probes
from pullsecret.core.diagnosis.model import Diagnosis, Remedy
from pullsecret.core.diagnosis.reach import AS_USUAL, Reach
from pullsecret.core.errors import UsageError
from pullsecret.core.images import ImageReference
from pullsecret.core.keyring import Keyring
from pullsecret.core.objects import POD, REPLICA_SET, Kind, Object, controller_of, name_of, uid_of
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.stuckpods import PULL_FAILURES, container_states, stuck_pod

LOOKS, PAUSE = 40, 0.5
"""How often, and every how many seconds, it is looked whether a mend has helped: 20 seconds at most."""


@dataclass(frozen=True, slots=True)
class DoctorRequest:
    """Whom to look at.

    Attributes:
        namespace: where; empty for all namespaces.
        targets: Pods or workloads as ``web-1``, ``pod/web-1``, ``deployment/web``; none: all Pods there.
        on_node: this machine is the node: loopback registries are the node's own, and may be asked.
        reach: how registries are spoken to, so that commands offered do the same.
    """

    namespace: str
    targets: tuple[str, ...] = ()
    on_node: bool = False
    reach: Reach = AS_USUAL


async def doctor(
    request: DoctorRequest, cluster: Cluster, registries: Registries | None, clock: Callable[[], datetime]
) -> Diagnosis:
    """Tell of each container that cannot pull why; without registries, as far as the cluster tells."""
    pods = await pods_of(request, cluster)
    if not pods:
        await need_namespace(cluster, request.namespace)
    snapshot = await observe(cluster, pods, request.namespace, clock())
    snapshot = replace(snapshot, reach=replace(request.reach, on_node=request.on_node))
    if registries is not None:
        snapshot = await with_probes(snapshot, wanted_probes(snapshot, on_node=request.on_node), registries)
    return diagnose(snapshot)


async def pods_of(request: DoctorRequest, cluster: Cluster) -> list[Object]:
    """Find the Pods that are meant.

    Raises:
        UsageError: one that was named is not there.
    """
    if not request.targets:
        return await cluster.list(POD, namespace=request.namespace, keep=worth_a_look())
    pods = await cluster.list(POD, namespace=request.namespace)
    wanted: dict[str, Object] = {}
    for target in request.targets:
        kind, name = parse_workload(target if "/" in target else f"pod/{target}")
        found = await _pods_named(cluster, kind, name, request.namespace, pods)
        wanted |= {uid_of(pod): pod for pod in found}
    return list(wanted.values())


async def _pods_named(
    cluster: Cluster, kind: Kind, name: str, namespace: str, pods: Sequence[Object]
) -> list[Object]:
    if kind == POD:
        found = [pod for pod in pods if name_of(pod) == name]
        if not found:
            hint = f"a workload is named with its kind, as deployment/{name}"
            raise UsageError(f"there is no Pod {name!r} in namespace {namespace!r}", hint=hint)
        return found
    sets = await cluster.list(REPLICA_SET, namespace=namespace)
    makers = {(kind.kind, name)} | {
        (REPLICA_SET.kind, name_of(obj)) for obj in sets if _is_made_by(obj, kind, name)
    }
    found = [pod for pod in pods if (owner := controller_of(pod)) and (owner.kind, owner.name) in makers]
    if not found:
        raise UsageError(f"{kind.singular}/{name} in namespace {namespace!r} has no Pods")
    return found


def _is_made_by(obj: Object, kind: Kind, name: str) -> bool:
    owner = controller_of(obj)
    return owner is not None and (owner.kind, owner.name) == (kind.kind, name)


def remedies_of(diagnosis: Diagnosis, source: tuple[str, str] | None) -> list[Remedy]:
    """Pick the safe mends that the diagnosis offers, each once, in the order they must be done in.

    Args:
        diagnosis: what was found.
        source: namespace and name of the one Secret that may be copied; None: nothing is copied.
    """
    offered = [fix.remedy for item in diagnosis.items for fix in item.fixes if fix.remedy is not None]
    return in_order(
        remedy
        for remedy in offered
        if (remedy.kind != "copy" or (source is not None and remedy.secret == source[1]))
        # A new Pod that gets nothing new fails like the old one.
        and (remedy.kind != "evict" or remedy.secret)
    )


def remedies_with(diagnosis: Diagnosis, secret: Secret) -> list[Remedy]:
    """Plan what the one Secret that was named would mend: Pods that have none, and whose image it covers."""
    keyring = Keyring.from_secrets([secret])
    remedies: list[Remedy] = []
    for item in diagnosis.items:
        if item.cause is Cause.NO_PULL_SECRET and keyring.lookup(ImageReference.parse(item.image).repository):
            remedies += (
                Remedy("copy", item.namespace, secret=secret.name),
                Remedy("attach", item.namespace, secret=secret.name, service_account=item.service_account),
                Remedy("evict", item.namespace, secret=secret.name, pod=item.pod),
            )
    return remedies


async def remedies_for(
    diagnosis: Diagnosis,
    cluster: Cluster,
    source: tuple[str, str] | None,
    registries: Registries | None = None,
    *,
    on_node: bool = False,
) -> list[Remedy]:
    """Pick all safe mends, those included that the Secret named as the source makes possible.

    Raises:
        RegistryFailure: the source's credential is refused; copying it would mend nothing.
    """
    offered = remedies_of(diagnosis, source)
    if source is None:
        return offered
    secret = Secret.from_manifest(await read_secret(cluster, source[1], source[0]))
    remedies = in_order([*offered, *remedies_with(diagnosis, secret)])
    if registries is not None:
        await _prove(secret, diagnosis, remedies, registries, on_node=on_node)
    return remedies


async def _prove(
    secret: Secret,
    diagnosis: Diagnosis,
    remedies: Sequence[Remedy],
    registries: Registries,
    *,
    on_node: bool,
) -> None:
    """Ask for the images that a copy is to help with it first; a registry out of reach says nothing."""
    keyring = Keyring.from_secrets([secret])
    targets = {remedy.namespace for remedy in remedies if remedy.kind == "copy"}
    images = dict.fromkeys(
        ImageReference.parse(item.image)
        for item in diagnosis.items
        if item.namespace in targets and item.cause in (Cause.NO_PULL_SECRET, Cause.SECRET_MISSING)
    )
    wanted = [
        image
        for image in images
        if keyring.lookup(image.repository) and (on_node or not is_loopback(image.registry))
    ]
    for proof in await prove_images(wanted, keyring, registries):
        if proof.manifest is None and (failure := failure_of(proof)).answered:
            raise failure


def in_order(remedies: Iterable[Remedy]) -> list[Remedy]:
    """Put each once, copies before attachments before evictions."""
    order = {"copy": 0, "attach": 1, "evict": 2}
    return sorted(dict.fromkeys(remedies), key=lambda remedy: order[remedy.kind])


async def mend(
    remedies: Sequence[Remedy], cluster: Cluster, sleep: Sleep, source: tuple[str, str] | None
) -> Outcome:
    """Do safe mends, and nothing else."""
    outcome = Outcome()
    for remedy in remedies:
        if remedy.kind == "copy" and source is not None:
            outcome.changes.append(await _copy(remedy, cluster, source))
        elif remedy.kind == "attach":
            accounts = [remedy.service_account or "default"]
            outcome.changes += await attach_service_accounts(
                cluster, remedy.secret, remedy.namespace, accounts
            )
        elif remedy.kind == "evict":
            outcome.changes.append(await _evict(remedy, cluster, sleep))
    return outcome


async def _copy(remedy: Remedy, cluster: Cluster, source: tuple[str, str]) -> Change:
    namespace, name = source
    config = config_of(Secret.from_manifest(await read_secret(cluster, name, namespace)))
    change, _ = await put_secret(CreateRequest(name, remedy.namespace, config), cluster)
    return change


async def _evict(remedy: Remedy, cluster: Cluster, sleep: Sleep) -> Change:
    pods = [pod for pod in await cluster.list(POD, namespace=remedy.namespace) if name_of(pod) == remedy.pod]
    if not pods:
        return Change(f"pod/{remedy.pod}", remedy.namespace, Action.UNCHANGED, "it is gone already")
    return await restart(cluster, stuck_pod(pods[0]), remedy.secret, sleep)


async def settled(request: DoctorRequest, cluster: Cluster, sleep: Sleep) -> None:
    """Wait a while until no Pod in question waits for an image, so that looking again tells something."""
    for _ in range(LOOKS):
        pods = await cluster.list(POD, namespace=request.namespace)
        states = [state for pod in pods for state in container_states(pod)]
        if not any(state.reason in PULL_FAILURES for state in states) and all(
            state.running for state in states if state.role == "container"
        ):
            return
        await sleep(PAUSE)
