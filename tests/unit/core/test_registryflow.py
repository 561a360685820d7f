import json
from typing import Any

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.challenge import Challenge
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.endpoints import Endpoint
from pullsecret.core.exchange import Answer, Response
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import ACCEPT, OCI_INDEX, OCI_MANIFEST, compute_digest
from pullsecret.core.registryflow import Ping, login_flow, manifest_flow, ping_flow, repository_flow
from pullsecret.core.sensitive import Sensitive
from support.flows import drive, failing, refusal, reply, token

HTTPS = Endpoint("a.test", "https://a.test")
HTTP = Endpoint("a.test", "http://a.test")
ADMIN = Credential("admin", Sensitive("pw12"))
BASIC_HEADER = "Basic YWRtaW46cHcxMg=="
BASIC = 'Basic realm="r"'
BEARER = 'Bearer realm="https://a.test/t",service="s"'
SCOPE = "repository:team/app:pull"

ASKS_BASIC = refusal(401, "UNAUTHORIZED", www_authenticate=BASIC)
ASKS_BEARER = refusal(401, "UNAUTHORIZED", www_authenticate=BEARER)

CONFIG = json.dumps({"os": "linux", "architecture": "amd64"}).encode()
CONFIG_DIGEST = compute_digest(CONFIG)
IMAGE = json.dumps({
    "mediaType": OCI_MANIFEST,
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": CONFIG_DIGEST},
}).encode()  # fmt: skip
DIGEST = compute_digest(IMAGE)
INDEX = json.dumps({
    "mediaType": OCI_INDEX,
    "manifests": [{"platform": {"os": "linux", "architecture": "arm64"}}],
}).encode()  # fmt: skip
FOUND = reply(docker_content_digest=DIGEST)
TAGGED = ImageReference.parse("a.test/team/app:1.0")
URL = "https://a.test/v2/team/app"


def pinged(challenge: str = "", status: int | None = None) -> Ping:
    response = reply(
        status or (401 if challenge else 200), **({"www_authenticate": challenge} if challenge else {})
    )
    parsed = {
        "": None,
        BASIC: Challenge("basic", {"realm": "r"}),
        BEARER: Challenge("bearer", {"realm": "https://a.test/t", "service": "s"}),
    }[challenge]
    return Ping(HTTPS, response, parsed)


# --- ping


@pytest.mark.parametrize(
    ("answer", "challenge"),
    [
        pytest.param(reply(), None, id="open"),
        pytest.param(ASKS_BASIC, "basic", id="basic"),
        pytest.param(ASKS_BEARER, "bearer", id="bearer"),
        pytest.param(reply(403), None, id="refused-by-a-rule-on-paths"),
        pytest.param(reply(404), None, id="not-there"),
        pytest.param(
            reply(401, url="https://a.test/v2", www_authenticate=BASIC), "basic", id="moved-at-the-same-host"
        ),
        pytest.param(reply(200, url="https://b.test/v2/"), None, id="moved-to-one-that-asks-nothing"),
    ],
)
def test_ping(answer: Response, challenge: str | None) -> None:
    driven = drive(ping_flow(HTTPS), answer)
    assert driven.lines == ["GET https://a.test/v2/"]
    assert driven.result is not None
    assert (driven.result.challenge.scheme if driven.result.challenge else None) == challenge
    assert driven.result.response is answer


@pytest.mark.parametrize(
    ("endpoint", "answer", "cause", "says"),
    [
        pytest.param(HTTPS, reply(429), Cause.RATE_LIMITED, "limit", id="rate"),
        pytest.param(HTTPS, reply(503), Cause.REGISTRY_ERROR, "503", id="down"),
        pytest.param(HTTPS, reply(200, b"<html>"), Cause.REGISTRY_ERROR, "HTML page", id="login-page"),
        pytest.param(
            HTTP,
            reply(400, b"HTTP request to an HTTPS server"),
            Cause.HTTP_HTTPS_MISMATCH,
            "HTTPS",
            id="tls-port",
        ),
        pytest.param(
            HTTP,
            reply(401, url="https://a.test/v2/"),
            Cause.HTTP_HTTPS_MISMATCH,
            "sends on to HTTPS",
            id="to-https",
        ),
        pytest.param(
            HTTPS,
            reply(401, url="https://b.test/v2/"),
            Cause.REGISTRY_ERROR,
            "sends on to b.test",
            id="to-another",
        ),
        pytest.param(HTTPS, reply(401), Cause.REGISTRY_ERROR, "(none)", id="no-challenge"),
        pytest.param(
            HTTPS,
            reply(401, www_authenticate="Negotiate, Digest x=y"),
            Cause.REGISTRY_ERROR,
            "(digest, negotiate)",
            id="challenges-nobody-speaks",
        ),
    ],
)
def test_ping_fails(endpoint: Endpoint, answer: Response, cause: Cause, says: str) -> None:
    failure = failing(ping_flow(endpoint), answer)
    assert failure.cause is cause
    assert says in failure.message


