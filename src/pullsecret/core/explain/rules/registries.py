"""What registries say in words of their own, and what only some of them mean by common ones.

Source: the registries' own code and answers where they are public (distribution, Harbor, Quay, GitLab),
else the messages that their users report.
"""

from pullsecret.core.causes import Cause
from pullsecret.core.explain import hosts
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

LIMITS: tuple[Rule, ...] = (
    Rule(
        "distribution",
        _C.RATE_LIMITED,
        CERTAIN,
        (
            r"too ?many ?requests",
            r".*(?:pull|request|API) rate limit",
            r".*rate exceeded",
            r".*data limit exceeded",
            r".*too many requests to registry",
            r".*unauthenticated pull rate limit",
            r".*quota exceeded for quota",
        ),
    ),
    Rule("distribution", _C.RATE_LIMITED, CERTAIN, when=status(429)),
    Rule("distribution", _C.RATE_LIMITED, CERTAIN, when=code("TOOMANYREQUESTS")),
)

LIFETIMES: tuple[Rule, ...] = (
    Rule(
        "token services",
        _C.NODE_CLOCK_SKEW,
        LIKELY,
        (
            r".*token used before issued",
            r".*token is not (?:yet valid|valid yet)",
            r".*(?:RequestTimeTooSkewed|difference between the request time)",
            r".*Signature not yet current",
            r".*issued in the future",
        ),
    ),
    Rule(
        "Amazon ECR",
        _C.CREDENTIAL_EXPIRED,
        CERTAIN,
        (
            r".*\btoken (?:included in the request )?(?:has |is |was )?expired",
            r".*\bExpiredToken",
            r".*\bExpired(?:Access)?Token",
        ),
    ),
    Rule(
        "Azure ACR",
        _C.CREDENTIAL_EXPIRED,
        CERTAIN,
        (
            r".*AADSTS7000222",
            r".*client secret keys? (?:for app .*)?(?:are|is) expired",
        ),
    ),
    Rule(
        "Harbor",
        _C.CREDENTIAL_EXPIRED,
        CERTAIN,
        (r".*(?:password|credentials?|robot account|account|api key|secret)s? (?:has|have|is|are) expired",),
    ),
)

BLOCKED: tuple[Rule, ...] = (
    Rule(
        "Azure ACR",
        _C.REGISTRY_BLOCKED,
        CERTAIN,
        (
            r".*client with IP\b",
            r".*is not allowed access\. Refer",
            r".*aka\.ms/acr/firewall",
        ),
    ),
    # Its firewall stands before its token service too.
    Rule(
        "Azure ACR",
        _C.REGISTRY_BLOCKED,
        LIKELY,
        (r"failed to fetch (?:oauth|anonymous) token",),
        (_C.CREDENTIAL_FORBIDDEN,),
        every(registry(hosts.AZURE), status(403)),
    ),
    Rule(
        "Docker Hub",
        _C.REGISTRY_BLOCKED,
        CERTAIN,
        (
            r".*export control",
            r".*US company",
        ),
    ),
    Rule(
        "Harbor",
        _C.REGISTRY_BLOCKED,
        CERTAIN,
        (
            r".*cannot be pulled due to configured policy",
            r".*image is not signed",
            r".*severity of vulnerability of the image",
            r".*blocked by (?:\w+ ){0,3}policy",
            r".*PROJECT_?POLICY_?VIOLATION",
            r".*prevent(?:s|ed)? (?:vulnerable )?images? ",
            r".*vulnerabilit.*(?:cannot|can't|not) be pulled",
        ),
    ),
    Rule(
        "Red Hat",
        _C.REGISTRY_BLOCKED,
        LIKELY,
        (r".*(?:is|are) only available (?:on|from|at) \S+\.\w",),
        (_C.AUTH_MISSING,),
    ),
    Rule(
        "a firewall",
        _C.REGISTRY_BLOCKED,
        CERTAIN,
        (
            r".*(?:not (?:available|allowed)|blocked) (?:in|from) your (?:location|country|region)",
            r".*your IP\b.*(?:block|ban|not allowed)",
            r".*IP (?:address )?.*not (?:allowed|in (?:the )?(?:white|allow) ?list)",
        ),
    ),
    Rule("distribution", _C.REGISTRY_BLOCKED, LIKELY, when=status(412, 451)),
    Rule(
        "registry.k8s.io",
        _C.REGISTRY_BLOCKED,
        LIKELY,
        alternatives=(_C.PROXY_FAILURE,),
        when=every(registry(hosts.PUBLIC), status(403)),
    ),
    # It says 401 to whom it does not know, and hides what he may not see; 403 is for where he asks from.
    Rule(
        "Docker Hub",
        _C.REGISTRY_BLOCKED,
        LIKELY,
        alternatives=(_C.PROXY_FAILURE, _C.CREDENTIAL_FORBIDDEN),
        when=every(registry(hosts.DOCKER_HUB), status(403), lambda message: not message.via_mirror),
    ),
    # Layers come from somebody else's storage, by addresses that are signed for a time.
    Rule(
        "storage",
        _C.REGISTRY_BLOCKED,
        POSSIBLE,
        alternatives=(_C.REGISTRY_ERROR, _C.NODE_CLOCK_SKEW, _C.PROXY_FAILURE),
        when=every(lambda message: message.at_storage, status(403)),
    ),
    # A registry refuses in JSON; a page for people comes from something that stands before it.
    Rule(
        "a firewall",
        _C.REGISTRY_BLOCKED,
        LIKELY,
        (r"(?:error )?parsing HTTP 403 response body\ninvalid character '<'",),
        (_C.PROXY_FAILURE, _C.CREDENTIAL_FORBIDDEN),
    ),
)

MIRRORS: tuple[Rule, ...] = (
    Rule(
        "containerd",
        _C.MIRROR_MISCONFIGURED,
        LIKELY,
        alternatives=(_C.REGISTRY_BLOCKED, _C.REGISTRY_ERROR),
        when=every(lambda message: message.via_mirror, status(400, 403, 404, 405, 406, 410)),
    ),
)
