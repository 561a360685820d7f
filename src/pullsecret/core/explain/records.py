"""Cutting up what kubectl and logs print, into one record a failure. Nothing is explained here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PULL_REASONS = frozenset({
    "Failed", "BackOff", "InspectFailed", "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull",
    "InvalidImageName", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed",
    "FailedToRetrieveImagePullSecret", "FailedCreatePodSandBox", "FailedSync", "ImageGCFailed",
    "FreeDiskSpaceFailed",
})  # fmt: skip
"""Reasons of events, and of waiting containers, under which the kubelet tells of images (pkg/kubelet/events).
Others, as `Unhealthy` and `FailedMount`, tell of connections too, and not of those to a registry."""

_ABOUT_IMAGES = re.compile(
    r"image|\bpull|exec format error|credential provider|manifest|docker://|/v2/", re.IGNORECASE
)

_HEADER = re.compile(
    r"\s*(?:(NAMESPACE)\s+)?(?:LAST\s?SEEN|FIRST\s?SEEN|FirstSeen|Type)(?:\t|\s\s).*(?:MESSAGE|Message)"
)
_ROW = re.compile(r"(?:^|\s)(?:Warning|Normal)\s+([A-Z]\w*)\s+(.*)", re.DOTALL)
_OBJECT = re.compile(r"(?i)\bpod/([\w.-]+)")
_PODS = re.compile(r"(NAMESPACE\s+)?NAME\s+READY\s+STATUS\b")
_POD = re.compile(r"(?:(?P<namespace>\S+)\s+)?(?P<name>\S+)\s+\d+/\d+\s+(?:Init:)?(?P<state>\w+)\b")
_OF_CONTAINER = re.compile(r"\s+(?:Image:\s+(?P<image>\S+)|Reason:\s+(?P<reason>\w+))\s*\Z")
_LOGGED_POD = re.compile(r"\bpod=\"([\w.-]+/[\w.-]+)\"")
"""As the kubelet's log names it."""
_FIELD = re.compile(r"(Name|Namespace):\s+(\S+)")
_NEW_RECORD = re.compile(
    r"\s*(?:[IWEF]\d{4} \d\d:|time=\"|\{\"|(?:FATA|ERRO|WARN|INFO|DEBU)\W|Failed to |Back-off "
    r"|(?:Error|Warning|Normal)\b|Container image |rpc error"
    r"|\d{4}-\d\d-\d\d[T ]|[A-Z]\w\w [ \d]\d \d\d:\d\d:\d\d )"
)


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table of events, one entry of a log, or a text that is neither.

    Attributes:
        text: what it says; may have several lines.
        number: of its first line in the whole text, from 1.
        pod: the Pod it is about, with its namespace where that is told; may be empty.
        whole: whether it is all there is, so that nothing says it is about something else.
    """

    text: str
    number: int
    pod: str = ""
    whole: bool = False

    @property
    def is_about_images(self) -> bool:
        """Whether it may tell of a pull at all."""
        return self.whole or _ABOUT_IMAGES.search(self.text) is not None


def records_of(text: str) -> list[Record]:
    """Cut a text up.

    Where there is a table of events (`kubectl describe`, `kubectl get events`), only its rows count, and of
    these only those about images, beside the states of containers; of a table of Pods, their states; else
    every entry of a log; else the text is one message.
    """
    lines = text.split("\n")
    if any(_HEADER.match(line) or line.startswith("Events:") for line in lines):
        rows = [record for record in _rows(lines) if record.is_about_images]
        return sorted([*rows, *_states(lines)], key=lambda record: record.number)
    if any(_PODS.match(line) for line in lines):
        return list(_pods(lines))
    entries = list(_entries(lines))
    if len(entries) < 2:
        return [Record(text, 1, whole=True)] if text.strip() else []
    return [record for record in entries if record.is_about_images] or [Record(text, 1, whole=True)]


def _rows(lines: list[str]) -> Iterator[Record]:
    """Give the rows of the tables of events; a message of several lines goes on until the next row."""
    fields = {"Name": "", "Namespace": ""}
    header: re.Match[str] | None = None
    row: list[str] = []
    number = 0
    for at, line in enumerate([*lines, "Name:  "], 1):
        found, field = _HEADER.match(line), _FIELD.match(line)
        if row and (found or field or line.startswith("Name:") or _ROW.search(line)):
            yield from _row(row, number, fields, header)
            row = []
        if found:
            header = found
        elif field:
            header = None
            fields[field[1]] = field[2]
        elif header and _ROW.search(line):
            row, number = [line], at
        elif row and line.strip():
            row.append(line)


def _row(
    row: list[str], number: int, fields: dict[str, str], header: re.Match[str] | None
) -> Iterator[Record]:
    match = _ROW.search(row[0])
    if match is None or header is None or match[1] not in PULL_REASONS:
        return
    named = _OBJECT.match(match[2])
    name = named[1] if named else fields["Name"]
    namespace = row[0].split(maxsplit=1)[0] if header[1] else fields["Namespace"]
    text = "\n".join((_message_in(row[0], header.end() - len("Message")) or match[2], *row[1:]))
    yield Record(f"{match[1]}  {text}", number, _qualified(namespace, name))


def _message_in(line: str, column: int) -> str:
    """Give what stands below a header, up to the next column; empty where the columns are not kept."""
    if line[column - 2 : column] != "  ":
        return ""
    return line[column:].partition("   ")[0]


def _qualified(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace and name else name


def _states(lines: list[str]) -> Iterator[Record]:
    """Give the containers that wait for an image, as `kubectl describe` shows them; it leaves out why."""
    fields = {"Name": "", "Namespace": ""}
    image = ""
    for at, line in enumerate(lines, 1):
        if field := _FIELD.match(line):
            fields[field[1]] = field[2]
        elif found := _OF_CONTAINER.match(line):
            if found["image"]:
                image = found["image"]
            elif found["reason"] in PULL_REASONS:
                text = f'Error: {found["reason"]}\n\nimage="{image}"'
                yield Record(text, at, _qualified(fields["Namespace"], fields["Name"]))


def _pods(lines: list[str]) -> Iterator[Record]:
    """Give the Pods of `kubectl get pods` that wait for an image; the table tells no more of them."""
    for at, line in enumerate(lines, 1):
        match = _POD.match(line)
        if match and match["state"] in PULL_REASONS:
            yield Record(f"Error: {match['state']}", at, _qualified(match["namespace"], match["name"]))


def _entries(lines: list[str]) -> Iterator[Record]:
    """Give the entries of a log: lines that begin as entries do, with those that follow them."""
    entry: list[str] = []
    number = 1
    for at, line in enumerate(lines, 1):
        if _NEW_RECORD.match(line) and entry:
            yield _logged(entry, number)
            entry, number = [], at
        if line.strip():
            entry.append(line)
    if entry:
        yield _logged(entry, number)


def _logged(entry: list[str], number: int) -> Record:
    text = "\n".join(entry)
    pod = _LOGGED_POD.search(text)
    return Record(text, number, pod[1] if pod else "")
