"""Why no usable answer came: an error of the network, in words that name the server and what to do."""

import errno
import ssl

import aiohttp

from pullsecret.core.errors import ClusterUnreachable

_UNKNOWN_AUTHORITY = {7, 18, 19, 20, 21, 27}  # 7: another authority of the same name
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = {62, 64}
_CLIENT_CERTIFICATE_ALERTS = (
    "CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN",
    "CERTIFICATE_REVOKED", "UNKNOWN_CA", "DECRYPT_ERROR", "ACCESS_DENIED",
)  # fmt: skip
_MAYBE_DONE = "; whether the change was made is not known: look before you repeat it"


class ConnectionFailure(ClusterUnreachable):
    """No answer, or none of an API server.

    Attributes:
        sent: whether the request may have reached the server.
        passing: whether the next try may well do better.
    """

    def __init__(self, message: str, *, hint: str = "", sent: bool = False, passing: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.sent, self.passing = sent, passing


def failure_of(error: Exception, *, server: str, proxy: str = "", writing: bool = False) -> ConnectionFailure:
    """Say what an exception of aiohttp, asyncio or the system means.

    Args:
        error: what was raised.
        server: the API server's address.
        proxy: the proxy's address, where there is one.
        writing: whether the request would change something.
    """
    failure = _before_sending(error, server, proxy) or _afterwards(error, server)
    if writing and failure.sent:
        return ConnectionFailure(failure.message + _MAYBE_DONE, hint=failure.hint, sent=True)
    return failure


def _before_sending(error: Exception, server: str, proxy: str) -> ConnectionFailure | None:
    """What goes wrong while the connection is made: the request was not sent then."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return _certificate(error.certificate_error, server)
        case aiohttp.ClientConnectorSSLError():
            return _tls(error.os_error, server)
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return _proxy(error, server, proxy)
        case aiohttp.ClientConnectorDNSError():
            return ConnectionFailure(f"{server}: the name of this server cannot be resolved", hint=_DNS_HINT)
        case aiohttp.ConnectionTimeoutError():
            return ConnectionFailure(f"{server} does not answer at all", hint=TIMEOUT_HINT)
        case aiohttp.ClientConnectorError():
            return _connect(error, server)
        case aiohttp.InvalidURL() | ValueError():
            return ConnectionFailure(f"{server} is no address of an API server", hint=_ADDRESS_HINT)
    return None


def _proxy(
    error: aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError, server: str, proxy: str
) -> ConnectionFailure:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectionFailure(
            f"the proxy {proxy} refuses to lead to {server}: {error.status} {error.message}", hint=_PROXY_HINT
        )
    return ConnectionFailure(
        f"cannot reach the proxy {proxy} before {server}: {_reason(error.os_error)}", hint=_PROXY_HINT
    )


def _afterwards(error: Exception, server: str) -> ConnectionFailure:
    match error:
        case TimeoutError():
            return ConnectionFailure(f"{server} did not answer in time", hint=TIMEOUT_HINT, sent=True)
        case aiohttp.ClientPayloadError():
            return ConnectionFailure(
                f"{server} broke off in the middle of its answer", hint=_BROKEN_HINT, sent=True, passing=True
            )
        case aiohttp.ClientResponseError():
            return ConnectionFailure(
                f"{server} answered something that is not HTTP",
                hint="check the port in the kubeconfig's server address", sent=True,
            )  # fmt: skip
        case ssl.SSLError() | aiohttp.ClientOSError() if _alert(error):
            return _client_certificate(server)
    return ConnectionFailure(
        f"{server} closed the connection without an answer", hint=_BROKEN_HINT, sent=True, passing=True
    )


def _connect(error: aiohttp.ClientConnectorError, server: str) -> ConnectionFailure:
    reason = _reason(error.os_error)
    if "refused" in reason.lower():
        return ConnectionFailure(
            f"{server} refused the connection: nothing listens there", hint=_REFUSED_HINT, passing=True
        )
    return ConnectionFailure(
        f"cannot reach {server}: {reason}",
        hint=TIMEOUT_HINT,
        passing=error.os_error.errno == errno.ECONNRESET,
    )


def _reason(error: OSError) -> str:
    """Give the system's words; several addresses of one name give several, of which the first will do."""
    text = error.strerror or str(error)
    if "refused" in text.lower() or error.errno == errno.ECONNREFUSED:
        return "connection refused"
    return text


def _certificate(error: Exception, server: str) -> ConnectionFailure:
    code = getattr(error, "verify_code", 0)
    if code in _UNKNOWN_AUTHORITY:
        return ConnectionFailure(
            f"{server}: its certificate is signed by an authority that the kubeconfig does not name",
            hint="get this cluster's kubeconfig anew: its certificate authority is another's or too old; "
            "behind a proxy that opens TLS, add the proxy's authority",
        )  # fmt: skip
    if code in {_EXPIRED, _NOT_YET_VALID}:
        what = "has expired" if code == _EXPIRED else "is not valid yet"
        return ConnectionFailure(
            f"{server}: its certificate {what}",
            hint="check this machine's clock; if it is right, the cluster's certificates must be renewed "
            "(kubeadm certs renew)",
        )
    if code in _OTHER_NAME:
        said = str(getattr(error, "verify_message", "")).partition("not valid for ")[2].rstrip(".")
        return ConnectionFailure(
            f"{server}: its certificate is not for {said or 'this name'}",
            hint="use a name that the certificate holds, or set tls-server-name in the kubeconfig's cluster",
        )
    return ConnectionFailure(
        f"{server}: its certificate is not valid: {getattr(error, 'verify_message', error)}",
        hint="get this cluster's kubeconfig anew, or have its certificate renewed",
    )


def _tls(error: OSError, server: str) -> ConnectionFailure:
    reason = str(getattr(error, "reason", "") or error.strerror or "")
    if _alert(error):
        return _client_certificate(server)
    if "WRONG_VERSION_NUMBER" in reason or "UNEXPECTED_EOF" in reason or "RECORD_LAYER" in reason:
        return ConnectionFailure(
            f"{server} does not speak TLS",
            hint="check the port in the kubeconfig's server address",
        )
    return ConnectionFailure(
        f"{server}: no TLS connection: {reason.replace('_', ' ').lower()}",
        hint="it may want a client certificate, or speak only old versions of TLS",
    )


def _alert(error: BaseException) -> bool:
    return any(
        f"ALERT_{alert}" in str(error).upper().replace(" ", "_") for alert in _CLIENT_CERTIFICATE_ALERTS
    )


def _client_certificate(server: str) -> ConnectionFailure:
    return ConnectionFailure(
        f"{server} does not accept our client certificate, or wants one",
        hint="it may have expired: get a new kubeconfig (kubeadm certs check-expiration tells)",
    )


_ADDRESS_HINT = "write it in the kubeconfig as https://HOST:PORT"
_DNS_HINT = "check the server's name in the kubeconfig, this machine's DNS, and the VPN if it takes one"
_PROXY_HINT = "check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY"
TIMEOUT_HINT = "is the cluster running, and is a VPN, proxy or firewall in the way?"
_BROKEN_HINT = "it may be restarting; if it lasts, look at the proxy or load balancer before it"
_REFUSED_HINT = (
    "is the cluster running, and is this its port? (a local cluster's may change when it restarts)"
)
