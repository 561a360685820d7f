"""What the status of our resources holds, as OpenAPI. Only the operator writes it.

Texts that may be empty are nullable: Kubernetes 1.20 as Debian builds it takes an empty one for null (tried).
"""

from typing import Any

Schema = dict[str, Any]

FAILURES_SHOWN = 20
"""How many of the namespaces that failed the status names."""

_CONDITION: Schema = {
    "type": "object",
    "description": "One side of the state, as metav1.Condition.",
    "required": ["type", "status", "reason", "message", "lastTransitionTime"],
    "properties": {
        "type": {"type": "string", "maxLength": 316, "description": "Ready or CredentialVerified."},
        "status": {
            "type": "string",
            "enum": ["True", "False", "Unknown"],
            "description": "Whether it holds.",
        },
        "reason": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "Why, as one word."},
        "message": {"type": "string", "nullable": True, "description": "Why, for people."},
        "lastTransitionTime": {
            "type": "string",
            "format": "date-time",
            "description": "When status changed last.",
        },
        "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The metadata.generation that it was found for.",
        },
    },
}


def _count(description: str) -> Schema:
    return {"type": "integer", "format": "int32", "minimum": 0, "description": description}


def _text(description: str) -> Schema:
    return {"type": "string", "nullable": True, "description": description}


def _time(description: str) -> Schema:
    return {"type": "string", "format": "date-time", "description": description}


_NAMESPACES: Schema = {
    "type": "object",
    "description": "How many namespaces are in which state.",
    "properties": {
        "desired": _count("Namespaces that should have the Secret."),
        "synced": _count("Those that have it as it should be."),
        "failed": _count("Those that could not be brought there."),
    },
}
_SUMMARY: Schema = {
    "type": "object",
    "description": "Strings for people, as kubectl shows them.",
    "properties": {
        "registries": _text("The first registry, and how many more there are."),
        "synced": _text("Namespaces that have the Secret, of those that should."),
        "expires": _text("When the first credential expires; empty when none is known to."),
    },
}
_FAILURE: Schema = {
    "type": "object",
    "description": "One namespace that could not be brought to what is wanted.",
    "required": ["namespace", "reason"],
    "properties": {
        "namespace": _text("Its name."),
        "reason": _text("Why, as one word: SecretConflict, Forbidden, …"),
        "message": _text("Why, for people."),
    },
}
_CREDENTIAL: Schema = {
    "type": "object",
    "description": "One credential that is handed out, or was refused. Never a password, nor a hash of one.",
    "required": ["registry"],
    "properties": {
        "registry": _text("The registry; the docker config's key where there are several for one registry."),
        "username": _text("The user name; not where spec names the key that it is read from."),
        "expiresAt": _time("When it expires, where that is known."),
        "lastVerifiedAt": _time("When it was last tried at the registry."),
        "sourceUID": _text("UID of the Secret that it comes from."),
        "sourceResourceVersion": _text("Version of that Secret when it was tried."),
        "result": _text("What came of trying it, as one word."),
    },
}

STATUS: Schema = {
    "type": "object",
    "description": "What was found and done. Written by the operator.",
    "properties": {
        "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The metadata.generation that all of this was found for.",
        },
        "secretNames": {
            "type": "array",
            "description": "Every name under which there may be copies: spec.secretName since there was "
            "something to hand out, and former ones until nothing of that name is left.",
            "items": {"type": "string"},
            "x-kubernetes-list-type": "set",
        },
        "conditions": {
            "type": "array",
            "description": "Ready, and CredentialVerified where credentials are tried.",
            "items": _CONDITION,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
        "namespaces": _NAMESPACES,
        "summary": _SUMMARY,
        "failures": {
            "type": "array",
            "description": "Namespaces that failed; the first of them when there are many.",
            "items": _FAILURE,
            "maxItems": FAILURES_SHOWN,
        },
        "credentials": {
            "type": "array",
            "description": "The credentials, one entry a registry.",
            "items": _CREDENTIAL,
        },
        "verifiedWay": _text(
            "How the results came about: a digest of spec.verify without onUnreachable, which is of nothing "
            "secret. For another one they do not count."
        ),
    },
}
