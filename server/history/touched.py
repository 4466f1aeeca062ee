"""Which changes touched which thing: an index of the log of changes that grows with it."""

import re
import threading
import weakref
from typing import Final

from ontology.namespaces import ID
from server.store.change_log import ChangeLog
from server.store.store import GraphStore

_THING: Final = re.compile(rb"<(" + re.escape(ID).encode() + rb"[^<>]*)>")

_indexes: weakref.WeakKeyDictionary[GraphStore, "_Index"] = weakref.WeakKeyDictionary()
_making = threading.Lock()


class _Index:
    """The numbers of the changes that name a thing, read up to change `read`."""

    def __init__(self, log: ChangeLog) -> None:
        self.log = log
        self.read = log.first - 1
        self.by_thing: dict[bytes, list[int]] = {}
        self.reading = threading.Lock()

    def numbers(self, iri: str, last: int) -> list[int]:
        """Return those up to change `last`; each change is read once."""
        with self.reading:
            while self.read < last:
                number = self.read + 1
                for name in set(_THING.findall(self.log.patch(number))):
                    self.by_thing.setdefault(name, []).append(number)
                self.read = number
        return [number for number in self.by_thing.get(iri.encode(), ()) if number <= last]


def changes_of(data: GraphStore, iri: str, last: int | None = None) -> list[int]:
    """Return the numbers of the changes that name a thing, the first one first.

    Only those up to change `last`, if it is given.
    """
    log, served = data.log, data.number
    if log is None:
        return []
    with _making:
        index = _indexes.get(data)
        if index is None or index.log is not log:
            index = _indexes[data] = _Index(log)
    return index.numbers(iri, served if last is None else min(last, served))
