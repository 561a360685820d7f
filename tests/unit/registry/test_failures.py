"""Errors of the HTTP library that a loopback server cannot bring about."""

import errno
import ssl

import aiohttp
import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.sensitive import Sensitive
from pullsecret.registry.failures import Attempt, failure_of

HTTPS = Attempt("a.test", "a.test", plain=False, proxy=Sensitive(), seconds=30)
HTTP = Attempt("a.test", "a.test", plain=True, proxy=Sensitive(), seconds=30)


def os_error(number: int | None, text: str = "") -> OSError:
    return OSError(number, text) if number is not None else OSError(text)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        pytest.param(os_error(errno.ECONNREFUSED), Cause.CONNECTION_REFUSED, id="refused"),
        pytest.param(
            os_error(None, "Multiple exceptions: [Errno 111] Connect call failed, [Errno 101] unreachable"),
            Cause.CONNECTION_REFUSED,
            id="refused-at-several-addresses",
        ),
        pytest.param(os_error(errno.ENETUNREACH), Cause.NETWORK_TIMEOUT, id="no-network"),
        pytest.param(os_error(errno.EHOSTUNREACH), Cause.NETWORK_TIMEOUT, id="no-route"),
        pytest.param(os_error(errno.EPROTO), Cause.REGISTRY_ERROR, id="something-else"),
        pytest.param(os_error(None, "no number"), Cause.REGISTRY_ERROR, id="no-number"),
        pytest.param(ConnectionResetError(), Cause.REGISTRY_ERROR, id="reset"),
        pytest.param(TimeoutError(), Cause.NETWORK_TIMEOUT, id="time-limit"),
        pytest.param(aiohttp.ServerDisconnectedError(), Cause.REGISTRY_ERROR, id="closed"),
    ],
)
def test_causes(error: Exception, cause: Cause) -> None:
    assert failure_of(error, HTTPS).cause is cause
    assert failure_of(error, HTTP).cause is cause


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        pytest.param("WRONG_VERSION_NUMBER", Cause.HTTP_HTTPS_MISMATCH, id="no-tls"),
        pytest.param("RECORD_LAYER_FAILURE", Cause.HTTP_HTTPS_MISMATCH, id="no-tls-by-a-newer-openssl"),
        pytest.param(
            "TLSV13_ALERT_CERTIFICATE_REQUIRED", Cause.REGISTRY_ERROR, id="wants-a-client-certificate"
        ),
        pytest.param(None, Cause.REGISTRY_ERROR, id="no-reason"),
    ],
)
def test_tls(reason: str | None, cause: Cause) -> None:
    error = ssl.SSLError(1, "handshake")
    error.reason = reason  # type: ignore[assignment]
    failure = failure_of(error, HTTPS)
    assert failure.cause is cause
    assert failure.exit_code == 3


def test_a_token_service_is_told_apart_from_its_registry() -> None:
    attempt = Attempt("a.test", "auth.a.test", plain=False, proxy=Sensitive(), seconds=30)
    failure = failure_of(TimeoutError(), attempt)
    assert failure.message.startswith("auth.a.test (for a.test) did not answer within 30 seconds")
    assert failure.host == "a.test"
