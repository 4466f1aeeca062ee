"""The log of changes: one file to which whole records are added, and nothing else is ever done.

The file begins with the line `cebu-changes 1 BASE NUMBER CHECK`: the version that was loaded at
first, and how many changes were made before those that are here. A record is the line `change
NUMBER LENGTH DIGEST CHECK`, the change in RDF Patch (LENGTH bytes with the SHA-256 DIGEST) and a
newline. CHECK is of the line itself. No line of a patch begins with `change`, so records can be
found behind a damaged one.
"""

import hashlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.store.deltas import Delta
from server.store.disk import sync
from server.store.loader import StoreError
from server.store.rdf_patch import Heading, delta_of, heading_of, written

NAME: Final = "changes.log"

_FIRST: Final = re.compile(
    rb"cebu-changes (?P<layout>\d+) (?P<base>\w+) (?P<number>\d+) (?P<check>[0-9a-f]{16})\n"
)
_RECORD: Final = re.compile(
    rb"change (?P<number>\d+) (?P<length>\d+) (?P<digest>[0-9a-f]{64}) (?P<check>[0-9a-f]{16})\n"
)
_LAYOUT: Final = 1
# Longer than any header: a note is bounded, and few graphs come or go with a change.
_HEADER_BYTES: Final = 16 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record is in the file, and where its patch."""

    start: int
    patch: int
    length: int


class ChangeLog:
    """The changes of a store, by number."""

    def __init__(self, path: Path, base: str, first: int, places: list[_Place], end: int) -> None:
        self.base = base
        self._path = path
        self._first = first
        self._places = places
        self._end = end
        self._broken = ""

    @property
    def path(self) -> Path:
        """Return the file."""
        return self._path

    @property
    def first(self) -> int:
        """Return the number of the first change that is here, or would be."""
        return self._first + 1

    @property
    def last(self) -> int:
        """Return the number of the last change."""
        return self._first + len(self._places)

    @classmethod
    def open(cls, folder: Path, made: int = 0) -> "ChangeLog | None":
        """Return the log in `folder`, None if there is none.

        `made` is the number of the last change that the store is known to have. A last record
        behind it that is not whole was never acknowledged: it is dropped, with a warning. Raises
        `StoreError` if anything else is damaged, or was written by a newer program.
        """
        path = folder / NAME
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        match = _FIRST.match(content)
        if match is None or not _is_checked(match):
            raise StoreError(f"{path}: the log of changes is damaged at its beginning. {_ADVICE}")
        if int(match["layout"]) > _LAYOUT:
            raise StoreError(
                f"{path}: the log of changes was written by a newer Cebu (layout "
                f"{int(match['layout'])}; this one knows {_LAYOUT}). Run that one, or set "
                "CEBU_STORE to another folder"
            )
        first = int(match["number"])
        places: list[_Place] = []
        at = match.end()
        while at < len(content):
            place = _place(content, at, first + len(places) + 1)
            if place is None:
                _check_torn(path, content, at, first + len(places) + 1, made)
                _truncate(path, at)
                break
            places.append(place)
            at = place.patch + place.length + 1
        return cls(path, match["base"].decode(), first, places, at)

    @classmethod
    def create(cls, folder: Path, base: str, number: int) -> "ChangeLog":
        """Return a new log of the changes after `number`, made to the version `base`."""
        path = folder / NAME
        fresh = folder / f".changes-{os.getpid()}"
        line = _checked(f"cebu-changes {_LAYOUT} {base} {number}")
        with fresh.open("wb") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        sync(folder)
        return cls(path, base, number, [], len(line))

    def append(self, heading: Heading, delta: Delta) -> None:
        """Add a change; when this returns it is on the disk.

        Raises `OSError` if it cannot be: then it is not in the log.
        """
        if self._broken:
            raise OSError(f"{self._path}: {self._broken}")
        patch = written(heading, delta)
        digest = hashlib.sha256(patch).hexdigest()
        line = _checked(f"change {heading.number} {len(patch)} {digest}")
        try:
            with self._path.open("r+b", buffering=0) as file:
                file.seek(self._end)
                _write_all(file.fileno(), line + patch + b"\n")
                os.fsync(file.fileno())
        except BaseException as error:
            self._cut(error)
            raise
        self._places.append(_Place(self._end, self._end + len(line), len(patch)))
        self._end += len(line) + len(patch) + 1

    def take_back(self) -> None:
        """Remove the last change, which nobody has been told of. Raises `OSError`."""
        self._end = self._places[-1].start
        self._places.pop()
        self._cut(None)
        if self._broken:
            raise OSError(self._broken)

    def patch(self, number: int) -> bytes:
        """Return a change in RDF Patch. Raises `KeyError` if there is none of that number."""
        place = self._place_of(number)
        return self._read(place.patch, place.length)

    def delta(self, number: int) -> Delta:
        """Return what a change did. Raises `KeyError` if there is none of that number."""
        return delta_of(self.patch(number))

    def heading(self, number: int) -> Heading:
        """Return who made a change, when and why. Raises `KeyError` if there is none."""
        place = self._place_of(number)
        return heading_of(self._read(place.patch, min(place.length, _HEADER_BYTES)))

    def _place_of(self, number: int) -> _Place:
        if not self.first <= number <= self.last:
            raise KeyError(number)
        return self._places[number - self.first]

    def _read(self, start: int, length: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(length)

    def _cut(self, error: BaseException | None) -> None:
        """Make the file end where the last whole record does."""
        try:
            _truncate(self._path, self._end)
        except OSError as second:
            # What is in the file now nobody knows: no change may follow it.
            self._broken = (
                f"the log of changes could not be written ({error or second}) nor cut to its last "
                "whole record. Mend the disk and restart the server"
            )
            _log.error("%s: %s", self._path, self._broken)


_ADVICE: Final = (
    "Put the file back from a copy. Or, to go on without the history, move it away together with "
    "nothing else: the last served state stays, and numbering goes on"
)


def _place(content: bytes, at: int, number: int) -> _Place | None:
    """Return the record of that number at that place, None if it is not whole."""
    match = _RECORD.match(content, at)
    if match is None or not _is_checked(match) or int(match["number"]) != number:
        return None
    start, length = match.end(), int(match["length"])
    patch = content[start : start + length]
    if hashlib.sha256(patch).hexdigest().encode() != match["digest"]:
        return None
    return _Place(at, start, length) if content[start + length : start + length + 1] else None


def _check_torn(path: Path, content: bytes, at: int, number: int, made: int) -> None:
    """Raise `StoreError` if the bad record at `at` is not the last one, or was acknowledged."""
    if number <= made:
        raise StoreError(
            f"{path}: the record of change {number}, at byte {at}, is damaged, and the store has "
            f"that change. {_ADVICE}"
        )
    for match in re.finditer(rb"\n" + _RECORD.pattern, content[at:]):
        inner = _RECORD.match(content, at + match.start() + 1)
        if inner and _is_checked(inner):
            raise StoreError(
                f"{path}: the record of change {number}, at byte {at}, is damaged, and others "
                f"follow it. {_ADVICE}"
            )
    _log.warning(
        "%s: the record of change %d, at byte %d, is not whole. It was being written when the "
        "server was stopped and nobody was told that it is there: it is dropped",
        path,
        number,
        at,
    )


def _truncate(path: Path, end: int) -> None:
    with path.open("r+b", buffering=0) as file:
        file.truncate(end)
        os.fsync(file.fileno())


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _checked(line: str) -> bytes:
    return f"{line} {_check(line.encode())}\n".encode()


def _is_checked(match: "re.Match[bytes]") -> bool:
    return _check(match[0].rpartition(b" ")[0]).encode() == match["check"]


def _check(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:16]