# --- login


def test_a_basic_login_is_proven_by_the_ping_with_it() -> None:
    driven = drive(login_flow(pinged(BASIC), ADMIN), reply())
    assert driven.lines == [f"GET https://a.test/v2/ {BASIC_HEADER}"]
    assert (driven.requests[0].login, driven.requests[0].follow) == (True, False)
    assert driven.result is not None
    assert (driven.result.proven, driven.result.scheme, driven.result.expires_in) == (True, "basic", None)


def test_a_bearer_login_is_proven_by_a_token_that_the_registry_takes() -> None:
    driven = drive(login_flow(pinged(BEARER), ADMIN), token("tok", 300), reply())
    assert driven.lines == ["token", "GET https://a.test/v2/ Bearer tok"]
    assert (driven.tokens[0].realm, driven.tokens[0].service) == ("https://a.test/t", "s")
    assert driven.result is not None
    assert (driven.result.proven, driven.result.scheme, driven.result.expires_in) == (True, "bearer", 300)


def test_a_registry_token_is_used_as_it_is() -> None:
    driven = drive(login_flow(pinged(BEARER), Credential(registry_token=Sensitive("mine"))), reply())
    assert driven.lines == ["GET https://a.test/v2/ Bearer mine"]


def test_a_registry_that_lets_anybody_in_proves_nothing() -> None:
    result = drive(login_flow(pinged(), ADMIN)).result
    assert result is not None
    assert (result.proven, result.scheme) == (False, "none")


@pytest.mark.parametrize(
    ("ping", "credential", "answers", "cause"),
    [
        pytest.param(pinged(BASIC), ADMIN, [ASKS_BASIC], Cause.CREDENTIAL_REJECTED, id="basic"),
        pytest.param(
            pinged(BEARER), ADMIN, [token(), ASKS_BEARER], Cause.CREDENTIAL_REJECTED, id="token-not-taken"
        ),
        pytest.param(pinged(BASIC), ANONYMOUS, [], Cause.AUTH_MISSING, id="anonymous"),
        pytest.param(
            pinged(BASIC),
            ADMIN,
            [reply(302, location="/x")],
            Cause.REGISTRY_ERROR,
            id="redirect-proves-nothing",
        ),
        pytest.param(
            pinged(BASIC), ADMIN, [reply(200, b"<html>")], Cause.REGISTRY_ERROR, id="page-proves-nothing"
        ),
        pytest.param(
            pinged(BASIC),
            Credential(registry_token=Sensitive("t")),
            [ASKS_BASIC],
            Cause.AUTH_MISSING,
            id="token-for-basic",
        ),
        pytest.param(
            pinged(BASIC),
            Credential(registry_token=Sensitive("t")),
            [reply()],
            Cause.REGISTRY_ERROR,
            id="nothing-was-sent",
        ),
        pytest.param(pinged(status=404), ADMIN, [], Cause.REGISTRY_ERROR, id="no-registry"),
        pytest.param(pinged(status=403), ADMIN, [], Cause.REGISTRY_BLOCKED, id="blocked"),
    ],
)
def test_login_fails(ping: Ping, credential: Credential, answers: list[Answer], cause: Cause) -> None:
    assert failing(login_flow(ping, credential), *answers).cause is cause


# --- manifest


def manifest_lines(credential: Credential, challenge: str, *answers: Answer, **options: Any) -> list[str]:
    return drive(manifest_flow(pinged(challenge), TAGGED, credential, **options), *answers).lines


