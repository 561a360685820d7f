"""Secrets struck out of what others say: servers, webhooks and helpers repeat what they were told.

They repeat it as they please: in JSON, in an address, in a web page, in base64, in a dump of Go or Python,
and one within the other. So each character of a secret is looked for in all the ways these write it. What
looks like a secret, and whose is not known, is the matter of `redaction`.
"""

import base64
import re
from collections.abc import Iterable, Iterator

from pullsecret.core.sensitive import MASK, Sensitive

SHORTEST = 4
"""Characters. Shorter secrets are left: they stand in ordinary words, and what is missing would tell them."""

_CONTROLS = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\v": "v", "\a": "a", "\0": "0"}
_ESCAPE = r"\\{1,8}"
"""Each JSON within JSON doubles the backslashes. Bounded, here and below, so that no text takes long."""
_PARTS = re.compile(r"(?P<slashes>\\+)|(?P<blanks>\s+)|(?P<plain>[A-Za-z0-9]+)|(?s:.)")


def struck(text: str, secrets: Iterable[Sensitive]) -> str:
    """Put ``***`` in the place of every spelling of some secrets.

    Found are a secret as it is, and its base64 as a whole (both alphabets, padded or not) and its hex; the
    first two also as JSON, URLs, HTML, Go and Python escape them, to some depth.

    Args:
        text: what somebody said.
        secrets: what they may repeat; those shorter than `SHORTEST` are passed over.
    """
    words = {secret.reveal() for secret in secrets}
    longest_first = sorted((word for word in words if len(word) >= SHORTEST), key=len, reverse=True)
    if not longest_first:
        return text
    return re.sub("|".join(way for word in longest_first for way in _ways(word)), MASK, text)


def _ways(word: str) -> Iterator[str]:
    """Write patterns for the whole of a secret."""
    raw = word.encode(errors="surrogatepass")
    coded = base64.b64encode(raw).decode().rstrip("=")
    yield "".join(_character(char) for char in coded) + f"(?:{_character('=')}){{0,2}}"
    yield f"(?i:{raw.hex()})"
    if len(word.strip()) >= SHORTEST:
        yield "".join(map(_part, _PARTS.finditer(word)))


def _part(match: re.Match[str]) -> str:
    """Write a pattern for one character, or for a run of some that have to be taken together."""
    text = match[0]
    if match["plain"]:
        return text
    if match["slashes"]:
        return f"(?:{_encoded(text[0])}{{{len(text)}}}|\\\\{{{len(text)},{len(text) * 8}}})"
    if match["blanks"]:  # who puts a text on one line makes one of them, and drops those at its ends
        ways = "|".join(dict.fromkeys(map(_encoded, text)))
        at_an_end = match.start() == 0 or match.end() == len(match.string)
        return rf"(?:{ways}|%(?:25){{0,3}}2[bB]|\\{{0,8}}[\s+]){{{0 if at_an_end else 1},{len(text)}}}"
    return _character(text)


def _character(char: str) -> str:
    """Write a pattern for one character."""
    if char.isascii() and char.isalnum():
        return char
    plain = re.escape(char)
    if char in "+/":  # base64 has another alphabet for URLs
        plain = f"[{char}{'-' if char == '+' else '_'}]"
    if char.isascii() and char.isprintable():  # JSON, Go, Python and shells put backslashes before some
        plain = rf"\\{{0,8}}{plain}"
    if char == "'":  # within the single quotes of a shell
        plain = rf"'\"'\"'|'\\''|{plain}"
    return f"(?:{_encoded(char)}|{plain})"


def _encoded(char: str) -> str:
    """Write a pattern for the ways in which a character is written by its number or name."""
    from html.entities import codepoint2name  # 10 ms, which only an error pays

    raw, number = char.encode(errors="surrogatepass"), ord(char)
    units = char.encode("utf-16-be", errors="surrogatepass").hex()
    names = [f"#0{{0,6}}{number}", f"#x0{{0,6}}{number:x}", *filter(None, [codepoint2name.get(number)])]
    ways = [
        "".join(f"%(?:25){{0,3}}{byte:02x}" for byte in raw),
        "".join(f"{_ESCAPE}x{byte:02x}" for byte in raw),
        "".join(f"{_ESCAPE}u{units[start : start + 4]}" for start in range(0, len(units), 4)),
        f"{_ESCAPE}(?:U{number:08x}|x{number:02x})",
        f"&(?:amp;){{0,3}}(?:{'|'.join(names)});",
    ]
    if short := _CONTROLS.get(char):
        ways.append(_ESCAPE + short)
    if not char.isascii():
        ways.append(re.escape(raw.decode("latin-1")))
    return f"(?i:{'|'.join(ways)})"
