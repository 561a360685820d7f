"""What one rule says of one case."""

from dataclasses import dataclass, replace
from typing import Self

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis.model import Confidence, Fix

_ORDER = (Confidence.POSSIBLE, Confidence.LIKELY, Confidence.CERTAIN)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One cause, with what proves it and what mends it."""

    cause: Cause
    confidence: Confidence
    summary: str
    evidence: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    alternatives: tuple[Cause, ...] = ()

    def at_most(self, confidence: Confidence) -> Self:
        """Give the same, no surer than this."""
        return replace(self, confidence=min(self.confidence, confidence, key=_ORDER.index))

    def or_else(self, *causes: Cause) -> Self:
        """Give the same with further alternatives."""
        others = dict.fromkeys((*self.alternatives, *causes))
        return replace(self, alternatives=tuple(c for c in others if c != self.cause))

    def with_evidence(self, *sentences: str) -> Self:
        """Give the same with further evidence; what is empty or there already falls out."""
        return replace(self, evidence=tuple(dict.fromkeys(filter(None, (*self.evidence, *sentences)))))
