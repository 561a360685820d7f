"""From a snapshot to a diagnosis: one cause for each container that cannot pull, and notes on others."""

from pullsecret.core.diagnosis.decide import decide
from pullsecret.core.diagnosis.facts import Case, cases_of
from pullsecret.core.diagnosis.glance import is_quiet
from pullsecret.core.diagnosis.lookup import Lookup
from pullsecret.core.diagnosis.model import Diagnosis, Fix, Item, Snapshot
from pullsecret.core.diagnosis.notes import notable, notes
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.redaction import redacted


def diagnose(snapshot: Snapshot) -> Diagnosis:
    """Tell of every container that cannot pull why, with what proves and what mends it."""
    look = Lookup(snapshot)
    loud = [case for facts in snapshot.pods if not is_quiet(facts) for case in cases_of(facts)]
    quiet = [case for facts in notable(look) for case in cases_of(facts)]
    items = tuple(_item(look, case, decide(look, case)) for case in loud if case.failing)
    noted = tuple(_item(look, case, ruling) for case, ruling in notes(look, (*loud, *quiet)))
    return Diagnosis(items, noted, snapshot.denied)


def _item(look: Lookup, case: Case, ruling: Ruling) -> Item:
    return Item(
        namespace=case.namespace,
        pod=case.pod,
        container=case.container,
        image=redacted(case.image),
        cause=ruling.cause,
        confidence=ruling.confidence,
        summary=redacted(ruling.summary),
        owner=case.facts.owner,
        service_account=case.view.service_account,
        role=case.role,
        state=case.state,
        evidence=tuple(redacted(sentence) for sentence in ruling.evidence if sentence),
        fixes=_fixes(look, case, ruling),
        alternatives=ruling.alternatives,
    )


def _fixes(look: Lookup, case: Case, ruling: Ruling) -> tuple[Fix, ...]:
    """Give mends whose commands reach the image's registry as this run did, or should have."""
    if case.reference is None:
        return ruling.fixes
    # Where nobody asked from here, what the node met is the best guess at what a command would.
    met = {answer.probe.cause for answer in look.asked_with(case.reference)} or {ruling.cause}
    registry, reach = case.reference.registry, look.snapshot.reach
    return tuple(fix.reaching(registry, reach, met) for fix in ruling.fixes)