def test_head_comes_before_get_by_the_digest_that_it_told() -> None:
    driven = drive(manifest_flow(pinged(), TAGGED, ANONYMOUS), FOUND, reply(body=IMAGE))
    assert driven.lines == [f"HEAD {URL}/manifests/1.0", f"GET {URL}/manifests/{DIGEST}"]
    assert {r.accept for r in driven.requests} == {ACCEPT}
    assert [r.digest for r in driven.requests] == ["", DIGEST]
    assert driven.result is not None
    assert (driven.result.digest, driven.result.reference) == (DIGEST, "a.test/team/app:1.0")


def test_a_digest_asked_for_decides() -> None:
    image = ImageReference.parse(f"a.test/team/app:1.0@{DIGEST}")
    lines = drive(manifest_flow(pinged(), image, ANONYMOUS), FOUND, reply(body=IMAGE)).lines
    assert lines == [f"HEAD {URL}/manifests/{DIGEST}", f"GET {URL}/manifests/{DIGEST}"]


@pytest.mark.parametrize("head", [reply(), reply(405), reply(404), reply(403)])
def test_where_head_tells_nothing_get_does(head: Response) -> None:
    lines = manifest_lines(ANONYMOUS, "", head, reply(body=IMAGE))
    assert lines == [f"HEAD {URL}/manifests/1.0", f"GET {URL}/manifests/1.0"]


@pytest.mark.parametrize(
    "head", [pytest.param(reply(403), id="refused"), pytest.param(reply(), id="without-digest")]
)
def test_what_head_did_not_show_to_be_there_is_really_fetched(head: Response) -> None:
    image = ImageReference.parse(f"a.test/team/app@{DIGEST}")
    driven = drive(manifest_flow(pinged(), image, ANONYMOUS), head, reply(body=IMAGE))
    assert driven.requests[-1].digest == ""


def test_basic_goes_with_each_request_and_counts_as_a_login() -> None:
    driven = drive(manifest_flow(pinged(BASIC), TAGGED, ADMIN), FOUND, reply(body=IMAGE))
    assert all(line.endswith(BASIC_HEADER) for line in driven.lines)
    assert all(request.login for request in driven.requests)


def test_a_token_is_needed_for_the_repository() -> None:
    driven = drive(
        manifest_flow(pinged(BEARER), TAGGED, ADMIN), token("t1"), FOUND, token("t1"), reply(body=IMAGE)
    )
    assert driven.lines == [
        f"token {SCOPE}",
        f"HEAD {URL}/manifests/1.0 Bearer t1",
        f"token {SCOPE}",
        f"GET {URL}/manifests/{DIGEST} Bearer t1",
    ]
    assert not any(request.login for request in driven.requests)


def test_an_anonymous_token_is_asked_for_without_a_credential() -> None:
    assert (
        manifest_lines(ANONYMOUS, BEARER, token(), FOUND, token(), reply(body=IMAGE))[0] == f"token {SCOPE}"
    )


def test_a_registry_that_asks_only_at_the_manifest_is_answered() -> None:
    lines = manifest_lines(ADMIN, "", ASKS_BASIC, FOUND, reply(body=IMAGE))
    assert lines == [
        f"HEAD {URL}/manifests/1.0",
        f"HEAD {URL}/manifests/1.0 {BASIC_HEADER}",
        f"GET {URL}/manifests/{DIGEST} {BASIC_HEADER}",
    ]


def test_a_scope_that_the_registry_names_is_asked_for() -> None:
    asks = refusal(401, "UNAUTHORIZED", www_authenticate=f'{BEARER},scope="repository:team/app:pull,push"')
    driven = drive(
        manifest_flow(pinged(), TAGGED, ADMIN), asks, token("t"), FOUND, token("t"), reply(body=IMAGE)
    )
    assert driven.tokens[0].scope == "repository:team/app:pull,push"


@pytest.mark.parametrize(
    ("more", "scope"),
    [
        pytest.param(',error="invalid_token"', SCOPE, id="expired-on-the-way"),
        pytest.param(
            ',scope="repository:team/app:pull,push"', "repository:team/app:pull,push", id="other-scope"
        ),
    ],
)
def test_a_token_that_is_not_taken_is_fetched_once_more(more: str, scope: str) -> None:
    asks = refusal(401, "UNAUTHORIZED", www_authenticate=BEARER + more)
    answers = [token("old"), asks, token("new"), FOUND, token("new"), reply(body=IMAGE)]
    driven = drive(manifest_flow(pinged(BEARER), TAGGED, ADMIN), *answers)
    assert driven.lines[:4] == [
        f"token {SCOPE}",
        f"HEAD {URL}/manifests/1.0 Bearer old",
        f"token {scope}",
        f"HEAD {URL}/manifests/1.0 Bearer new",
    ]
    assert [needed.refused.reveal() for needed in driven.tokens] == ["", "old", "old"]


