"""Secrets that the API server refuses, and changes of them."""

from typing import Any

import pytest

from pullsecret.core.errors import Invalid
from pullsecret.core.objects import SECRET
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, pull_secret, refusal, secret

REDACTED = 'Secret "a" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": '
NAME_WORDS = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'"
TOO_LONG = "AAAA" * (1024 * 1024 // 3 + 2)
NO_LOGIN = "[data[%s][username]: Required value, data[%s][password]: Required value]"
NO_ACCOUNT = "metadata.annotations[kubernetes.io/service-account.name]: Required value"
KEY_WORDS = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
NAMESPACE_WORDS = "the namespace of the provided object does not match the namespace sent on the request"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        pytest.param(
            "[]", "json: cannot unmarshal array into Go value of type map[string]interface {}", id="list"
        ),
        pytest.param('"x"', "json: cannot unmarshal string into Go value of type map", id="string"),
        pytest.param("7", "json: cannot unmarshal number into Go value of type map", id="number"),
        pytest.param("true", "json: cannot unmarshal bool into Go value of type map", id="bool"),
        pytest.param("", "unexpected end of JSON input", id="empty"),
        pytest.param('{"auths":{', "unexpected end of JSON input", id="truncated"),
        pytest.param('{"auths":{"h":"x', "unexpected end of JSON input", id="truncated-in-a-string"),
        pytest.param("auths: {}", "invalid character 'a' looking for beginning of value", id="yaml"),
        pytest.param("{} x", "invalid character 'x' after top-level value", id="text-after-it"),
        pytest.param("{'a': 1}", "invalid character '\\'' looking for beginning of object key", id="quotes"),
        pytest.param('{"a" 1}', "invalid character '1' after object key", id="no-colon"),
        pytest.param('{"a": 1 "b"}', "invalid character '\"' after object key:value pair", id="no-comma"),
        pytest.param('{"a": [1 2]}', "invalid character '2' after array element", id="no-comma-in-a-list"),
        pytest.param('{"a": 1,}', "invalid character '}' looking for beginning of object key", id="comma"),
        pytest.param('{"a": "b\nc"}', "invalid character '\\n' in string literal", id="newline-in-a-string"),
        pytest.param('{"a": "\\x"}', "invalid character 'x' in string escape code", id="escape"),
        pytest.param('{"a": nul}', "invalid character '}' in literal null (expecting 'l')", id="literal"),
        pytest.param(
            '{"a": 01}', "invalid character '1' after object key:value pair", id="number-like-no-other"
        ),
        pytest.param('{"a": -x}', "invalid character 'x' in numeric literal", id="minus"),
        pytest.param(
            '{"a": 1.x}', "invalid character 'x' after decimal point in numeric literal", id="point"
        ),
        pytest.param('{"a": 1e+x}', "invalid character 'x' in exponent of numeric literal", id="exponent"),
        pytest.param(
            '{"a": "\\u12x4"}', "invalid character 'x' in \\u hexadecimal character escape", id="hex"
        ),
        pytest.param("{é: 1}", "invalid character 'Ã' looking for beginning of object key", id="no-ascii"),
        pytest.param('{"a": \x01}', "invalid character '\\x01' looking for beginning of value", id="control"),
        pytest.param(
            '{"a\\\\": "\\"" \\}', "invalid character '\\\\' after object key:value", id="backslash"
        ),
        pytest.param("[" * 10001, "invalid character '[' exceeded max depth", id="deep"),
        pytest.param(
            "\ufeff{}", "invalid character 'ï' looking for beginning of value", id="byte-order-mark"
        ),
        pytest.param("NaN", "invalid character 'N' looking for beginning of value", id="no-number"),
    ],
)
async def test_a_docker_config_is_refused(
    cluster: ClusterClient, namespace: str, config: str, words: str
) -> None:
    error = await refusal(cluster.create(SECRET, pull_secret("a", config), namespace=namespace))
    assert isinstance(error, Invalid)
    assert error.message.startswith(REDACTED + words)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param("null", id="null"),
        pytest.param("{}", id="empty"),
        pytest.param('{"auths":[]}', id="list-of-auths"),
        pytest.param('{"auths":{"h":{"auth":"!!!"}}}', id="auth-that-is-no-base64"),
        pytest.param(' \n{"auths":null}\n', id="space"),
    ],
)
async def test_any_json_object_is_a_docker_config(
    cluster: ClusterClient, namespace: str, config: str
) -> None:
    assert await cluster.create(SECRET, pull_secret("a", config), namespace=namespace)


def marked(**metadata: Any) -> dict[str, Any]:
    return {**secret("a"), "metadata": {"name": "a", **metadata}}


