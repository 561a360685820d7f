"""Rules over what the node itself said: names that are none, its disk, its clock, its way to the registry."""

from collections.abc import Sequence
from dataclasses import replace

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import mends, words
from pullsecret.core.diagnosis.facts import SANDBOX, Case
from pullsecret.core.diagnosis.lookup import Answer, Lookup
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.refused import missing_image
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.errors import InvalidImageReference
from pullsecret.core.images import ImageReference
from pullsecret.core.plaintext import printable


def invalid_name(look: Lookup, case: Case) -> Ruling:
    """The image's name fits no registry."""
    why = ""
    try:
        ImageReference.parse(case.image)
    except InvalidImageReference as error:
        why = error.message
    return Ruling(
        Cause.INVALID_IMAGE_NAME,
        Confidence.CERTAIN,
        printable(why) or f"The node takes {case.image} for no image's name",
        (words.node_said(look, case),),
        (Fix("write the image as [registry/]repository[:tag], in lower case and without a scheme"),),
    )


def never_pull(look: Lookup, case: Case) -> Ruling:
    """The policy forbids pulling, and the node lacks the image."""
    node = f"node {case.node}" if case.node else "the node"
    return Ruling(
        Cause.NEVER_PULL,
        Confidence.CERTAIN,
        f"The imagePullPolicy of container {case.container} is Never, and {case.image} is not on {node}",
        (words.node_said(look, case),),
        (Fix("set imagePullPolicy to IfNotPresent, or load the image onto every node that may run the Pod"),),
    )


def node_side(look: Lookup, case: Case) -> Ruling:
    """Take what only the node can know from its own words."""
    explained = look.explained(case)
    ruling = Ruling(
        explained.cause,
        look.sure(case),
        explained.summary,
        (words.node_said(look, case),),
        (Fix(MENDS[explained.cause]),) if explained.cause in MENDS else (),
    )
    return ruling.or_else(*explained.alternatives)


def network(look: Lookup, case: Case, reference: ImageReference, answers: Sequence[Answer]) -> Ruling:
    """Compare what the node met on its way with what we meet on ours."""
    ruling = node_side(look, case).with_evidence(*map(words.asked, answers))
    met = {answer.probe.cause for answer in answers}
    if ruling.cause in met:
        summary = f"{ruling.summary}; from here it is the same"
        fixes = (*ruling.fixes, *_again(case, reference, ruling.cause))
        return replace(ruling, confidence=Confidence.CERTAIN, summary=summary, alternatives=(), fixes=fixes)
    for cause in ruling.alternatives:
        if cause in met:
            return _agreed(_again(case, reference, cause), ruling, cause, answers)
    reached = [answer for answer in answers if answer.works or answer.is_verdict]
    if not reached:
        return ruling
    theirs = "the registry answers from here, so it is the node's own way to it (proxy, CAs, mirrors)"
    verdicts = [answer.probe.cause for answer in reached if answer.probe.cause]
    others = verdicts if len(verdicts) == len(reached) else []
    summary = f"{ruling.summary}; {theirs}"
    return replace(ruling, summary=summary).at_most(Confidence.LIKELY).or_else(*others)


def _again(case: Case, reference: ImageReference, cause: Cause) -> tuple[Fix, ...]:
    """Ask in the way that the registry seems to want, which then is known to be the trouble."""
    if cause not in ANOTHER_WAY:
        return ()
    return (mends.verify_so(case, reference, ANOTHER_WAY[cause]),)


def _agreed(again: tuple[Fix, ...], ruling: Ruling, cause: Cause, answers: Sequence[Answer]) -> Ruling:
    """Take what the node's words may mean too, since we met just that."""
    seen = next(answer.probe for answer in answers if answer.probe.cause is cause)
    summary = f"{seen.message or ruling.summary}; the node met it too"
    fixes = (*((Fix(MENDS[cause]),) if cause in MENDS else ()), *again)
    taken = replace(ruling, cause=cause, confidence=Confidence.CERTAIN, summary=summary, fixes=fixes)
    return replace(taken, alternatives=()).or_else(ruling.cause)


