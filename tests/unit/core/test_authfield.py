"""The `auth` field, as the kubelet decodes and kubectl encodes it."""

import pytest

from pullsecret.core.authfield import InvalidAuth, decode_auth, encode_auth
from pullsecret.core.sensitive import Sensitive


@pytest.mark.parametrize(
    ("auth", "username", "password"),
    [
        pytest.param("dTpw", "u", "p", id="plain"),
        pytest.param("dTo=", "u", "", id="no-password"),
        pytest.param("OnA=", "", "p", id="no-user"),
        pytest.param("dTpwOnE=", "u", "p:q", id="colon-in-password"),
        pytest.param("dTpwMQ==", "u", "p1", id="two-pads"),
        pytest.param("dTpwMQ", "u", "p1", id="unpadded"),
        pytest.param("dTp\r\nw\n", "u", "p", id="line-breaks"),
        pytest.param("dTpwMQ=\n=", "u", "p1", id="line-break-in-the-padding"),
        pytest.param("dTpwMR==", "u", "p1", id="loose-bits"),
        pytest.param("dTpwAAA=", "u", "p\0\0", id="nul-bytes-stay"),
        pytest.param("//46/Q==", "\ufffd\ufffd", "\ufffd", id="no-utf-8"),
        pytest.param("55So5oi3OuWvhueggQ==", "用户", "密码", id="chinese"),
    ],
)
def test_decode(auth, username, password):
    assert decode_auth(Sensitive(auth)) == (username, Sensitive(password))


@pytest.mark.parametrize(
    ("auth", "reason"),
    [
        pytest.param("!!!", "no base64", id="rubbish"),
        pytest.param("dTpw=", "no base64", id="too-much-padding"),
        pytest.param("dTpwMQ=", "no base64", id="too-little-padding"),
        pytest.param("dTpwM", "no base64", id="one-loose-character"),
        pytest.param("dTpw ", "no base64", id="space-at-the-end"),
        pytest.param("dTpwMQ== ", "no base64", id="space-behind-padding"),
        pytest.param("dTpwMQ==dTpw", "no base64", id="text-behind-padding"),
        pytest.param("dT_w", "no base64", id="url-alphabet"),
        pytest.param("dTpä", "no base64", id="not-ascii"),
        pytest.param("=", "no base64", id="padding-alone"),
        pytest.param("dQ==", "no colon", id="no-colon"),
        pytest.param("\n", "no colon", id="blank"),
    ],
)
def test_refuse(auth, reason):
    with pytest.raises(InvalidAuth, match=reason):
        decode_auth(Sensitive(auth))


@pytest.mark.parametrize(
    ("username", "password", "auth"),
    [("u", "p", "dTpw"), ("用户", "密码", "55So5oi3OuWvhueggQ=="), ("u\udcff", "\udc80", "df86gA==")],
    ids=["plain", "chinese", "bytes-of-an-argument-that-are-no-utf-8"],
)
def test_encode(username, password, auth):
    assert encode_auth(username, Sensitive(password)).reveal() == auth
