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


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its value, its first line from 1, and by `id()` of each mapping in it the line."""

    value: Any = field(repr=False)
    line: int
    lines: dict[int, int] = field(repr=False)


class _TooMuchError(Exception):
    """Merge keys stand for more fields than anything real."""


class _LinedLoader(_Loader):  # type: ignore[misc]
    """Notes of each mapping the line of its image, or else its first."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self.lines: dict[int, int] = {}

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


def documents_with_lines(text: RawBytes) -> list[Document]:
    """Parse the documents of a YAML text.

    Raises:
        InvalidInput: it is no YAML, or nested deeper than anything real; the place is line and column.
    """
    problem, place = "", ""
    try:
        if not too_deep(yaml.parse(BytesIO(text), Loader=_Loader)):
            return list(_documents(text))
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


def _documents(text: RawBytes) -> Iterator[Document]:
    loader = _LinedLoader(BytesIO(text))
    try:
        while loader.check_node():
            node, loader.lines = loader.get_node(), {}
            yield Document(loader.construct_document(node), node.start_mark.line + 1, loader.lines)
    finally:
        loader.dispose()
