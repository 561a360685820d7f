"""From a snapshot to a diagnosis: one cause for each container that cannot pull, and notes on others."""

from pullsecret.core.diagnosis.decide import decide
from pullsecret.core.diagnosis.facts import Case, cases_of
from pullsecret.core.diagnosis.glance import is_quiet
from pullsecret.core.diagnosis.lookup import Lookup
from pullsecret.core.diagnosis.model import Diagnosis, Item, Snapshot
from pullsecret.core.diagnosis.notes import notable, notes
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.redaction import redacted


def diagnose(snapshot: Snapshot) -> Diagnosis:
    """Tell of every container that cannot pull why, with what proves and what mends it."""
    look = Lookup(snapshot)
    loud = [case for facts in snapshot.pods if not is_quiet(facts) for case in cases_of(facts)]
    quiet = [case for facts in notable(look) for case in cases_of(facts)]
    items = tuple(_item(case, decide(look, case)) for case in loud if case.failing)
    noted = tuple(_item(case, ruling) for case, ruling in notes(look, (*loud, *quiet)))
    return Diagnosis(items, noted, snapshot.denied)


def _item(case: Case, ruling: Ruling) -> Item:
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
        fixes=ruling.fixes,
        alternatives=ruling.alternatives,
    )
