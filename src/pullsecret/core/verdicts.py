"""What an answer of a registry means: status, its own error code, and what was sent, as one of the causes.

What the big registries do was taken from their answers and from reports about them: Docker Hub, Harbor,
GitLab and distribution's own registry tell nobody whether a repository that one may not see exists; GitHub's
token service says 403 to a wrong password as well as to a good one without rights; Google's and Amazon's
name the permission that is missing; registry.k8s.io says 403, without ever asking for a login, to addresses
it does not serve.
"""

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

from pullsecret.core.causes import Cause
from pullsecret.core.challenge import secrets_of
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.exchange import Response
from pullsecret.core.plaintext import printable
from pullsecret.core.redaction import redacted
from pullsecret.core.spellings import struck
from pullsecret.core.verdictwords import ANONYMOUS_HINT, HINTS, WORDS

SAID_MAX = 200
"""Characters of a registry's own words that are passed on."""

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PERMISSION = re.compile(
    r"permission|not authorized to perform|insufficient (?:rights|privilege)", re.IGNORECASE
)
_UNSURE = re.compile(r"(?:may|might) not exist|or does not exist|doesn't exist", re.IGNORECASE)
_BLOCKED = re.compile(
    r"\bip\b.*not allowed|\bfirewall|not (?:available|allowed) (?:in|from) your (?:location|country|region)"
    r"|geo.?block|network rule|embargo|sanction", re.IGNORECASE,
)  # fmt: skip
_TLS_PORT = re.compile(
    rb"HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port", re.IGNORECASE
)
_NO_SUCH_NAME = frozenset({"NAME_INVALID", "TAG_INVALID", "NAME_UNKNOWN", "MANIFEST_UNKNOWN", "NOT_FOUND"})


class Step(StrEnum):
    """What was asked of the registry when it answered."""

    PING = "ping"
    LOGIN = "login"
    TOKEN = "token"  # noqa: S105  (a step's name)
    IMAGE = "image"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and what was sent with it.

    Attributes:
        host: the registry's name.
        step: what was asked.
        subject: the image or repository it was asked for; empty for a login.
        credential: whose credential was sent, if any.
        scheme: how the registry wanted to be told it: ``basic``, ``bearer``, or empty when it never asked.
        proven: whether the registry accepted this login before.
    """

    host: str
    step: Step
    subject: str = ""
    credential: Credential = field(default=ANONYMOUS)
    scheme: str = ""
    proven: bool = False


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A login that a registry did not refuse.

    Attributes:
        host: the registry's name.
        proven: whether it looked at the login at all; a registry that lets anybody in does not.
        scheme: how it was told: ``none`` when it did not ask.
        expires_in: seconds that the token is good for which it gave; None when it gave none.
    """

    host: str
    proven: bool
    scheme: Literal["basic", "bearer", "none"]
    expires_in: float | None = None


def judge(response: Response, asked: Asked) -> RegistryFailure:
    """Turn an answer that is not the wanted one into a failure with its cause, for the caller to raise."""
    code, said = said_by(response, asked.credential)
    cause = cause_of(response, asked, f"{code} {said}")
    status = f"{response.status} {code}".strip()
    words = WORDS[cause].format(
        host=asked.host,
        what=_what(asked) if cause is Cause.REGISTRY_ERROR else asked.subject or "/v2/",
        for_what=f" for {asked.subject}" if asked.subject else "",
        user=_who(asked.credential),
    )
    wait = retry_after(response) if cause is Cause.RATE_LIMITED else None
    if target := _sent_on_to(response, asked.credential):
        words += f", but sent on to {target}"
    return RegistryFailure(
        f"{words} ({status}: {said})" if said else f"{words} ({status})",
        cause=cause,
        host=asked.host,
        status=response.status,
        code=code,
        scheme=asked.scheme,
        retry_after=wait,
        hint=f"wait {wait:g} seconds, as it asks" if wait else _hint(cause, asked),
    )


def cause_of(response: Response, asked: Asked, said: str = "") -> Cause:
    """Tell which cause it is.

    Args:
        response: the answer.
        asked: what was asked, and what was sent with it.
        said: the registry's code and message.
    """
    if response.status == 429 or "TOOMANYREQUESTS" in said:
        return Cause.RATE_LIMITED
    if response.status == 407:
        return Cause.PROXY_FAILURE
    if 300 <= response.status < 400 or response.status >= 500 or _is_strangers(response, asked):
        return Cause.REGISTRY_ERROR
    if response.status == 400 and _TLS_PORT.search(response.body):
        return Cause.HTTP_HTTPS_MISMATCH
    if response.status in {412, 451} or _BLOCKED.search(said):
        # 412: Harbor refuses images by policy (vulnerabilities, signatures).
        return Cause.REGISTRY_BLOCKED
    if response.status in {401, 403}:
        return _refusal(response, asked, said)
    if asked.step is Step.IMAGE and _is_missing(response, said):
        return Cause.IMAGE_NOT_FOUND
    return Cause.REGISTRY_ERROR


