"""Every way in which a secret could show up in a text."""

import base64
import hashlib
import html
import json
import shlex
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from pullsecret.core import gojson


def spellings(secret: str, username: str = "") -> set[str]:
    """Give the secret as it is, and as base64, URLs, JSON, Go's JSON, HTML, shells and Python write it."""
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret)}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    found |= {gojson.encode(secret)[1:-1], repr(secret)[1:-1], repr(secret.encode())[2:-1]}
    found |= {shlex.quote(secret).strip("'"), *base64s(secret), *base64s(f"{username}:{secret}")}
    return found | {*hashes(secret), *hashes(f"{username}:{secret}")}


def hashes(text: str) -> Iterator[str]:
    """Give the usual hashes of it, and of its base64: a password can be guessed by them."""
    for data in (text.encode(), base64.b64encode(text.encode())):
        for kind in ("md5", "sha1", "sha256", "sha512"):
            digest = hashlib.new(kind, data, usedforsecurity=False).digest()
            yield from (digest.hex(), base64.b64encode(digest).decode())


def base64s(text: str) -> Iterator[str]:
    """Give what base64 makes of it at the three places where it may stand in something longer."""
    data = text.encode()
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + data).decode()
        first, last = (offset * 8 + 5) // 6, (offset + len(data)) * 8 // 6
        yield coded[first:last]
        yield coded[first:last].replace("+", "-").replace("/", "_")


def leaks(text: str, secret: str, username: str = "") -> list[str]:
    """Give the spellings that stand in a text."""
    return [spelling for spelling in spellings(secret, username) if spelling in text]
