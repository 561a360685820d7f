"""Taking a snapshot of what decides whether Pods can pull, in as few requests as it can be done."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pullsecret.app.observe import get_several, list_kinds, pull_secrets
from pullsecret.app.ports import Cluster, Keep, Registries
from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
from pullsecret.core.diagnosis.changes import last_change
from pullsecret.core.diagnosis.model import Event, PodFacts, Probe, SecretKey, Snapshot
from pullsecret.core.errors import Forbidden, InvalidInput, RegistryFailure
from pullsecret.core.images import ImageReference
from pullsecret.core.objects import (
    DAEMON_SET,
    EVENT,
    JOB,
    NODE,
    POD,
    REPLICA_SET,
    SECRET,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    Object,
    controller_of,
    name_of,
    namespace_of,
    uid_of,
)
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.stuckpods import container_states
from pullsecret.core.times import parse_time
from pullsecret.core.workloads import workload_of

OWNERS = (REPLICA_SET, STATEFUL_SET, DAEMON_SET, JOB)
FEW = 200
"""So many Pods are looked at whole, those that run too; of more, only those that wait."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is read once for a whole scope, whatever its Pods are."""

    events: Mapping[str, tuple[Event, ...]]
    owners: Mapping[str, Object]
    platforms: Mapping[str, str]
    denied: tuple[str, ...]


async def observe(cluster: Cluster, pods: Sequence[Object], namespace: str, now: datetime) -> Snapshot:
    """Gather all that decides whether these Pods can pull; registries are asked by `with_probes`.

    Args:
        cluster: the cluster.
        pods: the Pods in question.
        namespace: theirs, or empty for several: what is read in one piece is read there.
        now: the time.
    """
    interesting = [pod for pod in pods if len(pods) <= FEW or _waits(pod)]
    around = await _surroundings(cluster, namespace, interesting)
    accounts, hidden_accounts = await get_several(cluster, SERVICE_ACCOUNT, map(_account_of, interesting))
    secrets, hidden_secrets = await _secrets(cluster, interesting, accounts)
    missing = {name for (_, name), secret in secrets.items() if secret is None}
    elsewhere = await _elsewhere(cluster, missing)
    denied = [*around.denied]
    denied += [f"get serviceaccounts in namespace {ns}" for ns, _ in sorted(hidden_accounts)]
    denied += [f"get secrets in namespace {ns}" for ns, _ in sorted(hidden_secrets)]
    return Snapshot(
        pods=tuple(_facts(pod, around) for pod in interesting),
        now=now,
        secrets={key: Secret.from_manifest(obj) if obj else None for key, obj in secrets.items()},
        changed={key: when for key, obj in secrets.items() if obj and (when := last_change(obj))},
        unreadable=hidden_accounts | hidden_secrets,
        accounts=accounts,
        elsewhere=elsewhere,
        denied=tuple(dict.fromkeys(denied)),
    )


def worth_a_look() -> Keep:
    """Make what tells of Pods, as they come, which are to be kept: few, or else those that wait.

    One more than `FEW` are kept, so that `observe` sees that there are many.
    """
    seen = itertools.count()
    return lambda pod: next(seen) <= FEW or _waits(pod)


def _waits(pod: Object) -> bool:
    return any(state.reason for state in container_states(pod))


def _account_of(pod: Object) -> SecretKey:
    view = workload_of(pod)
    return namespace_of(pod), view.service_account if view else "default"


async def _surroundings(cluster: Cluster, namespace: str, pods: Sequence[Object]) -> Surroundings:
    theirs = {uid_of(pod) for pod in pods}
    makers = {owner.uid for pod in pods if (owner := controller_of(pod))}
    (events, no_events), (owners, no_owners), (nodes, no_nodes) = await asyncio.gather(
        list_kinds(cluster, (EVENT,), namespace, keep=lambda obj: _uid_about(obj) in theirs),
        list_kinds(cluster, OWNERS, namespace, keep=lambda obj: uid_of(obj) in makers),
        list_kinds(cluster, (NODE,), ""),
    )
    unreadable = (*no_events, *no_owners)
    where = f"in namespace {namespace}" if namespace else "in all namespaces"
    denied = [f"list {kind.plural} {where}" for kind in unreadable] + [f"list {k.plural}" for k in no_nodes]
    return Surroundings(
        _events_by_pod(events[EVENT]),
        {uid_of(obj): obj for kind in OWNERS for obj in owners[kind]},
        {name_of(node): _platform(node) for node in nodes[NODE]},
        tuple(denied),
    )


def _platform(node: Object) -> str:
    info = node.get("status", {}).get("nodeInfo", {})
    system, machine = info.get("operatingSystem", ""), info.get("architecture", "")
    return f"{system}/{machine}" if system and machine else ""


