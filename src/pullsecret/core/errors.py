"""What can go wrong, as one tree.

    PullSecretError                 one line for people, a hint what to do next, an exit code
    ├── UsageError                  2  the words of a command do not go together
    ├── InvalidInput (ValueError)   2  unreadable input; names the place
    │   ├── InvalidImageReference
    │   ├── InvalidDockerConfig
    │   └── InvalidPullSecret
    ├── SourceError                 2  a credential could not be read: file, helper, prompt
    ├── Finding                     1  something is wrong with pulls, or would be
    ├── RegistryFailure             1 or 3  what a registry said, as one of the causes
    └── ClusterError                3  the cluster could not be reached, or refused us
        ├── ClusterUnreachable
        └── ApiError                what the API server's Status said
            ├── Unauthorized, Forbidden, NotFound, AlreadyExists, Conflict,
            └── Gone, Invalid, TooManyRequests

No message ever holds a password.
"""

from pullsecret.core.causes import Cause

DISRUPTION_BUDGET = "DisruptionBudget"
"""The cause that a `Status` names where a PodDisruptionBudget forbids an eviction."""


class PullSecretError(Exception):
    """The base of our errors: `message` says what and why, `hint` what to do next."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(PullSecretError):
    """The words of a command do not go together."""


class InvalidInput(PullSecretError, ValueError):
    """Input that cannot be read; `place` tells where (a file, line and column, a JSON path)."""

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message, hint=hint)
        self.place = place


def joined_place(*parts: str) -> str:
    """Join places from the outer to the inner: ``config.json, line 3, column 7``; empty ones fall out."""
    return ", ".join(part for part in parts if part)


class InvalidImageReference(InvalidInput):
    """Text that is no image reference by the grammar of the distribution project."""


class InvalidDockerConfig(InvalidInput):
    """A docker config that docker, kubectl or the kubelet would refuse."""


class InvalidPullSecret(InvalidInput):
    """A pull Secret that makes the kubelet refuse its whole keyring."""


class SourceError(PullSecretError):
    """A credential could not be read from where it should come from."""


class Finding(PullSecretError):
    """Something is wrong with pulls, or what was asked for would make it so."""

    exit_code = 1


class RegistryFailure(PullSecretError):
    """A registry did not give what was asked for.

    Attributes:
        cause: which of the causes of `docs/causes.md` it is.
        host: the registry.
        status: its HTTP status; 0 when no answer came.
        code: the registry's own error code (``UNAUTHORIZED``, ``MANIFEST_UNKNOWN``); may be empty.
        scheme: how it wanted to be told who asks: ``basic``, ``bearer``; empty when it never asked.
        retry_after: seconds that it asked to wait; None when it did not.
        answered: whether the registry gave a verdict; exit code 1 then, else 3.
    """

    def __init__(
        self,
        message: str,
        *,
        cause: Cause,
        host: str,
        status: int = 0,
        code: str = "",
        scheme: str = "",
        retry_after: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.cause, self.host, self.status, self.code = cause, host, status, code
        self.scheme, self.retry_after = scheme, retry_after

    @property
    def answered(self) -> bool:
        """Whether the registry itself gave a verdict on the credential or the image."""
        return self.cause in VERDICTS

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """1 for a verdict, 3 where none could be had."""
        return 1 if self.answered else 3


VERDICTS = frozenset({
    Cause.CREDENTIAL_REJECTED, Cause.CREDENTIAL_EXPIRED, Cause.CREDENTIAL_FORBIDDEN, Cause.AUTH_MISSING,
    Cause.UNAUTHORIZED, Cause.DENIED_OR_MISSING, Cause.IMAGE_NOT_FOUND, Cause.PLATFORM_MISMATCH,
    Cause.MANIFEST_UNSUPPORTED, Cause.DIGEST_MISMATCH, Cause.REGISTRY_BLOCKED,
})  # fmt: skip


class ClusterError(PullSecretError):
    """The cluster could not be reached, or refused us."""

    exit_code = 3


class ClusterUnreachable(ClusterError):
    """No usable answer of the API server."""


class ApiError(ClusterError):
    """A `Status` of the API server.

    Attributes:
        status: the HTTP status.
        reason: the Status' reason (``Conflict``); may be empty.
        retry_after: seconds that the server asked to wait; None when it did not.
        causes: the Status' `details.causes` as ``(field, message)``.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        reason: str = "",
        retry_after: float | None = None,
        causes: tuple[tuple[str, str], ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status, self.reason, self.retry_after, self.causes = status, reason, retry_after, causes

    @property
    def asks_to_wait(self) -> float | None:
        """Seconds for which the server wants to be asked less by everybody; None where it does not.

        It does by 429, and by `Retry-After` with any status. Not by a disruption budget's verdict, which is
        a 429 too: that is about one Pod.
        """
        if any(field == DISRUPTION_BUDGET for field, _ in self.causes):
            return None
        if self.retry_after is not None:
            return self.retry_after
        return 1.0 if self.status == 429 else None


class Unauthorized(ApiError):
    """401: the API server does not know us."""


class Forbidden(ApiError):
    """403: RBAC or an admission plugin forbids it."""


class NotFound(ApiError):
    """404: no such object, or no such kind."""


class AlreadyExists(ApiError):
    """409 on create: the name is taken."""


class Conflict(ApiError):
    """409: the object changed since it was read, or a precondition failed."""


class Gone(ApiError):
    """410: the resource version is too old; list again."""


class Invalid(ApiError):
    """422: the object is not valid, or a JSON patch's test failed."""


class TooManyRequests(ApiError):
    """429: wait `retry_after`; for an eviction, a disruption budget forbids it."""
