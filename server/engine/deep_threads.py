"""Threads in which the engine may go deep, and which keep what it made to themselves."""

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from server.engine.evaluation import STACK_BYTES

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DeepThreads:
    """A pool of threads that are all started, each with a stack of `STACK_BYTES`."""

    def __init__(self, number: int) -> None:
        started = threading.Barrier(number + 1)
        usual = threading.stack_size(STACK_BYTES)
        try:
            self._pool = ThreadPoolExecutor(number, thread_name_prefix="query")
            for _ in range(number):
                self._pool.submit(started.wait)
            started.wait()
        finally:
            threading.stack_size(usual)

    def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what the work returns in one of the threads, or raise what it raises."""
        return self._pool.submit(_ended, partial(work, *args, **kwargs)).result()

    def close(self) -> None:
        """Stop the threads once they have ended their work."""
        self._pool.shutdown()


def _ended(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except BaseException as error:
        _let_go(error)
        raise


def _let_go(error: BaseException | None) -> None:
    """Clear the frames that failed: the engine's results must end in the thread they began in."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
