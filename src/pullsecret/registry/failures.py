"""What goes wrong on the way to a registry, as causes."""

import errno
import re
import ssl
from dataclasses import dataclass

import aiohttp

from pullsecret.core.causes import Cause
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.sensitive import Sensitive

_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21, 27})
"""OpenSSL's verify codes for a chain that ends in nobody we trust (`X509_V_ERR_*`)."""

_CERTIFICATE = {
    9: "is not valid yet",
    10: "has expired",
    62: "is for another name",
    64: "is for another address",
}

_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
)
_ALERT = re.compile(r"\\+x15\\+x03")
"""How a TLS server's alert looks in the message of an HTTP parser."""

_ERRNO = re.compile(r"\[Errno (\d+)\]")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was being done when it went wrong.

    Attributes:
        host: the registry that it was for.
        address: the host and port that was spoken to: the registry, its token service, where it sent on to.
        plain: whether by plain HTTP.
        proxy: the proxy between, if any; it may hold a password.
        seconds: how long it could take.
    """

    host: str
    address: str
    plain: bool
    proxy: Sensitive
    seconds: float

    @property
    def who(self) -> str:
        """Name the one that was spoken to, and for whom where that is another."""
        return self.address if self.address == self.host else f"{self.address} (for {self.host})"

    def failure(self, message: str, cause: Cause, hint: str = "", status: int = 0) -> RegistryFailure:
        """Make a failure of it."""
        return RegistryFailure(f"{self.who} {message}", cause=cause, host=self.host, status=status, hint=hint)


def failure_of(error: Exception, attempt: Attempt) -> RegistryFailure:
    """Turn an error of the HTTP library into a failure with its cause.

    The error itself must not be chained: it holds the request's headers.
    """
    # Through a proxy only the proxy's own name is looked up, and only the proxy connected to.
    is_proxy = isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError)
    if is_proxy or (attempt.proxy and isinstance(error, aiohttp.ClientConnectorDNSError)):
        status = error.status if isinstance(error, aiohttp.ClientHttpProxyError) else 0
        what = f"the proxy answered {status}" if status else "the proxy is out of reach"
        return proxy_failure(what, attempt, status)
    if tls := _tls_error(error):
        return _tls(tls, attempt)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return attempt.failure(
            "cannot be found: no DNS server knows its name", Cause.DNS_FAILURE,
            "check the spelling; cluster nodes may use other DNS servers than this machine",
        )  # fmt: skip
    if isinstance(error, TimeoutError):
        return attempt.failure(
            f"did not answer within {attempt.seconds:g} seconds", Cause.NETWORK_TIMEOUT,
            "a firewall may drop packets on the way; a proxy may be needed (HTTPS_PROXY)",
        )  # fmt: skip
    if isinstance(error, OSError) and (known := _os_failure(error, attempt)):
        return known
    return _broken(error, attempt)


def proxy_failure(what: str, attempt: Attempt, status: int = 0) -> RegistryFailure:
    """Tell that it is the proxy that failed."""
    hint = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
    return attempt.failure(f"cannot be reached: {what}", Cause.PROXY_FAILURE, hint, status)


def _tls_error(error: Exception) -> ssl.SSLError | None:
    """Find the error of the TLS library behind one of the HTTP library."""
    # The library's own error for certificates is a kind of Python's too, but without its verify code.
    candidates = (getattr(error, "certificate_error", None), getattr(error, "os_error", None), error)
    return next((c for c in candidates if isinstance(c, ssl.SSLError)), None)


def _tls(error: ssl.SSLError, attempt: Attempt) -> RegistryFailure:
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        if code in _UNKNOWN_AUTHORITY:
            return attempt.failure(
                "has a certificate of an authority that is not trusted here", Cause.TLS_UNKNOWN_AUTHORITY,
                "give the authority's certificate with --registry-ca FILE",
            )  # fmt: skip
        return attempt.failure(
            f"has a certificate that {_CERTIFICATE.get(code, 'is not valid')}", Cause.TLS_INVALID_CERTIFICATE,
            "have it renewed for this name; check this machine's clock" if code in {9, 10} else
            "use a name that the certificate is for, or have it made for this one",
        )  # fmt: skip
    if error.reason in _NOT_TLS:
        return attempt.failure(
            "was asked by HTTPS and does not speak it", Cause.HTTP_HTTPS_MISMATCH,
            "if the registry speaks plain HTTP, say --plain-http",
        )  # fmt: skip
    return attempt.failure(
        f"broke off the TLS handshake ({error.reason or 'no reason given'})", Cause.REGISTRY_ERROR
    )


def _os_failure(error: OSError, attempt: Attempt) -> RegistryFailure | None:
    """Tell by the error number; None when it says nothing."""
    number = error.errno
    if number is None and (match := _ERRNO.search(str(error))):
        number = int(match[1])
    if number == errno.ECONNREFUSED:
        return attempt.failure(
            "refuses the connection: nothing listens there", Cause.CONNECTION_REFUSED,
            "check the port, and that the registry runs",
        )  # fmt: skip
    if number in {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.ENETDOWN, errno.EHOSTDOWN}:
        return attempt.failure(
            "cannot be reached: there is no route to it",
            Cause.NETWORK_TIMEOUT,
            "check the network and the proxy",
        )
    return None


def _broken(error: Exception, attempt: Attempt) -> RegistryFailure:
    """Tell of an answer that is none."""
    if attempt.plain and _ALERT.search(str(error)):
        return attempt.failure(
            "speaks HTTPS, and was asked by plain HTTP", Cause.HTTP_HTTPS_MISMATCH, "leave out --plain-http"
        )
    if isinstance(error, aiohttp.ClientPayloadError):
        message = "broke off in the middle of its answer"
    elif isinstance(error, aiohttp.ClientConnectorError) and not attempt.plain:
        message = "broke off the TLS handshake"
    elif isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError | aiohttp.ClientConnectorError):
        message = "closed the connection without an answer"
    elif isinstance(error, ValueError):
        message = "cannot be asked: its address or the login holds what HTTP cannot carry"
    else:
        message = "did not answer by HTTP"
    hint = "check that it is a registry, and what it logs"
    return attempt.failure(message, Cause.REGISTRY_ERROR, hint)
