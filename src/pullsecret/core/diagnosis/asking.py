"""Which questions to registries would decide: each image with each credential that counts for it, once."""

import ipaddress
from collections.abc import Iterable, Iterator

from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis.facts import SANDBOX, Case, cases_of
from pullsecret.core.diagnosis.families import NODE
from pullsecret.core.diagnosis.glance import Glance, is_quiet
from pullsecret.core.diagnosis.lookup import Lookup
from pullsecret.core.diagnosis.model import Snapshot
from pullsecret.core.images import ImageReference

CACHED_IMAGES = 50
"""Of so many images of Pods that run is it asked whether they could be pulled again."""

OFFERED = 3
"""So many Secrets that could be attached are tried for one image."""

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
    loud = [case for facts in snapshot.pods if not is_quiet(facts) for case in cases_of(facts)]
    failing = (case for case in loud if case.failing and case.role != SANDBOX and look.said(case) not in NODE)
    questions = dict.fromkeys([*_of_failing(look, failing), *_of_cached(look, loud)])
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


def _of_failing(look: Lookup, cases: Iterable[Case]) -> Iterator[Question]:
    for case in cases:
        if case.reference is None or case.state in ("InvalidImageName", "ErrImageNeverPull"):
            continue
        own = look.own(case)
        if own.spoilt:
            continue
        credentials = own.usable(case.reference.repository)
        if not credentials:
            # What the Pod would have if it were made again, and what could be attached.
            listed = look.inherits(case).usable(case.reference.repository)
            credentials = (*listed, *_offered(look, case, case.reference))
        for credential in (*credentials, ANONYMOUS):
            yield case.reference, credential


def _offered(look: Lookup, case: Case, reference: ImageReference) -> Iterator[Credential]:
    for secret in look.covering(case.namespace, reference.repository)[:OFFERED]:
        yield from look.ring(case.namespace, (secret.name,)).usable(reference.repository)


def _of_cached(look: Lookup, loud: Iterable[Case]) -> Iterator[Question]:
    """Ask for images of containers that run: those of Pods of which others fail first."""
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    images: set[str] = set()
    for case in _cached(look, loud, seen):
        if case.reference is None or (len(images) >= CACHED_IMAGES and case.image not in images):
            continue
        images.add(case.image)
        for credential in (*look.own(case).usable(case.reference.repository), ANONYMOUS):
            yield case.reference, credential


def _cached(
    look: Lookup, loud: Iterable[Case], seen: set[tuple[str, str, tuple[str, ...]]]
) -> Iterator[Case]:
    yield from (case for case in loud if runs_from_cache(case))
    for facts in look.snapshot.pods:
        if not is_quiet(facts):
            continue
        glance = Glance.at(facts)
        new = {(image, glance.namespace, glance.names) for image in glance.images} - seen
        seen |= new
        if new:
            yield from (case for case in cases_of(facts) if runs_from_cache(case))