def _refusal(response: Response, asked: Asked, said: str) -> Cause:
    """Tell what 401 and 403 mean, by what was sent."""
    if asked.credential.anonymous:
        if response.status == 403 and not asked.scheme and asked.step is not Step.TOKEN:
            return Cause.REGISTRY_BLOCKED
        return Cause.AUTH_MISSING if _is_login_wanted(response, asked) else Cause.DENIED_OR_MISSING
    is_direct = asked.scheme == "basic" or asked.step is Step.TOKEN or bool(asked.credential.registry_token)
    if not asked.subject or (response.status == 401 and is_direct and not asked.proven):
        return Cause.CREDENTIAL_REJECTED
    if _PERMISSION.search(said) and not _UNSURE.search(said):
        return Cause.CREDENTIAL_FORBIDDEN
    if asked.scheme == "basic":
        return Cause.CREDENTIAL_FORBIDDEN
    return Cause.DENIED_OR_MISSING


def _is_strangers(response: Response, asked: Asked) -> bool:
    """Whether somebody else answers for the registry, who was not told the login."""
    return response.redirected and (asked.step is Step.CONFIG or response.status in {401, 403})


def _is_login_wanted(response: Response, asked: Asked) -> bool:
    """Whether an anonymous request was refused for want of a login, whatever it was for."""
    return not asked.subject or (
        response.status == 401 and (asked.scheme != "bearer" or asked.step is Step.TOKEN)
    )


def _is_missing(response: Response, said: str) -> bool:
    if response.status == 404:
        # A page for people says that no registry is here; the image may well be somewhere.
        return not response.is_html or bool(response.header("docker-distribution-api-version"))
    return response.status == 400 and any(code in said for code in _NO_SUCH_NAME)


def _what(asked: Asked) -> str:
    """Name the very thing that was asked for, which matters where the answer was none."""
    if asked.step is Step.TOKEN:
        return f"a token for {asked.subject}" if asked.subject else "a token"
    if asked.step is Step.CONFIG:
        return f"the config of {asked.subject}"
    return asked.subject or "/v2/"


def _hint(cause: Cause, asked: Asked) -> str:
    alone = cause is Cause.DENIED_OR_MISSING and asked.credential.anonymous
    return (ANONYMOUS_HINT if alone else HINTS[cause]).format(host=asked.host)


def _sent_on_to(response: Response, credential: Credential) -> str:
    """Give the host that a redirect leads to, without the rest of its address, which may be a signature."""
    url = response.url if response.redirected else response.header("location")
    if not response.redirected and not 300 <= response.status < 400:
        return ""
    try:
        return clean(urlsplit(url).netloc.rpartition("@")[2], credential)
    except ValueError:
        return ""


def _who(credential: Credential) -> str:
    if credential.anonymous:
        return "somebody without a login"
    return printable(credential.username) or "this credential"


def retry_after(response: Response) -> float | None:
    """Give the seconds that a server asks to wait; None when it asks for none, or names a date."""
    text = response.header("retry-after")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def said_by(response: Response, credential: Credential = ANONYMOUS) -> tuple[str, str]:
    """Read the registry's own error code and message; both may be empty.

    The words are cleaned and cut, and what was sent is struck out of them: some servers repeat it.
    """
    if response.is_html:
        return "", "an HTML page"
    try:
        answer: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(answer, dict):
        return "", ""
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else answer
    code = _text(first, "code", "error")
    message = _text(first, "message", "error_description", "details", "detail")
    if not _CODE.fullmatch(code):
        code, message = "", message or code
    return struck(code, secrets_of(credential)), clean(message, credential)


def _text(answer: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := answer.get(name), str) and value), "")


def clean(text: str, credential: Credential = ANONYMOUS) -> str:
    """Make a registry's words fit to print: on one line, cut, without what would obey or repeat a secret."""
    line = " ".join(redacted(struck(text, secrets_of(credential))).split())
    return printable(line if len(line) <= SAID_MAX else line[: SAID_MAX - 1] + "…")
