"""The order in which rules are asked: what is certain first, the node's word alone last."""

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import mends, words
from pullsecret.core.diagnosis.allowed import allowed, late
from pullsecret.core.diagnosis.detours import detour
from pullsecret.core.diagnosis.facts import SANDBOX, Case
from pullsecret.core.diagnosis.families import ACCESS, IMAGE, NETWORK, NODE
from pullsecret.core.diagnosis.lookup import Answer, Lookup
from pullsecret.core.diagnosis.model import Confidence
from pullsecret.core.diagnosis.refused import refused
from pullsecret.core.diagnosis.rings import Ring
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.diagnosis.told import by_message, invalid_name, network, never_pull, node_side, unreached
from pullsecret.core.diagnosis.uncovered import uncovered
from pullsecret.core.diagnosis.unproven import unproven
from pullsecret.core.images import ImageReference


def decide(look: Lookup, case: Case) -> Ruling:
    """Give the one cause of a container that cannot pull."""
    said = look.said(case)
    if case.reference is None or case.state == "InvalidImageName":
        return invalid_name(look, case)
    if case.state == "ErrImageNeverPull" or said is Cause.NEVER_PULL:
        return never_pull(look, case)
    if case.role == SANDBOX:
        return by_message(look, case, case.reference)
    ruling = _by_what_is_there(look, case, case.reference)
    return ruling.with_evidence(words.node_said(look, case))


def _by_what_is_there(look: Lookup, case: Case, reference: ImageReference) -> Ruling:
    said, ring = look.said(case), look.own(case)
    if said in NODE:
        return node_side(look, case)
    if ring.spoilt:
        return _malformed(case, ring, said)
    if said is Cause.SECRET_MALFORMED:
        return _was_malformed(look, case, ring)
    usable = ring.usable(reference.repository)
    nobody = look.anonymous(reference)
    answers = look.answers(reference, usable) if usable else [nobody] if nobody else []
    if said in NETWORK:
        return detour(look, case, reference, answers) or network(look, case, reference, answers)
    works = next((answer for answer in answers if answer.works), None)
    if works is not None:
        return allowed(look, case, reference, works)
    if usable:
        return _covered(look, case, reference, answers)
    return _without(look, case, reference, nobody)


def _covered(look: Lookup, case: Case, reference: ImageReference, answers: list[Answer]) -> Ruling:
    """Credentials were sent, and none is known to work."""
    if any(answer.is_verdict for answer in answers):
        return refused(look, case, reference, answers)
    if answers and look.said(case) is Cause.UNKNOWN:
        return unreached(look, case, answers)
    return unproven(look, case, reference).with_evidence(*map(words.asked, answers))


def _without(look: Lookup, case: Case, reference: ImageReference, nobody: Answer | None) -> Ruling:
    """Nothing was sent: is that the trouble, or the image?"""
    said, probed = look.said(case), nobody is not None and nobody.is_verdict
    if nobody is not None and nobody.probe.cause in IMAGE:
        return refused(look, case, reference, [nobody]).at_most(Confidence.LIKELY)
    if nobody is not None and not probed and said is Cause.UNKNOWN:
        return unreached(look, case, [nobody])
    if not probed and said in IMAGE:
        return by_message(look, case, reference)
    sure = Confidence.POSSIBLE
    if probed:
        sure = Confidence.CERTAIN if said in ACCESS else Confidence.LIKELY
    elif said in ACCESS:
        sure = Confidence.LIKELY
    ruling = uncovered(look, case, reference, sure)
    if nobody is None:
        return ruling
    unsure = nobody.probe.cause is Cause.DENIED_OR_MISSING
    ruling = ruling.with_evidence(words.asked(nobody))
    return ruling.at_most(Confidence.LIKELY).or_else(Cause.DENIED_OR_MISSING) if unsure else ruling


def _malformed(case: Case, ring: Ring, said: Cause) -> Ruling:
    """One Secret makes the kubelet refuse the whole list, good ones too."""
    spoilt, fault = ring.spoilt[0].secret, ring.spoilt[0].fault
    good = tuple(
        s.name for s in ring.there if not s.skipped and all(s is not bad.secret for bad in ring.spoilt)
    )
    summary = f"The kubelet cannot read Secret {spoilt.name}, which Pod {case.pod} names: {fault}"
    if good:
        summary += f"; for that it uses none of the Pod's Secrets, not {words.some(good)} either"
    reference = case.reference
    fixes = [mends.show(case, spoilt.name)]
    fixes += [mends.replace(case, reference, spoilt.name)] if reference else []
    return Ruling(
        Cause.SECRET_MALFORMED,
        Confidence.CERTAIN if said is Cause.SECRET_MALFORMED else Confidence.LIKELY,
        summary,
        tuple(f"Secret {bad.secret.name}, {bad.fault}" for bad in ring.spoilt[:5]),
        tuple(fixes),
    )


def _was_malformed(look: Lookup, case: Case, ring: Ring) -> Ruling:
    """The node could not read a Secret that we cannot look at, or that has been mended since."""
    if ring.unreadable:
        listed = words.some(ring.unreadable)
        summary = f"The kubelet cannot read a Secret of Pod {case.pod}, and we may not look at {listed}"
        fixes = tuple(mends.show(case, name) for name in ring.unreadable)
        return Ruling(Cause.SECRET_MALFORMED, look.sure(case), summary, (words.not_seen(ring),), fixes)
    for secret in ring.there:
        if ruling := late(look, case, secret):
            return ruling
    summary = (
        f"The kubelet could not read a Secret of Pod {case.pod} when it last tried; those that it names now "
        f"can be read, so {words.BACK_OFF}"
    )
    return Ruling(Cause.SECRET_MALFORMED, Confidence.POSSIBLE, summary, fixes=(mends.wait(),))
