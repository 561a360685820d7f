"""What to do about a refusal of the API server. Pure."""

import re
from collections.abc import Sequence

from pullsecret.core.commands import Command
from pullsecret.core.errors import (
    DISRUPTION_BUDGET,
    AlreadyExists,
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
)

_DENIED = re.compile(
    r'cannot (?P<verb>\S+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_BY_KIND: dict[type[ApiError], str] = {
    NotFound: "check the name, the namespace and the context",
    AlreadyExists: "take another name, or change the one that is there",
    Conflict: "somebody changed it meanwhile; look at it and try again",
    Gone: "what was read is too old by now; read it again",
    Invalid: "correct what is named, and try again",
}
_BY_STATUS: dict[int, str] = {
    404: _BY_KIND[NotFound],
    429: "wait a little and try again",
    500: "try again; if it lasts, look at the API server's log, and at the admission webhook it names",
    502: "try again; if it lasts, look at the proxy or load balancer before the API server",
    503: "it, or what stands before it, is starting, stopping or overloaded: try again in a while",
    504: "something took too long: try again in a while",
}
_PASSING = "try again; if it lasts, ask whoever runs the cluster"
_REFUSED = "the request does not suit this server: is its version too old or too new, or a proxy before it?"


def hint_of(
    kind: type[ApiError],
    status: int,
    message: str,
    causes: Sequence[tuple[str, str]] = (),
    options: Sequence[str] = (),
) -> str:
    """Say what to do.

    Args:
        kind: what the refusal is.
        status: its HTTP status.
        message: the server's own words.
        causes: the `Status`' causes.
        options: those of the command that say which cluster is meant and as whom.
    """
    if kind is Forbidden:
        return _denied_hint(message, options)
    if any(field == DISRUPTION_BUDGET for field, _ in causes):
        return "wait until more of these Pods are ready, or ask whoever keeps the disruption budget"
    return _BY_KIND.get(kind) or _BY_STATUS.get(status) or (_PASSING if status >= 500 else _REFUSED)


def _denied_hint(message: str, options: Sequence[str]) -> str:
    """Name the right that is missing, and how to look whether one has it."""
    denied = _DENIED.search(message)
    if denied is None:
        return "an admission rule or a missing right forbids it; ask whoever runs the cluster"
    plural, _, subresource = denied["resource"].partition("/")
    resource = f"{plural}.{denied['group']}" if denied["group"] else plural
    part = (f"--subresource={subresource}",) if subresource else ()
    where = ("-n", denied["namespace"]) if denied["namespace"] else ("-A",)
    look = Command(("kubectl", "auth", "can-i", denied["verb"], resource, *part, *where, *options))
    return f"the right to {denied['verb']} {denied['resource']} is missing; check with: {look.shell}"
