import json
from typing import Any

import pytest

from pullsecret.core import errors
from pullsecret.core.errors import ApiError
from pullsecret.kube.status import clean, error_of, error_of_status

REQUEST = "GET https://one:6443/api/v1/x"


def status(code: int, reason: str = "", message: str = "m", **details: Any) -> bytes:
    return json.dumps(
        {"kind": "Status", "code": code, "reason": reason, "message": message, "details": details}
    ).encode()


@pytest.mark.parametrize(
    ("http_status", "reason", "kind"),
    [
        (401, "Unauthorized", errors.Unauthorized),
        (403, "Forbidden", errors.Forbidden),
        (404, "NotFound", errors.NotFound),
        (409, "AlreadyExists", errors.AlreadyExists),
        (409, "Conflict", errors.Conflict),
        (409, "", errors.Conflict),
        (410, "Gone", errors.Gone),
        (410, "Expired", errors.Gone),
        (422, "Invalid", errors.Invalid),
        (422, "", errors.Invalid),
        (429, "TooManyRequests", errors.TooManyRequests),
        (500, "InternalError", ApiError),
        (504, "Timeout", ApiError),
        (400, "BadRequest", ApiError),
    ],
)
def test_the_reason_makes_the_error(http_status: int, reason: str, kind: type[ApiError]) -> None:
    error = error_of(http_status, status(http_status, reason), request=REQUEST)
    assert type(error) is kind
    assert (error.status, error.reason) == (http_status, reason)
    assert error.message == "m" or (http_status in {429, 500, 504} and error.message.endswith(": m"))


def test_details_are_kept() -> None:
    causes = [{"field": "data", "message": "bad"}, {"reason": "DisruptionBudget", "message": "no"}, "x"]
    error = error_of(
        429, status(429, "TooManyRequests", causes=causes, retryAfterSeconds=10), request=REQUEST
    )
    assert error.causes == (("data", "bad"), ("DisruptionBudget", "no"))
    assert error.retry_after == 10
    assert "disruption budget" in error.hint


def test_the_header_wins_over_the_details() -> None:
    error = error_of(429, status(429, retryAfterSeconds=10), request=REQUEST, retry_after=2)
    assert error.retry_after == 2


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        pytest.param(
            'User "jane" cannot list resource "secrets" in API group "" in the namespace "web"',
            "the right to list secrets is missing; check with: kubectl auth can-i list secrets -n web",
            id="namespaced",
        ),
        pytest.param(
            'User "jane" cannot get resource "cronjobs" in API group "batch" at the cluster scope',
            "the right to get cronjobs is missing; check with: kubectl auth can-i get cronjobs.batch -A",
            id="cluster scope",
        ),
        pytest.param(
            'User "jane" cannot create resource "pods/eviction" in API group "" in the namespace "web"',
            "the right to create pods/eviction is missing; "
            "check with: kubectl auth can-i create pods --subresource=eviction -n web",
            id="subresource",
        ),
        pytest.param(
            "admission webhook denied it", "an admission rule or a missing right forbids it", id="other"
        ),
    ],
)
def test_forbidden_names_the_right_that_is_missing(message: str, hint: str) -> None:
    assert error_of(403, status(403, "Forbidden", message), request=REQUEST).hint.startswith(hint)


@pytest.mark.parametrize(
    ("options", "command"),
    [
        pytest.param((), "kubectl auth can-i list secrets -n web", id="none"),
        pytest.param(
            ("--context", "a b", "--as", "jane", "--as-group", "dev", "--as-group", "ops"),
            "kubectl auth can-i list secrets -n web --context 'a b' --as jane --as-group dev --as-group ops",
            id="impersonating",
        ),
    ],
)
def test_the_look_at_one_s_rights_is_made_as_whom_one_was_refused(
    options: tuple[str, ...], command: str
) -> None:
    message = 'User "jane" cannot list resource "secrets" in API group "" in the namespace "web"'
    error = error_of(403, status(403, "Forbidden", message), request=REQUEST, options=options)
    assert error.hint.endswith(f"check with: {command}")


