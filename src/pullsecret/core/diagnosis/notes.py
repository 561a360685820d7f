"""Notes on containers that run: an image that could not be pulled again, a list that hides another."""

from collections.abc import Iterable, Iterator

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import words
from pullsecret.core.diagnosis.asking import runs_from_cache
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.families import ACCESS
from pullsecret.core.diagnosis.gap import Gap
from pullsecret.core.diagnosis.glance import Glance, is_quiet
from pullsecret.core.diagnosis.lookup import Answer, Lookup
from pullsecret.core.diagnosis.model import Confidence, PodFacts
from pullsecret.core.diagnosis.refused import refused
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.diagnosis.uncovered import uncovered
from pullsecret.core.images import ImageReference


def notes(look: Lookup, cases: Iterable[Case]) -> Iterator[tuple[Case, Ruling]]:
    """Give the notes on containers that do not fail; one of each kind for each."""
    for case in cases:
        if case.failing or case.reference is None:
            continue
        cached = cached_only(look, case, case.reference) if runs_from_cache(case) else None
        ruling = cached or hidden_list(look, case, case.reference)
        if ruling is not None:
            yield case, ruling


def notable(look: Lookup) -> Iterator[PodFacts]:
    """Give the Pods without failures that may be worth a note, of each workload's equal ones the first.

    A registry refused an image of theirs to somebody, or their list leaves out what their account's has.
    """
    seen: set[tuple[str, Glance]] = set()
    for facts in filter(is_quiet, look.snapshot.pods):
        glance = Glance.at(facts)
        hides = glance.own_list and not set(look.account_of(glance.account).names) <= set(glance.names)
        if not hides and not any(map(look.is_doubtful, glance.images)):
            continue
        if not facts.owner or (facts.owner, glance) not in seen:
            seen.add((facts.owner, glance))
            yield facts


def cached_only(look: Lookup, case: Case, reference: ImageReference) -> Ruling | None:
    """The container runs, and the registry would not give its image to what the Pod has."""
    ring = look.own(case)
    usable = ring.usable(reference.repository)
    nobody = look.anonymous(reference)
    answers = look.answers(reference, usable) if usable else [nobody] if nobody else []
    if not answers or not all(answer.is_verdict for answer in answers) or ring.unreadable:
        return None
    if usable:
        ruling = refused(look, case, reference, answers)
    else:
        ruling = _nobody_gets_it(look, case, reference, answers[0])
    node = f"node {case.node}" if case.node else "its node"
    summary = (
        f"Container {case.container} of Pod {case.pod} runs only because its image is on {node} already; "
        f"elsewhere it could not be pulled: {ruling.summary[:1].lower()}{ruling.summary[1:]}"
    )
    return Ruling(
        ruling.cause, Confidence.LIKELY, summary, ruling.evidence, ruling.fixes, ruling.alternatives
    )


def _nobody_gets_it(look: Lookup, case: Case, reference: ImageReference, answer: Answer) -> Ruling:
    if answer.probe.cause in ACCESS:
        return uncovered(look, case, reference, Confidence.LIKELY).with_evidence(words.asked(answer))
    return refused(look, case, reference, [answer])


def hidden_list(look: Lookup, case: Case, reference: ImageReference) -> Ruling | None:
    """The Pod's own list covers nothing of this image, and hides its ServiceAccount's, which does."""
    ring = look.own(case)
    if not case.view.own_list or ring.spoilt or ring.unreadable or ring.usable(reference.repository):
        return None
    gap = Gap.of(look, case, reference, Confidence.POSSIBLE)
    if not gap.own or gap.account_covers is None:
        return None
    ruling = uncovered(look, case, reference, Confidence.POSSIBLE)
    # Without a Secret in its list there is none that could be wrong.
    cause = ruling.cause if case.view.secret_names else Cause.NO_PULL_SECRET
    summary = (
        f"{case.facts.owner or f'pod/{case.pod}'} has a list of pull Secrets of its own, none of them for "
        f"{reference.repository}; it hides Secret {gap.account_covers.name}, which ServiceAccount "
        f"{case.view.service_account} lists and which is for it"
    )
    return Ruling(cause, Confidence.POSSIBLE, summary, ruling.evidence, ruling.fixes)
