"""The first sentence of each explanation, apart from the logic and ready to be translated.

`{image}`, `{host}` and `{secrets}` are the case's own names, or the words that stand for an unknown one.
"""

from collections.abc import Mapping
from typing import Final

from pullsecret.core.causes import Cause

SUMMARIES: Final[Mapping[Cause, str]] = {
    Cause.SECRET_MISSING: "The Pod names pull Secret {secrets}, which the kubelet could not get from the Pod's namespace",
    Cause.SECRET_MALFORMED: "A pull Secret of the Pod cannot be read; the kubelet then uses none of them, and does not "
    "ask for {image}",
    Cause.CREDENTIAL_REJECTED: "{host} rejects the login that was sent for {image}",
    Cause.CREDENTIAL_EXPIRED: "The credential that was sent to {host} for {image} has expired",
    Cause.CREDENTIAL_FORBIDDEN: "{host} does not let this account pull {image}",
    Cause.AUTH_MISSING: "{host} asks for a login for {image}, and none was sent",
    Cause.UNAUTHORIZED: "{host} wants a login for {image}; the message does not tell whether a wrong one was sent or none",
    Cause.DENIED_OR_MISSING: "{host} does not give {image}: it is not there, or not for who asked, and the registry does "
    "not tell which",
    Cause.CREDENTIAL_PROVIDER_FAILED: "The credential provider plugin of the node's kubelet gave no credential for {image}",
    Cause.IMAGE_NOT_FOUND: "{image} is not there: {host} has no such repository, tag or digest",
    Cause.PLATFORM_MISMATCH: "{image} is there, but not for the operating system and architecture of the node",
    Cause.INVALID_IMAGE_NAME: "{image} is no valid name of an image, so no registry was asked",
    Cause.SHORT_NAME_UNRESOLVED: "{image} names no registry, and the node's runtime does not guess one",
    Cause.NEVER_PULL: "The node does not have {image}, or not for this Pod's credentials, and imagePullPolicy Never forbids "
    "to fetch it",
    Cause.MANIFEST_UNSUPPORTED: "{image} is in a format that the node's runtime does not take",
    Cause.DIGEST_MISMATCH: "What was downloaded of {image} is not what its digest says",
    Cause.RATE_LIMITED: "{host} limits how often images are pulled, and the limit is reached for {image}",
    Cause.REGISTRY_ERROR: "{host} failed, or something before it did, when it was asked for {image}",
    Cause.REGISTRY_BLOCKED: "{host} refuses {image} by a rule of its own, whoever asks from there",
    Cause.TLS_UNKNOWN_AUTHORITY: "The node does not trust the authority that signed the certificate of {host}",
    Cause.TLS_INVALID_CERTIFICATE: "The certificate of {host} was not accepted; the message does not tell why",
    Cause.HTTP_HTTPS_MISMATCH: "{host} was asked in the wrong protocol: one side speaks HTTPS, the other HTTP",
    Cause.DNS_FAILURE: "The node's DNS gives no address for {host}",
    Cause.CONNECTION_REFUSED: "Nothing accepts connections at {host}, where {image} should come from",
    Cause.NETWORK_TIMEOUT: "The node could not talk to {host}: no connection came about, or it broke off",
    Cause.PROXY_FAILURE: "The proxy that the node is set to use did not pass its request on to {host}",
    Cause.MIRROR_MISCONFIGURED: "{host}, which the node asks as a mirror, did not answer as a registry for {image}",
    Cause.DISK_FULL: "The disk of the node is full: there was no room for {image}",
    Cause.UNPACK_FAILED: "{image} could not be unpacked on the node",
    Cause.PULL_THROTTLED: "The kubelet holds {image} back: more pulls were started on the node than it allows at once",
    Cause.PULL_CANCELED: "The pull of {image} was given up before it ended",
    Cause.SIGNATURE_REJECTED: "The signature policy of the node does not accept {image}",
    Cause.NODE_CLOCK_SKEW: "By the node's clock, what {host} gave is not valid yet: that clock is probably wrong",
    Cause.UNKNOWN: "These words tell no cause that is known",
}

_ELSEWHERE: Final = "This is no image pull problem: "

NOTES: Final[Mapping[str, str]] = {
    "container-stops": _ELSEWHERE
    + "the image is there, and its container does not start or does not keep running",
    "container-config": _ELSEWHERE
    + "the container's configuration cannot be made; mostly a Secret, ConfigMap or key that it "
    "names is not there",
    "container-create": _ELSEWHERE + "the image is there, and the runtime cannot create the container",
    "scheduling": _ELSEWHERE + "the scheduler finds no node for the Pod, so nothing is pulled yet",
    "volumes": _ELSEWHERE + "a volume of the Pod cannot be mounted",
    "probes": _ELSEWHERE + "the container runs, and does not answer its probe",
    "sandbox": _ELSEWHERE + "the node cannot make the Pod's sandbox or its network",
    "evicted": _ELSEWHERE + "the Pod was evicted, since the node ran short of something",
    "refused-by-api": _ELSEWHERE
    + "the API server refused to create the Pod, by a quota, a policy or a webhook",
    "kubectl": _ELSEWHERE + "it is between you and the cluster's API server",
    "bare-pull": "{said} says that an image could not be pulled, and names no cause; that stands in the Pod's events",
    "bare-state": "{said} names no cause; the Pod's events do",
    "back-off": "The kubelet waits before it tries {image} again; why it failed stands in another event of the Pod",
    "runtime-down": "The container runtime of the node does not answer on its socket; no registry was asked for {image}",
    "runtime-slow": "The container runtime of the node did not answer in time when it was asked whether {image} is there; no "
    "registry was asked",
    "runtime-version": "The node's container runtime does not speak this version of CRI; no registry was asked for {image}",
    "certificate-expired": "The certificate of {host} has expired",
    "certificate-name": "The certificate of {host} is for other names than this one",
    "certificate-address": "The certificate of {host} does not have this address in it",
    "certificate-common-name": "The certificate of {host} has its name as common name only, which no longer counts",
    "certificate-dates": "The certificate of {host} has expired, or is not valid yet by the node's clock; the message does not "
    "tell which",
    "certificate-early": "The certificate of {host} is not valid yet by the node's clock, which is probably behind",
    "speaks-http": "{host} speaks plain HTTP, and the node asked it by HTTPS",
    "speaks-https": "{host} speaks HTTPS, and the node asked it by plain HTTP",
    "dns-public": "The node cannot look up {host}, which is there for everybody: its DNS fails, or it has no way to the internet",
    "dns-cluster-name": "{host} is a name that only the cluster's own DNS knows; images are pulled by the node, which asks its own",
    "dns-no-answer": "The name server that the node asked for {host} gave no answer; whether the name exists is not told",
    "refused-loopback": "{host} is the node itself, and nothing accepts connections there",
}
"""Sentences of rules that have something of their own to tell."""

AN_IMAGE: Final = "the image"
A_REGISTRY: Final = "the registry"
UNNAMED: Final = "(not named)"
