"""Changing a file so that a reader sees the old one or the new one, and two writers take turns."""

import contextlib
import errno
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pullsecret.core.commands import Command
from pullsecret.core.errors import SourceError

LOCK_SECONDS = 10.0
LOCK_PAUSE = 0.02
_KINDS = {
    stat.S_IFDIR: "a directory", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
}  # fmt: skip


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other writers of ours from a file meanwhile; docker itself takes no lock.

    The lock is on the file's folder (made if there is none), so that no side file is left behind.

    Raises:
        SourceError: the folder cannot be made or opened, or somebody holds the lock for too long.
    """
    try:
        folder = _real(path).parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        _lock(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def check_replaceable(path: Path) -> None:
    """Refuse what a file must not take the place of. A missing file, and a link to one, will do.

    Raises:
        SourceError: it is a directory, device, pipe or socket, or cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _unwritable(path, error) from None
    if not stat.S_ISREG(mode):
        raise SourceError(
            f"{path}: is {_KINDS.get(stat.S_IFMT(mode), 'no file')}, which no file may take the place of",
            hint="name a file, or one that is not there yet",
        )


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in one step; a symbolic link is followed, owner and mode of an existing file stay.

    Raises:
        SourceError: it cannot be written, or is no file; what was there is as it was.
    """
    check_replaceable(path)  # a rename would put the file over a device as well
    target = _real(path)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _like(target, descriptor)
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(path, error) from None


def _real(path: Path) -> Path:
    """Follow symbolic links, a dangling one too."""
    return Path(os.path.realpath(path))


def _lock(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise SourceError(f"{path}: another program is writing it", hint="try again") from None
            time.sleep(LOCK_PAUSE)
        except OSError:  # some network file systems lock no folders
            return
        else:
            return


def _like(target: Path, descriptor: int) -> None:
    """Take over owner and mode where there is a file already, as docker does; else 0600 is kept."""
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, old.st_mode & 0o777)


def _unwritable(path: Path, error: OSError) -> SourceError:
    forbidden = error.errno in {errno.EACCES, errno.EPERM}
    hint = f"see who may write there: {Command(('ls', '-ld', str(path.parent)))}" if forbidden else ""
    return SourceError(f"{path}: cannot be written: {error.strerror or error}", hint=hint)
