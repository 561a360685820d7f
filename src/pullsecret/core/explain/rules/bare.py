"""Words that stand alone, as somebody types them: their field is clear, and what happened in it is not."""

from pullsecret.core.causes import Cause
from pullsecret.core.explain.rules.rule import POSSIBLE, Rule

_C = Cause
_STATUS = r"(?:(?:HTTP|error|status|code|response)[ \n:]*)*"
_ALONE = r"(?: error| failure| failed)?\Z"


def _alone(words: str, cause: Cause, *alternatives: Cause) -> Rule:
    return Rule("", cause, POSSIBLE, (rf"\A{_STATUS}(?:{words}){_ALONE}",), alternatives)


RULES: tuple[Rule, ...] = (
    _alone("401", _C.UNAUTHORIZED, _C.CREDENTIAL_REJECTED, _C.AUTH_MISSING, _C.CREDENTIAL_FORBIDDEN),
    _alone("403", _C.CREDENTIAL_FORBIDDEN, _C.DENIED_OR_MISSING, _C.REGISTRY_BLOCKED, _C.CREDENTIAL_REJECTED),
    _alone("404|not found", _C.IMAGE_NOT_FOUND, _C.DENIED_OR_MISSING, _C.MIRROR_MISCONFIGURED),
    _alone("407", _C.PROXY_FAILURE),
    _alone("429|rate limit(?:ed|ing)?|too many pulls", _C.RATE_LIMITED),
    _alone("412|451", _C.REGISTRY_BLOCKED),
    _alone(r"5\d\d", _C.REGISTRY_ERROR, _C.PROXY_FAILURE),
    _alone(
        r"x\.?509|certificate|tls|ssl|tls handshake",
        _C.TLS_INVALID_CERTIFICATE,
        _C.TLS_UNKNOWN_AUTHORITY,
        _C.NODE_CLOCK_SKEW,
        _C.HTTP_HTTPS_MISMATCH,
    ),
    _alone("dns|lookup|name resolution", _C.DNS_FAILURE),
    _alone("time[d -]*out|unreachable", _C.NETWORK_TIMEOUT, _C.PULL_CANCELED, _C.PROXY_FAILURE),
    _alone("refused", _C.CONNECTION_REFUSED, _C.PROXY_FAILURE),
    _alone("proxy", _C.PROXY_FAILURE),
    _alone("access denied|permission denied", _C.DENIED_OR_MISSING, _C.CREDENTIAL_FORBIDDEN, _C.AUTH_MISSING),
    _alone("disk full|enospc", _C.DISK_FULL),
)
