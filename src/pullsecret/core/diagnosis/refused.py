"""Rules over registries' answers: what it means that none of a Pod's credentials gets its image."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis import mends, words
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.families import ACCESS, REFUSALS
from pullsecret.core.diagnosis.lookup import Answer, Lookup
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.expiry import describe_left, expiry_of
from pullsecret.core.images import ImageReference

_EXPIRES_AS = frozenset({
    Cause.CREDENTIAL_REJECTED, Cause.UNAUTHORIZED, Cause.DENIED_OR_MISSING, Cause.CREDENTIAL_FORBIDDEN,
})  # fmt: skip
"""What registries answer to a token whose time is over."""


def refused(look: Lookup, case: Case, reference: ImageReference, answers: Sequence[Answer]) -> Ruling:
    """Judge answers of which none is the image, and one at least a verdict.

    Of several, the one that got furthest counts: a login that finds no image proves more than another
    that is rejected.
    """
    judged = [_judged(look, case, answer) for answer in answers if answer.is_verdict]
    cause, answer = min(judged, key=lambda pair: REFUSALS.index(pair[0]))
    cause = _settled(look, reference, cause)
    said = look.said(case)
    agrees = said in ACCESS or said in (cause, Cause.UNKNOWN, Cause.IMAGE_NOT_FOUND)
    ruling = Ruling(
        cause,
        Confidence.CERTAIN if agrees else Confidence.LIKELY,
        _summary(look, case, reference, cause, answer),
        tuple(map(words.asked, answers)),
        _fixes(look, case, reference, cause, answer),
    )
    return _compared(look, reference, ruling, answer).or_else(*_others(cause, answer))


def expired(look: Lookup, case: Case, credential: Credential) -> datetime | None:
    """Tell when a credential expired; None when it did not, or does not say."""
    secret = look.own(case).secret_of(credential.origin.source)
    annotations = secret.annotations if secret else {}
    expires = expiry_of(credential, annotations=annotations)
    return expires if expires is not None and expires <= look.snapshot.now else None


def _judged(look: Lookup, case: Case, answer: Answer) -> tuple[Cause, Answer]:
    cause = answer.probe.cause or Cause.UNKNOWN
    credential = answer.credential
    if credential != ANONYMOUS and cause in _EXPIRES_AS:
        if expired(look, case, credential):
            return Cause.CREDENTIAL_EXPIRED, answer
        if not (credential.username and credential.password):
            return Cause.CREDENTIAL_REJECTED, answer
    return cause, answer


def _settled(look: Lookup, reference: ImageReference, cause: Cause) -> Cause:
    """Settle what a registry does not tell: an image that anybody else gets is there."""
    if cause is Cause.DENIED_OR_MISSING and _somebody_gets(look, reference) is not None:
        return Cause.CREDENTIAL_FORBIDDEN
    return cause


def _somebody_gets(look: Lookup, reference: ImageReference) -> Answer | None:
    known = look.asked_with(reference)
    return next((answer for answer in known if answer.works), None)


def _compared(look: Lookup, reference: ImageReference, ruling: Ruling, answer: Answer) -> Ruling:
    """Add what others get: nobody, or another login."""
    nobody = look.anonymous(reference)
    if nobody is not None and answer.credential != ANONYMOUS:
        ruling = ruling.with_evidence(words.asked(nobody))
    other = _somebody_gets(look, reference)
    if other is not None:
        ruling = ruling.with_evidence(words.asked(other))
    return ruling


def _others(cause: Cause, answer: Answer) -> tuple[Cause, ...]:
    if cause is Cause.DENIED_OR_MISSING:
        return (Cause.CREDENTIAL_FORBIDDEN, Cause.IMAGE_NOT_FOUND)
    if cause is Cause.IMAGE_NOT_FOUND and answer.credential == ANONYMOUS:
        return (Cause.NO_PULL_SECRET,)
    return ()


def _summary(look: Lookup, case: Case, reference: ImageReference, cause: Cause, answer: Answer) -> str:
    credential, registry = answer.credential, reference.registry
    user, secret = credential.username, words.secret_name(credential.origin)
    if cause is Cause.CREDENTIAL_EXPIRED:
        expires = expired(look, case, credential)
        left = describe_left(expires, look.snapshot.now) if expires else ""
        return f"The credential of {user} in Secret {secret} {left}, and {registry} refuses it"
    if cause is Cause.CREDENTIAL_REJECTED:
        return f"{registry} rejects the login of {user} from Secret {secret}: wrong user name or password"
    if cause is Cause.CREDENTIAL_FORBIDDEN:
        return (
            f"{registry} knows {user} from Secret {secret}, but does not let it pull {reference.repository}"
        )
    if cause is Cause.DENIED_OR_MISSING:
        return (
            f"{registry} does not give {reference} to {user} (Secret {secret}), and does not tell whether "
            "it exists: the name is wrong, or a right is missing"
        )
    if cause is Cause.IMAGE_NOT_FOUND:
        return missing_image(reference, answer)
    return answer.probe.message or f"{registry} does not give {reference}: {cause}"


def missing_image(reference: ImageReference, answer: Answer | None = None) -> str:
    """Say what of an image is not there, as far as the registry tells."""
    what = f"digest {reference.digest}" if reference.digest else f"tag {reference.tag}"
    if answer is None:
        return f"{reference.registry} has no {reference}"
    probe = answer.probe
    if probe.repository_there is False or probe.code == "NAME_UNKNOWN":
        return f"{reference.registry} has no repository {reference.path}"
    if probe.repository_there:
        return f"{reference.registry} has a repository {reference.path}, and no {what} in it"
    return (
        f"{reference.registry} has no {what} of {reference.path}: "
        f"the {what.split(maxsplit=1)[0]} or the repository is missing"
    )


def _fixes(
    look: Lookup, case: Case, reference: ImageReference, cause: Cause, answer: Answer
) -> tuple[Fix, ...]:
    credential = answer.credential
    secret = "" if credential == ANONYMOUS else words.secret_name(credential.origin)
    if cause is Cause.IMAGE_NOT_FOUND:
        return (mends.set_image(case, ", or push this one; the Pod then recovers by itself"),)
    if cause in (Cause.CREDENTIAL_REJECTED, Cause.CREDENTIAL_EXPIRED):
        renew = mends.renew(case, reference, credential)
        nobody = look.anonymous(reference)
        return (renew, mends.drop(case, reference, credential)) if nobody and nobody.works else (renew,)
    if cause is Cause.CREDENTIAL_FORBIDDEN:
        right = Fix(
            f"have {reference.registry} give {credential.username} the right to pull {reference.path}"
        )
        other = mends.renew(case, reference, credential, mends.USER)
        return (right, replace(other, description=f"or put another account into Secret {secret}"))
    if cause is Cause.DENIED_OR_MISSING:
        given = f"have {credential.username} given the right to pull {reference.path}"
        return (
            Fix(f"check the spelling of {reference}; if it is right, {given}"),
            mends.verify(case, reference, secret),
        )
    return (Fix(answer.probe.hint),) if answer.probe.hint else (mends.verify(case, reference, secret),)
