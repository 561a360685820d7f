"""Requests as may be told to anybody: what was asked of whom, how it ended, and how long it took."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was made; nothing of its headers, its query or its body.

    Attributes:
        method: the HTTP method.
        address: scheme, host and path.
        status: the HTTP status; 0 where no answer came.
        seconds: from the request to the head of the answer, or to its end where that is read at once.
    """

    method: str
    address: str
    status: int
    seconds: float


Observe = Callable[[Call], None]
"""What is told of each request that was made."""


def address_of(url: str) -> str:
    """Give an address without login, query and fragment: all three hold secrets at times."""
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    except ValueError:
        return ""
