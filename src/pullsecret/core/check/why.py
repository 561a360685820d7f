"""Why none of a Pod's Secrets has a login for an image: the cause, and how sure it is without asking."""

from dataclasses import dataclass, replace

from pullsecret.core.causes import Cause
from pullsecret.core.check import mends
from pullsecret.core.check.cases import Case, secret_name
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.rings import covers
from pullsecret.core.images import ImageReference
from pullsecret.core.nearmiss import MissReason, NearMiss
from pullsecret.core.pullsecrets import Secret

_SERIOUS = 2


@dataclass(frozen=True, slots=True)
class Why:
    """One reason.

    Attributes:
        confidence: that the image would not pull for it, where the registry was not asked.
        pointed: whether somebody evidently meant to give a credential for this very image's registry.
    """

    cause: Cause
    confidence: Confidence
    summary: str
    evidence: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    pointed: bool = False


def why_uncovered(case: Case, reference: ImageReference, shared: tuple[Secret, ...]) -> Why:
    """Tell why; the reason that says most comes first.

    Args:
        case: one that no credential covers.
        reference: its image.
        shared: the pull Secrets of its namespace that are known: one may do, and only need to be named.
    """
    would_do = tuple(secret for secret in shared if covers(secret, reference.repository))
    why = _why(case, reference)
    return _with_offers(case, why, would_do) if why else _nothing_for_it(case, reference, would_do)


def _why(case: Case, reference: ImageReference) -> Why | None:
    """Find what is wrong with the Secrets that the Pod names; None where they are for other things."""
    wrong_type = case.ring.covering_despite_type(reference.repository)
    if wrong_type is not None:
        return _wrong_type(case, wrong_type, pointed=True)
    if case.ring.tried(reference.repository):
        return _no_credential(case, reference)
    misses = sorted(case.ring.near_misses(reference.repository), key=_weight, reverse=True)
    if misses and _weight(misses[0]):
        return _near_miss(case, reference, misses)
    if case.ring.missing:
        return _missing(case, reference)
    if misses:
        return _near_miss(case, reference, misses)
    if case.ring.skipped:
        return _wrong_type(case, case.ring.skipped[0], pointed=False)
    return None


def _with_offers(case: Case, why: Why, would_do: tuple[Secret, ...]) -> Why:
    """Name a Secret that is there and would do, before anything is made or changed."""
    if not would_do:
        return why
    name = would_do[0].name
    told = f"Secret {name} of namespace {case.subject.namespace} has a login for it, and is not named"
    fixes = (mends.name_it(case, name), *why.fixes)
    return replace(why, evidence=(*why.evidence, told), fixes=fixes)


def _wrong_type(case: Case, secret: Secret, *, pointed: bool) -> Why:
    fault = secret.faults()[0]
    return Why(
        Cause.SECRET_WRONG_TYPE,
        Confidence.LIKELY,
        f"the kubelet passes over Secret {secret.name}: {fault.message.partition(':')[0]}",
        (_who_names(case),),
        mends.replace_type(case, secret),
        pointed,
    )


def _no_credential(case: Case, reference: ImageReference) -> Why:
    entries = case.ring.tried(reference.repository)
    name = secret_name(entries[0].origin)
    return Why(
        Cause.SECRET_NO_CREDENTIAL,
        Confidence.LIKELY,
        f"Secret {name} has an entry for {entries[0].origin.key}, and no login in it",
        (_who_names(case), "docker login with a credential store leaves such entries"),
        (mends.add(case, reference, name),),
        pointed=True,
    )


def _near_miss(case: Case, reference: ImageReference, misses: list[NearMiss]) -> Why:
    name = secret_name(misses[0].origin)
    serious = _weight(misses[0]) == _SERIOUS
    return Why(
        Cause.SECRET_HOST_MISMATCH,
        Confidence.LIKELY if serious else Confidence.POSSIBLE,
        f"no entry matches {reference.registry}: {_said(misses[0], reference)}",
        (_who_names(case), *(_said(miss, reference) for miss in misses[1:] if _weight(miss))),
        (mends.add(case, reference, name),),
        pointed=serious,
    )


def _missing(case: Case, reference: ImageReference) -> Why:
    missing = case.ring.missing
    names = f"Secret {missing[0]} is" if len(missing) == 1 else f"Secrets {', '.join(missing)} are"
    return Why(
        Cause.SECRET_MISSING,
        Confidence.LIKELY,
        f"{names} neither in the manifests nor in namespace {case.subject.namespace}",
        (_who_names(case),),
        mends.make(case, reference, missing[0]),
    )


def _nothing_for_it(case: Case, reference: ImageReference, would_do: tuple[Secret, ...]) -> Why:
    """No Secret has to do with the registry, though another one that is there may."""
    fixes = tuple(mends.name_it(case, secret.name) for secret in would_do) or mends.make(case, reference, "")
    if not case.named.names:
        summary = f"neither {case.subject.ref} nor {case.named.because} names a pull Secret"
        if case.subject.workload.own_list:
            summary = f"the list of {case.subject.ref} names no pull Secret"
        return Why(Cause.NO_PULL_SECRET, Confidence.POSSIBLE, summary, (), fixes, bool(would_do))
    there = ", ".join(secret.name for secret in case.ring.there)
    summary = f"Secret {there} has no entry for {reference.registry}"
    return Why(
        Cause.SECRET_HOST_MISMATCH, Confidence.POSSIBLE, summary, (_who_names(case),), fixes, bool(would_do)
    )


def _who_names(case: Case) -> str:
    names = ", ".join(case.named.names)
    if case.subject.workload.own_list:
        return f"{case.subject.ref} names {names} itself, so its ServiceAccount's Secrets are not used"
    return f"{case.named.because} lists {names}"


def _weight(miss: NearMiss) -> int:
    """Say how much an entry looks as if it were meant for the image: the same host, or just a relative."""
    if miss.reason is MissReason.PORT:
        return _SERIOUS
    if miss.reason is MissReason.PATH:
        return 1
    return _SERIOUS if miss.has == miss.key and miss.wanted in miss.key.lower() else 0


def _said(miss: NearMiss, reference: ImageReference) -> str:
    entry = f"Secret {secret_name(miss.origin)} has one for {miss.key}"
    if miss.reason is MissReason.PATH:
        return f"{entry}, for paths that start with {miss.has} only"
    if miss.reason is MissReason.PORT:
        wanted = f"port {miss.wanted}" if miss.wanted else "no port"
        return f"{entry}, and the image names {wanted}: they must be the same"
    if miss.wanted in miss.key.lower():
        return f"{entry}, which is not as images write it: {reference.registry}"
    return entry
