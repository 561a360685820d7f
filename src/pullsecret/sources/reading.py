"""Files that a person names: read within bounds, and refused in one line that says what they are instead.

What only an error needs is imported there: a command that takes a password should not wait for it.
"""

import os
import select
import stat
import time
from collections.abc import Iterator
from typing import TextIO

from pullsecret.core.errors import InvalidInput, SourceError
from pullsecret.sources.rawbytes import RawBytes

StrPath = str | os.PathLike[str]

LIMIT = 4 << 20
"""Bytes; the API server takes no object above 1.5 MiB, but a file may hold several."""

PATIENCE = 30.0
"""Seconds to wait for the next bytes of a pipe, such as a shell's ``<(kubectl get secret x -o yaml)``."""

CHUNK = 65536
STDIN = "-"
CONFIGS = "name a docker config or a Secret manifest"


def read_bounded(
    path: StrPath, *, stdin: TextIO | None = None, limit: int = LIMIT, patience: float = PATIENCE
) -> RawBytes:
    """Read a whole file; ``-`` is standard input.

    Args:
        path: the file.
        stdin: standard input; ``-`` is refused without it.
        limit: how many bytes it may have; a larger regular file is not read at all.
        patience: how many seconds to wait for bytes of a pipe.

    Raises:
        SourceError: it is missing, cannot be read, or is a directory or a device.
        InvalidInput: it is too large.
    """
    if str(path) == STDIN:
        return _from_stdin(stdin, limit)
    name = str(path)
    try:
        # Without waiting: a named pipe that nobody writes to would hold us up for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    try:
        status = os.fstat(descriptor)
        _check_kind(name, status, limit)
        waits = stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode)
        return _gather(_chunks(descriptor, name, patience if waits else None), name, limit)
    except OSError as error:
        raise _unreadable(name, error) from None
    finally:
        os.close(descriptor)


def read_text(path: StrPath, *, stdin: TextIO | None = None, limit: int = LIMIT) -> RawBytes:
    """Read a file that must be text with something in it; without the byte order mark some editors put first.

    Raises:
        SourceError: it cannot be read.
        InvalidInput: it is too large, empty, or no UTF-8 text.
    """
    return text_of(read_bounded(path, stdin=stdin, limit=limit), place_of(path))


def text_of(data: RawBytes, place: str, *, hint: str = CONFIGS) -> RawBytes:
    """Check that bytes are text with something in it; `hint` says what should be named instead.

    Answer and errors as of `read_text`.
    """
    if not data.strip():
        raise InvalidInput("is empty", place=place)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidInput("is UTF-16 text", place=place, hint="save it as UTF-8")
    if data.find(b"\0") >= 0 or not _is_utf8(data):
        raise InvalidInput("is no text file", place=place, hint=hint)
    return RawBytes(data.removeprefix(b"\xef\xbb\xbf"))


def place_of(path: StrPath) -> str:
    """Name a file in messages."""
    return "standard input" if str(path) == STDIN else str(path)


def _from_stdin(stdin: TextIO | None, limit: int) -> RawBytes:
    if stdin is None:
        raise SourceError("standard input cannot be read here", hint="name a file")
    raw = getattr(stdin, "buffer", None)  # a StringIO has none
    chunks = iter(lambda: raw.read(CHUNK) if raw else stdin.read(CHUNK).encode(), b"")
    return _gather(chunks, place_of(STDIN), limit)


def _check_kind(name: str, status: os.stat_result, limit: int) -> None:
    mode = status.st_mode
    if stat.S_ISDIR(mode):
        from pathlib import Path

        inside = Path(name, "config.json")
        hint = f"name the file: {inside}" if inside.is_file() else "name a file in it"
        raise SourceError(f"{name}: is a directory", hint=hint)
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)):
        raise SourceError(f"{name}: is a device or a socket, not a file")
    if stat.S_ISREG(mode) and status.st_size > limit:
        raise _too_large(name, limit)


def _chunks(descriptor: int, name: str, patience: float | None) -> Iterator[bytes]:
    while True:
        if patience is not None and not _ready(descriptor, patience):
            raise SourceError(f"{name}: nothing came through this pipe for {patience:g} s")
        part = os.read(descriptor, CHUNK)
        if not part:
            return
        yield part


def _ready(descriptor: int, patience: float) -> bool:
    """Wait until there is something to read, or the last writer has gone."""
    deadline = time.monotonic() + patience
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            return True
    return False


def _gather(chunks: Iterator[bytes], name: str, limit: int) -> RawBytes:
    gathered = bytearray()
    for part in map(RawBytes, chunks):  # so that a traceback shows none
        gathered += part
        if len(gathered) > limit:
            gathered.clear()
            raise _too_large(name, limit)
    return RawBytes(gathered)


def _is_utf8(data: RawBytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _too_large(name: str, limit: int) -> InvalidInput:
    size = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"
    return InvalidInput(
        f"is larger than {size}", place=name, hint="name a file that holds what is needed and nothing else"
    )


def _unreadable(name: str, error: OSError | ValueError) -> SourceError:
    if isinstance(error, FileNotFoundError):
        return SourceError(f"{name}: no such file")
    if isinstance(error, PermissionError):
        from pullsecret.core.commands import Command

        return SourceError(
            f"{name}: no permission to read it", hint=f"see who may: {Command(('ls', '-l', name))}"
        )
    reason = getattr(error, "strerror", None) or str(error)
    return SourceError(f"{name}: cannot be read: {reason}")