def test_only_once() -> None:
    asks = refusal(401, "UNAUTHORIZED", www_authenticate=BEARER + ',error="invalid_token"')
    flow = manifest_flow(pinged(BEARER), TAGGED, ADMIN, proven=True)
    failure = failing(flow, token(), asks, token(), asks, token(), asks)
    assert failure.cause is Cause.DENIED_OR_MISSING


def test_a_token_of_ones_own_is_not_tried_twice() -> None:
    mine = Credential(registry_token=Sensitive("mine"))
    asks = refusal(401, "UNAUTHORIZED", www_authenticate=BEARER + ',error="invalid_token"')
    failure = failing(manifest_flow(pinged(BEARER), TAGGED, mine), asks, asks)
    assert failure.cause is Cause.CREDENTIAL_REJECTED


NARROW = refusal(
    401,
    "UNAUTHORIZED",
    "authentication required",
    www_authenticate=f'{BEARER},scope="{SCOPE}",error="insufficient_scope"',
)


@pytest.mark.parametrize(
    ("challenge", "credential", "proven", "answers", "cause"),
    [
        pytest.param(
            BEARER,
            ADMIN,
            True,
            [token(), NARROW, token(), NARROW],
            Cause.DENIED_OR_MISSING,
            id="narrow-token",
        ),
        pytest.param(
            BEARER,
            ANONYMOUS,
            False,
            [token(), NARROW, token(), NARROW],
            Cause.DENIED_OR_MISSING,
            id="anonymous-token",
        ),
        pytest.param(
            BASIC, ANONYMOUS, False, [ASKS_BASIC, ASKS_BASIC], Cause.AUTH_MISSING, id="anonymous-basic"
        ),
        pytest.param(BASIC, ADMIN, True, [ASKS_BASIC, ASKS_BASIC], Cause.CREDENTIAL_FORBIDDEN, id="basic"),
        pytest.param(
            "", ADMIN, False, [ASKS_BASIC, ASKS_BASIC, ASKS_BASIC], Cause.CREDENTIAL_REJECTED, id="asked-late"
        ),
        pytest.param(
            BASIC,
            ADMIN,
            True,
            [reply(404), refusal(404, "MANIFEST_UNKNOWN")],
            Cause.IMAGE_NOT_FOUND,
            id="missing",
        ),
        pytest.param("", ANONYMOUS, False, [reply(429)], Cause.RATE_LIMITED, id="rate-is-not-asked-again"),
        pytest.param("", ANONYMOUS, False, [reply(502)], Cause.REGISTRY_ERROR, id="down-is-not-asked-again"),
        pytest.param("", ANONYMOUS, False, [FOUND, reply(502)], Cause.REGISTRY_ERROR, id="down-at-get"),
        pytest.param("", ANONYMOUS, False, [reply(401)], Cause.REGISTRY_ERROR, id="asks-in-no-way"),
        pytest.param(
            "",
            ANONYMOUS,
            False,
            [reply(docker_content_digest="x")],
            Cause.REGISTRY_ERROR,
            id="digest-that-is-none",
        ),
        pytest.param(
            "",
            ANONYMOUS,
            False,
            [FOUND, reply(body=INDEX)],
            Cause.DIGEST_MISMATCH,
            id="other-bytes-than-head-said",
        ),
        pytest.param(
            "",
            ANONYMOUS,
            False,
            [reply(), reply(body=IMAGE, docker_content_digest=compute_digest(b""))],
            Cause.DIGEST_MISMATCH,
            id="other-bytes-than-get-said",
        ),
        pytest.param(
            "",
            ANONYMOUS,
            False,
            [FOUND, reply(401, url="https://b.test/x")],
            Cause.REGISTRY_ERROR,
            id="moved-login",
        ),
        pytest.param("", ANONYMOUS, False, [reply(), reply(200, b"<html>")], Cause.REGISTRY_ERROR, id="html"),
    ],
)
def test_manifest_fails(
    challenge: str, credential: Credential, proven: bool, answers: list[Answer], cause: Cause
) -> None:
    flow = manifest_flow(pinged(challenge), TAGGED, credential, proven=proven)
    assert failing(flow, *answers).cause is cause


