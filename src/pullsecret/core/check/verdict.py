"""What the rules say of one image, before it is put beside the workload's name."""

from dataclasses import dataclass

from pullsecret.core.causes import Cause
from pullsecret.core.check.cases import Case
from pullsecret.core.check.model import Result
from pullsecret.core.diagnosis.model import Confidence, Fix


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement: `cause` is None where nothing is wrong; the rest is as in `CheckItem`."""

    result: Result
    because: str
    cause: Cause | None = None
    confidence: Confidence = Confidence.CERTAIN
    evidence: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    alternatives: tuple[Cause, ...] = ()


def unsettled(case: Case) -> str:
    """Say what could not be looked at."""
    if not case.named.known:
        return f"which Secrets {case.named.because} lists is not in the manifests, and was not looked at"
    name = case.ring.unreadable[0]
    if name in case.made:
        return f"Secret {name} is made by {case.made[name]}, and is not there yet to be looked at"
    return f"Secret {name} is not in the manifests, and was not looked at"