def unreached(look: Lookup, case: Case, answers: Sequence[Answer]) -> Ruling:
    """The node said nothing that tells, and neither did the registry; what kept us may keep the node too."""
    cause = next((answer.probe.cause for answer in answers if answer.probe.cause), Cause.UNKNOWN)
    return Ruling(
        cause,
        Confidence.POSSIBLE,
        f"The node does not say why it cannot pull {case.image}, and from here the registry cannot be asked",
        (words.node_said(look, case), *map(words.asked, answers)),
        (Fix(MENDS[cause]),) if cause in MENDS else (),
    )


def by_message(look: Lookup, case: Case, reference: ImageReference) -> Ruling:
    """Go by the node's words alone, since nothing else tells more."""
    said = look.said(case)
    ruling = node_side(look, case)
    if said is Cause.IMAGE_NOT_FOUND:
        fixes = (mends.set_image(case, ", or push this one; the Pod then recovers by itself"),)
        ruling = replace(ruling, summary=missing_image(reference), fixes=fixes)
    elif said is Cause.UNKNOWN:
        summary = f"Why {case.image} cannot be pulled is not to be seen from what there is"
        ask = () if case.role == SANDBOX else (mends.verify(case, reference),)
        ruling = replace(ruling, confidence=Confidence.POSSIBLE, summary=summary, fixes=ask)
    return ruling


ANOTHER_WAY = {
    Cause.TLS_UNKNOWN_AUTHORITY: "with the CA that signed its certificate",
    Cause.HTTP_HTTPS_MISMATCH: "by the other protocol",
}
"""By cause, how a registry can be asked from here that could not be asked as usual."""

MENDS = {
    Cause.CREDENTIAL_PROVIDER_FAILED: "look at the kubelet's credential provider on the node, and at its log",
    Cause.SHORT_NAME_UNRESOLVED: "write the image with its registry: CRI-O does not guess one",
    Cause.DISK_FULL: "free the node's disk (crictl rmi --prune), or give it more",
    Cause.UNPACK_FAILED: "pull again; if it stays so, push the image anew and look at the node's disk",
    Cause.PULL_THROTTLED: "wait: the kubelet limits its own pulls (registryPullQPS, maxParallelImagePulls)",
    Cause.PULL_CANCELED: "wait for the next try; raise the runtime's progress timeout for large images",
    Cause.SIGNATURE_REJECTED: "sign the image, or change the signature policy of the node",
    Cause.NODE_CLOCK_SKEW: "set the node's clock (chrony, ntpd)",
    Cause.MIRROR_MISCONFIGURED: "mend the mirror on the node (/etc/containerd/certs.d, registries.conf)",
    Cause.MANIFEST_UNSUPPORTED: "push it again with a present-day tool, or: skopeo copy --format oci",
    Cause.DIGEST_MISMATCH: "look at caches and proxies on the way: one cuts or changes what is sent",
    Cause.REGISTRY_BLOCKED: "ask the registry's administrator: a rule refuses the image, or the node's place",
    Cause.PLATFORM_MISMATCH: "build the image for the node's platform, or place the Pod on another node",
    Cause.RATE_LIMITED: "wait, pull with a login of a higher limit, or through a cache of your own",
    Cause.REGISTRY_ERROR: "look at the registry, and at proxies before it: it did not answer as one",
    Cause.TLS_UNKNOWN_AUTHORITY: "give the node the registry's CA (/etc/containerd/certs.d/HOST/ca.crt)",
    Cause.TLS_INVALID_CERTIFICATE: "give the registry a certificate for this name, or use the name it has",
    Cause.HTTP_HTTPS_MISMATCH: (
        "have the registry speak HTTPS, or tell the node's runtime that it speaks plain HTTP "
        "(/etc/containerd/certs.d/HOST/hosts.toml)"
    ),
    Cause.DNS_FAILURE: "check the spelling of the registry's name, and the name server of the node",
    Cause.CONNECTION_REFUSED: "start the registry, or check its address and port, and what filters them",
    Cause.NETWORK_TIMEOUT: "check routes and firewalls between the node and the registry",
    Cause.PROXY_FAILURE: "check the proxy that the node's runtime is told to use (HTTP_PROXY, NO_PROXY)",
}
"""By cause, what to do on the node or at the registry, where no command of ours does it."""
