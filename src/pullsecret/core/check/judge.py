"""The rules of `check`: from a case, and what registries answered if they were asked, to what came out."""

from collections.abc import Iterable
from datetime import datetime

from pullsecret.core.causes import Cause
from pullsecret.core.check import mends
from pullsecret.core.check.cases import Case, answers_to, is_nodes_own, secret_name
from pullsecret.core.check.model import Checked, CheckItem, Result
from pullsecret.core.check.probed import judge_answers
from pullsecret.core.check.public import is_often_public, is_open
from pullsecret.core.check.verdict import Verdict, unsettled
from pullsecret.core.check.why import why_uncovered
from pullsecret.core.diagnosis.model import Confidence, Fix, Snapshot
from pullsecret.core.expiry import describe_left, expiry_of
from pullsecret.core.images import ImageReference
from pullsecret.core.pullsecrets import Secret

_NAME_IMAGE = (Fix("name its image: [registry/]repository[:tag]"),)
_VARIABLE = ("$", "{{", "<", "%")


def judge(case: Case, snapshot: Snapshot, platforms: tuple[str, ...] = ()) -> Checked:
    """Say what would come of one image.

    Args:
        case: the image and its Pod's Secrets.
        snapshot: what is known of the cluster, and what registries answered.
        platforms: what the image must be there for.
    """
    verdict = _verdict(case, snapshot, platforms)
    item = None
    if verdict.cause is not None:
        item = CheckItem(
            workload=case.subject.ref,
            container=case.container.name,
            image=case.container.image,
            cause=verdict.cause,
            confidence=verdict.confidence,
            summary=verdict.because,
            place=case.place,
            role=case.container.role,
            evidence=verdict.evidence,
            fixes=_reaching(case, verdict, snapshot),
            alternatives=verdict.alternatives,
        )
    return Checked(
        case.subject.ref, case.container.name, case.container.role, case.container.image, case.place,
        verdict.result, verdict.because, item,
    )  # fmt: skip


def _reaching(case: Case, verdict: Verdict, snapshot: Snapshot) -> tuple[Fix, ...]:
    """Give mends whose commands speak to the registry as this run does, or should have."""
    if case.reference is None:
        return verdict.fixes
    met = {probe.cause for _, probe in answers_to(case, case.reference, snapshot)}
    return tuple(fix.reaching(case.reference.registry, snapshot.reach, met) for fix in verdict.fixes)


def _verdict(case: Case, snapshot: Snapshot, platforms: tuple[str, ...]) -> Verdict:
    if not case.container.image.strip():
        return _no_image(case)
    if case.reference is None:
        return _invalid_name(case)
    if case.never:
        return Verdict(Result.NOT_PULLED, "imagePullPolicy is Never: it must be on the node already")
    if case.ring.spoilt:
        return _malformed(case)
    shared = _shared(case, snapshot)
    answers = answers_to(case, case.reference, snapshot)
    if answers:
        told = judge_answers(case, case.reference, answers, platforms, shared, snapshot.now)
        if told.result is not Result.NOT_ASKED:
            return told
        # A registry that is out of reach takes nothing from what the Secrets tell by themselves.
        silent = f"the registry could not be asked: {told.because}"
        untold = _unasked(case, case.reference, shared, snapshot.now, silent)
        return untold if untold.result is Result.FAILS else told
    untold = _unasked(case, case.reference, shared, snapshot.now)
    if untold.result is Result.MAY_FAIL and is_nodes_own(case.reference):
        return Verdict(
            Result.UNKNOWN, f"{case.reference.registry} is the node's own registry: it was not asked"
        )
    return untold


def _shared(case: Case, snapshot: Snapshot) -> tuple[Secret, ...]:
    known: Iterable[Secret] = filter(None, snapshot.secrets.values())
    return tuple(secret for secret in known if secret.namespace == case.subject.namespace)


def _no_image(case: Case) -> Verdict:
    """Judge a container without an image: of Pods the API server refuses it, of templates a blank one not."""
    name, blank = case.container.name, bool(case.container.image)
    if blank and case.subject.workload.template_path:
        return Verdict(
            Result.MAY_FAIL, f"the image of container {name} is blank, so something has to fill it in",
            Cause.INVALID_IMAGE_NAME, Confidence.POSSIBLE,
            ("the API server takes a blank image in a template, and in no Pod",), _NAME_IMAGE,
        )  # fmt: skip
    return Verdict(
        Result.FAILS, f"container {name} names no image", Cause.INVALID_IMAGE_NAME, Confidence.CERTAIN,
        ("the API server refuses a container without one",), _NAME_IMAGE,
    )  # fmt: skip


def _invalid_name(case: Case) -> Verdict:
    evidence: tuple[str, ...] = ()
    if any(mark in case.container.image for mark in _VARIABLE):
        evidence = ("it looks like a placeholder that nobody has filled in",)
    return Verdict(Result.FAILS, case.invalid, Cause.INVALID_IMAGE_NAME, Confidence.CERTAIN, evidence)


def _malformed(case: Case) -> Verdict:
    spoilt = case.ring.spoilt[0]
    name = spoilt.secret.name
    return Verdict(
        Result.FAILS,
        f"the kubelet refuses all Secrets of the Pod, since {name} is malformed: {spoilt.fault}",
        Cause.SECRET_MALFORMED,
        Confidence.CERTAIN,
        ("it tries no other Secret then, and no pull without one, of a public image either",),
        mends.mend_content(case, name),
    )


def _unasked(
    case: Case,
    reference: ImageReference,
    shared: tuple[Secret, ...],
    now: datetime,
    silent: str = "the registry was not asked whether it needs a credential for it",
) -> Verdict:
    """Judge by the Secrets alone; `silent` says why."""
    usable = case.ring.usable(reference.repository)
    if usable:
        return _by_age(case, reference, now)
    if is_open(reference):
        return Verdict(Result.ASSUMED_PUBLIC, f"{reference.registry} gives it to anybody")
    if not case.settled:
        return Verdict(Result.UNKNOWN, unsettled(case))
    why = why_uncovered(case, reference, shared)
    public = is_often_public(reference)
    if public and not why.pointed:
        return Verdict(
            Result.ASSUMED_PUBLIC, f"no credential covers it; many images of {reference.registry} need none"
        )
    likely = why.confidence is Confidence.LIKELY and not public
    return Verdict(
        Result.FAILS if likely else Result.MAY_FAIL,
        why.summary,
        why.cause,
        Confidence.LIKELY if likely else Confidence.POSSIBLE,
        (*why.evidence, silent),
        why.fixes,
    )


def _by_age(case: Case, reference: ImageReference, now: datetime) -> Verdict:
    """Trust a credential that covers the image, unless all of them say that they have expired."""
    usable = case.ring.usable(reference.repository)
    ends = []
    for credential in usable:
        secret = case.ring.secret_of(credential.origin.source)
        ends.append(expiry_of(credential, annotations=secret.annotations if secret else None))
    first = usable[0]
    name = secret_name(first.origin)
    if all(end is not None and end <= now for end in ends):
        latest = max(end for end in ends if end is not None)
        said = describe_left(latest, now)
        return Verdict(
            Result.FAILS, f"the credential in Secret {name} has {said}", Cause.CREDENTIAL_EXPIRED,
            Confidence.LIKELY, (), (mends.renew(case, reference, first),),
        )  # fmt: skip
    return Verdict(Result.COVERED, f"Secret {name} has a login for {first.origin.key}")