def _events_by_pod(events: Iterable[Object]) -> dict[str, tuple[Event, ...]]:
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for obj in events:
        found[_uid_about(obj)].append(_event(obj))
    return {uid: tuple(sorted(several, key=_age)) for uid, several in found.items()}


def _uid_about(event: Object) -> str:
    """Give the UID of the Pod that an event is about; empty for none."""
    about = _mapping(event, "involvedObject")
    return str(about.get("uid", "")) if about.get("kind") == POD.kind else ""


def _event(obj: Object) -> Event:
    series = _mapping(obj, "series")
    moment = series.get("lastObservedTime") or obj.get("lastTimestamp") or obj.get("eventTime") or ""
    count = series.get("count") or obj.get("count")
    _, brace, rest = str(_mapping(obj, "involvedObject").get("fieldPath") or "").partition("{")
    container = rest.removesuffix("}") if brace else ""
    return Event(
        str(obj.get("reason", "")),
        str(obj.get("message", "")),
        count if isinstance(count, int) else 1,
        _time(str(moment)),
        container,
    )


def _mapping(obj: Object, key: str) -> Object:
    found = obj.get(key)
    return found if isinstance(found, dict) else {}


def _time(text: str) -> datetime | None:
    try:
        return parse_time(text)
    except InvalidInput:
        return None


def _age(event: Event) -> float:
    return event.last.timestamp() if event.last else 0.0


def _facts(pod: Object, around: Surroundings) -> PodFacts:
    owner = controller_of(pod)
    maker = around.owners.get(owner.uid) if owner else None
    above = controller_of(maker) if maker else None
    view = workload_of(maker) if maker else None
    top = above or owner
    return PodFacts(
        pod=pod,
        events=around.events.get(uid_of(pod), ()),
        owner=f"{top.kind.lower()}/{top.name}" if top else "",
        template_own=view.own_list if view else None,
        platform=around.platforms.get(str(pod.get("spec", {}).get("nodeName", "")), ""),
    )


async def _secrets(
    cluster: Cluster, pods: Sequence[Object], accounts: Mapping[SecretKey, Object | None]
) -> tuple[dict[SecretKey, Object | None], frozenset[SecretKey]]:
    """Read the Secrets that are named, and in namespaces of failing Pods the pull Secrets that are there."""
    named = [
        (namespace_of(pod), name) for pod in pods if (view := workload_of(pod)) for name in view.secret_names
    ]
    for (namespace, _), account in accounts.items():
        entries = (account or {}).get("imagePullSecrets") or []
        named += [(namespace, str(entry["name"])) for entry in entries if entry.get("name")]
    found, hidden = await get_several(cluster, SECRET, named)
    offered = await asyncio.gather(
        *(pull_secrets(cluster, ns) for ns in {namespace_of(p) for p in pods if _waits(p)})
    )
    every = found | {(namespace_of(obj), name_of(obj)): obj for objects in offered for obj in objects}
    return every, hidden


async def _elsewhere(cluster: Cluster, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Find the namespaces that have pull Secrets of these names; by name, never all Secrets of a cluster."""

    async def namespaces(name: str) -> tuple[str, ...]:
        try:
            found = await cluster.list(SECRET, field_selector=f"metadata.name={name}", metadata_only=True)
        except Forbidden:
            return ()
        return tuple(sorted(map(namespace_of, found)))

    wanted = sorted(names)
    answers = await asyncio.gather(*map(namespaces, wanted))
    return {name: answer for name, answer in zip(wanted, answers, strict=True) if answer}


async def with_probes(
    snapshot: Snapshot, wanted: Sequence[tuple[ImageReference, Credential]], registries: Registries
) -> Snapshot:
    """Ask the registries, each pair of image and credential once, all at once."""
    answers = await asyncio.gather(*(_probe(image, credential, registries) for image, credential in wanted))
    probes = {(str(image), c): probe for (image, c), probe in zip(wanted, answers, strict=True)}
    return replace(snapshot, probes=probes)


async def _probe(image: ImageReference, credential: Credential, registries: Registries) -> Probe:
    try:
        manifest = await registries.manifest(image, credential, platforms=True)
    except RegistryFailure as failure:
        probe = Probe(failure.cause, failure.message, failure.hint, failure.status, code=failure.code)
        if failure.cause is not Cause.IMAGE_NOT_FOUND:
            return probe
        return replace(probe, repository_there=await registries.has_repository(image, credential))
    except InvalidInput as error:  # a registry that cannot be, such as one with port 99999
        return Probe(Cause.INVALID_IMAGE_NAME, error.message, error.hint)
    return Probe(platforms=manifest.platforms)