def test_other_bytes_than_the_digest_asked_for() -> None:
    image = ImageReference.parse("a.test/team/app@sha256:" + "0" * 64)
    assert (
        failing(manifest_flow(pinged(), image, ANONYMOUS), reply(), reply(body=IMAGE)).cause
        is Cause.DIGEST_MISMATCH
    )


# --- platforms


def test_the_config_is_read_only_when_asked_for() -> None:
    result = drive(manifest_flow(pinged(), TAGGED, ANONYMOUS), FOUND, reply(body=IMAGE)).result
    assert result is not None
    assert result.platforms == ()


def test_the_config_of_a_single_platform_names_it() -> None:
    flow = manifest_flow(pinged(), TAGGED, ANONYMOUS, platforms=True)
    driven = drive(flow, FOUND, reply(body=IMAGE), reply(body=CONFIG, url="https://cdn.test/x"))
    assert driven.lines[-1] == f"GET {URL}/blobs/{CONFIG_DIGEST}"
    assert driven.result is not None
    assert driven.result.platforms == ("linux/amd64",)


@pytest.mark.parametrize(
    ("body", "platforms"),
    [
        pytest.param(INDEX, ("linux/arm64",), id="index-names-them"),
        pytest.param(json.dumps({"mediaType": OCI_MANIFEST}).encode(), (), id="no-config"),
        pytest.param(
            json.dumps(
                {"mediaType": OCI_MANIFEST, "artifactType": "a/b", "config": {"digest": CONFIG_DIGEST}}
            ).encode(),
            (),
            id="artifact",
        ),
    ],
)
def test_no_config_is_read_where_it_would_tell_nothing(body: bytes, platforms: tuple[str, ...]) -> None:
    result = drive(
        manifest_flow(pinged(), TAGGED, ANONYMOUS, platforms=True), reply(), reply(body=body)
    ).result
    assert result is not None
    assert result.platforms == platforms


@pytest.mark.parametrize(
    ("answer", "cause", "says"),
    [
        pytest.param(
            reply(403, url="https://cdn.test/x"), Cause.REGISTRY_ERROR, "sent on to cdn.test", id="storage"
        ),
        pytest.param(reply(body=b"{}"), Cause.DIGEST_MISMATCH, "the config of", id="other-bytes"),
    ],
)
def test_the_config_cannot_be_had(answer: Response, cause: Cause, says: str) -> None:
    flow = manifest_flow(pinged(), TAGGED, ANONYMOUS, platforms=True)
    failure = failing(flow, FOUND, reply(body=IMAGE), answer)
    assert failure.cause is cause
    assert says in failure.message


# --- repository


@pytest.mark.parametrize(
    ("answer", "there"),
    [
        pytest.param(reply(200, {"name": "team/app", "tags": ["1.0"]}), True, id="tags"),
        pytest.param(reply(200, {"name": "team/app", "tags": None}), True, id="all tags deleted"),
        pytest.param(refusal(404, "NAME_UNKNOWN"), False, id="no such repository"),
        pytest.param(reply(404, b"<html>", content_type="text/html"), None, id="a page for people"),
        pytest.param(reply(200, {}, url="https://b.test/"), None, id="somebody else answers"),
        pytest.param(refusal(403, "DENIED"), None, id="not for this login"),
        pytest.param(refusal(429, "TOOMANYREQUESTS"), None, id="too often"),
    ],
)
def test_a_repository_is_told_by_its_tags(answer: Response, there: bool | None) -> None:
    flow = repository_flow(pinged(), TAGGED, ANONYMOUS)
    driven = drive(flow, answer)
    assert (driven.result, driven.lines) == (there, [f"GET {URL}/tags/list?n=1"])


def test_a_repository_is_asked_for_as_somebody() -> None:
    driven = drive(repository_flow(pinged(BEARER), TAGGED, ADMIN), token(), refusal(404, "NAME_UNKNOWN"))
    assert driven.result is False
    assert driven.lines == [f"token {SCOPE}", f"GET {URL}/tags/list?n=1 Bearer tok"]
