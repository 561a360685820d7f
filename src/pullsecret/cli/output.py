"""Printing results: tables for people; json, yaml and names for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from shutil import get_terminal_size
from typing import Any, TextIO

from pullsecret.core.plaintext import printable
from pullsecret.core.sensitive import Sensitive

API_VERSION = "cli.pullsecret.dev/v1alpha1"


class Output:
    """Standard output in the format that was asked for.

    Args:
        stream: where to.
        form: table, wide, json, yaml or name.
        color: False for none; None for colours on a terminal only.
    """

    def __init__(self, stream: TextIO, form: str, *, color: bool | None = None) -> None:
        self.stream, self.form = stream, form
        self._color = stream.isatty() if color is None else color

    @property
    def for_people(self) -> bool:
        """Whether a person reads it."""
        return self.form in ("table", "wide")

    def report(self, kind: str, content: Mapping[str, Any], *, reveal: bool = False) -> None:
        """Print a report as JSON or YAML, with its `apiVersion` and `kind`."""
        self.document({"apiVersion": API_VERSION, "kind": kind, **plain(content, reveal=reveal)})

    def document(self, document: Mapping[str, Any]) -> None:
        """Print a JSON object as it is, as JSON or YAML."""
        if self.form == "json":
            self.stream.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        else:
            import yaml

            base = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
            # What stands in two places is written twice: anchors are no JSON, and hard to read.
            dumper = type("Dumper", (base,), {"ignore_aliases": lambda *_: True})
            yaml.dump(document, self.stream, Dumper=dumper, allow_unicode=True, width=1 << 20)

    def names(self, names: Iterable[str]) -> None:
        """Print object names, one a line, as `-o name` gives them."""
        for name in names:
            self.line(name)

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line; what came from elsewhere in it is shown, not obeyed."""
        shown = printable(text)
        if style and self._color and shown:
            shown = self._painted(shown, style)
        self.stream.write(shown + "\n")

    def paragraph(self, lead: str, text: str, style: str = "") -> None:
        """Print text after a lead; on a terminal, what does not fit goes on below the text's beginning."""
        if not self.stream.isatty():
            self.line(lead + text, style)
            return
        from textwrap import wrap

        width = get_terminal_size().columns
        indent = " " * (len(lead) if len(lead) * 3 <= width else 4)
        lines = wrap(
            lead + printable(text), max(width, 30), subsequent_indent=indent, drop_whitespace=True,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        for part in lines:
            self.line(part, style)

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print columns as kubectl does; on a terminal too narrow for them, each row as a block of lines."""
        from rich.cells import cell_len

        cleaned = [[printable(cell) for cell in row] for row in rows]
        widths = [max(map(cell_len, column)) for column in zip(headers, *cleaned, strict=True)]
        if self.stream.isatty() and sum(widths) + 3 * (len(widths) - 1) > get_terminal_size().columns:
            self._blocks(headers, cleaned)
            return
        for row in [list(headers), *cleaned]:
            cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
            self.stream.write("   ".join(cells).rstrip() + "\n")

    def _blocks(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        indent = " " * (len(headers[0]) - len(headers[0].lstrip()))
        titles = [header.strip() for header in headers]
        width = max(map(len, titles)) + 2
        for number, row in enumerate(rows):
            if number:
                self.stream.write("\n")
            for title, cell in zip(titles, row, strict=True):
                self.stream.write(f"{indent}{title + ':':<{width}}{cell.strip()}\n")

    @staticmethod
    def _painted(text: str, style: str) -> str:
        from click import style as paint

        styles: dict[str, dict[str, Any]] = {
            "good": {"fg": "green"},
            "bad": {"fg": "red", "bold": True},
            "warn": {"fg": "yellow"},
            "dim": {"dim": True},
            "strong": {"bold": True},
        }
        return str(paint(text, **styles[style]))


def plain(value: Any, *, reveal: bool = False) -> Any:
    """Turn values into JSON: camelCase keys, times as RFC 3339, passwords left out unless revealed."""
    if isinstance(value, Sensitive):
        return value.reveal() if reveal else None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        value = {camel(f.name): getattr(value, f.name) for f in fields(value)}
    if isinstance(value, Mapping):
        return {
            str(k): plain(v, reveal=reveal)
            for k, v in value.items()
            if v is not None and (reveal or not isinstance(v, Sensitive))
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item, reveal=reveal) for item in value]
    return value


def camel(name: str) -> str:
    """Spell a Python name as JSON does: ``resource_version`` as ``resourceVersion``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
