"""Until when a credential works, as far as it tells: nothing here is guessed from a registry's habits.

A token that is a JWT says so in its `exp` (Azure's refresh tokens, Quay's and Tencent's temporary tokens,
robots of Harbor 2.0 and 2.1, OpenShift's ServiceAccount tokens). Amazon's ECR password is the base64 of a
JSON object that says so too. Others do not tell; then a person or a tool may, in an annotation.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pullsecret.core.credentials import Credential
from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.times import human_duration, parse_time

EXPIRES_AT = "pullsecret.dev/expires-at"
"""The annotation of a Secret that says until when its credentials work, as an RFC 3339 time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def expiry_of(credential: Credential, *, annotations: Mapping[str, str] | None = None) -> datetime | None:
    """Tell until when a credential works, in UTC; None when nobody says.

    The kubelet pulls with the password, so its word counts where there is one; without, the earliest of
    the tokens'. An annotation is asked last: it outlives the credential that it was written for. One that
    cannot be read counts as none; `annotated_expiry` tells of it.

    No signature is checked: the registry does that, and for all others this is only a forewarning.
    """
    if credential.password:
        tokens = [credential.password]
    else:
        tokens = [credential.registry_token, credential.identity_token]
    told = [moment for token in tokens if (moment := token_expiry(token))]
    if told:
        return min(told)
    try:
        return annotated_expiry(annotations or {})
    except InvalidInput:
        return None


def annotated_expiry(annotations: Mapping[str, str]) -> datetime | None:
    """Read the annotation `pullsecret.dev/expires-at`; None when there is none.

    Raises:
        InvalidInput: it is no RFC 3339 time.
    """
    text = annotations.get(EXPIRES_AT)
    if text is None:
        return None
    return parse_time(str(text), place=f"metadata.annotations[{EXPIRES_AT}]")


def token_expiry(token: Sensitive) -> datetime | None:
    """Read the expiry that a token carries in itself; None when it carries none, or is no such token."""
    parts = token.reveal().split(".")
    if len(parts) == 3:
        header, claims = _json_object(parts[0]), _json_object(parts[1])
        return _moment(claims.get("exp")) if "alg" in header else None
    if len(parts) == 1:
        fields = _json_object(parts[0])
        # ECR: {"payload", "datakey", "version", "type": "DATA_KEY", "expiration": seconds}
        return _moment(fields.get("expiration")) if "payload" in fields else None
    return None


def describe_left(expires: datetime, now: datetime) -> str:
    """Say how long a credential still works: ``in 11h``, ``expired 3m ago``."""
    left = expires - now
    return f"in {human_duration(left)}" if left > timedelta() else f"expired {human_duration(-left)} ago"


def _json_object(text: str) -> dict[str, Any]:
    """Decode the base64 of a JSON object, in either alphabet, padded or not; empty when it is none."""
    try:
        padded = text.rstrip("=").translate(_STANDARD_ALPHABET)
        value = json.loads(base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


_STANDARD_ALPHABET = str.maketrans("-_", "+/")


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):  # NaN, or beyond the year 9999
        return None
