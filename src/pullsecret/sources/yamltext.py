"""YAML that a person hands over: parsed safely, with errors that name file and line."""

from io import BytesIO
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.sources.rawbytes import RawBytes

NESTING_MAX = 100


def documents(text: RawBytes, place: str) -> list[Any]:
    """Parse the documents of a YAML text.

    Raises:
        InvalidInput: it is no YAML (with line and column), or nested deeper than anything real.
    """
    import yaml  # takes 15 ms, which most commands need not spend

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    place_in, problem = "", ""
    try:
        if not too_deep(yaml.parse(BytesIO(text), Loader=loader)):
            return list(yaml.load_all(BytesIO(text), Loader=loader))
        problem = f"is nested deeper than {NESTING_MAX} levels"
    except yaml.MarkedYAMLError as error:
        problem, place_in = f"is no YAML: {error.problem or error.context}", position(error.problem_mark)
    except yaml.reader.ReaderError as error:
        problem = f"is no YAML: {error.reason}"
    except ValueError:  # its text is the value
        problem = "is no YAML: a date or a number in it is none"
    # Raised out here: the errors above hold the text, passwords and all.
    raise InvalidInput(problem, place=f"{place}: {place_in}" if place_in else place)


def too_deep(events: Any) -> bool:
    """Walk the events: the C loader, which builds recursively, dies of too deep a nesting."""
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > NESTING_MAX:
                return True
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return False


def position(mark: Any) -> str:
    """Say where a mark of PyYAML points to; empty for none."""
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
