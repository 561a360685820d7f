"""Headers of a request to the API server."""

import re
from collections.abc import Iterator

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.settings import Impersonation

_NOT_IN_NAMES = re.compile(rb"[^A-Za-z0-9!#$&'*+.^_`|~-]")


def impersonation_headers(impersonation: Impersonation) -> Iterator[tuple[str, str]]:
    """Give the `Impersonate-*` headers (client-go, transport/round_trippers.go).

    Raises:
        InvalidInput: a name holds a line break, which no header may.
    """
    if not impersonation.user:
        return
    yield "Impersonate-User", _value(impersonation.user)
    if impersonation.uid:
        yield "Impersonate-Uid", _value(impersonation.uid)
    for group in impersonation.groups:
        yield "Impersonate-Group", _value(group)
    for key, values in impersonation.extra.items():
        for value in values:
            yield f"Impersonate-Extra-{_escaped(key)}", _value(value)


def _value(text: str) -> str:
    if any(letter < " " and letter != "\t" for letter in text) or "\x7f" in text or not _encodes(text):
        raise InvalidInput(f"{text!r} cannot be sent: it holds control characters", place="impersonation")
    return text


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _escaped(key: str) -> str:
    """Percent-encode what a header's name cannot hold, and the percent sign."""
    raw = key.encode("utf-8", "replace")
    return _NOT_IN_NAMES.sub(lambda match: b"%%%02X" % match[0][0], raw).decode("ascii")


def retry_after_of(text: str | None) -> float | None:
    """Read `Retry-After` in seconds, the only form that an API server sends; None for anything else."""
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