@pytest.mark.parametrize(
    ("obj", "status", "words"),
    [
        pytest.param(secret("A_b"), 422, f'metadata.name: Invalid value: "A_b": {NAME_WORDS}', id="name"),
        pytest.param(secret(""), 422, "metadata.name: Required value: name or generateName", id="no-name"),
        pytest.param(secret("a", type="kubernetes.io/dockerconfigjson"), 422,
                     'Secret "a" is invalid: data[.dockerconfigjson]: Required value', id="no-docker-config"),
        pytest.param(secret("a", type="kubernetes.io/dockercfg", stringData={".dockercfg": "x"}), 422,
                     'data[.dockercfg]: Invalid value: "<secret contents redacted>": ', id="dockercfg"),
        pytest.param(secret("a", type="kubernetes.io/basic-auth"), 422, NO_LOGIN, id="basic-auth"),
        pytest.param(secret("a", type="kubernetes.io/tls"), 422,
                     "[data[tls.crt]: Required value, data[tls.key]: Required value]", id="tls"),
        pytest.param(secret("a", type="kubernetes.io/ssh-auth"), 422,
                     "data[%s][ssh-privatekey]: Required value", id="ssh-auth"),
        pytest.param(secret("a", type="kubernetes.io/service-account-token"), 422, NO_ACCOUNT, id="token"),
        pytest.param(secret("a", data={"x": "!!!"}), 400, "illegal base64 data at input byte 0", id="base64"),
        pytest.param(secret("a", data={"x": "abc"}), 400, "illegal base64 data at input", id="cut-base64"),
        pytest.param(secret("a", data={"a b": "eA=="}), 422,
                     f'data[a b]: Invalid value: "a b": {KEY_WORDS}', id="key"),
        pytest.param(secret("a", data="x"), 400, "cannot be handled as a Secret: ", id="data-is-text"),
        pytest.param(secret("a", data={"x": TOO_LONG}), 422,
                     "data: Too long: must have at most 1048576", id="too-long"),
        pytest.param(marked(namespace="elsewhere"), 400, NAMESPACE_WORDS, id="namespace"),
        pytest.param({**secret("a"), "kind": "Pod"}, 400,
                     'Pod in version "v1" cannot be handled as a Secret: ', id="kind"),
        pytest.param({**secret("a"), "apiVersion": "v2"}, 400,
                     'Secret in version "v2" cannot be handled as a Secret: ', id="version"),
        pytest.param(marked(labels={"b": "y z"}), 422,
                     'metadata.labels: Invalid value: "y z": a valid label must be an empty', id="label"),
        pytest.param(marked(annotations={"a b": ""}), 422,
                     'metadata.annotations: Invalid value: "a b": name part must', id="annotation"),
        pytest.param(marked(annotations={"a": "x" * 262144}), 422,
                     "metadata.annotations: Too long: must have at most 262144", id="long-annotation"),
        pytest.param(marked(finalizers=["ab"]), 422,
                     "name is neither a standard finalizer name nor is it fully qualified", id="finalizer"),
    ],
)  # fmt: skip
async def test_a_secret_is_refused(
    cluster: ClusterClient, namespace: str, obj: Any, status: int, words: str
) -> None:
    error = await refusal(cluster.create(SECRET, obj, namespace=namespace))
    assert (error.status, words in error.message) == (status, True), error.message


async def test_a_secret_keeps_its_type(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(SECRET, pull_secret("a"), namespace=namespace)
    error = await refusal(
        cluster.patch(SECRET, "a", {"type": "Opaque"}, patch_type=MERGE_PATCH, namespace=namespace)
    )
    assert isinstance(error, Invalid)
    assert 'type: Invalid value: "Opaque": field is immutable' in error.message
    assert error.causes[0] == ("type", 'Invalid value: "Opaque": field is immutable')


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        pytest.param({"data": {"x": "eA=="}}, "data", id="data"),
        pytest.param({"stringData": {"y": "z"}}, "data", id="stringData"),
        pytest.param({"immutable": False}, "immutable", id="immutable"),
        pytest.param({"immutable": None}, "immutable", id="immutable-gone"),
    ],
)
async def test_an_immutable_secret_stays_as_it_is(
    cluster: ClusterClient, namespace: str, patch: Any, field: str
) -> None:
    await cluster.create(SECRET, secret("a", immutable=True, data={"x": "eg=="}), namespace=namespace)
    error = await refusal(cluster.patch(SECRET, "a", patch, patch_type=MERGE_PATCH, namespace=namespace))
    expected = f'Secret "a" is invalid: {field}: Forbidden: field is immutable when `immutable` is set'
    assert error.message == expected
    labelled = {"metadata": {"labels": {"a": "b"}}}
    assert await cluster.patch(SECRET, "a", labelled, patch_type=MERGE_PATCH, namespace=namespace)
