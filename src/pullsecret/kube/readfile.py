"""Reading the small files that a kubeconfig names."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from pullsecret.core.errors import InvalidInput

MAX_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file; it may hold keys and tokens, so it does not show itself."""

    data: bytes = field(repr=False)


def read_file(path: str, *, place: str) -> Content:
    """Read a whole file.

    Args:
        path: where it is.
        place: what names it (the kubeconfig's field, a flag), for the error.

    Raises:
        InvalidInput: it is missing, unreadable, a folder, or far too large.
    """
    try:
        with Path(path).open("rb") as stream:
            content = Content(stream.read(MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "this is no file's name"
        raise InvalidInput(f"cannot read {path}: {reason}", place=place) from None
    if len(content.data) > MAX_BYTES:
        raise InvalidInput(f"cannot read {path}: larger than {MAX_BYTES // 1024**2} MiB", place=place)
    return content


def shown(path: str, home: str) -> str:
    """Give a path as people write it: with ``~`` for their home folder."""
    folder = home.rstrip("/")
    return f"~{path[len(folder) :]}" if folder and path.startswith(folder + os.sep) else path