@pytest.mark.parametrize(
    ("code", "reason", "hint"),
    [
        pytest.param(500, "InternalError", "admission webhook", id="500"),
        pytest.param(503, "ServiceUnavailable", "starting, stopping or overloaded", id="503"),
        pytest.param(504, "Timeout", "try again", id="504"),
        pytest.param(429, "TooManyRequests", "wait a little", id="429"),
    ],
)
def test_what_fails_in_the_server_is_told_with_the_request(code: int, reason: str, hint: str) -> None:
    error = error_of(code, status(code, reason, "etcd is away"), request=REQUEST)
    assert error.message == f"{REQUEST}: answered {code} {reason}: etcd is away"
    assert hint in error.hint


def test_a_disruption_budget_s_verdict_is_the_server_s_own_word() -> None:
    causes = [{"reason": "DisruptionBudget", "message": "no"}]
    error = error_of(429, status(429, "TooManyRequests", "Cannot evict pod", causes=causes), request=REQUEST)
    assert error.message == "Cannot evict pod"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (400, "BadRequest"), (403, "Forbidden"), (404, "NotFound"), (405, "MethodNotAllowed"),
        (409, "AlreadyExists"), (409, "Conflict"), (410, "Gone"), (413, "RequestEntityTooLarge"),
        (415, "UnsupportedMediaType"), (422, "Invalid"), (429, ""), (500, ""), (502, ""), (507, ""),
    ],
)  # fmt: skip
def test_every_refusal_says_what_to_do(code: int, reason: str) -> None:
    assert error_of(code, status(code, reason), request=REQUEST).hint
    assert error_of(code, b"no", request=REQUEST).hint


@pytest.mark.parametrize(
    ("http_status", "body", "message", "hint"),
    [
        pytest.param(
            404, b"404 page not found\n", "the server has no such path", "api-resources", id="unknown path"
        ),
        pytest.param(
            502, b"<html><h1>Bad</h1>", "answered 502 and said: a web page", "load balancer", id="HTML"
        ),
        pytest.param(503, b"try later\n\tplease", "answered 503 and said: try later please", "", id="text"),
        pytest.param(500, b"", "answered 500 and said: nothing", "", id="nothing"),
        pytest.param(500, b"[1]", "answered 500 and said: [1]", "", id="other JSON"),
        pytest.param(500, b"{" * 100_000, "answered 500 and said: {", "", id="deep"),
        pytest.param(
            400,
            b"Client sent an HTTP request to an HTTPS server.\n",
            "this server speaks HTTPS",
            "https://",
            id="TLS",
        ),
        pytest.param(
            429, b"Too many requests, please try again later.\n", "Too many requests", "wait", id="busy"
        ),
    ],
)
def test_what_is_no_status_is_told_with_the_request(
    http_status: int, body: bytes, message: str, hint: str
) -> None:
    error = error_of(http_status, body, request=REQUEST)
    assert error.message.startswith(REQUEST)
    assert message in error.message
    assert "\n" not in error.message
    assert hint in error.hint


def test_a_quoted_request_body_is_cut_off() -> None:
    text = (
        'Secret in version "v1" cannot be handled as a Secret: v1.Secret.Data: base64Codec: invalid input, '
        'error found in #10 byte of ...|ata":{"x":"aHVudGVyMg"}|..., bigger context ...|aHVudGVyMg|...'
    )
    assert clean(text).endswith("base64Codec: invalid input")


def test_a_message_is_one_line_of_bounded_length() -> None:
    assert clean("a\n b\r\n\tc") == "a b c"
    assert len(clean("x" * 100_000)) == 1000


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="empty"),
        pytest.param({"details": 1, "code": "x", "message": None, "reason": 3}, id="wrong types"),
        pytest.param({"details": {"causes": 1, "retryAfterSeconds": "x"}}, id="wrong details"),
    ],
)
def test_an_odd_status_is_still_an_error(answer: dict[str, Any]) -> None:
    assert isinstance(error_of_status(answer, http_status=500, request=REQUEST), ApiError)
