"""Some at work at once, some more waiting, and the next turned away."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Final

from server.http.problems import Problem

WAIT_SECONDS: Final = 10.0


class Turns:
    """Lets `running` be at work at once; `waiting` more wait, `WAIT_SECONDS` at most.

    Whoever finds no room is told to come again after `retry` seconds.
    """

    def __init__(self, running: int, waiting: int, retry: int) -> None:
        self._places = threading.BoundedSemaphore(running + waiting)
        self._free = threading.BoundedSemaphore(running)
        self._retry = retry

    @contextlib.contextmanager
    def turn(self, full: str, late: str) -> Iterator[None]:
        """Wait for a turn and hold it.

        Raises `Problem` with the detail `full` if enough wait already, `late` if no turn came.
        """
        if not self._places.acquire(blocking=False):
            raise self._busy(full)
        try:
            if not self._free.acquire(timeout=WAIT_SECONDS):
                raise self._busy(late)
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._places.release()

    def _busy(self, detail: str) -> Problem:
        return Problem("busy", detail, headers={"Retry-After": str(self._retry)})
