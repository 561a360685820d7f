"""Make docs/causes.md from the catalogue of causes. Run by `make causes`; a test holds the two equal."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from pullsecret.core.catalogue import ENTRIES, CatalogueEntry, fill, variants

TARGET = Path(__file__).parent.parent / "docs" / "causes.md"
WIDTH = 110

NAMES = {
    "namespace": "web", "secret": "regcred", "registry": "harbor.example.com", "username": "USER",
    "image": "harbor.example.com/team/app:1.0", "serviceaccount": "default", "pod": "app-7d9f",
    "workload": "deployment/app", "source": "platform",
}  # fmt: skip

INTRODUCTION = """\
<!-- Made from src/pullsecret/core/catalogue by tools/causes.py: make causes -->
# Why a pull fails

Every diagnosis names one of these causes. The codes are stable: they are the same in tables, in JSON and in
the library (`pullsecret.core.causes.Cause`). `explain` reads them from a message alone, `doctor` proves them,
`check` foresees them. The names in the commands are examples; in a diagnosis the case's own stand there.
"""


def page() -> str:
    """Give the whole page."""
    entries = (line for told in ENTRIES.values() for line in _entry(told))
    return "\n".join((INTRODUCTION, *_contents(), *entries)).rstrip("\n") + "\n"


def _contents() -> Iterator[str]:
    yield "| code | in short |"
    yield "|---|---|"
    for cause, told in ENTRIES.items():
        yield f"| [`{cause}`](#{cause}) | {told.title} |"
    yield ""


def _entry(told: CatalogueEntry) -> Iterator[str]:
    yield from (f"## {told.cause}", "")
    yield from _wrapped(f"**{told.title}.** {told.meaning}")
    yield from _wrapped(f"*Told apart:* {told.apart}")
    yield from ("What to check:", "")
    for check in told.checks:
        yield from _wrapped(f"- {check}", end=False)
    yield from ("", "What mends it:", "")
    yield from _mends(told)
    yield from _kinds(told)
    if told.links:
        yield from _wrapped(" · ".join(f"[{link.title}]({link.url})" for link in told.links))


def _kinds(told: CatalogueEntry) -> Iterator[str]:
    """Give the kinds of a cause that a message tells apart; `explain` has mends for each."""
    kinds = [kind for kind in variants.ENTRIES.values() if kind.cause is told.cause]
    if kinds:
        yield from ("What a message may tell besides:", "")
        for kind in kinds:
            yield from _wrapped(f"- **{kind.title}.** {kind.meaning}", end=False)
        yield ""


def _mends(told: CatalogueEntry) -> Iterator[str]:
    fixes = fill(told.cause, **NAMES)
    for fix in fixes:
        yield from _wrapped(f"- {fix.description}", end=False)
        if fix.command is not None:
            yield from ("", "  ```sh", f"  {fix.command}", "  ```", "")
    if fixes[-1].command is None:
        yield ""


def _wrapped(text: str, *, end: bool = True) -> Iterator[str]:
    indent = "  " if text.startswith("- ") else ""
    yield from wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    if end:
        yield ""


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
