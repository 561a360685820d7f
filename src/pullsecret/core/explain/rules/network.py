"""What Go's network, HTTP and TLS packages say; containerd, CRI-O and Docker are all written in it.

Source: Go, net/dial.go, net/http/transport.go, crypto/tls, crypto/x509/verify.go.
"""

from http import HTTPStatus

from pullsecret.core.causes import Cause
from pullsecret.core.explain.rules.rule import CERTAIN, LIKELY, POSSIBLE, Rule

_PHRASES = "|".join(status.phrase for status in HTTPStatus if status >= 300 and status not in {401, 429})
_REQUEST = r"(?:.* )?(?:Get|Head|Post|Put) <url>\S*"
_DIAL = r"(?:.* )?dial (?:tcp|udp)\d? .*\n(?:connect(?:ex)?\n)?"

RUNTIME_DOWN: tuple[Rule, ...] = (
    # A socket of this node: whatever is wrong, it is not the registry that cannot be reached.
    Rule(
        "kubelet",
        Cause.UNKNOWN,
        LIKELY,
        (
            r".*\bdial unix\b",
            r".*Cannot connect to the Docker daemon",
            r".*(?:container )?runtime is (?:down|not ready)",
        ),
        note="runtime-down",
    ),
)

PROXY: tuple[Rule, ...] = (
    Rule(
        "Go net/http",
        Cause.PROXY_FAILURE,
        CERTAIN,
        (
            r"(?:.* )?proxyconnect (?:tcp|unix)",
            r"(?:.* )?socks connect tcp",
            r".*Proxy Authentication Required",
            r"(?:http|proxy)\n(?:invalid proxy|unknown scheme)",
            r"invalid proxy URL",
        ),
    ),
    # Go gives the bare phrase of what a proxy answered to CONNECT; of a registry's answer the number too.
    Rule(
        "Go net/http",
        Cause.PROXY_FAILURE,
        LIKELY,
        (rf"{_REQUEST}\n(?-i:{_PHRASES})(?:$|\n|,)",),
        (Cause.REGISTRY_BLOCKED, Cause.CREDENTIAL_FORBIDDEN),
    ),
)

TLS: tuple[Rule, ...] = (
    Rule(
        "Go net/http",
        Cause.HTTP_HTTPS_MISMATCH,
        CERTAIN,
        (
            r"server gave HTTP response to HTTPS client",
            r"first record does not look like a TLS handshake",
            r"oversized record received with length",
            r".*client sent an HTTP request to an HTTPS server",
            r".*plain HTTP request was sent to HTTPS port",
            r".*wrong version number",
            r"malformed HTTP (?:response|status code|version).*(?:\\x15\\x03|\\u0015\\u0003|\x15\x03)",
        ),
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_UNKNOWN_AUTHORITY,
        CERTAIN,
        (
            r"certificate signed by unknown authority",
            r".*certificate is not trusted",
            r".*self.signed certificate",
            r".*unable to (?:get|verify) (?:local )?(?:issuer|the first) certificate",
            r".*terminated in a root certificate which is not trusted",
        ),
    ),
    Rule(
        "Go crypto/x509",
        Cause.NODE_CLOCK_SKEW,
        LIKELY,
        (
            r"certificate has expired or is not yet valid\ncurrent time \S+ is before",
            r"certificate is not (?:yet valid|valid yet)",
        ),
        (Cause.TLS_INVALID_CERTIFICATE,),
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_INVALID_CERTIFICATE,
        CERTAIN,
        (
            r"certificate has expired\b.*\ncurrent time \S+ is after",
            r"certificate is valid for",
            r"certificate is not valid for any names",
            r"cannot validate certificate for",
            r"certificate relies on legacy Common Name",
            r".*certificate's CN name does not match",
            r".*no (?:alternative certificate )?subject (?:alternative )?name matches",
        ),
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_INVALID_CERTIFICATE,
        LIKELY,
        (r"certificate has expired or is not yet valid",),
        (Cause.NODE_CLOCK_SKEW,),
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_INVALID_CERTIFICATE,
        LIKELY,
        (
            r"x509\n",
            r".*certificate verify failed",
            r"tls\nfailed to (?:verify|parse) certificate",
            r"(?:remote error\n)?(?:tls\n)(?:bad|expired|unknown|unsupported|revoked)? ?certificate\b",
        ),
        (Cause.TLS_UNKNOWN_AUTHORITY,),
    ),
)

