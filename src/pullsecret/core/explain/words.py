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
    Cause.NEVER_PULL: "{image} is not on the node, and imagePullPolicy Never forbids to fetch it",
    Cause.MANIFEST_UNSUPPORTED: "{image} is in a format that the node's runtime does not take",
    Cause.DIGEST_MISMATCH: "What was downloaded of {image} is not what its digest says",
    Cause.RATE_LIMITED: "{host} limits how often images are pulled, and the limit is reached for {image}",
    Cause.REGISTRY_ERROR: "{host} failed, or something before it did, when it was asked for {image}",
    Cause.REGISTRY_BLOCKED: "{host} refuses {image} by a rule of its own, whoever asks from there",
    Cause.TLS_UNKNOWN_AUTHORITY: "The node does not trust the authority that signed the certificate of {host}",
    Cause.TLS_INVALID_CERTIFICATE: "The certificate of {host} is not valid for this name, or not at this time",
    Cause.HTTP_HTTPS_MISMATCH: "{host} was asked for {image} in the wrong protocol: one side speaks HTTPS, the other HTTP",
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

NOTES: Final[Mapping[str, str]] = {
    "something-else": "This tells of something else than the pull of an image",
    "back-off": "The kubelet waits before it tries {image} again; why it failed stands in another event of the Pod",
    "runtime-down": "The container runtime of the node does not answer on its socket; no registry was asked for {image}",
}
"""Sentences of rules that have something of their own to tell."""

AN_IMAGE: Final = "the image"
A_REGISTRY: Final = "the registry"
UNNAMED: Final = "(not named)"
