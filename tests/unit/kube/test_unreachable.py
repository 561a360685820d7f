"""What the network's errors mean; most are seen for real in tests/integration/kube."""

import errno
import socket
import ssl
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from pullsecret.core.errors import ClusterUnreachable
from pullsecret.kube.unreachable import failure_of

SERVER = "https://one:6443"
KEY = ConnectionKey("one", 6443, True, True, None, None, None)


def certificate(code: int) -> Exception:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "some reason"
    return aiohttp.ClientConnectorCertificateError(KEY, error)


def tls(reason: str) -> Exception:
    error = ssl.SSLError(1, f"[SSL: {reason}] {reason.lower()} (_ssl.c:1)")
    error.reason = reason
    return aiohttp.ClientConnectorSSLError(KEY, error)


def connecting(number: int, text: str = "") -> Exception:
    return aiohttp.ClientConnectorError(KEY, OSError(number, text or errno.errorcode[number]))


REQUEST: Any = SimpleNamespace(real_url=SERVER)


@pytest.mark.parametrize(
    ("error", "message", "sent", "passing"),
    [
        pytest.param(
            aiohttp.ClientConnectorDNSError(KEY, OSError(socket.EAI_NONAME, "unknown")),
            "the name of this server cannot be resolved",
            False,
            False,
            id="DNS",
        ),
        pytest.param(
            connecting(errno.ECONNREFUSED, "Connect call failed"),
            "refused the connection: nothing listens there",
            False,
            True,
            id="refused",
        ),
        pytest.param(
            aiohttp.ClientConnectorError(KEY, OSError("Multiple exceptions: Connection refused, x")),
            "refused the connection: nothing listens there",
            False,
            True,
            id="refused at all addresses",
        ),
        pytest.param(
            connecting(errno.EHOSTUNREACH, "No route to host"),
            f"cannot reach {SERVER}: No route to host",
            False,
            False,
            id="no route",
        ),
        pytest.param(
            connecting(errno.ECONNRESET), f"cannot reach {SERVER}: ECONNRESET", False, True, id="reset"
        ),
        pytest.param(
            aiohttp.ConnectionTimeoutError(), "does not answer at all", False, False, id="black hole"
        ),
        pytest.param(TimeoutError(), "did not answer in time", True, False, id="slow"),
        pytest.param(TimeoutError(), "did not answer in time", True, False, id="slow, asyncio's"),
        pytest.param(aiohttp.SocketTimeoutError(), "did not answer in time", True, False, id="silent"),
        pytest.param(
            aiohttp.ServerDisconnectedError(), "closed the connection without", True, True, id="closed"
        ),
        pytest.param(
            aiohttp.ClientOSError(errno.ECONNRESET, "reset"),
            "closed the connection",
            True,
            True,
            id="reset late",
        ),
        pytest.param(
            aiohttp.ClientPayloadError(), "broke off in the middle of its answer", True, True, id="body"
        ),
        pytest.param(
            aiohttp.ClientResponseError(REQUEST, ()), "something that is not HTTP", True, False, id="no HTTP"
        ),
        pytest.param(aiohttp.InvalidURL("x"), "is no address of an API server", False, False, id="address"),
        pytest.param(
            certificate(20), "signed by an authority that the kubeconfig does not name", False, False, id="20"
        ),
        pytest.param(
            certificate(23), "its certificate is not valid: some reason", False, False, id="other code"
        ),
        pytest.param(
            certificate(62), "its certificate is not for this name", False, False, id="name not told"
        ),
        pytest.param(tls("WRONG_VERSION_NUMBER"), "does not speak TLS", False, False, id="plain text"),
        pytest.param(
            tls("SSLV3_ALERT_HANDSHAKE_FAILURE"),
            "no TLS connection: sslv3 alert handshake failure",
            False,
            False,
            id="handshake",
        ),
        pytest.param(
            tls("TLSV1_ALERT_UNKNOWN_CA"),
            "does not accept our client certificate",
            False,
            False,
            id="TLS 1.2",
        ),
        pytest.param(
            aiohttp.ClientOSError(
                1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required"
            ),
            "does not accept our client certificate",
            False,
            False,
            id="TLS 1.3",
        ),
    ],
)
def test_what_went_wrong(error: Exception, message: str, sent: bool, passing: bool) -> None:
    failure = failure_of(error, server=SERVER)
    assert message in failure.message
    assert SERVER in failure.message
    assert "\n" not in failure.message
    assert (failure.sent, failure.passing) == (sent, passing)
    assert isinstance(failure, ClusterUnreachable)


@pytest.mark.parametrize(
    "error", [aiohttp.ServerDisconnectedError(), TimeoutError(), aiohttp.ClientPayloadError()]
)
def test_after_a_change_that_may_have_been_made_one_should_look(error: Exception) -> None:
    assert "look before you repeat it" in failure_of(error, server=SERVER, writing=True).message
    assert (
        "look before you repeat it" not in failure_of(connecting(errno.ECONNREFUSED), server=SERVER).message
    )
