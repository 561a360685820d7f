"""YAML and JSON as kubectl reads a kubeconfig: bytes in, plain values out, within bounds.

kubectl decodes JSON where a document begins with a brace, and else the first YAML document (apimachinery,
pkg/util/yaml). YAML 1.1's dates and base-60 numbers stay text, as Go's decoder leaves them.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.readfile import MAX_BYTES, Content

MAX_DEPTH = 100
MAX_NODES = 1_000_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _KubectlLoader(_Loader):  # type: ignore[misc]
    """Resolves plain scalars as kubectl does."""


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    dropped = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
    kept = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in dropped]
        for first, resolvers in _Loader.yaml_implicit_resolvers.items()
    }
    integer = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$")
    decimal = re.compile(
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$"
    )
    for first in "-+0123456789":
        kept.setdefault(first, []).append(("tag:yaml.org,2002:int", integer))
    for first in "-+0123456789.":
        kept.setdefault(first, []).append(("tag:yaml.org,2002:float", decimal))
    return kept


_KubectlLoader.yaml_implicit_resolvers = _resolvers()


def read_document(content: Content, *, place: str) -> Any:
    """Read the first document; None where there is none.

    Raises:
        InvalidInput: it is too large, nested too deep, or neither JSON nor YAML; names line and column.
    """
    if len(content.data) > MAX_BYTES:
        raise InvalidInput(f"larger than {MAX_BYTES // 1024**2} MiB: this is no kubeconfig", place=place)
    if content.data.lstrip()[:1] == b"{":
        try:
            return json.loads(content.data)
        except (ValueError, RecursionError):
            pass  # flow-style YAML begins with a brace too
    try:
        _check_bounds(_events(content), place)
        return _first_document(content)
    except yaml.YAMLError as error:
        fault = InvalidInput(_problem(error), place=f"{place}{_position(error)}")
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        if isinstance(error, InvalidInput):
            raise
        fault = InvalidInput(f"a value cannot be read ({type(error).__name__})", place=place)
    # Outside the handlers: the parsers' errors hold the document, and so its secrets.
    raise fault


def _first_document(content: Content) -> Any:
    loader = _KubectlLoader(content.data)
    try:
        return loader.get_data() if loader.check_data() else None
    finally:
        loader.dispose()


def _events(content: Content) -> Iterator[Any]:
    return yaml.parse(content.data, Loader=_Loader)


def _check_bounds(events: Iterator[Any], place: str) -> None:
    """Refuse what would exhaust memory or the C stack, before PyYAML builds it.

    libyaml's composer recurses without a limit and crashes the process on deep nesting; aliases
    and merge keys can stand for more nodes than fit in memory.
    """
    sizes: dict[str | None, int] = {}
    opened: list[tuple[str | None, int]] = []
    nodes = 0
    for event in events:
        match event:
            case yaml.CollectionStartEvent():
                opened.append((event.anchor, nodes))
                nodes += 1
            case yaml.CollectionEndEvent():
                anchor, before = opened.pop()
                sizes[anchor] = nodes - before
            case yaml.ScalarEvent():
                nodes += 1
                sizes[event.anchor] = 1
            case yaml.AliasEvent():
                if any(anchor == event.anchor for anchor, _ in opened):
                    raise InvalidInput("a YAML alias stands for itself", place=place)
                nodes += sizes.get(event.anchor, 1)
            case yaml.DocumentEndEvent():
                return
        if len(opened) > MAX_DEPTH or nodes > MAX_NODES:
            raise InvalidInput("nested too deep, or too many values: this is no kubeconfig", place=place)


def _problem(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.composer.ComposerError | yaml.constructor.ConstructorError):
        # Their texts repeat the alias or tag, and an unquoted password that begins with * or ! is one.
        return "neither JSON nor YAML: an unknown alias (*) or tag (!), or a key that is no text"
    text = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return f"neither JSON nor YAML: {text}"


def _position(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f": line {mark.line + 1}, column {mark.column + 1}" if mark else ""
