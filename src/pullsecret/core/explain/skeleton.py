"""From a message to its bones: a chain of errors, one link a line, without the names of this one case.

Programs in Go join errors as ``outer: inner``, and put names between quotes. Once names, addresses and
digests are replaced by what they are, what is left are the words that the programs themselves print; a
rule that asks how a link begins cannot be misled by an image that is called `unauthorized`.

``dial tcp <addr>`` is a link, ``connect`` the next, and ``connection refused`` the last. Placeholders are
`<url>`, `<name>` (what is quoted and has no space in it, and image references), `<digest>`, `<path>` and
`<addr>`. All patterns are bounded: whatever the text, it is read in a time that grows with its length.
"""

import re
from itertools import pairwise

_QUOTE = re.compile(r"\\{0,8}[\"“”„]")
_LINE_BREAK = re.compile(r"\\{1,8}(?:r\\{1,8})?n(?![a-z]{2}\b)|\\{1,8}[rt](?=\s|\\)")
"""A line break as JSON and Go's ``%q`` write it."""
_BLANKS = re.compile(r"[ \t\xa0]{2,}")
_LINK = re.compile(r"\[([^\]\s]{1,600})\]\(https?://[^)\s]*\)")
_ARTIFACT = re.compile(r"[;,] artifact err: [^\"\n]*")
"""CRI-O tries each image as an OCI artifact too, and tells that this failed: of course it did."""
_JSON_ERROR = re.compile(r"\"code\"\s?:\s?\"(\w+)\"\s?,\s?\"message\"\s?:\s?\"([^\"]*)\"")
_NEW_RECORD = re.compile(r"\n(?=\s?(?:Warning|Normal|Error|Failed)\b|[IWEF]\d{4} |time=|FATA\[|\w+: |\n)")

_URL = re.compile(r"\b([a-z][a-z0-9+.-]{1,20})://[^\s\"'`]+", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"\s]+)\"")
_DIGEST = re.compile(r"\bsha(?:256|384|512):[0-9a-f]{6,}")
_PATH = re.compile(r"(?<![\w.<>:/-])/[\w.][^\s:,\"')\]]*")
_REFERENCE = re.compile(
    r"(?<![\w./@:-])(?:[\w-]+(?:\.[\w-]+)+(?::\d+)?|[\w-]+:\d+|\[[0-9a-f:]+\]:\d+|localhost)"
    r"(?:/[\w.+-]+)+(?::[\w.-]+)?(?:@<digest>)?"
)
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|\[[0-9a-fA-F:.%\w]*\]:\d+)(?![\w.])")
_SPLIT = re.compile(r":\s+|\n|\sdesc = |\s-\s(?=[A-Z])|\.go:\d+\]\s?|  |;\s|(?<=>) \(")
_EDGES = " \t[({,.:;)]}'`"
_PLACEHOLDER = re.compile(r"<(?:url|name|digest|path|addr)>")
_ATTRIBUTES = re.compile(r"(?:\w+=[^\s=]*(?:\s|\Z))+")
"""What structured logs put round a message: ``level=info msg=``."""


def unfolded(text: str) -> str:
    """Undo what logs, JSON and terminals did to a message: escapes, boxes, padding."""
    text = _unboxed(text.replace("\r", "")) if "│" in text else text.replace("\r", "")
    text = _QUOTE.sub('"', _BLANKS.sub("  ", text))
    text = _LINK.sub(r"\1", text)
    text = _JSON_ERROR.sub(r"\n\1: \2\n", text)
    text = _LINE_BREAK.sub("\n", text)
    return _ARTIFACT.sub("", text)


def chain_of(text: str) -> str:
    """Give the chain of errors of an unfolded message, one link a line."""
    records = _NEW_RECORD.split(text)
    masked = _masked("  ".join(record.replace("\n", " ") for record in records))
    lines = (_stripped(line) for line in _SPLIT.split(masked))
    return "\n".join(line for line in lines if line and not _ATTRIBUTES.fullmatch(line))


def _unboxed(text: str) -> str:
    """Join the lines that a terminal program broke at the edges of a box, in the middle of a word."""
    lines = [line.strip() for line in text.split("\n")]
    joined = lines[0]
    for before, line in pairwise(lines):
        joined += line if before.endswith("│") and line.startswith("│") else f"\n{line}"
    return joined.replace(" ││ ", "").replace("││", "").replace("│", "\n")


def _masked(text: str) -> str:
    text = _URL.sub(_masked_url, text)
    text = _QUOTED.sub(_masked_quoted, text).replace('"', "\n")
    text = _DIGEST.sub("<digest>", text)
    text = _PATH.sub("<path>", text)
    text = _REFERENCE.sub("<name>", text)
    return _ADDRESS.sub("<addr>", text)


def _masked_url(match: re.Match[str]) -> str:
    url = match[0]
    end = url[len(url.rstrip(":,.;)]}>")) :]
    scheme = match[1].lower()
    if scheme in {"http", "https"}:
        return f"<url>{end}"
    return f"<name>{end}" if scheme == "docker" else f"<path>{end}"


def _masked_quoted(match: re.Match[str]) -> str:
    inner = match[1]
    # Bytes in a string, and types of content, are no names but what came over the wire, and tell much.
    kept = inner.startswith(("\\", "\x15", "application/", "text/", "<url>"))
    return inner if kept or _PLACEHOLDER.fullmatch(inner) else "<name>"


def _stripped(line: str) -> str:
    return " ".join(line.split()).strip(_EDGES)
