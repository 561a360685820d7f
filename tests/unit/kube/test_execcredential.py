"""What exec plugins print."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pullsecret.core.errors import ClusterError
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.execplugin import ExecCredential, parse_credential
from pullsecret.kube.settings import ClientCertificate, ExecPlugin
from support.showing import all_shown

V1 = "client.authentication.k8s.io/v1"
PLUGIN = ExecPlugin("login", api_version=V1, user="jane")


def printed(status: Any, *, version: str = V1, kind: str = "ExecCredential") -> Sensitive:
    return Sensitive(json.dumps({"kind": kind, "apiVersion": version, "status": status}))


@pytest.mark.parametrize(
    ("status", "credential"),
    [
        pytest.param({"token": "t"}, ExecCredential(Sensitive("t")), id="token"),
        pytest.param(
            {"clientCertificateData": "c", "clientKeyData": "k"},
            ExecCredential(certificate=ClientCertificate("c", Sensitive("k"))),
            id="certificate",
        ),
        pytest.param(
            {"token": "t", "clientCertificateData": "c", "clientKeyData": "k"},
            ExecCredential(Sensitive("t"), ClientCertificate("c", Sensitive("k"))),
            id="both",
        ),
        pytest.param(
            {"token": "t", "expirationTimestamp": "2026-11-22T08:00:00Z"},
            ExecCredential(Sensitive("t"), expires=datetime(2026, 11, 22, 8, tzinfo=UTC)),
            id="expiry",
        ),
        pytest.param(
            {"token": "t", "expirationTimestamp": "2026-11-22T10:00:00+02:00"},
            ExecCredential(Sensitive("t"), expires=datetime(2026, 11, 22, 8, tzinfo=UTC)),
            id="expiry elsewhere",
        ),
        pytest.param(
            {"token": "t", "expirationTimestamp": "2026-11-22T08:00:00"},
            ExecCredential(Sensitive("t"), expires=datetime(2026, 11, 22, 8, tzinfo=UTC)),
            id="expiry without a zone",
        ),
        pytest.param(
            {"token": "t", "expirationTimestamp": None}, ExecCredential(Sensitive("t")), id="null expiry"
        ),
    ],
)
def test_a_credential_is_read(status: dict[str, Any], credential: ExecCredential) -> None:
    assert parse_credential(printed(status), PLUGIN) == credential


@pytest.mark.parametrize(
    ("output", "message"),
    [
        pytest.param(Sensitive(""), "no ExecCredential in JSON", id="nothing"),
        pytest.param(Sensitive("hunter2"), "no ExecCredential in JSON", id="text"),
        pytest.param(Sensitive("[" * 100_000), "no ExecCredential in JSON", id="deep"),
        pytest.param(Sensitive('["hunter2"]'), "no ExecCredential in JSON", id="list"),
        pytest.param(
            printed({"token": "hunter2"}, kind="Token"), "no ExecCredential in JSON", id="another kind"
        ),
        pytest.param(
            printed({"token": "hunter2"}, version="v0"), f"another version than {V1}", id="another version"
        ),
        pytest.param(printed(None), "without a status", id="no status"),
        pytest.param(printed({}), "neither a token nor a client certificate", id="nothing in it"),
        pytest.param(printed({"token": ["hunter2"]}), "that is no text", id="wrong type"),
        pytest.param(
            printed({"token": "hunter2\nx: y"}), "spaces or letters that no token has", id="line break"
        ),
        pytest.param(
            printed({"clientKeyData": "hunter2"}), "without its key, or a key alone", id="key alone"
        ),
        pytest.param(printed({"clientCertificateData": "c"}), "without its key, or a key alone", id="no key"),
        pytest.param(
            printed({"token": "hunter2", "expirationTimestamp": "soon"}), "that is no time", id="time"
        ),
        pytest.param(printed({"token": "hunter2", "expirationTimestamp": 1}), "that is no time", id="number"),
    ],
)
def test_anything_else_is_refused_and_not_shown(output: Sensitive, message: str) -> None:
    with pytest.raises(ClusterError, match=message) as caught:
        parse_credential(output, PLUGIN)
    assert caught.value.message.startswith("the exec plugin login of user 'jane' ")
    assert "hunter2" not in all_shown(caught.value)
