"""Rules for a credential that covers the image, where the registry was not asked, or could not be."""

from collections.abc import Sequence

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
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
    if look.said(case) not in ACCESS:
        return by_message(look, case, reference)
    usable = look.own(case).usable(reference.repository)
    ruling = (
        _expired(look, case, reference, usable)
        or late(look, case, look.own(case).secret_of(usable[0].origin.source))
        or _rejected(look, case, reference, usable[0])
        or _unsettled(look, case, reference, usable[0])
    )
    return ruling.with_evidence(*(f"the kubelet tries {words.who(credential)}" for credential in usable))


def _expired(
    look: Lookup, case: Case, reference: ImageReference, usable: Sequence[Credential]
) -> Ruling | None:
    """Everything that is sent says of itself that its time is over."""
    ends = [expired(look, case, credential) for credential in usable]
    if not all(ends) or ends[0] is None:
        return None
    name, left = words.secret_name(usable[0].origin), describe_left(ends[0], look.snapshot.now)
    summary = f"The credential of {usable[0].username} in Secret {name} {left}"
    fixes = (mends.renew(case, reference, usable[0]),)
    return Ruling(Cause.CREDENTIAL_EXPIRED, Confidence.LIKELY, summary, fixes=fixes)


def _rejected(look: Lookup, case: Case, reference: ImageReference, first: Credential) -> Ruling | None:
    """The node says so in as many words, or was refused again."""
    said, name = look.said(case), words.secret_name(first.origin)
    again = said is Cause.UNAUTHORIZED and case.failure.count >= AGAIN
    if said is not Cause.CREDENTIAL_REJECTED and not again:
        return None
    summary = f"{reference.registry} rejects the login that the node sends: {first.username} of Secret {name}"
    fixes = (mends.renew(case, reference, first), mends.verify(case, reference, name))
    ruling = Ruling(Cause.CREDENTIAL_REJECTED, Confidence.LIKELY, summary, fixes=fixes)
    return ruling.or_else(said, Cause.CREDENTIAL_EXPIRED)


def _unsettled(look: Lookup, case: Case, reference: ImageReference, first: Credential) -> Ruling:
    """Only the registry could tell."""
    said, name = look.said(case), words.secret_name(first.origin)
    summary = (
        f"{reference.registry} refused {reference} to the node; Secret {name} covers it, "
        "and whether its login works is not known"
    )
    if said is Cause.DENIED_OR_MISSING:
        summary = (
            f"{reference.registry} does not give {reference} to {first.username}, and does not tell whether "
            "it exists: the name is wrong, or a right is missing"
        )
    ruling = Ruling(said, look.sure(case), summary, fixes=(mends.verify(case, reference, name),))
    ruling = ruling.or_else(Cause.CREDENTIAL_FORBIDDEN, Cause.CREDENTIAL_REJECTED, Cause.DENIED_OR_MISSING)
    return ruling.at_most(Confidence.POSSIBLE) if said is Cause.UNAUTHORIZED else ruling
