"""Rules on where a Pod's list of Secrets comes from, and on names behind which there is nothing."""

from collections.abc import Sequence
from dataclasses import replace

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import mends, words
from pullsecret.core.diagnosis.families import IMAGE
from pullsecret.core.diagnosis.gap import Gap
from pullsecret.core.diagnosis.lookup import Answer
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.refused import refused
from pullsecret.core.diagnosis.ruling import Ruling


def pod_predates_attach(gap: Gap) -> Ruling | None:
    """The ServiceAccount lists a Secret for the image, and the Pod was made without it."""
    case, account = gap.case, gap.case.view.service_account
    if not gap.predates:
        return None
    secret = gap.account_covers.name if gap.account_covers else gap.account_hides[0]
    summary = (
        f"Pod {case.pod} was made without Secret {secret}, which its ServiceAccount {account} lists now: "
        "it has to be made again"
    )
    times = words.order_of_times(case, gap.account, gap.look.snapshot.now)
    evidence = (words.named_by(case, gap.account), times)
    fixes = (mends.remake(case, secret),)
    ruling = Ruling(Cause.POD_PREDATES_ATTACH, gap.sure, summary, evidence, fixes)
    if not gap.account_covers:
        ruling = ruling.at_most(Confidence.POSSIBLE).with_evidence(words.not_seen(gap.listed))
    return _proven(gap, ruling)


def _proven(gap: Gap, ruling: Ruling) -> Ruling:
    """Say what the registry thinks of the Secret that a new Pod would have."""
    answers = gap.look.answers(gap.reference, gap.listed.usable(gap.reference.repository))
    ruling = ruling.with_evidence(*map(words.asked, answers))
    if not any(answer.is_verdict for answer in answers) or any(answer.works for answer in answers):
        return ruling
    then, fixes = _then(gap, answers, ruling.fixes)
    said = f"{then.summary[:1].lower()}{then.summary[1:]}"
    summary = f"{ruling.summary}; then it fails for another reason: {said}"
    return replace(ruling, summary=summary, fixes=fixes).at_most(Confidence.LIKELY).or_else(then.cause)


def _then(gap: Gap, answers: Sequence[Answer], fixes: tuple[Fix, ...]) -> tuple[Ruling, tuple[Fix, ...]]:
    """Say what comes after a mend that gives the Pod a Secret which the registry gives nothing for.

    A login that is refused is mended before that, an image that is not there after it. With more to be done
    than that mend it is nothing to do without thought.
    """
    then, by_hand = refused(gap.look, gap.case, gap.reference, answers), tuple(map(mends.by_hand, fixes))
    return then, (*by_hand, *then.fixes) if then.cause in IMAGE else (*then.fixes, *by_hand)


def no_pull_secret(gap: Gap) -> Ruling | None:
    """Neither the Pod nor its ServiceAccount names a Secret that is for the image."""
    case, account = gap.case, gap.case.view.service_account
    if case.view.secret_names or gap.predates:
        return None
    evidence = (words.named_by(case, gap.account),)
    if not gap.account.known:
        summary = (
            f"Pod {case.pod} names no pull Secret; what ServiceAccount {account} lists cannot be "
            "looked at by us"
        )
        ruling = Ruling(Cause.AUTH_MISSING, Confidence.POSSIBLE, summary, evidence)
        return ruling.or_else(Cause.NO_PULL_SECRET, Cause.POD_PREDATES_ATTACH)
    if gap.account.names:
        summary = (
            f"Pod {case.pod} has no pull Secret, and of those that ServiceAccount {account} lists now "
            f"({words.some(gap.account.names)}) none is for {gap.reference.registry}"
        )
    else:
        summary = (
            f"Neither Pod {case.pod} nor its ServiceAccount {account} names a pull Secret, "
            f"and {gap.reference.registry} does not give {gap.reference} without one"
        )
    return Ruling(Cause.NO_PULL_SECRET, gap.sure, summary, evidence, _give_one(gap))


def _give_one(gap: Gap) -> tuple[Fix, ...]:
    """Attach what is there, or make what is missing; then the Pod has to be made again."""
    case, reference = gap.case, gap.reference
    if gap.offers:
        best = gap.offers[0]
        given = gap.give(best.secret.name)
        return _then(gap, best.answers, given)[1] if best.refused else given
    if gap.listed.missing:
        name = gap.listed.missing[0]
        return (*_copies(gap, name), mends.create(case, reference, name), mends.remake(case, name))
    if gap.own:
        return (mends.create(case, reference), mends.attach_own(case, mends.name_for(reference.registry)))
    made = mends.name_for(reference.registry)
    return (mends.create(case, reference, to=case.view.service_account), mends.remake(case, made=made))


def _copies(gap: Gap, name: str) -> tuple[Fix, ...]:
    return tuple(mends.copy(gap.case, name, source) for source in _elsewhere(gap, name)[:1])


def _elsewhere(gap: Gap, name: str) -> tuple[str, ...]:
    found = gap.look.snapshot.elsewhere.get(name, ())
    return tuple(namespace for namespace in found if namespace != gap.case.namespace)


def secret_missing(gap: Gap) -> Ruling | None:
    """The Pod names a Secret that does not exist; it recovers by itself when it does."""
    case, missing = gap.case, gap.ring.missing
    if not missing:
        return None
    name = missing[0]
    elsewhere = _elsewhere(gap, name)
    summary = f"Pod {case.pod} names Secret {name}, which does not exist in namespace {case.namespace}"
    evidence = [f"there is no Secret {each} in namespace {case.namespace}" for each in missing]
    if elsewhere:
        summary += f", only in {words.some(elsewhere[:5])}"
        evidence.append(f"a Secret {name} is in namespace {words.some(elsewhere)}")
    evidence.append(f"once it is there, {words.BACK_OFF}")
    # A copy alone is enough: the Pod names it already.
    copies = _copies(gap, name)
    offered = tuple(map(mends.by_hand, gap.fixes_of_offer)) if copies else gap.fixes_of_offer
    fixes = (*copies, *offered, mends.create(case, gap.reference, name))
    return Ruling(Cause.SECRET_MISSING, gap.sure, summary, tuple(evidence), fixes)
