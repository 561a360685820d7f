"""Names that a person gives for what is to be made, refused before anything is read or asked."""

import re
from collections.abc import Iterable

from pullsecret.core.errors import UsageError

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
LONGEST = 253
"""Characters of an object's name; this and its form are those of apimachinery, `pkg/util/validation`."""


def check_secret_name(name: str) -> None:
    """Refuse a name that the API server would refuse for a Secret."""
    if not _SUBDOMAIN.fullmatch(name) or len(name) > LONGEST:
        raise UsageError(
            f"{name[: LONGEST + 1]!r} is no name for a Secret",
            hint="use lower-case letters, digits, '-' and '.', with a letter or digit first and last, "
            f"{LONGEST} characters at most",
        )


def namespaces(texts: Iterable[str]) -> tuple[str, ...]:
    """Take namespaces out of options that may hold several each, with commas."""
    found = tuple(name for text in texts for part in text.split(",") if (name := part.strip()))
    if not found:
        raise UsageError("no namespace was named to copy to", hint="give --to NAMESPACE")
    return found


def listed(texts: Iterable[str]) -> tuple[str, ...]:
    """Take the parts out of options that may hold several each, with commas; each once."""
    return tuple(dict.fromkeys(name for text in texts for part in text.split(",") if (name := part.strip())))


def check_account_name(name: str) -> None:
    """Refuse a name that the API server would refuse for a ServiceAccount."""
    if not _SUBDOMAIN.fullmatch(name) or len(name) > LONGEST:
        raise UsageError(
            f"{name[: LONGEST + 1]!r} is no name of a ServiceAccount",
            hint="--serviceaccount NAME, once for each",
        )


def check_namespace_name(name: str) -> None:
    """Refuse a name that the API server would refuse for a namespace."""
    if not re.fullmatch(_LABEL, name) or len(name) > _LONGEST_LABEL:
        raise UsageError(
            f"{name[: _LONGEST_LABEL + 1]!r} is no name of a namespace",
            hint="use lower-case letters, digits and '-', with a letter or digit first and last, "
            f"{_LONGEST_LABEL} characters at most",
        )


_LONGEST_LABEL = 63
