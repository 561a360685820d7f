"""Secrets as the API server gives them, and what the kubelet makes of each."""

import base64
from typing import Any

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.errors import InvalidPullSecret
from pullsecret.core.pullsecrets import KEY_JSON, KEY_LEGACY, TYPE_JSON, TYPE_LEGACY, Secret
from support.showing import all_shown

GOOD = '{"auths":{"h.io":{"auth":"dTpw"}}}'


def manifest(text: str = GOOD, kind: str = TYPE_JSON, key: str = KEY_JSON, **more: Any) -> dict[str, Any]:
    data = {key: base64.b64encode(text.encode()).decode()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "type": kind,
        "data": data,
        **more,
    }


def test_everything_is_read():
    secret = Secret.from_manifest(
        manifest(
            metadata={
                "name": "pull", "namespace": "team", "uid": "1", "resourceVersion": "7",
                "labels": {"a": "b"}, "annotations": {"c": "d"}, "creationTimestamp": "2026-01-01T00:00:00Z",
            },
            immutable=True,
        )
    )  # fmt: skip
    assert (secret.name, secret.namespace, secret.type, secret.source) == (
        "pull",
        "team",
        TYPE_JSON,
        "team/pull",
    )
    assert (secret.uid, secret.resource_version, secret.immutable) == ("1", "7", True)
    assert (secret.labels, secret.annotations) == ({"a": "b"}, {"c": "d"})
    assert secret.created == "2026-01-01T00:00:00Z"
    assert secret.data_keys == (KEY_JSON,)
    assert secret.config.entries["h.io"].username == "u"
    assert not secret.skipped
    assert secret.faults() == ()


def test_least_of_all():
    secret = Secret.from_manifest({})
    assert (secret.name, secret.namespace, secret.type, secret.source) == ("", "", "Opaque", "")
    assert secret.skipped
    assert not secret.config.entries


def test_string_data_wins():
    secret = Secret.from_manifest(manifest("{bad", stringData={KEY_JSON: GOOD}))
    assert list(secret.config.entries) == ["h.io"]


def test_line_breaks_in_base64():
    obj = manifest()
    obj["data"] = {KEY_JSON: base64.encodebytes(GOOD.encode() * 1).decode(), "empty": None}
    assert list(Secret.from_manifest(obj).config.entries) == ["h.io"]


def test_legacy():
    secret = Secret.from_manifest(manifest('{"h.io":{"auth":"dTpw"}}', TYPE_LEGACY, KEY_LEGACY))
    assert list(secret.config.entries) == ["h.io"]
    assert secret.config.legacy


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (manifest(kind="Opaque") | {"kind": "ConfigMap"}, ".kind: is a ConfigMap and no Secret"),
        (manifest(data={"a": "???"}), '.data["a"]: is no base64'),
        (manifest(data={"a": "YQ"}), '.data["a"]: is no base64'),
        (manifest(data={"a": "YQ== "}), '.data["a"]: is no base64'),
        (manifest(data={"a": "ä"}), '.data["a"]: is no base64'),
        (manifest(data={"a": 5}), '.data["a"]: must be a string'),
        (manifest(data=[]), ".data: must be an object"),
        (manifest(stringData={"a": 5}), '.stringData["a"]: must be a string'),
        (manifest(metadata="x"), ".metadata: must be an object"),
        (manifest(metadata={"labels": []}), ".labels: must be an object"),
    ],
)
def test_refuse(obj, message):
    with pytest.raises(InvalidPullSecret) as caught:
        Secret.from_manifest(obj)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "place"),
    [("{", "s, .dockerconfigjson"), ('{"auths":{"x":5}}', 's, .dockerconfigjson, .auths["x"]')],
)
def test_what_the_kubelet_refuses(text, place):
    with pytest.raises(InvalidPullSecret) as caught:
        _ = Secret.from_manifest(manifest(text)).config
    assert caught.value.place == place


def test_what_can_be_read_of_a_broken_one():
    secret = Secret.from_manifest(manifest('{"auths":{"x":5,"h.io":{"auth":"dTpw"}}}'))
    assert list(secret.readable_config.entries) == ["x", "h.io"]


@pytest.mark.parametrize(
    ("obj", "cause", "place", "fatal"),
    [
        (manifest(kind="Opaque"), Cause.SECRET_WRONG_TYPE, ".type", False),
        (manifest(key="x"), Cause.SECRET_WRONG_TYPE, '.data[".dockerconfigjson"]', False),
        (manifest(""), Cause.SECRET_WRONG_TYPE, '.data[".dockerconfigjson"]', False),
        (manifest("{"), Cause.SECRET_MALFORMED, '.data[".dockerconfigjson"], line 1, column 2', True),
        (manifest("[]"), Cause.SECRET_MALFORMED, '.data[".dockerconfigjson"]', True),
        (manifest("{}"), Cause.SECRET_NO_CREDENTIAL, '.data[".dockerconfigjson"]', False),
        (manifest('{"auths":{"x.io":5}}'), Cause.SECRET_MALFORMED, '.auths["x.io"]', True),
    ],
)
def test_faults(obj, cause, place, fatal):
    (fault,) = Secret.from_manifest(obj).faults()
    assert (fault.cause, fault.place, fault.fatal) == (cause, place, fatal)
    assert "line" not in fault.message


@pytest.mark.parametrize(
    "text", ['{"auths":{"h":{"password":"hunter2"}}', '["hunter2"]', '{"auths":["hunter2"]}']
)
def test_nothing_shows_a_password(text):
    secret = Secret.from_manifest(manifest(text))
    assert "hunter2" not in repr(secret)
    assert "hunter2" not in repr(secret.faults())
    with pytest.raises(InvalidPullSecret) as caught:
        _ = secret.config
    assert "hunter2" not in all_shown(caught.value)
