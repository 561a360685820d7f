import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.errors import InvalidPullSecret, RegistryFailure
from pullsecret.core.images import ImageReference
from pullsecret.core.pullsecrets import Secret
from pullsecret.sandbox import words
from pullsecret.sandbox.keyringwords import keyring_refusal
from support.pods import recorded, told

REJECTED, DENIED = Cause.CREDENTIAL_REJECTED, Cause.DENIED_OR_MISSING


@pytest.mark.parametrize(
    ("case", "status", "cause", "scheme"),
    [
        pytest.param("no-secret", 401, Cause.AUTH_MISSING, "basic", id="no Secret"),
        pytest.param("wrong-password", 401, REJECTED, "basic", id="Basic, wrong password"),
        pytest.param("tls-wrong-password", 401, REJECTED, "basic", id="TLS, wrong password"),
        pytest.param("token-wrong-password", 401, REJECTED, "bearer", id="Bearer, wrong password"),
        pytest.param("token-denied", 401, DENIED, "bearer", id="Bearer, no right"),
        pytest.param("token-no-secret", 401, DENIED, "bearer", id="Bearer, no Secret"),
        pytest.param("forbidden", 403, Cause.CREDENTIAL_FORBIDDEN, "basic", id="403"),
        pytest.param("missing-tag", 404, Cause.IMAGE_NOT_FOUND, "basic", id="no such tag"),
        pytest.param("missing-digest", 404, Cause.IMAGE_NOT_FOUND, "basic", id="no such digest"),
        pytest.param("missing-repository", 404, Cause.IMAGE_NOT_FOUND, "basic", id="no such repository"),
        pytest.param("rate-limited", 429, Cause.RATE_LIMITED, "", id="429"),
        pytest.param("internal-error", 500, Cause.REGISTRY_ERROR, "", id="500"),
        pytest.param("server-error", 503, Cause.REGISTRY_ERROR, "", id="503"),
        pytest.param("redirect-loop", 307, Cause.REGISTRY_ERROR, "", id="redirect loop"),
        pytest.param("closed", 0, Cause.REGISTRY_ERROR, "", id="connection closed"),
        pytest.param("platform-mismatch", 200, Cause.PLATFORM_MISMATCH, "", id="no such platform"),
        pytest.param("refused", 0, Cause.CONNECTION_REFUSED, "", id="connection refused"),
        pytest.param("plain-http", 0, Cause.HTTP_HTTPS_MISMATCH, "", id="plain HTTP"),
        pytest.param("unknown-authority", 0, Cause.TLS_UNKNOWN_AUTHORITY, "", id="unknown authority"),
    ],
)
def test_a_failed_pull_is_told_in_the_words_of_a_real_node(
    case: str, status: int, cause: Cause, scheme: str
) -> None:
    text, _, message = told(case)
    image = ImageReference.parse(text)
    failure = RegistryFailure("", cause=cause, host=image.registry, status=status, scheme=scheme)

    assert words.pull_failure(image, failure) == message


@pytest.mark.parametrize("case", ["docker-hub", "unknown-host"])
def test_an_unknown_host_is_told_with_a_name_server_of_the_sandbox(case: str) -> None:
    text, _, message = told(case)
    failure = RegistryFailure("", cause=Cause.DNS_FAILURE, host="")

    said = words.pull_failure(ImageReference.parse(text), failure)

    assert said == message.replace("192.0.2.53:53", words.NAME_SERVER)


@pytest.mark.parametrize(
    ("cause", "end"),
    [
        pytest.param(Cause.NETWORK_TIMEOUT, "dial tcp h.test:443: i/o timeout", id="timeout"),
        pytest.param(
            Cause.TLS_INVALID_CERTIFICATE,
            "x509: certificate is not valid for any names, but wanted to match h.test",
            id="certificate for another host",
        ),
        pytest.param(Cause.PROXY_FAILURE, "EOF", id="whatever else broke"),
    ],
)
def test_a_broken_connection_is_told_after_what_was_asked(cause: Cause, end: str) -> None:
    failure = RegistryFailure("", cause=cause, host="h.test")

    said = words.pull_failure(ImageReference.parse("h.test/a/b:1"), failure)

    assert said.endswith(f'failed to do request: Head "https://h.test/v2/a/b/manifests/1": {end}')


def test_a_web_page_is_told_as_an_unexpected_media_type() -> None:
    failure = RegistryFailure("", cause=Cause.REGISTRY_ERROR, host="h.test", status=200)

    assert "unexpected media type text/html" in words.pull_failure(
        ImageReference.parse("h.test/a:1"), failure
    )


def test_a_status_that_has_no_name_is_told_by_its_number() -> None:
    failure = RegistryFailure("", cause=Cause.REGISTRY_ERROR, host="h.test", status=599)

    said = words.pull_failure(ImageReference.parse("h.test/a:1"), failure)

    assert said.endswith("failed with status code [manifests 1]: 599")


@pytest.mark.parametrize("case", ["invalid-name", "invalid-name-scheme"])
def test_an_invalid_name_is_told_in_the_words_of_a_real_node(case: str) -> None:
    text, _, message = told(case)

    assert words.invalid_name(text) == message


@pytest.mark.parametrize(
    "case",
    [
        "secret-malformed",
        "secret-malformed-array",
        "secret-malformed-entry",
        "secret-malformed-field",
        "secret-malformed-no-colon",
    ],
)
def test_a_malformed_secret_is_told_in_the_words_of_a_real_node(case: str) -> None:
    secret = Secret.from_manifest(recorded(case)["secrets"][0])

    with pytest.raises(InvalidPullSecret):
        _ = secret.config
    assert keyring_refusal(secret) == told(case)[2]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param(
            b'{"h": true}',
            "json: cannot unmarshal bool into Go value of type credentialprovider.dockerConfigEntryWithAuth",
            id="entry",
        ),
        pytest.param(
            b'{"h": {"email": {}}}',
            "json: cannot unmarshal object into "
            "Go struct field dockerConfigEntryWithAuth.email of type string",
            id="field",
        ),
        pytest.param(
            b'{"h": null, "i": {"auth": "YTp$"}}', "illegal base64 data at input byte 3", id="base64"
        ),
        pytest.param(
            b'{"h": {"auth": "YWJjZ"}}', "illegal base64 data at input byte 4", id="base64 cut short"
        ),
    ],
)
def test_a_malformed_legacy_secret_is_told_without_a_struct_around_it(config: bytes, message: str) -> None:
    secret = Secret.from_decoded({"type": "kubernetes.io/dockercfg", "data": {".dockercfg": config}})

    assert keyring_refusal(secret) == message


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        pytest.param(["a"], "a", id="one"),
        pytest.param(["a", "a"], "a", id="the same twice"),
        pytest.param(["a", "b", "a"], "[a, b]", id="several"),
    ],
)
def test_several_failures_are_told_together_once_each(messages: list[str], said: str) -> None:
    assert words.several(messages) == said


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0.012893711, "12.893711ms", id="below a second"),
        pytest.param(1.040140953, "1.040140953s", id="above"),
        pytest.param(0.0, "0ms", id="nothing"),
    ],
)
def test_lengths_of_time_are_written_as_go_does(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text
