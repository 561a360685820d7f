"""Causes by what can settle them: credentials, the node alone, or the way to the registry."""

from pullsecret.core.causes import Cause

ACCESS = frozenset({
    Cause.NO_PULL_SECRET, Cause.POD_PREDATES_ATTACH, Cause.SECRET_MISSING, Cause.SECRET_WRONG_TYPE,
    Cause.SECRET_NO_CREDENTIAL, Cause.SECRET_HOST_MISMATCH, Cause.CREDENTIAL_REJECTED,
    Cause.CREDENTIAL_EXPIRED, Cause.CREDENTIAL_FORBIDDEN, Cause.AUTH_MISSING, Cause.UNAUTHORIZED,
    Cause.DENIED_OR_MISSING,
})  # fmt: skip
"""The registry refused whoever asked: which Secrets the Pod has, and what they are worth, decides."""

NODE = frozenset({
    Cause.CREDENTIAL_PROVIDER_FAILED, Cause.SHORT_NAME_UNRESOLVED, Cause.DISK_FULL, Cause.UNPACK_FAILED,
    Cause.PULL_THROTTLED, Cause.PULL_CANCELED, Cause.SIGNATURE_REJECTED, Cause.NODE_CLOCK_SKEW,
})  # fmt: skip
"""Only the node can tell: no look at Secrets, and no question to a registry, says more."""

NETWORK = frozenset({
    Cause.RATE_LIMITED, Cause.REGISTRY_ERROR, Cause.TLS_UNKNOWN_AUTHORITY, Cause.TLS_INVALID_CERTIFICATE,
    Cause.HTTP_HTTPS_MISMATCH, Cause.DNS_FAILURE, Cause.CONNECTION_REFUSED, Cause.NETWORK_TIMEOUT,
    Cause.PROXY_FAILURE, Cause.MIRROR_MISCONFIGURED,
})  # fmt: skip
"""The node got no verdict from the registry; whether we get one tells whose the trouble is."""

IMAGE = frozenset({
    Cause.IMAGE_NOT_FOUND, Cause.PLATFORM_MISMATCH, Cause.MANIFEST_UNSUPPORTED, Cause.DIGEST_MISMATCH,
    Cause.REGISTRY_BLOCKED,
})  # fmt: skip
"""The registry let the node in, and the image is the trouble."""

REFUSALS = (
    Cause.IMAGE_NOT_FOUND, Cause.PLATFORM_MISMATCH, Cause.MANIFEST_UNSUPPORTED, Cause.DIGEST_MISMATCH,
    Cause.REGISTRY_BLOCKED, Cause.CREDENTIAL_FORBIDDEN, Cause.DENIED_OR_MISSING, Cause.CREDENTIAL_EXPIRED,
    Cause.CREDENTIAL_REJECTED, Cause.UNAUTHORIZED, Cause.AUTH_MISSING,
)  # fmt: skip
"""Verdicts of registries; of several credentials' the first of these tells most: it got the furthest."""

PUBLIC_REGISTRIES = frozenset({
    "docker.io", "quay.io", "ghcr.io", "gcr.io", "registry.k8s.io", "mcr.microsoft.com", "public.ecr.aws",
    "registry.gitlab.com",
})  # fmt: skip
"""Where most images need no login, so that a refusal without one is as often a misspelt name."""
