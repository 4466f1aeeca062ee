"""Two folders that change places at once."""

import ctypes
import errno
import os
import sys
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_NOT_THERE: Final = frozenset((errno.ENOSYS, errno.EINVAL, errno.ENOTSUP))


def exchange(one: Path, other: Path) -> bool:
    """Let two paths change places in one step (Linux, renameat2), and say whether that could be.

    It cannot where the system or the file system has no such step. Raises `OSError` if it fails for
    another reason, with both where they were.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if sys.platform != "linux" or rename is None:
        return False
    names = os.fsencode(one), os.fsencode(other)
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_THERE:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))