UNREACHABLE: tuple[Rule, ...] = (
    Rule(
        "Go net",
        Cause.DNS_FAILURE,
        CERTAIN,
        (
            r"lookup \S+(?: on \S+)?\n(?!.*(?:operation was canceled|context canceled))",
            r".*\bno such host\b",
            r".*Temporary failure in name resolution",
            r".*Could not resolve host",
            r".*Name or service not known",
            r".*server misbehaving",
        ),
    ),
    Rule(
        "Go net",
        Cause.CONNECTION_REFUSED,
        CERTAIN,
        (
            r"(?:.*\n)?connection refused",
            r".*\bactively refused it",
            r".*connect\w*: connection refused",
        ),
    ),
    Rule(
        "Go net",
        Cause.NETWORK_TIMEOUT,
        CERTAIN,
        (
            rf"{_DIAL}(?:i/o timeout|(?:connection|operation) timed out|.*failed to respond)",
            rf"{_DIAL}(?:no route to host|network is (?:unreachable|down)|host is (?:unreachable|down))",
            rf"{_DIAL}(?:cannot assign requested address|connection reset by peer|operation not permitted)",
        ),
    ),
    Rule(
        "Go net",
        Cause.NETWORK_TIMEOUT,
        LIKELY,
        (
            r"(?:.* )?i/o timeout",
            r"(?:.*\n)?no route to host",
            r"network is (?:unreachable|down)",
            r"connection reset by peer",
            r"TLS handshake timeout",
            r".*Client\.Timeout",
            r".*timeout awaiting",
            r"(?:.*)?connection timed out",
            r"operation timed out",
            r".*request canceled while waiting for connection",
            r"broken pipe",
            r".*forcibly closed by the remote host",
            r".*use of closed network connection",
            r".*http2: (?:client connection|server sent GOAWAY)",
            r"(?:client connection lost|server sent GOAWAY)",
            r".*unable to ping registry endpoint",
            r".*(?:did not properly respond after|established connection failed)",
            r"network timed out",
            r".*TLS handshake.*timed? ?out",
        ),
        (Cause.PROXY_FAILURE,),
    ),
    Rule(
        "Go net/http",
        Cause.NETWORK_TIMEOUT,
        LIKELY,
        (rf"{_REQUEST}\n(?:net/http\n)?context deadline exceeded",),
        (Cause.PROXY_FAILURE, Cause.PULL_CANCELED),
    ),
)

BROKEN_OFF: tuple[Rule, ...] = (
    Rule(
        "Go net/http",
        Cause.NETWORK_TIMEOUT,
        POSSIBLE,
        (
            rf"{_REQUEST}\n(?:unexpected )?EOF\b",
            r"unexpected EOF\b",
            r"EOF$",
            r".*stream error\b",
            r".*server closed (?:idle )?connection",
            r"short read\n",
            r".*transport connection broken(?!\nmalformed)",
            r".*unexpected end of (?:stream|file)",
        ),
        (Cause.REGISTRY_ERROR, Cause.PROXY_FAILURE),
        lambda message: not message.status,
    ),
    Rule(
        "Go crypto/tls",
        Cause.REGISTRY_ERROR,
        POSSIBLE,
        (
            r"remote error\ntls\n",
            r"tls\n",
        ),
        (Cause.PROXY_FAILURE, Cause.TLS_INVALID_CERTIFICATE, Cause.HTTP_HTTPS_MISMATCH),
    ),
)
