"""YAML as Kubernetes' own reader takes it, with the line of every mapping.

Unlike `yamltext` it keeps dates as text, takes tags that nobody knows for nothing, and does not mind
numbers that are none: manifests of others stand beside ours in a folder, and are passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import yaml

from pullsecret.core.errors import InvalidInput
from pullsecret.sources.rawbytes import RawBytes
from pullsecret.sources.yamltext import NESTING_MAX, position, too_deep

MERGED_MAX = 100_000
"""So many fields may a mapping get by merge keys (``<<``): a few lines of them can stand for billions."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


Fields = dict[int, dict[str | int, int]]


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    Attributes:
        line: its first one, from 1.
        lines: by `id()` of each mapping in it, the line.
        fields: by `id()` of each mapping and list in it, and what stands in it, the line of that.
    """

    value: Any = field(repr=False)
    line: int
    lines: dict[int, int] = field(repr=False)
    fields: Fields = field(default_factory=dict, repr=False)


class _TooMuchError(Exception):
    """Merge keys stand for more fields than anything real."""


class _LinedLoader(_Loader):  # type: ignore[misc]
    """Notes of each mapping the line of its image, or else its first."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self.lines: dict[int, int] = {}
        self.fields: Fields = {}

    def construct_mapping_with_line(self, node: Any) -> Iterator[dict[Any, Any]]:
        """Build a mapping, as `construct_yaml_map` does."""
        made: dict[Any, Any] = {}
        yield made
        made.update(self.construct_mapping(node))
        line = node.start_mark.line
        for key, _ in node.value:
            if key.value in ("image", "reference"):
                line = key.start_mark.line
        self.lines[id(made)] = line + 1

    def construct_number(self, node: Any) -> Any:
        """Build a number; what only looks like one stays text."""
        build = self.construct_yaml_int if node.tag.endswith("int") else self.construct_yaml_float
        try:
            return build(node)
        except (ValueError, IndexError):
            return self.construct_scalar(node)

    def construct_unknown(self, node: Any) -> Any:
        """Build what has a tag of its own as if it had none; nothing is ever called for it."""
        if isinstance(node, yaml.MappingNode):
            return self.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return self.construct_sequence(node, deep=True)
        return self.construct_scalar(node)

    def flatten_mapping(self, node: Any) -> None:
        """Resolve merge keys, within bounds."""
        super().flatten_mapping(node)
        if len(node.value) > MERGED_MAX:
            raise _TooMuchError


_LinedLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_LinedLoader.add_constructor("tag:yaml.org,2002:map", _LinedLoader.construct_mapping_with_line)
_LinedLoader.add_constructor("tag:yaml.org,2002:int", _LinedLoader.construct_number)
_LinedLoader.add_constructor("tag:yaml.org,2002:float", _LinedLoader.construct_number)
_LinedLoader.add_constructor(None, _LinedLoader.construct_unknown)


class _FieldedLoader(_LinedLoader):
    """Notes the line of every field and of every element of a list, too."""

    def construct_mapping_with_lines(self, node: Any) -> Iterator[dict[Any, Any]]:
        """Build a mapping."""
        for made in self.construct_mapping_with_line(node):
            yield made
        self.fields[id(made)] = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}

    def construct_sequence_with_lines(self, node: Any) -> Iterator[list[Any]]:
        """Build a list, as `construct_yaml_seq` does."""
        for made in self.construct_yaml_seq(node):
            yield made
        self.fields[id(made)] = {at: item.start_mark.line + 1 for at, item in enumerate(node.value)}


_FieldedLoader.add_constructor("tag:yaml.org,2002:map", _FieldedLoader.construct_mapping_with_lines)
_FieldedLoader.add_constructor("tag:yaml.org,2002:seq", _FieldedLoader.construct_sequence_with_lines)


def documents_with_lines(text: RawBytes, *, fields: bool = False) -> list[Document]:
    """Parse the documents of a YAML text.

    Args:
        text: bytes of it.
        fields: note the line of every field as well, which takes memory for each.

    Raises:
        InvalidInput: it is no YAML, or nested deeper than anything real; the place is line and column.
    """
    problem, place = "", ""
    try:
        if not too_deep(yaml.parse(BytesIO(text), Loader=_Loader)):
            return list(_documents(text, _FieldedLoader if fields else _LinedLoader))
        problem = f"is nested deeper than {NESTING_MAX} levels"
    except _TooMuchError:
        problem = "cannot be read: its merge keys stand for too many fields"
    except (yaml.composer.ComposerError, yaml.constructor.ConstructorError) as error:
        # Their texts may repeat what stands there, and a password that begins with * is an alias.
        unknown = isinstance(error, yaml.composer.ComposerError)
        problem = f"is no YAML: {'an alias of nothing' if unknown else 'a key that is no text'}"
        place = position(error.problem_mark)
    except yaml.MarkedYAMLError as error:
        problem, place = f"is no YAML: {error.problem or error.context}", position(error.problem_mark)
    except yaml.reader.ReaderError as error:
        problem = f"is no YAML: {error.reason}"
    # Raised out here: the errors above hold the text, passwords and all.
    raise InvalidInput(problem, place=place)


def _documents(text: RawBytes, kind: type[_LinedLoader]) -> Iterator[Document]:
    loader = kind(BytesIO(text))
    try:
        while loader.check_node():
            node, loader.lines, loader.fields = loader.get_node(), {}, {}
            value = loader.construct_document(node)
            yield Document(value, node.start_mark.line + 1, loader.lines, loader.fields)
    finally:
        loader.dispose()
