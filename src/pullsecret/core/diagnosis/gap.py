"""What a Pod has for an image, and what it could have: from its ServiceAccount, or of what else is there."""

from dataclasses import dataclass
from typing import Self

from pullsecret.core.diagnosis import mends
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.lookup import Account, Answer, Lookup
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.rings import Ring
from pullsecret.core.images import ImageReference
from pullsecret.core.listorigin import ListOrigin, list_origin
from pullsecret.core.pullsecrets import Secret


@dataclass(frozen=True, slots=True)
class Offer:
    """A Secret that is there, is for an image, and could be given to its Pod.

    Attributes:
        answers: what the registry said to its credentials, where it was asked.
    """

    secret: Secret
    answers: tuple[Answer, ...]

    @classmethod
    def of(cls, look: Lookup, reference: ImageReference, secret: Secret) -> Self:
        """Look at what the registry said to a Secret's credentials."""
        ring = look.ring(secret.namespace, (secret.name,))
        return cls(secret, tuple(look.answers(reference, ring.usable(reference.repository))))

    @property
    def accepted(self) -> bool:
        """Whether the registry gives the image to it; False where it was not asked."""
        return any(answer.works for answer in self.answers)

    @property
    def refused(self) -> bool:
        """Whether the registry judged, and gives the image to none of its credentials."""
        return not self.accepted and any(answer.is_verdict for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Gap:
    """A container for whose image its Pod has no credential, and what may be behind that.

    Attributes:
        ring: the Secrets that the Pod names.
        account: its ServiceAccount.
        listed: the Secrets that the ServiceAccount lists now.
        origin: whether the Pod's list was written for it (or for its workload), or inherited.
        account_covers: a Secret that the ServiceAccount lists, the Pod lacks, and that covers the image.
        sure: how sure it is that the image needs a credential at all.
    """

    look: Lookup
    case: Case
    reference: ImageReference
    ring: Ring
    account: Account
    listed: Ring
    origin: ListOrigin
    account_covers: Secret | None
    sure: Confidence

    @classmethod
    def of(cls, look: Lookup, case: Case, reference: ImageReference, sure: Confidence) -> Self:
        """Compare the Pod's list with its ServiceAccount's."""
        account, listed, mine = look.account(case), look.inherits(case), case.view.secret_names
        sources = {credential.origin.source for credential in listed.usable(reference.repository)}
        covers = (s for s in listed.there if s.name not in mine and s.source in sources)
        facts = case.facts
        origin = list_origin(facts.pod, account.names, template_own=facts.template_own)
        return cls(look, case, reference, look.own(case), account, listed, origin, next(covers, None), sure)

    @property
    def own(self) -> bool:
        """Whether the Pod's list was written for it, so that nothing was inherited."""
        return self.origin is ListOrigin.OWN

    @property
    def account_hides(self) -> tuple[str, ...]:
        """Names that the ServiceAccount lists, the Pod lacks, and that could not be read."""
        mine = self.case.view.secret_names
        return tuple(name for name in self.listed.unreadable if name not in mine)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The Secrets of the namespace that are for the image and that the Pod does not name, best first."""
        case, mine = self.case, self.case.view.secret_names
        there = self.look.covering(case.namespace, self.reference.repository)
        found = [Offer.of(self.look, self.reference, s) for s in there if s.name not in mine]

        def rank(offer: Offer) -> tuple[bool, ...]:
            listed = offer.secret is self.account_covers
            return (offer.refused, not offer.accepted, not listed)

        return tuple(sorted(found, key=rank))

    @property
    def fixes_of_offer(self) -> tuple[Fix, ...]:
        """What gives the Pod one of these; where the registry was not asked, a person has to agree."""
        good = [offer for offer in self.offers if not offer.refused]
        if not good:
            return ()
        given = self.give(good[0].secret.name)
        return given if good[0].accepted else tuple(map(mends.by_hand, given))

    def give(self, secret: str) -> tuple[Fix, ...]:
        """What gives the Pod a Secret: by its ServiceAccount, where its list is that one's."""
        if self.origin is not ListOrigin.INHERITED:
            return (mends.attach_own(self.case, secret),)
        return (mends.attach(self.case, secret), mends.remake(self.case, secret))

    @property
    def predates(self) -> bool:
        """Whether the Pod would have had something for the image, had it been made later."""
        return self.origin is ListOrigin.INHERITED and bool(self.account_covers or self.account_hides)
