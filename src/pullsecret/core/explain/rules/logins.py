"""What registries and their token services say of a login: none, a wrong one, one without the right.

Source: containerd, core/remotes/docker/authorizer.go; containers/image, docker/docker_client.go; the
registries' own answers, as their users report them.
"""

from pullsecret.core.causes import Cause
from pullsecret.core.explain import hosts
from pullsecret.core.explain.rules.rule import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    Rule,
    every,
    registry,
    status,
)

_C = Cause

REJECTED: tuple[Rule, ...] = (
    Rule(
        "Google",
        _C.UNAUTHORIZED,
        LIKELY,
        (r"You don'?t have the needed permissions to perform this operation, and you may",),
        (_C.CREDENTIAL_FORBIDDEN, _C.CREDENTIAL_REJECTED, _C.AUTH_MISSING),
    ),
    Rule(
        "CRI-O",
        _C.CREDENTIAL_REJECTED,
        LIKELY,
        (r"invalid username/password",),
        (_C.AUTH_MISSING, _C.CREDENTIAL_EXPIRED),
    ),
    Rule(
        "Docker Hub",
        _C.CREDENTIAL_REJECTED,
        CERTAIN,
        (
            r".*(?:incorrect|invalid|bad|wrong) (?:user ?name|account)(?: or|/| and) ?(?:password|token)",
            r".*wrong (?:user ?name|password)",
            r".*must log in with a Personal Access Token",
        ),
    ),
    Rule(
        "GitLab",
        _C.CREDENTIAL_REJECTED,
        CERTAIN,
        (
            r"HTTP Basic\nAccess denied",
            r".*password or token (?:is|was) incorrect",
        ),
    ),
    Rule(
        "Azure ACR",
        _C.CREDENTIAL_REJECTED,
        CERTAIN,
        (
            r".*Application not registered with AAD",
            r".*AADSTS\d+",
            r".*invalid client secret",
        ),
    ),
    Rule(
        "Quay",
        _C.CREDENTIAL_REJECTED,
        CERTAIN,
        (
            r".*Could not find (?:robot|user|token) ",
            r".*robot (?:account )?.*(?:disabled|not found|does not exist)",
        ),
    ),
    Rule(
        "Amazon ECR",
        _C.CREDENTIAL_REJECTED,
        CERTAIN,
        (
            r".*(?:security|authorization|auth|access) token .*\binvalid\b",
            r".*UnrecognizedClient",
            r".*InvalidClientTokenId",
        ),
    ),
    Rule(
        "registries",
        _C.CREDENTIAL_REJECTED,
        CERTAIN,
        (
            r".*\b(?:bad|invalid|wrong|incorrect) credentials?",
            r".*(?:login|authentication) failed",
            r".*failed to authenticate",
            r".*account (?:is |has been |was )?(?:locked|disabled|suspended|blocked)",
            r".*invalid[ _]?token\b.*signature",
        ),
    ),
    Rule(
        "containerd",
        _C.CREDENTIAL_REJECTED,
        LIKELY,
        (r"failed to fetch oauth token",),
        (_C.CREDENTIAL_EXPIRED,),
        status(400, 401),
    ),
    Rule(
        "Google",
        _C.CREDENTIAL_FORBIDDEN,
        LIKELY,
        (r"failed to fetch oauth token",),
        (_C.IMAGE_NOT_FOUND, _C.CREDENTIAL_REJECTED),
        every(registry(hosts.GOOGLE), status(403)),
    ),
    Rule(
        "GitLab",
        _C.DENIED_OR_MISSING,
        LIKELY,
        (r"failed to fetch oauth token",),
        (_C.CREDENTIAL_FORBIDDEN, _C.CREDENTIAL_REJECTED, _C.IMAGE_NOT_FOUND),
        every(registry(hosts.GITLAB), status(403)),
    ),
    # GitHub's token service says 403 to a wrong password as well as to a good one without rights.
    Rule(
        "GitHub",
        _C.CREDENTIAL_REJECTED,
        LIKELY,
        (r"failed to fetch oauth token",),
        (_C.CREDENTIAL_FORBIDDEN, _C.CREDENTIAL_EXPIRED),
        every(registry(hosts.GHCR), status(403)),
    ),
    Rule(
        "token services",
        _C.CREDENTIAL_FORBIDDEN,
        POSSIBLE,
        (r"failed to fetch oauth token",),
        (_C.CREDENTIAL_REJECTED, _C.CREDENTIAL_EXPIRED, _C.DENIED_OR_MISSING),
        status(403),
    ),
)

