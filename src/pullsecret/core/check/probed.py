"""The rules of `check --probe`: what a registry's answers mean for an image."""

from collections.abc import Sequence
from datetime import datetime

from pullsecret.core.causes import Cause
from pullsecret.core.check import mends
from pullsecret.core.check.cases import Case, secret_name
from pullsecret.core.check.model import Result
from pullsecret.core.check.verdict import Verdict, unsettled
from pullsecret.core.check.why import why_uncovered
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis.model import Confidence, Fix, Probe
from pullsecret.core.errors import VERDICTS
from pullsecret.core.expiry import describe_left, expiry_of
from pullsecret.core.images import ImageReference
from pullsecret.core.pullsecrets import Secret

Answers = Sequence[tuple[Credential, Probe]]

LOGIN_WANTED = frozenset({
    Cause.AUTH_MISSING, Cause.UNAUTHORIZED, Cause.CREDENTIAL_REJECTED, Cause.CREDENTIAL_FORBIDDEN,
    Cause.DENIED_OR_MISSING,
})  # fmt: skip
"""What a registry may say to somebody without a credential who needs one."""

TELLING = (
    Cause.IMAGE_NOT_FOUND, Cause.MANIFEST_UNSUPPORTED, Cause.DIGEST_MISMATCH, Cause.REGISTRY_BLOCKED,
    Cause.CREDENTIAL_FORBIDDEN, Cause.DENIED_OR_MISSING, Cause.CREDENTIAL_EXPIRED, Cause.CREDENTIAL_REJECTED,
)  # fmt: skip
"""Of several answers, the first of these is the one to go by: it came after the login was accepted."""


def judge_answers(
    case: Case,
    reference: ImageReference,
    answers: Answers,
    platforms: tuple[str, ...],
    shared: tuple[Secret, ...],
    now: datetime,
) -> Verdict:
    """Say what an image comes to that its registry was asked for, with all that the kubelet would try."""
    for credential, probe in answers:
        if probe.cause is None:
            return _given(credential, probe, platforms)
    if all(credential == ANONYMOUS for credential, _ in answers) and answers[0][1].cause in LOGIN_WANTED:
        return _needs_a_login(case, reference, answers[0][1], shared)
    return _refused(case, reference, answers, now)


def _given(credential: Credential, probe: Probe, platforms: tuple[str, ...]) -> Verdict:
    lacking = [platform for platform in platforms if not _offers(probe.platforms, platform)]
    who = "to anybody" if credential == ANONYMOUS else f"to {_who(credential)}"
    if not lacking:
        return Verdict(Result.PULLED, f"the registry gives it {who}")
    there = ", ".join(probe.platforms) or "none that it names"
    return Verdict(
        Result.FAILS,
        f"it is not there for {', '.join(lacking)}",
        Cause.PLATFORM_MISMATCH,
        Confidence.CERTAIN,
        (f"the registry has it for {there}",),
        (Fix("name an image that is built for all platforms asked for"),),
    )


def _offers(there: tuple[str, ...], platform: str) -> bool:
    """Whether a platform is there; ``linux/arm64`` is also offered by ``linux/arm64/v8``."""
    return any(has == platform or has.startswith(f"{platform}/") for has in there)


def _needs_a_login(
    case: Case, reference: ImageReference, probe: Probe, shared: tuple[Secret, ...]
) -> Verdict:
    """Judge an image that the registry does not give to just anybody, and that no login covers."""
    said = _said(ANONYMOUS, probe)
    if not case.settled:
        return Verdict(Result.UNKNOWN, f"{unsettled(case)}; {said}")
    why = why_uncovered(case, reference, shared)
    unclear = probe.cause is Cause.DENIED_OR_MISSING
    return Verdict(
        Result.FAILS,
        why.summary,
        why.cause,
        Confidence.LIKELY if unclear else Confidence.CERTAIN,
        (*why.evidence, said),
        why.fixes,
        (Cause.IMAGE_NOT_FOUND,) if unclear else (),
    )


def _refused(case: Case, reference: ImageReference, answers: Answers, now: datetime) -> Verdict:
    """Judge an image that nothing the kubelet would try can get."""
    credential, probe = min(answers, key=_rank)
    cause, summary = probe.cause or Cause.UNKNOWN, probe.message
    if cause in (Cause.CREDENTIAL_REJECTED, Cause.UNAUTHORIZED) and credential != ANONYMOUS:
        end = expiry_of(credential)
        if end is not None and end <= now:
            name = secret_name(credential.origin)
            cause, summary = Cause.CREDENTIAL_EXPIRED, f"the token in Secret {name} {describe_left(end, now)}"
    evidence = tuple(_said(tried, answer, already=summary) for tried, answer in answers)
    if cause not in VERDICTS:
        return Verdict(
            Result.NOT_ASKED, summary, cause, Confidence.POSSIBLE,
            (*evidence, "that is what this machine sees; the nodes may see it otherwise"), (mends.ask(case),),
        )  # fmt: skip
    return Verdict(
        Result.FAILS, summary, cause, Confidence.CERTAIN, evidence,
        _fixes(case, reference, credential, cause, probe.hint),
    )  # fmt: skip


def _rank(answer: tuple[Credential, Probe]) -> int:
    cause = answer[1].cause
    return TELLING.index(cause) if cause in TELLING else len(TELLING) + (cause not in VERDICTS)


def _fixes(
    case: Case, reference: ImageReference, credential: Credential, cause: Cause, hint: str
) -> tuple[Fix, ...]:
    about_credential = cause.value.startswith("credential-") or cause is Cause.UNAUTHORIZED
    if about_credential and credential != ANONYMOUS:
        return (mends.renew(case, reference, credential),)
    return (Fix(hint),) if hint else ()


def _said(credential: Credential, probe: Probe, *, already: str = "") -> str:
    who = "without a credential" if credential == ANONYMOUS else f"as {_who(credential)}"
    return f"asked from here {who}" if probe.message == already else f"asked from here {who}: {probe.message}"


def _who(credential: Credential) -> str:
    name = credential.username or "a user without a name"
    return f"{name} (Secret {secret_name(credential.origin)})"
