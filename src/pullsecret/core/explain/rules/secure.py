"""What Go's TLS and X.509 packages say, and what speaks past them.

Source: Go, net/http/transport.go, crypto/tls, crypto/x509/verify.go.
"""

from pullsecret.core.causes import Cause
from pullsecret.core.explain.rules.rule import CERTAIN, LIKELY, Rule

PROTOCOL: tuple[Rule, ...] = (
    Rule(
        "Go net/http",
        Cause.HTTP_HTTPS_MISMATCH,
        CERTAIN,
        (
            r"server gave HTTP response to HTTPS client",
            r"first record does not look like a TLS handshake",
            r"oversized record received with length",
            r".*wrong version number",
        ),
        note="speaks-http",
    ),
    Rule(
        "Go net/http",
        Cause.HTTP_HTTPS_MISMATCH,
        CERTAIN,
        (
            r".*client sent an HTTP request to an HTTPS server",
            r".*plain HTTP request was sent to HTTPS port",
            r"malformed HTTP (?:response|status code|version).*(?:\\x15\\x03|\\u0015\\u0003|\x15\x03)",
        ),
        note="speaks-https",
    ),
)

CERTIFICATE: tuple[Rule, ...] = (
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
    # The CA that the node is to trust is set, and its file is not there.
    Rule(
        "Docker",
        Cause.TLS_UNKNOWN_AUTHORITY,
        LIKELY,
        (r".*open <path>\nno such file or directory",),
        (Cause.MIRROR_MISCONFIGURED,),
        lambda message: "/certs.d/" in message.text,
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
        note="certificate-early",
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_INVALID_CERTIFICATE,
        CERTAIN,
        (r"certificate has expired\b.*\ncurrent time \S+ is after", r".*certificate has expired$"),
        (Cause.NODE_CLOCK_SKEW,),
        note="certificate-expired",
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_INVALID_CERTIFICATE,
        CERTAIN,
        (
            r"cannot validate certificate for",
            r"certificate is valid for .*, not <addr>",
        ),
        note="certificate-address",
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_INVALID_CERTIFICATE,
        CERTAIN,
        (
            r"certificate is valid for",
            r"certificate is not valid for any names",
            r".*certificate's CN name does not match",
            r".*no (?:alternative certificate )?subject (?:alternative )?name matches",
        ),
        note="certificate-name",
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_INVALID_CERTIFICATE,
        CERTAIN,
        (r"certificate relies on legacy Common Name",),
        note="certificate-common-name",
    ),
    Rule(
        "Go crypto/x509",
        Cause.TLS_INVALID_CERTIFICATE,
        LIKELY,
        (r"certificate has expired or is not yet valid",),
        (Cause.NODE_CLOCK_SKEW,),
        note="certificate-dates",
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
