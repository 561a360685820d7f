"""Rules for an image that the registry gives us, now, with just what the Pod has, and not the node."""

from datetime import datetime, timedelta

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS
from pullsecret.core.diagnosis import mends, words
from pullsecret.core.diagnosis.changes import moment
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.families import ACCESS
from pullsecret.core.diagnosis.lookup import Answer, Lookup
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.images import ImageReference
from pullsecret.core.pullsecrets import Secret

_MENDED_BY_SECRETS = ACCESS | {Cause.UNKNOWN, Cause.SECRET_MALFORMED}
BACK_OFF_MAX = timedelta(minutes=5)
"""So long ago was the last try at most, where no event tells of it."""

SEVERAL = 3
"""So many failures of one kind are no hiccup of the kubelet's cache."""


def allowed(look: Lookup, case: Case, reference: ImageReference, answer: Answer) -> Ruling:
    """Tell the architecture, a Secret that came late, and a difference between here and the node apart."""
    ruling = (
        wrong_platform(look, case, reference, answer)
        or _late_secret(look, case, answer)
        or _pushed_since(look, case, reference)
        or _seen_differently(look, case, reference, answer)
    )
    return ruling.with_evidence(words.asked(answer))


def wrong_platform(look: Lookup, case: Case, reference: ImageReference, answer: Answer) -> Ruling | None:
    """The image is there, and not for the node's system and architecture."""
    wanted, has = case.facts.platform, answer.probe.platforms
    said = look.said(case)
    if not has or (wanted and offers(has, wanted)) or not (wanted or said is Cause.PLATFORM_MISMATCH):
        return None
    agrees = said in (Cause.PLATFORM_MISMATCH, Cause.IMAGE_NOT_FOUND) and wanted
    runs = f"node {case.node} is {wanted}" if wanted else f"what node {case.node} is could not be read"
    build = f"build and push the image for {wanted or 'the platform of the node'} too"
    place = f"or have the Pod placed on a node that is {' or '.join(has)} (nodeSelector kubernetes.io/arch)"
    return Ruling(
        Cause.PLATFORM_MISMATCH,
        Confidence.CERTAIN if agrees else Confidence.LIKELY,
        f"{reference} is there for {', '.join(has)} only, and {runs}",
        (f"{runs}; the image is for {', '.join(has)}",),
        (Fix(build), Fix(place)),
    )


def offers(platforms: tuple[str, ...], wanted: str) -> bool:
    """Whether a platform is among those; ``linux/arm64`` is also offered by ``linux/arm64/v8``."""
    return any(has == wanted or has.startswith(f"{wanted}/") for has in platforms)


def _late_secret(look: Lookup, case: Case, answer: Answer) -> Ruling | None:
    """The Secret was made, or written, after the node last tried."""
    return late(look, case, look.own(case).secret_of(answer.credential.origin.source))


def late(look: Lookup, case: Case, secret: Secret | None) -> Ruling | None:
    """Tell of a Secret that is younger than what the node last said; the Pod recovers by itself."""
    said, now = look.said(case), look.snapshot.now
    tried = case.failure.last or max(now - BACK_OFF_MAX, case.created or now - BACK_OFF_MAX)
    if secret is None or said not in _MENDED_BY_SECRETS:
        return None
    made, written = moment(secret.created), look.written(secret)
    if made is not None and made > tried:
        what = f"Secret {secret.name} was made {words.at(made, now)}"
        return _recovers(Cause.SECRET_MISSING, case, what, tried, now)
    if written is not None and written > tried:
        what = f"Secret {secret.name} was changed {words.at(written, now)}"
        cause = Cause.UNAUTHORIZED if said is Cause.UNKNOWN else said
        return _recovers(cause, case, what, tried, now)
    return None


def _recovers(cause: Cause, case: Case, what: str, tried: datetime, now: datetime) -> Ruling:
    return Ruling(
        cause,
        Confidence.LIKELY,
        f"{what}, after the last try for Pod {case.pod}, which will recover by itself: {words.BACK_OFF}",
        (f"the node last tried {words.at(tried, now)}" if case.failure.last else "", what),
        (mends.wait(),),
    )


def _pushed_since(look: Lookup, case: Case, reference: ImageReference) -> Ruling | None:
    """The node found no such image, and now there is one."""
    said = look.said(case)
    if said not in (Cause.IMAGE_NOT_FOUND, Cause.PLATFORM_MISMATCH):
        return None
    ruling = Ruling(
        said,
        Confidence.POSSIBLE,
        f"The node did not find {reference}, and {reference.registry} has it now: it was pushed since, or "
        f"the node asks a mirror; {words.BACK_OFF}",
        (words.node_said(look, case),),
        (mends.wait(),),
    )
    return ruling.or_else(Cause.MIRROR_MISCONFIGURED)


def _seen_differently(look: Lookup, case: Case, reference: ImageReference, answer: Answer) -> Ruling:
    """What the Pod has works from here, and the node says that it did not."""
    said = look.said(case)
    anybody = answer.credential == ANONYMOUS
    having = "without a login" if anybody else f"with {words.of_secret(answer.credential)}"
    works = f"{reference.registry} gives {reference} from here, {having}"
    if said in ACCESS and case.failure.count < SEVERAL:
        summary = (
            f"{works}; the node was refused, which happens once when its cache of Secrets is late: "
            f"{words.BACK_OFF}"
        )
        fixes: tuple[Fix, ...] = (mends.wait(),)
    else:
        summary = (
            f"{works}, and node {case.node or 'of the Pod'} does not get it: the node sees another registry "
            "(mirror, proxy, name server, CA), or has not tried again"
        )
        fixes = (Fix("look at the node: its mirrors, proxy and CAs (/etc/containerd/certs.d, config.toml)"),)
    ruling = Ruling(said, Confidence.POSSIBLE, summary, (words.node_said(look, case),), fixes)
    return ruling.or_else(Cause.MIRROR_MISCONFIGURED, Cause.PROXY_FAILURE)