ANONYMOUS: tuple[Rule, ...] = (
    Rule(
        "containerd",
        _C.AUTH_MISSING,
        CERTAIN,
        (
            r"no basic auth credentials",
            r"no scope specified for token auth challenge",
            r"failed to handle basic auth because missing username",
        ),
        (_C.NO_PULL_SECRET, _C.SECRET_HOST_MISMATCH, _C.SECRET_MISSING, _C.POD_PREDATES_ATTACH),
    ),
    # GitHub gives nobody a token for what is not public, be it there or not.
    Rule(
        "GitHub",
        _C.DENIED_OR_MISSING,
        LIKELY,
        (r"failed to fetch anonymous token",),
        (_C.AUTH_MISSING, _C.IMAGE_NOT_FOUND),
        every(registry(hosts.GHCR), status(403)),
    ),
    Rule(
        "containerd",
        _C.AUTH_MISSING,
        LIKELY,
        (r"failed to fetch anonymous token",),
        (_C.NO_PULL_SECRET, _C.SECRET_HOST_MISMATCH, _C.DENIED_OR_MISSING),
        status(400, 401, 403),
    ),
    Rule("Google", _C.AUTH_MISSING, CERTAIN, (r".*Unauthenticated request",)),
    Rule(
        "registries",
        _C.AUTH_MISSING,
        LIKELY,
        (
            r".*no (?:auth |authentication )?credentials? (?:were |was )?(?:provided|found|sent|given)",
            r".*anonymous users? .*only allowed",
            r".*anonymous (?:access|pull|user).*(?:not|disabled|denied|forbidden)",
            r".*(?:please|must|need to) log ?in\b",
            r".*not (?:currently )?logged in",
            r".*must be (?:authenticated|logged in)",
        ),
        (_C.CREDENTIAL_REJECTED,),
    ),
)

RIGHTS: tuple[Rule, ...] = (
    Rule(
        "Google",
        _C.DENIED_OR_MISSING,
        LIKELY,
        (
            r".*or it may not exist",
            r".*please verify that it exists and you have permission",
            r".*(?:may|might) not exist$",
            r".*or does not exist$",
        ),
        (_C.CREDENTIAL_FORBIDDEN, _C.IMAGE_NOT_FOUND),
    ),
    Rule(
        "Google",
        _C.CREDENTIAL_FORBIDDEN,
        CERTAIN,
        (
            r"Permission .* denied on resource",
            r".*Caller does not have permission",
            r".*does not have \S+ access",
        ),
    ),
    Rule(
        "Amazon ECR",
        _C.CREDENTIAL_FORBIDDEN,
        CERTAIN,
        (
            r".*is not authorized to perform",
            r".*AccessDenied(?:Exception)?\b",
        ),
    ),
    Rule(
        "Artifactory",
        _C.CREDENTIAL_FORBIDDEN,
        LIKELY,
        (r".*client does not have permission for manifest",),
        (_C.AUTH_MISSING, _C.IMAGE_NOT_FOUND),
    ),
    Rule(
        "GitHub",
        _C.CREDENTIAL_FORBIDDEN,
        CERTAIN,
        (
            r"permission_denied",
            r".*not match expected scopes",
            r".*SAML",
            r".*not accessible by integration",
            r".*missing scopes?",
        ),
    ),
    Rule(
        "registries",
        _C.CREDENTIAL_FORBIDDEN,
        LIKELY,
        (
            r".*(?:do(?:es)?n't|do(?:es)? not) have (?:the )?(?:\w+ )?permission",
            r".*(?:insufficient|not enough|missing|lacks?) (?:\w+ )?(?:permission|right|privilege)",
            r".*not (?:allowed|permitted) to (?:pull|access|read)",
            r".*no permission (?:to|for)",
        ),
    ),
    # A ServiceAccount of OpenShift always has a login for its own registry, so what it lacks is the right.
    Rule(
        "OpenShift",
        _C.CREDENTIAL_FORBIDDEN,
        LIKELY,
        alternatives=(_C.AUTH_MISSING, _C.IMAGE_NOT_FOUND),
        when=every(
            registry(hosts.OPENSHIFT),
            lambda message: message.code in {"UNAUTHORIZED", "DENIED"} or message.status in {401, 403},
        ),
    ),
    Rule(
        "Quay",
        _C.CREDENTIAL_FORBIDDEN,
        POSSIBLE,
        (r".*access to the requested resource is not authorized",),
        (_C.DENIED_OR_MISSING, _C.AUTH_MISSING, _C.IMAGE_NOT_FOUND),
    ),
)
