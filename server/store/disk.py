"""Small matters of the disk: names that have to be on it, and that it is full."""

import errno
import os
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


def full(error: Exception) -> Problem | None:
    """Return the problem of an error, ours or the engine's, that says that there is no room."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return _problem()
    return _problem() if any(words in str(error) for words in _FULL_WORDS) else None


def _problem() -> Problem:
    return Problem("storage-full", "The disk of this server is full.")
