"""What the common codes and statuses of registries mean, where nothing more precise was said.

Source: the distribution specification; distribution, registry/api/errcode; containerd, core/remotes/docker;
containers/image, docker/errors.go; moby, distribution/errors.go.
"""

from pullsecret.core.causes import Cause
from pullsecret.core.explain import hosts
from pullsecret.core.explain.message import Message
from pullsecret.core.explain.rules.rule import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    Rule,
    code,
    every,
    registry,
    status,
)

_C = Cause
_WITH_LOGIN = (_C.CREDENTIAL_FORBIDDEN, _C.AUTH_MISSING, _C.IMAGE_NOT_FOUND)


def _is_server_error(message: Message) -> bool:
    return 500 <= message.status < 600


def _is_denied_words(message: Message) -> bool:
    return message.code == "DENIED" or (message.code == "FORBIDDEN" and bool(message.detail))


MISSING: tuple[Rule, ...] = (
    Rule(
        "distribution",
        _C.IMAGE_NOT_FOUND,
        CERTAIN,
        (
            r"manifest unknown",
            r"name unknown",
            r".*named manifest is not known",
            r".*Requested image not found",
            r".*does not exist in the registry",
            r"manifest for .*not found(?:$|\n)(?!.*denied)",
            r".*Failed to fetch <name> from request",
        ),
    ),
    Rule("distribution", _C.IMAGE_NOT_FOUND, CERTAIN, when=code("MANIFEST_UNKNOWN", "NAME_UNKNOWN")),
    Rule(
        "Harbor",
        _C.IMAGE_NOT_FOUND,
        CERTAIN,
        (
            r"(?:.* )?(?:resource|artifact|repository|project|repo|tag) .*\bnot found(?!\ndoes not exist or)",
            r"resource not found",
        ),
    ),
    # Registries of that time said 404 to whom they did not know, and Docker this.
    Rule(
        "kubelet",
        _C.IMAGE_NOT_FOUND,
        POSSIBLE,
        (r"(?:error )?image \S+ not found",),
        (_C.DENIED_OR_MISSING, _C.AUTH_MISSING),
        lambda message: "no credentials on this request" in message.text,
    ),
    Rule(
        "Docker",
        _C.IMAGE_NOT_FOUND,
        LIKELY,
        (
            r"(?:error )?(?:image|tag) \S+ (?:was )?not found",
            r".*No such image",
            r".*could not find image",
        ),
        (_C.DENIED_OR_MISSING,),
    ),
    Rule(
        "containerd",
        _C.IMAGE_NOT_FOUND,
        LIKELY,
        (r"failed to resolve (?:reference|image) <name>\n.*\nnot found",),
        (_C.DENIED_OR_MISSING,),
    ),
)

REFUSED: tuple[Rule, ...] = (
    Rule(
        "containerd",
        _C.UNAUTHORIZED,
        LIKELY,
        (r"pull access denied.*\n(?:server message\n)?invalid_token",),
        (_C.CREDENTIAL_REJECTED, _C.NODE_CLOCK_SKEW, _C.REGISTRY_ERROR),
    ),
    Rule(
        "distribution",
        _C.DENIED_OR_MISSING,
        LIKELY,
        (
            r".*pull access denied",
            r"requested access to the resource is denied",
            r"insufficient_scope",
            r"access forbidden",
            r"denied denied$",
            r"does not exist or no pull access",
            r".*repository does not exist or may require",
        ),
        _WITH_LOGIN,
    ),
    Rule("distribution", _C.DENIED_OR_MISSING, LIKELY, alternatives=_WITH_LOGIN, when=_is_denied_words),
    Rule(
        "distribution",
        _C.UNAUTHORIZED,
        LIKELY,
        (
            r"authentication required",
            r"unauthorized(?:$|\n)",
            r".*unauthorized to access repository",
        ),
        (_C.AUTH_MISSING, _C.CREDENTIAL_REJECTED, _C.CREDENTIAL_FORBIDDEN),
    ),
    Rule(
        "distribution",
        _C.UNAUTHORIZED,
        LIKELY,
        when=status(401),
        alternatives=(_C.CREDENTIAL_REJECTED, _C.AUTH_MISSING, _C.CREDENTIAL_FORBIDDEN),
    ),
    Rule(
        "Amazon ECR",
        _C.CREDENTIAL_FORBIDDEN,
        POSSIBLE,
        when=every(registry(hosts.ECR), status(403)),
        alternatives=(_C.CREDENTIAL_EXPIRED, _C.IMAGE_NOT_FOUND),
    ),
    Rule(
        "token services",
        _C.DENIED_OR_MISSING,
        POSSIBLE,
        alternatives=_WITH_LOGIN,
        when=every(registry(hosts.GITLAB, hosts.GHCR), status(403)),
    ),
    Rule(
        "distribution",
        _C.CREDENTIAL_FORBIDDEN,
        POSSIBLE,
        when=status(403),
        alternatives=(_C.DENIED_OR_MISSING, _C.REGISTRY_BLOCKED, _C.CREDENTIAL_REJECTED),
    ),
    Rule(
        "runtimes",
        _C.CREDENTIAL_FORBIDDEN,
        POSSIBLE,
        (r"Forbidden(?:$|\n)",),
        (_C.DENIED_OR_MISSING, _C.REGISTRY_BLOCKED),
    ),
)

