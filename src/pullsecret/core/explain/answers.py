"""What came back, as codes: gRPC's of the runtime, HTTP's and the registry's own."""

import re
from http import HTTPStatus
from itertools import pairwise

_GRPC_CODES = (
    "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
    "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange",
    "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
)  # fmt: skip
"""By number, which old versions print."""

_GRPC = re.compile(r"^code = (\w+)", re.MULTILINE)
_PHRASES = {status.value: status.phrase.casefold() for status in HTTPStatus}
_WITH_PHRASE = re.compile(r"(?:^|[ \"])([1-5]\d\d)[ :]{1,2}\(?([A-Z][A-Za-z' -]{1,40})", re.MULTILINE)
_WITHOUT = re.compile(
    r"status(?: ?code)?(?: from registry)?[ \n]([1-5]\d\d)\b|http code[ \n]([1-5]\d\d)\b"
    r"|parsing HTTP ([1-5]\d\d) response body|^HTTP ([1-5]\d\d)\b|<url>\n([1-5]\d\d)$",
    re.MULTILINE | re.IGNORECASE,
)
_ENGINES_OWN = re.compile(r"API error \(\d+\)?|\(?HTTP code \d+\)?", re.IGNORECASE)
"""The status with which Docker's own API answered the kubelet: it is not a registry's."""

_CODES = {
    code.replace("_", " ").casefold(): code
    for code in (
        "UNAUTHORIZED", "DENIED", "MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN", "TOOMANYREQUESTS",
        "NAME_INVALID", "TAG_INVALID", "MANIFEST_INVALID", "MANIFEST_BLOB_UNKNOWN", "DIGEST_INVALID",
        "SIZE_INVALID", "UNSUPPORTED", "UNAVAILABLE", "UNKNOWN", "NOT_FOUND", "FORBIDDEN",
        "PROJECTPOLICYVIOLATION",
    )
}  # fmt: skip
"""The codes of the distribution specification, and Harbor's. Docker and CRI-O print them in lower case,
with spaces for the underscores."""

_ALSO_GO = frozenset({"UNKNOWN", "NOT_FOUND", "FORBIDDEN", "UNAVAILABLE"})
"""Words that end chains of Go's errors too: a registry's code is followed by its message."""


def grpc_of(chain: str) -> str:
    """Give the name of the gRPC code."""
    match = _GRPC.search(chain)
    if match is None:
        return ""
    number = int(match[1]) if match[1].isdecimal() and len(match[1]) < 3 else -1
    return _GRPC_CODES[number] if 0 <= number < len(_GRPC_CODES) else match[1]


def status_of(chain: str) -> int:
    """Give the HTTP status of the registry's answer; 0 where the chain tells none."""
    chain = _ENGINES_OWN.sub("", chain)
    for found in _WITH_PHRASE.finditer(chain):
        phrase = _PHRASES.get(int(found[1]))
        if phrase and found[2].casefold().startswith(phrase):
            return int(found[1])
    match = _WITHOUT.search(chain)
    return int(next(filter(None, match.groups()))) if match else 0


def code_of(chain: str) -> tuple[str, str]:
    """Give the registry's error code and its message; both empty where there is none."""
    for line, detail in pairwise([*chain.split("\n"), ""]):
        code = _CODES.get(line.casefold().replace("_", " "), "")
        if code and (detail or code not in _ALSO_GO):
            return code, detail
    return "", ""
