"""Failures of which the node tells the last step only."""

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.diagnosis import diagnose
from pullsecret.core.diagnosis.model import Item, Probe
from pullsecret.core.sensitive import Sensitive
from support.podcases import HOST, IMAGE, PASSWORD, a_pod, a_secret, a_snapshot, failed

ROBOT = Credential("robot", Sensitive(PASSWORD))
NOT_FOUND = Probe(Cause.IMAGE_NOT_FOUND, "has none", status=404, repository_there=True)
GIVEN = Probe(status=200, platforms=("linux/amd64",))
REJECTED = Probe(Cause.CREDENTIAL_REJECTED, "rejects it", status=401)
UNREACHED = Probe(Cause.CONNECTION_REFUSED, "nothing listens there")
PULLING = f'failed to pull and unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": '
ASKING = f'{PULLING}failed to do request: Head "https://{HOST}/v2/lnmp/nginx/manifests/v2": '
UNKNOWN_CA = f"{ASKING}x509: certificate signed by unknown authority"
PLAIN = f"{ASKING}http: server gave HTTP response to HTTPS client"
REFUSED = f"{ASKING}dial tcp 192.0.2.7:443: connect: connection refused"
BAD_REQUEST = f"{PULLING}pulling from host {HOST} failed with status code [manifests v2]: 400 Bad Request"
BROKEN = f"{PULLING}pulling from host {HOST} failed with status code [manifests v2]: 503 Service Unavailable"


def told(message: str, probe: Probe) -> Item:
    probes = {(IMAGE, ROBOT): probe, (IMAGE, ANONYMOUS): probe}
    pod, events = a_pod(["pull"], message=message), [failed(message=message)]
    (item,) = diagnose(a_snapshot(pod, a_secret(), events=events, probes=probes)).items
    return item


@pytest.mark.parametrize(
    ("message", "said"),
    [
        pytest.param(UNKNOWN_CA, Cause.TLS_UNKNOWN_AUTHORITY, id="another address without the CA"),
        pytest.param(PLAIN, Cause.HTTP_HTTPS_MISMATCH, id="another address by HTTPS"),
    ],
)
def test_behind_a_protocol_s_failure_an_image_is_missing(message: str, said: Cause) -> None:
    item = told(message, NOT_FOUND)

    assert (item.cause, item.confidence) == (Cause.IMAGE_NOT_FOUND, "likely")
    assert item.alternatives == (said,)
    assert any("passes over a 404" in sentence for sentence in item.evidence)


@pytest.mark.parametrize(
    ("message", "probe", "cause"),
    [
        pytest.param(UNKNOWN_CA, GIVEN, Cause.TLS_UNKNOWN_AUTHORITY, id="the image is there"),
        pytest.param(UNKNOWN_CA, REJECTED, Cause.TLS_UNKNOWN_AUTHORITY, id="a 401 is not passed over"),
        pytest.param(REFUSED, NOT_FOUND, Cause.CONNECTION_REFUSED, id="out of the node's reach"),
        pytest.param(BROKEN, GIVEN, Cause.REGISTRY_ERROR, id="another status"),
        pytest.param(BAD_REQUEST, UNREACHED, Cause.REGISTRY_ERROR, id="we do not reach it either"),
    ],
)
def test_else_the_node_is_taken_at_its_word(message: str, probe: Probe, cause: Cause) -> None:
    assert told(message, probe).cause == cause


@pytest.mark.parametrize("probe", [pytest.param(GIVEN, id="given"), pytest.param(REJECTED, id="refused")])
def test_a_registry_that_answers_us_and_400_to_the_node_speaks_https(probe: Probe) -> None:
    item = told(BAD_REQUEST, probe)

    assert (item.cause, item.confidence) == (Cause.HTTP_HTTPS_MISMATCH, "likely")
    assert item.alternatives == (Cause.REGISTRY_ERROR,)
    assert item.fixes
