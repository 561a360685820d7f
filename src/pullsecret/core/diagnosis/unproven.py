"""Rules for a credential that covers the image, where the registry was not asked, or could not be."""

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import mends, words
from pullsecret.core.diagnosis.allowed import late
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.families import ACCESS
from pullsecret.core.diagnosis.lookup import Lookup
from pullsecret.core.diagnosis.model import Confidence
from pullsecret.core.diagnosis.refused import expired
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.diagnosis.told import by_message
from pullsecret.core.expiry import describe_left
from pullsecret.core.images import ImageReference

AGAIN = 2
"""So many refusals in a row are no hiccup: of 40 Pods with good Secrets 3 saw one, and none saw two."""


def unproven(look: Lookup, case: Case, reference: ImageReference) -> Ruling:
    """Go by the node's word, by times, and by what the credential says of itself."""
    said, ring = look.said(case), look.own(case)
    usable = ring.usable(reference.repository)
    first = usable[0]
    if said not in ACCESS:
        return by_message(look, case, reference)
    ends = [(end, credential) for credential in usable if (end := expired(look, case, credential))]
    if len(ends) == len(usable):
        end, credential = ends[0]
        name = words.secret_name(credential.origin)
        left = describe_left(end, look.snapshot.now)
        summary = f"The credential of {credential.username} in Secret {name} {left}"
        fixes = (mends.renew(case, reference, credential),)
        return Ruling(Cause.CREDENTIAL_EXPIRED, Confidence.LIKELY, summary, fixes=fixes)
    if ruling := late(look, case, ring.secret_of(first.origin.source)):
        return ruling
    tried = tuple(f"the kubelet tries {words.who(credential)}" for credential in usable)
    if said is Cause.DENIED_OR_MISSING:
        summary = (
            f"{reference.registry} does not give {reference} to {first.username}, and does not tell whether "
            "it exists: the name is wrong, or a right is missing"
        )
    else:
        summary = (
            f"{reference.registry} refused {reference} to the node; Secret "
            f"{words.secret_name(first.origin)} covers it, and whether its login works is not known"
        )
    fixes = (mends.verify(case, reference, words.secret_name(first.origin)),)
    if said is Cause.UNAUTHORIZED and case.failure.count >= AGAIN:
        renewed = (mends.renew(case, reference, first), *fixes)
        return Ruling(Cause.CREDENTIAL_REJECTED, Confidence.LIKELY, summary, tried, renewed).or_else(said)
    others = {Cause.CREDENTIAL_REJECTED, Cause.DENIED_OR_MISSING, Cause.CREDENTIAL_FORBIDDEN} - {said}
    ruling = Ruling(said, look.sure(case), summary, tried, fixes)
    if said is Cause.UNAUTHORIZED:
        ruling = ruling.at_most(Confidence.POSSIBLE)
    return ruling.or_else(*sorted(others))