NOT_THERE: tuple[Rule, ...] = (
    Rule("distribution", _C.IMAGE_NOT_FOUND, LIKELY, when=status(404), alternatives=(_C.DENIED_OR_MISSING,)),
    Rule(
        "Artifactory",
        _C.IMAGE_NOT_FOUND,
        LIKELY,
        alternatives=(_C.DENIED_OR_MISSING,),
        when=lambda message: message.code == "UNKNOWN" and message.detail.casefold() == "not found",
    ),
    Rule(
        "containerd",
        _C.IMAGE_NOT_FOUND,
        LIKELY,
        (r"(?:content at|could not fetch content)",),
        (_C.REGISTRY_ERROR, _C.MIRROR_MISCONFIGURED),
    ),
    Rule(
        "distribution",
        _C.IMAGE_NOT_FOUND,
        LIKELY,
        when=code("NOT_FOUND", "NAME_INVALID", "TAG_INVALID"),
        alternatives=(_C.DENIED_OR_MISSING,),
    ),
    Rule(
        "gRPC",
        _C.IMAGE_NOT_FOUND,
        POSSIBLE,
        (r"not found(?:$|\n)",),
        (_C.DENIED_OR_MISSING, _C.REGISTRY_ERROR),
        lambda message: message.grpc in {"NotFound", ""} and bool(message.image),
    ),
)

ERRORS: tuple[Rule, ...] = (
    Rule("distribution", _C.REGISTRY_ERROR, LIKELY, alternatives=(_C.PROXY_FAILURE,), when=_is_server_error),
    Rule(
        "distribution",
        _C.MANIFEST_UNSUPPORTED,
        POSSIBLE,
        when=code("MANIFEST_INVALID", "UNSUPPORTED"),
        alternatives=(_C.REGISTRY_ERROR,),
    ),
    Rule(
        "distribution",
        _C.REGISTRY_ERROR,
        LIKELY,
        (
            r"blob unknown",
            r"unknown blob",
            r"stopped after \d+ redirects",
            r".*response missing Location header",
            r".*Content-Length\b",
            r"(?:received )?unexpected HTTP status",
            r"missing realm",
            r".*did not include a token",
            r".*unable to decode token",
            r".*no token in (?:bearer )?response",
            r".*(?:too large|exceeds maximum)",
            r".*reports content size of zero",
            r"invalid (?:digest|content digest)",
            r"failed to find supported auth scheme",
            r"no realm specified",
            r".*malformed HTTP",
            r".*invalid header",
        ),
        (_C.MIRROR_MISCONFIGURED,),
    ),
    Rule(
        "runtimes",
        _C.REGISTRY_ERROR,
        POSSIBLE,
        (
            r"(?:error )?parsing HTTP \d+ response body",
            r"invalid character .* looking for",
            r"unexpected end of JSON input",
        ),
        (_C.PROXY_FAILURE, _C.MIRROR_MISCONFIGURED),
    ),
    Rule("distribution", _C.REGISTRY_ERROR, POSSIBLE, when=lambda message: message.status >= 300),
    Rule("distribution", _C.REGISTRY_ERROR, POSSIBLE, when=lambda message: bool(message.code)),
    Rule(
        "CRI-O",
        _C.REGISTRY_ERROR,
        POSSIBLE,
        (
            r"RegistryUnavailable",
            r".*registry is unavailable",
        ),
        (_C.NETWORK_TIMEOUT, _C.CONNECTION_REFUSED),
    ),
    # Kubernetes before 1.6 put these words before every failure of some registries.
    Rule(
        "kubelet",
        _C.AUTH_MISSING,
        POSSIBLE,
        (r".*may be because there are no credentials on this request",),
        (_C.DENIED_OR_MISSING, _C.IMAGE_NOT_FOUND),
    ),
)
