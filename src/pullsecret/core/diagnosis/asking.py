"""Which questions to registries would decide: each image with each credential that counts for it, once."""

import ipaddress
from collections.abc import Iterable, Iterator

from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis.facts import SANDBOX, Case, cases_of
from pullsecret.core.diagnosis.families import NODE
from pullsecret.core.diagnosis.lookup import Lookup
from pullsecret.core.diagnosis.model import Snapshot
from pullsecret.core.images import ImageReference

CACHED_IMAGES = 50
"""Of so many images of Pods that run is it asked whether they could be pulled again."""

Question = tuple[ImageReference, Credential]


def wanted_probes(snapshot: Snapshot, *, on_node: bool = False) -> tuple[Question, ...]:
    """Tell what to ask of registries: for failing containers first, then for some that run.

    Each credential is one that the kubelet would send, and is asked with once an image; `ANONYMOUS`
    stands for none. An image whose registry is a loopback address is the node's own registry.

    Args:
        snapshot: what was seen; its probes do not matter.
        on_node: this machine is the node, so that its loopback registries are the right ones.
    """
    look = Lookup(snapshot)
    cases = [case for facts in snapshot.pods for case in cases_of(facts) if case.role != SANDBOX]
    failing = [case for case in cases if case.failing and look.said(case) not in NODE]
    cached: dict[str, list[Case]] = {}
    for case in cases:
        if case.reference is not None and runs_from_cache(case):
            cached.setdefault(str(case.reference), []).append(case)
    bounded = [case for several in list(cached.values())[:CACHED_IMAGES] for case in several]
    questions = dict.fromkeys(_questions(look, [*failing, *bounded]))
    return tuple(q for q in questions if on_node or not is_loopback(q[0].registry))


def runs_from_cache(case: Case) -> bool:
    """Whether a container runs, and no event tells that its image was fetched for it."""
    return case.running and not case.failing and not case.pulled and not case.never_pulls


def is_loopback(registry: str) -> bool:
    """Whether a registry's host means the machine itself."""
    host = registry.partition(":")[0]
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _questions(look: Lookup, cases: Iterable[Case]) -> Iterator[Question]:
    for case in cases:
        if case.reference is None or case.state in ("InvalidImageName", "ErrImageNeverPull"):
            continue
        own = look.own(case)
        if own.spoilt and case.failing:
            continue
        credentials = own.usable(case.reference.repository)
        if not credentials and case.failing:
            # What the Pod would have if it were made again, and what could be attached.
            listed = look.inherits(case).usable(case.reference.repository)
            offered = (
                credential
                for secret in look.covering(case.namespace, case.reference.repository)[:3]
                for credential in look.ring(case.namespace, (secret.name,)).usable(case.reference.repository)
            )
            credentials = (*listed, *offered)
        for credential in (*credentials, ANONYMOUS):
            yield case.reference, credential
