"""Until when a credential works: only what it tells, and never an exception."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pullsecret.core.credentials import Credential
from pullsecret.core.errors import InvalidInput
from pullsecret.core.expiry import EXPIRES_AT, annotated_expiry, describe_left, expiry_of, token_expiry
from pullsecret.core.sensitive import Sensitive

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
HEADER = {"alg": "RS256", "typ": "JWT"}


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(claims: Any, header: Any = HEADER) -> Sensitive:
    return Sensitive(f"{encoded(header)}.{encoded(claims)}.c2lnbmF0dXJl")


def ecr(**fields: Any) -> Sensitive:
    return Sensitive(
        base64.b64encode(json.dumps({"version": "2", "type": "DATA_KEY", **fields}).encode()).decode()
    )


def at(hours: float) -> Sensitive:
    return jwt({"exp": SECONDS + hours * 3600})


@pytest.mark.parametrize(
    ("token", "want"),
    [
        pytest.param(jwt({"exp": SECONDS, "iss": "Azure Container Registry"}), NOON, id="JWT"),
        pytest.param(jwt({"exp": SECONDS + 0.5}), NOON + timedelta(seconds=0.5), id="JWT, half a second"),
        pytest.param(jwt({"exp": 0}), datetime(1970, 1, 1, tzinfo=UTC), id="JWT, long ago"),
        pytest.param(
            jwt({"exp": 253402300799}),
            datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
            id="JWT, as good as never",
        ),
        pytest.param(jwt({"exp": SECONDS, "name": "镜像?>"}), NOON, id="JWT, with all of the alphabet"),
        pytest.param(ecr(payload="cGF5", datakey="a2V5", expiration=SECONDS), NOON, id="ECR"),
        pytest.param(jwt({"iss": "x"}), None, id="JWT without a claim"),
        pytest.param(jwt({"exp": "1763812800"}), None, id="JWT, claim of another type"),
        pytest.param(jwt({"exp": True}), None, id="JWT, true"),
        pytest.param(jwt({"exp": 1e300}), None, id="JWT, out of range"),
        pytest.param(jwt({"exp": float("nan")}), None, id="JWT, no number"),
        pytest.param(jwt({"exp": float("-inf")}), None, id="JWT, minus infinity"),
        pytest.param(jwt([SECONDS]), None, id="JWT, no object"),
        pytest.param(jwt({"exp": SECONDS}, header={"typ": "x"}), None, id="a header that is none of a JWT"),
        pytest.param(ecr(expiration=SECONDS), None, id="base64 of some other JSON"),
        pytest.param(ecr(payload="x"), None, id="ECR without expiration"),
        pytest.param(Sensitive("hunter2"), None, id="password"),
        pytest.param(Sensitive("12345678"), None, id="base64 of no JSON"),
        pytest.param(Sensitive("p.ass.word"), None, id="password with two dots"),
        pytest.param(Sensitive("a.b"), None, id="password with a dot"),
        pytest.param(Sensitive("密码.密码.密码"), None, id="Chinese"),
        pytest.param(Sensitive("\udc80"), None, id="a lone surrogate"),
        pytest.param(Sensitive(""), None, id="nothing"),
        pytest.param(
            Sensitive(base64.b64encode(b"[" * 100_000).decode()), None, id="JSON deeper than anybody reads"
        ),
        pytest.param(
            Sensitive(base64.b64encode(b"9" * 10_000).decode()), None, id="a number longer than anybody reads"
        ),
    ],
)
def test_a_token_tells_its_expiry_or_nothing(token: Sensitive, want: datetime | None) -> None:
    assert token_expiry(token) == want


@pytest.mark.parametrize(
    ("credential", "hours"),
    [
        pytest.param(Credential("u", at(1)), 1, id="password"),
        pytest.param(Credential("u", at(3), identity_token=at(1)), 3, id="what the kubelet uses counts"),
        pytest.param(Credential("u", Sensitive("x"), identity_token=at(1)), None, id="and does not tell"),
        pytest.param(Credential("u", identity_token=at(2)), 2, id="identity token"),
        pytest.param(Credential(registry_token=at(2)), 2, id="registry token"),
        pytest.param(Credential(registry_token=at(2), identity_token=at(1)), 1, id="the earlier token"),
        pytest.param(Credential("u", Sensitive("x")), None, id="nobody tells"),
        pytest.param(Credential(), None, id="nothing there"),
    ],
)
def test_a_credential_expires_when_its_token_does(credential: Credential, hours: float | None) -> None:
    assert expiry_of(credential) == (None if hours is None else NOON + timedelta(hours=hours))


def test_an_annotation_tells_where_the_credential_does_not() -> None:
    silent, annotations = Credential("u", Sensitive("x")), {EXPIRES_AT: "2026-11-22T20:00:00+08:00"}
    assert expiry_of(silent, annotations=annotations) == NOON
    assert expiry_of(Credential("u", at(1)), annotations=annotations) == NOON + timedelta(hours=1)
    assert expiry_of(silent, annotations={}) is None
    assert expiry_of(silent, annotations={EXPIRES_AT: "tomorrow"}) is None


def test_an_annotation_that_is_no_time_is_told() -> None:
    assert annotated_expiry({}) is None
    with pytest.raises(InvalidInput) as caught:
        annotated_expiry({EXPIRES_AT: "tomorrow"})
    assert str(caught.value) == (
        "metadata.annotations[pullsecret.dev/expires-at]: 'tomorrow' is no RFC 3339 time"
    )


@pytest.mark.parametrize(
    ("left", "want"),
    [
        ({"hours": 11, "minutes": 20}, "in 11h"), ({"days": 3}, "in 3d"), ({"minutes": 4}, "in 4m"),
        ({"seconds": 1}, "in 1s"), ({}, "expired 0s ago"), ({"minutes": -3}, "expired 3m ago"),
        ({"days": -400}, "expired 400d ago"),
    ],
)  # fmt: skip
def test_what_is_left_is_said_as_kubectl_says_ages(left: dict[str, float], want: str) -> None:
    assert describe_left(NOON + timedelta(**left), NOON) == want
