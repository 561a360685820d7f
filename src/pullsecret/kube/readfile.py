"""Reading the small files that a kubeconfig names."""

import os
from pathlib import Path

from pullsecret.core.errors import InvalidInput

MAX_BYTES = 10 * 1024 * 1024


def read_file(path: str, *, place: str) -> bytes:
    """Read a whole file.

    Args:
        path: where it is.
        place: what names it (the kubeconfig's field, a flag), for the error.

    Raises:
        InvalidInput: it is missing, unreadable, a folder, or far too large.
    """
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "this is no file's name"
        raise InvalidInput(f"cannot read {path}: {reason}", place=place) from None
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"cannot read {path}: larger than {MAX_BYTES // 1024**2} MiB", place=place)
    return data


def shown(path: str, home: str) -> str:
    """Give a path as people write it: with ``~`` for their home folder."""
    folder = home.rstrip("/")
    return f"~{path[len(folder) :]}" if folder and path.startswith(folder + os.sep) else path
