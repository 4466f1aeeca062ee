"""What was worked out of a state of the graph, kept as long as that state is served."""

import functools
import weakref
from collections.abc import Callable
from typing import TypeVar

from server.store.reading import Reading

_Data = TypeVar("_Data", bound=Reading)
_Value = TypeVar("_Value")


def kept_by_version(compute: Callable[[_Data], _Value]) -> Callable[[_Data], _Value]:
    """Return `compute` made once for each version of a graph; the graph itself is not held.

    Threads that ask at the same moment may each compute it.
    """
    kept: weakref.WeakKeyDictionary[_Data, tuple[str, _Value]] = weakref.WeakKeyDictionary()

    @functools.wraps(compute)
    def value(data: _Data) -> _Value:
        known = kept.get(data)
        if known is None or known[0] != data.version:
            known = kept[data] = data.version, compute(data)
        return known[1]

    return value
