"""Manifests that a person names: files, folders and standard input, to objects with their places."""

import json
import os
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from pullsecret.core.check.model import ManifestObject, Place, Problem
from pullsecret.core.check.rendering import rendered_by
from pullsecret.core.errors import InvalidInput, SourceError
from pullsecret.core.workloads import items_of
from pullsecret.sources.linedyaml import Document, documents_with_lines
from pullsecret.sources.rawbytes import RawBytes
from pullsecret.sources.reading import STDIN, read_bounded, text_of

SUFFIXES = (".yaml", ".yml", ".json")
LIMIT = 64 << 20
"""Bytes of one file: what `helm template` makes of a large chart has several MiB."""

_HELM_SOURCE = re.compile(rb"^# Source: (.+?)\r?$", re.MULTILINE)
_MARK = re.compile(rb"---(\s|$)")
_BRACES = b"{{"
_RENDER = "a template must be rendered first: "
_CHART = "helm template CHART | pullsecret check -f -"
_NAME_MANIFESTS = "name manifests, as YAML or JSON"


@dataclass(frozen=True, slots=True)
class Manifests:
    """What was read.

    Attributes:
        problems: what could not be read; the rest was.
        foreign: files that were named, or make manifests, and hold no Kubernetes object.
        files: how many files there were.
    """

    objects: tuple[ManifestObject, ...] = field(repr=False)
    problems: tuple[Problem, ...]
    foreign: tuple[str, ...]
    files: int


def read_manifests(paths: Sequence[str], *, stdin: TextIO | None = None, fields: bool = False) -> Manifests:
    """Read every file, folder (and those in it; not hidden ones) and ``-``, which is standard input.

    In a folder only ``*.yaml``, ``*.yml`` and ``*.json`` count. What holds no Kubernetes object is passed
    over: hooks name whatever changed. With `fields` the line of every field is noted.

    Raises:
        SourceError: something that was named is not there, or a folder has no such file in it.
    """
    objects: list[ManifestObject] = []
    problems: list[Problem] = []
    foreign: list[str] = []
    files = list(dict.fromkeys(_files(paths)))
    for file, named in files:
        try:
            found = list(_objects(file, stdin, fields=fields))
        except InvalidInput as error:
            message = error.message.removeprefix(f"{error.place}: ")
            problems.append(Problem(_place_of(file, error), message, error.hint))
            continue
        objects += found
        if not found and (named or rendered_by(file)):
            foreign.append(_shown(file))
    return Manifests(tuple(objects), tuple(problems), tuple(foreign), len(files))


def _files(paths: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Give the files, each with whether it was named itself."""
    for path in paths:
        if path == STDIN or not Path(path).is_dir():
            yield path, True
            continue
        inside = sorted(_inside(path))
        if not inside:
            raise SourceError(f"{path}: has no {', '.join('*' + suffix for suffix in SUFFIXES)} in it")
        yield from ((file, False) for file in inside)


def _inside(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                yield str(Path(parent, name))


def _objects(file: str, stdin: TextIO | None, *, fields: bool) -> Iterator[ManifestObject]:
    data = read_bounded(file, stdin=stdin, limit=LIMIT)
    if not data.strip() and file != STDIN:
        return
    text = text_of(data, _shown(file), hint=_NAME_MANIFESTS)
    found = _parsed(text, file, fields=fields)
    sources = _HelmSources(text)
    before = 0
    for number, document in enumerate(found, 1):
        place = Place(file, number, document.line, sources.between(before, document.line))
        before = document.line
        yield from _items(document, place)


def _items(document: Document, place: Place) -> Iterator[ManifestObject]:
    value = document.value
    if not (isinstance(value, dict) and isinstance(value.get("kind"), str) and "apiVersion" in value):
        return
    try:
        items = items_of(value)
    except InvalidInput as error:
        raise _Broken(error.message, hint=error.hint, at=place) from None
    for obj in items:
        line = document.lines.get(id(obj), place.line) if obj is not value else place.line
        yield ManifestObject(obj, replace(place, line=line), document.lines, document.fields)


class _Broken(InvalidInput):
    """A document that cannot be read, with its place in the file."""

    def __init__(self, message: str, *, hint: str, at: Place) -> None:
        super().__init__(message, hint=hint)
        self.at = at


def _place_of(file: str, error: InvalidInput) -> Place:
    return error.at if isinstance(error, _Broken) else Place(file)


def _parsed(text: RawBytes, file: str, *, fields: bool) -> list[Document]:
    """Parse YAML, of which JSON is nearly a part; what is not (tabs, pairs of surrogates) is read as JSON."""
    try:
        return documents_with_lines(text, fields=fields)
    except InvalidInput as error:
        message, place = error.message, error.place
    found = _json_documents(text) if text.lstrip()[:1] in (b"{", b"[") else []
    if found:
        return found
    line = re.match(r"line (\d+), (.+)", place)
    at = Place(file, *_counted(text, int(line[1]))) if line else Place(file)
    said = message.removeprefix(f"{place}: ") + (f" ({line[2]})" if line else "")
    hint = _RENDER + (rendered_by(file) or _CHART) if text.find(_BRACES) >= 0 else ""
    raise _Broken(said, hint=hint, at=at)


def _counted(text: RawBytes, line: int) -> tuple[int, int]:
    """Tell in which document a line is; comments and nothing before the first mark are none."""
    number, empty = 1, True
    for one in text.splitlines()[:line]:
        if _MARK.match(one) and not empty:
            number, empty = number + 1, True
        elif one.strip() and not one.startswith((b"#", b"---")):
            empty = False
    return number, line


def _json_documents(text: RawBytes) -> list[Document]:
    """Parse JSON values one after the other; none where it is no JSON."""
    decoder, found, whole = json.JSONDecoder(), [], text.decode()
    at = len(whole) - len(whole.lstrip())
    try:
        while at < len(whole):
            value, end = decoder.raw_decode(whole, at)
            found.append(Document(value, whole.count("\n", 0, at) + 1, {}))
            at = end + len(whole[end:]) - len(whole[end:].lstrip())
    except (ValueError, RecursionError):
        return []
    return found


class _HelmSources:
    """Which template Helm says that a document was rendered from: a comment above it."""

    def __init__(self, text: RawBytes) -> None:
        found: list[tuple[int, str]] = []
        line, at = 1, 0
        for match in _HELM_SOURCE.finditer(text):
            line, at = line + text.count(b"\n", at, match.start()), match.start()
            found.append((line, match[1].decode("utf-8", "replace").strip()))
        self._lines = [line for line, _ in found]
        self._names = [name for _, name in found]

    def between(self, before: int, line: int) -> str:
        """Give the last one above a line and below another; empty when there is none."""
        index = bisect_left(self._lines, line) - 1
        return self._names[index] if index >= 0 and self._lines[index] > before else ""


def _shown(file: str) -> str:
    return "standard input" if file == STDIN else file
