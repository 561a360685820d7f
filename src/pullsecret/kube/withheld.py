"""What a request told of a Secret, struck out of what is said to it.

An API server quotes what it cannot decode, and an admission webhook that refuses an object may print it: as
JSON or YAML, whole or cut off, decoded, or as Go dumps values. Pure.
"""

import json
import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Iterator
from typing import Any, TypeVar

from pullsecret.core.authfield import InvalidAuth, decode_auth
from pullsecret.core.redaction import redacted
from pullsecret.core.sensitive import MASK, Sensitive
from pullsecret.core.spellings import struck

T = TypeVar("T")

WHOLE = 1 << 16
"""Characters of a value that are looked for as a whole; of longer ones the parts are."""
_SECRET_FIELDS = frozenset({"password", "auth", "identitytoken", "registrytoken"})
_FIELDS = ("data", "stringData")
_PIECE = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_QUOTED_BODY = re.compile(r",? ?error found in #\d+ byte of .*", re.DOTALL)
_DATA = re.compile(r"(\\{0,8}\"(?:data|stringData)\\{0,8}\"\s{0,8}:\s{0,8})\{[^{}]*\}?")
_DUMP = re.compile(r"(\b(?:string)?data:\s{0,8}map[\[\]\w]{0,40}?[\[{])[^\]}]*", re.IGNORECASE)
_BYTES = re.compile(r"(?:(?:0x[0-9a-f]{1,2}|\d{1,3})(?:,\s{0,8}|\s{1,8})){12,}(?:0x[0-9a-f]{1,2}|\d{1,3})\b")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")


def without_sent(answer: T, sent: Any) -> T:
    """Give a text, or JSON, without any value of the Secret in it that was sent.

    Args:
        answer: what was said.
        sent: the body of the request: an object, a merge patch, or a JSON patch.
    """
    values = list(_values(sent))
    packed = [
        value.reveal() if is_packed else b64encode(value.reveal().encode(errors="replace")).decode()
        for value, is_packed in values
    ]
    secrets = [secret for value, is_packed in values for secret in _secrets(value, is_packed=is_packed)]
    if not secrets:
        return answer

    def hidden(match: re.Match[str]) -> str:
        piece = match[0].replace("-", "+").replace("_", "/")
        return MASK if any(piece in value for value in packed) else match[0]

    def hide(value: Any) -> Any:
        if isinstance(value, str):
            return _PIECE.sub(hidden, struck(value, secrets))
        if isinstance(value, dict):
            return {hide(name): hide(inner) for name, inner in value.items()}
        return [hide(inner) for inner in value] if isinstance(value, list) else value

    result: T = hide(answer)
    return result


def without_dumps(text: str) -> str:
    """Give a text without what looks like the data of any Secret, or like another credential."""
    text = _QUOTED_BODY.sub("", text)
    text = _BYTES.sub(MASK, text)
    for pattern in (_DATA, _DUMP):
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return redacted(_BASE64.sub(_without_base64, text))


def _values(sent: Any) -> Iterator[tuple[Sensitive, bool]]:
    """Give all values of a Secret in a request's body, and whether each is in base64."""
    if isinstance(sent, list):  # a JSON patch
        for change in sent:
            field = str(change.get("path", "")).split("/")[1:2]
            yield from _values({name: change.get("value") for name in field})
    elif isinstance(sent, dict):
        for name in _FIELDS:
            inner = sent.get(name)
            for value in inner.values() if isinstance(inner, dict) else [inner]:
                if isinstance(value, str):
                    yield Sensitive(value), name == "data"


def _secrets(value: Sensitive, *, is_packed: bool) -> Iterator[Sensitive]:
    """Give a value decoded, and the passwords in it where it is a docker config."""
    text = value.reveal()
    if is_packed:
        try:
            text = a2b_base64(text).decode("utf-8", "replace")
        except ValueError:
            text = ""
    if len(text) <= WHOLE:
        yield Sensitive(text)
        yield Sensitive(text.strip())
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield from _passwords(document)


def _passwords(document: Any) -> Iterator[Sensitive]:
    for name, value in document.items() if isinstance(document, dict) else ():
        if not isinstance(value, str):
            yield from _passwords(value)
        elif name.casefold() in _SECRET_FIELDS:
            yield Sensitive(value)
            if name.casefold() == "auth":
                try:
                    yield decode_auth(Sensitive(value))[1]
                except InvalidAuth:
                    continue


def _without_base64(match: re.Match[str]) -> str:
    """Tell base64 from long names and paths, which are in lower case, and from digests."""
    text = match[0]
    mixed = text != text.lower() and text != text.upper() and any(char.isdigit() for char in text)
    return MASK if mixed else text
