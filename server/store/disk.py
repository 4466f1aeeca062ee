"""Small matters of the disk: names that have to be on it, and that it is full."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.http.problems import Problem

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_FULL_WORDS: Final = ("No space left on device", "Disk quota exceeded", "File too large")


def sync(folder: Path) -> None:
    """Put the names of a folder's files on the disk. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require(folder: Path, size: int) -> None:
    """Raise `OSError`, that it is full, if the disk of a folder has less than `size` bytes left."""
    found = os.statvfs(folder)
    if found.f_bavail * found.f_frsize < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Raise, in place of an error that says that there is no room, the problem of that."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if problem := full(error):
            raise problem from error
        raise


def full(error: Exception) -> Problem | None:
    """Return the problem of an error, ours or the engine's, that says that there is no room."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return _problem()
    return _problem() if any(words in str(error) for words in _FULL_WORDS) else None


def _problem() -> Problem:
    return Problem("storage-full", "The disk of this server is full.")
