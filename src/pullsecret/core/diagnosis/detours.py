"""Rules for failures of which the node tells the last step, and the registry told the cause before that."""

from collections.abc import Sequence

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import words
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.lookup import Answer, Lookup
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.refused import refused
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.diagnosis.told import MENDS
from pullsecret.core.explain.answers import status_of
from pullsecret.core.images import ImageReference

_OF_A_FALLBACK = frozenset({
    Cause.TLS_UNKNOWN_AUTHORITY, Cause.TLS_INVALID_CERTIFICATE, Cause.HTTP_HTTPS_MISMATCH,
})  # fmt: skip


def detour(look: Lookup, case: Case, reference: ImageReference, answers: Sequence[Answer]) -> Ruling | None:
    """Tell what is behind a failure that the node had on its way; None where it is just what it says."""
    return _missing(look, case, reference, answers) or _wrong_protocol(look, case, answers)


def _missing(look: Lookup, case: Case, reference: ImageReference, answers: Sequence[Answer]) -> Ruling | None:
    """The node met a certificate that it does not know, and the registry has no such image.

    Containerd passes over a 404 and goes on to the next address that it has for the registry; a `server`
    of a hosts.toml is such a one, for which the `ca` or plain HTTP of the first does not hold. It then
    tells of that failure alone (containerd, `remotes/docker/resolver.go`, `Resolve`).
    """
    said, causes = look.said(case), {answer.probe.cause for answer in answers}
    if said not in _OF_A_FALLBACK or Cause.IMAGE_NOT_FOUND not in causes or None in causes:
        return None
    why = (
        "of a registry with several addresses containerd passes over a 404, and tells how the last one failed"
    )
    ruling = refused(look, case, reference, answers).at_most(Confidence.LIKELY)
    return ruling.or_else(said).with_evidence(why)


def _wrong_protocol(look: Lookup, case: Case, answers: Sequence[Answer]) -> Ruling | None:
    """The node got 400 from a registry that answers us: so does HTTPS whoever asks it by plain HTTP.

    Nodes ask registries on loopback by plain HTTP (containerd, `remotes/docker/config/hosts.go`); servers
    written in Go, and nginx, answer 400 to that, with words that are not in the node's message.
    """
    heard = [answer for answer in answers if answer.works or answer.is_verdict]
    if look.said(case) is not Cause.REGISTRY_ERROR or status_of(case.failure.message) != 400 or not heard:
        return None
    cause = Cause.HTTP_HTTPS_MISMATCH
    host = case.reference.registry if case.reference else ""
    return Ruling(
        cause,
        Confidence.LIKELY,
        f"{host} answers from here, and 400 to the node: as it does when it speaks HTTPS and the node asks "
        "by plain HTTP, which nodes do of registries on loopback",
        (*map(words.asked, answers), words.node_said(look, case)),
        (Fix(MENDS[cause]),),
        (Cause.REGISTRY_ERROR,),
    )
