"""The status of a policy: made anew from what is known, and written only where it differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pullsecret.core.objects import Object
from pullsecret.core.plaintext import printable
from pullsecret.core.policy.sources import HeldCredential
from pullsecret.core.policy.statusschema import FAILURES_SHOWN
from pullsecret.core.registrykeys import registry_of
from pullsecret.core.times import format_time

MESSAGE_LIMIT = 1024
"""Longest message of a failure or condition, in characters."""
_USERNAME_LIMIT = 256


class Result(StrEnum):
    """What came of trying a credential."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNREACHABLE = "Unreachable"
    NOT_TRIED = "NotTried"


class Ready(StrEnum):
    """Reasons of the condition `Ready`."""

    SYNCED = "Synced"
    SYNCING = "Syncing"
    SOME_FAILED = "NamespacesFailed"
    INVALID_SPEC = "InvalidSpec"
    SOURCE_MISSING = "SourceMissing"
    SOURCE_INVALID = "SourceInvalid"
    SOURCE_FORBIDDEN = "SourceForbidden"
    REJECTED = "CredentialRejected"
    UNREACHABLE = "VerifyUnreachable"
    EXPIRED = "CredentialExpired"
    STALE = "WatchStale"
    DELETING = "Deleting"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, before its time is known.

    Attributes:
        status: ``True``, ``False`` or ``Unknown``.
    """

    type: str
    status: str
    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A namespace that is not as it should be."""

    namespace: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class TriedCredential:
    """One credential and what its registry made of it."""

    held: HeldCredential
    result: Result = Result.NOT_TRIED
    tried: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a status tells of."""

    generation: int
    secret_names: Sequence[str]
    conditions: tuple[Condition, ...]
    desired: int = 0
    synced: int = 0
    failures: Sequence[Failure] = ()
    credentials: Sequence[TriedCredential] | None = None
    tried_way: str = ""


def status_of(facts: Facts, before: Object, now: datetime) -> Object:
    """Make the status.

    Args:
        facts: what is known now; without `credentials`, those of before stay.
        before: the status as it is; a condition whose status stays keeps its time.
        now: for conditions that changed.
    """
    tried = tried_of(before) if facts.credentials is None else told_of(facts.credentials, facts.tried_way)
    credentials = tried["credentials"]
    return {
        "observedGeneration": facts.generation,
        "secretNames": list(facts.secret_names),
        "conditions": [_condition(c, before, facts.generation, now) for c in facts.conditions],
        "namespaces": {"desired": facts.desired, "synced": facts.synced, "failed": len(facts.failures)},
        "summary": _summary(facts, credentials),
        "failures": [_failure(failure) for failure in facts.failures[:FAILURES_SHOWN]],
        **tried,
    }


def told_of(credentials: Sequence[TriedCredential], way: str) -> Object:
    """Give the part of a status that tells what came of trying credentials, and in which `Verify.way`."""
    return {"credentials": [_credential(tried) for tried in credentials], "verifiedWay": way or None}


def tried_of(status: Object) -> Object:
    """Give that part of a status as it is."""
    return {"credentials": status.get("credentials") or [], "verifiedWay": status.get("verifiedWay")}


def result_of(status: Object, held: HeldCredential) -> tuple[Result, str]:
    """Recall what came of trying a credential, and when; it is remembered by its source's UID and version."""
    for item in _items(status, "credentials"):
        same_source = (item.get("sourceUID"), item.get("sourceResourceVersion")) == (
            held.source_uid,
            held.source_version,
        )
        if same_source and item.get("registry") == _named(held) and item.get("result") in list(Result):
            return Result(item["result"]), str(item.get("lastVerifiedAt") or "")
    return Result.NOT_TRIED, ""


def secret_names_of(status: Object) -> tuple[str, ...]:
    """Give every name under which copies of a policy may exist.

    A name stands here before the first copy of that name is made, so that whoever comes next finds all of
    them, and until no copy of that name is left.
    """
    names = status.get("secretNames")
    return tuple(dict.fromkeys(name for name in names or () if name and isinstance(name, str)))


def _items(status: Object, name: str) -> Iterable[dict[str, Any]]:
    return [item for item in status.get(name) or [] if isinstance(item, dict)]


def _condition(condition: Condition, before: Object, generation: int, now: datetime) -> Object:
    old = next((c for c in _items(before, "conditions") if c.get("type") == condition.type), {})
    kept = old.get("lastTransitionTime") if old.get("status") == condition.status else None
    return {
        "type": condition.type,
        "status": condition.status,
        "reason": condition.reason,
        "message": shortened(condition.message),
        "lastTransitionTime": kept or format_time(now),
        "observedGeneration": generation,
    }


def _credential(tried: TriedCredential) -> Object:
    held = tried.held
    told = {
        "registry": _named(held),
        "username": shortened(held.username, _USERNAME_LIMIT),
        "expiresAt": format_time(held.expires) if held.expires else "",
        "lastVerifiedAt": tried.tried,
        "sourceUID": held.source_uid,
        "sourceResourceVersion": held.source_version,
        "result": tried.result.value,
    }
    return {name: value for name, value in told.items() if value}


def _named(held: HeldCredential) -> str:
    return printable(held.name) or '""'


def _summary(facts: Facts, credentials: Sequence[Object]) -> Object:
    named = (registry_of(str(item.get("registry"))) for item in credentials)
    registries = list(dict.fromkeys(named))
    more = f" +{len(registries) - 1}" if len(registries) > 1 else ""
    expiries = sorted(item["expiresAt"] for item in credentials if item.get("expiresAt"))
    return {
        "registries": f"{registries[0]}{more}" if registries else None,
        "synced": f"{facts.synced}/{facts.desired}",
        "expires": expiries[0] if expiries else None,
    }


def _failure(failure: Failure) -> Object:
    return {
        "namespace": failure.namespace,
        "reason": failure.reason,
        "message": shortened(failure.message) or None,
    }


def shortened(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Cut a text to what a status should hold; what a terminal would obey is shown instead."""
    text = printable(text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
