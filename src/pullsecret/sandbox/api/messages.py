"""A request and its answer, without HTTP: what `Api.handle` takes and gives."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pullsecret.core.errors import ApiError
from pullsecret.sandbox.api.watches import Watch
from pullsecret.sandbox.failures import bad_request, status_of

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: in capitals.
        path: decoded, without the query.
        query: the query's parameters, each once.
        headers: by their names in lower case.
        body: as it came. It may hold passwords, and so is not shown.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)

    def number(self, name: str) -> int | None:
        """Give a parameter that is a whole number; None when it was not given."""
        text = self.query.get(name, "")
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None

    def flag(self, name: str) -> bool:
        """Give a parameter that is true or false."""
        return self.query.get(name, "").lower() in {"1", "t", "true"}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: a body, or a watch whose events are the body as they come."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    watch: Watch | None = None

    @classmethod
    def of(cls, value: Any, *, status: int = 200) -> "Response":
        """Answer a JSON value."""
        return cls(status, encoded(value) + b"\n")

    @classmethod
    def text(cls, text: str, *, status: int = 200) -> "Response":
        """Answer plain text."""
        return cls(status, text.encode(), "text/plain; charset=utf-8")

    @classmethod
    def refusal(cls, error: ApiError) -> "Response":
        """Answer the `Status` of a refusal."""
        headers = {} if error.retry_after is None else {"Retry-After": str(int(error.retry_after))}
        return cls(error.status, encoded(status_of(error)) + b"\n", headers=headers)


def encoded(value: Any) -> bytes:
    """Write JSON as compactly as the server does."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
