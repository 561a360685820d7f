"""Rules on where a Pod's list of Secrets comes from, and on names behind which there is nothing."""

from dataclasses import dataclass, replace
from typing import Self

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import mends, words
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.lookup import Account, Lookup
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.rings import Ring
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.images import ImageReference
from pullsecret.core.pullsecrets import Secret


@dataclass(frozen=True, slots=True)
class Gap:
    """A container for whose image its Pod has no credential, and what may be behind that.

    Attributes:
        ring: the Secrets that the Pod names.
        account: its ServiceAccount.
        listed: the Secrets that the ServiceAccount lists now.
        own: whether the Pod's list was written for it, or for its workload, so that nothing was inherited.
        account_covers: a Secret that the ServiceAccount lists, the Pod lacks, and that covers the image.
        sure: how sure it is that the image needs a credential at all.
    """

    look: Lookup
    case: Case
    reference: ImageReference
    ring: Ring
    account: Account
    listed: Ring
    own: bool
    account_covers: Secret | None
    sure: Confidence

    @classmethod
    def of(cls, look: Lookup, case: Case, reference: ImageReference, sure: Confidence) -> Self:
        """Compare the Pod's list with its ServiceAccount's."""
        account, listed, mine = look.account(case), look.inherits(case), case.view.secret_names
        sources = {credential.origin.source for credential in listed.usable(reference.repository)}
        covers = (s for s in listed.there if s.name not in mine and s.source in sources)
        own, first = is_own(case, account), next(covers, None)
        return cls(look, case, reference, look.own(case), account, listed, own, first, sure)

    @property
    def account_hides(self) -> tuple[str, ...]:
        """Names that the ServiceAccount lists, the Pod lacks, and that could not be read."""
        mine = self.case.view.secret_names
        return tuple(name for name in self.listed.unreadable if name not in mine)

    @property
    def fixes_of_account(self) -> tuple[Fix, ...]:
        """What gives the ServiceAccount's Secret to a workload whose own list hides it."""
        if not (self.own and self.account_covers):
            return ()
        return (mends.attach_own(self.case, self.account_covers.name),)

    @property
    def predates(self) -> bool:
        """Whether the Pod would have had something for the image, had it been made later."""
        return not self.own and bool(self.account_covers or self.account_hides)


def is_own(case: Case, account: Account) -> bool:
    """Whether a Pod's list is its own.

    What its owner's template names decides. Of a Pod without one, a list whose every name is the
    ServiceAccount's is taken for inherited: which of the two it is cannot be seen on the Pod.
    """
    if case.facts.template_names is not None:
        return bool(case.facts.template_names)
    if not case.view.own_list:
        return False
    return not case.view.secret_names or not set(case.view.secret_names) <= set(account.names)


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
    failed = [answer for answer in answers if answer.is_verdict]
    if not failed or any(answer.works for answer in answers):
        return ruling
    # Made again it would be refused too: nothing of this is to be done without thought.
    remake = tuple(Fix(fix.description, fix.command) for fix in ruling.fixes)
    fixes = (mends.renew(gap.case, gap.reference, failed[0].credential), *remake)
    summary = f"{ruling.summary}, once the registry accepts that Secret's credential"
    ruling = replace(ruling, summary=summary, fixes=fixes).at_most(Confidence.LIKELY)
    return ruling.or_else(failed[0].probe.cause or Cause.UNKNOWN)


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
    there = gap.look.covering(case.namespace, reference.repository)
    if there:
        # The best is one that the registry is known to accept.
        accepted = [secret for secret in there if _is_accepted(gap, secret)]
        chosen = (accepted or list(there))[0].name
        return (mends.attach(case, chosen), mends.remake(case, chosen))
    if gap.listed.missing:
        name = gap.listed.missing[0]
        return (*_copies(gap, name), mends.create(case, reference, name), mends.remake(case, name))
    return (mends.create(case, reference, to=case.view.service_account), mends.remake(case))


def _is_accepted(gap: Gap, secret: Secret) -> bool:
    credentials = gap.look.ring(secret.namespace, (secret.name,)).usable(gap.reference.repository)
    return any(answer.works for answer in gap.look.answers(gap.reference, credentials))


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
    fixes = (*_copies(gap, name), mends.create(case, gap.reference, name), *gap.fixes_of_account)
    return Ruling(Cause.SECRET_MISSING, gap.sure, summary, tuple(evidence), fixes)
