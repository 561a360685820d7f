"""Why a pull fails: the stable codes. They are the same in output, JSON, documents and metrics."""

from enum import StrEnum


class Cause(StrEnum):
    """One cause a pull can fail for. Codes never change their meaning."""

    # credentials
    NO_PULL_SECRET = "no-pull-secret"
    POD_PREDATES_ATTACH = "pod-predates-attach"
    SECRET_MISSING = "secret-missing"
    SECRET_WRONG_TYPE = "secret-wrong-type"
    SECRET_MALFORMED = "secret-malformed"
    SECRET_NO_CREDENTIAL = "secret-no-credential"
    SECRET_HOST_MISMATCH = "secret-host-mismatch"
    CREDENTIAL_REJECTED = "credential-rejected"
    CREDENTIAL_EXPIRED = "credential-expired"
    CREDENTIAL_FORBIDDEN = "credential-forbidden"
    AUTH_MISSING = "auth-missing"
    UNAUTHORIZED = "unauthorized"
    DENIED_OR_MISSING = "denied-or-missing"
    CREDENTIAL_PROVIDER_FAILED = "credential-provider-failed"
    # images
    IMAGE_NOT_FOUND = "image-not-found"
    PLATFORM_MISMATCH = "platform-mismatch"
    INVALID_IMAGE_NAME = "invalid-image-name"
    SHORT_NAME_UNRESOLVED = "short-name-unresolved"
    NEVER_PULL = "never-pull"
    MANIFEST_UNSUPPORTED = "manifest-unsupported"
    DIGEST_MISMATCH = "digest-mismatch"
    # registry and network
    RATE_LIMITED = "rate-limited"
    REGISTRY_ERROR = "registry-error"
    REGISTRY_BLOCKED = "registry-blocked"
    TLS_UNKNOWN_AUTHORITY = "tls-unknown-authority"
    TLS_INVALID_CERTIFICATE = "tls-invalid-certificate"
    HTTP_HTTPS_MISMATCH = "http-https-mismatch"
    DNS_FAILURE = "dns-failure"
    CONNECTION_REFUSED = "connection-refused"
    NETWORK_TIMEOUT = "network-timeout"
    PROXY_FAILURE = "proxy-failure"
    MIRROR_MISCONFIGURED = "mirror-misconfigured"
    # node
    DISK_FULL = "disk-full"
    UNPACK_FAILED = "unpack-failed"
    PULL_THROTTLED = "pull-throttled"
    PULL_CANCELED = "pull-canceled"
    SIGNATURE_REJECTED = "signature-rejected"
    NODE_CLOCK_SKEW = "node-clock-skew"

    UNKNOWN = "unknown"
